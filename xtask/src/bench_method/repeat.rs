//! Whether the interval of one run holds what ten runs say together.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use model::{Cache, Environment};

use super::{Options, Row, another, measuring, print};

/// Measures everything once and prints the rows as JSON.
pub(super) fn once(options: &Options, dir: &Path, environment: &Environment) -> Result<()> {
    let workloads = options.workloads();
    let how = measuring(options, dir, environment, workloads.len());
    let mut rows = Vec::new();
    for outcome in measure::measure(&workloads, &how, &mut |_| {}) {
        let measured = outcome.measurements.iter().filter(|row| !row.is_baseline);
        rows.extend(measured.map(|row| Row {
            workload: outcome.workload.name(),
            method: row.method.clone(),
            size: row.size,
            cold: row.cache == Cache::Cold,
            suggested: row.is_suggested,
            ratio: row.ratio.median,
            low: row.ratio.low,
            high: row.ratio.high,
            samples: row.samples,
        }));
    }
    print(&serde_json::to_string(&rows)?);
    Ok(())
}

/// Measures in several processes and prints how often an interval holds the median of all.
pub(super) fn run(options: &Options, dir: &Path) -> Result<()> {
    let runs = options.runs.unwrap_or(10);
    // By workload, method, size in powers of two, and state of the cache: a run may settle on another size.
    let mut told: BTreeMap<(String, bool, String, u32, bool), Vec<Row>> = BTreeMap::new();
    for run in 0..runs {
        eprintln!("run {} of {runs}", run + 1);
        for row in another(options, dir)? {
            let key = (
                row.workload.clone(),
                !row.suggested,
                row.method.clone(),
                row.size.max(1).ilog2(),
                row.cold,
            );
            told.entry(key).or_default().push(row);
        }
    }
    let mut text = "| workload | method | size | cache | runs | median | lowest | highest | width of an interval | held by |\n\
                    |---|---|---:|---|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let (mut held_well, mut all) = (0, 0);
    for ((workload, other, method, size, cold), rows) in &told {
        let mut ratios: Vec<f64> = rows.iter().map(|row| row.ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let median = middle(&ratios);
        let held = rows
            .iter()
            .filter(|row| row.low <= median && median <= row.high)
            .count();
        let mut widths: Vec<f64> = rows
            .iter()
            .map(|row| (row.high - row.low) / row.ratio)
            .collect();
        widths.sort_by(f64::total_cmp);
        // A size that few runs came to says nothing of how often they agree.
        if rows.len() * 2 > runs {
            all += 1;
            held_well += usize::from(held * 10 >= rows.len() * 9);
        }
        let _infallible = writeln!(
            text,
            "| {workload} | {method}{} | 2^{size} | {} | {} | {median:.3} | {:.3} | {:.3} | {:.1} % | {held} |",
            if *other { "" } else { " (the rewrite)" },
            if *cold { "cold" } else { "warm" },
            rows.len(),
            ratios.first().unwrap_or(&0.0),
            ratios.last().unwrap_or(&0.0),
            100.0 * middle(&widths),
        );
    }
    let _infallible = writeln!(
        text,
        "\nOf {all} rows that more than half of the runs have, {held_well} are held by at least nine of ten."
    );
    print(&text);
    Ok(())
}

/// The median of sorted values.
pub(super) fn middle(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}
