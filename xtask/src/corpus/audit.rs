//! One run of the program over one crate.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;
use wait4::Wait4;

use super::parsers;
use crate::published::Package;

/// A run that takes longer hangs.
const TOO_LONG: Duration = Duration::from_secs(60);

pub(super) struct Run {
    pub(super) package: Package,
    /// What it said, or why it said nothing.
    pub(super) result: Result<Answer, String>,
    pub(super) elapsed: Duration,
    pub(super) peak_bytes: u64,
    /// What it could not take, and what others say of it.
    pub(super) left_out: Vec<LeftOut>,
}

pub(super) struct LeftOut {
    pub(super) path: String,
    pub(super) reason: String,
    pub(super) others: parsers::Verdicts,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) analysis: Analysis,
    pub(super) findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Analysis {
    pub(super) files: u64,
    pub(super) lines: u64,
    pub(super) not_analysed: Vec<NotAnalysed>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NotAnalysed {
    pub(super) path: String,
    pub(super) reason: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Finding {
    pub(super) path: String,
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) rule: String,
    pub(super) confidence: String,
    pub(super) message: String,
    pub(super) suppressed: Option<String>,
}

pub(super) fn run(binary: &Path, package: Package, directory: &Path) -> Result<Run> {
    let started = Instant::now();
    let mut child = Command::new(binary)
        .args(["--fast", "--format", "json", "--all-targets"])
        .args(["--confidence", "low", "--manifest-path"])
        .arg(directory.join("Cargo.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", binary.display()))?;
    let output = reader(child.stdout.take());
    let talk = reader(child.stderr.take());
    let (done, is_done) = mpsc::channel::<()>();
    let id = child.id();
    let guard = thread::spawn(move || {
        if is_done.recv_timeout(TOO_LONG) == Err(mpsc::RecvTimeoutError::Timeout) {
            kill(id);
        }
    });
    let used = child.wait4().context("could not wait for the program")?;
    let elapsed = started.elapsed();
    drop(done);
    let output = output.join().unwrap_or_default();
    let talk = talk.join().unwrap_or_default();
    // The channel's end wakes it.
    drop(guard.join());
    let talk = String::from_utf8_lossy(&talk);
    let result = if talk.contains("panicked at") {
        Err(format!("it panicked: {}", talk.trim()))
    } else if !used.status.success() {
        Err(format!("{}: {}", used.status, talk.trim()))
    } else {
        serde_json::from_slice::<Answer>(&output).map_err(|error| format!("no JSON: {error}"))
    };
    let not_analysed = result
        .iter()
        .flat_map(|answer| &answer.analysis.not_analysed);
    let left_out = not_analysed
        .map(|it| LeftOut {
            path: it.path.clone(),
            reason: it.reason.clone(),
            others: parsers::ask(&directory.join(&it.path)),
        })
        .collect();
    Ok(Run {
        package,
        result,
        elapsed,
        peak_bytes: used.rusage.maxrss,
        left_out,
    })
}

fn kill(id: u32) {
    let id = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // It may have ended in the meantime.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came until then is what there is.
            drop(pipe.read_to_end(&mut bytes));
        }
        bytes
    })
}
