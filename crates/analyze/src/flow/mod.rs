//! What one function does with the handles it makes or is given.
//!
//! A function is walked once. Each handle gets an [`Origin`], the expression that made it, and each thing done with it an
//! [`Event`]. Branches are joined and loops walked once: the question is what can happen to a handle, not in which state.

mod acts;
mod amount;
mod calls;
mod closures;
mod entries;
mod evaluate;
mod event;
mod external;
mod flows;
mod frames;
mod iterators;
mod kept;
mod loops;
mod methods;
mod origin;
mod paths;
mod patterns;
mod places;
mod runs;
mod scopes;
mod standard;
mod streams;
mod walks;

use std::cell::Cell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::effects::Effects;
use crate::index::{FunctionId, Index, ModuleId, TypeId};
use crate::syntax::{Closure, GenericParameter, TextRange};
use crate::types::Ty;

pub(crate) use acts::is_quiet_macro;
pub(crate) use amount::Amount;
pub(crate) use event::{
    Act, ActKind, Call, Copying, Direction, Event, EventKind, Lookup, Loop, OpenQuestion, PathUse,
    PathUseKind, Print,
};
pub(crate) use flows::{Asked, Flows};
pub(crate) use frames::{Frame, FrameId, Runs, Stands, Stop};
pub(crate) use kept::Kept;
pub(crate) use methods::is_opener;
pub(crate) use origin::{Binding, BufferKind, Origin, OriginId, OriginKind, RECEIVER};
pub(crate) use walks::{Walk, WalkKind};

/// What a call of the function yields, as far as that is not declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Returns {
    /// Unknown where the declared type says enough.
    pub(crate) ty: Ty,
    /// Where the handles that come back are made: file and range.
    pub(crate) made: Vec<(model::FileId, TextRange)>,
    /// It is all that was read from somewhere.
    pub(crate) content: bool,
    /// Parameters that come back, as they are or in a buffer.
    pub(crate) parameters: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) origins: Vec<Origin>,
    pub(crate) events: Vec<Event>,
    /// Positions of the events of each origin.
    by_origin: Vec<Vec<u32>>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) prints: Vec<Print>,
    pub(crate) walks: Vec<Walk>,
    pub(crate) calls: Vec<Call>,
    /// Whatever they copy, handles or not.
    pub(crate) copies: Vec<Copying>,
    /// What touches files by path, processes or threads.
    pub(crate) acts: Vec<Act>,
    /// What waits for a file's bytes to be stored.
    pub(crate) syncs: Vec<Act>,
    pub(crate) path_uses: Vec<PathUse>,
    pub(crate) lookups: Vec<Lookup>,
    /// The lists that paths of directory entries are put into.
    pub(crate) kept: Kept,
    /// Calls of macros that may do anything with the code they are given.
    pub(crate) macros: Vec<TextRange>,
    pub(crate) questions: Vec<OpenQuestion>,
    /// Functions of dependencies that are given a handle and of which nothing is known.
    pub(crate) silent: Vec<String>,
    /// Closures and async blocks, outer ones first.
    pub(crate) frames: Vec<Frame>,
    /// Where the thread stands still.
    pub(crate) stops: Vec<Stop>,
    /// What is done with parameters that can be called: the parameter's position, the frame that does it, and where it runs.
    pub(crate) parameter_runs: Vec<(usize, Option<FrameId>, Runs)>,
    /// Calls that start tasks with what they are given.
    pub(crate) spawns: Vec<TextRange>,
    /// Expressions that make futures which a thread waits for.
    pub(crate) driven: Vec<TextRange>,
    pub(crate) returns: Returns,
    pub(crate) asked: Asked,
}

