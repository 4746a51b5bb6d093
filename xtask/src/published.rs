//! Crates as they were published, unpacked where tasks can work on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::project;

/// A published package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// What every task over published crates is told.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// The program to run; a release build of this project unless given.
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Where crates are unpacked and built; a folder in the directory for temporary files unless given.
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl Setup {
    /// The program, by a path that is the same from any folder.
    pub(crate) fn program(&self, root: &Path) -> Result<PathBuf> {
        let program = match &self.bin {
            Some(program) => program.clone(),
            None => release_build(root)?,
        };
        program
            .canonicalize()
            .with_context(|| format!("there is no program {}", program.display()))
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir
            .clone()
            .unwrap_or_else(|| std::env::temp_dir().join("io-optimize-corpus"))
    }
}

/// The packages of a list, one `NAME=VERSION` a line; sorted.
pub(crate) fn packages(list: &Path) -> Result<Vec<Package>> {
    let text =
        fs::read_to_string(list).with_context(|| format!("could not read {}", list.display()))?;
    let lines = text.lines().map(str::trim);
    let mut packages: Vec<Package> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, version) = line
                .split_once('=')
                .with_context(|| format!("{}: `{line}` is no NAME=VERSION", list.display()))?;
            Ok(Package {
                name: name.trim().to_owned(),
                version: version.trim().to_owned(),
            })
        })
        .collect::<Result<_>>()?;
    packages.sort();
    Ok(packages)
}

/// A release build of the program.
fn release_build(root: &Path) -> Result<PathBuf> {
    let built = project::cargo()
        .args(["build", "--release", "--package", "cargo-io-optimize"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("could not start cargo")?;
    ensure!(built.status.success(), "the release build failed");
    let messages = String::from_utf8_lossy(&built.stdout);
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    executables
        .next_back()
        .context("the release build made no program")
}

/// The package's folder; `None` if cargo does not hand it out. Cargo unpacks it into a home of its own, whose
/// files it trusts: the audit gets a copy.
pub(crate) fn unpacked(package: &Package, folder: &Path) -> Result<Option<PathBuf>> {
    let home = folder.join("cargo-home");
    let name = format!("{}-{}", package.name, package.version);
    let copy = folder.join("fast").join(&name);
    if copy.is_dir() {
        return Ok(Some(copy));
    }
    let sources = || -> Option<PathBuf> {
        let registries = fs::read_dir(home.join("registry/src")).ok()?;
        let mut folders = registries.flatten().map(|entry| entry.path().join(&name));
        folders.find(|folder| folder.is_dir())
    };
    let source = sources().or_else(|| {
        let status = project::cargo()
            .args(["info", "--quiet", "--registry", "crates-io"])
            .arg(format!("{}@{}", package.name, package.version))
            .current_dir("/")
            .env("CARGO_HOME", &home)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.ok().filter(std::process::ExitStatus::success)?;
        sources()
    });
    let Some(source) = source else {
        return Ok(None);
    };
    // A copy that was cut off must not be taken for a whole one.
    let partial = folder.join("fast").join(format!("{name}.partial"));
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    copy_tree(&source, &partial)?;
    fs::rename(&partial, &copy)?;
    Ok(Some(copy))
}

/// Copies folders and files; links and what else there may be are left out.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)
                .with_context(|| format!("could not make {}", target.display()))?;
        } else if entry.file_type().is_file() {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("could not write {}", target.display()))?;
        }
    }
    Ok(())
}
