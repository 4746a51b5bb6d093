//! On which thread a piece of code runs: async code, closures handed elsewhere, and where the thread has to wait.

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::MOST_IMPLEMENTATIONS;
use super::{Call, Evaluation, EventKind, Frame, FrameId, Runs, Stop, Value};
use crate::executors::{self, Does};
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Expr, ExprKind, Function, Pattern, TextRange, TypeRef};
use crate::types::{Handle, Ty};

/// Something that can be called or awaited, by what it is known as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Callable {
    Frame { body: TextRange, is_async: bool },
    Parameter(usize),
}

/// What the walk keeps to tell where code runs.
#[derive(Default)]
pub(super) struct RunState {
    open: Vec<FrameId>,
    names: FxHashMap<String, Callable>,
    /// The calls whose results variables hold.
    results: FxHashMap<String, TextRange>,
    awaited: FxHashSet<TextRange>,
    given: Vec<(TextRange, bool, Runs)>,
}

/// Methods that run a closure while they run themselves.
const RUN_HERE: &[&str] = &[
    "all",
    "and_then",
    "any",
    "chunk_by",
    "filter",
    "filter_entry",
    "filter_map",
    "find",
    "find_map",
    "flat_map",
    "fold",
    "for_each",
    "for_each_concurrent",
    "in_scope",
    "inspect",
    "inspect_err",
    "is_ok_and",
    "is_some_and",
    "map",
    "map_err",
    "map_ok",
    "map_or",
    "map_or_else",
    "map_while",
    "max_by_key",
    "min_by_key",
    "ok_or_else",
    "or_else",
    "partition",
    "position",
    "retain",
    "scan",
    "skip_while",
    "sort_by_cached_key",
    "sort_by_key",
    "take_while",
    "then",
    "try_fold",
    "try_for_each",
    "try_for_each_concurrent",
    "unwrap_or_else",
    "with_context",
];

