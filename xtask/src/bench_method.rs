//! The method of measuring, tried on itself: whether a figure comes out again, and whether differences are seen that are there
//! and none that are not.

mod repeat;
mod rival;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use model::{Environment, WorkloadId};
use serde::{Deserialize, Serialize};

use crate::project;

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Tries the method of measuring on itself, and prints a Markdown table.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench-method",
    bin_name = "cargo xtask bench-method"
)]
pub(crate) struct Options {
    /// `repeat` measures everything in several processes; `itself` measures each pattern against itself; `slower` against
    /// itself made 1.2 times slower.
    #[arg(value_parser = ["repeat", "itself", "slower"])]
    trial: String,
    /// How often. 10 for `repeat`, 20 for the others, unless given.
    #[arg(long)]
    runs: Option<usize>,
    /// Seconds for each workload in each run: what a default run has that found five kinds of patterns.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Only workloads of these rules.
    #[arg(long = "rule")]
    rules: Vec<String>,
    /// Where files are made; the file system there is the one that is measured. The target folder unless given.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// `repeat`: every row, not only the figure that a report shows of each workload.
    #[arg(long)]
    all: bool,
    /// Measures once and prints the rows: what a process of this task's own does.
    #[arg(long, hide = true)]
    once: bool,
}

impl Options {
    fn is_wanted(&self, id: WorkloadId) -> bool {
        let named = self.rules.is_empty() || self.rules.iter().any(|rule| rule == id.rule);
        named && !measure::is_alias(id)
    }

    fn workloads(&self) -> Vec<WorkloadId> {
        let all = measure::workloads().into_iter();
        all.filter(|id| self.is_wanted(*id)).collect()
    }
}

/// Prints the table of a trial.
///
/// # Errors
/// If nothing can be measured in the directory.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if cfg!(debug_assertions) {
        return project::run_in_release(root);
    }
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => root.join("target/bench-method"),
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
    let environment = measure::preflight(&dir)?;
    match options.trial.as_str() {
        "repeat" if options.once => repeat::once(options, &dir, &environment),
        "repeat" => repeat::run(options, &dir),
        "itself" => rival::run(options, &dir, &environment, 0.0),
        _ => rival::run(options, &dir, &environment, 0.2),
    }
}

fn measuring<'a>(
    options: &Options,
    dir: &Path,
    environment: &'a Environment,
    workloads: usize,
) -> measure::Options<'a> {
    measure::Options {
        directory: dir.to_owned(),
        cache_directory: None,
        budget: Duration::from_secs_f64(options.seconds * workloads as f64),
        size_hint: None,
        environment,
        interrupted: &RUNNING,
    }
}

/// A row of a run, as its process prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    workload: String,
    method: String,
    size: u64,
    cold: bool,
    suggested: bool,
    ratio: f64,
    low: f64,
    high: f64,
    samples: u32,
}

/// Starts this task once more to measure once.
fn another(options: &Options, dir: &Path) -> Result<Vec<Row>> {
    let mut command = Command::new(env::current_exe().context("could not find this program")?);
    command.args(["bench-method", "repeat", "--once"]);
    command.arg("--seconds").arg(options.seconds.to_string());
    command.arg("--dir").arg(dir);
    for rule in &options.rules {
        command.arg("--rule").arg(rule);
    }
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.context("could not start this program again")?;
    ensure!(output.status.success(), "a run failed");
    serde_json::from_slice(&output.stdout).context("a run printed no rows")
}
