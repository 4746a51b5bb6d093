//! What pays on this host, measured on it.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use crate::copy::{CopyOptions, Strategy};
use crate::failure::Failure;
use crate::write::{TemporaryFile, WriteError};
#[cfg(doc)]
use crate::CopyError;

/// Sizes in bytes at which a pipe is compared with the kernel's own copy, and rounds.
const SPLICED: &[(u64, usize)] = &[
    (64 << 10, 31),
    (128 << 10, 31),
    (256 << 10, 31),
    (1 << 20, 21),
    (8 << 20, 11),
];
/// The same for several threads and one that splices.
const SHARED: &[(u64, usize)] = &[(8 << 20, 11), (16 << 20, 11), (32 << 20, 9), (64 << 20, 9)];
/// More are not used unless they are asked for.
const WORKERS: usize = 4;
/// Of so many rounds, in hundredths, one has to be ahead for the outcome to be clear.
const CLEAR: usize = 80;

/// From which length on a strategy is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorthIt {
    /// From this many bytes on.
    From(u64),
    /// At no length that was measured.
    Never,
    /// The rounds did not agree: what the crate takes by default stays.
    Unclear,
}

/// Two strategies at one length.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Measurement {
    /// Length of the file in bytes.
    pub bytes: u64,
    /// The strategy in question.
    pub strategy: Strategy,
    /// The one it is compared with.
    pub against: Strategy,
    /// Rounds, in each of which both copied, in turns first.
    pub rounds: usize,
    /// In how many of them the strategy in question was faster.
    pub won: usize,
    /// How many times faster it was: the median over the rounds.
    pub ratio: f64,
}

/// What was measured, for [`CopyOptions::calibration`](crate::CopyOptions::calibration).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Calibration {
    /// From which length on [`Strategy::Splice`] is faster than [`Strategy::CopyFileRange`].
    pub splice: WorthIt,
    /// From which length on [`Strategy::Positioned`] by several threads is faster than
    /// [`Strategy::Splice`].
    pub workers: WorthIt,
    /// All that this rests on.
    pub measurements: Vec<Measurement>,
}

/// Measures for about two seconds, in this directory and on its file system, what pays when files are
/// copied.
///
/// Makes two temporary files of up to 64 MiB there, and removes them. Copies that share blocks are not
/// measured: where they work they are tried first. A host that is busy with something else gives
/// [`WorthIt::Unclear`] or, at worst, what pays on a busy host.
///
/// ```no_run
/// use io_optimize::{calibrate, CopyOptions};
/// # fn main() -> std::io::Result<()> {
/// let calibration = calibrate("/data")?;
/// println!("{calibration}");
/// CopyOptions::new().calibration(&calibration).copy("/data/a", "/data/b")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A [`WriteError`] or a [`CopyError`] inside the [`io::Error`] where files cannot be made or copied in the
/// directory, such as on a full file system; [`Unsupported`](io::ErrorKind::Unsupported) elsewhere than on Linux.
pub fn calibrate<P: AsRef<Path>>(directory: P) -> io::Result<Calibration> {
    let directory = directory.as_ref();
    if !cfg!(target_os = "linux") {
        let error = io::ErrorKind::Unsupported;
        let failure = Failure::new("there is nothing to choose from on this system", error);
        return Err(WriteError::naming(directory, failure));
    }
    let cannot = |failure| WriteError::naming(directory, failure);
    let (source, mut file) = TemporaryFile::create_with_mode(directory, 0o600).map_err(cannot)?;
    let (destination, copy) = TemporaryFile::create_with_mode(directory, 0o600).map_err(cannot)?;
    let mut arena = Arena {
        from: source.path(),
        to: destination.path(),
        copy: &copy,
        measurements: Vec::new(),
    };
    let mut length = 0;
    let mut fill = |bytes| fill(&mut file, &mut length, bytes).map_err(cannot);
    for &(bytes, rounds) in SPLICED {
        fill(bytes)?;
        arena.compare(bytes, rounds, (Strategy::Splice, Strategy::CopyFileRange))?;
    }
    let splice = worth_it(&arena.measurements);
    let first = arena.measurements.len();
    for &(bytes, rounds) in SHARED {
        fill(bytes)?;
        arena.compare(bytes, rounds, (Strategy::Positioned, Strategy::Splice))?;
    }
    let workers = worth_it(&arena.measurements[first..]);
    Ok(Calibration {
        splice,
        workers,
        measurements: arena.measurements,
    })
}

