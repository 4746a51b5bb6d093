//! A tree of many small files, on a file system that is made anew for each turn.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use io_optimize::TreeOptions;

use super::mount::{Kind, Mounted};
use super::{Candidate, Options, compete, head, program, rounds, succeeds};

const DIRECTORIES: usize = 200;
const FILES: usize = 100;
/// Bytes of the file system.
const ROOM: u64 = 1 << 30;
/// Threads for what is waited for.
const WAITING_WORKERS: usize = 8;

/// Programs that copy a tree, where they are installed, with what they want to hear.
const PROGRAMS: [(&str, &[&str]); 4] = [
    ("cp", &["-r"]),
    ("xcp", &["-r"]),
    ("fcp", &[]),
    ("cpz", &[]),
];

pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    head(
        &mut io::stdout(),
        "A tree of 20,000 files of 1 to 16 KiB, on a new ext4 in each turn",
    )?;
    let memory = Mounted::memory(dir, "images", 2 * ROOM)?;
    let warm = Arena {
        images: memory.path(),
        dir,
        is_cold: false,
    };
    warm.run("warm", &TreeOptions::new(), &PROGRAMS, options)?;
    let with_times = TreeOptions::new().preserve_times(true);
    warm.run(
        "warm, times and modes kept",
        &with_times,
        &[("cp", &["-r"]), ("cp", &["-a"])],
        options,
    )?;
    let cold = Arena {
        images: dir,
        dir,
        is_cold: true,
    };
    cold.run(
        "cold and synced, on the disk",
        &TreeOptions::new().workers(WAITING_WORKERS),
        &PROGRAMS,
        options,
    )
}

/// Where trees are copied.
struct Arena<'a> {
    /// Where the image of the file system lies: in memory or on the disk.
    images: &'a Path,
    dir: &'a Path,
    /// The caches are dropped before, and the time ends when all is on the disk.
    is_cold: bool,
}

impl Arena<'_> {
    fn run(
        &self,
        what: &str,
        ours: &TreeOptions,
        programs: &[(&'static str, &[&str])],
        options: &Options,
    ) -> Result<()> {
        let mut candidates = vec![Candidate {
            name: "io_optimize::copy_tree",
            run: Box::new(|| {
                self.turn(&|from, to| {
                    let report = ours.copy(from, to)?;
                    ensure!(report.is_complete(), "{report}");
                    Ok(())
                })
            }),
        }];
        for &(name, arguments) in programs {
            if program(name).is_none() {
                continue;
            }
            candidates.push(Candidate {
                name: if arguments == ["-a"] { "cp -a" } else { name },
                run: Box::new(move || {
                    self.turn(&|from, to| {
                        succeeds(Command::new(name).args(arguments).arg(from).arg(to))
                    })
                }),
            });
        }
        compete(&mut io::stdout(), what, rounds(7, options), &mut candidates)
    }

    /// Makes the tree, and times one copy of it.
    fn turn(&self, copy: &dyn Fn(&Path, &Path) -> Result<()>) -> Result<Duration> {
        let mounted = Mounted::new(Kind::Ext4, self.images, self.dir, ROOM)?;
        let (from, to) = (mounted.path().join("source"), mounted.path().join("copy"));
        make_tree(&from)?;
        let sync = || succeeds(Command::new("sync").arg("-f").arg(mounted.path()));
        sync()?;
        if self.is_cold {
            fs::write("/proc/sys/vm/drop_caches", "3").context("could not drop the caches")?;
        }
        let started = Instant::now();
        copy(&from, &to)?;
        if self.is_cold {
            sync()?;
        }
        Ok(started.elapsed())
    }
}

fn make_tree(at: &Path) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut bytes = vec![0; 16 << 10];
    random.fill(&mut bytes);
    for directory in 0..DIRECTORIES {
        let directory = at.join(directory.to_string());
        fs::create_dir_all(&directory)?;
        for file in 0..FILES {
            let length = random.usize(1 << 10..=16 << 10);
            fs::write(directory.join(file.to_string()), &bytes[..length])?;
        }
    }
    Ok(())
}
