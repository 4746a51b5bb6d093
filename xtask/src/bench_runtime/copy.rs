//! One file, its contents in memory, to a name that is free.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use io_optimize::{CopyOptions, Durability};

use super::mount::{Kind, Mounted};
use super::{Candidate, Options, compete, head, make, program, rounds, succeeds};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Sizes in bytes, and rounds.
const SIZES: &[(u64, usize)] = &[
    (KIB, 300),
    (32 * KIB, 300),
    (64 * KIB, 300),
    (128 * KIB, 200),
    (256 * KIB, 200),
    (MIB, 101),
    (8 * MIB, 41),
    (16 * MIB, 41),
    (64 * MIB, 21),
    (128 * MIB, 15),
    (512 * MIB, 9),
    (1024 * MIB, 7),
];

/// The same for each of several file systems.
const FEWER_SIZES: &[(u64, usize)] = &[
    (KIB, 300),
    (32 * KIB, 300),
    (64 * KIB, 200),
    (256 * KIB, 101),
    (MIB, 101),
    (16 * MIB, 21),
    (128 * MIB, 9),
];

/// The same between two file systems.
const LARGE_SIZES: &[(u64, usize)] = &[(MIB, 101), (16 * MIB, 31), (128 * MIB, 15), (512 * MIB, 7)];

/// The same where each copy is brought to the disk.
const SYNCED_SIZES: &[(u64, usize)] = &[(64 * KIB, 101), (16 * MIB, 21), (128 * MIB, 9)];

/// Programs that copy a file, where they are installed.
const PROGRAMS: [&str; 4] = ["cp", "xcp", "fcp", "cpz"];

/// Bytes of a file system that is made for this.
const ROOM: u64 = 3 << 30;

/// On the file system of the directory.
pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    head(&mut io::stdout(), "Copy of one file, warm, to a new file")?;
    let arena = Arena {
        from: dir,
        to: dir,
        what: "",
        programs: &PROGRAMS,
        is_synced: false,
    };
    arena.run(SIZES, options)
}

/// On file systems that are made in memory.
pub(super) fn file_systems(dir: &Path, options: &Options) -> Result<()> {
    let memory = Mounted::memory(dir, "images", 3 * ROOM)?;
    head(
        &mut io::stdout(),
        "Copy of one file within a file system, warm, to a new file",
    )?;
    for kind in Kind::ALL {
        let mounted = Mounted::new(kind, memory.path(), dir, ROOM)?;
        let arena = Arena {
            from: mounted.path(),
            to: mounted.path(),
            what: kind.name(),
            programs: &[],
            is_synced: false,
        };
        arena.run(FEWER_SIZES, options)?;
    }
    Ok(())
}

/// Between file systems that are made in memory.
pub(super) fn across(dir: &Path, options: &Options) -> Result<()> {
    let memory = Mounted::memory(dir, "images", 3 * ROOM)?;
    head(
        &mut io::stdout(),
        "Copy of one file to another file system, warm, to a new file",
    )?;
    for (from, to) in [
        (Kind::Ext4, Kind::Xfs),
        (Kind::Tmpfs, Kind::Ext4),
        (Kind::Xfs, Kind::Btrfs),
        (Kind::Ext4, Kind::Tmpfs),
    ] {
        let source = Mounted::new(from, memory.path(), dir, ROOM)?;
        let destination = Mounted::new(to, memory.path(), dir, ROOM)?;
        let what = format!("{} to {}", from.name(), to.name());
        let arena = Arena {
            from: source.path(),
            to: destination.path(),
            what: &what,
            programs: &["cp", "xcp"],
            is_synced: false,
        };
        arena.run(LARGE_SIZES, options)?;
    }
    Ok(())
}

/// On the file system of the directory, until the data is on the disk.
pub(super) fn synced(dir: &Path, options: &Options) -> Result<()> {
    head(
        &mut io::stdout(),
        "Copy of one file, warm, to a new file, until its data is on the disk",
    )?;
    let arena = Arena {
        from: dir,
        to: dir,
        what: "",
        programs: &[],
        is_synced: true,
    };
    arena.run(SYNCED_SIZES, options)
}

/// Where copies are made, and by whom.
struct Arena<'a> {
    /// The folder of the source.
    from: &'a Path,
    /// The folder of the copy.
    to: &'a Path,
    /// Stands before the size.
    what: &'a str,
    programs: &'a [&'static str],
    is_synced: bool,
}

impl Arena<'_> {
    fn run(&self, sizes: &[(u64, usize)], options: &Options) -> Result<()> {
        let mut out = io::stdout();
        let (from, to) = (self.from.join("source"), self.to.join("copy"));
        let durability = match self.is_synced {
            true => Durability::Data,
            false => Durability::None,
        };
        let ours = CopyOptions::new().durability(durability);
        let std_copy = || -> io::Result<()> {
            fs::copy(&from, &to)?;
            match self.is_synced {
                true => File::open(&to)?.sync_data(),
                false => Ok(()),
            }
        };
        for &(size, default_rounds) in sizes {
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
            let candidate = |name| Candidate {
                name,
                run: Box::new(|| timed(&|| Ok(ours.copy(&from, &to).map(drop)?))),
            };
            // Apart from the programs: whoever copies right after one finds the processor's caches cold,
            // and of a copy that takes 40 µs that makes 10.
            let mut in_process = [
                candidate("io_optimize::copy"),
                Candidate {
                    name: "std::fs::copy",
                    run: Box::new(|| timed(&|| Ok(std_copy()?))),
                },
            ];
            let mut programs = vec![candidate("io_optimize::copy")];
            for name in self.programs.iter().copied().filter_map(program) {
                let (from, to, timed) = (&from, &to, &timed);
                programs.push(Candidate {
                    name,
                    run: Box::new(move || {
                        timed(&|| succeeds(Command::new(name).arg(from).arg(to)))
                    }),
                });
            }
            let separator = if self.what.is_empty() { "" } else { " " };
            let what = match size {
                0..MIB => format!("{}{separator}{} KiB", self.what, size / KIB),
                _ => format!("{}{separator}{} MiB", self.what, size / MIB),
            };
            let rounds = rounds(default_rounds, options);
            compete(&mut out, &what, rounds, &mut in_process)?;
            if programs.len() > 1 {
                compete(&mut out, &what, rounds.min(41), &mut programs)?;
            }
        }
        fs::remove_file(&from).with_context(|| format!("could not remove {}", from.display()))
    }
}
