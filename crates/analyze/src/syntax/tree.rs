//! The owned tree: items, bodies, types and patterns, each with the bytes it stands on.

use std::sync::Arc;

use semver::Version;

use super::conditions::Condition;

/// A half-open range of byte offsets in the file the tree was parsed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct TextRange {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl TextRange {
    pub(crate) fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub(crate) fn at(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) generics: Vec<TypeRef>,
}

#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Written with a leading `::`.
    pub(crate) global: bool,
    /// The type in `<T as Trait>::name` or `<T>::name`.
    pub(crate) qualified_self: Option<Box<TypeRef>>,
    pub(crate) segments: Vec<Segment>,
}

impl Path {
    /// A path of one name.
    pub(crate) fn of_name(name: String) -> Self {
        let generics = Vec::new();
        Self {
            global: false,
            qualified_self: None,
            segments: vec![Segment { name, generics }],
        }
    }

    pub(crate) fn single(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [only] if self.qualified_self.is_none() => Some(&only.name),
            _ => None,
        }
    }

    pub(crate) fn last(&self) -> &str {
        self.segments.last().map_or("", |segment| &segment.name)
    }
}

#[derive(Debug, Clone)]
pub(crate) enum TypeRef {
    Path(Path),
    Reference { inner: Box<TypeRef> },
    Slice(Box<TypeRef>),
    Array(Box<TypeRef>),
    Tuple(Vec<TypeRef>),
    ImplTrait(Vec<Path>),
    DynTrait(Vec<Path>),
    Unknown,
}

#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) range: TextRange,
}

#[derive(Debug, Clone)]
pub(crate) struct Macro {
    /// Last segment of the macro's path.
    pub(crate) name: String,
    /// Arguments that parse as expressions.
    pub(crate) arguments: Vec<Expr>,
    /// Names captured by a format string's `{name}`.
    pub(crate) captures: Vec<String>,
    /// Text of the first string literal among the arguments.
    pub(crate) format: Option<String>,
    /// Statements, where the arguments parse as a block's content and not as expressions.
    pub(crate) body: Option<Block>,
}

#[derive(Debug, Clone)]
pub(crate) struct Closure {
    pub(crate) is_async: bool,
    pub(crate) parameters: Vec<Pattern>,
    pub(crate) body: Box<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Arm {
    pub(crate) pattern: Pattern,
    pub(crate) guard: Option<Expr>,
    pub(crate) body: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopKind {
    Loop,
    While,
    For,
}

/// A binary operator, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Multiply,
    ShiftLeft,
    /// `+=` and the like: the left side is changed.
    Assign,
    Other,
}

#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    Path(Path),
    Integer(Option<u64>),
    Text(String),
    Bytes(usize),
    Literal,
    Call {
        callee: Box<Expr>,
        arguments: Vec<Expr>,
    },
    Method {
        receiver: Box<Expr>,
        name: String,
        turbofish: Vec<TypeRef>,
        arguments: Vec<Expr>,
    },
    Field {
        base: Box<Expr>,
        name: String,
    },
    Reference {
        inner: Box<Expr>,
    },
    Deref(Box<Expr>),
    Unary(Box<Expr>),
    Try(Box<Expr>),
    Await(Box<Expr>),
    Macro(Macro),
    Closure(Closure),
    Block(Block),
    Async(Block),
    If {
        condition: Box<Expr>,
        then: Block,
        otherwise: Option<Box<Expr>>,
    },
    Let {
        pattern: Box<Pattern>,
        scrutinee: Box<Expr>,
    },
    Match {
        scrutinee: Box<Expr>,
        arms: Vec<Arm>,
    },
    /// `condition` of a `while`, `pattern` and `iterated` of a `for`.
    Loop {
        kind: LoopKind,
        condition: Option<Box<Expr>>,
        pattern: Option<Box<Pattern>>,
        iterated: Option<Box<Expr>>,
        body: Block,
    },
    Assign {
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Return(Option<Box<Expr>>),
    Break(Option<Box<Expr>>),
    Continue,
    Struct {
        path: Path,
        fields: Vec<(String, Expr)>,
        base: Option<Box<Expr>>,
    },
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    Tuple(Vec<Expr>),
    Array(Vec<Expr>),
    Repeat {
        value: Box<Expr>,
        length: Box<Expr>,
    },
    Cast {
        inner: Box<Expr>,
        to: TypeRef,
    },
    Binary {
        left: Box<Expr>,
        right: Box<Expr>,
        operator: Operator,
    },
    Range {
        start: Option<Box<Expr>>,
        end: Option<Box<Expr>>,
    },
    Other,
}

#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
    /// Braces included.
    pub(crate) range: TextRange,
}