impl Evaluation<'_> {
    pub(super) fn enter_frame(&mut self, body: TextRange, is_async: bool) {
        let id = u32::try_from(self.flow.frames.len()).expect("fewer than 2^32 closures");
        self.flow.frames.push(Frame {
            body,
            is_async,
            around: self.runs.open.last().copied(),
            runs: Vec::new(),
        });
        self.runs.open.push(FrameId(id));
    }

    pub(super) fn leave_frame(&mut self) {
        self.runs.open.pop();
    }

    fn frame(&self) -> Option<FrameId> {
        self.runs.open.last().copied()
    }

    pub(super) fn calls(&mut self, callee: FunctionId, range: TextRange) {
        let called = &self.world.index.function(callee).function;
        // What is awaited is another function of that name.
        if self.runs.awaited.contains(&range) && yields_no_future(called) {
            return;
        }
        let (loops, frame) = (self.loops.clone(), self.frame());
        self.flow.calls.push(Call {
            callee,
            range,
            loops,
            frame,
        });
    }

    /// What is awaited lets others run meanwhile.
    pub(super) fn awaits(&mut self, future: &Expr) {
        self.runs.awaited.insert(future.range);
    }

    pub(super) fn name_parameter(&mut self, pattern: &Pattern, position: usize) {
        if let Some(name) = pattern.name() {
            let callable = Callable::Parameter(position);
            self.runs.names.insert(name.to_owned(), callable);
        }
    }

    pub(super) fn name_callable(&mut self, pattern: &Pattern, value: Option<&Expr>) {
        let Some(name) = pattern.name() else { return };
        match value.and_then(|value| self.callable(value)) {
            Some(callable) => self.runs.names.insert(name.to_owned(), callable),
            None => self.runs.names.remove(name),
        };
        match value.map(|value| (&value.kind, value.range)) {
            Some((ExprKind::Call { .. } | ExprKind::Method { .. }, range)) => {
                self.runs.results.insert(name.to_owned(), range)
            }
            _ => self.runs.results.remove(name),
        };
    }

    /// The closure, async block or parameter that an expression hands on, in a box or not.
    fn callable(&self, expr: &Expr) -> Option<Callable> {
        match &expr.kind {
            ExprKind::Closure(closure) => Some(Callable::Frame {
                body: closure.body.range,
                is_async: closure.is_async,
            }),
            ExprKind::Async(block) => Some(Callable::Frame {
                body: block.range,
                is_async: true,
            }),
            ExprKind::Path(path) => self.runs.names.get(path.single()?).copied(),
            ExprKind::Reference { inner } => self.callable(inner),
            ExprKind::Block(block) => self.callable(block.tail()?),
            // `Box::pin(future)`, `future.boxed()`, `future.instrument(span)`
            ExprKind::Call { arguments, .. } => match arguments.as_slice() {
                [only] => self.callable(only),
                _ => None,
            },
            ExprKind::Method { receiver, .. } => self.callable(receiver),
            _ => None,
        }
    }

    fn give(&mut self, callable: Callable, runs: Runs) {
        match callable {
            Callable::Frame { body, is_async } => self.runs.given.push((body, is_async, runs)),
            Callable::Parameter(position) => {
                let frame = self.frame();
                self.flow.parameter_runs.push((position, frame, runs));
            }
        }
    }

    /// A call of a closure or parameter by its name.
    pub(super) fn called_by_name(&mut self, name: &str) {
        if let Some(callable) = self.runs.names.get(name).copied() {
            self.give(callable, Runs::Here);
        }
    }

    pub(super) fn callee_runs(&mut self, callee: FunctionId, arguments: &[Expr]) {
        for (position, argument) in arguments.iter().enumerate() {
            if let Some(callable) = self.callable(argument) {
                self.give(callable, Runs::As(callee, position));
            }
        }
    }

    /// A call of a function outside the workspace.
    pub(super) fn external_runs(&mut self, path: &str, arguments: &[Expr], range: TextRange) {
        let by_name = || {
            let (_, name) = path.rsplit_once("::")?;
            executors::method(name).filter(|does| *does != Does::Spawns)
        };
        if let Some(does) = executors::of(path).or_else(by_name) {
            self.does(does, || path.to_owned(), arguments, range);
        }
    }

    fn does(
        &mut self,
        does: Does,
        what: impl FnOnce() -> String,
        arguments: &[Expr],
        range: TextRange,
    ) {
        match does {
            Does::Offloads | Does::Drives | Does::Spawns => {
                let runs = match does {
                    Does::Drives => Runs::Driven,
                    Does::Spawns => Runs::Spawned,
                    _ => Runs::Elsewhere,
                };
                if does == Does::Spawns {
                    self.flow.spawns.push(range);
                }
                for argument in arguments {
                    if does == Does::Drives {
                        self.drives(argument);
                    }
                    if let Some(callable) = self.callable(argument) {
                        self.give(callable, runs);
                    }
                }
            }
            Does::Serves => {}
            Does::Asks | Does::Changes | Does::Moves | Does::Waits => {
                if !self.runs.awaited.contains(&range) {
                    let (loops, frame) = (self.loops.clone(), self.frame());
                    self.flow.stops.push(Stop {
                        range,
                        what: what(),
                        does,
                        loops,
                        frame,
                    });
                }
            }
        }
    }

    /// A thread waits for the future, which may have been made before.
    fn drives(&mut self, future: &Expr) {
        let name = match &future.kind {
            ExprKind::Path(path) => path.single(),
            _ => None,
        };
        let made = name.and_then(|name| self.runs.results.get(name));
        self.flow.driven.push(made.copied().unwrap_or(future.range));
    }

    pub(super) fn method_runs(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
    ) {
        self.trait_runs(&value.ty, name, expr.range);
        if let Some(does) = executors::method(name) {
            self.does(does, || name.to_owned(), arguments, expr.range);
        }
        if executors::is_method(name)
            && let Some(of) = called_type(&value.ty, name)
        {
            let path = format!("{of}::{name}");
            if let Some(does) = executors::of(&path) {
                self.does(does, || path, arguments, expr.range);
            }
        }
        if RUN_HERE.contains(&name) && !runs_in_parallel(receiver) {
            for argument in arguments {
                if let Some(callable) = self.callable(argument) {
                    self.give(callable, Runs::Here);
                } else if let ExprKind::Path(path) = &argument.kind
                    && path
                        .single()
                        .is_none_or(|name| self.variable(name).is_none())
                    && let Meaning::Function(callee) = self.resolve(path)
                {
                    // `names.iter().map(load)`
                    self.calls(callee, argument.range);
                }
            }
        }
    }

    pub(super) fn macro_runs(&mut self, name: &str, range: TextRange) {
        if matches!(name, "select" | "join" | "try_join") {
            self.flow.spawns.push(range);
        }
    }

    /// Calls of a method of a trait of the workspace, on a trait object or a type parameter: any implementation may run.
    fn trait_runs(&mut self, ty: &Ty, name: &str, range: TextRange) {
        let Ty::Abstract(bounds) = ty else { return };
        let index = self.world.index;
        let implementations = index.trait_functions(name).iter().copied().filter(|id| {
            let data = index.function(*id);
            let of_trait = data.of_trait.as_deref();
            let is_bound = |bound: &String| bound.rsplit("::").next() == of_trait;
            data.function.body.is_some() && !index.is_test(*id) && bounds.iter().any(is_bound)
        });
        let implementations: Vec<FunctionId> = implementations.take(MOST_IMPLEMENTATIONS).collect();
        for callee in implementations {
            self.calls(callee, range);
        }
    }

    /// Links what was given away to the frames, and adds what is done with std's handles.
    pub(super) fn finish_runs(&mut self) {
        let ids = || (0u32..).map(FrameId).zip(&self.flow.frames);
        let by_kind: FxHashMap<_, _> = ids()
            .map(|(id, frame)| ((frame.body, frame.is_async), id))
            .collect();
        // A closure and the async block that is all of it share a body: the block is the inner one.
        let innermost: FxHashMap<_, _> = ids().map(|(id, frame)| (frame.body, id)).collect();
        for (body, is_async, runs) in std::mem::take(&mut self.runs.given) {
            if let Some(id) = by_kind.get(&(body, is_async)) {
                self.flow.frames[id.0 as usize].runs.push(runs);
            }
        }
        let mut stops = std::mem::take(&mut self.flow.stops);
        for event in &self.flow.events {
            let what = match &event.kind {
                EventKind::Transfer { how, .. } => how.clone(),
                EventKind::Sync => "sync".to_owned(),
                EventKind::Effect { row, .. } => {
                    let effect = self.world.effects.row(*row);
                    if effect.is_wrapper() {
                        continue;
                    }
                    effect.name()
                }
                _ => continue,
            };
            let waits = event
                .origins
                .iter()
                .any(|id| is_blocking(&self.flow.origin(*id).ty));
            if !waits || self.runs.awaited.contains(&event.range) {
                continue;
            }
            let frame = event.frame.and_then(|body| innermost.get(&body).copied());
            stops.push(Stop {
                range: event.range,
                what,
                does: Does::Moves,
                loops: event.loops.clone(),
                frame,
            });
        }
        self.flow.stops = stops;
    }
}

