//! Archives whose index is read for one member.

use model::EvidenceKind;

use crate::context::{Context, Draft, Subject, evidence};
use crate::effects::{EffectDirection, Usage};
use crate::flow::{Event, EventKind, OriginKind};
use crate::syntax::{ExprKind, TypeRef, walk};

use super::opening::{Source, opened_by, plain};
use super::{draft, label};

/// An archive that is opened, and whose index is read, for the one member that the caller names.
pub(super) fn archive(context: &Context<'_>, subject: Subject<'_>) -> Option<Draft> {
    let flow = subject.flow;
    let (one, position, effect, result) =
        opened_by(context, subject.id, flow).find_map(|(one, source)| {
            let Source::Parameter(position) = source else {
                return None;
            };
            let id = flow.ids().find(|id| {
                let origin = flow.origin(*id);
                matches!(origin.kind, OriginKind::Open { .. }) && origin.range == one.range
            })?;
            flow.events_on(id).find_map(|event| match event.kind {
                EventKind::Effect {
                    row,
                    result: Some(result),
                    ..
                } if reads_index(context, row) => Some((one, position, event, result)),
                _ => None,
            })
        })?;
    let parameters = subject.data.function.parameters.iter().enumerate();
    let names: Vec<&str> = parameters
        .filter(|(other, parameter)| {
            *other != position && is_text(context, subject, &parameter.declared)
        })
        .filter_map(|(_, parameter)| parameter.pattern.name())
        .collect();
    let uses: Vec<&Event> = flow.events_on(result).collect();
    let kept = uses.iter().any(|event| {
        matches!(event.kind, EventKind::Returned | EventKind::Stored { .. })
            || !event.loops.is_empty()
    });
    let member = uses.iter().find(|event| {
        let called = walk::at(subject.body, event.range, |kind| {
            matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
        });
        let Some(ExprKind::Call { arguments, .. } | ExprKind::Method { arguments, .. }) =
            called.map(|called| &called.kind)
        else {
            return false;
        };
        arguments.iter().any(|argument| {
            matches!(&plain(argument).kind, ExprKind::Path(path)
                if path.single().is_some_and(|name| names.contains(&name)))
        })
    })?;
    if kept || !effect.loops.is_empty() {
        return None;
    }
    let note = "the caller names the member: the index is read anew for each that is wanted";
    let repeated = evidence(EvidenceKind::Repeated, subject.span(member.range), note);
    let mut found = draft(subject, one, one.range, repeated);
    "the archive is opened and its index read for a single member".clone_into(&mut found.message);
    found.related.push(label(
        context,
        subject.id,
        effect.range,
        "its index is read here",
    ));
    found.related.push(label(
        context,
        subject.id,
        member.range,
        "for this one member",
    ));
    Some(found)
}

fn is_text(context: &Context<'_>, subject: Subject<'_>, declared: &TypeRef) -> bool {
    let generics = context.index.generics_of(subject.id);
    let ty = context
        .index
        .ty(subject.data.module, declared, &generics, None);
    ty.is("str") || ty.is("std::string::String")
}

/// Whether a wrapper works through what it is given when it is made.
fn reads_index(context: &Context<'_>, row: usize) -> bool {
    let effect = context.effects.row(row);
    effect.is_wrapper()
        && effect.direction == EffectDirection::Read
        && effect.path.contains("Archive")
        && matches!(effect.usage, Usage::Seeks | Usage::Small)
}
