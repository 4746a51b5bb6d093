//! Our figures against those of tools that we did not write: hyperfine for copies, fio for reads, writes and synchronising, strace
//! for the number of calls.

mod calls;
mod copies;
mod device;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use model::Environment;

use crate::project;
use crate::tools::{median, print, program};

/// Two tools tell the same time if one figure is at most so many times the other: about what our intervals have to each side, and
/// theirs.
const TOLERANCE: f64 = 1.1;

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Compares our figures with those of hyperfine, fio and strace, and prints a Markdown table.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench-cross-check",
    bin_name = "cargo xtask bench-cross-check"
)]
pub(crate) struct Options {
    /// How often each tool measures everything, ours and theirs in turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds for each of our measurements in each round.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Where files are made; the file system there is the one that is measured. The target folder unless given.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Does the work of this way of a model and nothing else: what a process of this task's own does, to be looked at.
    #[arg(long, hide = true, num_args = 4, value_names = ["RULE", "METHOD", "SIZE", "RUNS"])]
    alone: Vec<String>,
}

/// Prints the table.
///
/// # Errors
/// If nothing can be measured in the directory, or a tool fails.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if cfg!(debug_assertions) {
        return project::run_in_release(root);
    }
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => root.join("target/bench-cross-check"),
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
    if let [rule, method, size, runs] = &options.alone[..] {
        return calls::alone(rule, method, &dir, size.parse()?, runs.parse()?);
    }
    let environment = measure::preflight(&dir)?;
    let mut table = Table::default();
    if is_there("strace", "calls were not counted") {
        calls::compare(&dir, &mut table)?;
    }
    let copies = is_there("hyperfine", "copies were not compared")
        && is_there("cp", "copies were not compared");
    let device = is_there("fio", "reads, writes and synchronising were not compared");
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        let how = Measuring {
            dir: &dir,
            environment: &environment,
            budget: Duration::from_secs_f64(options.seconds),
        };
        if copies {
            copies::compare(&how, &mut table)?;
        }
        if device {
            device::compare(&how, &mut table)?;
        }
    }
    ensure!(!table.rows.is_empty(), "there was nothing to compare with");
    print(&table.text());
    Ok(())
}

fn is_there(name: &'static str, without: &str) -> bool {
    let found = program(name).is_some();
    if !found {
        eprintln!("SKIPPED: {name} is not installed: {without}");
    }
    found
}

/// How we measure.
struct Measuring<'a> {
    dir: &'a Path,
    environment: &'a Environment,
    budget: Duration,
}

impl Measuring<'_> {
    fn options(&self, size_hint: Option<u64>) -> measure::Options<'_> {
        measure::Options {
            directory: self.dir.to_owned(),
            cache_directory: None,
            budget: self.budget,
            size_hint,
            environment: self.environment,
            interrupted: &RUNNING,
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Nanoseconds,
    Calls,
}

/// What both have told of one thing, round by round.
struct Row {
    what: String,
    ours: Vec<f64>,
    tool: &'static str,
    theirs: Vec<f64>,
    unit: Unit,
}

#[derive(Default)]
struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds what a round says of one thing.
    fn add(&mut self, what: &str, ours: f64, tool: &'static str, theirs: f64, unit: Unit) {
        let known = self
            .rows
            .iter_mut()
            .find(|row| row.what == what && row.tool == tool);
        match known {
            Some(row) => {
                row.ours.push(ours);
                row.theirs.push(theirs);
            }
            None => self.rows.push(Row {
                what: what.to_owned(),
                ours: vec![ours],
                tool,
                theirs: vec![theirs],
                unit,
            }),
        }
    }

    fn text(&self) -> String {
        let mut text = "| what | rounds | ours: median [lowest, highest] | against | theirs | ours/theirs | within |\n\
                        |---|---:|---:|---|---:|---:|---|\n"
            .to_owned();
        for row in &self.rows {
            let ratio = median(&row.ours) / median(&row.theirs);
            let within = match row.unit {
                Unit::Calls => row.ours == row.theirs,
                Unit::Nanoseconds => (1.0 / TOLERANCE..=TOLERANCE).contains(&ratio),
            };
            let _infallible = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {ratio:.2} | {} |",
                row.what,
                row.ours.len(),
                shown(&row.ours, row.unit),
                row.tool,
                shown(&row.theirs, row.unit),
                if within { "yes" } else { "**no**" },
            );
        }
        text
    }
}

fn shown(values: &[f64], unit: Unit) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
        return String::new();
    };
    match unit {
        Unit::Calls => format!("{:.0}", median(values)),
        Unit::Nanoseconds => {
            let (divisor, name) = match median(values) {
                small if small < 1e3 => (1.0, "ns"),
                some if some < 1e6 => (1e3, "µs"),
                _ => (1e6, "ms"),
            };
            format!(
                "{:.3} {name} [{:.3}, {:.3}]",
                median(values) / divisor,
                low / divisor,
                high / divisor
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_are_apart_are_told() {
        let mut table = Table::default();
        for (ours, theirs) in [(100.0, 104.0), (120.0, 130.0), (110.0, 90.0)] {
            table.add("near", ours, "tool", theirs, Unit::Nanoseconds);
            table.add("far", ours, "tool", theirs * 2.0, Unit::Nanoseconds);
        }
        table.add("calls", 128.0, "strace", 128.0, Unit::Calls);
        table.add("a call more", 128.0, "strace", 129.0, Unit::Calls);
        let text = table.text();
        let within: Vec<bool> = text
            .lines()
            .skip(2)
            .map(|line| line.ends_with("| yes |"))
            .collect();
        assert_eq!(within, [true, false, true, false], "{text}");
        assert!(text.contains("| 110.000 ns [100.000, 120.000] |"), "{text}");
    }
}
