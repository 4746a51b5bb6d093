//! A buffered writer that one function of the workspace fills: it is flushed there, where failures of its writes are treated.

use model::Edit;

use super::buffer::leaves;
use super::errors::error_habit;
use super::flush::flush_edits;
use super::{Handled, Imports, indentation, with_wrappers};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Call, Event, EventKind, Origin, RECEIVER};
use crate::index::FunctionId;
use crate::syntax::{ExprKind, Pattern, Statement, StatementKind, TextRange, TypeRef, walk};
use crate::words::is_part;

/// The flush of a writer at the end of the function that it is given to, if nothing else writes to it.
///
/// `None` where others could give that function a writer which they flush later, once for all.
pub(super) fn flush_in_callee(handle: Handled<'_>, imports: &mut Imports) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let (callee, parameter) = only_filler(origin, events)?;
    let data = context.index.function(callee);
    let file = context.index.file_of(callee);
    let facts = &context.files[file.0 as usize];
    if parameter == RECEIVER
        || data.of_trait.is_some()
        || data.function.is_async
        || data.function.context.conditional
        || !facts.selected
        || facts.generated
    {
        return None;
    }
    let declared = data.function.parameters.get(parameter)?;
    let is_lent = matches!(declared.declared, TypeRef::Reference { .. });
    // A file may be part of several targets, which all have the function.
    let mut twins = context.index.function_ids().filter(|id| {
        context.index.function(*id).function.range == data.function.range
            && context.index.file_of(*id) == file
    });
    let is_own = |id: FunctionId| {
        let mut calls = context.calls_of(id);
        match is_lent {
            true => {
                !context.index.is_exported(id)
                    && calls.all(|(caller, call)| is_here(context, subject, caller, call))
            }
            false => calls.all(|(caller, call)| gives_up(context, caller, call, parameter)),
        }
    };
    if !twins.all(is_own) {
        return None;
    }
    let filler = context.subject(callee)?;
    let Pattern::Binding { name, mutable, .. } = &declared.pattern else {
        return None;
    };
    let written = filler.flow.parameter(parameter)?;
    let given: Vec<&Event> = filler.flow.events_on(written).collect();
    let uses = with_wrappers(filler, &given);
    let statements = &filler.body.statements;
    let in_use = |one: &Statement| uses.iter().any(|event| one.range.contains(event.range));
    let first = statements.iter().find(|one| in_use(one))?;
    if !(is_lent || *mutable)
        || leaves(&uses)
        || uses.len() != given.len()
        || !given.iter().all(|event| stays(context, filler, event))
        || is_bound_again(filler, name)
    {
        return None;
    }
    // What comes before the first write leaves nothing behind, and may name what failures are told with.
    let at_first = TextRange::new(first.range.start, first.range.start);
    let parameter = Origin {
        range: at_first,
        ..filler.flow.origin(written).clone()
    };
    let binding = Binding {
        name: name.clone(),
        mutable: true,
        typed: true,
        statement: at_first,
        block: filler.body.range,
    };
    let filled = Handled {
        context,
        subject: filler,
        origin: &parameter,
        events: &uses,
    };
    let habit = error_habit(filled)?;
    // A function value that is named only once may be used up by that.
    let body = filler.text_of(filler.body.range);
    if is_told_by_name(&habit) && body.matches(&habit).count() < 2 {
        return None;
    }
    let edits = flush_edits(filled, &binding, imports)?;
    (!edits.is_empty()).then_some(edits)
}

/// The function, and its parameter, that alone gets a writer, once in each run of what makes it.
fn only_filler(origin: &Origin, events: &[&Event]) -> Option<(FunctionId, usize)> {
    let filler = |event: &&Event| match &event.kind {
        EventKind::Argument {
            callee, parameter, ..
        } if !event.deferred
            && event.origins.len() == 1
            && event.loops == origin.loops
            && event.frame == origin.frame =>
        {
            Some((*callee, *parameter))
        }
        _ => None,
    };
    let first = events.first().and_then(filler)?;
    let mut all = events.iter().map(filler);
    all.all(|one| one == Some(first)).then_some(first)
}

