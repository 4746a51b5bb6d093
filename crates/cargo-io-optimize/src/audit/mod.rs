//! The default command: audit, types, benchmark, report, and with `--apply` the rewrite. Each step is a function from what
//! the steps before it found; [`run`] is their order.

mod apply;
mod begin;
mod dependencies;
mod inputs;
mod interactive;
mod manifests;
mod output;
mod recorded;
mod runtime;
mod trial;
mod types;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use apply::Applied;
use dependencies::Dependencies;
use model::{Audit, Finding, FindingId, Operation, Project, Types};
use recorded::{Memory, Recorder, Said};
use toolchain::Workspace;

use crate::exit::ExitCode;
use crate::interrupt::Interrupt;
use crate::request::{AuditRequest, BenchOptions, Format, SizeHint};
use crate::shell::Shell;

/// Carries an audit out.
///
/// # Errors
/// Why it could not be carried out; nothing has been written then but what the error says.
pub(crate) fn run(
    request: &AuditRequest,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    if let Some(options) = &request.apply {
        begin::require_terminal(options, shell)?;
    }
    let workspace = load_workspace(request)?;
    let _turn = match &request.apply {
        Some(options) => Some(begin::begin(options, &workspace, shell)?),
        None => None,
    };
    let runtime = runtime::source(request, &workspace)?;
    let mut audit = analyse(request, &workspace, shell)?;
    if let Some(runtime) = &runtime {
        runtime::prefer(runtime, &mut audit);
    }
    interrupt.check()?;
    let human = request.format == Format::Human;
    if human {
        output::findings(&audit, shell)?;
    }
    if let Some(bench) = &request.bench {
        measure(request, bench, &workspace, &mut audit, shell, interrupt);
        let returned = runtime::keep_what_pays(&mut audit, request.min_gain);
        if returned > 0 {
            shell.say(format_args!(
                "rewrites that stay with std, which measured as fast here: {returned}"
            ));
        }
        interrupt.check()?;
    }
    if human {
        output::measurements(&audit, shell)?;
    }
    let applied = apply::plan_and_apply(request, &workspace, &mut audit, shell, interrupt)?;
    let written = output::write_report(request, &workspace, &mut audit);
    let report = written.as_ref().ok().and_then(Option::as_deref);
    match request.format {
        Format::Human => output::summary(&audit, report, shell)?,
        Format::Json => shell.data(&report::json(&audit))?,
        Format::Markdown => shell.data(&report::markdown(&audit))?,
        Format::Patch => shell.data(&report::patch(&audit))?,
    }
    // What was found has been said; that the rest of the request failed is the last word.
    written?;
    match applied {
        Applied::Refused(error) => Err(error),
        Applied::Done { backed_out } => Ok(exit_code(request, &audit, backed_out)),
    }
}

fn load_workspace(request: &AuditRequest) -> Result<Workspace> {
    if request.may_start_processes {
        toolchain::load(&request.cargo)
    } else {
        toolchain::load_without_cargo(request.cargo.manifest_path.as_deref())
    }
}

fn analyse(request: &AuditRequest, workspace: &Workspace, shell: &Shell) -> Result<Audit> {
    let started = Instant::now();
    let crates = inputs::crates(request, workspace)?;
    let loader = inputs::DiskLoader::new(&workspace.root);
    let project = Project {
        root: workspace.root.clone(),
        packages: crates.packages.clone(),
    };
    let mut audit = empty_audit(project, crates.not_analysed.clone());
    if request.may_start_processes {
        audit.executed.push("cargo metadata".to_owned());
    }
    let Said {
        sources,
        not_analysed,
        outcome,
    } = match request.types {
        Types::Syntax => by_syntax(request, workspace, &crates, &loader, shell),
        Types::Rustc => {
            let mut analysis = load(request, workspace, &crates, &loader, shell);
            let mut dependencies = Dependencies::of(workspace);
            let outcome = types::judge(
                request,
                workspace,
                &mut analysis,
                &mut dependencies,
                &mut audit,
                shell,
            );
            said(analysis, dependencies, outcome)
        }
    };
    let wanted = |finding: &Finding| {
        // A rule that is about reads and writes is asked for by either.
        let named = request.operation.is_none_or(|operation| {
            finding.operation == operation
                || !matches!(operation, Operation::Read | Operation::Write)
        });
        named
            && request
                .rules
                .iter()
                .any(|rule| rule.name == finding.rule.name)
            && finding.confidence >= request.confidence
    };
    audit.findings = outcome.findings.into_iter().filter(wanted).collect();
    audit.fine = outcome.fine;
    audit
        .fine
        .retain(|fine| request.rules.iter().any(|rule| rule.name == fine.rule));
    audit.sources = sources;
    rewrite::adapt_line_endings(&mut audit.findings, &audit.sources);
    let files = &audit.sources.files;
    audit.analysis.files = u64::try_from(files.len()).unwrap_or(u64::MAX);
    let lines = files
        .iter()
        .map(|file| file.text.lines().count())
        .sum::<usize>();
    audit.analysis.lines = u64::try_from(lines).unwrap_or(u64::MAX);
    audit.analysis.not_analysed.extend(not_analysed);
    audit.analysis.not_analysed.sort();
    audit.analysis.not_analysed.dedup();
    audit.analysis.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(audit)
}

