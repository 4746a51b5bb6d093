//! `bench`: the models of the rules, measured on this host without a project.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use model::{Audit, Environment, Outcome, Project, WorkloadId};
use report::HumanOptions;

use crate::audit::empty_audit;
use crate::interrupt::Interrupt;
use crate::request::BenchRequest;
use crate::shell::Shell;

pub(super) fn run(request: &BenchRequest, shell: &Shell, interrupt: &Interrupt) -> Result<()> {
    let directory = request
        .options
        .directory
        .as_deref()
        .unwrap_or(Path::new("."));
    let environment = measure::preflight(directory)?;
    let wanted: Vec<WorkloadId> = measure::workloads()
        .into_iter()
        .filter(|workload| request.rules.iter().any(|rule| rule.name == workload.rule))
        .collect();
    let progress = shell.progress("measuring");
    let options = measure::Options {
        directory: PathBuf::from(directory),
        // Who asks for a benchmark wants one, not an old figure.
        cache_directory: None,
        budget: request.options.budget,
        size_hint: request.size.map(crate::request::SizeHint::bytes),
        environment: &environment,
        interrupted: interrupt.flag(),
    };
    let mut outcomes = measure::measure(&wanted, &options, &mut |step| {
        progress.set_message(format!("measuring {}", step.workload.rule));
        progress.set_position(step.done, step.total);
    });
    drop(progress);
    interrupt.check()?;
    // A model that answers to two names is shown once.
    outcomes.dedup_by(|next, kept| {
        next.description == kept.description && next.measurements == kept.measurements
    });
    let measured = outcomes
        .iter()
        .any(|outcome| !outcome.measurements.is_empty());
    let options = HumanOptions {
        color: shell.colors_data(),
        width: shell.width(),
        verbose: true,
    };
    shell.data(&report::human_measurements(
        &audit(environment, outcomes),
        &options,
    ))?;
    ensure!(
        measured,
        "nothing could be measured: what stands under each model says why"
    );
    Ok(())
}

/// An audit of no project, since figures are rendered as part of one.
fn audit(environment: Environment, outcomes: Vec<Outcome>) -> Audit {
    Audit {
        environment: Some(environment),
        outcomes,
        command: String::new(),
        ..empty_audit(Project::default(), Vec::new())
    }
}
