//! Whether the benchmarks that `bench --emit` writes into a package say the same as the report: ratios of both, side by side.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::Deserialize;
use walkdir::WalkDir;

use crate::project;

/// The two may differ by that factor.
const FACTOR: f64 = 1.5;
/// A ratio that is closer to 1 has no direction.
const NO_DIFFERENCE: f64 = 1.1;

/// Runs the audit with figures and the emitted benchmarks of packages, and compares their ratios.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench-emit-agreement",
    bin_name = "cargo xtask bench-emit-agreement"
)]
pub(crate) struct Options {
    /// The program to run, built with optimizations.
    #[arg(long)]
    bin: PathBuf,
    /// Where cargo builds; both figures are taken on its file system.
    #[arg(long)]
    target_dir: PathBuf,
    /// Time for the figures of the report.
    #[arg(long, default_value = "60s")]
    bench_budget: String,
    /// Folders of packages; the benchmarks are written into them.
    #[arg(required = true)]
    packages: Vec<PathBuf>,
}

/// The report, as far as it is read.
#[derive(Deserialize)]
struct Report {
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    rule: String,
    measurement: Option<Headline>,
    measurements: Vec<Row>,
}

#[derive(Deserialize)]
struct Headline {
    workload: String,
}

#[derive(Deserialize)]
struct Row {
    method: String,
    size: u64,
    cache: String,
    time_ns: f64,
    ratio: f64,
}

/// What criterion calls a benchmark.
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Median times in nanoseconds by group, size and method.
type Times = BTreeMap<(String, u64, String), f64>;

/// Prints a row of a Markdown table for each way to do the work, at each size that both measured.
///
/// # Errors
/// If a command fails, or the two do not agree somewhere.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| Package | Model | Method | Bytes | Report | Benchmark | Report/benchmark | Agree |\n|---|---|---|---:|---:|---:|---:|---|"
    )?;
    let (mut rows, mut apart) = (0, 0);
    for package in &options.packages {
        let report = report(options, package)?;
        let times = benchmarks(options, package)?;
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        let mut seen = Vec::new();
        for finding in &report.findings {
            let Some(headline) = &finding.measurement else {
                continue;
            };
            if seen.contains(&&headline.workload) {
                continue;
            }
            seen.push(&headline.workload);
            for row in &finding.measurements {
                let Some((model, ratio)) = benchmarked(finding, &headline.workload, row, &times)
                else {
                    continue;
                };
                let agree = agree(row.ratio, ratio);
                rows += 1;
                apart += usize::from(!agree);
                writeln!(
                    out,
                    "| {name} | {model} | {} | {} | {:.2} | {ratio:.2} | {:.2} | {} |",
                    row.method,
                    row.size,
                    row.ratio,
                    row.ratio / ratio,
                    if agree { "yes" } else { "no" }
                )?;
            }
        }
    }
    ensure!(rows > 0, "there is no size that both have measured");
    ensure!(apart == 0, "{apart} of {rows} ratios do not agree");
    Ok(())
}

/// Whether both say the same: in the same direction, and not far apart.
fn agree(report: f64, benchmark: f64) -> bool {
    let direction = |ratio: f64| match ratio {
        faster if faster > NO_DIFFERENCE => 1,
        slower if slower < 1.0 / NO_DIFFERENCE => -1,
        _ => 0,
    };
    let apart = (report / benchmark).max(benchmark / report);
    direction(report) * direction(benchmark) >= 0 && apart <= FACTOR
}

/// The model's name, and the ratio of the benchmark of the same method and size; none of the pattern itself.
fn benchmarked<'a>(
    finding: &Finding,
    workload: &str,
    row: &Row,
    times: &'a Times,
) -> Option<(&'a str, f64)> {
    let baseline = finding
        .measurements
        .iter()
        .filter(|it| (it.size, &it.cache) == (row.size, &row.cache))
        .find(|it| it.ratio == 1.0 && it.method != row.method)?;
    // The benchmarks do not empty the page cache.
    if row.cache != "warm" {
        return None;
    }
    // The report may say that it is the default one where the benchmark has the model's own name.
    let prefix = format!("{}/", finding.rule);
    let is_known = times.keys().any(|(group, ..)| group == workload);
    let has_other_name = !is_known && *workload == format!("{prefix}default");
    let of = |method: &str| {
        times.iter().find(|((group, size, name), _)| {
            let is_it = group == workload || has_other_name && group.starts_with(&prefix);
            is_it && *size == row.size && name == method
        })
    };
    let ((group, ..), pattern) = of(&baseline.method)?;
    let (_, rewrite) = of(&row.method)?;
    (baseline.time_ns > 0.0).then_some((group, pattern / rewrite))
}

fn report(options: &Options, package: &Path) -> Result<Report> {
    let mut command = Command::new(&options.bin);
    command
        .args(["--format", "json", "--bench-budget", &options.bench_budget])
        .arg("--target-dir")
        .arg(&options.target_dir);
    let text = output(command.current_dir(package))?;
    serde_json::from_slice(&text).context("the report is no JSON of this program")
}

/// Writes the benchmarks, runs them, and reads what criterion kept.
fn benchmarks(options: &Options, package: &Path) -> Result<Times> {
    let mut emit = Command::new(&options.bin);
    // Cargo compiles them right below.
    let how = ["--verify", "none", "--allow-no-vcs"];
    emit.args(["bench", "--emit"])
        .args(how)
        .arg("--target-dir")
        .arg(&options.target_dir);
    output(emit.current_dir(package))?;
    let kept = options.target_dir.join("criterion");
    if kept.exists() {
        fs::remove_dir_all(&kept)
            .with_context(|| format!("could not remove {}", kept.display()))?;
    }
    let mut bench = project::cargo();
    bench
        .args(["bench", "--bench", "io_optimize"])
        // Criterion knows the folder by this variable alone.
        .env("CARGO_TARGET_DIR", &options.target_dir);
    output(bench.current_dir(package))?;
    let mut times = Times::new();
    for entry in WalkDir::new(&kept) {
        let entry = entry.with_context(|| format!("could not list {}", kept.display()))?;
        if !entry.path().ends_with("new/benchmark.json") {
            continue;
        }
        let benchmark: Benchmark = json(entry.path())?;
        let estimates: Estimates = json(&entry.path().with_file_name("estimates.json"))?;
        let size = benchmark.value_str.and_then(|it| it.parse().ok());
        if let (Some(size), Some(method)) = (size, benchmark.function_id) {
            let key = (benchmark.group_id, size, method);
            times.insert(key, estimates.median.point_estimate);
        }
    }
    Ok(times)
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not as expected", path.display()))
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}",
        output.status
    );
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::agree;

    #[test]
    fn ratios_agree_in_direction_and_size() {
        assert!(agree(10.0, 12.0) && agree(0.5, 0.6));
        assert!(agree(0.98, 1.05), "neither is a difference");
        assert!(!agree(1.2, 0.85), "opposite directions");
        assert!(!agree(10.0, 20.0), "too far apart");
    }
}
