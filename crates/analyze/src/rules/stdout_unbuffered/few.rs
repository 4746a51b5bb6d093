//! What says that few lines are printed, or that somebody waits for each.

use model::TargetKind;

use super::Place;
use crate::context::{Context, Subject};
use crate::index::FunctionId;
use crate::says::{self, DEEPEST, STARTS_PROCESS};
use crate::sizes;
use crate::syntax::TextRange;

mod over;
mod ways;

/// What a loop does that reads answers, draws a screen, sleeps or follows another process.
const WAITS: &[&str] = &[
    "read_line(",
    "readline(",
    "read_key",
    ".flush()",
    "execute!(",
    "sleep(",
    ".await",
    "recv(",
    "prompt",
    "stdin().read",
    "stdin().bytes(",
    "confirm",
    "interact",
    "ChildStdout",
    "child_stdout",
    "child.stdout",
];

/// What a function does that talks with a person or starts another process, which has output of its own.
const ASKS: &[&str] = &[
    "read_line(",
    "readline(",
    "read_key",
    "Confirm::new",
    ".interact(",
    STARTS_PROCESS,
];

/// How a line begins that tells of something which is not as it ought to be.
const MISHAPS: &[&str] = &[
    "warn",
    "error",
    "err:",
    "failed",
    "fail:",
    "could not",
    "cannot",
    "can't",
    "unable",
    "unknown",
    "unused",
    "note:",
    "hint",
    "skipping",
    "ignoring",
    "invalid",
    "missing",
];

/// Why the loop around a place prints few lines, or lines that somebody waits for.
pub(super) fn few_lines(
    context: &Context<'_>,
    subject: Subject<'_>,
    place: &Place,
) -> Option<&'static str> {
    let target = context.sources.file(subject.file).target;
    if target == TargetKind::Example {
        return Some("an example shows something, and prints as much as one can read");
    }
    let begins_with = |format: &str| {
        let text = format.trim_start_matches(|c: char| !c.is_alphabetic());
        let text = text
            .get(..12.min(text.len()))
            .unwrap_or(text)
            .to_lowercase();
        MISHAPS.iter().any(|word| text.starts_with(word))
    };
    if place.format.as_deref().is_some_and(begins_with) {
        return Some("it tells of what is not as it ought to be, which is seldom much");
    }
    if parts_blocks(subject, place) {
        return Some("an empty line parts what is printed otherwise");
    }
    if ways::is_switched_off(subject, place.range) {
        return Some("it is switched off");
    }
    if ways::gives_up(subject, place.range) {
        return Some("it says why the program ends");
    }
    if ways::is_beside_a_bar(subject, place.range) {
        return Some("it takes the place of a line above a progress bar, for whoever watches");
    }
    if place.loops.is_empty() && is_message(context, subject) {
        return Some("it belongs to what tells a person something, on the standard error as well");
    }
    if ways::is_for_terminal(subject, place.range) {
        return Some("it prints for a terminal, at which somebody reads");
    }
    let reason = match place.loops.last() {
        Some(innermost) => few_turns(context, subject, *innermost, place.range, DEEPEST),
        None if place.many => None,
        None if works(context, subject.id) => {
            Some("it tells of work that takes longer than the line")
        }
        None => few_calls(context, subject.id, DEEPEST),
    };
    if reason.is_some() {
        return reason;
    }
    if place
        .loops
        .last()
        .is_some_and(|id| over::is_answered(context, subject, *id))
    {
        return Some("it walks over what somebody has answered before");
    }
    let around = |id: &u32| subject.flow.loops[*id as usize].range;
    let compiled_in = |id: &u32| over::is_compiled_in(subject.text_of(around(id)));
    (!place.loops.is_empty() && place.loops.iter().all(compiled_in))
        .then_some("it walks over what is written in the program")
}

fn few_turns(
    context: &Context<'_>,
    subject: Subject<'_>,
    innermost: u32,
    place: TextRange,
    deepest: u32,
) -> Option<&'static str> {
    let around = subject.flow.loops[innermost as usize].range;
    if ways::leaves(subject, around, place) {
        return Some("the loop ends behind it");
    }
    if ways::is_told_of_failures(subject, around, place) {
        return Some("it tells of what went wrong, which is seldom much");
    }
    let text = subject.text_of(around);
    let head = text.find('{').map_or(around, |end| {
        let end = around.start + u32::try_from(end).unwrap_or(0);
        TextRange::new(around.start, end)
    });
    if sizes::is_of_few(subject.text_of(head)) || over::is_of_a_setting(subject, around, head) {
        return Some("by its name there are few");
    }
    if sizes::takes_few(subject, head) || over::is_written_down(context, subject, head) {
        return Some("it ends after a few turns");
    }
    let waits = WAITS.iter().any(|word| text.contains(word))
        || says::loop_says(context, subject, innermost, ASKS, deepest)
        || sizes::is_piped(subject, head);
    waits.then_some("somebody answers or watches between the lines")
}

/// The same of every loop from which the function is called.
fn few_calls(context: &Context<'_>, id: FunctionId, depth: u32) -> Option<&'static str> {
    let mut reason = None;
    for (caller, call) in context.calls_of(id) {
        let Some(caller) = context.subject(caller).filter(|it| !it.is_test(context)) else {
            continue;
        };
        reason = match call.loops.last() {
            Some(innermost) if caller.flow.repeats(&call.loops, &[]) => {
                // What prints is called by the loop itself: seen from there, the rest is one call further.
                let deepest = DEEPEST + 1;
                Some(few_turns(context, caller, *innermost, call.range, deepest)?)
            }
            _ if !context.usages.is_hot(caller.id) => reason,
            _ if depth > 0 => Some(few_calls(context, caller.id, depth - 1)?),
            _ => return None,
        };
    }
    reason
}

/// Whether a place ends a line that nothing in its loop has begun.
fn parts_blocks(subject: Subject<'_>, place: &Place) -> bool {
    let is_empty = match subject.text_of(place.range).split_once('(') {
        Some(("println!", arguments)) => arguments.starts_with(')'),
        Some(("writeln!", arguments)) => !arguments.contains(','),
        _ => false,
    };
    let begins = |id: &u32| {
        let text = subject.text_of(subject.flow.loops[*id as usize].range);
        text.contains("print!(") || text.contains("write!(") || text.contains(".write")
    };
    is_empty && !place.loops.iter().any(begins)
}

/// Whether a function is one of a type's that each tell one message, some of them on the standard error.
fn is_message(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let Some(of) = subject.data.of else {
        return false;
    };
    let methods = context.index.methods(of);
    let mut others = methods.filter_map(|id| context.subject(id));
    others.any(|other| {
        let text = other.text_of(other.body.range);
        other.id != subject.id && other.flow.loops.is_empty() && text.contains("eprintln!(")
    })
}

/// Whether a function, or one by which a loop comes to it, does more than print.
fn works(context: &Context<'_>, id: FunctionId) -> bool {
    let mut at = id;
    loop {
        if context.usages.acts(at) {
            return true;
        }
        match context.usages.heat(at) {
            Some(heat) if heat.depth > 1 => at = heat.caller,
            _ => return false,
        }
    }
}
