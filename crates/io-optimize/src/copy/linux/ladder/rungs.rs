//! Which rung of the ladder is in use, and why one is left for the next.

use rustix::io::Errno;

use super::Ladder;
use crate::calibrate::WorthIt;
use crate::copy::linux::file_system::{FileSystem, Gain};
use crate::copy::linux::kernel::kernel_copies_ranges;
use crate::copy::linux::{positioned, refusals};
use crate::copy::report::{LeaveReason, LeftStrategy, Strategy};
use crate::failure::Failure;

/// Up to here, in bytes, one read and one write beat the set-up of a clone (about 35 µs on xfs and
/// btrfs), and are as fast as anything elsewhere.
const SMALL: u64 = 16 * 1024;
/// From here on, in bytes, a pipe between two files moves them faster than the kernel's own copy, where
/// large blocks gain at all.
const SPLICED: u64 = 128 * 1024;

/// From the top down.
pub(super) const RUNGS: &[Strategy] = &[
    Strategy::Reflink,
    Strategy::Positioned,
    Strategy::Splice,
    Strategy::CopyFileRange,
    Strategy::Sendfile,
    Strategy::ReadWrite,
];

/// Used only if forced.
const ON_DEMAND: &[Strategy] = &[Strategy::Direct, Strategy::Mmap];

impl Ladder<'_> {
    /// Begins at the forced strategy alone, or at the first that is worth its set-up.
    pub(super) fn choose(&mut self, forced: Option<Strategy>) {
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

    pub(super) fn rung(&self) -> Strategy {
        self.rungs[self.passed_by]
    }

    fn is_last(&self) -> bool {
        self.passed_by + 1 == self.rungs.len()
    }

    /// Whether the rung in use was left before, for the whole file.
    pub(super) fn was_left(&self) -> bool {
        let rung = self.rung();
        !self.is_last() && self.left.iter().any(|left| left.strategy == rung)
    }

    /// Why the rung in use need not be tried; the last one always is.
    pub(super) fn not_worth_trying(&mut self) -> Option<LeaveReason> {
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
    pub(super) fn is_not_for(&mut self, end: u64) -> Option<LeaveReason> {
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
    pub(super) fn allocates(&mut self) -> bool {
        !self.overwrites && self.gain() == Gain::AllocatedBlocks
    }

    pub(super) fn gain(&mut self) -> Gain {
        self.file_system().gain(self.transfer.destination())
    }

    fn file_system(&mut self) -> FileSystem {
        let (destination, device) = (self.transfer.destination(), self.devices.1);
        *self
            .file_system
            .get_or_insert_with(|| FileSystem::of(destination, device))
    }

    /// Steps down after a refusal, or fails with it on the last rung.
    pub(super) fn refused(&mut self, errno: Errno) -> Result<(), Failure> {
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
    pub(super) fn leave(&mut self, reason: LeaveReason) {
        self.left.push(self.left_now(reason));
        if self.passed_by == 0 {
            self.rungs = &self.rungs[1..];
        } else {
            self.passed_by += 1;
        }
    }

    /// Steps down for the stretch of data at hand.
    pub(super) fn pass_by(&mut self, reason: LeaveReason) {
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
