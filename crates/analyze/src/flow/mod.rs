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
mod external;
mod flows;
mod frames;
mod iterators;
mod kept;
mod loops;
mod methods;
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
use crate::syntax::{Closure, GenericParameter, LoopKind, TextRange};
use crate::types::Ty;

pub(crate) use acts::is_quiet_macro;
pub(crate) use amount::Amount;
pub(crate) use flows::{Asked, Flows};
pub(crate) use frames::{Frame, FrameId, Runs, Stands, Stop};
pub(crate) use kept::Kept;
pub(crate) use methods::is_opener;
pub(crate) use walks::{Walk, WalkKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OriginId(pub(crate) u32);

/// The position of `self` among a function's parameters.
pub(crate) const RECEIVER: usize = usize::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BufferKind {
    Reader,
    Writer,
    Lines,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OriginKind {
    /// Made here by a function outside the workspace, for example `std::fs::File::open`.
    Open {
        api: String,
    },
    /// The function's parameter of that index, `self` not counted; [`RECEIVER`] is `self` where that is a handle.
    Parameter(usize),
    Field {
        of: TypeId,
        name: String,
    },
    /// Returned by a function of the workspace.
    CallResult(FunctionId),
    /// std's buffer round other handles.
    Buffer {
        kind: BufferKind,
        over: Vec<OriginId>,
        argument: TextRange,
        capacity: Option<u64>,
    },
    /// Something from a dependency that holds other handles; the row says what it does with them.
    Wrapper {
        over: Vec<OriginId>,
        row: usize,
        argument: TextRange,
    },
    /// A whole file's bytes.
    Content {
        api: String,
        over: Vec<OriginId>,
    },
    /// An empty or fixed buffer made here.
    Fresh {
        bytes: Option<u64>,
        empty: bool,
    },
    /// What a buffered reader of that capacity has read ahead.
    Ahead {
        capacity: Option<u64>,
    },
    /// A directory entry, as a loop or closure receives it.
    Entry {
        api: String,
    },
    /// The path of an entry.
    EntryPath {
        of: OriginId,
    },
    /// A path of an entry that comes out of a list.
    KeptPath,
    /// Attributes asked for by path or from an entry.
    Attributes {
        api: String,
        of: OriginId,
    },
    /// rustc says that it is a handle; where it was made is not known.
    Opaque,
}

#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) mutable: bool,
    /// Its type is written down.
    pub(crate) typed: bool,
    /// The whole `let` statement.
    pub(crate) statement: TextRange,
    /// The block the statement is in.
    pub(crate) block: TextRange,
}

#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) kind: OriginKind,
    pub(crate) ty: Ty,
    /// The expression that made it, with the `?` or `unwrap()` that opens it left out.
    pub(crate) range: TextRange,
    /// The same with them.
    pub(crate) opened: TextRange,
    /// Loops around it, outermost first.
    pub(crate) loops: Vec<u32>,
    pub(crate) binding: Option<Binding>,
    /// Borrowed by this function, not owned.
    pub(crate) borrowed: bool,
    /// Within a closure or async block: it may run later, or not here.
    pub(crate) deferred: bool,
    /// The innermost closure or async block around it: what `?` there leaves. `None` in the function itself.
    pub(crate) frame: Option<TextRange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// A read or write by method or macro.
    Transfer {
        direction: Direction,
        amount: Amount,
        how: String,
    },
    Flush,
    Seek {
        how: String,
    },
    Sync,
    /// A question that moves no bytes.
    Query {
        how: String,
    },
    /// Given to a function of the workspace.
    Argument {
        callee: FunctionId,
        parameter: usize,
        by_value: bool,
    },
    /// Given to a function of a dependency that the table knows.
    Effect {
        row: usize,
        by_value: bool,
        result: Option<OriginId>,
    },
    /// Given to something unknown.
    Escape {
        how: String,
        by_value: bool,
    },
    /// Put into std's buffer.
    Buffered {
        by: OriginId,
        by_value: bool,
    },
    Returned,
    Stored {
        of: TypeId,
        field: String,
    },
    /// `into_inner`, `finish` and the like, by name.
    Finish {
        how: String,
    },
    /// Any other method.
    Method {
        how: String,
    },
    Dropped,
    /// Read as a plain value: compared, printed, sliced.
    Mentioned,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) origins: Vec<OriginId>,
    pub(crate) range: TextRange,
    /// The receiver or argument that named the handle.
    pub(crate) at: TextRange,
    /// How many operations it is at least, each time that it runs.
    pub(crate) times: u64,
    pub(crate) loops: Vec<u32>,
    pub(crate) deferred: bool,
    /// As in [`Origin`].
    pub(crate) frame: Option<TextRange>,
}

#[derive(Debug, Clone)]
pub(crate) struct Loop {
    pub(crate) range: TextRange,
    /// `None` for an iterator adaptor's closure.
    pub(crate) kind: Option<LoopKind>,
    /// It cannot turn more often than that.
    pub(crate) at_most: Option<u64>,
    /// What it walks over is of a type of the workspace, whose iterator may do anything.
    pub(crate) runs_own_code: bool,
    /// What a `for` binds in each turn.
    pub(crate) element: Ty,
}

/// A print to the standard output.
#[derive(Debug, Clone)]
pub(crate) struct Print {
    pub(crate) name: String,
    pub(crate) range: TextRange,
    pub(crate) loops: Vec<u32>,
    pub(crate) format: Option<String>,
    /// Within a closure or async block.
    pub(crate) deferred: bool,
}

/// A call of a function of the workspace, whatever it is given.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) callee: FunctionId,
    pub(crate) range: TextRange,
    pub(crate) loops: Vec<u32>,
    /// The closure or async block in which it stands.
    pub(crate) frame: Option<FrameId>,
}

/// A call of `std::io::copy`.
#[derive(Debug, Clone)]
pub(crate) struct Copying {
    pub(crate) range: TextRange,
    pub(crate) from: Value,
    pub(crate) from_at: TextRange,
    pub(crate) to: Value,
    pub(crate) to_at: TextRange,
    pub(crate) loops: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActKind {
    /// Asks for files by path, or only may, by its name.
    Files,
    /// May change files, write to a stream that others write to, end the process or let others run.
    Others,
}

/// A place that touches files by path, processes or threads.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) range: TextRange,
    pub(crate) loops: Vec<u32>,
    pub(crate) kind: ActKind,
}

/// What is done with the file that a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathUseKind {
    /// Whether there is one.
    Question,
    Open,
    /// Opened with options.
    Options,
    /// Read whole.
    Read,
    /// Opened and read by another crate.
    Parse,
    /// Made or written over.
    Create,
    CreateDirectory,
    Remove,
}

/// A place that names a file by its path.
#[derive(Debug, Clone)]
pub(crate) struct PathUse {
    pub(crate) kind: PathUseKind,
    pub(crate) api: String,
    /// The expression that is the path.
    pub(crate) path: TextRange,
    pub(crate) range: TextRange,
    pub(crate) loops: Vec<u32>,
}

/// A question to the system about what a path leads to, links followed.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) how: String,
    /// The expression that is the path.
    pub(crate) path: TextRange,
    pub(crate) range: TextRange,
    pub(crate) loops: Vec<u32>,
    /// It is known to be a path.
    pub(crate) sure: bool,
}

/// A receiver whose type decides and is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OpenQuestion {
    pub(crate) range: TextRange,
}

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
