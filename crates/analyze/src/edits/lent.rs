//! A writer that was given away is lent instead, so that it can be flushed afterwards; and what borrows it until then.

use model::Edit;

use super::wrap::name_position;
use super::{Handled, insertion, position_in, takes_any};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, Origin, RECEIVER};
use crate::index::FunctionId;
use crate::syntax::{Block, Expr, ExprKind, StatementKind, TextRange, TypeRef, walk};
use crate::usage::Place;
use crate::words::{has_word, words};

/// The edits by which a writer outlives what it was given to; `None` where that cannot be lent.
pub(super) fn lending(handle: Handled<'_>, binding: &Binding) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let is_reference = is_reference(subject, origin, binding);
    let mut edits = Vec::new();
    for event in events {
        let is_whole = subject.text_of(event.at) == binding.name;
        let moves = |by_value: bool| by_value || is_reference && is_whole;
        match &event.kind {
            EventKind::Argument {
                callee,
                parameter,
                by_value,
            } if moves(*by_value) => {
                // A method borrows what it is called on by itself.
                if *parameter == RECEIVER {
                    if *by_value {
                        return None;
                    }
                    continue;
                }
                let declared = context.index.function(*callee);
                let declared = declared.function.parameters.get(*parameter);
                let by_reference =
                    declared.is_some_and(|one| matches!(one.declared, TypeRef::Reference { .. }));
                // A reference is lent on by itself.
                if by_reference && is_reference {
                    continue;
                }
                if holds(context, *callee, *parameter) || !takes_any(context, *callee, *parameter) {
                    return None;
                }
            }
            EventKind::Effect { row, by_value, .. } if moves(*by_value) => {
                if context.effects.row(*row).is_wrapper() {
                    return None;
                }
            }
            EventKind::Escape { by_value, .. } if moves(*by_value) => return None,
            _ => continue,
        }
        // In a closure it may be gone for good.
        if !is_whole || event.deferred {
            return None;
        }
        let lend = if is_reference { "&mut *" } else { "&mut " };
        edits.push(insertion(subject, event.at.start, lend));
    }
    if !binding.mutable && !is_reference {
        let at = name_position(subject, binding.statement, &binding.name)?;
        edits.push(insertion(subject, at, "mut "));
    }
    Some(edits)
}

/// `let out = &mut BufWriter::new(…)`: the writer itself has no name.
fn is_reference(subject: Subject<'_>, origin: &Origin, binding: &Binding) -> bool {
    let before = TextRange::new(binding.statement.start, origin.opened.start);
    let before = subject.text_of(before).trim_end();
    before.ends_with("&mut") || before.starts_with("let ref mut ")
}

/// The last statement of a block in which something borrows the writer that was lent to it; `None` if that may go on to the end
/// of the block.
pub(super) fn borrowed_until(
    context: &Context<'_>,
    subject: Subject<'_>,
    block: &Block,
    events: &[&Event],
) -> Option<usize> {
    let mut last = 0;
    for event in events {
        let EventKind::Argument { callee, .. } = &event.kind else {
            continue;
        };
        if !may_borrow(context, *callee) {
            continue;
        }
        let home = position_in(block, event.range)?;
        match &block.statements[home].kind {
            StatementKind::Expr { .. } => last = last.max(home),
            StatementKind::Let { pattern, .. } => {
                last = last.max(consumed_in(context, subject, block, home, pattern.name()?)?);
            }
            StatementKind::Item => return None,
        }
    }
    Some(last)
}

/// The statement that uses up what another one bound to a name, if that is the last to mention it.
fn consumed_in(
    context: &Context<'_>,
    subject: Subject<'_>,
    block: &Block,
    home: usize,
    name: &str,
) -> Option<usize> {
    let last = (home + 1..block.statements.len())
        .rev()
        .find(|at| has_word(subject.text_of(block.statements[*at].range), name))?;
    let StatementKind::Expr { expr, .. } = &block.statements[last].kind else {
        return None;
    };
    let mut consumed = false;
    let mut visit = |expr: &Expr| {
        let is_it =
            |expr: &Expr| matches!(&expr.kind, ExprKind::Path(path) if path.single() == Some(name));
        match &expr.kind {
            ExprKind::Method {
                receiver,
                name: method,
                arguments,
                ..
            } => {
                consumed |= is_it(receiver) && is_consuming(context, method, arguments.len())
                    || arguments.iter().any(is_it);
            }
            ExprKind::Call { arguments, .. } => consumed |= arguments.iter().any(is_it),
            ExprKind::Closure(_)
            | ExprKind::Async(_)
            | ExprKind::If { .. }
            | ExprKind::Match { .. }
            | ExprKind::Loop { .. } => {
                return false;
            }
            _ => {}
        }
        true
    };
    walk::expressions(expr, &mut visit);
    consumed.then_some(last)
}

/// Whether what a function is given may live on when it has returned: in its result, in `self`, or where nobody knows.
pub(super) fn holds(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let place = Place::Parameter(callee, parameter);
    let kept = context.usages.of(&place).is_none_or(|usage| usage.kept);
    let data = context.index.function(callee);
    let into_self =
        data.function.has_self && !data.function.consumes_self && !data.outer_generics.is_empty();
    kept || into_self || may_borrow(context, callee)
}

/// Whether what a function returns may have a part of what it was given, as far as its type tells.
fn may_borrow(context: &Context<'_>, callee: FunctionId) -> bool {
    let data = context.index.function(callee);
    let (Some(body), Some(_)) = (&data.function.body, &data.function.returns) else {
        return data.function.returns.is_some();
    };
    let file = context.sources.file(context.index.file_of(callee));
    let head = TextRange::new(data.function.range.start, body.range.start);
    let head = file.text.get(head.at()).unwrap_or_default();
    let head = head.split("where").next().unwrap_or_default();
    let returned = head.rsplit_once("->").map_or("", |(_, returned)| returned);
    let generics = context.index.generics_of(callee);
    returned.contains('\'')
        || words(returned).any(|(_, word)| {
            matches!(word, "impl" | "dyn" | "Self")
                || generics.iter().any(|parameter| parameter.name == word)
        })
}

/// Whether each function of that name and with so many arguments in the workspace takes `self` by value.
fn is_consuming(context: &Context<'_>, method: &str, arguments: usize) -> bool {
    let named: Vec<_> = context
        .index
        .function_ids()
        .map(|id| &context.index.function(id).function)
        .filter(|function| {
            function.has_self && function.name == method && function.parameters.len() == arguments
        })
        .collect();
    !named.is_empty() && named.iter().all(|function| function.consumes_self)
}
