//! A buffer round a handle of the standard output that a function makes and writes to.

mod in_call;
mod variable;

use model::{Applicability, Fix};

use super::meanwhile::Meanwhile;
use super::{flushes, is_in_macro, panic_or_pass, prints};
use crate::context::{Context, Subject};
use crate::edits::arguments::{argument_edits, has_other_mentions};
use crate::edits::buffer::leaves;
use crate::edits::errors::error_habit;
use crate::edits::flush::flush_edits;
use crate::edits::wrap::{around, wrap};
use crate::edits::{Handled, Imports, fix, item, with_wrappers};
use crate::flow::{Binding, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::TextRange;
use in_call::in_a_call;
use variable::variable_of;

const TITLE: &str = "buffer the standard output: wrap the handle in `BufWriter` and flush it";

/// `BufWriter` round the handle `id`, flushed behind its last use.
pub(crate) fn stdout_handle_fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let made = matches!(&origin.kind, OriginKind::Open { api } if api == "std::io::stdout");
    if !made || origin.deferred {
        return None;
    }
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    if events.iter().any(|event| event.deferred) {
        return None;
    }
    match (&origin.binding, events.as_slice()) {
        (None, [event]) if event.at.contains(origin.range) => {
            in_a_call(context, subject, origin, event)
        }
        (None, _) => None,
        (Some(_), _) => in_a_variable(context, subject, origin, &events),
    }
}

fn in_a_variable(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    events: &[&Event],
) -> Option<Fix> {
    let variable = variable_of(subject, origin)?;
    let binding = &variable.binding;
    let home = crate::edits::block_at(subject.body, binding.block)?;
    let uses = with_wrappers(subject, events);
    let after = |event: &&Event| {
        binding.block.contains(event.range) && binding.statement.end <= event.range.start
    };
    if !uses.iter().all(after)
        || leaves(&uses)
        || has_other_mentions(subject, binding, &uses)
        || !events
            .iter()
            .any(|event| repeats(context, subject, origin, event))
    {
        return None;
    }
    let first = home
        .statements
        .iter()
        .position(|statement| statement.range == binding.statement)?;
    let last = home
        .statements
        .iter()
        .rposition(|statement| uses.iter().any(|it| statement.range.contains(it.range)))
        .filter(|last| *last > first)?;
    let part = &home.statements[first + 1..=last];
    let printed: Vec<_> = subject
        .flow
        .prints
        .iter()
        .filter(|print| part.iter().any(|it| it.range.contains(print.range)))
        .collect();
    let shadowed = || is_bound_again(subject, binding);
    if printed.iter().any(|print| print.deferred) || !printed.is_empty() && shadowed() {
        return None;
    }
    let own: Vec<TextRange> = uses
        .iter()
        .map(|event| event.range)
        .chain(printed.iter().map(|print| print.range))
        .collect();
    let prints: Vec<TextRange> = printed.iter().map(|print| print.range).collect();
    if is_in_macro(subject, &prints) {
        return None;
    }
    let meanwhile = Meanwhile {
        context,
        subject,
        part,
        own,
    };
    let points = meanwhile.points()?;
    let mut imports = Imports::default();
    let writer = item(context, subject, "std::io::BufWriter", &mut imports);
    let named = Origin {
        opened: variable.handle,
        binding: Some(binding.clone()),
        ..origin.clone()
    };
    let mut edits = if variable.boxed {
        let given: Vec<&Event> = events.iter().copied().filter(is_given_away).collect();
        let mut edits = argument_edits(context, subject, &given, true)?;
        edits.extend(around(subject, variable.handle, &writer));
        edits
    } else {
        // A function of another crate that is lent a writer mostly takes any: the compiler says so if not.
        let known: Vec<&Event> = events
            .iter()
            .copied()
            .filter(|it| !is_lent_away(subject, it))
            .collect();
        let mut edits = argument_edits(context, subject, &known, true)?;
        edits.extend(wrap(subject, &named, &writer, true)?);
        edits
    };
    // The methods of a trait object need no import.
    let mut for_box = Imports::default();
    let flushing = match variable.boxed {
        true => &mut for_box,
        false => &mut imports,
    };
    let handle = Handled {
        context,
        subject,
        origin: &named,
        events: &uses,
    };
    let habit = error_habit(handle);
    if !points.is_empty() {
        let habit = habit.as_ref()?;
        let flush = flushing.write_method(context, subject, &binding.name, "flush");
        let flush = format!("{flush}{habit};");
        edits.extend(flushes(subject, &flush, Vec::new(), points)?);
    }
    let suffix = habit.unwrap_or_else(|| panic_or_pass(context, subject).to_owned());
    for print in printed {
        edits.extend(prints::written(subject, print, &binding.name, &suffix)?);
    }
    edits.extend(flush_edits(handle, binding, flushing)?);
    edits.append(&mut imports.edits);
    fix(TITLE, Applicability::MaybeIncorrect, edits)
}

/// Whether one run of the function writes many pieces by an event.
fn repeats(context: &Context<'_>, subject: Subject<'_>, origin: &Origin, event: &Event) -> bool {
    let many = match &event.kind {
        EventKind::Argument {
            callee, parameter, ..
        } => writes_many(context, *callee, *parameter),
        EventKind::Effect { .. } => true,
        _ => false,
    };
    many || subject.flow.repeats(&event.loops, &origin.loops)
}

fn writes_many(context: &Context<'_>, callee: crate::index::FunctionId, parameter: usize) -> bool {
    let place = crate::usage::Place::Parameter(callee, parameter);
    let usage = context.usages.of(&place);
    let witness = usage.and_then(|usage| usage.small_writes.as_ref());
    witness.is_some_and(|witness| witness.weight.is_many())
}

fn is_given_away(event: &&Event) -> bool {
    !matches!(
        event.kind,
        EventKind::Transfer { .. }
            | EventKind::Flush
            | EventKind::Mentioned
            | EventKind::Argument {
                by_value: false,
                ..
            }
            | EventKind::Effect {
                by_value: false,
                ..
            }
            | EventKind::Escape {
                by_value: false,
                ..
            }
    )
}

fn is_lent_away(subject: Subject<'_>, event: &Event) -> bool {
    let lent = subject.text_of(event.at).starts_with("&mut ");
    lent && matches!(&event.kind, EventKind::Escape { how, by_value: false } if how != "a call" && how != "a closure")
}

/// Whether something behind the variable's `let` gives its name to something else.
fn is_bound_again(subject: Subject<'_>, binding: &Binding) -> bool {
    let name = &binding.name;
    let rest = TextRange::new(binding.statement.end, binding.block.end);
    let text = subject.text_of(rest);
    let forms = [
        format!("let {name} "),
        format!("let mut {name} "),
        format!("let {name}:"),
        format!("let mut {name}:"),
        format!("for {name} "),
        format!("|{name}|"),
        format!("({name})"),
        format!("ref {name}"),
    ];
    forms.iter().any(|form| text.contains(form))
}