/// Whether a call stands in the function that makes the writer, and not in a loop.
fn is_here(context: &Context<'_>, subject: Subject<'_>, caller: FunctionId, call: &Call) -> bool {
    call.loops.is_empty()
        && context.index.file_of(caller) == subject.file
        && context.index.function(caller).function.range == subject.data.function.range
}

/// Whether a call gives the writer away for good, and no loan of it.
fn gives_up(context: &Context<'_>, caller: FunctionId, call: &Call, parameter: usize) -> bool {
    context.subject(caller).is_some_and(|subject| {
        subject.flow.events.iter().any(|event| {
            let gives = matches!(
                &event.kind,
                EventKind::Argument { callee, parameter: which, by_value: true }
                    if *callee == call.callee && *which == parameter
            );
            gives && event.range == call.range && !subject.text_of(event.at).starts_with('&')
        })
    })
}

/// Whether a writer is still there behind what is done with it.
fn stays(context: &Context<'_>, subject: Subject<'_>, event: &Event) -> bool {
    if event.deferred || event.frame.is_some() {
        return false;
    }
    let lends = subject.text_of(event.at).starts_with("&mut ");
    match &event.kind {
        EventKind::Transfer { .. } | EventKind::Flush | EventKind::Query { .. } => true,
        EventKind::Argument {
            callee, parameter, ..
        } => {
            let parameters = &context.index.function(*callee).function.parameters;
            let by_reference = parameters
                .get(*parameter)
                .is_some_and(|one| matches!(one.declared, TypeRef::Reference { .. }));
            lends || by_reference
        }
        EventKind::Mentioned => lends || is_called_on(subject, event),
        // What is given away in a loop is gone in the next turn, unless it is only lent.
        EventKind::Escape {
            by_value: false, ..
        } => lends || !event.loops.is_empty(),
        _ => false,
    }
}

/// Whether a macro of the same file, which has one rule, does nothing with an argument but call its methods.
fn is_called_on(subject: Subject<'_>, event: &Event) -> bool {
    let called = walk::at(subject.body, event.range, |kind| {
        matches!(kind, ExprKind::Macro(_))
    });
    let Some(ExprKind::Macro(mac)) = called.map(|found| &found.kind) else {
        return false;
    };
    let position = mac.arguments.iter().position(|it| it.range == event.at);
    let head = format!("macro_rules! {} {{", mac.name);
    let Some((position, at)) = position.zip(subject.text.find(&head)) else {
        return false;
    };
    let indent = indentation(subject.text, u32::try_from(at).unwrap_or(0));
    let end = format!("\n{indent}}}");
    let rules = subject.text[at + head.len()..].split(&end).next();
    let Some((parameters, body)) = rules.and_then(|rules| rules.split_once("=>")) else {
        return false;
    };
    let name = parameters
        .split('$')
        .nth(position + 1)
        .and_then(|one| one.split_once(':'));
    let Some((name, _)) = name.filter(|_| !body.contains("=>")) else {
        return false;
    };
    let words = body.split('$').skip(1);
    let mut after = words.filter_map(|word| word.strip_prefix(name)).peekable();
    after.peek().is_some() && after.all(|rest| rest.trim_start().starts_with('.'))
}

/// Whether a failure is told with what only a name stands for, as in `.map_err(tell)?`.
fn is_told_by_name(habit: &str) -> bool {
    let argument = habit
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    argument.is_some_and(|(argument, _)| {
        argument.starts_with(|c: char| c.is_lowercase() || c == '_')
            && argument.chars().all(is_part)
    })
}

/// Whether the body's own statements give the name of a parameter to anything but a loan of it.
fn is_bound_again(subject: Subject<'_>, name: &str) -> bool {
    subject
        .body
        .statements
        .iter()
        .any(|statement| match &statement.kind {
            StatementKind::Let {
                pattern,
                initializer,
                ..
            } => {
                let loan = format!("&mut {name}");
                let is_loan = initializer
                    .as_ref()
                    .is_some_and(|value| subject.text_of(value.range) == loan);
                pattern.name() == Some(name) && !is_loan
            }
            _ => false,
        })
}
