//! What becomes of a parameter or a field, over all the functions it passes through: a fixed point over the workspace.

mod alone;
mod blocking;
mod events;
mod graph;
mod witness;

pub(crate) use alone::Alone;
pub(crate) use blocking::{Blocking, is_async, weight};
use graph::{Callers, callers, callers_of, calls, handles, hot_functions, prints, stores};
pub(crate) use graph::{Heat, asked};
use rustc_hash::{FxHashMap, FxHashSet};
pub(crate) use witness::{Hop, HopKind, Serde, Usage, Weight, Witness};

use crate::effects::Effects;
use crate::flow::{ActKind, Flows, OriginId, OriginKind};
use crate::index::{FunctionId, Index, TypeId};
use crate::types::Ty;

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
}
