//! Who calls whom, and what follows for the callers.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::{Event, EventKind, Flow, Flows, OriginId, OriginKind};
use crate::index::{FunctionId, Index};
use crate::syntax::TextRange;
use crate::types::Handle;

use super::Place;

/// The way from a loop to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heat {
    /// Calls between the loop and the function, this one included.
    pub(crate) depth: u32,
    /// Who calls it on that way, and where.
    pub(crate) caller: FunctionId,
    pub(crate) call: TextRange,
}

/// The functions that run once for each turn of a loop, each with the shortest way. What only tests repeat does not count.
pub(super) fn hot_functions(index: &Index, flows: &Flows) -> FxHashMap<FunctionId, Heat> {
    let mut hot: FxHashMap<FunctionId, Heat> = FxHashMap::default();
    let mut waiting: VecDeque<(FunctionId, Heat)> = VecDeque::new();
    let callers = index.function_ids().filter(|id| !index.is_test(*id));
    for (caller, flow) in callers.filter_map(|id| Some((id, flows.get(&id)?))) {
        let repeated = flow
            .calls
            .iter()
            .filter(|call| flow.repeats(&call.loops, &[]));
        let heat = |call: TextRange| Heat {
            depth: 1,
            caller,
            call,
        };
        waiting.extend(repeated.map(|call| (call.callee, heat(call.range))));
    }
    while let Some((id, heat)) = waiting.pop_front() {
        if hot.contains_key(&id) {
            continue;
        }
        hot.insert(id, heat);
        let calls = flows.get(&id).into_iter().flat_map(|flow| &flow.calls);
        waiting.extend(calls.map(|call| {
            let further = Heat {
                depth: heat.depth + 1,
                caller: id,
                call: call.range,
            };
            (call.callee, further)
        }));
    }
    hot
}

/// What is stored into each field, and by whom.
pub(super) fn stores(
    index: &Index,
    flows: &Flows,
) -> FxHashMap<Place, Vec<(FunctionId, Vec<OriginId>)>> {
    let mut stores: FxHashMap<Place, Vec<(FunctionId, Vec<OriginId>)>> = FxHashMap::default();
    for id in index.function_ids() {
        for event in flows.get(&id).into_iter().flat_map(|flow| &flow.events) {
            if let EventKind::Stored { of, field } = &event.kind {
                stores
                    .entry(Place::Field(*of, field.clone()))
                    .or_default()
                    .push((id, event.origins.clone()));
            }
        }
    }
    stores
}

/// The handles that stand for each parameter and field.
pub(super) fn handles(
    index: &Index,
    flows: &Flows,
) -> FxHashMap<Place, Vec<(FunctionId, OriginId)>> {
    let mut handles: FxHashMap<Place, Vec<(FunctionId, OriginId)>> = FxHashMap::default();
    for id in index.function_ids() {
        let Some(flow) = flows.get(&id) else { continue };
        for origin in flow.ids() {
            let place = match &flow.origin(origin).kind {
                OriginKind::Parameter(position) => Place::Parameter(id, *position),
                OriginKind::Field { of, name } => Place::Field(*of, name.clone()),
                _ => continue,
            };
            handles.entry(place).or_default().push((id, origin));
        }
    }
    handles
}

/// Where each function is called: by which, and the position among its calls.
pub(super) fn calls(flows: &Flows) -> FxHashMap<FunctionId, Vec<(FunctionId, usize)>> {
    let mut all: FxHashMap<FunctionId, Vec<(FunctionId, usize)>> = FxHashMap::default();
    for (caller, flow) in flows.iter() {
        for (position, call) in flow.calls.iter().enumerate() {
            all.entry(call.callee)
                .or_default()
                .push((*caller, position));
        }
    }
    all
}

/// The place on which it depends what an event does to its handle.
pub(crate) fn asked(event: &Event) -> Option<Place> {
    match &event.kind {
        EventKind::Argument {
            callee, parameter, ..
        } => Some(Place::Parameter(*callee, *parameter)),
        EventKind::Stored { of, field } => Some(Place::Field(*of, field.clone())),
        _ => None,
    }
}

pub(super) type Callers = FxHashMap<(FunctionId, usize), Vec<(FunctionId, Vec<OriginId>)>>;

pub(super) fn callers(index: &Index, flows: &Flows) -> Callers {
    let mut callers = Callers::default();
    for id in index.function_ids() {
        for event in flows.get(&id).into_iter().flat_map(|flow| &flow.events) {
            if let EventKind::Argument {
                callee, parameter, ..
            } = &event.kind
            {
                callers
                    .entry((*callee, *parameter))
                    .or_default()
                    .push((id, event.origins.clone()));
            }
        }
    }
    callers
}

pub(super) fn prints(flow: &Flow) -> bool {
    let to_stdout = |origin: &crate::flow::Origin| origin.ty.handle() == Handle::Stdout;
    !flow.prints.is_empty() || flow.origins.iter().any(to_stdout)
}

/// The functions of which something is true, and all that call them.
pub(super) fn callers_of(flows: &Flows, is_true: impl Fn(&Flow) -> bool) -> FxHashSet<FunctionId> {
    let mut found: FxHashSet<FunctionId> = flows
        .iter()
        .filter(|(_, flow)| is_true(flow))
        .map(|(id, _)| *id)
        .collect();
    loop {
        let before = found.len();
        for (id, flow) in flows.iter() {
            if flow.calls.iter().any(|call| found.contains(&call.callee)) {
                found.insert(*id);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}
