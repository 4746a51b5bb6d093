//! What is behind the argument of a copy, and what hides it.

use model::Span;

use crate::context::{Context, Subject};
use crate::flow::{Direction, EventKind, OriginKind, Value};
use crate::index::{FunctionId, Meaning, TypeId};
use crate::syntax::{
    Block, Expr, ExprKind, Path, Pattern, StatementKind, TextRange, TypeRef, walk,
};
use crate::types::Ty;

/// What the kernel is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Pipe,
    Socket,
    Stdin,
    Stdout,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Stdin => "the standard input",
            Self::Stdout => "the standard output",
        }
    }

    fn definite(self) -> &'static str {
        match self {
            Self::File => "the file",
            Self::Pipe => "the pipe",
            Self::Socket => "the socket",
            Self::Stdin => "the standard input",
            Self::Stdout => "the standard output",
        }
    }
}

/// What is between `io::copy` and the handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layer {
    /// `dyn Read`, `dyn Write`.
    Dynamic,
    /// `Box`, `Rc` or `Arc` round the handle itself.
    Boxed(String),
    /// The standard input, whose lock is what `io::copy` knows.
    Unlocked,
    /// A type of another crate that has the file: by that method.
    Foreign { ty: String, way: &'static str },
    /// It passes the bytes on and looks at their number.
    Counts,
}

impl Layer {
    pub(super) fn message(&self, kind: Kind) -> String {
        let what = kind.definite();
        match self {
            Self::Dynamic => format!("a trait object hides {what}"),
            Self::Boxed(name) => format!("`{name}` hides {what}"),
            Self::Unlocked => format!("without its lock, {what} is hidden"),
            Self::Foreign { ty, .. } => format!("`{ty}` hides {what}"),
            Self::Counts => format!("a wrapper that only counts hides {what}"),
        }
    }

    pub(super) fn note(&self, kind: Kind) -> String {
        let what = kind.name();
        match self {
            Self::Dynamic => format!("{what} is behind a trait object here"),
            Self::Boxed(name) => format!("{what} is behind `{name}` here"),
            Self::Unlocked => "`Stdin` is not a type that it knows, `StdinLock` is".to_owned(),
            Self::Foreign { ty, way } => format!("`{ty}` gives {what} out by `{way}()`"),
            Self::Counts => {
                format!("{what} is in a wrapper here that passes the bytes on and counts")
            }
        }
    }
}

/// One end of a copy.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) kind: Kind,
    pub(super) layer: Option<Layer>,
    /// Where that is known from.
    pub(super) known_at: Option<Span>,
}

/// The end of a copy that an argument is, if it is one that the kernel could be given.
pub(super) fn side(
    context: &Context<'_>,
    subject: Subject<'_>,
    value: &Value,
    at: TextRange,
    direction: Direction,
) -> Option<Side> {
    let argument = super::expression_at(subject, at)?;
    if is_replaced(subject, argument) {
        return None;
    }
    let made = |layer: Option<Layer>, kind: Kind| Side {
        kind,
        layer,
        known_at: value
            .origins
            .first()
            .map(|id| subject.span(subject.flow.origin(*id).range)),
    };
    if let Some((kind, of_type)) = kind(&value.ty, direction) {
        let layer = of_type.or_else(|| written_layer(context, subject, argument, 0));
        return Some(made(layer, kind));
    }
    if let Ty::Local(of, _) = &value.ty {
        let kind = counts(context, *of, direction)
            .then(|| put_into(subject, argument, direction))
            .flatten()?;
        let known_at = Some(subject.span(argument.range));
        return Some(Side {
            kind,
            layer: Some(Layer::Counts),
            known_at,
        });
    }
    for id in &value.origins {
        match &subject.flow.origin(*id).kind {
            OriginKind::Wrapper { over, row, .. } if context.effects.row(*row).passes_on => {
                let kind = over
                    .iter()
                    .find_map(|inner| kind(&subject.flow.origin(*inner).ty, direction))?
                    .0;
                return Some(made(Some(Layer::Counts), kind));
            }
            OriginKind::Parameter(position) => {
                let declared = &subject.data.function.parameters.get(*position)?.declared;
                if !is_dynamic(declared) {
                    return None;
                }
                let kind = given(context, subject.id, *position, direction)?;
                return Some(made(Some(Layer::Dynamic), kind));
            }
            _ => {}
        }
    }
    None
}

/// Whether something else is put into the variable later: what it holds at the copy is not known.
fn is_replaced(subject: Subject<'_>, argument: &Expr) -> bool {
    let ExprKind::Path(name) = &super::lent(argument).kind else {
        return false;
    };
    let mut replaced = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Assign { left, .. } = &expr.kind
            && let ExprKind::Path(path) = &left.kind
        {
            replaced |= path.single().is_some() && path.single() == name.single();
        }
        true
    });
    replaced
}

