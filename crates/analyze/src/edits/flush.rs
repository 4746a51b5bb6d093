//! Where a buffered writer is flushed.

use model::{Applicability, Edit, Fix};

use super::{Imports, block_at, fix, indentation, insertion};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, Origin, OriginId};
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TypeRef, walk};

/// The flush of a writer that lives in `binding`, behind the last statement that uses it.
///
/// `None` where a way out of the scope would pass it by, other than one on which an error is already under way: there the
/// destructor writes what is left, and the error that is returned is the one that was returned before.
pub(crate) fn flush_edits(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    binding: &Binding,
    events: &[&Event],
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let block = block_at(subject.body, binding.block)?;
    let first = block
        .statements
        .iter()
        .position(|statement| statement.range == binding.statement)?;
    let uses = |statement: &Statement| {
        events
            .iter()
            .any(|event| statement.range.contains(event.range))
    };
    let last = block
        .statements
        .iter()
        .rposition(uses)
        .filter(|last| *last > first)?;
    let between = &block.statements[first + 1..=last];
    if between.iter().any(leaves_early) || subject.text_of(block.range).contains("process::exit") {
        return None;
    }
    let statement = &block.statements[last];
    let final_event = events.iter().max_by_key(|event| event.range.end)?;
    if matches!(final_event.kind, EventKind::Flush) && statement.range.contains(final_event.range) {
        return Some(Vec::new());
    }
    let suffix = error_habit(subject, origin, events)?;
    let call = imports.write_method(context, subject, &binding.name, "flush");
    let indent = indentation(subject.text, statement.range.start);
    let is_tail = last + 1 == block.statements.len();
    let at = statement.range.end;
    match &statement.kind {
        StatementKind::Expr {
            expr,
            semicolon: false,
        } if is_tail && !is_unit(expr) => {
            // The block's value: it must be the function's, and carry nothing but success.
            let returns = subject.data.function.returns.as_ref();
            if block.range != subject.body.range
                || !returns.is_some_and(returns_unit)
                || suffix != "?"
            {
                return None;
            }
            let rest = if returns.is_some_and(is_io_result) && is_io_tail(context, final_event) {
                format!("?;\n{indent}{call}")
            } else {
                format!("?;\n{indent}{call}?;\n{indent}Ok(())")
            };
            Some(vec![insertion(subject, at, rest)])
        }
        _ => Some(vec![insertion(
            subject,
            at,
            format!("\n{indent}{call}{suffix};"),
        )]),
    }
}

/// A flush for a writer that has none.
pub(crate) fn flush_fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: OriginId,
    applicability: Applicability,
) -> Option<Fix> {
    let made = subject.flow.origin(origin);
    let binding = made.binding.as_ref()?;
    if made.deferred || !binding.mutable {
        return None;
    }
    let events: Vec<&Event> = subject.flow.events_on(origin).collect();
    let by_value = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::Argument { by_value: true, .. } | EventKind::Effect { by_value: true, .. }
        )
    };
    if events.iter().any(by_value) {
        return None;
    }
    let mut imports = Imports::default();
    let mut edits = flush_edits(
        context,
        subject,
        made,
        binding,
        &super::with_wrappers(subject, &events),
        &mut imports,
    )?;
    if edits.is_empty() {
        return None;
    }
    edits.append(&mut imports.edits);
    fix(
        "flush the writer, so that its last error is not lost",
        applicability,
        edits,
    )
}

/// How the function treats a failed write or open: what follows such a call, or `?` where it returns errors of any kind.
fn error_habit(subject: Subject<'_>, origin: &Origin, events: &[&Event]) -> Option<String> {
    let writes = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Transfer { .. } | EventKind::Flush));
    let mut after = writes.map(|event| event.range.end);
    let opened = (origin.opened.start == origin.range.start).then_some(origin.range.end);
    let written = after.find_map(|end| suffix_at(subject.text, end));
    written
        .or_else(|| opened.and_then(|end| suffix_at(subject.text, end)))
        .or_else(|| {
            let returns = subject.data.function.returns.as_ref()?;
            (!origin.deferred && takes_io_errors(returns)).then(|| "?".to_owned())
        })
}

