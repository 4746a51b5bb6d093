//! What an analysis says, as it is kept on disk. Read by the program that wrote it alone, so it may change at will.

use model::{
    Applicability, Confidence, DependencySource, Edit, EvidenceKind, FileId, FindingId, Label,
    NewFile, Operation, Requirement, RuleMeta, SourceFile, TargetKind, Verified, WorkloadId,
};
use serde::{Deserialize, Serialize};

type Span = (u32, u32, u32);

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) package: String,
    #[serde(with = "TargetKindName")]
    pub(super) target: TargetKind,
}

impl File {
    pub(super) fn of(file: &SourceFile) -> Self {
        Self {
            path: file.path.clone(),
            package: file.package.clone(),
            target: file.target,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Fine {
    span: Span,
    rule: String,
    reason: String,
}

impl Fine {
    pub(super) fn of(fine: &model::Fine) -> Self {
        Self {
            span: span(fine.span),
            rule: fine.rule.to_owned(),
            reason: fine.reason.clone(),
        }
    }

    pub(super) fn read(self) -> Option<model::Fine> {
        Some(model::Fine {
            span: unspan(self.span),
            rule: rule(&self.rule)?.name,
            reason: self.reason,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Finding {
    id: String,
    rule: String,
    operation: String,
    span: Span,
    related: Vec<(Span, String)>,
    function: String,
    message: String,
    evidence: Vec<Evidence>,
    #[serde(with = "ConfidenceName")]
    confidence: Confidence,
    workload: Option<(String, String, Option<u32>)>,
    suggestion: Option<Fix>,
    alternatives: Vec<Fix>,
}

#[derive(Serialize, Deserialize)]
struct Evidence {
    #[serde(with = "EvidenceKindName")]
    kind: EvidenceKind,
    span: Option<Span>,
    note: String,
}

impl Finding {
    /// Of a finding as the analysis hands it out: nothing is measured, traced or suppressed yet.
    pub(super) fn of(finding: &model::Finding) -> Self {
        let related = finding.related.iter();
        let evidence = finding.evidence.iter().map(|it| Evidence {
            kind: it.kind,
            span: it.span.map(span),
            note: it.note.clone(),
        });
        Self {
            id: finding.id.0.clone(),
            rule: finding.rule.name.to_owned(),
            operation: finding.operation.name().to_owned(),
            span: span(finding.span),
            related: related.map(|it| (span(it.span), it.text.clone())).collect(),
            function: finding.function.clone(),
            message: finding.message.clone(),
            evidence: evidence.collect(),
            confidence: finding.confidence,
            workload: finding
                .workload
                .map(|it| (it.rule.to_owned(), it.variant.to_owned(), it.piece)),
            suggestion: finding.suggestion.as_ref().map(Fix::of),
            alternatives: finding.alternatives.iter().map(Fix::of).collect(),
        }
    }

    pub(super) fn read(self) -> Option<model::Finding> {
        let mut operations = Operation::ALL.into_iter();
        let related = self.related.into_iter().map(|(span, text)| Label {
            span: unspan(span),
            text,
        });
        let evidence = self.evidence.into_iter().map(|it| model::Evidence {
            kind: it.kind,
            span: it.span.map(unspan),
            note: it.note,
        });
        let workload = match self.workload {
            None => None,
            Some((of, variant, piece)) => Some(WorkloadId {
                rule: rule(&of)?.name,
                // There are a handful of names, and one run reads one record.
                variant: variant.leak(),
                piece,
            }),
        };
        Some(model::Finding {
            id: FindingId(self.id),
            rule: rule(&self.rule)?,
            operation: operations.find(|it| it.name() == self.operation)?,
            span: unspan(self.span),
            related: related.collect(),
            function: self.function,
            message: self.message,
            evidence: evidence.collect(),
            confidence: self.confidence,
            workload,
            no_figure: None,
            headline: None,
            measurements: Vec::new(),
            trace: None,
            suggestion: self.suggestion.map(Fix::read),
            alternatives: self.alternatives.into_iter().map(Fix::read).collect(),
            suppressed: None,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Fix {
    title: String,
    #[serde(with = "ApplicabilityName")]
    applicability: Applicability,
    edits: Vec<(Span, String)>,
    creates: Vec<(String, String)>,
    dependencies: Vec<(String, String)>,
    features: Vec<String>,
    method: Option<String>,
}

impl Fix {
    fn of(fix: &model::Fix) -> Self {
        let (mut dependencies, mut features) = (Vec::new(), Vec::new());
        for requirement in &fix.requires {
            match requirement {
                // Rules know no other source: where it is taken from, the user says.
                Requirement::Dependency { name, version, .. } => {
                    dependencies.push((name.clone(), version.clone()));
                }
                Requirement::Feature(name) => features.push(name.clone()),
            }
        }
        let edits = fix.edits.iter();
        let creates = fix.creates.iter();
        Self {
            title: fix.title.clone(),
            applicability: fix.applicability,
            edits: edits
                .map(|it| (span(it.span), it.replacement.clone()))
                .collect(),
            creates: creates
                .map(|it| (it.path.clone(), it.contents.clone()))
                .collect(),
            dependencies,
            features,
            method: fix.method.clone(),
        }
    }

    fn read(self) -> model::Fix {
        let edits = self.edits.into_iter().map(|(span, replacement)| Edit {
            span: unspan(span),
            replacement,
        });
        let creates = self.creates.into_iter();
        let dependencies = self.dependencies.into_iter();
        let requires = dependencies
            .map(|(name, version)| Requirement::Dependency {
                name,
                version,
                source: DependencySource::Registry,
            })
            .chain(self.features.into_iter().map(Requirement::Feature));
        model::Fix {
            title: self.title,
            applicability: self.applicability,
            edits: edits.collect(),
            creates: creates
                .map(|(path, contents)| NewFile { path, contents })
                .collect(),
            requires: requires.collect(),
            verified: Verified::No,
            method: self.method,
            headline: None,
        }
    }
}

fn span(span: model::Span) -> Span {
    (span.file.0, span.start, span.end)
}

fn unspan((file, start, end): Span) -> model::Span {
    model::Span {
        file: FileId(file),
        start,
        end,
    }
}

fn rule(name: &str) -> Option<&'static RuleMeta> {
    analyze::rules().find(|rule| rule.name == name)
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TargetKind")]
enum TargetKindName {
    Library,
    Binary,
    BuildScript,
    ProcMacro,
    Example,
    Test,
    Benchmark,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Confidence")]
enum ConfidenceName {
    Low,
    Medium,
    High,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Applicability")]
enum ApplicabilityName {
    HasPlaceholders,
    MaybeIncorrect,
    MachineApplicable,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EvidenceKind")]
enum EvidenceKindName {
    ResolvedPath,
    Constructor,
    DeclaredType,
    CompilerType,
    Repeated,
    Summary,
    EffectTable,
    MethodNameOnly,
    SmallWork,
    NotProduction,
    NotCompiled,
}
