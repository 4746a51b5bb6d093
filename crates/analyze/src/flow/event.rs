//! What a function does with a handle, and what it does besides.

use super::{Amount, FrameId, OriginId, Value};
use crate::index::{FunctionId, TypeId};
use crate::syntax::{LoopKind, TextRange};
use crate::types::Ty;

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
