//! What says that few lines are printed, or that somebody waits for each.

use model::TargetKind;

use super::Place;
use crate::context::{Context, Subject};
use crate::edits;
use crate::index::FunctionId;
use crate::sizes;
use crate::syntax::{Expr, ExprKind, Pattern, StatementKind, TextRange, walk};

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
    if matches!(target, TargetKind::Example | TargetKind::Benchmark) {
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
    if gives_up(subject, place.range) {
        return Some("it says why the program ends");
    }
    let around = |id: &u32| subject.flow.loops[*id as usize].range;
    let text = subject.text_of(subject.body.range);
    if text.contains("stdout().is_terminal()") {
        return Some("it prints for a terminal, at which somebody reads");
    }
    if let Some(innermost) = place.loops.last().map(around) {
        if leaves(subject, innermost, place.range) {
            return Some("the loop ends behind it");
        }
        if is_told_of_failures(subject, innermost, place.range) {
            return Some("it tells of what went wrong, which is seldom much");
        }
        let text = subject.text_of(innermost);
        let head = text.find('{').map_or(innermost, |end| {
            TextRange::new(
                innermost.start,
                innermost.start + u32::try_from(end).unwrap_or(0),
            )
        });
        if sizes::takes_few(subject, head) {
            return Some("it ends after a few turns");
        }
        if WAITS.iter().any(|word| text.contains(word))
            || asks(context, subject, innermost)
            || sizes::is_piped(subject, head)
        {
            return Some("somebody answers or watches between the lines");
        }
    }
    if place.loops.is_empty() && !place.many && works(context, subject.id) {
        return Some("it tells of work that takes longer than the line");
    }
    let compiled_in = |id: &u32| is_compiled_in(subject.text_of(around(id)));
    (!place.loops.is_empty() && place.loops.iter().all(compiled_in))
        .then_some("it walks over what is written in the program")
}

/// Whether the block in which a place stands, within a loop, ends the loop or the program behind it.
fn leaves(subject: Subject<'_>, around: TextRange, place: TextRange) -> bool {
    follows(subject, around, place, |expr| {
        matches!(expr.kind, ExprKind::Break(_) | ExprKind::Return(_)) || ends_program(subject, expr)
    })
}

/// Whether the program fails behind a place, in one of the blocks around it.
fn gives_up(subject: Subject<'_>, place: TextRange) -> bool {
    follows(subject, subject.body.range, place, |expr| {
        ends_program(subject, expr) && !subject.text_of(expr.range).ends_with("(0)")
    })
}

/// Whether a place within a loop is only come to with an `Err` of that turn.
fn is_told_of_failures(subject: Subject<'_>, around: TextRange, place: TextRange) -> bool {
    let is_err = |pattern: &Pattern| matches!(pattern, Pattern::TupleStruct { path, .. } if path.last() == "Err");
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if around.contains(expr.range) && expr.range.contains(place) {
            found |= match &expr.kind {
                ExprKind::Match { arms, .. } => arms
                    .iter()
                    .any(|arm| arm.body.range.contains(place) && is_err(&arm.pattern)),
                ExprKind::If {
                    condition, then, ..
                } => {
                    then.range.contains(place)
                        && matches!(&condition.kind, ExprKind::Let { pattern, .. } if is_err(pattern))
                }
                _ => false,
            };
        }
        !found
    });
    found
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

/// Whether such a statement stands behind a place, in one of the blocks between it and what is around.
fn follows(
    subject: Subject<'_>,
    around: TextRange,
    place: TextRange,
    is_such: impl Fn(&Expr) -> bool,
) -> bool {
    let mut found = false;
    edits::visit_blocks(subject.body, &mut |block| {
        if !around.contains(block.range) || !block.range.contains(place) {
            return;
        }
        let behind = block.statements.iter();
        let mut behind = behind.filter(|statement| statement.range.start >= place.end);
        found |= behind.any(|statement| {
            matches!(&statement.kind, StatementKind::Expr { expr, .. } if is_such(expr))
        });
    });
    found
}

fn ends_program(subject: Subject<'_>, expr: &Expr) -> bool {
    let text = subject.text_of(expr.range);
    let text = text.strip_prefix("std::").unwrap_or(text);
    text.starts_with("process::exit(") || text.starts_with("exit(") || text.starts_with("panic!(")
}

/// Whether a call in that range leads to something that talks with a person or starts a process.
fn asks(context: &Context<'_>, subject: Subject<'_>, range: TextRange) -> bool {
    let calls = &subject.flow.calls;
    let mut waiting: Vec<(FunctionId, u32)> = calls
        .iter()
        .filter(|call| range.contains(call.range))
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
        if depth < DEEPEST {
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
