//! What becomes of a parameter or a field, over all the functions it passes through: a fixed point over the workspace.

mod alone;
mod blocking;
mod graph;

pub(crate) use alone::Alone;
pub(crate) use blocking::{Blocking, is_async, weight};
use graph::{Callers, callers, callers_of, calls, handles, hot_functions, prints, stores};
pub(crate) use graph::{Heat, asked};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::effects::{EffectDirection, Effects, Usage as Row};
use crate::flow::{
    ActKind, Amount, Direction, Event, EventKind, FEW, Flow, Flows, OriginId, OriginKind,
};
use crate::index::{FunctionId, Index, TypeId};
use crate::syntax::TextRange;
use crate::types::Ty;

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

/// What repeats an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeated {
    No,
    /// A loop calls the function in which it stands.
    Called,
    /// A loop around it.
    Looped,
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

/// A handle that outlives one function's walk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Parameter(FunctionId, usize),
    Field(TypeId, String),
}

#[derive(Debug, Default)]
pub(crate) struct Usages {
    of: FxHashMap<Place, Usage>,
    hot: FxHashMap<FunctionId, Heat>,
    printing: FxHashSet<FunctionId>,
    acting: FxHashSet<FunctionId>,
    meeting: FxHashSet<FunctionId>,
    syncing: FxHashSet<FunctionId>,
    callers: Callers,
    calls: FxHashMap<FunctionId, Vec<(FunctionId, usize)>>,
    handles: FxHashMap<Place, Vec<(FunctionId, OriginId)>>,
    stores: FxHashMap<Place, Vec<(FunctionId, Vec<OriginId>)>>,
    blocking: Blocking,
}

/// So many parameters and fields are looked behind for the handle that one of them holds.
const MOST_PLACES: usize = 64;

fn is_open(ty: &Ty) -> bool {
    matches!(ty, Ty::Abstract(_) | Ty::Unknown)
}

impl Usages {
    pub(crate) fn of(&self, place: &Place) -> Option<&Usage> {
        self.of.get(place)
    }

    /// Which functions make the thread that calls them wait.
    pub(crate) fn blocking(&self) -> &Blocking {
        &self.blocking
    }

    /// Whether a function is called from a loop, at any depth.
    pub(crate) fn is_hot(&self, id: FunctionId) -> bool {
        self.hot.contains_key(&id)
    }

    /// The shortest way from a loop to a function that it calls.
    pub(crate) fn heat(&self, id: FunctionId) -> Option<Heat> {
        self.hot.get(&id).copied()
    }

    /// Where handles come from that a field holds, or a parameter whose type leaves it open; the code of tests left out.
    pub(crate) fn given(&self, index: &Index, flows: &Flows, place: &Place) -> Vec<Ty> {
        let mut found = Vec::new();
        let mut seen: FxHashSet<Place> = FxHashSet::default();
        let mut waiting = vec![place.clone()];
        while let Some(place) = waiting.pop() {
            if seen.len() > MOST_PLACES || !seen.insert(place.clone()) {
                continue;
            }
            let sources = match &place {
                Place::Parameter(id, position) => self.callers(*id, *position),
                Place::Field(..) => self.stores.get(&place).map_or(&[][..], Vec::as_slice),
            };
            for (id, origins) in sources {
                if index.is_test(*id) {
                    continue;
                }
                let Some(flow) = flows.get(id) else { continue };
                for origin in origins.iter().map(|origin| flow.origin(*origin)) {
                    match &origin.kind {
                        OriginKind::Parameter(position) if is_open(&origin.ty) => {
                            waiting.push(Place::Parameter(*id, *position));
                        }
                        OriginKind::Field { of, name } if is_open(&origin.ty) => {
                            waiting.push(Place::Field(*of, name.clone()));
                        }
                        _ => found.push(origin.ty.clone()),
                    }
                }
            }
        }
        found
    }

    /// Whether a function prints to the standard output, at any depth.
    pub(crate) fn prints(&self, id: FunctionId) -> bool {
        self.printing.contains(&id)
    }

    /// Whether a function touches files by path, processes or threads, at any depth.
    pub(crate) fn acts(&self, id: FunctionId) -> bool {
        self.acting.contains(&id)
    }

