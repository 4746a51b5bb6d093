//! What a rule reads, and what it hands back.

use model::{
    Evidence, EvidenceKind, FileId, Fix, Label, Operation, RuleMeta, Span, TargetKind, WorkloadId,
};

use crate::effects::Effects;
use crate::flow::{Call, Flow, Flows, OriginId};
use crate::index::{FunctionData, FunctionId, Index, TypeId};
use crate::syntax::{Block, TextRange};
use crate::usage::{Hop, HopKind, Place, Usages};
use crate::workspace::FileFacts;

/// Everything that is known about the workspace.
pub(crate) struct Context<'a> {
    pub(crate) index: &'a Index,
    pub(crate) effects: &'a Effects,
    pub(crate) sources: &'a model::Sources,
    pub(crate) files: &'a [FileFacts],
    pub(crate) flows: &'a Flows,
    pub(crate) usages: &'a Usages,
    /// The user has large files in mind.
    pub(crate) large_files: bool,
}

impl<'a> Context<'a> {
    /// The calls of a function in the workspace, each with the function in which it stands.
    pub(crate) fn calls_of(&self, id: FunctionId) -> impl Iterator<Item = (FunctionId, &'a Call)> {
        let places = self.usages.calls_of(id).iter();
        places.map(|(caller, position)| (*caller, &self.flows[caller].calls[*position]))
    }

    /// The values that a field holds, wherever it is used.
    pub(crate) fn uses_of(
        &self,
        of: TypeId,
        field: &str,
    ) -> impl Iterator<Item = (Subject<'a>, OriginId)> {
        let place = Place::Field(of, field.to_owned());
        let handles = self.usages.handles_of(&place).iter();
        handles.filter_map(|(id, origin)| Some((self.subject(*id)?, *origin)))
    }

    /// A function of the workspace that has a body, whether findings in it are wanted or not.
    pub(crate) fn subject(&self, id: FunctionId) -> Option<Subject<'a>> {
        let data = self.index.function(id);
        let file = self.index.file_of(id);
        Some(Subject {
            id,
            data,
            body: data.function.body.as_ref()?,
            flow: self.flows.get(&id)?,
            file,
            text: &self.sources.file(file).text,
        })
    }
}

/// One function as a rule sees it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) id: FunctionId,
    pub(crate) data: &'a FunctionData,
    pub(crate) body: &'a Block,
    pub(crate) flow: &'a Flow,
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
}

impl Subject<'_> {
    pub(crate) fn span(&self, range: TextRange) -> Span {
        Span {
            file: self.file,
            start: range.start,
            end: range.end,
        }
    }

    pub(crate) fn text_of(&self, range: TextRange) -> &str {
        self.text.get(range.at()).unwrap_or_default()
    }

    /// Whether it is part of what users run: no test, benchmark or example.
    pub(crate) fn is_production(&self, context: &Context<'_>) -> bool {
        let target = context.sources.file(self.file).target;
        target != TargetKind::Example && !self.is_test(context)
    }

    pub(crate) fn is_test(&self, context: &Context<'_>) -> bool {
        context.index.is_test(self.id)
    }
}

/// A finding before it has a name and a confidence.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) rule: &'static RuleMeta,
    pub(crate) operation: Operation,
    pub(crate) function: FunctionId,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) related: Vec<Label>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) workload: Option<WorkloadId>,
    pub(crate) fix: Option<Fix>,
    /// Faster or safer than the fix.
    pub(crate) alternatives: Vec<Fix>,
}

/// What rules hand back.
#[derive(Default)]
pub(crate) struct Verdicts {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) fine: Vec<model::Fine>,
}

impl Verdicts {
    pub(crate) fn fine(&mut self, rule: &RuleMeta, span: Span, reason: String) {
        self.fine.push(model::Fine {
            span,
            rule: rule.name,
            reason,
        });
    }
}

pub(crate) fn evidence(kind: EvidenceKind, span: Span, note: impl Into<String>) -> Evidence {
    Evidence {
        kind,
        span: Some(span),
        note: note.into(),
    }
}

/// The steps from a handle to its operation, as labels: the operation, and then the way to it.
pub(crate) fn labels(chain: &[Hop]) -> Vec<Label> {
    let label = |hop: &Hop| Label {
        span: Span {
            file: hop.file,
            start: hop.range.start,
            end: hop.range.end,
        },
        text: hop.note.clone(),
    };
    let (way, operation) = chain.split_at(chain.len().saturating_sub(1));
    operation.iter().chain(way).map(label).collect()
}

/// The steps from a handle to its operation, as evidence.
pub(crate) fn chain_evidence(chain: &[Hop]) -> Vec<Evidence> {
    let proof = |hop: &Hop| Evidence {
        kind: match hop.kind {
            HopKind::Operation | HopKind::Field | HopKind::Call => EvidenceKind::Summary,
            HopKind::Table => EvidenceKind::EffectTable,
        },
        span: Some(Span {
            file: hop.file,
            start: hop.range.start,
            end: hop.range.end,
        }),
        note: hop.note.clone(),
    };
    chain.iter().map(proof).collect()
}

pub(crate) const fn workload(rule: &'static str, variant: &'static str) -> WorkloadId {
    WorkloadId::new(rule, variant)
}
