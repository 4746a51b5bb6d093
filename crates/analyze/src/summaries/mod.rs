//! What the functions of a dependency do with a reader or writer that they are given, as its own source says.
//!
//! A function is in the summary only where everything that decides is seen: what passes through code that cannot be
//! followed is left out, as if there were no source.

mod agreement;
mod reach;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::effects::{EffectDirection, Usage};
use crate::facts::Facts;
use crate::flow::Direction;
use crate::index::{Exported, FunctionId, Index, ModuleId};

use crate::types::{Handle, Ty};
use crate::usage::{HopKind, Place, Weight, Witness};
pub use agreement::Agreement;
use reach::Reach;

/// One function of a dependency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Below the crate's root.
    pub(crate) path: String,
    /// It has a receiver, which is not counted.
    pub(crate) is_method: bool,
    /// Which argument is the reader or writer.
    pub(crate) argument: usize,
    pub(crate) direction: EffectDirection,
    pub(crate) usage: Usage,
    /// The result holds the handle.
    pub(crate) wrapper: bool,
    /// File and line of an operation on a small piece.
    pub(crate) place: Option<String>,
}

impl Row {
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let facts = |row: &Self| {
            (
                row.is_method,
                row.argument,
                row.direction,
                row.usage,
                row.wrapper,
            )
        };
        self.path == other.path && facts(self) == facts(other)
    }
}

/// What a dependency does with what it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub(crate) rows: Vec<Row>,
    /// What it exports of other crates: the path below its own root, and the full path there.
    pub(crate) forwards: Vec<(String, String)>,
}

impl Summary {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.forwards.is_empty()
    }

    /// A line for each function, in order of path.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |row: &Row| {
            let Row {
                path,
                argument,
                direction,
                usage,
                wrapper,
                ..
            } = row;
            let wrapper = if *wrapper { ", kept" } else { "" };
            format!("{path} {argument}: {direction:?} {usage:?}{wrapper}")
        };
        self.rows.iter().map(line).collect()
    }
}

/// Summarises the crate below a module.
pub(crate) fn of(
    facts: &Facts<'_>,
    root: ModuleId,
    place_of: &dyn Fn(&Witness) -> Option<String>,
) -> Summary {
    let mut summary = Summary::default();
    let reach = Reach::new(facts);
    let mut known: FxHashMap<FunctionId, Option<Row>> = FxHashMap::default();
    for (path, exported) in facts.index.exports(root) {
        let id = match exported {
            Exported::Function(id) => id,
            Exported::Elsewhere(to) => {
                summary.forwards.push((path, to));
                continue;
            }
        };
        let row = known
            .entry(id)
            .or_insert_with(|| function(facts, &reach, id, place_of));
        summary
            .rows
            .extend(row.clone().map(|row| Row { path, ..row }));
    }
    summary.rows.sort();
    summary
}

/// What one function does with its readers and writers; of several that one which it works on in small pieces.
fn function(
    facts: &Facts<'_>,
    reach: &Reach<'_>,
    id: FunctionId,
    place_of: &dyn Fn(&Witness) -> Option<String>,
) -> Option<Row> {
    let data = facts.index.function(id);
    let function = &data.function;
    let offered = function.is_public && !facts.index.is_test(id) && !function.is_async;
    if !offered || facts.index.is_elsewhere(id) {
        return None;
    }
    let positions = 0..function.parameters.len();
    let mut rows: Vec<Row> = positions
        .filter_map(|position| parameter(facts, reach, id, position, place_of))
        .collect();
    rows.sort_by_key(|row| !matches!(row.usage, Usage::Small | Usage::Seeks));
    let small = matches!(rows.first()?.usage, Usage::Small | Usage::Seeks);
    (small || rows.len() == 1).then(|| rows.swap_remove(0))
}

fn parameter(
    facts: &Facts<'_>,
    reach: &Reach<'_>,
    id: FunctionId,
    position: usize,
    place_of: &dyn Fn(&Witness) -> Option<String>,
) -> Option<Row> {
    let direction = taken(facts.index, id, position)?;
    let place = Place::Parameter(id, position);
    let seen = reach.of(&place);
    let returns_own = returns_own(facts.index, id);
    // What is put elsewhere outlives the call, and nobody knows how long.
    if seen.stored && !returns_own {
        return None;
    }
    let usage = facts.usages.of(&place)?;
    let wanted = match direction {
        EffectDirection::Write => Direction::Write,
        _ => Direction::Read,
    };
    let mut witnesses = usage.witnesses();
    let witness = witnesses
        .find(|(direction, witness)| *direction == wanted && is_proof(witness))
        .map(|(_, witness)| witness);
    // What one branch buffers, another may not: which one is taken is not seen.
    if witness.is_some() && (seen.has_blocks() || seen.buffered) {
        return None;
    }
    let judged = if witness.is_some() {
        if usage.sought || seen.sought {
            Usage::Seeks
        } else {
            Usage::Small
        }
    } else if seen.opaque || seen.handed_back {
        return None;
    } else if seen.buffered && !seen.moved {
        Usage::Buffers
    } else if seen.moved && !seen.buffered && !seen.small && !seen.stored {
        // What is kept may be used in ways that are not seen.
        Usage::Bulk
    } else {
        return None;
    };
    Some(Row {
        path: String::new(),
        is_method: facts.index.function(id).function.has_self,
        argument: position,
        direction,
        usage: judged,
        wrapper: seen.stored || seen.wrapped && returns_own,
        place: witness.and_then(place_of),
    })
}

/// Whether small pieces are moved in a loop, or many of them in any case.
fn is_proof(witness: &Witness) -> bool {
    // What is kept is used by calls of which nobody knows whether they are made: their sum proves nothing.
    let kept = witness.chain.iter().any(|hop| hop.kind == HopKind::Field);
    !witness.chunks && (witness.weight == Weight::Many || !kept && witness.weight.is_many())
}

/// The direction of a parameter that takes any reader or any writer.
fn taken(index: &Index, id: FunctionId, position: usize) -> Option<EffectDirection> {
    let data = index.function(id);
    let of = index.self_ty(id);
    let declared = &data.function.parameters.get(position)?.declared;
    let ty = index.ty(data.module, declared, &index.generics_of(id), of.as_ref());
    let Ty::Abstract(bounds) = &ty else {
        return None;
    };
    let names = || bounds.iter().map(|it| it.rsplit("::").next().unwrap_or(it));
    let plain = names().all(|name| {
        matches!(
            name,
            "Read" | "Write" | "Seek" | "Send" | "Sync" | "Sized" | "Debug" | "Unpin"
        )
    });
    let reads = names().any(|name| name == "Read");
    let writes = names().any(|name| name == "Write");
    match (
        plain && matches!(ty.handle(), Handle::Abstract { .. }),
        reads,
        writes,
    ) {
        (true, true, false) => Some(EffectDirection::Read),
        (true, false, true) => Some(EffectDirection::Write),
        _ => None,
    }
}

/// Whether a function hands back a value of a type of its own crate.
fn returns_own(index: &Index, id: FunctionId) -> bool {
    let data = index.function(id);
    let of = index.self_ty(id);
    data.function.returns.as_ref().is_some_and(|returns| {
        let ty = index.ty(data.module, returns, &index.generics_of(id), of.as_ref());
        matches!(ty, Ty::Local(..))
    })
}
