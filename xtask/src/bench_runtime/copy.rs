//! One file, its contents in memory, to a name that is free.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Candidate, Options, compete, head, make, program, succeeds};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Sizes in bytes, and rounds.
const SIZES: &[(u64, usize)] = &[
    (KIB, 300),
    (32 * KIB, 300),
    (64 * KIB, 300),
    (256 * KIB, 200),
    (MIB, 101),
    (8 * MIB, 41),
    (16 * MIB, 41),
    (64 * MIB, 21),
    (128 * MIB, 15),
    (512 * MIB, 9),
    (1024 * MIB, 7),
];

/// Programs that copy a file, where they are installed.
const PROGRAMS: [&str; 3] = ["cp", "xcp", "fcp"];

pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    let mut out = io::stdout();
    head(&mut out, "Copy of one file, warm, to a new file")?;
    let (from, to) = (dir.join("source"), dir.join("copy"));
    for &(size, rounds) in SIZES {
        if size > options.largest * MIB {
            break;
        }
        make(&from, size)?;
        let timed = |copy: &dyn Fn() -> Result<()>| -> Result<Duration> {
            let started = Instant::now();
            copy()?;
            let time = started.elapsed();
            let length = fs::metadata(&to)?.len();
            ensure!(length == size, "{length} of {size} bytes were copied");
            fs::remove_file(&to)?;
            Ok(time)
        };
        let mut candidates = vec![
            Candidate {
                name: "io_optimize::copy",
                run: Box::new(|| timed(&|| Ok(io_optimize::copy(&from, &to).map(drop)?))),
            },
            Candidate {
                name: "std::fs::copy",
                run: Box::new(|| timed(&|| Ok(fs::copy(&from, &to).map(drop)?))),
            },
        ];
        for name in PROGRAMS.into_iter().filter_map(program) {
            let (from, to, timed) = (&from, &to, &timed);
            candidates.push(Candidate {
                name,
                run: Box::new(move || timed(&|| succeeds(Command::new(name).arg(from).arg(to)))),
            });
        }
        let what = match size {
            0..MIB => format!("{} KiB", size / KIB),
            _ => format!("{} MiB", size / MIB),
        };
        compete(
            &mut out,
            &what,
            super::rounds(rounds, options),
            &mut candidates,
        )?;
    }
    fs::remove_file(&from).with_context(|| format!("could not remove {}", from.display()))
}
