//! What the events on a handle in one function add up to.

use super::{Hop, HopKind, Place, Serde, Usage, Usages, Weight, Witness};
use crate::effects::{EffectDirection, Effects, Usage as Row};
use crate::flow::{Amount, Direction, Event, EventKind, Flow, OriginId, OriginKind};
use crate::index::{FunctionId, Index, TypeId};

/// Steps that a chain takes over from what a handle is given to.
const MOST_HOPS: usize = 6;

impl Usages {
    /// What becomes of one handle of one function.
    pub(crate) fn usage(
        &self,
        index: &Index,
        effects: &Effects,
        id: FunctionId,
        flow: &Flow,
        origin: OriginId,
    ) -> Usage {
        let mut usage = Usage::default();
        let made_in = &flow.origin(origin).loops;
        // A field outlives the call: what a function called from a loop does to it is done many times.
        let outlives =
            matches!(flow.origin(origin).kind, OriginKind::Field { .. }) && self.is_hot(id);
        for event in flow.events_on(origin) {
            let repeated = match flow.repeats(&event.loops, made_in) {
                true => Repeated::Looped,
                false if outlives => Repeated::Called,
                false => Repeated::No,
            };
            // A closure that outlives the call takes the handle with it.
            usage.kept |= event.deferred && !flow.origin(origin).deferred;
            let step = Step {
                usages: self,
                index,
                effects,
                flow,
                file: index.file_of(id),
                event,
                repeated,
            };
            step.add_to(&mut usage);
        }
        usage
    }
}

/// What repeats an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    No,
    /// A loop calls the function in which it stands.
    Called,
    /// A loop around it.
    Looped,
}

impl Repeated {
    /// How often that happens which by itself has this weight.
    fn times(self, once: Weight) -> Weight {
        match self {
            Self::No => once,
            Self::Called | Self::Looped => Weight::Many,
        }
    }
}

/// One event, and all that it takes to see what it adds.
struct Step<'a> {
    usages: &'a Usages,
    index: &'a Index,
    effects: &'a Effects,
    flow: &'a Flow,
    file: model::FileId,
    event: &'a Event,
    repeated: Repeated,
}

