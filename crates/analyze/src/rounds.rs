//! Walks over all functions, until what calls yield and fields hold is known.

use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::effects::Effects;
use crate::flow::{self, EventKind, Flow, Flows, Kept, Returns, TypeAnswers, World};
use crate::index::{FunctionId, Index, TypeId};
use crate::types::{Handle, Ty};

/// Longer chains of wrappers stay unknown.
const MOST_ROUNDS: usize = 3;

/// What a round of walks says to the next.
#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    /// What those calls yield that yield anything.
    returns: FxHashMap<FunctionId, Returns>,
    /// The types of the values that are stored in each field.
    fields: FxHashMap<(TypeId, String), Ty>,
    /// The lists that hold paths of directory entries.
    kept: Kept,
}

#[derive(Debug)]
struct Round {
    /// What its walks were told.
    told: Arc<Known>,
    flows: Flows,
}

/// The rounds of a run, kept for the next one: what a dependency's source says changes few walks.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    answers: TypeAnswers,
    all: Vec<Round>,
}

impl Rounds {
    /// What walks over all functions find. A function is walked again only if something has changed that its walk asked for.
    pub(crate) fn walk(
        &mut self,
        index: &Index,
        effects: &Effects,
        answers: &TypeAnswers,
    ) -> Flows {
        let mut earlier = std::mem::take(&mut self.all);
        if self.answers != *answers {
            self.answers.clone_from(answers);
            earlier.clear();
        }
        let mut told = Arc::new(Known::default());
        loop {
            let same_round = earlier.get(self.all.len());
            let before = same_round.or(self.all.last());
            let changed = before.map(|before| Changed::between(&before.told, &told));
            let holds = |id: FunctionId, flow: &&Arc<Flow>| {
                let changed = changed.as_ref().expect("there are walks to keep");
                !changed.concerns(id, flow)
                    && (same_round.is_none() || flow.asked.is_up_to_date(effects))
            };
            let world = World {
                index,
                effects,
                answers,
                returns: &told.returns,
                fields: &told.fields,
                kept: &told.kept,
            };
            let walk = |id: FunctionId| {
                let known = before.and_then(|before| before.flows.shared(id));
                let flow = known.filter(|flow| holds(id, flow)).cloned();
                (
                    id,
                    flow.unwrap_or_else(|| Arc::new(flow::evaluate(world, id))),
                )
            };
            let ids: Vec<FunctionId> = index.function_ids().collect();
            let flows = Flows::new(ids.into_par_iter().map(walk).collect());
            let known = Known::from(&flows);
            let settled = known == *told || self.all.len() + 1 == MOST_ROUNDS;
            let round = Round {
                told: std::mem::replace(&mut told, Arc::new(known)),
                flows,
            };
            self.all.push(round);
            if settled {
                return self
                    .all
                    .last()
                    .map(|last| last.flows.clone())
                    .unwrap_or_default();
            }
        }
    }
}

impl Known {
    fn from(flows: &Flows) -> Self {
        let nothing = Returns::default();
        let mut known = Self::default();
        for (id, flow) in flows.iter() {
            if flow.returns != nothing {
                known.returns.insert(*id, flow.returns.clone());
            }
            known.kept.add(&flow.kept);
            for event in &flow.events {
                let EventKind::Stored { of, field } = &event.kind else {
                    continue;
                };
                for origin in &event.origins {
                    let ty = &flow.origin(*origin).ty;
                    if ty.handle() == Handle::Other || matches!(ty, Ty::Abstract(_)) {
                        continue;
                    }
                    let stored = known.fields.entry((*of, field.clone())).or_default();
                    *stored = std::mem::take(stored).or(ty.clone());
                }
            }
        }
        known
    }
}

/// What differs between what two rounds were told.
struct Changed {
    returns: FxHashSet<FunctionId>,
    fields: FxHashSet<(TypeId, String)>,
    /// Whose variables, and fields of which types, hold other lists.
    lists: (FxHashSet<FunctionId>, FxHashSet<TypeId>),
}

impl Changed {
    fn between(one: &Known, other: &Known) -> Self {
        let all = one.returns.keys().chain(other.returns.keys());
        let returns = all.filter(|id| one.returns.get(id) != other.returns.get(id));
        let all = one.fields.keys().chain(other.fields.keys());
        let fields = all.filter(|field| one.fields.get(field) != other.fields.get(field));
        Self {
            returns: returns.copied().collect(),
            fields: fields.cloned().collect(),
            lists: one.kept.differences(&other.kept),
        }
    }

    fn concerns(&self, id: FunctionId, flow: &Flow) -> bool {
        let (functions, types) = &self.lists;
        let is_new = |id: &FunctionId| self.returns.contains(id) || functions.contains(id);
        let mut fields = flow.asked.fields.iter();
        functions.contains(&id)
            || flow.calls.iter().any(|call| is_new(&call.callee))
            || fields.any(|field| self.fields.contains(field))
            || flow.asked.lists.iter().any(|of| types.contains(of))
    }
}
