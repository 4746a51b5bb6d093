//! The audit over published crates: what it finds, how fast it is, how much memory it takes, and which files it could not take.

mod audit;
mod parsers;
mod sample;
mod summary;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};

use crate::project;

/// Runs the audit over published crates.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask corpus", bin_name = "cargo xtask corpus")]
pub(crate) struct Options {
    /// One `NAME=VERSION` a line; `../shared/corpus/popular.txt` beside the project unless given.
    #[arg(long)]
    list: Option<PathBuf>,
    /// The program to run; a release build of this project unless given.
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Where crates are unpacked; a folder in the directory for temporary files unless given.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Prints so many findings of medium and high confidence instead of the summary.
    #[arg(long, requires = "seed")]
    sample: Option<usize>,
    /// Which findings are drawn: the same seed draws the same of the same findings.
    #[arg(long)]
    seed: Option<String>,
    /// How a sample is printed.
    #[arg(long, value_enum, default_value_t = SampleFormat::Markdown)]
    format: SampleFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SampleFormat {
    Markdown,
    Json,
}

/// A published package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
}

/// Runs the audit over each crate of the list.
///
/// # Errors
/// If a run panicked or failed, or if the list or the program is not there.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let list = options
        .list
        .clone()
        .unwrap_or_else(|| root.join("../shared/corpus/popular.txt"));
    let packages = packages(&list)?;
    let binary = match &options.bin {
        Some(binary) => binary.clone(),
        None => release_build(root)?,
    };
    let binary = binary
        .canonicalize()
        .with_context(|| format!("there is no program {}", binary.display()))?;
    let folder = options
        .dir
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join("io-optimize-corpus"));
    let mut audits = Vec::new();
    let mut missing = 0;
    for package in packages {
        match unpacked(&package, &folder)? {
            Some(directory) => audits.push(audit::run(&binary, package, &directory)?),
            None => {
                missing += 1;
                eprintln!(
                    "NOT FETCHED: {} {}: left out",
                    package.name, package.version
                );
            }
        }
    }
    match (&options.seed, options.sample) {
        (Some(seed), Some(count)) => {
            let drawn = sample::draw(&audits, count, seed);
            match options.format {
                SampleFormat::Markdown => print(&sample::markdown(&drawn)),
                SampleFormat::Json => print(&sample::json(&drawn)),
            }
        }
        _ => print(&summary::text(&audits, missing)),
    }
    ensure!(!audits.is_empty(), "no crate could be fetched");
    let failed = audits.iter().filter(|audit| audit.result.is_err()).count();
    ensure!(failed == 0, "{failed} of {} runs failed", audits.len());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what this task makes is data")]
fn print(text: &str) {
    println!("{}", text.trim_end());
}

fn packages(list: &Path) -> Result<Vec<Package>> {
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
fn unpacked(package: &Package, folder: &Path) -> Result<Option<PathBuf>> {
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

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
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

/// Whether a program accepts a text given to its standard input; `None` if it is not there.
fn accepts(program: &str, arguments: &[&str], input: &[u8]) -> Option<bool> {
    use std::io::Write as _;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // A program that has seen enough closes its input: its status is the answer.
    drop(child.stdin.take()?.write_all(input));
    child.wait().ok().map(|status| status.success())
}
