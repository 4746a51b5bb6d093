//! The places that use a handle, and what a buffer in between changes for them.

use model::Edit;

use super::flush::returns_unit;
use super::helpers::open_up;
use super::{edit, insertion};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, RECEIVER};
use crate::index::FunctionId;
use crate::syntax::{ExprKind, GenericParameter, Path, TextRange, TypeRef, walk};
use crate::types::Ty;
use crate::usage::Place;
use crate::words::is_part;

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
                let place = Place::Parameter(*callee, *parameter);
                let usage = context.usages.of(&place);
                // What keeps a writer flushes it at a time of its own; what is handed back has the reader's type in its own.
                let keeps = usage.is_some_and(|usage| usage.kept)
                    && (writes && !is_used_up(context, subject, event, *callee)
                        || !writes
                            && is_handed_back(subject, event)
                            && may_hold(context, *callee, *parameter));
                if keeps || usage.is_some_and(|usage| usage.sought) {
                    return None;
                }
                if !takes_any(context, *callee, *parameter) {
                    edits.extend(open_up(context, *callee, *parameter, writes)?);
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

/// Whether what a call makes lives no longer than the statement: `Encoder::new(file).encode(value)`.
fn is_used_up(
    context: &Context<'_>,
    subject: Subject<'_>,
    event: &Event,
    callee: FunctionId,
) -> bool {
    let Some(of) = context.index.function(callee).of else {
        return false;
    };
    let mut used_up = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Method { receiver, name, .. } = &expr.kind
            && receiver.range == event.range
            && let Some(method) = context.index.method(of, name)
        {
            let returns = &context.index.function(method).function.returns;
            used_up |= returns.as_ref().is_none_or(returns_unit);
        }
        true
    });
    used_up
}

/// Whether what a function returns may have the type of that argument in its own.
fn may_hold(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let function = &context.index.function(callee).function;
    let given = function
        .parameters
        .get(parameter)
        .and_then(|parameter| type_parameter(&parameter.declared));
    match (&function.returns, given) {
        (None, _) => false,
        (Some(returns), Some(given)) => !is_free_of(returns, given),
        (Some(_), None) => true,
    }
}

/// The name that a type is, seen through references.
fn type_parameter(declared: &TypeRef) -> Option<&str> {
    match declared {
        TypeRef::Reference { inner } => type_parameter(inner),
        TypeRef::Path(path) => path.single(),
        _ => None,
    }
}

/// Whether a type is written without `name`, and without what may stand for any type.
pub(super) fn is_free_of(ty: &TypeRef, name: &str) -> bool {
    match ty {
        TypeRef::Reference { inner } | TypeRef::Slice(inner) | TypeRef::Array(inner) => {
            is_free_of(inner, name)
        }
        TypeRef::Tuple(all) => all.iter().all(|one| is_free_of(one, name)),
        TypeRef::Path(path) => {
            let hides =
                |segment: &crate::syntax::Segment| segment.name == name || segment.name == "Self";
            path.qualified_self.is_none()
                && path.segments.iter().all(|segment| {
                    !hides(segment) && segment.generics.iter().all(|one| is_free_of(one, name))
                })
        }
        TypeRef::ImplTrait(_) | TypeRef::DynTrait(_) | TypeRef::Unknown => false,
    }
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
    let plain_name = text.chars().all(is_part);
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
        .all(is_part)
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
pub(super) fn are_met(bounds: &[Path]) -> bool {
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
pub(crate) fn has_other_mentions(
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
