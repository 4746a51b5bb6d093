//! What several tasks use: programs that measurements are compared with, what these work on, and how results are told.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A program on `PATH`, if it is there.
pub(crate) fn program(name: &'static str) -> Option<&'static str> {
    let asked = Command::new(name)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok().then_some(name)
}

pub(crate) fn succeeds(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("could not start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Makes a file of bytes that do not compress, on the disk and in memory.
pub(crate) fn make(path: &Path, size: u64) -> Result<()> {
    let making = || format!("could not make {}", path.display());
    let mut bytes = vec![0; usize::try_from(size)?];
    fastrand::Rng::with_seed(size).fill(&mut bytes);
    fs::write(path, &bytes).with_context(making)?;
    let file = fs::File::open(path).with_context(making)?;
    file.sync_all().with_context(making)?;
    io::copy(&mut &file, &mut io::sink()).with_context(making)?;
    Ok(())
}

/// The median; no number if there are no values.
pub(crate) fn median(values: &[f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    measure::median(&mut values.to_vec())
}

#[expect(clippy::print_stdout, reason = "what the tasks make is data")]
pub(crate) fn print(text: &str) {
    println!("{}", text.trim_end());
}
