//! The ladder: reflink, positioned read and write, splice, copy_file_range, sendfile, read and write, each
//! left for the next at the byte that was reached.

use std::fs::{File, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::io::Errno;

use super::file_system::{FileSystem, Gain};
use super::kernel::kernel_copies_ranges;
use super::positioned;
use super::refusals;
use super::transfer::{Transfer, TransferError};
use crate::calibrate::WorthIt;
use crate::copy::manner::Manner;
use crate::copy::monitor::Monitor;
use crate::copy::report::{CopyReport, LeaveReason, LeftStrategy, Strategy};
use crate::failure::Failure;
use crate::workers::Workers;

/// Up to here, in bytes, one read and one write beat the set-up of a clone (about 35 µs on xfs and
/// btrfs), and are as fast as anything elsewhere.
const SMALL: u64 = 16 * 1024;
/// From here on, in bytes, a pipe between two files moves them faster than the kernel's own copy, where
/// large blocks gain at all.
const SPLICED: u64 = 128 * 1024;

const RUNGS: &[Strategy] = &[
    Strategy::Reflink,
    Strategy::Positioned,
    Strategy::Splice,
    Strategy::CopyFileRange,
    Strategy::Sendfile,
    Strategy::ReadWrite,
];
/// Used only if forced.
const ON_DEMAND: &[Strategy] = &[Strategy::Direct, Strategy::Mmap];

/// Two open files on the way down the ladder.
pub(super) struct Ladder<'a> {
    transfer: Transfer<'a>,
    monitor: Monitor<'a>,
    both_regular: bool,
    source_pipe: bool,
    /// Length of the source when it was opened, in bytes.
    length: u64,
    /// The destination had contents, which are gone by now or when the copy takes its name.
    overwrites: bool,
    /// `st_dev` of both.
    devices: (u64, u64),
    /// The destination's, once it has been looked for.
    file_system: Option<FileSystem>,
    /// Threads that positioned reads and writes take; 0 for as many as pay.
    workers: Workers,
    /// What was measured to pay here, instead of what is known of file systems.
    splice: Option<WorthIt>,
    shared: Option<WorthIt>,
    /// The rung at which each stretch of data begins, and those below it; never empty.
    rungs: &'static [Strategy],
    /// How many of these are not for the stretch at hand, or have been left: fewer than there are.
    passed_by: usize,
    /// Where the next byte is read and written.
    offset: u64,
    hole_bytes: u64,
    /// For the whole file.
    left: Vec<LeftStrategy>,
    /// For the stretch at hand.
    passed: Vec<LeftStrategy>,
}

