//! The Linux backend: threads that take directories from one queue, and reach everything by a name
//! relative to an open directory.

mod directory;
mod entry;
mod hard_links;
mod modes;
mod nodes;
mod placing;
mod queue;
mod root;
mod site;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use self::directory::{Directory, Handles, Id, KeptHandles};
use self::hard_links::HardLinks;
use self::queue::Queue;
use self::worker::{Work, Worker};
use super::report::{TreeError, TreeReport};
use super::{OnError, Together, TreeOptions};
use crate::copy::Monitor;
use crate::failure::Failure;
use crate::processors::processors;
use crate::progress::Progress;
use crate::write::Durability;

/// What the workers share.
struct Shared {
    options: TreeOptions,
    /// How many threads may copy.
    workers: usize,
    /// How many do.
    started: AtomicUsize,
    queue: Queue<Work>,
    root: Arc<Handles>,
    source_root: Id,
    destination_root: Id,
    kept: KeptHandles,
    hard_links: HardLinks,
    /// Filled directories whose final permission bits would keep this process out: they may still
    /// be passed through, and get their metadata last.
    restricted: Mutex<Vec<Arc<Directory>>>,
    progress: Option<Together>,
    /// The failure of the worker that saw first that the copy was cancelled.
    cancelled: Mutex<Option<Failure>>,
    /// Of the workers that have ended.
    report: Mutex<TreeReport>,
}

/// Source: see [`copy_tree`](crate::copy_tree).
pub(super) fn copy_tree(
    options: &TreeOptions,
    from: &Path,
    to: &Path,
) -> Result<TreeReport, Failure> {
    let (handles, directory) = root::open(from, to, options)?;
    let progress = options.progress.clone().map(Together);
    if let Some(Together(progress)) = &progress {
        progress.begin(None);
    }
    let workers = match options.workers {
        0 => processors(),
        workers => workers,
    };
    let shared = Shared {
        options: options.clone(),
        workers,
        started: AtomicUsize::new(1),
        queue: Queue::new(),
        source_root: directory.source_id(),
        destination_root: directory.destination_id(),
        root: handles,
        kept: KeptHandles::default(),
        hard_links: HardLinks::default(),
        restricted: Mutex::default(),
        progress,
        cancelled: Mutex::default(),
        report: Mutex::default(),
    };
    shared.queue.push(Work::Root(directory));
    thread::scope(|scope| Worker::new(&shared, scope).run());
    shared.set_restricted();
    let has_error = shared.stops_on_error() && !locked(&shared.report).errors.is_empty();
    if let Some(failure) = locked(&shared.cancelled).take().filter(|_| !has_error) {
        return Err(failure);
    }
    shared.flush();
    let report = shared.report;
    Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl Shared {
    /// What each file's copy reports to and asks between two steps.
    fn monitor(&self) -> Monitor<'_> {
        let progress = self.progress.as_ref();
        Monitor::new(
            progress.map(|progress| progress as &dyn Progress),
            self.options.cancel.as_ref(),
        )
    }

    /// Whether nothing more is to be begun.
    fn is_stopped(&self) -> bool {
        if let Err(failure) = self.monitor().check() {
            self.cancel(failure);
        }
        self.queue.is_stopped()
    }

    fn cancel(&self, failure: Failure) {
        locked(&self.cancelled).get_or_insert(failure);
        self.queue.stop();
    }

    /// Sets the metadata that was put off, that of the deepest directories first, as the way to them
    /// leads through the others.
    fn set_restricted(&self) {
        let mut restricted = std::mem::take(&mut *locked(&self.restricted));
        restricted.sort_by_key(|directory| std::cmp::Reverse(directory.depth()));
        for directory in restricted {
            let mut not_kept = Vec::new();
            let set = directory.handles(&self.root).and_then(|handles| {
                directory.set_metadata(&handles, self.options.preserve, &mut not_kept)
            });
            let mut report = locked(&self.report);
            report.add_not_kept(&directory.path(), not_kept);
            if let Err(failure) = set {
                let error = TreeError::new(directory.path(), failure);
                report.errors.push(error);
            }
        }
    }

    /// Source: [syncfs(2)](https://man7.org/linux/man-pages/man2/syncfs.2.html).
    fn flush(&self) {
        if self.options.durability == Durability::None {
            return;
        }
        if let Err(errno) = rustix::fs::syncfs(&self.root.destination) {
            let failure = Failure::new("cannot flush the destination's file system", errno);
            let error = TreeError::new(PathBuf::new(), failure);
            locked(&self.report).errors.push(error);
        }
    }

    fn stops_on_error(&self) -> bool {
        self.options.on_error == OnError::Stop
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is shared is whole at every moment, whoever panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
