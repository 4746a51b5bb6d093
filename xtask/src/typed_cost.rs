//! What rustc's types cost: the audit with types against `cargo clippy` on the same packages, run in turns.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use walkdir::WalkDir;

use crate::project;

/// Times the audit with types against `cargo clippy`, each after a change of one file, in turns.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask typed-cost", bin_name = "cargo xtask typed-cost")]
pub(crate) struct Options {
    /// The program to run.
    #[arg(long)]
    bin: PathBuf,
    /// Where cargo builds; both commands share it.
    #[arg(long)]
    target_dir: PathBuf,
    /// Turns of each; the median counts.
    #[arg(long, default_value_t = 7)]
    turns: usize,
    /// Folders of packages. Their largest file is changed, and put back at the end.
    #[arg(required = true)]
    packages: Vec<PathBuf>,
}

/// What is done to a file before each run.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// Only its time changes.
    Touch,
    /// It gets another comment line at its end.
    Edit,
}

/// Prints a row of a Markdown table for each package.
///
/// # Errors
/// If a package cannot be changed, or a command fails on it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| Package | Lines | Change | `cargo clippy` | audit with types | ratio |\n|---|---:|---|---:|---:|---:|"
    )?;
    for package in &options.packages {
        let (largest, lines) = sources(package)?;
        let before = fs::read_to_string(&largest)
            .with_context(|| format!("could not read {}", largest.display()))?;
        let rows = measured(options, package, &largest, &before);
        fs::write(&largest, &before)
            .with_context(|| format!("could not put {} back", largest.display()))?;
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        for (change, clippy, audit) in rows? {
            writeln!(
                out,
                "| {name} | {lines} | {change} | {:.2} s | {:.2} s | {:.2} |",
                clippy.as_secs_f64(),
                audit.as_secs_f64(),
                audit.as_secs_f64() / clippy.as_secs_f64()
            )?;
        }
    }
    Ok(())
}

fn measured(
    options: &Options,
    package: &Path,
    file: &Path,
    before: &str,
) -> Result<Vec<(&'static str, Duration, Duration)>> {
    let manifest = package.join("Cargo.toml");
    let mut clippy = project::cargo();
    clippy.arg("clippy");
    let mut audit = Command::new(&options.bin);
    audit.arg("--no-bench");
    for command in [&mut clippy, &mut audit] {
        command
            .args(["--quiet", "--offline", "--manifest-path"])
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&options.target_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
    }
    // What both share, and what each keeps, is built before the first turn.
    timed(&mut clippy)?;
    timed(&mut audit)?;
    let mut rows = Vec::new();
    let mut count = 0;
    for (change, name) in [(Change::Touch, "touched"), (Change::Edit, "edited")] {
        let (mut of_clippy, mut of_audit) = (Vec::new(), Vec::new());
        for _ in 0..options.turns {
            for (command, times) in [(&mut clippy, &mut of_clippy), (&mut audit, &mut of_audit)] {
                count += 1;
                let text = match change {
                    Change::Touch => before.to_owned(),
                    Change::Edit => format!("{before}\n// {count}\n"),
                };
                fs::write(file, text)
                    .with_context(|| format!("could not change {}", file.display()))?;
                times.push(timed(command)?);
            }
        }
        rows.push((name, median(of_clippy), median(of_audit)));
    }
    Ok(rows)
}

fn timed(command: &mut Command) -> Result<Duration> {
    let started = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("could not start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(started.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The largest file under `src`, and the lines of all.
fn sources(package: &Path) -> Result<(PathBuf, usize)> {
    let mut largest: Option<(usize, PathBuf)> = None;
    let mut lines = 0;
    for entry in WalkDir::new(package.join("src")).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            lines += text.lines().count();
            if largest.as_ref().is_none_or(|(size, _)| *size < text.len()) {
                largest = Some((text.len(), path));
            }
        }
    }
    let (_, path) =
        largest.with_context(|| format!("no source in {}", package.join("src").display()))?;
    Ok((path, lines))
}
