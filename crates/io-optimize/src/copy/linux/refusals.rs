//! Which strategies were refused lately between two devices, so that small files do not pay for
//! the same refusal each.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::copy::report::Strategy;

/// A device number is given anew after an unmount, and what it then stands for may be able to.
const FORGET_AFTER: Duration = Duration::from_secs(60);
/// More pairs than a copying process meets in a minute; a list this short is quick to search.
const CAPACITY: usize = 64;

/// `st_dev` of the source and of the destination.
pub(super) type Devices = (u64, u64);

struct Refusal {
    strategy: Strategy,
    devices: Devices,
    errno: Errno,
    since: Instant,
}

static REFUSALS: Mutex<Vec<Refusal>> = Mutex::new(Vec::new());

/// The error with which the strategy was refused for these devices within the last minute.
pub(super) fn recall(strategy: Strategy, devices: Devices) -> Option<Errno> {
    locked()
        .iter()
        .find(|refusal| refusal.strategy == strategy && refusal.devices == devices)
        .filter(|refusal| refusal.since.elapsed() < FORGET_AFTER)
        .map(|refusal| refusal.errno)
}

/// Keeps the refusal if its error says something about the devices and not about the one file.
pub(super) fn remember(strategy: Strategy, devices: Devices, errno: Errno) {
    if ![Errno::OPNOTSUPP, Errno::XDEV, Errno::NOSYS, Errno::NOTTY].contains(&errno) {
        return;
    }
    let mut refusals = locked();
    refusals.retain(|refusal| {
        refusal.since.elapsed() < FORGET_AFTER
            && (refusal.strategy, refusal.devices) != (strategy, devices)
    });
    if refusals.len() < CAPACITY {
        refusals.push(Refusal {
            strategy,
            devices,
            errno,
            since: Instant::now(),
        });
    }
}

fn locked() -> MutexGuard<'static, Vec<Refusal>> {
    // A list of plain values is whole at every moment, whoever panicked.
    REFUSALS.lock().unwrap_or_else(PoisonError::into_inner)
}
