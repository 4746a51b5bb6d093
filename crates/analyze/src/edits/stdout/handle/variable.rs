//! The variable that holds a handle of the standard output, its lock, or a box with it.

use crate::context::Subject;
use crate::edits::stdout::meanwhile::home_of;
use crate::edits::visit_blocks;
use crate::edits::wrap::LINE;
use crate::flow::{Binding, Origin};
use crate::syntax::{Expr, ExprKind, Pattern, StatementKind, TextRange, walk};

/// The variable that a handle is written to by.
pub(super) struct Variable {
    pub(super) binding: Binding,
    /// The expression that the buffer goes round.
    pub(super) handle: TextRange,
    /// It is the content of a `Box<dyn Write>`, whose type stays.
    pub(super) boxed: bool,
}

/// The variable that holds the handle, or the lock of the variable that does.
pub(super) fn variable_of(subject: Subject<'_>, origin: &Origin) -> Option<Variable> {
    let first = origin.binding.as_ref()?;
    let initializer = initializer_of(subject, first.statement)?;
    if let Some(handle) = handle_in(initializer, origin.range) {
        let is_lock = handle != origin.range;
        let lock = locks_of(subject, first);
        return match lock.as_slice() {
            [] => (!first.typed).then(|| Variable {
                binding: first.clone(),
                handle,
                boxed: false,
            }),
            [lock] if !is_lock && is_only_locked(subject, first, lock) => Some(lock.clone().into()),
            _ => None,
        };
    }
    let text = subject.text_of(first.statement);
    let handle = boxed_handle(initializer, origin.range)?;
    let is_dyn = text.contains("Box<dyn ") || text.contains("Box<dyn\n");
    let line = subject.text[..handle.end as usize]
        .lines()
        .next_back()
        .map_or(0, str::len);
    (is_dyn && line + 20 < LINE).then(|| Variable {
        binding: first.clone(),
        handle,
        boxed: true,
    })
}

/// `let mut lock = stdout.lock();`
#[derive(Clone)]
struct Lock {
    binding: Binding,
    receiver: TextRange,
    handle: TextRange,
}

impl From<Lock> for Variable {
    fn from(lock: Lock) -> Self {
        Self {
            binding: lock.binding,
            handle: lock.handle,
            boxed: false,
        }
    }
}

fn locks_of(subject: Subject<'_>, of: &Binding) -> Vec<Lock> {
    let mut found = Vec::new();
    visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            let StatementKind::Let {
                pattern: Pattern::Binding { name, mutable, .. },
                initializer: Some(initializer),
                otherwise: None,
            } = &statement.kind
            else {
                continue;
            };
            let ExprKind::Method {
                receiver,
                name: method,
                ..
            } = &initializer.kind
            else {
                continue;
            };
            let ExprKind::Path(path) = &receiver.kind else {
                continue;
            };
            if method == "lock"
                && path.single() == Some(&of.name)
                && of.block.contains(statement.range)
                && of.statement.end <= statement.range.start
            {
                found.push(Lock {
                    binding: Binding {
                        name: name.clone(),
                        mutable: *mutable,
                        typed: false,
                        statement: statement.range,
                        block: block.range,
                    },
                    receiver: receiver.range,
                    handle: initializer.range,
                });
            }
        }
    });
    found
}

/// Whether the variable is used for nothing but that lock.
fn is_only_locked(subject: Subject<'_>, variable: &Binding, lock: &Lock) -> bool {
    let shadows = variable.name == lock.binding.name;
    let mut only = true;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Path(path) = &expr.kind
            && path.single() == Some(&variable.name)
            && variable.block.contains(expr.range)
            && variable.statement.end <= expr.range.start
        {
            let by_lock = shadows
                && lock.binding.block.contains(expr.range)
                && lock.binding.statement.end <= expr.range.start;
            only &= by_lock || expr.range == lock.receiver;
        }
        true
    });
    only
}

fn initializer_of(subject: Subject<'_>, statement: TextRange) -> Option<&Expr> {
    let (block, position) = home_of(subject, statement)?;
    match &block.statements[position].kind {
        StatementKind::Let {
            initializer: Some(initializer),
            otherwise: None,
            ..
        } => Some(initializer),
        _ => None,
    }
}

/// The handle or its lock, where an expression is nothing else or lends it.
fn handle_in(expr: &Expr, made: TextRange) -> Option<TextRange> {
    match &expr.kind {
        ExprKind::Call { .. } if expr.range == made => Some(made),
        ExprKind::Method { receiver, name, .. } if name == "lock" && receiver.range == made => {
            Some(expr.range)
        }
        ExprKind::Reference { inner } => handle_in(inner, made),
        _ => None,
    }
}

/// The handle that an expression puts into a box, in whichever branch.
fn boxed_handle(expr: &Expr, made: TextRange) -> Option<TextRange> {
    let mut found = None;
    walk::expressions(expr, &mut |expr| {
        if let ExprKind::Call { callee, arguments } = &expr.kind
            && let ExprKind::Path(path) = &callee.kind
            && let [first, second] = path.segments.as_slice()
            && (first.name.as_str(), second.name.as_str()) == ("Box", "new")
            && let [argument] = arguments.as_slice()
        {
            let is_plain = !matches!(argument.kind, ExprKind::Reference { .. });
            found = found.or_else(|| handle_in(argument, made).filter(|_| is_plain));
        }
        found.is_none()
    });
    found
}
