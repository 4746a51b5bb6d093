//! Async code for which a thread stands by and that nothing else waits beside.

use rustc_hash::{FxHashMap, FxHashSet};

use super::blocking::{Blocking, is_async};
use super::graph::callers_of;
use crate::flow::{Call, Flow, Flows, Stands};
use crate::index::{FunctionId, Index};

/// Why the thread that runs a function has no other task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alone {
    /// It is `main`, or only its own task calls it.
    Main,
    /// Every call ends at a `block_on` of ordinary code, and no other task is started on the way.
    Driven,
}

/// The functions that only such threads run, as far as their callers are known.
pub(super) fn find(
    index: &Index,
    flows: &Flows,
    blocking: &Blocking,
) -> FxHashMap<FunctionId, Alone> {
    let callers = || flows.iter().filter(|(id, _)| !index.is_test(**id));
    let mut search = Search {
        flows,
        others: FxHashMap::default(),
        found: FxHashMap::default(),
    };
    for call in callers().flat_map(|(_, flow)| &flow.calls) {
        *search.others.entry(call.callee).or_default() += 1;
    }
    let main = index.function_ids().filter(|id| is_main(index, *id));
    search.spread(Alone::Main, main.collect(), &|_| true);

    let starting = callers_of(flows, Flow::starts_tasks);
    let polled = polled(flows, index, blocking);
    let may_be = |id: FunctionId| {
        let data = index.function(id);
        data.function.is_async && data.of_trait.is_none() && !index.is_exported(id)
    };
    let drivers = callers().filter(|(id, _)| {
        let ordinary = !is_async(index, **id) && !polled.contains(id);
        ordinary && !starting.contains(id) && !search.found.contains_key(id)
    });
    let driven = drivers.flat_map(|(_, flow)| {
        let driven = |call: &&Call| flow.is_driven(call.frame, call.range);
        flow.calls.iter().filter(driven).map(|call| call.callee)
    });
    let driven: Vec<FunctionId> = driven.filter(|callee| may_be(*callee)).collect();
    let driven = driven
        .into_iter()
        .filter(|callee| search.is_last_of(*callee));
    let driven = driven.collect();
    search.spread(Alone::Driven, driven, &may_be);
    search.found
}

struct Search<'a> {
    flows: &'a Flows,
    /// Calls of a function that may come from anywhere.
    others: FxHashMap<FunctionId, u32>,
    found: FxHashMap<FunctionId, Alone>,
}

impl Search<'_> {
    /// One more call is known for harmless: whether all are now.
    fn is_last_of(&mut self, callee: FunctionId) -> bool {
        let Some(others) = self.others.get_mut(&callee) else {
            return false;
        };
        *others = others.saturating_sub(1);
        *others == 0
    }

    fn spread(
        &mut self,
        why: Alone,
        mut waiting: Vec<FunctionId>,
        may_be: &dyn Fn(FunctionId) -> bool,
    ) {
        let flows = self.flows;
        while let Some(id) = waiting.pop() {
            if self.found.contains_key(&id) {
                continue;
            }
            self.found.insert(id, why);
            let Some(flow) = flows.get(&id) else { continue };
            for call in &flow.calls {
                if flow.is_same_task(call.frame, call.range)
                    && may_be(call.callee)
                    && self.is_last_of(call.callee)
                {
                    waiting.push(call.callee);
                }
            }
        }
    }
}

fn is_main(index: &Index, id: FunctionId) -> bool {
    let data = index.function(id);
    let at_root = index.module(data.module).path.is_empty();
    data.function.name == "main" && data.of.is_none() && at_root
}

/// Ordinary functions that async code calls, at any depth.
fn polled(flows: &Flows, index: &Index, blocking: &Blocking) -> FxHashSet<FunctionId> {
    let parameters = |callee, position| blocking.parameter(callee, position);
    let callees = |id: FunctionId, where_: Stands| {
        let own = is_async(index, id);
        let flow = flows.get(&id);
        let calls = flow.into_iter().flat_map(move |flow| {
            let stands = move |call: &&Call| flow.stands(own, call.frame, &parameters) == where_;
            flow.calls.iter().filter(stands)
        });
        calls.map(|call| call.callee)
    };
    let ordinary = |id: &FunctionId| !is_async(index, *id);
    let mut found: FxHashSet<FunctionId> = FxHashSet::default();
    let all = index.function_ids().filter(|id| !index.is_test(*id));
    let mut waiting: Vec<FunctionId> = all
        .flat_map(|id| callees(id, Stands::Async))
        .filter(ordinary)
        .collect();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            waiting.extend(callees(id, Stands::Caller).filter(ordinary));
        }
    }
    found
}