impl Step<'_> {
    fn add_to(&self, usage: &mut Usage) {
        match &self.event.kind {
            EventKind::Transfer {
                direction,
                amount,
                how,
            } => self.transfer(usage, *direction, amount, how),
            EventKind::Flush | EventKind::Finish { .. } => usage.flushed = true,
            EventKind::Seek { .. } => usage.sought = true,
            EventKind::Argument {
                callee,
                parameter,
                by_value,
            } => self.argument(usage, *callee, *parameter, *by_value),
            EventKind::Effect { row, .. } => self.effect(usage, *row),
            EventKind::Buffered { by, .. } => self.buffered(usage, *by),
            EventKind::Stored { of, field } => self.stored(usage, *of, field),
            EventKind::Returned => usage.kept = true,
            EventKind::Escape { by_value, .. } => usage.kept |= *by_value,
            EventKind::Sync
            | EventKind::Query { .. }
            | EventKind::Method { .. }
            | EventKind::Dropped
            | EventKind::Mentioned => {}
        }
    }

    fn hop(&self, kind: HopKind, note: String) -> Hop {
        Hop {
            file: self.file,
            range: self.event.range,
            note,
            kind,
        }
    }

    fn transfer(&self, usage: &mut Usage, direction: Direction, amount: &Amount, how: &str) {
        usage.read |= direction == Direction::Read;
        usage.written |= direction == Direction::Write;
        let chunks = *amount == Amount::Chunk;
        let counts =
            amount.is_small() || (chunks && direction == Direction::Write && how != "write");
        if !counts {
            return;
        }
        let every = how == "bytes";
        let weight = match every {
            true => Weight::Many,
            false => self.repeated.times(Weight::Times(self.event.times)),
        };
        let note = match direction {
            Direction::Read => format!("`{how}` reads a small piece here"),
            Direction::Write => format!("`{how}` writes a small piece here"),
        };
        let witness = Witness {
            weight,
            looped: self.repeated == Repeated::Looped || every,
            chunks,
            piece: amount.piece(),
            serde: None,
            chain: vec![self.hop(HopKind::Operation, note)],
            events: vec![self.event.range],
        };
        usage.add(direction, witness);
    }

    fn argument(&self, usage: &mut Usage, callee: FunctionId, parameter: usize, by_value: bool) {
        let Some(inner) = self.usages.of(&Place::Parameter(callee, parameter)) else {
            usage.kept |= by_value;
            return;
        };
        usage.kept |= inner.kept && by_value;
        usage.read |= inner.read;
        usage.sought |= inner.sought;
        let name = &self.index.function(callee).function.name;
        let hop = self.hop(HopKind::Call, format!("`{name}` is given the handle here"));
        self.passed_on(usage, inner, &hop, |weight| self.repeated.times(weight));
    }

    fn stored(&self, usage: &mut Usage, of: TypeId, field: &str) {
        usage.kept = true;
        let Some(inner) = self.usages.of(&Place::Field(of, field.to_owned())) else {
            return;
        };
        let holder = &self.index.type_data(of).name;
        let hop = self.hop(HopKind::Field, format!("it is kept in `{holder}.{field}`"));
        self.passed_on(usage, inner, &hop, |weight| weight);
    }

    /// Adds what becomes of the handle in another place, to which `hop` leads.
    fn passed_on(
        &self,
        usage: &mut Usage,
        inner: &Usage,
        hop: &Hop,
        times: impl Fn(Weight) -> Weight,
    ) {
        usage.flushed |= inner.flushed;
        usage.written |= inner.written;
        if let Some(buffers) = &inner.buffers {
            usage.buffers.get_or_insert_with(|| buffers.clone());
        }
        for (direction, witness) in inner.witnesses() {
            let further = witness.chain.iter().take(MOST_HOPS).cloned();
            let witness = Witness {
                weight: times(witness.weight),
                chain: std::iter::once(hop.clone()).chain(further).collect(),
                events: vec![self.event.range],
                ..witness.clone()
            };
            usage.add(direction, witness);
        }
    }

    fn effect(&self, usage: &mut Usage, row: usize) {
        let effect = self.effects.row(row);
        let reads = effect.direction != EffectDirection::Write;
        let writes = effect.direction != EffectDirection::Read;
        usage.written |= writes;
        match effect.usage {
            Row::Small | Row::Seeks => {
                let kind = match effect.proof {
                    Some(_) => HopKind::Call,
                    None => HopKind::Table,
                };
                let serde = effect.serde.then(|| Serde {
                    krate: effect.krate.clone(),
                    path: effect.path.clone(),
                });
                let witness = Witness {
                    weight: Weight::Many,
                    looped: true,
                    chunks: false,
                    piece: None,
                    serde,
                    chain: vec![self.hop(kind, effect.in_small_pieces())],
                    events: vec![self.event.range],
                };
                if reads {
                    usage.add(Direction::Read, witness.clone());
                }
                if writes {
                    usage.add(Direction::Write, witness);
                }
            }
            Row::Buffers => {
                let note = format!("`{}` has a buffer of its own", effect.name());
                usage.buffers.get_or_insert(self.hop(HopKind::Table, note));
            }
            Row::Bulk | Row::Lines => {}
        }
        usage.kept |= effect.is_wrapper();
    }

    fn buffered(&self, usage: &mut Usage, by: OriginId) {
        // Flushing the buffer flushes what is below it.
        let ends =
            |event: &Event| matches!(event.kind, EventKind::Flush | EventKind::Finish { .. });
        usage.flushed |= self.flow.events_on(by).any(ends);
        let note = "it gets a buffer here".to_owned();
        usage
            .buffers
            .get_or_insert_with(|| self.hop(HopKind::Operation, note));
    }
}
