//! The walks of all functions of the workspace.

use std::ops::Index;
use std::sync::Arc;

use super::Flow;
use crate::effects::{Effects, LearnedRows};
use crate::index::{FunctionId, TypeId};

/// A walk is shared by all rounds in which it holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flows {
    /// By the function's number.
    all: Vec<(FunctionId, Arc<Flow>)>,
}

impl Flows {
    /// `all`: one for each function, in order.
    pub(crate) fn new(all: Vec<(FunctionId, Arc<Flow>)>) -> Self {
        Self { all }
    }

    pub(crate) fn get(&self, id: &FunctionId) -> Option<&Flow> {
        self.shared(*id).map(|flow| &**flow)
    }

    pub(crate) fn shared(&self, id: FunctionId) -> Option<&Arc<Flow>> {
        self.all.get(id.0 as usize).map(|(_, flow)| flow)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FunctionId, &Flow)> {
        self.all.iter().map(|(id, flow)| (id, &**flow))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Flow> {
        self.all.iter().map(|(_, flow)| &**flow)
    }
}

impl Index<&FunctionId> for Flows {
    type Output = Flow;

    fn index(&self, id: &FunctionId) -> &Flow {
        &self.all[id.0 as usize].1
    }
}

/// What a walk was told about the rest of the workspace and about dependencies, besides what its calls yield.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// The fields whose declared type says little.
    pub(crate) fields: Vec<(TypeId, String)>,
    /// The types with lists in their fields.
    pub(crate) lists: Vec<TypeId>,
    /// What the source of dependencies said about paths.
    pub(super) rows: Vec<(String, LearnedRows)>,
}

impl Asked {
    /// Whether the source of dependencies still says the same.
    pub(crate) fn is_up_to_date(&self, effects: &Effects) -> bool {
        let mut rows = self.rows.iter();
        rows.all(|(path, rows)| effects.learned(path) == *rows)
    }
}
