//! The places that use a handle, and what a buffer in between changes for them.

use model::Edit;

use super::{edit, insertion};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, RECEIVER};
use crate::index::FunctionId;
use crate::syntax::{ExprKind, GenericParameter, Path, TextRange, TypeRef, walk};
use crate::types::Ty;
use crate::usage::Place;

/// The edits of the places that use the handle: what lends a plain reference has to lend a mutable one.
///
/// `None` if a use would not compile or not mean the same with a buffer in between.
pub(super) fn argument_edits(
    context: &Context<'_>,
    subject: Subject<'_>,
    events: &[&Event],
    writes: bool,
) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for event in events {
        let text = subject.text_of(event.at);
        match &event.kind {
            EventKind::Transfer { .. } | EventKind::Flush | EventKind::Mentioned => {
                if text.starts_with("(&") || text.starts_with("&") && !text.starts_with("&mut ") {
                    edits.push(lend_mutably(subject, event.at)?);
                }
            }
            EventKind::Argument {
                callee,
                parameter,
                by_value,
            } => {
                if !takes_any(context, *callee, *parameter) {
                    return None;
                }
                let place = Place::Parameter(*callee, *parameter);
                let usage = context.usages.of(&place);
                // What keeps a writer flushes it at a time of its own; what is handed back has the reader's type in its own.
                let keeps = usage.is_some_and(|usage| usage.kept)
                    && (writes || is_handed_back(subject, event));
                if keeps || usage.is_some_and(|usage| usage.sought) {
                    return None;
                }
                edits.extend(given(subject, event, *by_value, writes)?);
            }
            EventKind::Effect { by_value, .. } => {
                edits.extend(given(subject, event, *by_value, writes)?);
            }
            _ => return None,
        }
    }
    Some(edits)
}

/// Whether the result of a call is what the function returns.
fn is_handed_back(subject: Subject<'_>, event: &Event) -> bool {
    let tail = subject
        .body
        .tail()
        .is_some_and(|tail| tail.range.contains(event.range));
    tail || subject
        .flow
        .events
        .iter()
        .any(|other| matches!(other.kind, EventKind::Returned) && other.range.contains(event.range))
}

/// The edit of an argument that is lent or given away.
fn given(
    subject: Subject<'_>,
    event: &Event,
    by_value: bool,
    writes: bool,
) -> Option<Option<Edit>> {
    let text = subject.text_of(event.at);
    if text.starts_with("&mut ") {
        return Some(None);
    }
    if text.starts_with('&') {
        return lend_mutably(subject, event.at).map(Some);
    }
    let plain_name = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    match (writes && by_value, plain_name) {
        // What is given away cannot be flushed afterwards: lend it instead.
        (true, true) => {
            let is_reference = subject.text.contains(&format!("let ref mut {text} "));
            let lend = if is_reference { "&mut *" } else { "&mut " };
            Some(Some(insertion(subject, event.at.start, lend)))
        }
        (true, false) => None,
        (false, _) => Some(None),
    }
}

fn lend_mutably(subject: Subject<'_>, at: TextRange) -> Option<Edit> {
    let text = subject.text_of(at);
    let rest = text.strip_prefix('&')?;
    rest.chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then(|| edit(subject, TextRange::new(at.start, at.start + 1), "&mut "))
}

/// Whether a function takes whatever implements a trait in that place.
pub(crate) fn takes_any(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let declared = context
        .index
        .function(callee)
        .function
        .parameters
        .get(parameter);
    if parameter == RECEIVER {
        let data = context.index.function(callee);
        return match &data.of_external {
            // Whether a trait's own functions are there for a buffer depends on who implements the trait.
            Some(Ty::Abstract(bounds)) => !data.is_default && bounds.iter().all(|it| is_met(it)),
            _ => false,
        };
    }
    declared.is_some_and(|parameter| {
        is_generic(&parameter.declared, &context.index.generics_of(callee))
    })
}

fn is_generic(declared: &TypeRef, generics: &[GenericParameter]) -> bool {
    match declared {
        TypeRef::ImplTrait(bounds) | TypeRef::DynTrait(bounds) => are_met(bounds),
        TypeRef::Reference { inner, .. } => is_generic(inner, generics),
        TypeRef::Path(path) => match path.single() {
            Some(name) => generics
                .iter()
                .any(|parameter| parameter.name == name && are_met(&parameter.bounds)),
            None => false,
        },
        _ => false,
    }
}

/// Whether the buffers of std and tokio implement what is asked for.
fn are_met(bounds: &[Path]) -> bool {
    bounds.iter().all(|bound| is_met(bound.last()))
}

fn is_met(bound: &str) -> bool {
    const MET: [&str; 11] = [
        "Read",
        "Write",
        "Seek",
        "BufRead",
        "AsyncRead",
        "AsyncReadExt",
        "Send",
        "Sync",
        "Sized",
        "Debug",
        "Unpin",
    ];
    MET.contains(&bound.rsplit("::").next().unwrap_or(bound))
}

/// Whether the handle is mentioned anywhere that no event accounts for.
pub(super) fn has_other_mentions(
    subject: Subject<'_>,
    binding: &Binding,
    events: &[&Event],
) -> bool {
    let mut mentioned = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Path(path) = &expr.kind
            && path.single() == Some(&binding.name)
            && binding.block.contains(expr.range)
            && binding.statement.end <= expr.range.start
        {
            mentioned |= !events
                .iter()
                .any(|event| event.at.contains(expr.range) || event.range.contains(expr.range));
        }
        true
    });
    mentioned
}
