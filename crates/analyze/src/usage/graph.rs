//! Who calls whom, and what follows for the callers.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::{EventKind, Flow, OriginId};
use crate::index::{FunctionId, Index};
use crate::types::Handle;

pub(super) fn hot_functions(flows: &FxHashMap<FunctionId, Flow>) -> FxHashSet<FunctionId> {
    let mut hot = FxHashSet::default();
    let mut waiting: Vec<FunctionId> = Vec::new();
    for flow in flows.values() {
        let repeated = flow
            .calls
            .iter()
            .filter(|call| flow.repeats(&call.loops, &[]));
        waiting.extend(repeated.map(|call| call.callee));
    }
    while let Some(id) = waiting.pop() {
        if hot.insert(id) {
            waiting.extend(
                flows
                    .get(&id)
                    .into_iter()
                    .flat_map(|flow| flow.calls.iter().map(|call| call.callee)),
            );
        }
    }
    hot
}

pub(super) type Callers = FxHashMap<(FunctionId, usize), Vec<(FunctionId, Vec<OriginId>)>>;

pub(super) fn callers(index: &Index, flows: &FxHashMap<FunctionId, Flow>) -> Callers {
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
pub(super) fn callers_of(
    flows: &FxHashMap<FunctionId, Flow>,
    is_true: impl Fn(&Flow) -> bool,
) -> FxHashSet<FunctionId> {
    let mut found: FxHashSet<FunctionId> = flows
        .iter()
        .filter(|(_, flow)| is_true(flow))
        .map(|(id, _)| *id)
        .collect();
    loop {
        let before = found.len();
        for (id, flow) in flows {
            if flow.calls.iter().any(|call| found.contains(&call.callee)) {
                found.insert(*id);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}
