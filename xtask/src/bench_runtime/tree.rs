//! A tree of many small files, warm, on a file system that is made anew for each turn.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Candidate, Options, compete, head, program, rounds, succeeds};

const DIRECTORIES: usize = 200;
const FILES: usize = 100;

/// Programs that copy a tree, where they are installed, with what they want to hear.
const PROGRAMS: [(&str, &[&str]); 4] = [
    ("cp", &["-r"]),
    ("xcp", &["-r"]),
    ("fcp", &[]),
    ("cpz", &[]),
];

pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    let mut out = io::stdout();
    head(&mut out, "A tree of 20,000 files of 1 to 8 KiB, warm")?;
    let image = dir.join("tree.img");
    let mount = dir.join("tree");
    fs::create_dir_all(&mount)?;
    let (from, to) = (mount.join("source"), mount.join("copy"));
    let mut candidates = vec![Candidate {
        name: "io_optimize::copy_tree",
        run: Box::new(|| {
            let _mounted = Mounted::new(&image, &mount, &from)?;
            let started = Instant::now();
            let report = io_optimize::copy_tree(&from, &to)?;
            let time = started.elapsed();
            ensure!(report.errors.is_empty(), "{} errors", report.errors.len());
            Ok(time)
        }),
    }];
    for (name, arguments) in PROGRAMS {
        if program(name).is_none() {
            continue;
        }
        let (image, mount, from, to) = (&image, &mount, &from, &to);
        candidates.push(Candidate {
            name,
            run: Box::new(move || -> Result<Duration> {
                let _mounted = Mounted::new(image, mount, from)?;
                let started = Instant::now();
                succeeds(Command::new(name).args(arguments).arg(from).arg(to))?;
                Ok(started.elapsed())
            }),
        });
    }
    compete(
        &mut out,
        "20,000 files",
        rounds(7, options),
        &mut candidates,
    )?;
    drop(candidates);
    fs::remove_file(&image).with_context(|| format!("could not remove {}", image.display()))
}

/// An ext4 file system with the source in it, unmounted when dropped.
struct Mounted {
    mount: PathBuf,
}

impl Mounted {
    fn new(image: &Path, mount: &Path, from: &Path) -> Result<Self> {
        File::create(image)?.set_len(1 << 30)?;
        succeeds(Command::new("mkfs.ext4").arg("-q").arg(image))?;
        succeeds(
            Command::new("mount")
                .args(["-o", "loop"])
                .arg(image)
                .arg(mount),
        )
        .context("this needs root")?;
        let mounted = Self {
            mount: mount.to_path_buf(),
        };
        let mut random = fastrand::Rng::with_seed(1);
        let mut bytes = vec![0; 8 << 10];
        random.fill(&mut bytes);
        for directory in 0..DIRECTORIES {
            let directory = from.join(directory.to_string());
            fs::create_dir_all(&directory)?;
            for file in 0..FILES {
                let length = random.usize(1 << 10..=8 << 10);
                fs::write(directory.join(file.to_string()), &bytes[..length])?;
            }
        }
        succeeds(Command::new("sync").arg("-f").arg(mount))?;
        Ok(mounted)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.mount).status();
    }
}
