//! Short lines to the standard output, which is a file or a pipe: in a process of its own.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Candidate, Options, compete, head, rounds};

/// Lines of a dozen bytes.
const LINES: u64 = 1_000_000;

/// Who writes them, by the argument that the child is started with.
const WRITERS: [(&str, &str); 3] = [
    ("ours", "io_optimize::stdout"),
    ("println", "println!"),
    ("buffered", "BufWriter over stdout().lock()"),
];

pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    let mut out = io::stdout();
    head(&mut out, "1,000,000 short lines to the standard output")?;
    for (what, to_pipe) in [("to a file", false), ("to a pipe", true)] {
        let mut candidates: Vec<Candidate<'_>> = WRITERS
            .into_iter()
            .map(|(argument, name)| Candidate {
                name,
                run: Box::new(move || timed(dir, argument, to_pipe)),
            })
            .collect();
        compete(&mut out, what, rounds(9, options), &mut candidates)?;
    }
    Ok(())
}

fn timed(dir: &Path, writer: &str, to_pipe: bool) -> Result<Duration> {
    let path = dir.join("lines");
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench-runtime", "--write-lines", writer]);
    let file = File::create(&path).with_context(|| format!("could not make {}", path.display()))?;
    command.stdout(if to_pipe { Stdio::piped() } else { file.into() });
    let started = Instant::now();
    let mut child = command.spawn().context("could not start this program")?;
    drain(&mut child)?;
    let status = child.wait()?;
    let time = started.elapsed();
    ensure!(status.success(), "{command:?} ended with {status}");
    std::fs::remove_file(&path)?;
    Ok(time)
}

fn drain(child: &mut Child) -> Result<()> {
    if let Some(mut output) = child.stdout.take() {
        io::copy(&mut output, &mut io::sink())?;
    }
    Ok(())
}

/// What the child does.
pub(super) fn write_lines(writer: &str) -> Result<()> {
    match writer {
        "ours" => {
            let mut output = io_optimize::stdout();
            for line in 0..LINES {
                writeln!(output, "line {line}")?;
            }
            output.finish()?;
        }
        "buffered" => {
            let mut output = io::BufWriter::new(io::stdout().lock());
            for line in 0..LINES {
                writeln!(output, "line {line}")?;
            }
            output.flush()?;
        }
        _ =>
        {
            #[expect(clippy::print_stdout, reason = "this is what is measured")]
            for line in 0..LINES {
                println!("line {line}");
            }
        }
    }
    Ok(())
}
