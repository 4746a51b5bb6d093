//! Values of the workspace that keep the writer they are made of: they get a loan of it, so that it can be flushed.

use model::Edit;

use super::arguments::takes_any;
use super::flush::{flush_edits, returns_unit};
use super::wrap::LINE;
use super::{
    Handled, Imports, NamedValue, block_at, edit, free_name, indentation, insertion, named_value,
};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, Origin, RECEIVER};
use crate::index::{FunctionId, TypeId};
use crate::syntax::{Block, Expr, ExprKind, Statement, TextRange, walk};
use crate::usage::Place;
use crate::words::is_part;

/// The edits where a file goes straight into a value that is bound to a name, and all writes go through that value.
///
/// `None` where the value is passed on, hands the writer out, or does something when it is dropped: that would come behind
/// the flush.
pub(super) fn held_write(
    handle: Handled<'_>,
    wrapper: &str,
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let [event] = events else { return None };
    let EventKind::Argument {
        callee, parameter, ..
    } = &event.kind
    else {
        return None;
    };
    let of = keeper(context, *callee, *parameter)?;
    let NamedValue {
        block,
        statement,
        name: holder,
        value,
        ..
    } = named_value(subject.body, event.range)?;
    let uses = uses(context, subject, block, statement, holder, of)?;
    let name = free_name(subject, &["file", "output", "writer"])?;
    let (made, rest) = parts(subject, origin, event, value, wrapper, name)?;
    let indent = indentation(subject.text, statement.range.start);
    let line = format!("let mut {name} = {made};");
    if made.contains('\n') || indent.len() + line.len() > LINE {
        return None;
    }
    let binding = Binding {
        name: name.to_owned(),
        mutable: true,
        typed: false,
        statement: statement.range,
        block: block.range,
    };
    let uses: Vec<&Event> = uses.iter().collect();
    // `File::create(path).map(Writer::new)?`: the `?` behind it is that of the file.
    let mut opened = origin.clone();
    if value.range.start == origin.range.start {
        opened.range = event.range;
        opened.opened = value.range;
    }
    let opened = Handled {
        origin: &opened,
        events: &uses,
        ..handle
    };
    let mut edits = flush_edits(opened, &binding, imports)?;
    edits.push(insertion(
        subject,
        statement.range.start,
        format!("{line}\n{indent}"),
    ));
    edits.push(edit(subject, value.range, rest));
    Some(edits)
}

/// The type that keeps what its constructor is given.
fn keeper(context: &Context<'_>, callee: FunctionId, parameter: usize) -> Option<TypeId> {
    let data = context.index.function(callee);
    let of = data.of?;
    let returns = data.function.returns.as_ref()?;
    let usage = context.usages.of(&Place::Parameter(callee, parameter))?;
    let makes_itself = match returns {
        crate::syntax::TypeRef::Path(path) => {
            path.single() == Some("Self") || path.last() == context.index.type_data(of).name
        }
        _ => false,
    };
    let keeps = makes_itself
        && takes_any(context, callee, parameter)
        && !context.index.type_data(of).implements("Drop")
        && !usage.sought
        && usage.buffers.is_none();
    keeps.then_some(of)
}

/// What makes the buffered writer, and what makes the value of a loan of it.
fn parts(
    subject: Subject<'_>,
    origin: &Origin,
    event: &Event,
    value: &Expr,
    wrapper: &str,
    name: &str,
) -> Option<(String, String)> {
    let text = subject.text_of(value.range);
    let open = subject.text_of(origin.range);
    // `File::create(path).map(Writer::new)?`
    if value.range.start == origin.range.start {
        let rest = text.strip_prefix(open)?.strip_prefix(".map(")?;
        let (constructor, rest) = rest.split_once(')')?;
        let is_path = constructor.chars().all(|c| is_part(c) || c == ':');
        let opens = rest == "?" || rest == ".unwrap()";
        return (is_path && opens).then(|| {
            let made = format!("{open}.map({wrapper}::new){rest}");
            (made, format!("{constructor}(&mut {name})"))
        });
    }
    // `Writer::new(File::create(path)?)`
    if value.range != event.range || event.at != origin.opened {
        return None;
    }
    let opened = subject.text_of(origin.opened);
    let before = subject.text_of(TextRange::new(value.range.start, event.at.start));
    let behind = subject.text_of(TextRange::new(event.at.end, value.range.end));
    let made = format!("{wrapper}::new({opened})");
    (before.matches('(').count() == 1 && !before.contains(['?', '!', '[']))
        .then(|| (made, format!("{before}&mut {name}{behind}")))
}

/// The calls of the value's own methods, as events; `None` if it is used in any other way.
pub(super) fn uses(
    context: &Context<'_>,
    subject: Subject<'_>,
    block: &Block,
    statement: &Statement,
    holder: &str,
    of: TypeId,
) -> Option<Vec<Event>> {
    let block = block_at(subject.body, block.range)?;
    // A closure may run later than the last statement that names the value.
    let in_closure = |range: TextRange| {
        let mut frames = subject.flow.frames.iter();
        frames.any(|frame| block.range.contains(frame.body) && frame.body.contains(range))
    };
    let (mut mentions, mut calls) = (0, Vec::new());
    walk::block_expressions(block, &mut |expr| {
        let named = |expr: &Expr| matches!(&expr.kind, ExprKind::Path(path) if path.single() == Some(holder));
        if named(expr) && statement.range.end <= expr.range.start {
            mentions += 1;
        }
        if let ExprKind::Method { receiver, name, .. } = &expr.kind
            && named(receiver)
            && !in_closure(expr.range)
            && let Some(method) = context.index.method(of, name)
            && hands_nothing_out(context, method)
        {
            calls.push(Event {
                kind: EventKind::Argument {
                    callee: method,
                    parameter: RECEIVER,
                    by_value: false,
                },
                origins: Vec::new(),
                range: expr.range,
                at: receiver.range,
                times: 1,
                loops: Vec::new(),
                deferred: false,
                frame: None,
            });
        }
        true
    });
    (mentions > 0 && mentions == calls.len()).then_some(calls)
}

/// Whether a method returns nothing, or nothing but a failure of I/O.
fn hands_nothing_out(context: &Context<'_>, method: FunctionId) -> bool {
    let data = context.index.function(method);
    match &data.function.returns {
        None => true,
        Some(returns) => returns_unit(returns),
    }
}
