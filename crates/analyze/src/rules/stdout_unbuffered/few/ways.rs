//! Ways on which a place is come to, or left: failures, the end of the loop or the program, a terminal.

use crate::context::Subject;
use crate::edits;
use crate::syntax::{Expr, ExprKind, Pattern, StatementKind, TextRange, walk};
use crate::words::words;

const TERMINAL: &str = "is_terminal()";

/// Whether only a terminal gets to see what is printed at a place: by a condition around it, or since all else has left.
pub(super) fn is_for_terminal(subject: Subject<'_>, place: TextRange) -> bool {
    let mut found = false;
    let mut names: Vec<(&str, bool)> = Vec::new();
    edits::visit_lets(subject.body, &mut |pattern, value| {
        let text = subject.text_of(value.range);
        if text.contains(TERMINAL) {
            names.extend(pattern.name().map(|name| (name, text.starts_with('!'))));
        }
    });
    let named =
        |text: &str| words(text).find_map(|(_, word)| names.iter().find(|(name, _)| *name == word));
    walk::block_expressions(subject.body, &mut |expr| {
        let ExprKind::If {
            condition,
            then,
            otherwise,
        } = &expr.kind
        else {
            return true;
        };
        let text = subject.text_of(condition.range);
        let denied = match named(text) {
            Some((_, denied)) => *denied,
            None if text.contains(TERMINAL) => false,
            None => return true,
        };
        let or_else = otherwise.as_ref().map(|other| other.range);
        let (terminal, other) = match text.starts_with('!') != denied {
            true => (or_else, Some(then.range)),
            false => (Some(then.range), or_else),
        };
        let left = || {
            let last = then.statements.last().map(|last| &last.kind);
            let leaves = matches!(last, Some(StatementKind::Expr { expr, .. })
                if matches!(expr.kind, ExprKind::Return(_)));
            leaves && other == Some(then.range) && place.start >= expr.range.end
        };
        found |= terminal.is_some_and(|branch| branch.contains(place)) || left();
        true
    });
    found
}

/// Whether the other branch of an `if` around a place hands the line to a progress bar, which draws itself below it.
pub(super) fn is_beside_a_bar(subject: Subject<'_>, place: TextRange) -> bool {
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::If {
            then,
            otherwise: Some(other),
            ..
        } = &expr.kind
            && other.range.contains(place)
        {
            found |= subject.text_of(then.range).contains(".println(");
        }
        !found
    });
    found
}

/// Whether a place stands in the branch of an `if` whose condition is a variable that is `false` for good.
pub(super) fn is_switched_off(subject: Subject<'_>, place: TextRange) -> bool {
    let mut off: Vec<&str> = Vec::new();
    edits::visit_lets(subject.body, &mut |pattern, value| {
        if !pattern.is_mutable() && subject.text_of(value.range) == "false" {
            off.extend(pattern.name());
        }
    });
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::If {
            condition, then, ..
        } = &expr.kind
        {
            let is_off = off.contains(&subject.text_of(condition.range));
            found |= is_off && then.range.contains(place);
        }
        !found
    });
    found
}

/// Whether the block in which a place stands, within a loop, ends the loop or the program behind it.
pub(super) fn leaves(subject: Subject<'_>, around: TextRange, place: TextRange) -> bool {
    // A closure that returns goes on with the next turn.
    let mut in_closure = false;
    walk::block_expressions(subject.body, &mut |expr| {
        let closure = matches!(expr.kind, ExprKind::Closure(_)) && around.contains(expr.range);
        in_closure |= closure && expr.range.contains(place);
        true
    });
    follows(subject, around, place, |expr| match expr.kind {
        ExprKind::Break(_) => true,
        ExprKind::Return(_) => !in_closure,
        _ => ends_program(subject, expr),
    })
}

/// Whether the program fails behind a place, in one of the blocks around it.
pub(super) fn gives_up(subject: Subject<'_>, place: TextRange) -> bool {
    follows(subject, subject.body.range, place, |expr| {
        ends_program(subject, expr) && !subject.text_of(expr.range).ends_with("(0)")
    })
}

/// Whether a place within a loop is only come to with an `Err` of that turn.
pub(super) fn is_told_of_failures(
    subject: Subject<'_>,
    around: TextRange,
    place: TextRange,
) -> bool {
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