/// The handle that a type is or holds in the open.
fn kind(ty: &Ty, direction: Direction) -> Option<(Kind, Option<Layer>)> {
    match ty {
        Ty::OneOf(all) => all.iter().find_map(|one| kind(one, direction)),
        Ty::External(path, arguments) => {
            let first = || arguments.first().and_then(|inner| kind(inner, direction));
            let foreign = |way| {
                let ty = path.clone();
                Some((Kind::File, Some(Layer::Foreign { ty, way })))
            };
            match (path.as_str(), direction) {
                ("std::fs::File", _) => Some((Kind::File, None)),
                ("tempfile::NamedTempFile", _) => foreign("as_file_mut"),
                ("fs_err::File", _) => foreign("file_mut"),
                ("std::net::TcpStream" | "std::os::unix::net::UnixStream", _) => {
                    Some((Kind::Socket, None))
                }
                (
                    "std::process::ChildStdout"
                    | "std::process::ChildStderr"
                    | "std::io::PipeReader",
                    Direction::Read,
                )
                | ("std::process::ChildStdin" | "std::io::PipeWriter", Direction::Write) => {
                    Some((Kind::Pipe, None))
                }
                ("std::io::Stdin", Direction::Read) => Some((Kind::Stdin, Some(Layer::Unlocked))),
                ("std::io::StdinLock", Direction::Read) => Some((Kind::Stdin, None)),
                ("std::io::Stdout" | "std::io::StdoutLock", Direction::Write) => {
                    Some((Kind::Stdout, None))
                }
                ("std::io::BufReader" | "std::io::Take", Direction::Read)
                | ("std::io::BufWriter", Direction::Write) => first(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What callers hand to a parameter.
fn given(
    context: &Context<'_>,
    id: FunctionId,
    position: usize,
    direction: Direction,
) -> Option<Kind> {
    context
        .usages
        .callers(id, position)
        .iter()
        .filter(|(caller, _)| !context.index.is_test(*caller))
        .find_map(|(caller, origins)| {
            let flow = context.flows.get(caller)?;
            origins
                .iter()
                .find_map(|origin| kind(&flow.origin(*origin).ty, direction))
        })
        .map(|(kind, _)| kind)
}

/// The layer that the code puts round a handle, by what stands where the argument comes from.
fn written_layer(
    context: &Context<'_>,
    subject: Subject<'_>,
    expr: &Expr,
    depth: u32,
) -> Option<Layer> {
    if depth > 8 {
        return None;
    }
    let inside = |inner: &Expr| written_layer(context, subject, inner, depth + 1);
    let tail = |block: &Block| block.tail().and_then(inside);
    match &expr.kind {
        ExprKind::Reference { inner, .. } | ExprKind::Try(inner) => inside(inner),
        // What a `Box` or `Arc` points to is the handle; what a trait object points to is not known.
        ExprKind::Deref(inner) => inside(inner).filter(|layer| *layer == Layer::Dynamic),
        ExprKind::Cast { to, .. } if is_dynamic(to) => Some(Layer::Dynamic),
        ExprKind::Method { receiver, name, .. } => match name.as_str() {
            "by_ref" | "take" | "unwrap" | "expect" | "map_err" | "context" | "with_context"
            | "as_mut" => inside(receiver),
            _ => None,
        },
        ExprKind::Call { callee, arguments } => match &callee.kind {
            ExprKind::Path(path) => call_layer(context, subject, path, arguments, depth),
            _ => None,
        },
        ExprKind::Path(path) => declaration(context, subject, path.single()?, expr.range, depth),
        ExprKind::Field { base, name } => match &base.kind {
            ExprKind::Path(path) if path.single() == Some("self") => {
                let of = subject.data.of?;
                let fields = &context.index.type_data(of).fields;
                let (_, declared) = fields.iter().find(|(field, _)| field == name)?;
                is_dynamic(declared).then_some(Layer::Dynamic)
            }
            _ => None,
        },
        ExprKind::If {
            then, otherwise, ..
        } => tail(then).or_else(|| otherwise.as_deref().and_then(inside)),
        ExprKind::Match { arms, .. } => arms.iter().find_map(|arm| inside(&arm.body)),
        ExprKind::Block(block) => tail(block),
        _ => None,
    }
}

fn call_layer(
    context: &Context<'_>,
    subject: Subject<'_>,
    path: &Path,
    arguments: &[Expr],
    depth: u32,
) -> Option<Layer> {
    let inside = |inner: &Expr| written_layer(context, subject, inner, depth + 1);
    match context.index.resolve(subject.data.module, path) {
        Meaning::External(name) => match name.as_str() {
            "std::boxed::Box::new" | "std::rc::Rc::new" | "std::sync::Arc::new" => {
                let holder = name.rsplit("::").nth(1)?;
                Some(inside(arguments.first()?).unwrap_or_else(|| Layer::Boxed(holder.to_owned())))
            }
            "std::io::BufReader::new"
            | "std::io::BufWriter::new"
            | "std::io::BufReader::with_capacity"
            | "std::io::BufWriter::with_capacity" => inside(arguments.last()?),
            _ => None,
        },
        Meaning::Function(id) => {
            let returns = context.index.function(id).function.returns.as_ref()?;
            is_dynamic(returns).then_some(Layer::Dynamic)
        }
        _ => None,
    }
}

/// The layer of a variable: what is declared, or what it starts with.
fn declaration(
    context: &Context<'_>,
    subject: Subject<'_>,
    name: &str,
    used_at: TextRange,
    depth: u32,
) -> Option<Layer> {
    let Some((pattern, initializer)) = binding(subject, name, used_at) else {
        let parameter = subject
            .data
            .function
            .parameters
            .iter()
            .find(|parameter| parameter.pattern.name() == Some(name))?;
        return is_dynamic(&parameter.declared).then_some(Layer::Dynamic);
    };
    match pattern.declared() {
        Some(declared) if is_dynamic(declared) => Some(Layer::Dynamic),
        _ => written_layer(context, subject, initializer?, depth + 1),
    }
}

/// The last `let` of that name before a place, in a block round it.
fn binding<'a>(
    subject: Subject<'a>,
    name: &str,
    used_at: TextRange,
) -> Option<(&'a Pattern, Option<&'a Expr>)> {
    let mut found = None;
    crate::edits::visit_blocks(subject.body, &mut |block| {
        if !block.range.contains(used_at) {
            return;
        }
        for statement in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer,
                ..
            } = &statement.kind
                && statement.range.end <= used_at.start
                && pattern.name() == Some(name)
            {
                found = Some((pattern, initializer.as_ref()));
            }
        }
    });
    found
}

/// Whether a `dyn Trait` is behind references and holders only.
fn is_dynamic(declared: &TypeRef) -> bool {
    match declared {
        TypeRef::DynTrait(_) => true,
        TypeRef::Reference { inner } => is_dynamic(inner),
        TypeRef::Path(path) => {
            let holds = |name: &str| {
                matches!(
                    name,
                    "Box" | "Rc" | "Arc" | "Result" | "Option" | "Pin" | "BufReader" | "BufWriter"
                )
            };
            path.segments.last().is_some_and(|last| {
                (holds(&last.name) || last.name.ends_with("Result"))
                    && last.generics.first().is_some_and(is_dynamic)
            })
        }
        _ => false,
    }
}

/// Whether a type's `read` or `write` hands the caller's buffer on, once, and does not look into it.
fn counts(context: &Context<'_>, of: TypeId, direction: Direction) -> bool {
    let (name, of_trait) = match direction {
        Direction::Read => ("read", "Read"),
        Direction::Write => ("write", "Write"),
    };
    let Some(id) = context.index.method(of, name) else {
        return false;
    };
    let data = context.index.function(id);
    let (Some(body), Some(buffer)) = (
        &data.function.body,
        data.function
            .parameters
            .first()
            .and_then(|parameter| parameter.pattern.name()),
    ) else {
        return false;
    };
    if data.of_trait.as_deref() != Some(of_trait) {
        return false;
    }
    let (mut mentions, mut lengths, mut handed_on) = (0, 0, 0);
    walk::block_expressions(body, &mut |expr| {
        match &expr.kind {
            ExprKind::Path(path) if path.single() == Some(buffer) => mentions += 1,
            ExprKind::Method {
                receiver,
                name: called,
                arguments,
                ..
            } => {
                let is_buffer = |expr: &Expr| matches!(&expr.kind, ExprKind::Path(path) if path.single() == Some(buffer));
                lengths += usize::from(called == "len" && is_buffer(receiver));
                let of_self = matches!(&receiver.kind, ExprKind::Field { base, .. }
                    if matches!(&base.kind, ExprKind::Path(path) if path.single() == Some("self")));
                handed_on += usize::from(
                    called == name
                        && of_self
                        && matches!(arguments.as_slice(), [one] if is_buffer(one)),
                );
            }
            _ => {}
        }
        true
    });
    handed_on == 1 && mentions == 1 + lengths
}

/// The handle that is given to what makes a wrapper.
fn put_into(subject: Subject<'_>, argument: &Expr, direction: Direction) -> Option<Kind> {
    let inner = super::lent(argument);
    let made_at = match &inner.kind {
        ExprKind::Path(path) => binding(subject, path.single()?, argument.range)?.1?.range,
        _ => inner.range,
    };
    subject
        .flow
        .events
        .iter()
        .filter(|event| {
            made_at.contains(event.range)
                && matches!(
                    event.kind,
                    EventKind::Argument { .. } | EventKind::Stored { .. }
                )
        })
        .flat_map(|event| &event.origins)
        .find_map(|id| kind(&subject.flow.origin(*id).ty, direction))
        .map(|(kind, _)| kind)
}
