//! One thread's way through the tree: which directories are begun, read and ended.

use std::ffi::{CStr, CString, OsStr};
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::thread::{self, Scope};

use rustix::fs::{mkdirat, FileType, RawDir};
use rustix::io::Errno;

use super::directory::{first_mode, id, open_directory, Directory, Handles};
use super::entry::BUFFER;
use super::root::is_dots;
use super::site::Site;
use super::{locked, Shared, TreeError, TreeReport};
use crate::failure::Failure;

/// Entries that one worker takes at a time from a large directory.
const BATCH: usize = 256;
/// Bytes; a few hundred names for one call.
const NAMES_BUFFER: usize = 32 * 1024;

/// A piece of work. Of a directory they refer to, it is counted in [`Directory::add_piece`].
pub(super) enum Work {
    /// To read the root.
    Root(Arc<Directory>),
    /// To begin the directory of this name, and to read it.
    Directory(Arc<Directory>, CString),
    /// To copy these entries.
    Entries(Arc<Directory>, Vec<Entry>),
}

/// Something in a directory that seems to be no directory.
pub(super) struct Entry {
    pub(super) name: CString,
    /// As the directory says it, which may be [`FileType::Unknown`].
    pub(super) kind: FileType,
}

/// One thread.
pub(super) struct Worker<'scope, 'env> {
    pub(super) shared: &'env Shared,
    scope: &'scope Scope<'scope, 'env>,
    pub(super) report: TreeReport,
    /// For the contents of small files.
    pub(super) buffer: Vec<u8>,
    names: Vec<u8>,
    /// The directory that was read last: most often the next one lies in it.
    recent: Option<(Arc<Directory>, Arc<Handles>)>,
}

impl<'scope, 'env> Worker<'scope, 'env> {
    pub(super) fn new(shared: &'env Shared, scope: &'scope Scope<'scope, 'env>) -> Self {
        Self {
            shared,
            scope,
            report: TreeReport::default(),
            buffer: vec![0; BUFFER],
            names: Vec::with_capacity(NAMES_BUFFER),
            recent: None,
        }
    }

    /// Works until there is nothing left to do.
    pub(super) fn run(mut self) {
        while let Some((work, _unfinished)) = self.shared.queue.take() {
            self.perform(work);
        }
        locked(&self.shared.report).add(self.report);
    }

    fn perform(&mut self, work: Work) {
        if self.shared.is_stopped() {
            return;
        }
        match work {
            Work::Root(directory) => {
                let handles = Arc::clone(&self.shared.root);
                self.read(directory, handles);
            }
            Work::Directory(parent, name) => {
                let begun = self.begin(&parent, &name);
                self.end_piece(&parent);
                match begun {
                    Ok((directory, handles)) => self.read(directory, handles),
                    Err(failure) => self.fail(&parent, Some(&name), failure),
                }
            }
            Work::Entries(directory, entries) => {
                match self.handles(&directory) {
                    Ok(handles) => self.copy_entries(&directory, &handles, entries),
                    Err(failure) => self.fail(&directory, None, failure),
                }
                self.end_piece(&directory);
            }
        }
    }

    /// Opens the source, and makes or opens the destination.
    fn begin(
        &self,
        parent: &Arc<Directory>,
        name: &CStr,
    ) -> Result<(Arc<Directory>, Arc<Handles>), Failure> {
        let above = self.handles(parent)?;
        let source = open_directory(&above.source, name)
            .map_err(Failure::while_("cannot open the source"))?;
        let metadata = source
            .metadata()
            .map_err(Failure::while_("cannot examine the source"))?;
        if id(&metadata) == self.shared.destination_root {
            // Its way up to the source was hidden by a mount.
            return Err(Failure::new("this is the destination", Errno::INVAL));
        }
        let options = &self.shared.options;
        let mode = first_mode(options.preserve);
        let made = match mkdirat(&above.destination, name, mode) {
            Ok(()) => true,
            Err(Errno::EXIST) if options.merge => false,
            Err(errno) => return Err(Failure::new("cannot make the destination", errno)),
        };
        let destination =
            open_directory(&above.destination, name).map_err(
                |error| match Errno::from_io_error(&error) {
                    Some(Errno::NOTDIR) if !made => {
                        Failure::new("cannot make the destination", Errno::EXIST)
                    }
                    _ => Failure::new("cannot open the destination", error),
                },
            )?;
        let handles = Handles {
            source,
            destination,
        };
        let directory = Directory::new(Some((parent, name)), &handles, metadata, made, options)?;
        if directory.destination_id() == self.shared.source_root {
            // The source lies inside the destination, and would be changed while it is copied.
            return Err(Failure::new("this is the source", Errno::INVAL));
        }
        Ok((Arc::new(directory), Arc::new(handles)))
    }