/// What the text alone says: as an earlier run said it, if nothing has changed since.
fn by_syntax(
    request: &AuditRequest,
    workspace: &Workspace,
    crates: &inputs::Crates,
    loader: &inputs::DiskLoader,
    shell: &Shell,
) -> Said {
    // What was said is kept for those who named no size.
    let memory = match request.size {
        None => Memory::of(workspace, &crates.inputs),
        Some(_) => None,
    };
    let mut dependencies = Dependencies::of(workspace);
    if let Some(memory) = &memory
        && let Some(said) = memory.recall(
            loader,
            &|asked| dependencies.are_as_they_were(asked),
            &workspace.root,
        )
    {
        return said;
    }
    let recorder = Recorder::new(loader);
    let mut analysis = load(request, workspace, crates, &recorder, shell);
    let outcome = dependencies.judge(&mut analysis, &[]);
    let asked = dependencies.asked();
    let said = said(analysis, dependencies, outcome);
    if let (Some(memory), Some(asked)) = (memory, asked) {
        memory.keep(recorder, asked, &said);
    }
    said
}

fn load(
    request: &AuditRequest,
    workspace: &Workspace,
    crates: &inputs::Crates,
    loader: &dyn analyze::Loader,
    shell: &Shell,
) -> analyze::Analysis {
    let _progress = shell.progress("reading the workspace");
    let locked = workspace.locked.iter();
    let versions: Vec<_> = locked
        .map(|it| (it.name.clone(), it.version.clone()))
        .collect();
    let analysis = analyze::Analysis::load(&crates.inputs, &versions, loader, &workspace.root);
    match request.size {
        Some(size) => analysis.for_files_of(size.bytes()),
        None => analysis,
    }
}

fn said(
    analysis: analyze::Analysis,
    dependencies: Dependencies<'_>,
    outcome: analyze::Outcome,
) -> Said {
    let mut not_analysed = analysis.not_analysed().to_vec();
    not_analysed.extend(dependencies.damaged());
    let said = Said {
        sources: analysis.sources().clone(),
        not_analysed,
        outcome,
    };
    // The process ends soon: taking all trees apart would only delay it.
    std::mem::forget(analysis);
    said
}

fn empty_audit(project: Project, not_analysed: Vec<model::NotAnalysed>) -> Audit {
    Audit {
        project,
        analysis: model::Analysis {
            types: Types::Syntax,
            files: 0,
            lines: 0,
            elapsed_ms: 0,
            not_analysed,
        },
        environment: None,
        sources: model::Sources::default(),
        findings: Vec::new(),
        fine: Vec::new(),
        outcomes: Vec::new(),
        patches: Vec::new(),
        written: false,
        applied: Vec::new(),
        not_applied: Vec::new(),
        failures: Vec::new(),
        executed: Vec::new(),
        command: inputs::command_line(),
    }
}

/// Measures a model of each pattern that was found. What cannot be measured is said, and the audit goes on without the figure.
fn measure(
    request: &AuditRequest,
    bench: &BenchOptions,
    workspace: &Workspace,
    audit: &mut Audit,
    shell: &Shell,
    interrupt: &Interrupt,
) {
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
            audit.failures.push(model::Failure {
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
    let options = measure::Options {
        directory,
        cache_directory: Some(workspace.scratch_directory().join("measurements")),
        budget: bench.budget,
        size_hint: request.size.map(SizeHint::bytes),
        environment: &environment,
        interrupted: interrupt.flag(),
    };
    audit.outcomes = measure::measure(&wanted, &options, &mut |step| {
        progress.set_message(format!("measuring {}", step.workload.rule));
        progress.set_position(step.done, step.total);
    });
    drop(progress);
    audit.environment = Some(environment);
    for finding in &mut audit.findings {
        let outcome = audit
            .outcomes
            .iter()
            .find(|outcome| Some(outcome.workload) == finding.workload);
        if let Some(outcome) = outcome {
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

/// The findings that are not repaired yet.
fn left(audit: &Audit) -> impl Iterator<Item = &Finding> {
    let repaired: Vec<&FindingId> = audit.applied.iter().map(|applied| &applied.id).collect();
    audit
        .findings
        .iter()
        .filter(move |finding| finding.suppressed.is_none() && !repaired.contains(&&finding.id))
}

fn exit_code(request: &AuditRequest, audit: &Audit, backed_out: bool) -> ExitCode {
    let mut code = ExitCode::Done;
    if backed_out {
        code = code.and(ExitCode::BackedOut);
    }
    if request
        .fail_on
        .is_some_and(|least| left(audit).any(|finding| finding.confidence >= least))
    {
        code = code.and(ExitCode::Findings);
    }
    code
}

/// Where the report goes when the user names no place.
fn default_report(workspace: &Workspace) -> PathBuf {
    workspace.scratch_directory().join("report.md")
}