impl<'a> Ladder<'a> {
    /// Both files must be at their start, the destination empty if it is a regular file.
    pub(super) fn new(
        source: (&'a File, &Metadata),
        destination: (&'a File, &Metadata),
        manner: Manner<'a>,
    ) -> Self {
        let mut ladder = Self {
            transfer: Transfer::new(source, destination),
            monitor: manner.monitor,
            both_regular: source.1.is_file() && destination.1.is_file(),
            source_pipe: source.1.file_type().is_fifo(),
            length: source.1.len(),
            overwrites: destination.1.len() > 0 || manner.replaces,
            devices: (source.1.dev(), destination.1.dev()),
            file_system: None,
            workers: manner.workers,
            splice: manner.splice,
            shared: manner.shared,
            rungs: RUNGS,
            passed_by: 0,
            offset: 0,
            hole_bytes: 0,
            left: Vec::with_capacity(RUNGS.len()),
            passed: Vec::new(),
        };
        ladder.choose(manner.forced);
        ladder
    }

    /// Begins at the forced strategy alone, or at the first that is worth its set-up.
    fn choose(&mut self, forced: Option<Strategy>) {
        let mut single = RUNGS.chunks(1).chain(ON_DEMAND.chunks(1));
        if let Some(rung) = single.find(|rung| Some(rung[0]) == forced) {
            self.rungs = rung;
            return;
        }
        let reason = if !self.both_regular {
            LeaveReason::NotRegular
        } else if self.length == 0 {
            LeaveReason::NoLength
        } else if self.length <= SMALL {
            LeaveReason::Small
        } else {
            return;
        };
        let right = if self.source_pipe {
            Strategy::Splice
        } else {
            Strategy::ReadWrite
        };
        while self.rung() != right {
            self.leave(reason);
        }
    }

    /// Makes the destination a clone of the source, if that is the rung in use and the file system
    /// can.
    pub(super) fn reflink(&mut self) -> Result<bool, Failure> {
        if self.rung() != Strategy::Reflink {
            return Ok(false);
        }
        if let Some(reason) = self.not_worth_trying() {
            self.leave(reason);
            return Ok(false);
        }
        match self.transfer.reflink() {
            Ok(()) => {
                // The source may have grown since it was opened; the clone is of one moment.
                let metadata = self.transfer.destination().metadata();
                self.offset = metadata
                    .map_err(Failure::while_("cannot examine the destination"))?
                    .len();
                self.monitor.advance(self.offset)?;
                Ok(true)
            }
            Err(TransferError::Refused(errno)) => self.refused(errno).map(|()| false),
            Err(TransferError::Fatal(failure)) => Err(failure),
        }
    }

    /// Copies from the current offset to the end of the source.
    pub(super) fn copy_to_end(&mut self) -> Result<(), Failure> {
        self.copy_range(u64::MAX).map(|_| ())
    }

    /// Copies from the current offset to `end`, and returns where it stopped: before `end` only if
    /// the source ends there.
    pub(super) fn copy_range(&mut self, end: u64) -> Result<u64, Failure> {
        // What one stretch of data is too short for may be right for the next.
        self.passed_by = 0;
        self.passed.clear();
        loop {
            if self.was_left() {
                self.passed_by += 1;
                continue;
            }
            if let Some(reason) = self.is_not_for(end) {
                self.pass_by(reason);
                continue;
            }
            if let Some(reason) = self.not_worth_trying() {
                self.leave(reason);
                continue;
            }
            match self.advance(self.rung(), end) {
                Ok(()) => break,
                Err(TransferError::Refused(errno)) => self.refused(errno)?,
                Err(TransferError::Fatal(failure)) => return Err(failure),
            }
        }
        if self.offset < end && self.rung() != Strategy::ReadWrite {
            self.confirm_end(end)?;
        }
        Ok(self.offset)
    }

    /// Takes one step after the other, to `end` or to what the strategy takes for the source's end.
    fn advance(&mut self, strategy: Strategy, end: u64) -> Result<(), TransferError> {
        match strategy {
            Strategy::Positioned => {
                let allocates = self.rungs.len() == 1 || self.allocates();
                let offset = self.offset;
                let mut workers = self.workers;
                if let (0, Some(WorthIt::From(_))) = (workers.asked(), self.shared) {
                    // Below the length at which they would be chosen.
                    workers = workers.chosen(positioned::workers_for(positioned::SHARED, workers));
                }
                self.offset =
                    self.transfer
                        .positioned(offset, end, allocates, workers, self.monitor)?;
                Ok(())
            }
            Strategy::Splice if self.both_regular && self.allocates() => {
                let allocated = self.transfer.allocate(self.offset, end)?;
                let result = self.take_steps(strategy, end);
                if self.offset < allocated {
                    // Space behind the end would stay with the file.
                    let cut = self.transfer.destination().set_len(self.offset);
                    result?;
                    return cut
                        .map_err(Failure::while_("cannot cut the destination"))
                        .map_err(TransferError::Fatal);
                }
                result
            }
            _ => self.take_steps(strategy, end),
        }
    }

    fn take_steps(&mut self, strategy: Strategy, end: u64) -> Result<(), TransferError> {
        while self.offset < end {
            let limit = (end - self.offset).min(self.monitor.slice());
            match self.transfer.step(strategy, self.offset, limit)? {
                0 => break,
                count => {
                    self.offset += count as u64;
                    let watched = self.monitor.advance(count as u64);
                    watched.map_err(TransferError::Fatal)?;
                    // On the destination's own file system, whose lengths are known to be true.
                    if strategy == Strategy::Splice
                        && self.both_regular
                        && self.transfer.was_seen_to_end(self.offset)
                        && self.devices.0 == self.devices.1
                        && self.gain() != Gain::None
                    {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// On some file systems copy_file_range, sendfile or splice returns 0 where there is more to read: unless
    /// the whole length has been copied, only a read is believed.
    fn confirm_end(&mut self, end: u64) -> Result<(), Failure> {
        if self.offset > 0 && self.offset >= self.length {
            return Ok(());
        }
        let (strategy, offset) = (self.rung(), self.offset);
        self.advance(Strategy::ReadWrite, end)
            .map_err(TransferError::into_failure)?;
        if self.offset > offset {
            self.left.push(LeftStrategy {
                strategy,
                offset,
                reason: LeaveReason::EndedEarly,
            });
            self.rungs = &[Strategy::ReadWrite];
            self.passed_by = 0;
        }
        Ok(())
    }

    /// Goes on at `offset`, leaving a hole in the destination.
    pub(super) fn skip_hole(&mut self, offset: u64) -> Result<(), Failure> {
        let skipped = offset - self.offset;
        self.hole_bytes += skipped;
        self.offset = offset;
        self.monitor.advance(skipped)
    }

    /// Ends the destination at `length`, what lies behind the last byte that was copied being a hole.
    pub(super) fn end_with_hole(&mut self, length: u64) -> Result<(), Failure> {
        if length > self.offset {
            self.skip_hole(length)?;
        } else {
            // The source was truncated within the hole that was skipped last.
            self.hole_bytes -= self.offset - length;
            self.offset = length;
        }
        self.transfer
            .destination()
            .set_len(length)
            .map_err(Failure::while_("cannot set the destination's length"))
    }

    /// The source's descriptor was moved, by looking for holes.
    pub(super) fn source_was_moved(&mut self) {
        self.transfer.source_was_moved();
    }

    pub(super) fn report(self) -> CopyReport {
        let strategy = self.rung();
        let mut left = self.left;
        left.extend(self.passed);
        left.sort_by_key(|left| RUNGS.iter().position(|&rung| rung == left.strategy));
        CopyReport {
            strategy,
            bytes: self.offset,
            hole_bytes: self.hole_bytes,
            left,
            not_kept: Vec::new(),
        }
    }

    fn rung(&self) -> Strategy {
        self.rungs[self.passed_by]
    }

    fn is_last(&self) -> bool {
        self.passed_by + 1 == self.rungs.len()
    }

    /// Whether the rung in use was left before, for the whole file.
    fn was_left(&self) -> bool {
        let rung = self.rung();
        !self.is_last() && self.left.iter().any(|left| left.strategy == rung)
    }

    /// Why the rung in use need not be tried; the last one always is.
    fn not_worth_trying(&mut self) -> Option<LeaveReason> {
        if self.is_last() {
            return None;
        }
        if self.rung() == Strategy::CopyFileRange && !kernel_copies_ranges() {
            return Some(LeaveReason::FaultyKernel);
        }
        let file_system = self.file_system();
        let errno = refusals::recall(self.rung(), (self.devices.0, file_system))?;
        Some(LeaveReason::Remembered {
            errno: errno.raw_os_error(),
        })
    }

    /// Why the rung in use, if it is not the last, is not for what is to be copied.
    fn is_not_for(&mut self, end: u64) -> Option<LeaveReason> {
        if self.is_last() {
            return None;
        }
        let length = end.min(self.length).saturating_sub(self.offset);
        let (measured, least) = match self.rung() {
            Strategy::Positioned => (self.shared, positioned::SHARED),
            Strategy::Splice if self.both_regular => (self.splice, SPLICED),
            Strategy::CopyFileRange | Strategy::Sendfile if !self.both_regular => {
                return Some(LeaveReason::NotRegular);
            }
            _ => return None,
        };
        let (least, gains) = match measured {
            Some(WorthIt::From(least)) => (least, Some(true)),
            Some(WorthIt::Never) => (0, Some(false)),
            Some(WorthIt::Unclear) | None => (least, None),
        };
        if length < least {
            return Some(LeaveReason::Small);
        }
        let is_alone = self.rung() == Strategy::Positioned
            && positioned::workers_for(length.max(positioned::SHARED), self.workers) == 1;
        let gains = !is_alone && gains.unwrap_or_else(|| self.gain() != Gain::None);
        (!gains).then_some(LeaveReason::NotFaster)
    }

    /// Whether space is taken before it is written. Not for a file that had contents: ext4 brings the
    /// new contents of such a file to the disk when it is closed or renamed, but not into space taken before.
    fn allocates(&mut self) -> bool {
        !self.overwrites && self.gain() == Gain::AllocatedBlocks
    }

    fn gain(&mut self) -> Gain {
        self.file_system().gain(self.transfer.destination())
    }

    fn file_system(&mut self) -> FileSystem {
        let (destination, device) = (self.transfer.destination(), self.devices.1);
        *self
            .file_system
            .get_or_insert_with(|| FileSystem::of(destination, device))
    }

    /// Steps down after a refusal, or fails with it on the last rung.
    fn refused(&mut self, errno: Errno) -> Result<(), Failure> {
        let file_system = self.file_system();
        refusals::remember(self.rung(), (self.devices.0, file_system), errno);
        if self.is_last() {
            return Err(Failure::new(
                "the strategy does not work for these files",
                errno,
            ));
        }
        self.leave(LeaveReason::Refused {
            errno: errno.raw_os_error(),
        });
        Ok(())
    }

    /// Steps down for the whole file.
    fn leave(&mut self, reason: LeaveReason) {
        self.left.push(self.left_now(reason));
        if self.passed_by == 0 {
            self.rungs = &self.rungs[1..];
        } else {
            self.passed_by += 1;
        }
    }

    /// Steps down for the stretch of data at hand.
    fn pass_by(&mut self, reason: LeaveReason) {
        self.passed.push(self.left_now(reason));
        self.passed_by += 1;
    }

    fn left_now(&self, reason: LeaveReason) -> LeftStrategy {
        LeftStrategy {
            strategy: self.rung(),
            offset: self.offset,
            reason,
        }
    }
}
