//! A reader that is buffered where it is used last, since it is used in another way before.

use model::Edit;

use super::arguments::{has_other_mentions, takes_any};
use super::stored::leaves_alone;
use super::wrap::{ARGUMENTS, LINE, line_length};
use super::{Handled, buffer, edit};
use crate::context::{Context, Subject};
use crate::effects::Usage as Row;
use crate::flow::{Event, EventKind};
use crate::syntax::{ExprKind, TextRange, TypeRef, walk};
use crate::types::Handle;
use crate::usage::Place;

/// `BufReader` round the argument of the one call that reads in small pieces.
///
/// What the buffer has read ahead is gone with it: nothing may use the handle afterwards, nor share its position.
pub(super) fn read_at_use(handle: Handled<'_>, wrapper: &str) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    if origin.ty.handle() != Handle::File {
        return None;
    }
    let binding = origin.binding.as_ref()?;
    let mut small = events.iter().filter(|event| reads_small(context, event));
    let (Some(last), None) = (small.next(), small.next()) else {
        return None;
    };
    if last.deferred || last.loops != origin.loops || last.origins.len() > 1 {
        return None;
    }
    let others = events.iter().filter(|event| event.at != last.at);
    let harmless = |event: &&Event| {
        if is_apart(subject, event.range, last.range) {
            return !event.deferred;
        }
        event.range.end <= last.range.start && !event.deferred && leaves_alone(event)
    };
    let all = buffer::with_wrappers(subject, events);
    if !others.copied().all(|event| harmless(&event)) || has_other_mentions(subject, binding, &all)
    {
        return None;
    }
    let written = subject.text_of(last.at);
    if written.strip_prefix("&mut ").unwrap_or(written) != binding.name {
        return None;
    }
    let by_reference = match &last.kind {
        EventKind::Argument {
            callee, parameter, ..
        } => {
            let parameters = &context.index.function(*callee).function.parameters;
            let declared = &parameters.get(*parameter)?.declared;
            matches!(declared, TypeRef::Reference { .. })
        }
        // A library may ask for either.
        _ => written.starts_with("&mut "),
    };
    let lent = if by_reference { "&mut " } else { "" };
    let replacement = format!("{lent}{wrapper}::new({written})");
    let call = subject.text_of(last.range);
    let arguments = call.len() - call.find('(').map_or(0, |open| open + 1);
    let grown = replacement.len() - written.len();
    let fits = line_length(subject.text, last.at.start) + grown <= LINE
        && (call.contains('\n') || arguments + grown <= ARGUMENTS + 1);
    fits.then(|| vec![edit(subject, last.at, replacement)])
}

/// Whether an event gives the handle to what reads it in small pieces, takes any reader and keeps nothing of it.
fn reads_small(context: &Context<'_>, event: &Event) -> bool {
    match &event.kind {
        EventKind::Argument {
            callee, parameter, ..
        } => {
            let usage = context.usages.of(&Place::Parameter(*callee, *parameter));
            takes_any(context, *callee, *parameter)
                && usage.is_some_and(|it| {
                    it.small_reads.is_some() && !it.kept && !it.sought && !it.written
                })
        }
        EventKind::Effect { row, result, .. } => {
            context.effects.row(*row).usage == Row::Small && result.is_none()
        }
        _ => false,
    }
}

/// Whether two places lie in different branches, of which one run takes one only.
fn is_apart(subject: Subject<'_>, one: TextRange, other: TextRange) -> bool {
    let mut apart = false;
    walk::block_expressions(subject.body, &mut |expr| {
        let branches: Vec<TextRange> = match &expr.kind {
            ExprKind::If {
                then, otherwise, ..
            } => {
                let otherwise = otherwise.as_ref().map(|branch| branch.range);
                std::iter::once(then.range).chain(otherwise).collect()
            }
            ExprKind::Match { arms, .. } => arms.iter().map(|arm| arm.body.range).collect(),
            _ => return true,
        };
        let branch_of = |range: TextRange| branches.iter().position(|it| it.contains(range));
        apart |= matches!((branch_of(one), branch_of(other)), (Some(a), Some(b)) if a != b);
        true
    });
    apart
}
