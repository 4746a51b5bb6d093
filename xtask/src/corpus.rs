//! The audit over published crates: what it finds, how fast it is, how much memory it takes, and which files it could not take.

mod audit;
mod parsers;
mod sample;
mod summary;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

use crate::published::{Setup, packages, unpacked};
use crate::tools::print;

/// Runs the audit over published crates.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask corpus", bin_name = "cargo xtask corpus")]
pub(crate) struct Options {
    /// One `NAME=VERSION` a line; `../shared/corpus/popular.txt` beside the project unless given.
    #[arg(long)]
    list: Option<PathBuf>,
    #[command(flatten)]
    setup: Setup,
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
    let binary = options.setup.program(root)?;
    let folder = options.setup.folder();
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
