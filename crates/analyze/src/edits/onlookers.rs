//! What others may see of a file while it is read or written.

use super::{Handled, block_at, position_in};
use crate::context::{Context, Subject};
use crate::flow::{Direction, Event, EventKind, OriginId, OriginKind};
use crate::syntax::TextRange;
use crate::types::Handle;

/// Whether the function may write to the file that it reads: one that it opens and does not empty may be the same.
pub(super) fn may_change_meanwhile(subject: Subject<'_>) -> bool {
    let flow = subject.flow;
    flow.events.iter().filter(|event| writes(event)).any(|event| {
        let opened = |id: &OriginId| matches!(&flow.origin(*id).kind, OriginKind::Open { api } if api.ends_with("OpenOptions::open"));
        event.origins.iter().any(opened)
    })
}

fn writes(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Transfer {
            direction: Direction::Write,
            ..
        }
    )
}

/// Whether something else is written or printed between: when a write fails that is only made by the flush, more of it has
/// been.
fn others_are_written(handle: Handled<'_>, between: TextRange) -> bool {
    let Handled {
        context,
        subject,
        events,
        ..
    } = handle;
    let flow = subject.flow;
    let own = |event: &Event| events.iter().any(|own| own.range == event.range);
    let is_kept = |id: &OriginId| flow.origin(*id).ty.handle() != Handle::Memory;
    let mut others = flow
        .events
        .iter()
        .filter(|event| between.contains(event.range) && writes(event) && !own(event));
    others.any(|event| event.origins.iter().any(is_kept))
        || flow
            .prints
            .iter()
            .any(|print| between.contains(print.range))
        || flow
            .calls
            .iter()
            .any(|call| between.contains(call.range) && context.usages.prints(call.callee))
}

/// Whether what is written may be looked at before the flush, or tells of a failure: the statements between name the path,
/// start something or write elsewhere.
pub(super) fn somebody_may_look(handle: Handled<'_>) -> bool {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let Some(last) = events
        .iter()
        .map(|event| event.range)
        .max_by_key(|range| range.end)
    else {
        return false;
    };
    // The flush stands behind the whole statement: in a loop, what follows a write comes before the next one.
    let home = origin
        .binding
        .as_ref()
        .and_then(|binding| block_at(subject.body, binding.block));
    let statement = home.and_then(|home| Some(&home.statements[position_in(home, last)?]));
    let end = statement.map_or(last.end, |statement| statement.range.end);
    let device = subject.text_of(origin.range).contains("\"/dev/");
    if device || end <= origin.range.end {
        return device;
    }
    let between = TextRange::new(origin.range.end, end);
    acts_within(context, subject, between) || others_are_written(handle, between)
}

/// Whether code touches files by path, processes or threads, itself or in what it calls.
pub(crate) fn acts_within(context: &Context<'_>, subject: Subject<'_>, range: TextRange) -> bool {
    let flow = subject.flow;
    flow.acts.iter().any(|act| range.contains(act.range))
        || flow
            .calls
            .iter()
            .any(|call| range.contains(call.range) && context.usages.acts(call.callee))
}