/// The type whose blocking method `name` may be, by the path under which the table has it.
fn called_type<'a>(ty: &'a Ty, name: &str) -> Option<&'a str> {
    match ty {
        Ty::External(path, _) => Some(match path.as_str() {
            "std::path::PathBuf" | "camino::Utf8Path" | "camino::Utf8PathBuf" => "std::path::Path",
            path => path,
        }),
        // `impl AsRef<Path>`
        Ty::Abstract(bounds) => bounds
            .iter()
            .any(|bound| bound == "std::convert::AsRef" && name != "metadata")
            .then_some("std::path::Path"),
        _ => None,
    }
}

/// Whether reads and writes of a value of the type make the thread wait: std's handles, buffered or not.
fn is_blocking(ty: &Ty) -> bool {
    match ty {
        Ty::External(path, arguments) => {
            let is_buffer = matches!(
                path.as_str(),
                "std::io::BufReader" | "std::io::BufWriter" | "std::io::LineWriter"
            );
            ty.handle().is_bare() || is_buffer && arguments.iter().any(is_blocking)
        }
        Ty::OneOf(all) => all.iter().any(is_blocking),
        _ => ty.handle() == Handle::File,
    }
}

/// Whether a function's result is nothing that could be awaited.
fn yields_no_future(function: &Function) -> bool {
    let is_plain = |returns: &TypeRef| match returns {
        TypeRef::Path(path) => {
            matches!(path.last(), "Result" | "Option" | "Vec" | "String" | "bool")
        }
        TypeRef::Reference { .. } | TypeRef::Slice(_) | TypeRef::Array(_) | TypeRef::Tuple(_) => {
            true
        }
        TypeRef::ImplTrait(_) | TypeRef::DynTrait(_) | TypeRef::Unknown => false,
    };
    !function.is_async && function.returns.as_ref().is_none_or(is_plain)
}

/// Whether an iterator hands its elements to a pool of threads.
fn runs_in_parallel(receiver: &Expr) -> bool {
    match &receiver.kind {
        ExprKind::Method { receiver, name, .. } => {
            name.starts_with("par_") || name.starts_with("into_par_") || runs_in_parallel(receiver)
        }
        _ => false,
    }
}
