//! What a loop walks over, where that tells of few turns.

use crate::context::{Context, Subject};
use crate::says::{self, DEEPEST};
use crate::sizes;
use crate::syntax::{ExprKind, Pattern, TextRange, walk};
use crate::words::is_part;

/// Whether a loop walks over what was collected in another one that asks a person each time.
pub(super) fn is_answered(context: &Context<'_>, subject: Subject<'_>, id: u32) -> bool {
    let loops = &subject.flow.loops;
    let text = subject.text_of(loops[id as usize].range);
    let Some(over) = path_over(text) else {
        return false;
    };
    let collects = format!("{over}.push(");
    (0..).zip(loops).any(|(other, one)| {
        other != id
            && subject.text_of(one.range).contains(&collects)
            && says::loop_says(context, subject, other, super::ASKS, DEEPEST)
    })
}

/// Whether a loop walks over what a `match` or `if let` around it takes out of something there is little of.
pub(super) fn is_of_a_setting(subject: Subject<'_>, around: TextRange, head: TextRange) -> bool {
    let Some(over) = path_over(subject.text_of(head)) else {
        return false;
    };
    let is_it = |inner: &Pattern| inner.name() == Some(over);
    let binds = |pattern: &Pattern| matches!(pattern, Pattern::TupleStruct { elements, .. } if elements.iter().any(is_it));
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if !expr.range.contains(around) {
            return false;
        }
        let taken_from = match &expr.kind {
            ExprKind::Match { scrutinee, arms } => {
                let mut arms = arms.iter();
                let arm = arms.find(|arm| arm.body.range.contains(around));
                arm.is_some_and(|arm| binds(&arm.pattern))
                    .then_some(scrutinee)
            }
            ExprKind::If { condition, .. } => match &condition.kind {
                ExprKind::Let {
                    pattern, scrutinee, ..
                } => binds(pattern).then_some(scrutinee),
                _ => None,
            },
            _ => None,
        };
        found |= taken_from.is_some_and(|from| sizes::is_of_few(subject.text_of(from.range)));
        true
    });
    found
}

/// Whether what is walked over comes from a function that lists its elements one by one.
pub(super) fn is_written_down(
    context: &Context<'_>,
    subject: Subject<'_>,
    head: TextRange,
) -> bool {
    let mut calls = subject.flow.calls.iter();
    let call = calls.find(|call| head.contains(call.range));
    call.and_then(|call| context.subject(call.callee))
        .is_some_and(|callee| {
            let text = callee.text_of(callee.body.range);
            let grows = [".push", ".extend", ".append", "collect", "; "];
            text.contains("vec![") && !grows.iter().any(|word| text.contains(word))
        })
}

/// Whether a `for` walks over a constant or static, which are written in capitals, or over the variants of a type.
pub(super) fn is_compiled_in(text: &str) -> bool {
    let Some(path) = text.starts_with("for ").then(|| path_over(text)).flatten() else {
        return false;
    };
    let name = path.rsplit("::").next().unwrap_or(path);
    let is_constant = name.len() > 1
        && name.contains(|c: char| c.is_ascii_uppercase())
        && !name.contains(|c: char| c.is_lowercase());
    is_constant || matches!(name, "value_variants" | "variants")
}

/// The path at the beginning of what a `for` walks over, as text.
fn path_over(text: &str) -> Option<&str> {
    let head = text.split('{').next().unwrap_or(text);
    let (_, over) = head.split_once(" in ")?;
    let over = over.trim_start_matches(['&', '*', '(', ' ']);
    let end = over.find(|c| !is_part(c) && c != ':');
    Some(&over[..end.unwrap_or(over.len())])
}
