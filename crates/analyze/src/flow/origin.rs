//! Where a handle comes from.

use crate::index::{FunctionId, TypeId};
use crate::syntax::TextRange;
use crate::types::Ty;

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