/// `?`, `.unwrap()`, `.expect(…)` or `.map_err(…)?` at an offset, if it stands on one line.
fn suffix_at(text: &str, end: u32) -> Option<String> {
    let rest = text[end as usize..].trim_start().lines().next()?;
    for simple in ["?", ".unwrap()"] {
        if rest.starts_with(simple) {
            return Some(simple.to_owned());
        }
    }
    let call = [".expect(", ".map_err(", ".context(", ".with_context("]
        .into_iter()
        .find(|call| rest.starts_with(call))?;
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if c == ')' && depth == 0 {
            let passes_on = rest[at + 1..].starts_with('?');
            let length = at + 1 + usize::from(passes_on);
            return (call == ".expect(" || passes_on).then(|| rest[..length].to_owned());
        }
    }
    None
}

/// Whether `?` turns an I/O error into what the function returns.
fn takes_io_errors(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let names: Vec<&str> = path
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    let error = path.segments.last().and_then(|last| last.generics.get(1));
    let boxed =
        matches!(error, Some(TypeRef::Path(error)) if error.last() == "Box" || error_is_io(error));
    boxed
        || [["io", "Result"], ["anyhow", "Result"], ["eyre", "Result"]]
            .iter()
            .any(|known| names.ends_with(known))
}

fn error_is_io(error: &crate::syntax::Path) -> bool {
    let names: Vec<&str> = error
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    names.ends_with(&["io", "Error"])
}

/// Whether a statement can leave the block around it without an error.
fn leaves_early(statement: &Statement) -> bool {
    let mut leaves = false;
    let exprs: Vec<&Expr> = match &statement.kind {
        StatementKind::Let {
            initializer,
            otherwise,
            ..
        } => initializer.iter().chain(otherwise.as_deref()).collect(),
        StatementKind::Expr { expr, .. } => vec![expr],
        StatementKind::Item => Vec::new(),
    };
    for expr in exprs {
        visit(expr, 0, &mut leaves);
    }
    leaves
}

fn visit(expr: &Expr, loops: u32, leaves: &mut bool) {
    let inside = match &expr.kind {
        ExprKind::Closure(_) | ExprKind::Async(_) => return,
        ExprKind::Return(value) => {
            let error = value.as_ref().is_some_and(|value| is_error(value));
            *leaves |= !error;
            loops
        }
        // Labels are not followed: a labelled break may leave more loops than one.
        ExprKind::Break(_) | ExprKind::Continue => {
            *leaves |= loops == 0;
            loops
        }
        ExprKind::Loop { .. } => loops + 1,
        _ => loops,
    };
    let mut children = Vec::new();
    walk::children(expr, &mut |child| children.push(child), &mut |_| {});
    for child in children {
        visit(child, inside, leaves);
    }
}

fn is_error(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Path(path) if path.last() == "Err")
        }
        _ => false,
    }
}

fn is_unit(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Loop { kind, .. } => *kind != crate::syntax::LoopKind::Loop,
        ExprKind::If {
            otherwise: None, ..
        } => true,
        _ => false,
    }
}

fn returns_unit(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let first = path.segments.last().and_then(|last| last.generics.first());
    path.last() == "Result" && matches!(first, Some(TypeRef::Tuple(all)) if all.is_empty())
}

fn is_io_result(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let names: Vec<&str> = path
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    names.ends_with(&["io", "Result"])
}

/// Whether the last use yields an `io::Result`, as std's own writes do.
fn is_io_tail(_context: &Context<'_>, event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Transfer { .. } | EventKind::Argument { .. }
    )
}

/// The block a binding lives in, if it is found.
pub(crate) fn home<'a>(subject: Subject<'a>, binding: &Binding) -> Option<&'a Block> {
    block_at(subject.body, binding.block)
}
