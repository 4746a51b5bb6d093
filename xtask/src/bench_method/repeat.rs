//! Whether the interval of one run holds what ten runs say together.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use model::{Cache, Environment};

use super::{Options, Row, another, measuring};
use crate::tools::{self, print};

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

/// What the runs say of one way to do the work: workload, method, size in powers of two since a run may settle on another size,
/// and whether the page cache was empty.
type Told = BTreeMap<(String, String, u32, bool), Vec<Row>>;

/// Measures in several processes and prints how often an interval holds the median of all.
pub(super) fn run(options: &Options, dir: &Path) -> Result<()> {
    let runs = options.runs.unwrap_or(10);
    let mut told = Told::new();
    for run in 0..runs {
        let start = Instant::now();
        for row in another(options, dir)? {
            let key = (
                row.workload.clone(),
                row.method.clone(),
                row.size.max(1).ilog2(),
                row.cold,
            );
            told.entry(key).or_default().push(row);
        }
        eprintln!(
            "run {} of {runs}: {:.0} s",
            run + 1,
            start.elapsed().as_secs_f64()
        );
    }
    // A size that few runs came to says nothing of how often they agree.
    told.retain(|_, rows| rows.len() * 2 > runs);
    print(&table(&told, options.all));
    Ok(())
}

/// One line for the figure that a report shows of each workload, or for every row.
fn table(told: &Told, all: bool) -> String {
    let mut text = "| workload | method | size | cache | runs | median | lowest | highest | width of an interval | held by |\n\
                    |---|---|---:|---|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let (mut rows_well, mut shown, mut shown_well) = (0, 0, 0);
    for (key @ (workload, method, size, cold), rows) in told {
        let mut ratios: Vec<f64> = rows.iter().map(|row| row.ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let median = tools::median(&ratios);
        let held = rows
            .iter()
            .filter(|row| row.low <= median && median <= row.high)
            .count();
        let well = held * 10 >= rows.len() * 9;
        let is_shown = is_headline(key, rows, told);
        rows_well += usize::from(well);
        shown += usize::from(is_shown);
        shown_well += usize::from(is_shown && well);
        if !is_shown && !all {
            continue;
        }
        let mut widths: Vec<f64> = rows
            .iter()
            .map(|row| (row.high - row.low) / row.ratio)
            .collect();
        widths.sort_by(f64::total_cmp);
        let _infallible = writeln!(
            text,
            "| {workload} | {method}{} | 2^{size} | {} | {} | {median:.3} | {:.3} | {:.3} | {:.1} % | {held} |",
            if is_shown { " (shown)" } else { "" },
            if *cold { "cold" } else { "warm" },
            rows.len(),
            ratios.first().unwrap_or(&0.0),
            ratios.last().unwrap_or(&0.0),
            100.0 * tools::median(&widths),
        );
    }
    let _infallible = writeln!(
        text,
        "\nHeld by at least nine of ten: {shown_well} of the {shown} figures that a report shows, and {rows_well} of all {} rows.",
        told.len()
    );
    text
}

/// Whether it is the figure that stands beside a finding: the rewrite at the largest size, with the page cache if there is one.
fn is_headline(key: &(String, String, u32, bool), rows: &[Row], told: &Told) -> bool {
    let is_suggested = |rows: &[Row]| rows.iter().any(|row| row.suggested);
    let largest = told
        .iter()
        .filter(|((workload, ..), rows)| *workload == key.0 && is_suggested(rows))
        .map(|((.., size, cold), _)| (*size, !*cold))
        .max();
    is_suggested(rows) && largest == Some((key.2, !key.3))
}