impl Flow {
    pub(crate) fn origin(&self, id: OriginId) -> &Origin {
        &self.origins[id.0 as usize]
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = OriginId> + use<> {
        (0..u32::try_from(self.origins.len()).unwrap_or(u32::MAX)).map(OriginId)
    }

    /// The handle that stands for a parameter, if it is one.
    pub(crate) fn parameter(&self, position: usize) -> Option<OriginId> {
        let wanted = OriginKind::Parameter(position);
        self.ids().find(|id| self.origin(*id).kind == wanted)
    }

    /// The events whose handle is that origin itself, not a buffer round it.
    pub(crate) fn events_on(&self, id: OriginId) -> impl Iterator<Item = &Event> {
        let positions = self.by_origin.get(id.0 as usize).into_iter().flatten();
        positions.map(|position| &self.events[*position as usize])
    }

    fn index_events(&mut self) {
        self.by_origin = vec![Vec::new(); self.origins.len()];
        for (position, event) in (0u32..).zip(&self.events) {
            for origin in &event.origins {
                let positions = &mut self.by_origin[origin.0 as usize];
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
    }

    /// Whether a place within `loops` runs more than a few times for one run of a place within `outer`.
    pub(crate) fn repeats(&self, loops: &[u32], outer: &[u32]) -> bool {
        loops.iter().filter(|id| !outer.contains(id)).any(|id| {
            self.loops[*id as usize]
                .at_most
                .is_none_or(|turns| turns > FEW_TURNS)
        })
    }
}

/// Repetitions up to this many count as a handful.
pub(crate) const FEW: u64 = 8;

/// A loop that cannot turn more often than that does not repeat what is in it to any effect.
pub(crate) const FEW_TURNS: u64 = 64;

/// What is known about the types of expressions besides the text.
pub(crate) type TypeAnswers = FxHashMap<(model::FileId, TextRange), Ty>;

/// What the evaluation of one function reads.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) index: &'a Index,
    pub(crate) effects: &'a Effects,
    pub(crate) answers: &'a TypeAnswers,
    /// What calls yielded in the round before.
    pub(crate) returns: &'a FxHashMap<FunctionId, Returns>,
    /// What is stored into fields whose declared type says little: the types of the values, in the round before.
    pub(crate) fields: &'a FxHashMap<(TypeId, String), Ty>,
    /// The lists that hold paths of directory entries, in the round before.
    pub(crate) kept: &'a Kept,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Value {
    pub(crate) ty: Ty,
    pub(crate) origins: Vec<OriginId>,
    pub(crate) borrowed: bool,
}

/// A closure that a variable holds: it is walked where it is called, or where it is given away.
#[derive(Debug)]
struct NamedClosure {
    closure: Closure,
    walked: Cell<bool>,
}

impl Value {
    pub(crate) fn of(ty: Ty) -> Self {
        Self {
            ty,
            origins: Vec::new(),
            borrowed: false,
        }
    }

    fn or(mut self, other: Self) -> Self {
        self.ty = self.ty.or(other.ty);
        for origin in other.origins {
            if !self.origins.contains(&origin) {
                self.origins.push(origin);
            }
        }
        self.borrowed |= other.borrowed;
        self
    }
}

/// Walks one function.
pub(crate) fn evaluate(world: World<'_>, id: FunctionId) -> Flow {
    Evaluation::new(world, id).run()
}

/// The state of a walk.
pub(crate) struct Evaluation<'a> {
    world: World<'a>,
    id: FunctionId,
    module: ModuleId,
    file: model::FileId,
    /// What `Self` stands for.
    of: Option<Ty>,
    generics: Vec<GenericParameter>,
    flow: Flow,
    scopes: Vec<FxHashMap<String, Value>>,
    /// The closures among the values of each scope.
    closures: Vec<FxHashMap<String, Rc<NamedClosure>>>,
    /// The variables of loops over lists of functions, each with the scope it is bound in.
    listed: Vec<loops::Listed>,
    /// How many loops each scope lies in.
    scope_loops: Vec<usize>,
    loops: Vec<u32>,
    blocks: Vec<TextRange>,
    deferred: u32,
    frames: Vec<TextRange>,
    runs: runs::RunState,
    returned: Vec<Value>,
    /// Closures whose calls are being walked.
    called: u32,
    /// Calls of closures that were walked.
    walks: u32,
}
