//! Everything that is done with a handle, through all the functions and fields it is passed to.

use rustc_hash::FxHashSet;

use crate::effects::Usage;
use crate::facts::Facts;
use crate::flow::{Amount, Event, EventKind, Flow, OriginId};
use crate::usage::Place;

/// So many functions and fields are looked into for one handle.
const MOST_PLACES: usize = 400;

/// A format that has at most so many small fields for each block is one of blocks.
const MOST_HEAD_PLACES: usize = 4;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Something is done with it that is not known, or of a size that is not known.
    pub(super) opaque: bool,
    /// It gets a buffer.
    pub(super) buffered: bool,
    /// Bytes are moved without one.
    pub(super) moved: bool,
    /// How many places move small pieces, and how many such as are large or of a size that is not known.
    pub(super) small_places: usize,
    pub(super) large_places: usize,
    /// Small pieces are, more than a few.
    pub(super) small: bool,
    pub(super) sought: bool,
    /// It is put into a value of the crate's own.
    pub(super) stored: bool,
    /// What is made of it is kept or handed on.
    pub(super) wrapped: bool,
    pub(super) handed_back: bool,
}

impl Seen {
    /// Whether the small pieces may be the heads of large blocks: they cost little then, and how large the blocks are
    /// depends on the data.
    pub(super) fn has_blocks(self) -> bool {
        self.small_places <= self.large_places * MOST_HEAD_PLACES
    }
}

pub(super) struct Reach<'a> {
    facts: &'a Facts<'a>,
}

impl<'a> Reach<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        Self { facts }
    }

    pub(super) fn of(&self, place: &Place) -> Seen {
        let mut seen = Seen::default();
        let mut known: FxHashSet<Place> = FxHashSet::default();
        let mut waiting = vec![place.clone()];
        while let Some(at) = waiting.pop() {
            if !known.insert(at.clone()) {
                continue;
            }
            let origins = self.facts.usages.handles_of(&at);
            // What has a type that is not known leaves no trace.
            seen.opaque |= origins.is_empty() || known.len() > MOST_PLACES;
            if known.len() > MOST_PLACES {
                break;
            }
            for (id, origin) in origins {
                if self.facts.index.is_test(*id) {
                    continue;
                }
                let flow = &self.facts.flows[id];
                for event in flow.events_on(*origin) {
                    let is_field = matches!(at, Place::Field(..));
                    self.event(flow, event, is_field, &mut seen, &mut waiting);
                }
            }
        }
        seen
    }

    fn event(
        &self,
        flow: &Flow,
        event: &Event,
        is_field: bool,
        seen: &mut Seen,
        waiting: &mut Vec<Place>,
    ) {
        match &event.kind {
            EventKind::Transfer { amount, .. } => {
                seen.moved = true;
                seen.opaque |= *amount == Amount::Chunk;
                match amount {
                    Amount::Small(_) => seen.small_places += 1,
                    Amount::Chunk | Amount::Bulk => seen.large_places += 1,
                }
                seen.small |= amount.is_small() && flow.repeats(&event.loops, &[]);
            }
            EventKind::Argument {
                callee, parameter, ..
            } => waiting.push(Place::Parameter(*callee, *parameter)),
            EventKind::Effect { row, result, .. } => {
                match self.facts.effects.row(*row).usage {
                    Usage::Small | Usage::Seeks => {
                        seen.small = true;
                        seen.small_places += MOST_HEAD_PLACES + 1;
                    }
                    Usage::Bulk => {
                        seen.moved = true;
                        // A library moves large blocks, by one way through the code at least.
                        seen.large_places += MOST_PLACES;
                    }
                    Usage::Buffers => seen.buffered = true,
                    Usage::Lines => seen.opaque = true,
                }
                seen.wrapped |= result.is_some_and(|result| is_kept(flow, result));
            }
            EventKind::Buffered { by, .. } => {
                seen.buffered = true;
                seen.wrapped |= is_kept(flow, *by);
            }
            EventKind::Stored { of, field } => {
                seen.stored = true;
                waiting.push(Place::Field(*of, field.clone()));
            }
            EventKind::Seek { .. } => seen.sought = true,
            EventKind::Returned => seen.handed_back |= !is_field,
            EventKind::Escape { .. } | EventKind::Method { .. } | EventKind::Mentioned => {
                seen.opaque = true;
            }
            EventKind::Flush
            | EventKind::Finish { .. }
            | EventKind::Sync
            | EventKind::Query { .. }
            | EventKind::Dropped => {}
        }
    }
}

/// Whether what holds a handle lives on, as far as the function that makes it tells.
fn is_kept(flow: &Flow, id: OriginId) -> bool {
    flow.events_on(id).any(|event| match &event.kind {
        EventKind::Stored { .. } | EventKind::Returned | EventKind::Argument { .. } => true,
        EventKind::Escape { by_value, .. } => *by_value,
        EventKind::Buffered { by, .. } => *by > id && is_kept(flow, *by),
        EventKind::Effect { result, .. } => {
            result.is_some_and(|result| result > id && is_kept(flow, result))
        }
        _ => false,
    })
}