impl Block {
    /// The expression whose value the block has.
    pub(crate) fn tail(&self) -> Option<&Expr> {
        match self.statements.last().map(|statement| &statement.kind) {
            Some(StatementKind::Expr {
                expr,
                semicolon: false,
            }) => Some(expr),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) kind: StatementKind,
    /// Semicolon included.
    pub(crate) range: TextRange,
}

#[derive(Debug, Clone)]
pub(crate) enum StatementKind {
    Let {
        pattern: Pattern,
        initializer: Option<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    Expr {
        expr: Expr,
        semicolon: bool,
    },
    Item,
}

#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    Binding {
        name: String,
        mutable: bool,
        range: TextRange,
        inner: Option<Box<Pattern>>,
    },
    Tuple(Vec<Pattern>),
    TupleStruct {
        path: Path,
        elements: Vec<Pattern>,
    },
    Struct {
        path: Path,
        fields: Vec<(String, Pattern)>,
    },
    Typed {
        pattern: Box<Pattern>,
        to: TypeRef,
    },
    Or(Vec<Pattern>),
    Slice(Vec<Pattern>),
    Other,
}

impl Pattern {
    /// The name, if the pattern binds one whole value.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Binding { name, .. } => Some(name),
            Self::Typed { pattern, .. } => pattern.name(),
            _ => None,
        }
    }

    pub(crate) fn declared(&self) -> Option<&TypeRef> {
        match self {
            Self::Typed { to, .. } => Some(to),
            _ => None,
        }
    }

    pub(crate) fn is_mutable(&self) -> bool {
        match self {
            Self::Binding { mutable, .. } => *mutable,
            Self::Typed { pattern, .. } => pattern.is_mutable(),
            _ => false,
        }
    }

    pub(crate) fn name_range(&self) -> Option<TextRange> {
        match self {
            Self::Binding { range, .. } => Some(*range),
            Self::Typed { pattern, .. } => pattern.name_range(),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct GenericParameter {
    pub(crate) name: String,
    pub(crate) bounds: Vec<Path>,
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) pattern: Pattern,
    pub(crate) declared: TypeRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Context {
    /// Under `#[test]` or `#[cfg(test)]`.
    pub(crate) test: bool,
    /// Under a `#[cfg]` that is not about tests: it may not be compiled here.
    pub(crate) conditional: bool,
    /// Under a `#[cfg]` that leaves out Unix: for systems that lack some of its calls.
    pub(crate) elsewhere: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) generics: Vec<GenericParameter>,
    pub(crate) has_self: bool,
    /// `self` by value: the function decides about its end.
    pub(crate) consumes_self: bool,
    pub(crate) is_async: bool,
    /// Without `self`.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) returns: Option<TypeRef>,
    /// Shared by all targets that the file is part of.
    pub(crate) body: Option<Arc<Block>>,
    /// Visible outside its module, as far as its own declaration goes.
    pub(crate) is_public: bool,
    /// Items inside the body, which only the body sees.
    pub(crate) items: Vec<Item>,
    pub(crate) context: Context,
    pub(crate) range: TextRange,
    /// Nothing outside the body follows from what stands in it.
    pub(crate) is_closed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) generics: Vec<GenericParameter>,
    /// Tuple fields are named by their index.
    pub(crate) fields: Vec<(String, TypeRef)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Enum {
    pub(crate) name: String,
    /// Each variant with its fields; tuple fields are named by their index.
    pub(crate) variants: Vec<(String, Vec<(String, TypeRef)>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Impl {
    pub(crate) generics: Vec<GenericParameter>,
    pub(crate) of: TypeRef,
    pub(crate) implements: Option<Path>,
    pub(crate) functions: Vec<Function>,
}

/// One leaf of a `use` tree.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) global: bool,
    pub(crate) path: Vec<String>,
    /// The name it is visible under; `None` for a glob.
    pub(crate) name: Option<String>,
    /// Only the module itself and what lies in it can name it.
    pub(crate) is_private: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct UseStatement {
    pub(crate) range: TextRange,
    /// Directly in the file's own module, private and without attributes.
    pub(crate) plain: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// The value of `#[path]`.
    pub(crate) path: Option<String>,
    /// `None` for `mod name;`.
    pub(crate) content: Option<Vec<Item>>,
    pub(crate) context: Context,
}

#[derive(Debug, Clone)]
pub(crate) enum Item {
    Function(Function),
    Struct(Struct),
    Enum(Enum),
    Impl(Impl),
    Trait {
        name: String,
        supertraits: Vec<Path>,
        functions: Vec<Function>,
    },
    Alias {
        name: String,
        generics: Vec<GenericParameter>,
        to: TypeRef,
    },
    Use(Vec<Use>),
    Module(Module),
    /// A macro definition: reported on, never rewritten.
    MacroRules(String),
}

/// One file, parsed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    pub(crate) items: Vec<Item>,
    pub(crate) uses: Vec<UseStatement>,
    /// What is compiled under a condition only.
    pub(crate) conditions: Vec<(TextRange, Condition)>,
    /// The oldest compiler that it names for clippy: that of its crate, if it is the crate's root.
    pub(crate) rust_version: Option<Version>,
}
