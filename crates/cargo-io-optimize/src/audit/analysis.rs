//! From sources to what the analysis says of them: by their text alone, or by rustc's types too.

use std::time::Instant;

use anyhow::Result;
use model::{Audit, Failure, Finding, Operation, Project, Types};
use toolchain::Workspace;

use super::dependencies::{Asked, Dependencies};
use super::recorded::{Memory, Recorder, Said};
use super::{inputs, types};
use crate::request::AuditRequest;
use crate::shell::Shell;

/// Analyses the selected targets. The workspace is told what cargo does to its lock file meanwhile.
pub(super) fn analyse(
    request: &AuditRequest,
    workspace: &mut Workspace,
    shell: &Shell,
) -> Result<Audit> {
    let started = Instant::now();
    let crates = inputs::crates(request, workspace)?;
    let loader = inputs::DiskLoader::new(&workspace.root);
    let project = Project {
        root: workspace.root.clone(),
        packages: crates.packages.clone(),
        online: None,
    };
    let mut audit = empty_audit(project, crates.not_analysed.clone());
    if request.may_start_processes {
        audit.executed.push("cargo metadata".to_owned());
    }
    let task = Task {
        request,
        crates: &crates,
        loader: &loader,
        shell,
    };
    let Said {
        sources,
        not_analysed,
        outcome,
    } = match request.types {
        Types::Syntax => task.by_syntax(workspace),
        Types::Rustc => task.by_types(workspace, &mut audit)?,
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

/// What is analysed.
struct Task<'a> {
    request: &'a AuditRequest,
    crates: &'a inputs::Crates,
    loader: &'a inputs::DiskLoader,
    shell: &'a Shell,
}

impl Task<'_> {
    /// What the text alone says: as an earlier run said it, if nothing has changed since.
    fn by_syntax(&self, workspace: &Workspace) -> Said {
        // What was said is kept for those who named no size.
        let memory = match self.request.size {
            None => Memory::of(workspace, &self.crates.inputs),
            Some(_) => None,
        };
        let mut dependencies = Dependencies::of(workspace);
        if let Some(memory) = &memory
            && let Some(said) = memory.recall(
                self.loader,
                &|asked| dependencies.are_as_they_were(asked),
                &workspace.root,
            )
        {
            return said;
        }
        let recorder = Recorder::new(self.loader);
        let mut analysis = self.load(workspace, &recorder);
        let outcome = dependencies.judge(&mut analysis, &[]);
        let asked = dependencies.asked();
        let is_damaged = dependencies.is_damaged();
        let said = said(analysis, dependencies, outcome);
        if let Some(memory) = memory.filter(|_| !is_damaged) {
            memory.keep(recorder, asked, &said);
        }
        said
    }

    /// What the text and rustc's types say. Cargo may bring what the dependencies are judged by (it brings the lock file up to
    /// date, and unpacks the sources that this names) only while rustc is asked: everything is then gone through again.
    fn by_types(&self, workspace: &mut Workspace, audit: &mut Audit) -> Result<Said> {
        if !toolchain::has_been_asked(workspace) {
            self.bring_dependencies(workspace, audit)?;
        }
        let failures = audit.failures.len();
        let (first, asked) = self.judge_by_types(workspace, audit);
        let brought = workspace.read_lock_file_again()?
            || !Dependencies::of(workspace).are_as_they_were(&asked);
        if !brought {
            return Ok(first);
        }
        audit.failures.truncate(failures);
        audit.analysis.types = Types::Syntax;
        Ok(self.judge_by_types(workspace, audit).0)
    }

    /// Has cargo bring the sources of dependencies that the text alone asks for, where it has not been at work yet: what rustc is
    /// asked then needs no second time.
    fn bring_dependencies(&self, workspace: &mut Workspace, audit: &mut Audit) -> Result<()> {
        let mut analysis = self.load(workspace, self.loader);
        let mut dependencies = Dependencies::of(workspace);
        dependencies.judge(&mut analysis, &[]);
        let lacks_sources = dependencies.lacks_sources();
        // The process ends soon: taking all trees apart would only delay it.
        std::mem::forget(analysis);
        if !lacks_sources {
            return Ok(());
        }
        let _progress = self
            .shell
            .progress("looking for the sources of dependencies");
        match toolchain::bring_dependencies(workspace, &self.request.cargo) {
            Ok(command) => audit.executed.push(command),
            Err(error) => audit.failures.push(Failure {
                what: format!("cargo could not bring the sources of dependencies: {error:#}"),
                fallback: "what they do with a file stays open".to_owned(),
                look_with: Some("cargo fetch".to_owned()),
            }),
        }
        workspace.read_lock_file_again()?;
        Ok(())
    }

    /// What is said, and by what of the dependencies.
    fn judge_by_types(&self, workspace: &Workspace, audit: &mut Audit) -> (Said, Vec<Asked>) {
        let mut analysis = self.load(workspace, self.loader);
        let mut dependencies = Dependencies::of(workspace);
        let outcome = types::judge(
            self.request,
            workspace,
            &mut analysis,
            &mut dependencies,
            audit,
            self.shell,
        );
        let asked = dependencies.asked();
        (said(analysis, dependencies, outcome), asked)
    }

    fn load(&self, workspace: &Workspace, loader: &dyn analyze::Loader) -> analyze::Analysis {
        let _progress = self.shell.progress("reading the workspace");
        let locked = workspace.locked.iter();
        let versions: Vec<_> = locked
            .map(|it| (it.name.clone(), it.version.clone()))
            .collect();
        let inputs = &self.crates.inputs;
        let analysis = analyze::Analysis::load(inputs, &versions, loader, &workspace.root);
        match self.request.size {
            Some(size) => analysis.for_files_of(size.bytes()),
            None => analysis,
        }
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

/// An audit that has found and done nothing yet.
pub(crate) fn empty_audit(project: Project, not_analysed: Vec<model::NotAnalysed>) -> Audit {
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
        host: model::HostFigures::default(),
        patches: Vec::new(),
        written: false,
        applied: Vec::new(),
        not_applied: Vec::new(),
        failures: Vec::new(),
        executed: Vec::new(),
        command: inputs::command_line(),
    }
}
