//! What is known of the use of a handle, and the proof that it is used in small pieces.

use crate::flow::{Direction, FEW};
use crate::syntax::TextRange;

/// A step on the way from a handle to the operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) file: model::FileId,
    pub(crate) range: TextRange,
    pub(crate) note: String,
    pub(crate) kind: HopKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HopKind {
    Operation,
    Call,
    Table,
    Field,
}

/// How often small operations reach a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// At most that many times.
    Times(u64),
    /// In a loop, or by something that works in small pieces.
    Many,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Times(a), Self::Times(b)) => Self::Times(a + b),
            _ => Self::Many,
        }
    }

    pub(crate) fn is_many(self) -> bool {
        match self {
            Self::Times(times) => times > FEW,
            Self::Many => true,
        }
    }
}

/// The proof that a handle is used in small pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Witness {
    pub(crate) weight: Weight,
    /// A loop repeats the operations, and not only the calls of the function they stand in.
    pub(crate) looped: bool,
    /// Only pieces of unknown size speak for it.
    pub(crate) chunks: bool,
    /// Bytes of one piece, where the code tells.
    pub(crate) piece: Option<u32>,
    pub(crate) serde: Option<Serde>,
    /// From the handle towards the operation; the last is the operation.
    pub(crate) chain: Vec<Hop>,
    /// Events in this function that are part of it.
    pub(crate) events: Vec<TextRange>,
}

/// The serializer or parser that works on a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Serde {
    /// Its crate, as code calls it.
    pub(crate) krate: String,
    /// Its path in the crate.
    pub(crate) path: String,
}

/// What becomes of a handle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) small_reads: Option<Witness>,
    pub(crate) small_writes: Option<Witness>,
    /// Something puts a buffer of its own round it.
    pub(crate) buffers: Option<Hop>,
    /// It gets flushed or finished.
    pub(crate) flushed: bool,
    /// It is kept: stored, returned, given to something unknown.
    pub(crate) kept: bool,
    pub(crate) read: bool,
    /// It is written to at all.
    pub(crate) written: bool,
    pub(crate) sought: bool,
}

impl Usage {
    pub(crate) fn witnesses(&self) -> impl Iterator<Item = (Direction, &Witness)> {
        let reads = self
            .small_reads
            .iter()
            .map(|witness| (Direction::Read, witness));
        reads.chain(
            self.small_writes
                .iter()
                .map(|witness| (Direction::Write, witness)),
        )
    }

    fn slot(&mut self, direction: Direction) -> &mut Option<Witness> {
        match direction {
            Direction::Read => &mut self.small_reads,
            Direction::Write => &mut self.small_writes,
        }
    }

    pub(super) fn add(&mut self, direction: Direction, witness: Witness) {
        let slot = self.slot(direction);
        let Some(known) = slot else {
            *slot = Some(witness);
            return;
        };
        let weight = known.weight.plus(witness.weight);
        let looped = known.looped || witness.looped;
        let mut events = std::mem::take(&mut known.events);
        events.extend(&witness.events);
        events.truncate(32);
        // The telling one stands: serde before loops before single operations, small pieces before unknown ones.
        let rank = |one: &Witness| {
            (
                one.serde.is_some(),
                !one.chunks && one.weight.is_many(),
                one.weight.is_many(),
                !one.chunks,
            )
        };
        if rank(&witness) > rank(known) {
            *known = witness;
        }
        known.weight = weight;
        known.looped = looped;
        known.events = events;
        // Sums only grow: bound them, so that recursion comes to rest.
        if let Weight::Times(times) = known.weight
            && times > 1000
        {
            known.weight = Weight::Many;
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for direction in [Direction::Read, Direction::Write] {
            let mut other = other.clone();
            if let Some(witness) = other.slot(direction).take() {
                self.add(direction, witness);
            }
        }
        self.buffers = self.buffers.take().or(other.buffers);
        self.flushed |= other.flushed;
        self.kept |= other.kept;
        self.read |= other.read;
        self.written |= other.written;
        self.sought |= other.sought;
    }
}
