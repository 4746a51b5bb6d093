//! What is known of all functions before anything is judged, and what the source of dependencies adds to it.

use rustc_hash::FxHashMap;

use crate::effects::Effects;
use crate::flow::{self, EventKind, Flow, Kept, Returns, TypeAnswers, World};
use crate::index::{FunctionId, Index, TypeId};
use crate::outcome::Analysis;
use crate::summaries::{self, Summary};
use crate::types::Ty;
use crate::usage::{Usages, Witness};
use crate::workspace;

/// Walks over all functions until what calls return is known; longer chains of wrappers stay unknown.
const ROUNDS: usize = 3;

/// What is known of all functions, before anything is judged.
pub(crate) struct Facts<'a> {
    pub(crate) index: &'a Index,
    pub(crate) effects: &'a Effects,
    pub(crate) flows: FxHashMap<FunctionId, Flow>,
    pub(crate) usages: Usages,
}

impl Analysis {
    /// Adds what the source of a dependency says about it.
    pub fn learn(&mut self, krate: &str, version: &str, summary: &Summary) {
        self.effects.learn(krate, version, summary);
    }

    /// What the functions of the first crate do with what they are given, and the crates whose source would say more.
    #[must_use]
    pub fn summary(&self) -> (Summary, Vec<String>) {
        self.pool.install(|| {
            let facts = self.facts(&TypeAnswers::default());
            let place_of = |witness: &Witness| {
                let hop = witness.chain.last()?;
                let file = self.loaded.sources.file(hop.file);
                let before = file.text.get(..hop.range.start as usize)?;
                let line = 1 + before.matches('\n').count();
                Some(format!("{}:{line}", file.path))
            };
            let root = facts.index.crates.first().map(|first| first.root);
            let summary = root.map(|root| summaries::of(&facts, root, &place_of));
            (summary.unwrap_or_default(), self.silent(&facts.flows))
        })
    }

    pub(crate) fn silent(&self, flows: &FxHashMap<FunctionId, Flow>) -> Vec<String> {
        let paths = flows.values().flat_map(|flow| &flow.silent);
        let mut crates: Vec<String> = paths
            .filter_map(|path| self.effects.who_knows(path))
            .collect();
        crates.sort();
        crates.dedup();
        crates
    }

    pub(crate) fn facts(&self, answers: &TypeAnswers) -> Facts<'_> {
        let index = &self.loaded.index;
        let ids: Vec<FunctionId> = index.function_ids().collect();
        let mut returns: FxHashMap<FunctionId, Returns> = FxHashMap::default();
        let mut fields: FxHashMap<(TypeId, String), Ty> = FxHashMap::default();
        let mut kept = Kept::default();
        let mut flows: FxHashMap<FunctionId, Flow> = FxHashMap::default();
        for _ in 0..ROUNDS {
            let world = World {
                index,
                effects: &self.effects,
                answers,
                returns: &returns,
                fields: &fields,
                kept: &kept,
            };
            let walked = workspace::in_parallel(ids.clone(), |id| (id, flow::evaluate(world, id)));
            flows = walked.into_iter().collect();
            let known: FxHashMap<_, _> = flows
                .iter()
                .map(|(id, flow)| (*id, flow.returns.clone()))
                .collect();
            let stored = stored_types(&ids, &flows);
            let mut lists = Kept::default();
            for id in &ids {
                lists.add(&flows[id].kept);
            }
            let settled = known == returns && stored == fields && lists == kept;
            (returns, fields, kept) = (known, stored, lists);
            if settled {
                break;
            }
        }
        let usages = Usages::compute(index, &self.effects, &flows);
        Facts {
            index,
            effects: &self.effects,
            flows,
            usages,
        }
    }
}

/// The types of the values that are stored in each field.
fn stored_types(
    ids: &[FunctionId],
    flows: &FxHashMap<FunctionId, Flow>,
) -> FxHashMap<(TypeId, String), Ty> {
    let mut types: FxHashMap<(TypeId, String), Ty> = FxHashMap::default();
    for id in ids {
        let Some(flow) = flows.get(id) else { continue };
        for event in &flow.events {
            let EventKind::Stored { of, field } = &event.kind else {
                continue;
            };
            for origin in &event.origins {
                let ty = &flow.origin(*origin).ty;
                if ty.handle() == crate::types::Handle::Other || matches!(ty, Ty::Abstract(_)) {
                    continue;
                }
                let known = types.entry((*of, field.clone())).or_default();
                *known = std::mem::take(known).or(ty.clone());
            }
        }
    }
    types
}
