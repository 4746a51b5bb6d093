//! The figures of an audit: a model of each pattern that was found, measured on this host.

use anyhow::{Context, Result};
use model::{Audit, Failure, Outcome};
use toolchain::Workspace;

use super::versions;
use crate::interrupt::Interrupt;
use crate::request::{AuditRequest, BenchOptions, SizeHint};
use crate::shell::Shell;

/// The share of the time that the host's own figures get.
const HOST: f64 = 0.25;

/// Measures a model of each pattern that was found, and then the host's own figures. What cannot be measured is said, and the
/// audit goes on without the figure.
pub(super) fn measure(
    request: &AuditRequest,
    bench: &BenchOptions,
    workspace: &Workspace,
    audit: &mut Audit,
    shell: &Shell,
    interrupt: &Interrupt,
) {
    versions::leave_out_others(workspace, audit);
    let mut wanted: Vec<model::WorkloadId> = audit
        .findings
        .iter()
        .filter_map(|finding| finding.workload)
        .collect();
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return;
    }
    let directory = bench
        .directory
        .clone()
        .unwrap_or_else(|| workspace.scratch_directory().join("bench"));
    let prepared = prepare(workspace, &directory).and_then(|()| measure::preflight(&directory));
    let environment = match prepared {
        Ok(environment) => environment,
        Err(error) => {
            audit.failures.push(Failure {
                what: format!("nothing could be measured: {error:#}"),
                fallback:
                    "the findings stand without figures; name another directory with --bench-dir"
                        .to_owned(),
                look_with: Some(format!("df -h {}", directory.display())),
            });
            return;
        }
    };
    let progress = shell.progress("measuring");
    let budget = |share| bench.budget.mul_f64(share);
    let options = measure::Options {
        directory,
        cache_directory: Some(workspace.scratch_directory().join("measurements")),
        budget: budget(1.0 - HOST),
        size_hint: request.size.map(SizeHint::bytes),
        environment: &environment,
        interrupted: interrupt.flag(),
    };
    audit.outcomes = measure::measure(&wanted, &options, &mut |step| {
        progress.set_message(format!("measuring {}", step.workload.rule));
        progress.set_position(step.done, step.total);
    });
    audit.host = measure::host(
        &measure::Options {
            budget: budget(HOST),
            directory: options.directory.clone(),
            cache_directory: options.cache_directory.clone(),
            ..options
        },
        &mut |what| progress.set_message(format!("measuring {what}")),
    );
    drop(progress);
    audit.environment = Some(environment);
    for finding in &mut audit.findings {
        if let Some(outcome) = Outcome::of(finding, &audit.outcomes) {
            finding.headline = measure::headline(outcome, request.min_gain);
            finding.measurements.clone_from(&outcome.measurements);
        }
    }
}

fn prepare(workspace: &Workspace, directory: &std::path::Path) -> Result<()> {
    if !directory.starts_with(workspace.scratch_directory()) {
        return Ok(());
    }
    workspace.make_scratch_directory()?;
    std::fs::create_dir_all(directory).with_context(|| {
        format!(
            "could not make the benchmark directory {}",
            directory.display()
        )
    })
}
