//! Which functions make the thread that calls them wait, at any depth, and what executors run.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::alone::{self, Alone};
use super::{Hop, HopKind};
use crate::executors::Does;
use crate::flow::{Flow, Flows, Runs, Stands};
use crate::index::{FunctionId, Index};
use crate::syntax::{ExprKind, StatementKind, TextRange};

/// How a function comes to wait.
#[derive(Debug, Clone)]
struct Step {
    range: TextRange,
    does: Does,
    to: To,
}

#[derive(Debug, Clone)]
enum To {
    Stop(String),
    Call(FunctionId),
}

#[derive(Debug, Default)]
pub(crate) struct Blocking {
    steps: FxHashMap<FunctionId, Step>,
    parameters: FxHashMap<(FunctionId, usize), Runs>,
    own_thread: FxHashMap<FunctionId, Alone>,
    /// What tasks run that the workspace starts.
    tasks: FxHashSet<FunctionId>,
}

/// Whether an executor runs the function's own code: an `async fn`, or a method that executors poll.
pub(crate) fn is_async(index: &Index, id: FunctionId) -> bool {
    let data = index.function(id);
    let polled = matches!(
        data.of_trait.as_deref(),
        Some(
            "Future"
                | "Stream"
                | "Sink"
                | "AsyncRead"
                | "AsyncWrite"
                | "AsyncBufRead"
                | "AsyncSeek"
        )
    );
    data.function.is_async || polled && data.function.has_self
}

impl Blocking {
    pub(super) fn compute(index: &Index, flows: &Flows) -> Self {
        let mut blocking = Self::default();
        let runs_async = |id: FunctionId| {
            let is_frame = |flow: &Flow| flow.frames.iter().any(|frame| frame.is_async);
            is_async(index, id) || flows.get(&id).is_some_and(is_frame)
        };
        if !index.function_ids().any(runs_async) {
            return blocking;
        }
        blocking.parameters = parameter_runs(index, flows);
        blocking.follow(index, flows);
        blocking.own_thread = alone::find(index, flows, &blocking);
        blocking.find_tasks(flows);
        blocking
    }

    /// What becomes of a parameter that can be called.
    pub(crate) fn parameter(&self, id: FunctionId, position: usize) -> Option<Runs> {
        self.parameters.get(&(id, position)).copied()
    }

    /// The heaviest thing that a call of a synchronous function waits for.
    pub(crate) fn does(&self, id: FunctionId) -> Option<Does> {
        self.steps.get(&id).map(|step| step.does)
    }

    /// From a function to what it waits for.
    pub(crate) fn chain(&self, index: &Index, id: FunctionId) -> Vec<Hop> {
        let mut chain = Vec::new();
        let mut at = id;
        while let Some(step) = self.steps.get(&at) {
            let hop = |kind, note| Hop {
                file: index.file_of(at),
                range: step.range,
                note,
                kind,
            };
            match &step.to {
                To::Stop(what) => {
                    chain.push(hop(HopKind::Operation, format!("`{what}` waits here")));
                    break;
                }
                To::Call(callee) => {
                    let name = &index.function(*callee).function.name;
                    chain.push(hop(HopKind::Call, format!("which calls `{name}`")));
                    at = *callee;
                }
            }
        }
        chain
    }

    /// Why the thread that runs a function has nothing else to do, if so.
    pub(crate) fn alone(&self, id: FunctionId) -> Option<Alone> {
        self.own_thread.get(&id).copied()
    }

    /// Whether a task that the workspace starts runs a function, as far as calls can be followed.
    pub(crate) fn is_task(&self, id: FunctionId) -> bool {
        self.tasks.contains(&id)
    }

    /// Carries what a function waits for to its callers, the longest waits first and each by the fewest calls.
    fn follow(&mut self, index: &Index, flows: &Flows) {
        let mut callers: FxHashMap<FunctionId, Vec<(FunctionId, TextRange)>> = FxHashMap::default();
        let mut seeds: Vec<(Does, FunctionId, Step)> = Vec::new();
        for id in index.function_ids() {
            // Nobody is left to wait for what ends the program.
            let counts = |_: &&Flow| !is_async(index, id) && !ends_program(index, id);
            let Some(flow) = flows.get(&id).filter(counts) else {
                continue;
            };
            let parameters = |callee, position| self.parameter(callee, position);
            for call in &flow.calls {
                if flow.stands(false, call.frame, &parameters) == Stands::Caller {
                    callers
                        .entry(call.callee)
                        .or_default()
                        .push((id, call.range));
                }
            }
            for stop in &flow.stops {
                if flow.stands(false, stop.frame, &parameters) == Stands::Caller {
                    let does = weight(flow, stop.does, &stop.loops);
                    let to = To::Stop(stop.what.clone());
                    let range = stop.range;
                    seeds.push((does, id, Step { range, does, to }));
                }
            }
        }
        seeds.sort_by_key(|(does, ..)| std::cmp::Reverse(*does));
        let mut seeds = seeds.into_iter().peekable();
        while let Some(does) = seeds.peek().map(|(does, ..)| *does) {
            let mut waiting = VecDeque::new();
            while let Some((_, id, step)) = seeds.next_if(|(next, ..)| *next == does) {
                if let std::collections::hash_map::Entry::Vacant(entry) = self.steps.entry(id) {
                    entry.insert(step);
                    waiting.push_back(id);
                }
            }
            while let Some(callee) = waiting.pop_front() {
                for (caller, range) in callers.get(&callee).into_iter().flatten() {
                    if let std::collections::hash_map::Entry::Vacant(entry) =
                        self.steps.entry(*caller)
                    {
                        let (range, to) = (*range, To::Call(callee));
                        entry.insert(Step { range, does, to });
                        waiting.push_back(*caller);
                    }
                }
            }
        }
    }

