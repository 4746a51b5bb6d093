//! Each pattern against itself, as it is or made slower.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use model::Environment;

use super::{Options, measuring};
use crate::tools::{median, print};

/// Prints how often a pattern was told from itself.
pub(super) fn run(
    options: &Options,
    dir: &Path,
    environment: &Environment,
    slower: f64,
) -> Result<()> {
    let runs = options.runs.unwrap_or(20);
    let workloads = options.workloads();
    let mut told: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); workloads.len()];
    // All in turns, so that what the host does for a while does not meet one of them alone.
    for run in 0..runs {
        let start = Instant::now();
        for (id, told) in workloads.iter().zip(&mut told) {
            let how = measuring(options, dir, environment, 1);
            let outcome = measure::against_itself(*id, slower, &how);
            let headline = outcome.and_then(|outcome| measure::headline(&outcome, 1.0));
            told.extend(headline.map(|it| (it.ratio.low, it.ratio.median, it.ratio.high)));
        }
        eprintln!(
            "run {} of {runs}: {:.0} s",
            run + 1,
            start.elapsed().as_secs_f64()
        );
    }
    let mut text = format!(
        "| workload | runs | {} | median | lowest | highest | width of an interval |\n|---|---:|---:|---:|---:|---:|---:|\n",
        if slower > 0.0 {
            "seen as slower"
        } else {
            "no difference"
        },
    );
    for (id, told) in workloads.iter().zip(&told) {
        let right = told.iter().filter(|(low, _, high)| {
            if slower > 0.0 {
                *high < 1.0
            } else {
                *low <= 1.0 && 1.0 <= *high
            }
        });
        let mut ratios: Vec<f64> = told.iter().map(|(_, median, _)| *median).collect();
        ratios.sort_by(f64::total_cmp);
        let mut widths: Vec<f64> = told
            .iter()
            .map(|(low, at, high)| (high - low) / at)
            .collect();
        widths.sort_by(f64::total_cmp);
        let _infallible = writeln!(
            text,
            "| {}/{} | {} | {} | {:.3} | {:.3} | {:.3} | {:.1} % |",
            id.rule,
            id.variant,
            told.len(),
            right.count(),
            median(&ratios),
            ratios.first().unwrap_or(&f64::NAN),
            ratios.last().unwrap_or(&f64::NAN),
            100.0 * median(&widths),
        );
    }
    print(&text);
    Ok(())
}
