//! What the host itself does: the limits that every pattern lives within, and which of several ways to do the same pays here.

mod baseline;
mod strategies;

use std::time::{Duration, Instant};

use model::{HostFigures, WorkloadId};

use crate::run::{self, Options};
use crate::sampling::Stop;
use crate::workload::Model;

/// What strategies are measured for, as the name of their workload.
pub(crate) const RULE: &str = "host";

/// A share of the time goes to the figures, the rest to the strategies.
const FIGURES: f64 = 0.35;

/// Measures the host's own figures and strategies within the budget of `options`.
///
/// What an earlier run kept of the strategies is taken from the cache. Whatever cannot be measured here has a note. The files
/// that are made are removed again.
#[must_use]
pub fn host(options: &Options<'_>, progress: &mut dyn FnMut(&'static str)) -> HostFigures {
    if options.budget.is_zero() {
        return HostFigures {
            notes: vec!["nothing was measured: the budget is 0".to_owned()],
            ..HostFigures::default()
        };
    }
    let end = Instant::now() + options.budget;
    let stop = Stop {
        deadline: Instant::now() + options.budget.mul_f64(FIGURES),
        interrupted: options.interrupted,
    };
    let (figures, mut notes) = baseline::figures(options, stop, progress);
    let mut outcomes = Vec::new();
    for (index, workload) in strategies::ALL.iter().enumerate() {
        progress(workload.variants[0]);
        let left = end.saturating_duration_since(Instant::now());
        let share = left / (strategies::ALL.len() - index) as u32;
        outcomes.push(run::one(
            Model::new(workload, None),
            share.max(Duration::from_millis(1)),
            options,
        ));
    }
    outcomes.retain(|outcome| {
        if outcome.measurements.is_empty() {
            let why = outcome.note.as_deref().unwrap_or("nothing was measured");
            notes.push(format!("{}: {why}", outcome.workload.variant));
        }
        !outcome.measurements.is_empty()
    });
    HostFigures {
        figures,
        strategies: outcomes,
        notes,
    }
}

/// The strategies that are measured, by name.
#[must_use]
pub fn strategies() -> Vec<WorkloadId> {
    strategies::ALL
        .iter()
        .map(|workload| Model::new(workload, None).id())
        .collect()
}
