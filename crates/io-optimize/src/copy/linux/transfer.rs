//! One system call's worth of copying between two open files, by each strategy.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt;

use rustix::fs::SeekFrom;
use rustix::io::{retry_on_intr, Errno};

use super::allocation;
use super::direct::Direct;
use super::mapping::Mapping;
use super::positioned;
use super::seen::Seen;
use super::splice::{splice, Pipe};
use crate::buffers::with_buffer;
use crate::copy::monitor::Monitor;
use crate::copy::report::Strategy;
use crate::failure::Failure;
use crate::workers::Workers;

/// One request to the kernel. Some C libraries return a wrong count above 2 GiB, and one call should
/// not hold the kernel for the whole of a huge file.
const CHUNK: u64 = 1 << 30;
/// Buffer of the read/write loop: big enough for a file's contents to outweigh the two calls, small
/// enough to stay in a core's cache between them.
const BUFFER: u64 = 256 * 1024;
/// Buffer where the length is unknown.
const UNKNOWN_LENGTH_BUFFER: u64 = 64 * 1024;
/// What is mapped at a time, in bytes.
const WINDOW: usize = 8 << 20;

/// Why a strategy copied nothing.
pub(super) enum TransferError {
    /// It does not work here; another may.
    Refused(Errno),
    /// Trying another would hide what is wrong.
    Fatal(Failure),
}

impl TransferError {
    /// The failure it is where there is nothing else to try.
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Refused(errno) => {
                Failure::new("the strategy does not work for these files", errno)
            }
            Self::Fatal(failure) => failure,
        }
    }
}

/// Two open files, and what is known about the file positions of their descriptors.
pub(super) struct Transfer<'a> {
    source: &'a File,
    destination: &'a File,
    source_regular: bool,
    both_regular: bool,
    either_pipe: bool,
    /// Length of the source when it was opened, in bytes.
    length: u64,
    /// The source when it was last looked at.
    seen: Seen,
    /// It was changed while pages of it were lent, and is read since.
    source_changes: bool,
    source_position: Option<u64>,
    destination_position: Option<u64>,
    direct: Option<Direct<'a>>,
}

