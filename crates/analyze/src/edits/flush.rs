//! Where a buffered writer is flushed.

use model::{Applicability, Edit, Fix};

use super::arguments::is_free_of;
use super::errors::{error_habit, leaves_error_open, returns_result_of};
use super::exits::early_exits;
use super::in_callee::flush_in_callee;
use super::in_place::flush_in_place;
use super::kept_result::flush_joined;
use super::lent::{borrowed_until, lending};
use super::wrap::chain;
use super::{Handled, Imports, block_at, fix, indentation, insertion};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, OriginId};
use crate::index::FunctionId;
use crate::syntax::{Expr, ExprKind, Statement, StatementKind, TextRange, TypeRef};

/// The flush of a writer that lives in `binding`, behind the last statement that uses it.
///
/// `None` where a way out of the scope would pass it by, other than one on which an error is already under way: there the
/// destructor writes what is left, and the error that is returned is the one that was returned before.
pub(crate) fn flush_edits(
    handle: Handled<'_>,
    binding: &Binding,
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        events,
        ..
    } = handle;
    let block = block_at(subject.body, binding.block)?;
    let is_before = |statement: &&Statement| statement.range.start < binding.statement.end;
    let first = block.statements.iter().take_while(is_before).count();
    let uses = |statement: &Statement| {
        events
            .iter()
            .any(|event| statement.range.contains(event.range))
    };
    let last = block
        .statements
        .iter()
        .rposition(uses)
        .filter(|last| *last >= first)?;
    let last = last.max(borrowed_until(context, subject, block, events)?);
    let between = &block.statements[first..=last];
    if subject.text_of(block.range).contains("process::exit") {
        return None;
    }
    let exits = early_exits(subject, between)?;
    // What writes on its way out would come behind its flush.
    let writes = |exit: &TextRange| events.iter().any(|event| exit.contains(event.range));
    if exits.iter().any(writes) {
        return None;
    }
    let statement = &block.statements[last];
    let final_event = events.iter().max_by_key(|event| event.range.end)?;
    let flushes = matches!(final_event.kind, EventKind::Flush)
        && statement.range.start == final_event.range.start;
    if flushes && exits.is_empty() {
        return Some(Vec::new());
    }
    if exits.is_empty()
        && let Some(edits) = flush_joined(handle, statement, binding, imports)
    {
        return Some(edits);
    }
    let suffix = error_habit(handle)?;
    let call = imports.write_method(context, subject, &binding.name, "flush");
    let flushed = |indent: &str| chain(&binding.name, &call, &suffix, indent);
    let indent = indentation(subject.text, statement.range.start);
    let is_tail = last + 1 == block.statements.len();
    let mut edits: Vec<Edit> = exits
        .iter()
        .map(|exit| {
            let indent = indentation(subject.text, exit.start);
            let line = format!("{};\n{indent}", flushed(indent));
            insertion(subject, exit.start, line)
        })
        .collect();
    if flushes {
        return Some(edits);
    }
    match &statement.kind {
        StatementKind::Expr {
            expr,
            semicolon: false,
        } if is_tail && !is_unit(expr) => {
            // The block's value: it must be the function's, and carry nothing but success.
            let decides = error_decided_by(context, expr);
            if matches!(expr.kind, ExprKind::Loop { .. })
                || leaves_error_open(subject.text_of(decides))
            {
                return None;
            }
            if block.range != subject.body.range
                || !yields_nothing(subject)
                || !suffix.ends_with('?')
            {
                return None;
            }
            let flush = if suffix == "?"
                && returns_result_of(context, subject, &["std::io"])
                && is_io_tail(final_event)
            {
                format!("\n{indent}{call}")
            } else {
                format!("\n{indent}{call}{suffix};\n{indent}Ok(())")
            };
            edits.extend(behind(subject, statement.range.end, "?;", &flush));
        }
        _ => {
            let flush = format!("\n{indent}{};", flushed(indent));
            edits.extend(behind(subject, statement.range.end, "", &flush));
        }
    }
    Some(edits)
}