/// Makes the file this long, with bytes that do not compress.
fn fill(file: &mut File, length: &mut u64, bytes: u64) -> Result<(), Failure> {
    let mut state = *length + 1;
    let mut block = vec![0; 64 << 10];
    while *length < bytes {
        for word in block.chunks_exact_mut(8) {
            // A xorshift generator: Marsaglia, 2003.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_ne_bytes());
        }
        file.write_all(&block)
            .map_err(Failure::while_("cannot write a file to measure with"))?;
        *length += block.len() as u64;
    }
    // What has not been allocated yet can look like a hole.
    file.sync_data()
        .map_err(Failure::while_("cannot flush a file to measure with"))
}

/// Two files, of which the second is copied over and over again.
struct Arena<'a> {
    from: &'a Path,
    to: &'a Path,
    copy: &'a File,
    measurements: Vec<Measurement>,
}

impl Arena<'_> {
    fn compare(
        &mut self,
        bytes: u64,
        rounds: usize,
        (strategy, against): (Strategy, Strategy),
    ) -> io::Result<()> {
        let mut ratios = Vec::with_capacity(rounds);
        // The first round brings the source into memory.
        for round in 0..=rounds {
            let (ours, others) = if round % 2 == 0 {
                let ours = self.time(strategy)?;
                (ours, self.time(against)?)
            } else {
                let others = self.time(against)?;
                (self.time(strategy)?, others)
            };
            if round > 0 {
                ratios.push(others / ours);
            }
        }
        ratios.sort_by(f64::total_cmp);
        self.measurements.push(Measurement {
            bytes,
            strategy,
            against,
            rounds,
            won: ratios.iter().filter(|&&ratio| ratio > 1.0).count(),
            ratio: ratios[rounds / 2],
        });
        Ok(())
    }

    /// Seconds.
    fn time(&self, strategy: Strategy) -> io::Result<f64> {
        self.copy
            .set_len(0)
            .map_err(Failure::while_("cannot empty the file to measure with"))
            .map_err(|failure| WriteError::naming(self.to, failure))?;
        let started = Instant::now();
        CopyOptions::new()
            .strategy(strategy)
            .workers(WORKERS.min(crate::processors::processors()))
            .copy(self.from, self.to)?;
        Ok(started.elapsed().as_secs_f64().max(f64::MIN_POSITIVE))
    }
}

/// From the shortest length on from which all are clearly won.
fn worth_it(measurements: &[Measurement]) -> WorthIt {
    let is_clear = |count: usize, rounds: usize| count * 100 >= rounds * CLEAR;
    let won = measurements
        .iter()
        .rev()
        .take_while(|it| is_clear(it.won, it.rounds))
        .last();
    if let Some(shortest) = won {
        return WorthIt::From(shortest.bytes);
    }
    let lost = |it: &Measurement| is_clear(it.rounds - it.won, it.rounds);
    if measurements.iter().all(lost) {
        WorthIt::Never
    } else {
        WorthIt::Unclear
    }
}

impl fmt::Display for WorthIt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(bytes) => write!(f, "from {} KiB on", bytes >> 10),
            Self::Never => f.write_str("at no length"),
            Self::Unclear => f.write_str("unclear, the default stays"),
        }
    }
}

/// One finding a line, then one measurement a line.
impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "splice pays {}", self.splice)?;
        write!(f, "several threads pay {}", self.workers)?;
        for it in &self.measurements {
            write!(
                f,
                "\n{:>6} KiB: {} {:.2} times as fast as {}, faster in {} of {} rounds",
                it.bytes >> 10,
                it.strategy,
                it.ratio,
                it.against,
                it.won,
                it.rounds
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(outcomes: &[(u64, usize)]) -> Vec<Measurement> {
        let one = |&(bytes, won)| Measurement {
            bytes,
            strategy: Strategy::Splice,
            against: Strategy::CopyFileRange,
            rounds: 10,
            won,
            ratio: 1.0,
        };
        outcomes.iter().map(one).collect()
    }

    #[test]
    fn it_pays_from_where_nothing_longer_is_lost() {
        let outcomes = [(1, 10), (2, 3), (4, 8), (8, 10)];
        assert_eq!(worth_it(&measured(&outcomes)), WorthIt::From(4));
    }

    #[test]
    fn only_what_is_lost_everywhere_never_pays() {
        assert_eq!(worth_it(&measured(&[(1, 2), (2, 0)])), WorthIt::Never);
        assert_eq!(worth_it(&measured(&[(1, 9), (2, 5)])), WorthIt::Unclear);
    }

    #[test]
    fn the_report_says_what_it_rests_on() {
        let calibration = Calibration {
            splice: WorthIt::From(128 << 10),
            workers: WorthIt::Unclear,
            measurements: measured(&[(1 << 20, 9)]),
        };
        assert_eq!(
            calibration.to_string(),
            "splice pays from 128 KiB on\nseveral threads pay unclear, the default stays\n  \
             1024 KiB: splice 1.00 times as fast as copy_file_range, faster in 9 of 10 rounds"
        );
    }
}
