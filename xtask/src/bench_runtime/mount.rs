//! File systems made for a measurement, and gone after it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::succeeds;

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ext4,
    Xfs,
    Btrfs,
    Tmpfs,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Ext4, Self::Xfs, Self::Btrfs, Self::Tmpfs];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
            Self::Tmpfs => "tmpfs",
        }
    }
}

/// A file system of its own, unmounted when dropped.
pub(super) struct Mounted {
    point: PathBuf,
    image: Option<PathBuf>,
}

impl Mounted {
    /// Memory as a file system, below `directory`.
    pub(super) fn memory(directory: &Path, name: &str, bytes: u64) -> Result<Self> {
        let point = directory.join(name);
        let size = format!("size={bytes}");
        mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &point)?;
        let image = None;
        Ok(Self { point, image })
    }

    /// A new file system of this kind in an image in `images`, mounted below `directory`.
    pub(super) fn new(kind: Kind, images: &Path, directory: &Path, bytes: u64) -> Result<Self> {
        let name = kind.name();
        if kind == Kind::Tmpfs {
            return Self::memory(directory, name, bytes);
        }
        let image = images.join(format!("{name}.img"));
        let made = File::create(&image).and_then(|file| file.set_len(bytes));
        made.with_context(|| format!("could not make {}", image.display()))?;
        let program = format!("mkfs.{name}");
        let output = Command::new(&program).arg("-q").arg(&image).output();
        let output = output.with_context(|| format!("could not start {program}"))?;
        if !output.status.success() {
            bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let point = directory.join(name);
        let image_name = image.to_str().context("a path that is not UTF-8")?;
        mount(&["-o", "loop", image_name], &point)?;
        let image = Some(image);
        Ok(Self { point, image })
    }

    pub(super) fn path(&self) -> &Path {
        &self.point
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.point).status();
        if let Some(image) = &self.image {
            let _ = fs::remove_file(image);
        }
    }
}

fn mount(arguments: &[&str], point: &Path) -> Result<()> {
    fs::create_dir_all(point).with_context(|| format!("could not make {}", point.display()))?;
    succeeds(Command::new("mount").args(arguments).arg(point)).context("mounting needs root")
}