/// `ending` behind a statement, and lines behind that; where only a comment follows it on its line, that stays with it.
pub(super) fn behind(subject: Subject<'_>, at: u32, ending: &str, lines: &str) -> Vec<Edit> {
    let rest = subject.text[at as usize..].lines().next().unwrap_or("");
    if !rest.trim_start().starts_with("//") {
        return vec![insertion(subject, at, format!("{ending}{lines}"))];
    }
    let behind = at + u32::try_from(rest.len()).unwrap_or(0);
    let mut edits = vec![insertion(subject, behind, lines)];
    if !ending.is_empty() {
        edits.push(insertion(subject, at, ending));
    }
    edits
}

/// A flush for a writer that has none: where it is made, or else in the one function that fills it.
pub(crate) fn flush_fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: OriginId,
    applicability: Applicability,
) -> Option<Fix> {
    let made = subject.flow.origin(origin);
    if made.deferred {
        return None;
    }
    let title = "flush the writer, so that its last error is not lost";
    let events: Vec<&Event> = subject.flow.events_on(origin).collect();
    let mut imports = Imports::default();
    let handle = Handled {
        context,
        subject,
        origin: made,
        events: &events,
    };
    let here = match &made.binding {
        Some(binding) => flush_of_variable(handle, binding, &mut imports),
        None => flush_in_place(handle, &mut imports),
    };
    let mut edits = here.or_else(|| {
        imports = Imports::default();
        flush_in_callee(handle, &mut imports)
    })?;
    edits.append(&mut imports.edits);
    fix(title, applicability, edits)
}

fn flush_of_variable(
    handle: Handled<'_>,
    binding: &Binding,
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let mut edits = lending(handle, binding)?;
    let events = super::with_wrappers(handle.subject, handle.events);
    let uses = Handled {
        events: &events,
        ..handle
    };
    let flushes = flush_edits(uses, binding, imports)?;
    if flushes.is_empty() {
        return None;
    }
    edits.extend(flushes);
    Some(edits)
}

/// The part of a value that its error depends on: what a method is given has no say where all functions of that name declare
/// what they return.
fn error_decided_by(context: &Context<'_>, value: &Expr) -> TextRange {
    let ExprKind::Method {
        receiver,
        name,
        arguments,
        ..
    } = &value.kind
    else {
        return value.range;
    };
    // A function that is given may be what makes the error.
    let is_function = |argument: &Expr| match &argument.kind {
        ExprKind::Closure(_) => true,
        ExprKind::Path(path) => path.single().is_none(),
        _ => false,
    };
    if arguments.iter().any(is_function) {
        return value.range;
    }
    let mut named = context
        .index
        .function_ids()
        .filter(|id| context.index.function(*id).function.name == *name)
        .peekable();
    let declares = |id: FunctionId| {
        let returns = context.index.function(id).function.returns.as_ref();
        let generics = context.index.generics_of(id);
        returns.is_some_and(|returns| generics.iter().all(|one| is_free_of(returns, &one.name)))
    };
    if named.peek().is_some() && named.all(declares) {
        receiver.range
    } else {
        value.range
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

/// Whether a function returns nothing but success or failure.
pub(super) fn yields_nothing(subject: Subject<'_>) -> bool {
    let returns = subject.data.function.returns.as_ref();
    returns.is_some_and(returns_unit)
}

pub(super) fn returns_unit(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let first = path.segments.last().and_then(|last| last.generics.first());
    path.last().ends_with("Result") && matches!(first, Some(TypeRef::Tuple(all)) if all.is_empty())
}

/// Whether the last use yields an `io::Result`, as std's own writes do.
fn is_io_tail(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Transfer { .. } | EventKind::Argument { .. }
    )
}
