//! What is known of all functions before anything is judged, and what the source of dependencies adds to it.

use std::sync::PoisonError;

use crate::effects::Effects;
use crate::flow::{Flows, TypeAnswers};
use crate::index::Index;
use crate::outcome::Analysis;
use crate::summaries::{self, Summary};
use crate::usage::{Usages, Witness};

/// What is known of all functions, before anything is judged.
pub(crate) struct Facts<'a> {
    pub(crate) index: &'a Index,
    pub(crate) effects: &'a Effects,
    pub(crate) flows: Flows,
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

    pub(crate) fn silent(&self, flows: &Flows) -> Vec<String> {
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
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let flows = rounds.walk(index, &self.effects, answers);
        let usages = Usages::compute(index, &self.effects, &flows);
        Facts {
            index,
            effects: &self.effects,
            flows,
            usages,
        }
    }
}
