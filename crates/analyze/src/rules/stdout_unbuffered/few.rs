//! What says that few lines are printed, or that somebody waits for each.

use model::TargetKind;

use super::Place;
use crate::context::{Context, Subject};
use crate::index::FunctionId;
use crate::sizes;
use crate::syntax::TextRange;

mod ways;

/// What a loop does that reads answers, draws a screen, sleeps or follows another process.
const WAITS: &[&str] = &[
    "read_line(",
    "readline(",
    "read_key",
    ".flush()",
    "execute!(",
    "sleep(",
    "recv(",
    "prompt",
    "stdin().read",
    "stdin().bytes(",
    "confirm",
    "interact",
    "Command::new(",
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
    "Command::new(",
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

/// How deep calls are followed to something that asks.
const DEEPEST: u32 = 3;

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
    if ways::is_switched_off(subject, place.range) {
        return Some("it is switched off");
    }
    if ways::gives_up(subject, place.range) {
        return Some("it says why the program ends");
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
        .is_some_and(|id| is_answered(context, subject, *id))
    {
        return Some("it walks over what somebody has answered before");
    }
    let around = |id: &u32| subject.flow.loops[*id as usize].range;
    let compiled_in = |id: &u32| is_compiled_in(subject.text_of(around(id)));
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
    if sizes::takes_few(subject, head) || is_written_down(context, subject, head) {
        return Some("it ends after a few turns");
    }
    let waits = WAITS.iter().any(|word| text.contains(word))
        || asks(context, subject, innermost, deepest)
        || sizes::is_piped(subject, head);
    waits.then_some("somebody answers or watches between the lines")
}

/// Whether a loop walks over what was collected in another one that asks a person each time.
fn is_answered(context: &Context<'_>, subject: Subject<'_>, id: u32) -> bool {
    let loops = &subject.flow.loops;
    let text = subject.text_of(loops[id as usize].range);
    let head = text.split('{').next().unwrap_or(text);
    let Some((_, over)) = head.split_once(" in ") else {
        return false;
    };
    let over = over.trim_start_matches(['&', ' ']);
    let end = over.find(|c: char| !c.is_alphanumeric() && c != '_');
    let collects = format!("{}.push(", &over[..end.unwrap_or(over.len())]);
    (0..).zip(loops).any(|(other, one)| {
        other != id
            && subject.text_of(one.range).contains(&collects)
            && asks(context, subject, other, DEEPEST)
    })
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

/// Whether what is walked over comes from a function that lists its elements one by one.
fn is_written_down(context: &Context<'_>, subject: Subject<'_>, head: TextRange) -> bool {
    let mut calls = subject.flow.calls.iter();
    let call = calls.find(|call| head.contains(call.range));
    call.and_then(|call| context.subject(call.callee))
        .is_some_and(|callee| {
            let text = callee.text_of(callee.body.range);
            let grows = [".push", ".extend", ".append", "collect", "; "];
            text.contains("vec![") && !grows.iter().any(|word| text.contains(word))
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

/// Whether a call in that loop leads to something that talks with a person or starts a process.
fn asks(context: &Context<'_>, subject: Subject<'_>, innermost: u32, deepest: u32) -> bool {
    let calls = &subject.flow.calls;
    let mut waiting: Vec<(FunctionId, u32)> = calls
        .iter()
        .filter(|call| call.loops.contains(&innermost))
        .map(|call| (call.callee, 1))
        .collect();
    let mut seen: Vec<FunctionId> = Vec::new();
    while let Some((id, depth)) = waiting.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let Some(callee) = context.subject(id) else {
            continue;
        };
        let text = callee.text_of(callee.body.range);
        if ASKS.iter().any(|word| text.contains(word)) {
            return true;
        }
        if depth < deepest {
            waiting.extend(
                callee
                    .flow
                    .calls
                    .iter()
                    .map(|call| (call.callee, depth + 1)),
            );
        }
    }
    false
}

/// Whether a `for` walks over a constant or static, which are written in capitals, or over the variants of a type.
fn is_compiled_in(text: &str) -> bool {
    let head = text.split('{').next().unwrap_or(text);
    let Some((_, over)) = head
        .strip_prefix("for ")
        .and_then(|it| it.split_once(" in "))
    else {
        return false;
    };
    let over = over.trim_start_matches(['&', '*', '(']);
    let end = over
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .unwrap_or(over.len());
    let path = &over[..end];
    let name = path.rsplit("::").next().unwrap_or(path);
    let is_constant = name.len() > 1
        && name.contains(|c: char| c.is_ascii_uppercase())
        && !name.contains(|c: char| c.is_lowercase());
    is_constant || matches!(name, "value_variants" | "variants")
}