impl<'a> Transfer<'a> {
    /// Both files must be at their start.
    pub(super) fn new(
        (source, source_metadata): (&'a File, &Metadata),
        (destination, destination_metadata): (&'a File, &Metadata),
    ) -> Self {
        let kinds = [
            source_metadata.file_type(),
            destination_metadata.file_type(),
        ];
        Self {
            source,
            destination,
            source_regular: kinds[0].is_file(),
            both_regular: kinds.iter().all(std::fs::FileType::is_file),
            either_pipe: kinds.iter().any(FileTypeExt::is_fifo),
            length: source_metadata.len(),
            seen: Seen::of(source_metadata),
            source_changes: false,
            source_position: Some(0),
            destination_position: Some(0),
            direct: None,
        }
    }

    pub(super) fn destination(&self) -> &'a File {
        self.destination
    }

    pub(super) fn source_was_moved(&mut self) {
        self.source_position = None;
    }

    /// Shares all of the source's blocks with the destination.
    ///
    /// Source: [ioctl_ficlone(2)](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html).
    pub(super) fn reflink(&self) -> Result<(), TransferError> {
        retry_on_intr(|| ficlone(self.destination, self.source))
            .map_err(|errno| refused_or_fatal(errno, "reflink failed"))
    }

    /// Copies at most `limit` bytes at `offset` by the strategy, and returns how many: 0 at what it
    /// takes for the end of the source. A reflink, being of whole files, is no such strategy.
    pub(super) fn step(
        &mut self,
        strategy: Strategy,
        offset: u64,
        limit: u64,
    ) -> Result<usize, TransferError> {
        // The chunk fits the type on every target; what is longer takes another call.
        let limit = usize::try_from(limit.min(CHUNK)).unwrap_or(usize::MAX);
        if strategy != Strategy::Direct {
            // Nothing else could read or write in that mode.
            self.direct = None;
        }
        match strategy {
            Strategy::CopyFileRange => self.copy_file_range(offset, limit),
            Strategy::Sendfile => self.sendfile(offset, limit),
            Strategy::Splice if !self.source_changes => self.splice(offset, limit),
            Strategy::Mmap if !self.source_changes => self.mmap(offset, limit),
            Strategy::Direct => self.direct(offset, limit),
            _ => self.read_write(offset, limit).map_err(TransferError::Fatal),
        }
    }

    /// Takes the space for what is to be copied from `offset` to `end`, and returns where it ends.
    pub(super) fn allocate(&self, offset: u64, end: u64) -> Result<u64, TransferError> {
        let planned = end.min(self.length).max(offset);
        allocation::take(self.destination, &(offset..planned))?;
        Ok(planned)
    }

    /// Copies from `offset` to `end`, or to the end of the source if that comes first, and returns
    /// where it stopped.
    pub(super) fn positioned(
        &self,
        offset: u64,
        end: u64,
        allocates: bool,
        workers: Workers,
        monitor: Monitor<'_>,
    ) -> Result<u64, TransferError> {
        let planned = end.min(self.length).max(offset);
        let (source, destination) = (self.source, self.destination);
        let range = offset..planned;
        let reached = positioned::copy(source, destination, range, allocates, workers, monitor)?;
        if reached < planned || planned == end {
            return Ok(reached);
        }
        // The source may have grown since it was opened.
        positioned::copy_rest(source, destination, reached, monitor)
    }

    /// Source: [copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html).
    fn copy_file_range(&mut self, offset: u64, limit: usize) -> Result<usize, TransferError> {
        retry_on_intr(|| {
            let (mut read_at, mut write_at) = (offset, offset);
            rustix::fs::copy_file_range(
                self.source,
                Some(&mut read_at),
                self.destination,
                Some(&mut write_at),
                limit,
            )
        })
        .map_err(|errno| refused_or_fatal(errno, "copy_file_range failed"))
    }

    /// Source: [sendfile(2)](https://man7.org/linux/man-pages/man2/sendfile.2.html).
    fn sendfile(&mut self, offset: u64, limit: usize) -> Result<usize, TransferError> {
        self.seek_destination(offset)
            .map_err(TransferError::Fatal)?;
        let sent = retry_on_intr(|| {
            let mut read_at = offset;
            rustix::fs::sendfile(self.destination, self.source, Some(&mut read_at), limit)
        })
        .map_err(|errno| refused_or_fatal(errno, "sendfile failed"))?;
        self.destination_position = Some(offset + sent as u64);
        Ok(sent)
    }

    /// Source: [splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html).
    fn splice(&mut self, offset: u64, limit: usize) -> Result<usize, TransferError> {
        self.seek_destination(offset)
            .map_err(TransferError::Fatal)?;
        let read_at = self.source_regular.then_some(offset);
        let count = if self.either_pipe {
            splice(self.source, read_at, self.destination, limit)
                .map_err(|errno| refused_or_fatal(errno, "splice failed"))?
        } else {
            let pipe = Pipe::take().map_err(TransferError::Refused)?;
            let taken = pipe.fill(self.source, read_at, limit)?;
            let (count, pipe) = pipe.drain(taken, read_at, self.destination)?;
            if let Some(pipe) = pipe {
                pipe.keep();
            }
            count
        };
        self.destination_position = Some(offset + count as u64);
        if !self.source_regular {
            self.source_position = self.destination_position;
        }
        self.unless_changed(offset, count)
            .map_err(TransferError::Fatal)
    }

    /// Writes from a mapping of the source.
    ///
    /// Source: [mmap(2)](https://man7.org/linux/man-pages/man2/mmap.2.html).
    fn mmap(&mut self, offset: u64, limit: usize) -> Result<usize, TransferError> {
        if !self.both_regular {
            return Err(TransferError::Refused(Errno::NODEV));
        }
        self.seen = self.look_at_source().map_err(TransferError::Fatal)?;
        let left = self.seen.length.saturating_sub(offset);
        if left == 0 {
            return Ok(0);
        }
        self.seek_destination(offset)
            .map_err(TransferError::Fatal)?;
        // From the page on and not from before it: to map a hole of tmpfs takes memory for it.
        let before = offset % rustix::param::page_size() as u64;
        // All of it is at most a window.
        let length = (before + left.min(limit as u64)).min(WINDOW as u64) as usize;
        let mapping = Mapping::new(self.source, offset - before, length).map_err(|errno| {
            match errno {
                // Files that cannot be mapped, and processes that may map no more.
                Errno::NODEV | Errno::NOMEM | Errno::AGAIN => TransferError::Refused(errno),
                _ => refused_or_fatal(errno, "cannot map the source"),
            }
        })?;
        let count = match mapping.write(before as usize, self.destination) {
            Ok(0) => {
                let failure = Failure::nothing_written("cannot write the destination");
                return Err(TransferError::Fatal(failure));
            }
            Ok(count) => count,
            // The source was truncated meanwhile, or its device fails: a read tells which.
            Err(Errno::FAULT) => {
                return self.read_write(offset, limit).map_err(TransferError::Fatal);
            }
            Err(errno) => {
                let failure = Failure::new("cannot write the destination", errno);
                return Err(TransferError::Fatal(failure));
            }
        };
        self.destination_position = Some(offset + count as u64);
        self.unless_changed(offset, count)
            .map_err(TransferError::Fatal)
    }

    /// Source: [open(2)](https://man7.org/linux/man-pages/man2/open.2.html), `O_DIRECT`.
    fn direct(&mut self, offset: u64, limit: usize) -> Result<usize, TransferError> {
        if !self.both_regular {
            return Err(TransferError::Refused(Errno::INVAL));
        }
        let direct = match &mut self.direct {
            Some(direct) => direct,
            none => none.insert(Direct::new(self.source, self.destination)?),
        };
        direct.step(offset, limit)
    }

    /// Whether the source was seen to end at `offset` after that was copied.
    pub(super) fn was_seen_to_end(&self, offset: u64) -> bool {
        !self.source_changes && self.seen.length == offset
    }

    /// Copies once more, by reading, the `count` bytes from `offset` that were lent by the source, if it
    /// was changed meanwhile, and returns how many they are then. A page that is lent has zeros where the
    /// file was cut, also when it has grown again since.
    fn unless_changed(&mut self, offset: u64, count: usize) -> Result<usize, Failure> {
        if !self.both_regular || count == 0 {
            return Ok(count);
        }
        let now = self.look_at_source()?;
        let before = std::mem::replace(&mut self.seen, now);
        if self.seen == before && offset + count as u64 <= before.length {
            return Ok(count);
        }
        self.source_changes = true;
        self.destination
            .set_len(offset)
            .map_err(Failure::while_("cannot cut the destination"))?;
        self.destination_position = None;
        self.read_write(offset, count)
    }

    fn look_at_source(&self) -> Result<Seen, Failure> {
        let metadata = self.source.metadata();
        metadata
            .map(|metadata| Seen::of(&metadata))
            .map_err(Failure::while_("cannot examine the source"))
    }

    /// Reads once and writes all of it.
    ///
    /// Plain `read` and `write`, positioned only when they must be: not everything that can be read
    /// can be read at an offset.
    fn read_write(&mut self, offset: u64, limit: usize) -> Result<usize, Failure> {
        if self.source_position != Some(offset) {
            rustix::fs::seek(self.source, SeekFrom::Start(offset))
                .map_err(Failure::while_("cannot position the source"))?;
        }
        self.seek_destination(offset)?;
        // One byte more than the file has, so that its contents come in one read.
        let wanted = match self.length {
            0 => UNKNOWN_LENGTH_BUFFER,
            length => (length + 1).min(BUFFER),
        };
        let limit = limit.min(wanted as usize);
        let count = with_buffer(limit, |buffer| {
            let read = retry_on_intr(|| rustix::io::read(self.source, &mut *buffer))
                .map_err(Failure::while_("cannot read the source"))?;
            self.source_position = Some(offset + read as u64);
            let count = self.unless_cut(offset, read)?;
            write_all(self.destination, &buffer[..count])
                .map_err(Failure::while_("cannot write the destination"))?;
            Ok(count)
        })?;
        self.destination_position = Some(offset + count as u64);
        Ok(count)
    }

    /// How many of the `count` bytes that were read from `offset` the source still has, if it is known to change: the system
    /// looks at the length first, and a read that comes late gives zeros for what is cut off meanwhile.
    fn unless_cut(&self, offset: u64, count: usize) -> Result<usize, Failure> {
        if !self.source_changes {
            return Ok(count);
        }
        let left = self.look_at_source()?.length.saturating_sub(offset);
        Ok(count.min(usize::try_from(left).unwrap_or(usize::MAX)))
    }

    fn seek_destination(&mut self, offset: u64) -> Result<(), Failure> {
        if self.destination_position != Some(offset) {
            rustix::fs::seek(self.destination, SeekFrom::Start(offset))
                .map_err(Failure::while_("cannot position the destination"))?;
            self.destination_position = Some(offset);
        }
        Ok(())
    }
}

pub(crate) fn write_all(destination: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match retry_on_intr(|| rustix::io::write(destination, bytes))? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}

/// Tells errors that say "not like this" from those that say "this file cannot be copied". EIO,
/// ENOSPC and EDQUOT are of the second kind: after a failed write-back another way to read can return
/// stale contents.
pub(super) fn refused_or_fatal(errno: Errno, problem: &'static str) -> TransferError {
    if is_refusal(errno) {
        TransferError::Refused(errno)
    } else {
        TransferError::Fatal(Failure::new(problem, errno))
    }
}

/// Whether the error says "not like this".
pub(crate) fn is_refusal(errno: Errno) -> bool {
    let refusals = [
        Errno::OPNOTSUPP,
        Errno::XDEV,
        Errno::NOSYS,
        Errno::NOTTY,
        Errno::INVAL,
        // Sandboxes, and immutable or append-only files.
        Errno::PERM,
        Errno::ACCESS,
        // FUSE file systems.
        Errno::BADF,
        Errno::TXTBSY,
        Errno::OVERFLOW,
        // CIFS, from the server's side.
        Errno::NOENT,
        // splice, of a page that was truncated meanwhile.
        Errno::NODATA,
    ];
    refusals.contains(&errno)
}

#[cfg(not(any(target_arch = "sparc", target_arch = "sparc64")))]
pub(crate) fn ficlone(destination: &File, source: &File) -> Result<(), Errno> {
    rustix::fs::ioctl_ficlone(destination, source)
}

/// The system has it, rustix does not.
#[cfg(any(target_arch = "sparc", target_arch = "sparc64"))]
pub(crate) fn ficlone(_destination: &File, _source: &File) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}
