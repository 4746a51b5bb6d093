//! A writer that goes to one of several: what one of them does, the others need not do.

use crate::context::{Context, Subject};
use crate::flow::{Event, EventKind, Flow, OriginId, OriginKind};
use crate::index::{FunctionId, TypeId};
use crate::syntax::{Expr, ExprKind, StatementKind};
use crate::usage::{Place, asked};

/// Functions that hand the writer on are followed so deep.
const DEEPEST: u32 = 3;

/// Whether a function hands a writer to something else in each arm of the `match` that it ends with, so that one of these
/// writes and never flushes.
pub(super) fn leaves_one_out(context: &Context<'_>, id: FunctionId, parameter: usize) -> bool {
    let Some(subject) = context.subject(id) else {
        return false;
    };
    let flow = subject.flow;
    let Some(writer) = flow.parameter(parameter) else {
        return false;
    };
    let Some(arms) = last_match(subject) else {
        return false;
    };
    let events: Vec<&Event> = flow.events_on(writer).collect();
    let given = |event: &Event| arms.iter().position(|arm| arm.range.contains(event.range));
    // What is done outside the arms is done whichever is taken.
    events.iter().all(|event| given(event).is_some())
        && (0..arms.len()).any(|arm| {
            let mut here = events.iter().filter(|event| given(event) == Some(arm));
            let first = here.next();
            first.is_some_and(|event| is_left(context, flow, event)) && here.next().is_none()
        })
}

/// The bodies of the arms of the `match` whose value a function returns.
fn last_match<'a>(subject: Subject<'a>) -> Option<Vec<&'a Expr>> {
    let StatementKind::Expr {
        expr,
        semicolon: false,
    } = &subject.body.statements.last()?.kind
    else {
        return None;
    };
    let mut last = expr;
    loop {
        last = match &last.kind {
            ExprKind::Call { arguments, .. } if arguments.len() == 1 => &arguments[0],
            ExprKind::Match { arms, .. } => {
                return Some(arms.iter().map(|arm| &arm.body).collect());
            }
            _ => return None,
        };
    }
}

/// Whether an arm gives the writer to something that writes to it and never flushes.
fn is_left(context: &Context<'_>, flow: &Flow, event: &Event) -> bool {
    let alone = |id: &OriginId| matches!(flow.origin(*id).kind, OriginKind::Parameter(_));
    event.origins.iter().all(alone)
        && asked(event).is_some_and(|place| is_unflushed(context, &place, DEEPEST))
}

/// Whether what is written to a place stays there, and nothing that is not known gets it.
fn is_unflushed(context: &Context<'_>, place: &Place, depth: u32) -> bool {
    let Some(usage) = context.usages.of(place) else {
        return false;
    };
    if !usage.written || usage.flushed {
        return false;
    }
    let (id, position) = match place {
        Place::Parameter(id, position) => (id, position),
        Place::Field(of, name) => return is_only_written(context, *of, name),
    };
    let Some(flow) = context.flows.get(id).filter(|_| depth > 0) else {
        return false;
    };
    let Some(writer) = flow.parameter(*position) else {
        return false;
    };
    !usage.kept
        || flow
            .events_on(writer)
            .all(|event| asked(event).is_some_and(|place| is_unflushed(context, &place, depth - 1)))
}

/// Whether nothing but writes is done with a field, wherever it is used: what takes it out may flush it.
fn is_only_written(context: &Context<'_>, of: TypeId, name: &str) -> bool {
    let harmless = |event: &Event| match &event.kind {
        EventKind::Transfer { .. }
        | EventKind::Seek { .. }
        | EventKind::Query { .. }
        | EventKind::Mentioned => true,
        EventKind::Argument {
            callee, parameter, ..
        } => {
            let usage = context.usages.of(&Place::Parameter(*callee, *parameter));
            usage.is_some_and(|usage| !usage.flushed && !usage.kept)
        }
        _ => false,
    };
    let mut uses = context.uses_of(of, name);
    uses.all(|(user, id)| user.flow.events_on(id).all(harmless))
}
