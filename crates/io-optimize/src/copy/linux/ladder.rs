//! The ladder: reflink, positioned read and write, splice, copy_file_range, sendfile, read and write, each
//! left for the next at the byte that was reached.

mod rungs;

use std::fs::{File, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use self::rungs::RUNGS;
use super::file_system::{FileSystem, Gain};
use super::positioned;
use super::transfer::{Transfer, TransferError};
use crate::calibrate::WorthIt;
use crate::copy::manner::Manner;
use crate::copy::monitor::Monitor;
use crate::copy::report::{CopyReport, LeaveReason, LeftStrategy, Strategy};
use crate::failure::Failure;
use crate::workers::Workers;

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
}
