//! Lines of a file in memory: each looked at, all counted.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bstr::io::BufReadExt as _;

use super::{Candidate, Options, compete, head, program, rounds, succeeds};

/// Bytes of the file.
const LENGTH: usize = 64 << 20;
/// What lines are cut from.
const TEXT: &str = "The quick brown fox jumps over the lazy dog and then over the fence";

/// What goes over the file and returns something of all lines.
type Work<'a> = dyn Fn() -> io::Result<u64> + 'a;

pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    let mut out = io::stdout();
    let path = dir.join("lines");
    make(&path)?;
    let timed = |work: &Work<'_>| -> Result<Duration> {
        let started = Instant::now();
        black_box(work().with_context(|| format!("could not read {}", path.display()))?);
        Ok(started.elapsed())
    };
    let fold = |workers| {
        let add = |sum: &mut u64, line: &[u8]| *sum += line.len() as u64;
        io_optimize::fold_lines(&path, workers, || 0, add, |sum, more| *sum += more)
    };
    let owned = || {
        let mut sum = 0;
        for line in BufReader::new(File::open(&path)?).lines() {
            sum += line?.len() as u64;
        }
        Ok(sum)
    };
    let reused = || {
        let mut reader = BufReader::new(File::open(&path)?);
        let (mut line, mut sum) = (String::new(), 0);
        while reader.read_line(&mut line)? != 0 {
            sum += line.len() as u64;
            line.clear();
        }
        Ok(sum)
    };
    let lent = || {
        let mut sum = 0;
        io_optimize::for_each_line(&path, |line| {
            sum += line.len() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(sum)
    };
    let by_linereader = || {
        let mut reader = linereader::LineReader::new(File::open(&path)?);
        let mut sum = 0;
        while let Some(line) = reader.next_line() {
            sum += line?.len() as u64;
        }
        Ok(sum)
    };
    let by_bstr = || {
        let mut sum = 0;
        BufReader::with_capacity(256 << 10, File::open(&path)?).for_byte_line(|line| {
            sum += line.len() as u64;
            Ok(true)
        })?;
        Ok(sum)
    };
    head(&mut out, "64 MiB of lines of 20 to 60 bytes, warm")?;
    let ours: [(&str, &Work<'_>); 2] = [
        ("for_each_line", &lent),
        ("fold_lines, two workers", &|| fold(2)),
    ];
    for (what, work) in ours {
        let mut candidates = [
            candidate("ours", &timed, work),
            candidate("BufRead::lines", &timed, &owned),
            candidate("read_line into one String", &timed, &reused),
            candidate("linereader", &timed, &by_linereader),
            candidate("bstr, for_byte_line", &timed, &by_bstr),
        ];
        compete(&mut out, what, rounds(15, options), &mut candidates)?;
    }
    if program("wc").is_some() {
        let on_one = || {
            let count = |sum: &mut u64, _: u64, chunk: &[u8]| {
                *sum += io_optimize::count_newlines(chunk);
            };
            io_optimize::fold_chunks(&path, 1, || 0, count, |sum, more| *sum += more)
        };
        let ours: [(&str, &Work<'_>); 2] = [
            ("newlines by fold_chunks, one worker", &on_one),
            ("count_lines", &|| io_optimize::count_lines(&path)),
        ];
        for (what, work) in ours {
            let mut candidates = [
                candidate("ours", &timed, work),
                Candidate {
                    name: "wc -l",
                    run: Box::new(|| {
                        let started = Instant::now();
                        succeeds(
                            Command::new("wc")
                                .arg("-l")
                                .arg(&path)
                                .stdout(Stdio::null()),
                        )?;
                        Ok(started.elapsed())
                    }),
                },
            ];
            compete(&mut out, what, rounds(15, options), &mut candidates)?;
        }
    }
    fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))
}

fn candidate<'a>(
    name: &'static str,
    timed: &'a dyn Fn(&Work<'_>) -> Result<Duration>,
    work: &'a Work<'a>,
) -> Candidate<'a> {
    Candidate {
        name,
        run: Box::new(move || timed(work)),
    }
}

fn make(path: &Path) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut text = String::with_capacity(LENGTH + TEXT.len());
    while text.len() < LENGTH {
        text.push_str(&TEXT[..random.usize(20..=60)]);
        text.push('\n');
    }
    fs::write(path, text).with_context(|| format!("could not make {}", path.display()))
}
