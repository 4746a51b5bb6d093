//! A wrapper round an opening of several lines that stands as the only argument of a call, broken as rustfmt breaks it.

use model::Edit;

use super::wrap::LINE;
use super::{edit, has_comment, home, indentation, insertion};
use crate::context::Subject;
use crate::syntax::{Block, Expr, ExprKind, TextRange, walk};

/// rustfmt's indentation.
const STEP: usize = 4;

/// The wrapper with what it wraps in lines of its own; `None` where rustfmt would write that in another way.
pub(super) fn around(subject: Subject<'_>, opened: TextRange, wrapper: &str) -> Option<Vec<Edit>> {
    let (block, at) = home(subject.body, opened)?;
    let statement = block.statements[at].range;
    let (before, after) = subject.text.split_at(opened.end as usize);
    let before = &before[..opened.start as usize];
    let is_alone = before.ends_with('(') && after.starts_with(')');
    let (start, end) = (statement.start, statement.end);
    let moved = TextRange::new(opened.start, end);
    if !is_alone || has_comment(subject.text_of(moved)) || has_long_text(subject, moved) {
        return None;
    }
    let indent = |at: u32| {
        let white = indentation(subject.text, at);
        (!white.contains('\t')).then_some(white.len())
    };
    let (outer, inner) = (indent(start)?, indent(opened.start)?);
    let mut changes = Vec::new();
    // The call fits beside what it is assigned to, now that the line ends behind the wrapper.
    let call = before.rsplit('\n').next()?.trim_start();
    let assigned = &before[start as usize..before.len() - call.len()].trim_end();
    let first = format!("{assigned} {call}{wrapper}::new(");
    let is_broken = assigned.ends_with(" =") && !assigned.contains('\n') && inner == outer + STEP;
    let place = if is_broken && outer + first.len() <= LINE {
        let gap = TextRange::new(
            start + u32::try_from(assigned.len()).ok()?,
            opened.start - u32::try_from(call.len()).ok()?,
        );
        changes.push(edit(subject, gap, " "));
        outer
    } else {
        inner
    };
    let deeper = " ".repeat(place + STEP);
    changes.push(insertion(
        subject,
        opened.start,
        format!("{wrapper}::new(\n{deeper}"),
    ));
    let closed = format!(",\n{})", " ".repeat(place));
    changes.push(insertion(subject, opened.end, closed));
    let body = closure_body(subject, opened, place + STEP)?;
    if let Some((gaps, inside)) = &body {
        changes.extend(gaps.iter().map(|gap| edit(subject, *gap, "")));
        shift(subject, *inside, inner + STEP, place + STEP, &mut changes)?;
    }
    for part in parts(opened, body.as_ref().map(|(gaps, _)| gaps)) {
        shift(subject, part, inner, place + STEP, &mut changes)?;
    }
    shift(
        subject,
        TextRange::new(opened.end, end),
        inner,
        place,
        &mut changes,
    )?;
    Some(changes)
}

/// What is taken out before and behind the body of a closure, and the body.
type Body = ([TextRange; 2], TextRange);

/// The body of the closure whose block loses its braces, since it is one struct that now begins in the line of the closure; `None` within
/// if there is no such closure, and as a whole if its line would still be too long or it is of another kind.
fn closure_body(subject: Subject<'_>, opened: TextRange, place: usize) -> Option<Option<Body>> {
    let text = subject.text_of(opened);
    let first = text.lines().next()?;
    let Some((block, tail)) = last_closure(subject.body, opened) else {
        return (place + first.len() <= LINE).then_some(None);
    };
    let is_struct = matches!(tail.kind, ExprKind::Struct { .. });
    let head = subject.text_of(TextRange::new(opened.start, block.range.start));
    let tail_text = subject.text_of(tail.range);
    let length = place + head.len() + tail_text.lines().next()?.len();
    let collapses = is_struct && tail_text.contains('\n') && !head.contains('\n') && length <= LINE;
    let gaps = [
        TextRange::new(block.range.start, tail.range.start),
        TextRange::new(tail.range.end, block.range.end),
    ];
    collapses.then_some(Some((gaps, tail.range)))
}

/// The closure of an opening whose block holds one expression and no more.
fn last_closure(body: &Block, opened: TextRange) -> Option<(&Block, &Expr)> {
    let mut found = None;
    walk::block_expressions(body, &mut |expr| {
        if opened.contains(expr.range)
            && let ExprKind::Closure(closure) = &expr.kind
            && let ExprKind::Block(block) = &closure.body.kind
            && let ([_], Some(tail)) = (block.statements.as_slice(), block.tail())
        {
            found = Some((block, tail));
        }
        true
    });
    found
}

/// A range without what is taken out of it and what lies between.
fn parts(range: TextRange, gaps: Option<&[TextRange; 2]>) -> Vec<TextRange> {
    match gaps {
        None => vec![range],
        Some([first, second]) => vec![
            TextRange::new(range.start, first.start),
            TextRange::new(second.end, range.end),
        ],
    }
}

/// Moves the lines that begin within a range from one indentation to another.
fn shift(
    subject: Subject<'_>,
    range: TextRange,
    from: usize,
    to: usize,
    changes: &mut Vec<Edit>,
) -> Option<()> {
    for (at, _) in subject.text_of(range).match_indices('\n') {
        let start = range.start + u32::try_from(at + 1).ok()?;
        let line = subject.text[start as usize..].lines().next()?;
        let white = line.len() - line.trim_start_matches(' ').len();
        if line.is_empty() {
            continue;
        }
        if white < from.saturating_sub(to) || line.len() + to - from.min(line.len()) > LINE {
            return None;
        }
        if to > from {
            changes.push(insertion(subject, start, " ".repeat(to - from)));
        } else if from > to {
            let gone = TextRange::new(start, start + u32::try_from(from - to).ok()?);
            changes.push(edit(subject, gone, ""));
        }
    }
    Some(())
}

/// Whether a text goes over several lines, which must not be moved.
fn has_long_text(subject: Subject<'_>, range: TextRange) -> bool {
    subject
        .text_of(range)
        .lines()
        .any(|line| line.matches('"').count() % 2 == 1)
}
