//! The runtime crate against std and the programs that people use: ratios, interleaved, with their intervals.

mod copy;
mod lines;
mod mount;
mod output;
mod random;
mod tree;

use std::env;
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;

use crate::project;
use crate::tools::{make, program, succeeds};

/// Programs that copy files and trees, from crates.io.
const PEERS: [&str; 3] = ["xcp", "fcp", "cpz"];

/// Measures the runtime crate against std and the programs that people use.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench-runtime",
    bin_name = "cargo xtask bench-runtime"
)]
pub(crate) struct Options {
    /// Only these subjects. All unless given.
    #[arg(value_parser = ["copy", "file-systems", "across", "synced", "tree", "lines", "output", "random"])]
    subjects: Vec<String>,
    /// Where files are made; the file system there is the one that is measured. The target folder unless given.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How many rounds, as a share of what each size has by default.
    #[arg(long, default_value_t = 1.0)]
    rounds: f64,
    /// Installs those of the programs that are on crates.io and not on `PATH`, into the target folder.
    #[arg(long)]
    install_peers: bool,
    /// What a process of this task's own does, to be timed by it.
    #[arg(long, hide = true)]
    write_lines: Option<String>,
    /// The largest file, in MiB.
    #[arg(long, default_value_t = 1024)]
    largest: u64,
}

/// Measures one subject in a directory, and prints its table.
type Subject = fn(&Path, &Options) -> Result<()>;

/// Prints a table for each subject.
///
/// # Errors
/// If files cannot be made, or somebody does not do what was asked.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if let Some(writer) = &options.write_lines {
        return output::write_lines(writer);
    }
    if cfg!(debug_assertions) {
        return project::run_in_release(root);
    }
    if options.install_peers {
        return run_with_peers(root);
    }
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => root.join("target/bench-runtime"),
    };
    fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
    let subjects: [(&str, Subject); 8] = [
        ("copy", copy::run),
        ("file-systems", copy::file_systems),
        ("across", copy::across),
        ("synced", copy::synced),
        ("tree", tree::run),
        ("lines", lines::run),
        ("output", output::run),
        ("random", random::run),
    ];
    for (name, run) in subjects {
        if options.subjects.is_empty() || options.subjects.iter().any(|it| it == name) {
            run(&dir, options)?;
        }
    }
    Ok(())
}

/// Installs what is missing, and starts over with it.
fn run_with_peers(root: &Path) -> Result<()> {
    let peers = root.join("target/peers");
    for name in PEERS {
        if program(name).is_none() && !peers.join("bin").join(name).exists() {
            succeeds(
                Command::new("cargo")
                    .args(["install", "--quiet", "--root"])
                    .arg(&peers)
                    .arg(name),
            )?;
        }
    }
    let before = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(iter::once(peers.join("bin")).chain(env::split_paths(&before)))?;
    succeeds(
        Command::new(env::current_exe()?)
            .args(env::args_os().skip(1).filter(|it| it != "--install-peers"))
            .env("PATH", path),
    )
}

/// Somebody who does the work.
struct Candidate<'a> {
    name: &'static str,
    /// Does it once and says how long it took; what is not part of it is left out of the time.
    run: Box<dyn FnMut() -> Result<Duration> + 'a>,
}

/// Runs all in each round, in another order each time, and prints how many times longer the others took than the first.
fn compete(
    out: &mut dyn io::Write,
    what: &str,
    rounds: usize,
    candidates: &mut [Candidate<'_>],
) -> Result<()> {
    let mut times = vec![Vec::with_capacity(rounds); candidates.len()];
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    // The first round fills caches.
    for round in 0..=rounds {
        fastrand::shuffle(&mut order);
        for &index in &order {
            let candidate = &mut candidates[index];
            let time = (candidate.run)()
                .with_context(|| format!("{} did not do {what}", candidate.name))?;
            if round > 0 {
                times[index].push(time.as_secs_f64());
            }
        }
    }
    let (ours, others) = times.split_first().context("nobody takes part")?;
    let mut sorted = ours.clone();
    sorted.sort_by(f64::total_cmp);
    for (other, candidate) in others.iter().zip(&candidates[1..]) {
        let ratios: Vec<f64> = other
            .iter()
            .zip(ours)
            .map(|(other, ours)| other / ours)
            .collect();
        let ratio = measure::ratio(&ratios);
        writeln!(
            out,
            "| {what} | {:.3} ms | {} | {rounds} | {:.2} | {:.2} to {:.2} |",
            sorted[rounds / 2] * 1e3,
            candidate.name,
            ratio.median,
            ratio.low,
            ratio.high
        )?;
    }
    Ok(())
}

fn head(out: &mut dyn io::Write, title: &str) -> Result<()> {
    writeln!(
        out,
        "\n{title}\n\n| what | ours | against | n | times faster | 95 % interval |\n|---|---:|---|---:|---:|---:|"
    )?;
    Ok(())
}

/// As many rounds as were asked for of what a size has by default.
fn rounds(default: usize, options: &Options) -> usize {
    ((default as f64 * options.rounds) as usize).max(3)
}
