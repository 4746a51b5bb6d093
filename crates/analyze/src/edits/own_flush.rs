//! Functions that flush the writer they are given themselves.

use super::errors::suffix_at;
use super::exits::early_exits;
use super::visit_blocks;
use crate::context::Context;
use crate::flow::{Direction, Event, EventKind};
use crate::index::FunctionId;
use crate::syntax::{Block, StatementKind};

/// Whether a function flushes a writer behind all that it writes to it, passes a failure of that on, and does nothing else with it.
pub(super) fn flushes_itself(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let Some(subject) = context.subject(callee) else {
        return false;
    };
    let Some(origin) = subject.flow.parameter(parameter) else {
        return false;
    };
    let events: Vec<&Event> = subject.flow.events_on(origin).collect();
    let only_written = events.iter().all(|event| match &event.kind {
        EventKind::Transfer { direction, .. } => *direction == Direction::Write,
        EventKind::Flush | EventKind::Dropped => true,
        _ => false,
    });
    let plain = events
        .iter()
        .all(|event| !event.deferred && event.origins.len() == 1);
    let writes: Vec<&&Event> = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Transfer { .. }))
        .collect();
    let Some(first) = writes.iter().map(|event| event.range.start).min() else {
        return false;
    };
    // A flush behind each single write would leave the buffer nothing to gather.
    let pieces: u64 = writes.iter().map(|event| event.times).sum();
    let flushes = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Flush));
    let outermost = flushes.map(|event| event.loops.len()).min();
    let gathers = pieces > 1
        || writes
            .iter()
            .any(|event| Some(event.loops.len()) > outermost);
    let flushed_in = |block: &Block| {
        let flush = block.statements.iter().rposition(|statement| {
            let is_flush = |event: &&Event| {
                matches!(event.kind, EventKind::Flush)
                    && event.range.start == statement.range.start
                    && suffix_at(subject.text, event.range.end).is_some()
            };
            matches!(statement.kind, StatementKind::Expr { .. }) && events.iter().any(is_flush)
        });
        let Some(flush) = flush else { return false };
        let before = &block.statements[..flush];
        let holds = |event: &&&Event| before.iter().any(|it| it.range.contains(event.range));
        let from = before.partition_point(|statement| statement.range.end <= first);
        let between = &before[from..];
        writes.iter().all(holds)
            && early_exits(subject, between).is_some_and(|exits| exits.is_empty())
    };
    let mut flushed = false;
    visit_blocks(subject.body, &mut |block| flushed |= flushed_in(block));
    only_written && plain && gathers && flushed
}
