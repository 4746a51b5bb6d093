//! What holds the file that is synced, over the functions on the way to it.

use model::Label;

use crate::context::{Context, Subject};
use crate::flow::{Act, Call, EventKind, Origin, OriginKind, RECEIVER};
use crate::index::FunctionId;
use crate::invariance::{Turn, loop_at};
use crate::syntax::{ExprKind, TextRange, walk};

use super::{ENDS, is_chosen};

/// What holds the file that a function syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// `self`, or what is behind it.
    Itself,
    Parameter(usize),
}

/// What holds the file that a place syncs, if it outlives the function.
pub(super) fn holder(subject: Subject<'_>, sync: &Act) -> Option<Holder> {
    let origins = synced(subject, sync);
    match origins.first() {
        None => is_kept(subject, sync.range).then_some(Holder::Itself),
        Some(origin) if origin.borrowed => match origin.kind {
            OriginKind::Field { .. } | OriginKind::Parameter(RECEIVER) => Some(Holder::Itself),
            OriginKind::Parameter(position) => Some(Holder::Parameter(position)),
            _ => None,
        },
        Some(_) => None,
    }
}

/// What a call gives a function as the holder, seen from the function that calls.
pub(super) fn given(subject: Subject<'_>, call: &Call, holder: Holder) -> Option<Holder> {
    let Holder::Parameter(wanted) = holder else {
        let text = subject.text_of(call.range);
        let root = text.split(['.', '(', ':', '?']).next()?.trim();
        if root.eq_ignore_ascii_case("self") {
            return Some(Holder::Itself);
        }
        // What a branch takes out of `self` or a parameter is not followed by name.
        let parameters = &subject.data.function.parameters;
        let position = parameters
            .iter()
            .position(|parameter| parameter.pattern.name() == Some(root));
        let unbound = !subject
            .text_of(subject.body.range)
            .contains(&format!("let {root} ="))
            && !subject
                .text_of(subject.body.range)
                .contains(&format!("let mut {root} ="));
        return match position {
            Some(position) => Some(Holder::Parameter(position)),
            None => unbound.then_some(Holder::Itself),
        };
    };
    let events = subject.flow.events.iter();
    let mut handed = events.filter(|event| {
        event.range == call.range
            && matches!(&event.kind, EventKind::Argument { callee, parameter, .. }
                if *callee == call.callee && *parameter == wanted)
    });
    let origin = subject.flow.origin(*handed.next()?.origins.first()?);
    match origin.kind {
        OriginKind::Field { .. } | OriginKind::Parameter(RECEIVER) => Some(Holder::Itself),
        OriginKind::Parameter(position) => Some(Holder::Parameter(position)),
        _ => None,
    }
}

/// What holds the file that a call of a function comes to sync, if the function does not make it; `way` gets the places.
pub(super) fn way_to_sync(
    context: &Context<'_>,
    id: FunctionId,
    way: &mut Vec<Label>,
) -> Option<Holder> {
    if way.len() >= MOST_CALLS || !context.usages.syncs(id) || context.index.is_test(id) {
        return None;
    }
    let subject = context.subject(id)?;
    let ends = subject
        .data
        .function
        .name
        .split('_')
        .any(|word| ENDS.contains(&word));
    if ends {
        return None;
    }
    let label = |range: TextRange, text: &str| Label {
        span: subject.span(range),
        text: text.to_owned(),
    };
    let body = subject.body.range;
    for sync in &subject.flow.syncs {
        if let Some(holder) = holder(subject, sync)
            && !is_chosen(subject, body, sync.range)
        {
            way.push(label(sync.range, "here the disk is waited for"));
            return Some(holder);
        }
    }
    for call in &subject.flow.calls {
        if call.callee == id || is_chosen(subject, body, call.range) {
            continue;
        }
        let length = way.len();
        way.push(label(call.range, "it goes on here"));
        let found = way_to_sync(context, call.callee, way);
        if let Some(holder) = found.and_then(|holder| given(subject, call, holder)) {
            return Some(holder);
        }
        way.truncate(length);
    }
    None
}

/// Whether what holds the file is the same in every turn.
pub(super) fn stays(subject: Subject<'_>, around: TextRange, call: &Call, holder: Holder) -> bool {
    let called = walk::at(subject.body, call.range, |kind| {
        matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
    });
    let (Some(whole), Some(called)) = (loop_at(subject, around), called) else {
        return false;
    };
    let object = match (&called.kind, holder) {
        (ExprKind::Method { receiver, .. }, Holder::Itself) => Some(&**receiver),
        (
            ExprKind::Method { arguments, .. } | ExprKind::Call { arguments, .. },
            Holder::Parameter(position),
        ) => arguments.get(position),
        (ExprKind::Call { arguments, .. }, Holder::Itself) => arguments.first(),
        _ => None,
    };
    let Some(mut object) = object else {
        return false;
    };
    // To lend it is no change: only who it is counts.
    loop {
        object = match &object.kind {
            ExprKind::Reference { inner } | ExprKind::Deref(inner) | ExprKind::Try(inner) => inner,
            ExprKind::Field { base, .. } => base,
            ExprKind::Method { receiver, .. } => receiver,
            _ => break,
        };
    }
    match &object.kind {
        ExprKind::Path(path) => path
            .single()
            .is_some_and(|name| !Turn::new(subject, whole).binds(name)),
        _ => false,
    }
}

/// The handles that a sync is called on.
pub(super) fn synced<'a>(subject: Subject<'a>, sync: &Act) -> Vec<&'a Origin> {
    let events = subject.flow.events.iter();
    events
        .filter(|event| matches!(event.kind, EventKind::Sync) && event.range == sync.range)
        .flat_map(|event| &event.origins)
        .map(|id| subject.flow.origin(*id))
        .collect()
}

/// Whether the receiver is a field of `self`.
pub(super) fn is_kept(subject: Subject<'_>, range: TextRange) -> bool {
    subject.text_of(range).starts_with("self.")
}

/// Calls between a loop and a sync that are looked through.
const MOST_CALLS: usize = 4;
