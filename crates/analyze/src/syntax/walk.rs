//! Visiting every expression below one.

use super::tree::{Block, Expr, ExprKind, Statement, StatementKind, TextRange};

/// Calls `visit` on `expr` and, while it returns true, on everything below, in source order.
pub(crate) fn expressions<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr) -> bool) {
    if !visit(expr) {
        return;
    }
    children(expr, &mut |child| expressions(child, visit), &mut |_| {});
}

/// As [`expressions`], on every expression of a block.
pub(crate) fn block_expressions<'a>(block: &'a Block, visit: &mut dyn FnMut(&'a Expr) -> bool) {
    for statement in &block.statements {
        statement_expressions(statement, &mut |expr| expressions(expr, visit));
    }
}

fn statement_expressions<'a>(statement: &'a Statement, each: &mut dyn FnMut(&'a Expr)) {
    match &statement.kind {
        StatementKind::Let {
            initializer,
            otherwise,
            ..
        } => {
            initializer.iter().for_each(&mut *each);
            otherwise.iter().for_each(|inner| each(inner));
        }
        StatementKind::Expr { expr, .. } => each(expr),
        StatementKind::Item => {}
    }
}

/// Calls `each` on the expressions directly below, and `block` on the blocks.
pub(crate) fn children<'a>(
    expr: &'a Expr,
    each: &mut dyn FnMut(&'a Expr),
    block: &mut dyn FnMut(&'a Block),
) {
    let mut inside = |content: &'a Block, each: &mut dyn FnMut(&'a Expr)| {
        block(content);
        content
            .statements
            .iter()
            .for_each(|statement| statement_expressions(statement, each));
    };
    match &expr.kind {
        ExprKind::Path(_)
        | ExprKind::Integer(_)
        | ExprKind::Text(_)
        | ExprKind::Bytes(_)
        | ExprKind::Literal
        | ExprKind::Continue
        | ExprKind::Other => {}
        ExprKind::Call { callee, arguments } => {
            each(callee);
            arguments.iter().for_each(each);
        }
        ExprKind::Method {
            receiver,
            arguments,
            ..
        } => {
            each(receiver);
            arguments.iter().for_each(each);
        }
        ExprKind::Field { base: inner, .. }
        | ExprKind::Reference { inner, .. }
        | ExprKind::Deref(inner)
        | ExprKind::Unary(inner)
        | ExprKind::Try(inner)
        | ExprKind::Await(inner)
        | ExprKind::Cast { inner, .. }
        | ExprKind::Let {
            scrutinee: inner, ..
        } => each(inner),
        ExprKind::Macro(mac) => {
            mac.arguments.iter().for_each(&mut *each);
            if let Some(body) = &mac.body {
                inside(body, each);
            }
        }
        ExprKind::Closure(closure) => each(&closure.body),
        ExprKind::Block(content) | ExprKind::Async(content) => inside(content, each),
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => {
            each(condition);
            inside(then, each);
            if let Some(otherwise) = otherwise {
                each(otherwise);
            }
        }
        ExprKind::Match { scrutinee, arms } => {
            each(scrutinee);
            for arm in arms {
                arm.guard.iter().for_each(&mut *each);
                each(&arm.body);
            }
        }
        ExprKind::Loop {
            condition,
            iterated,
            body,
            ..
        } => {
            condition
                .iter()
                .chain(iterated)
                .for_each(|inner| each(inner));
            inside(body, each);
        }
        ExprKind::Assign { left, right } | ExprKind::Binary { left, right, .. } => {
            each(left);
            each(right);
        }
        ExprKind::Return(inner) | ExprKind::Break(inner) => {
            inner.iter().for_each(|inner| each(inner));
        }
        ExprKind::Struct { fields, base, .. } => {
            fields.iter().for_each(|(_, value)| each(value));
            base.iter().for_each(|inner| each(inner));
        }
        ExprKind::Index { base, index } => {
            each(base);
            each(index);
        }
        ExprKind::Tuple(all) | ExprKind::Array(all) => all.iter().for_each(each),
        ExprKind::Repeat { value, length } => {
            each(value);
            each(length);
        }
        ExprKind::Range { start, end } => {
            start.iter().chain(end).for_each(|inner| each(inner));
        }
    }
}

/// The method call on exactly that range.
pub(crate) fn method_at(body: &Block, range: TextRange) -> Option<&Expr> {
    at(body, range, |kind| matches!(kind, ExprKind::Method { .. }))
}

/// The receiver, the name and the one argument of the method call on exactly that range.
pub(crate) fn method_of_one(body: &Block, range: TextRange) -> Option<(&Expr, &str, &Expr)> {
    let ExprKind::Method {
        receiver,
        name,
        arguments,
        ..
    } = &method_at(body, range)?.kind
    else {
        return None;
    };
    match arguments.as_slice() {
        [argument] => Some((receiver, name, argument)),
        _ => None,
    }
}

/// The expression on exactly that range of which `wanted` is true: an expression and the one inside it may share a range.
pub(crate) fn at(
    body: &Block,
    range: TextRange,
    wanted: impl Fn(&ExprKind) -> bool,
) -> Option<&Expr> {
    let mut found = None;
    block_expressions(body, &mut |expr| {
        if expr.range == range && wanted(&expr.kind) {
            found.get_or_insert(expr);
        }
        // What a macro is given lies where the macro lies.
        found.is_none() && expr.range.contains(range)
    });
    found
}
