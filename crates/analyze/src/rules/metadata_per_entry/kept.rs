//! Paths of entries that wait in a list until somebody asks for their types.

use model::{EvidenceKind, Label, Span};

use super::{META, is_of_a_link, is_replaced, is_type_question, only_for_the_type, twice};
use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Event, EventKind, Flow, OriginId, OriginKind};
use crate::index::FunctionId;
use crate::kernel;
use crate::syntax::TextRange;

/// A question for the type of what a path names.
struct Asked {
    range: TextRange,
    how: String,
    /// Where a function asks that is given the path.
    inside: Option<Span>,
}

/// A path that comes out of a list of the paths of entries, in each turn of a loop, and is asked about then.
pub(super) fn questions(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
    verdicts: &mut Verdicts,
) {
    let origin = subject.flow.origin(id);
    if origin.loops.is_empty() || is_replaced(subject, id) {
        return;
    }
    let Some(asked) = asked(context, subject, id) else {
        return;
    };
    if kernel::is_meant(context, subject) {
        return;
    }
    let span = subject.span(asked.range);
    let inside = asked.inside.map(|span| Label {
        span,
        text: "it asks here".to_owned(),
    });
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: format!(
            "`{}` asks the system about each path again: the entry that it came from knew the type",
            asked.how
        ),
        related: inside.into_iter().collect(),
        evidence: vec![evidence(
            EvidenceKind::ResolvedPath,
            subject.span(origin.range),
            "the path is a directory entry's, and the type is not kept with it",
        )],
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "path-metadata")),
        fix: twice::fix_at(subject, asked.range),
    });
}

fn asked(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Asked> {
    let origin_is_kept = subject.flow.origin(id).kind == OriginKind::KeptPath;
    subject.flow.events_on(id).find_map(|event| {
        if is_of_a_link(subject, event.range) {
            return None;
        }
        let (how, inside) = match &event.kind {
            EventKind::Argument {
                callee, parameter, ..
            } => {
                let inside = helper(context, *callee, *parameter)?;
                let name = context.index.function(*callee).function.name.clone();
                (name, Some(inside))
            }
            // The path of an entry at hand is asked about elsewhere.
            _ if origin_is_kept => (type_question(subject.flow, id, event)?, None),
            _ => return None,
        };
        Some(Asked {
            range: event.range,
            how,
            inside,
        })
    })
}

/// Where a function asks for the type of a path that it is given, if it does nothing else with it.
fn helper(context: &Context<'_>, callee: FunctionId, parameter: usize) -> Option<Span> {
    let flow = context.flows.get(&callee)?;
    let id = flow.parameter(parameter)?;
    let events: Vec<&Event> = flow.events_on(id).collect();
    let asks = |event: &&Event| type_question(flow, id, event).is_some();
    let first = events.first().filter(|_| events.iter().all(asks))?;
    Some(Span {
        file: context.index.file_of(callee),
        start: first.range.start,
        end: first.range.end,
    })
}

/// How an event asks for the type of what a path names, and for nothing else.
fn type_question(flow: &Flow, path: OriginId, event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::Query { how } if is_type_question(how) => Some(how.clone()),
        _ => flow.ids().find_map(|id| match &flow.origin(id).kind {
            OriginKind::Attributes { api, of }
                if *of == path
                    && flow.origin(id).range == event.range
                    && only_for_the_type(flow, id) =>
            {
                Some(api.clone())
            }
            _ => None,
        }),
    }
}