    /// Reads a directory that has been begun, copies its entries, and leaves its directories and
    /// what is too much for one worker to the queue.
    fn read(&mut self, directory: Arc<Directory>, handles: Arc<Handles>) {
        self.report.directories += 1;
        self.shared.kept.keep(&directory, &handles);
        self.recent = Some((Arc::clone(&directory), Arc::clone(&handles)));
        let mut names = mem::take(&mut self.names);
        let mut listing = RawDir::new(&handles.source, names.spare_capacity_mut());
        let mut entries = Vec::new();
        while let Some(entry) = listing.next() {
            match entry {
                Err(Errno::INTR) => continue,
                Ok(entry) if is_dots(entry.file_name()) => {}
                Ok(entry) if entry.file_type() == FileType::Directory => {
                    self.push_directory(&directory, entry.file_name());
                }
                Ok(entry) => entries.push(Entry {
                    name: entry.file_name().to_owned(),
                    kind: entry.file_type(),
                }),
                Err(errno) => {
                    let failure = Failure::new("cannot read the source", errno);
                    self.fail(&directory, None, failure);
                    break;
                }
            }
            if entries.len() == BATCH {
                self.share_or_copy(&directory, &handles, mem::take(&mut entries));
            }
            if listing.is_buffer_empty() && self.shared.is_stopped() {
                break;
            }
        }
        self.names = names;
        self.copy_entries(&directory, &handles, entries);
        self.end_piece(&directory);
    }

    pub(super) fn push_directory(&self, parent: &Arc<Directory>, name: &CStr) {
        parent.add_piece();
        self.push(Work::Directory(Arc::clone(parent), name.to_owned()));
    }

    /// Leaves the entries to others if they have nothing else to do: the list of a huge directory
    /// must not grow in the queue.
    fn share_or_copy(
        &mut self,
        directory: &Arc<Directory>,
        handles: &Arc<Handles>,
        entries: Vec<Entry>,
    ) {
        let workers = self.shared.workers;
        if workers > 1 && self.shared.queue.is_shorter_than(workers) {
            directory.add_piece();
            self.push(Work::Entries(Arc::clone(directory), entries));
        } else {
            self.copy_entries(directory, handles, entries);
        }
    }

    /// Adds to the queue, and starts one more thread if there is work for it.
    fn push(&self, work: Work) {
        let Shared {
            queue,
            started,
            workers,
            ..
        } = self.shared;
        if !queue.push(work) || started.load(Ordering::Relaxed) >= *workers {
            return;
        }
        if started.fetch_add(1, Ordering::Relaxed) >= *workers {
            return;
        }
        let (shared, scope) = (self.shared, self.scope);
        let builder = thread::Builder::new().name("copy_tree".to_owned());
        // Without another thread the copy goes on with those that there are.
        let _ = builder.spawn_scoped(scope, move || Worker::new(shared, scope).run());
    }

    fn copy_entries(
        &mut self,
        directory: &Arc<Directory>,
        handles: &Arc<Handles>,
        entries: Vec<Entry>,
    ) {
        for entry in entries {
            if self.shared.is_stopped() {
                return;
            }
            let site = Site {
                directory,
                handles,
                name: &entry.name,
            };
            if let Err(failure) = self.copy_entry(site, entry.kind) {
                self.fail(directory, Some(&entry.name), failure);
            }
        }
    }

    pub(super) fn handles(&self, directory: &Arc<Directory>) -> Result<Arc<Handles>, Failure> {
        match &self.recent {
            Some((recent, handles)) if Arc::ptr_eq(recent, directory) => Ok(Arc::clone(handles)),
            _ => directory.handles(&self.shared.root),
        }
    }

    /// Ends a piece of work in this directory, and with the last one the directory.
    fn end_piece(&mut self, directory: &Arc<Directory>) {
        if !directory.end_piece() || self.shared.queue.is_stopped() {
            return;
        }
        let preserve = self.shared.options.preserve;
        let mut not_kept = Vec::new();
        let ended = if preserve.keeps_mode() && directory.is_restricted() {
            locked(&self.shared.restricted).push(Arc::clone(directory));
            Ok(())
        } else {
            self.handles(directory)
                .and_then(|handles| directory.set_metadata(&handles, preserve, &mut not_kept))
        };
        if !not_kept.is_empty() {
            self.report.add_not_kept(&directory.path(), not_kept);
        }
        self.shared.kept.let_go(directory);
        if let Err(failure) = ended {
            self.fail(directory, None, failure);
        }
    }

    pub(super) fn fail(&mut self, directory: &Directory, name: Option<&CStr>, failure: Failure) {
        if failure.is_cancelled() {
            return self.shared.cancel(failure);
        }
        let mut path = directory.path();
        if let Some(name) = name {
            path.push(OsStr::from_bytes(name.to_bytes()));
        }
        self.report.errors.push(TreeError::new(path, failure));
        if self.shared.stops_on_error() {
            self.shared.queue.stop();
        }
    }
}
