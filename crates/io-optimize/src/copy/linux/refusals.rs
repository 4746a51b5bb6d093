//! Which strategies were refused lately between two devices.

use rustix::io::Errno;

use super::file_system::FileSystem;
use super::lately::Lately;
use crate::copy::report::Strategy;

/// `st_dev` of the source, and the destination's file system.
pub(super) type Devices = (u64, FileSystem);

static REFUSALS: Lately<(Strategy, Devices), Errno> = Lately::new();

/// The error with which the strategy was refused for these devices within the last minute.
pub(super) fn recall(strategy: Strategy, devices: Devices) -> Option<Errno> {
    REFUSALS.recall((strategy, devices))
}

/// Keeps the refusal if its error says something about the devices and not about the one file.
pub(super) fn remember(strategy: Strategy, devices: Devices, errno: Errno) {
    if [Errno::OPNOTSUPP, Errno::XDEV, Errno::NOSYS, Errno::NOTTY].contains(&errno) {
        REFUSALS.remember((strategy, devices), errno);
    }
}
