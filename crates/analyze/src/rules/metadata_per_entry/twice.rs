//! Paths that are asked more than once in each turn of a loop, where the attributes answer everything.

use model::{EvidenceKind, Fix, Label};

use super::{META, once};
use crate::context::{Draft, Subject, Verdicts, evidence};
use crate::data_loop::data_loop;
use crate::edits;
use crate::flow::{Lookup, OriginKind};
use crate::syntax::{Expr, ExprKind, TextRange, walk};
use crate::words::is_part;

/// The second question comes that soon after the first, in lines.
const NEAR: usize = 10;

/// Parts of the names of calls that change what is at a path.
const CHANGES: &[&str] = &[
    "remove",
    "create",
    "rename",
    "write",
    "copy",
    "set_",
    "mkdir",
    "hard_link",
    "symlink(",
];

pub(super) fn lookups(subject: Subject<'_>, verdicts: &mut Verdicts) {
    for first in &subject.flow.lookups {
        if data_loop(subject, &first.loops, &[]).is_none() || is_of_an_entry(subject, first) {
            continue;
        }
        if let Some(again) = again(subject, first) {
            verdicts.drafts.push(draft(subject, first, again));
        }
    }
}

/// One look-up in the place of that one and a later one, for a path that is reported for another reason.
pub(super) fn fix_at(subject: Subject<'_>, asked: TextRange) -> Option<Fix> {
    let mut lookups = subject.flow.lookups.iter();
    let first = lookups.find(|lookup| lookup.range == asked)?;
    once::fix(subject, first, again(subject, first)?)
}

/// The look-up that asks once more what the first one could have answered.
fn again<'a>(subject: Subject<'a>, first: &Lookup) -> Option<&'a Lookup> {
    let lookups = subject.flow.lookups.iter();
    let mut later = lookups.filter(|again| again.range.start >= first.range.end);
    later.find(|again| {
        (is_metadata(first) || is_metadata(again))
            && (first.sure || again.sure)
            && first.loops == again.loops
            && is_same(subject, first, again)
            && always_before(subject, first.range, again.range)
    })
}

fn is_metadata(one: &Lookup) -> bool {
    one.how == "metadata"
}

/// The entry's path: what its type costs is reported by itself.
fn is_of_an_entry(subject: Subject<'_>, lookup: &Lookup) -> bool {
    let events = subject.flow.events.iter();
    let mut here = events.filter(|event| event.range == lookup.range);
    here.any(|event| {
        event.origins.iter().any(|id| {
            matches!(
                subject.flow.origin(*id).kind,
                OriginKind::EntryPath { .. } | OriginKind::KeptPath
            )
        })
    })
}

/// Whether both ask about the same path, and nothing between them changes it or what it leads to.
fn is_same(subject: Subject<'_>, first: &Lookup, again: &Lookup) -> bool {
    let key = |one: &Lookup| {
        let text = subject.text_of(one.path).trim_start_matches(['&', '*']);
        text.to_owned()
    };
    let name = key(first);
    let is_place = name.chars().all(|c| is_part(c) || c == '.');
    let between = TextRange::new(first.range.end, again.range.start.max(first.range.end));
    let text = subject.text_of(between);
    let moved = [".push(", ".pop(", ".set_", " = "]
        .iter()
        .any(|change| text.contains(&format!("{name}{change}")));
    let changed = CHANGES.iter().any(|change| text.contains(change));
    is_place
        && first.range.end <= again.range.start
        && name == key(again)
        && !moved
        && !changed
        && text.matches('\n').count() <= NEAR
}

/// Whether whoever comes to the second place has been at the first in the same turn.
fn always_before(subject: Subject<'_>, first: TextRange, again: TextRange) -> bool {
    let mut apart = false;
    edits::visit_blocks(subject.body, &mut |block| {
        apart |= block.range.contains(first) && !block.range.contains(again);
    });
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        match &expr.kind {
            ExprKind::Match { arms, .. } => {
                apart |= arms
                    .iter()
                    .any(|arm| arm.body.range.contains(first) && !arm.body.range.contains(again));
            }
            ExprKind::Closure(closure) => {
                let body = closure.body.range;
                apart |= body.contains(first) != body.contains(again);
            }
            _ => {}
        }
        true
    });
    !apart
}

fn draft(subject: Subject<'_>, first: &Lookup, again: &Lookup) -> Draft {
    let span = subject.span(first.range);
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: format!(
            "`{}` and `{}` ask the system about the same path: one `metadata` answers both",
            first.how, again.how
        ),
        related: vec![Label {
            span: subject.span(again.range),
            text: "here it is looked up again".to_owned(),
        }],
        evidence: vec![evidence(
            EvidenceKind::ResolvedPath,
            subject.span(again.range),
            "the path is the same, and nothing changes it or what is there in between",
        )],
        alternatives: Vec::new(),
        // The model of entries has their types at hand: here one call of two is left.
        workload: None,
        fix: once::fix(subject, first, again),
    }
}