    /// Whether a function may change files, write where others write, end the process or let others run, at any depth.
    pub(crate) fn meets_others(&self, id: FunctionId) -> bool {
        self.meeting.contains(&id)
    }

    /// Whether a function waits for a file's bytes to be stored, at any depth.
    pub(crate) fn syncs(&self, id: FunctionId) -> bool {
        self.syncing.contains(&id)
    }

    /// The functions that hand a handle to a parameter, in order, each with the handles.
    pub(crate) fn callers(
        &self,
        id: FunctionId,
        parameter: usize,
    ) -> &[(FunctionId, Vec<OriginId>)] {
        self.callers
            .get(&(id, parameter))
            .map_or(&[], Vec::as_slice)
    }

    /// Where a function is called: by which, in order, and the position among its calls.
    pub(crate) fn calls_of(&self, id: FunctionId) -> &[(FunctionId, usize)] {
        self.calls.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The handles that stand for a parameter or a field, in the order of the functions.
    pub(crate) fn handles_of(&self, place: &Place) -> &[(FunctionId, OriginId)] {
        self.handles.get(place).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn compute(index: &Index, effects: &Effects, flows: &Flows) -> Self {
        let mut usages = Self {
            of: FxHashMap::default(),
            hot: hot_functions(index, flows),
            printing: callers_of(flows, prints),
            acting: callers_of(flows, |flow| !flow.acts.is_empty()),
            meeting: callers_of(flows, |flow| {
                flow.acts.iter().any(|act| act.kind == ActKind::Others)
            }),
            syncing: callers_of(flows, |flow| !flow.syncs.is_empty()),
            callers: callers(index, flows),
            calls: calls(flows),
            handles: FxHashMap::default(),
            stores: stores(index, flows),
            blocking: Blocking::compute(index, flows),
        };
        let handles = handles(index, flows);
        let mut askers: FxHashMap<Place, Vec<&Place>> = FxHashMap::default();
        for (place, handles) in &handles {
            for (id, origin) in handles {
                for asked in flows[id].events_on(*origin).filter_map(asked) {
                    askers.entry(asked).or_default().push(place);
                }
            }
        }
        // Each round carries what is known one call further; deeper chains than this are not followed.
        let mut waiting: FxHashSet<&Place> = handles.keys().collect();
        for _ in 0..12 {
            let usage_of = |place: &Place| {
                let mut usage = Usage::default();
                for (id, origin) in &handles[place] {
                    usage.merge(usages.usage(index, effects, *id, &flows[id], *origin));
                }
                usage
            };
            let found: Vec<(&Place, Usage)> = waiting
                .drain()
                .map(|place| (place, usage_of(place)))
                .filter(|(place, usage)| usages.of.get(place) != Some(usage))
                .collect();
            for (place, usage) in found {
                waiting.extend(askers.get(place).into_iter().flatten());
                usages.of.insert(place.clone(), usage);
            }
        }
        usages.handles = handles;
        usages
    }

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
        let file = index.file_of(id);
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
            self.event(index, effects, flow, event, file, repeated, &mut usage);
        }
        usage
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a fold over events")]
    fn event(
        &self,
        index: &Index,
        effects: &Effects,
        flow: &Flow,
        event: &Event,
        file: model::FileId,
        repeated: Repeated,
        usage: &mut Usage,
    ) {
        let hop = |kind: HopKind, note: String| Hop {
            file,
            range: event.range,
            note,
            kind,
        };
        let looped = repeated == Repeated::Looped;
        let weight = match repeated {
            Repeated::No => Weight::Times(event.times),
            Repeated::Called | Repeated::Looped => Weight::Many,
        };
        match &event.kind {
            EventKind::Transfer {
                direction,
                amount,
                how,
            } => {
                usage.read |= *direction == Direction::Read;
                usage.written |= *direction == Direction::Write;
                let chunks = *amount == Amount::Chunk;
                let counts = amount.is_small()
                    || (chunks && *direction == Direction::Write && how != "write");
                if counts {
                    let every = how == "bytes";
                    let weight = if every { Weight::Many } else { weight };
                    let note = match direction {
                        Direction::Read => format!("`{how}` reads a small piece here"),
                        Direction::Write => format!("`{how}` writes a small piece here"),
                    };
                    let chain = vec![hop(HopKind::Operation, note)];
                    let events = vec![event.range];
                    usage.add(
                        *direction,
                        Witness {
                            weight,
                            looped: looped || every,
                            chunks,
                            piece: amount.piece(),
                            serde: None,
                            chain,
                            events,
                        },
                    );
                }
            }
            EventKind::Flush | EventKind::Finish { .. } => usage.flushed = true,
            EventKind::Seek { .. } => usage.sought = true,
            EventKind::Argument {
                callee,
                parameter,
                by_value,
            } => {
                let inner = self.of(&Place::Parameter(*callee, *parameter));
                let Some(inner) = inner else {
                    usage.kept |= *by_value;
                    return;
                };
                let name = &index.function(*callee).function.name;
                usage.flushed |= inner.flushed;
                usage.kept |= inner.kept && *by_value;
                usage.read |= inner.read;
                usage.written |= inner.written;
                usage.sought |= inner.sought;
                if let Some(buffers) = &inner.buffers {
                    usage.buffers.get_or_insert_with(|| buffers.clone());
                }
                for (direction, witness) in inner.witnesses() {
                    let mut chain = vec![hop(
                        HopKind::Call,
                        format!("`{name}` is given the handle here"),
                    )];
                    chain.extend(witness.chain.iter().take(6).cloned());
                    let weight = match repeated {
                        Repeated::No => witness.weight,
                        Repeated::Called | Repeated::Looped => Weight::Many,
                    };
                    let events = vec![event.range];
                    usage.add(
                        direction,
                        Witness {
                            weight,
                            chain,
                            events,
                            ..witness.clone()
                        },
                    );
                }
            }
            EventKind::Effect { row, .. } => {
                let effect = effects.row(*row);
                let reads = effect.direction != EffectDirection::Write;
                let writes = effect.direction != EffectDirection::Read;
                usage.written |= writes;
                match effect.usage {
                    Row::Small | Row::Seeks => {
                        let kind = match effect.proof {
                            Some(_) => HopKind::Call,
                            None => HopKind::Table,
                        };
                        let chain = vec![hop(kind, effect.in_small_pieces())];
                        let serde = effect.serde.then(|| Serde {
                            krate: effect.krate.clone(),
                            path: effect.path.clone(),
                        });
                        let events = vec![event.range];
                        let witness = Witness {
                            weight: Weight::Many,
                            looped: true,
                            chunks: false,
                            piece: None,
                            serde,
                            chain,
                            events,
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
                        usage.buffers.get_or_insert(hop(HopKind::Table, note));
                    }
                    Row::Bulk | Row::Lines => {}
                }
                usage.kept |= effect.is_wrapper();
            }
            EventKind::Buffered { by, .. } => {
                // Flushing the buffer flushes what is below it.
                let ends = |event: &Event| {
                    matches!(event.kind, EventKind::Flush | EventKind::Finish { .. })
                };
                usage.flushed |= flow.events_on(*by).any(ends);
                usage
                    .buffers
                    .get_or_insert(hop(HopKind::Operation, "it gets a buffer here".to_owned()));
            }
            EventKind::Stored { of, field } => {
                usage.kept = true;
                let Some(inner) = self.of(&Place::Field(*of, field.clone())) else {
                    return;
                };
                usage.flushed |= inner.flushed;
                usage.written |= inner.written;
                if let Some(buffers) = &inner.buffers {
                    usage.buffers.get_or_insert_with(|| buffers.clone());
                }
                for (direction, witness) in inner.witnesses() {
                    let mut chain = vec![hop(
                        HopKind::Field,
                        format!("it is kept in `{}.{field}`", index.type_data(*of).name),
                    )];
                    chain.extend(witness.chain.iter().take(6).cloned());
                    let events = vec![event.range];
                    usage.add(
                        direction,
                        Witness {
                            chain,
                            events,
                            ..witness.clone()
                        },
                    );
                }
            }
            EventKind::Returned => usage.kept = true,
            EventKind::Escape { by_value, .. } => usage.kept |= *by_value,
            EventKind::Sync
            | EventKind::Query { .. }
            | EventKind::Method { .. }
            | EventKind::Dropped
            | EventKind::Mentioned => {}
        }
    }
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

    fn add(&mut self, direction: Direction, witness: Witness) {
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

    fn merge(&mut self, other: Self) {
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