    fn find_tasks(&mut self, flows: &Flows) {
        let mut waiting: Vec<FunctionId> = Vec::new();
        for flow in flows.values() {
            let spawned = flow
                .calls
                .iter()
                .filter(|call| flow.is_spawned(call.frame, call.range));
            waiting.extend(spawned.map(|call| call.callee));
        }
        while let Some(id) = waiting.pop() {
            if self.tasks.insert(id)
                && let Some(flow) = flows.get(&id)
            {
                waiting.extend(flow.calls.iter().map(|call| call.callee));
            }
        }
    }
}

/// Whether a function's last statement is the program's.
fn ends_program(index: &Index, id: FunctionId) -> bool {
    let body = index.function(id).function.body.as_deref();
    let last = body.and_then(|body| body.statements.last());
    let Some(StatementKind::Expr { expr, .. }) = last.map(|last| &last.kind) else {
        return false;
    };
    match &expr.kind {
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Path(path) => match path.segments.as_slice() {
                [.., module, name] => {
                    module.name == "process" && matches!(name.name.as_str(), "exit" | "abort")
                }
                [only] => only.name == "exit",
                [] => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// A question to the file system is little, many of them are not.
pub(crate) fn weight(flow: &Flow, does: Does, loops: &[u32]) -> Does {
    if flow.repeats(loops, &[]) {
        does.max(Does::Moves)
    } else {
        does
    }
}

/// A parameter that can be called.
type Parameter = (FunctionId, usize);

/// What becomes of each parameter that can be called, also where functions hand it on to each other.
fn parameter_runs(index: &Index, flows: &Flows) -> FxHashMap<Parameter, Runs> {
    let mut users: FxHashMap<Parameter, Vec<Parameter>> = FxHashMap::default();
    let mut waiting: Vec<Parameter> = Vec::new();
    for id in index.function_ids() {
        for (position, frame, runs) in flows
            .get(&id)
            .into_iter()
            .flat_map(|flow| &flow.parameter_runs)
        {
            let around = flows[&id].frames_from(*frame).flat_map(|frame| &frame.runs);
            for runs in around.chain([runs]) {
                if let Runs::As(callee, at) = runs {
                    users
                        .entry((*callee, *at))
                        .or_default()
                        .push((id, *position));
                }
            }
            waiting.push((id, *position));
        }
    }
    let mut known: FxHashMap<Parameter, Runs> = FxHashMap::default();
    while let Some(parameter) = waiting.pop() {
        let found = runs_of(&flows[&parameter.0], parameter.1, &known);
        // What is known only grows: first that it runs, then that it runs elsewhere.
        let grows = match (known.get(&parameter), found) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(found)) => *before == Runs::Here && found != Runs::Here,
        };
        if let (true, Some(found)) = (grows, found) {
            known.insert(parameter, found);
            waiting.extend(users.get(&parameter).into_iter().flatten());
        }
    }
    known
}

fn runs_of(flow: &Flow, position: usize, known: &FxHashMap<Parameter, Runs>) -> Option<Runs> {
    let resolve = |callee, position| known.get(&(callee, position)).copied();
    let uses = flow
        .parameter_runs
        .iter()
        .filter(|(at, ..)| *at == position);
    let found = uses.filter_map(|(_, frame, runs)| {
        let runs = match runs {
            Runs::As(callee, position) => resolve(*callee, *position)?,
            known => *known,
        };
        // Within a closure that another thread runs.
        let apart = flow.stands(true, *frame, &resolve) == Stands::Apart;
        Some(if apart { Runs::Elsewhere } else { runs })
    });
    found.reduce(|one, other| if one == Runs::Here { other } else { one })
}
