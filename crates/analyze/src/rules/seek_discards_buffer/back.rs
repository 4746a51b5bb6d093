//! Steps back over what was looked at, by as many bytes as were read.

use model::{Applicability, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, edit};
use crate::flow::{Event, EventKind};
use crate::seeks::{self, Device};
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange};
use crate::words::{count_of, is_word, words};

/// `seek_relative` by what the one read in between answers, or by the length that it fills.
pub(super) fn fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    device: Device,
    (noted, between, back): (&Event, &[&Event], &Event),
    name: &str,
) -> Option<Fix> {
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        if found.is_none() {
            found = rewritten(subject, block, noted, back, name);
        }
    });
    let (note, step, by) = found?;
    let read = TextRange::new(note.end, step.start);
    let only_there = between
        .iter()
        .filter(|event| !matches!(event.kind, EventKind::Mentioned))
        .all(|event| read.contains(event.range));
    let function = subject.text_of(subject.data.function.range);
    let uses = count_of(function, name);
    if !only_there || uses != 2 {
        return None;
    }
    let mut changes = vec![
        edit(subject, edits::statement_lines(subject, note)?, ""),
        edit(subject, back.range, by),
    ];
    let gone = [note, step];
    if words(subject.text_of(back.range))
        .any(|(at, word)| word == "SeekFrom" && !subject.text_of(back.range)[..at].ends_with("::"))
    {
        changes.extend(edits::without_import(context, subject, "SeekFrom", &gone)?);
    }
    // A `BufReader` has a `seek_relative` of its own: nothing else may need the trait.
    if device == Device::Buffer {
        changes.extend(seeks::without_trait(context, subject, &gone)?);
    }
    edits::fix(
        "step back within the buffer",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// In a block that notes the place, reads once and goes back, one statement after the other: the first and the last of them,
/// and the call that steps back.
fn rewritten(
    subject: Subject<'_>,
    block: &Block,
    noted: &Event,
    back: &Event,
    name: &str,
) -> Option<(TextRange, TextRange, String)> {
    let position = block.statements.iter().position(|statement| {
        matches!(&statement.kind, StatementKind::Let { pattern, initializer: Some(value), otherwise: None }
            if pattern.name() == Some(name) && opens(value, noted.range))
    })?;
    let [note, read, step] = block.statements.get(position..position + 3)? else {
        return None;
    };
    let goes_back = matches!(&step.kind, StatementKind::Expr { expr, semicolon: true }
        if opens(expr, back.range));
    let receiver = subject.text_of(back.range).split(".seek(").next()?;
    let same = subject
        .text_of(noted.range)
        .strip_prefix(receiver)
        .is_some_and(|rest| rest.starts_with('.'));
    if !goes_back || !same || subject.text_of(back.range).contains('\n') {
        return None;
    }
    let length = bytes_read(subject, read, receiver)?;
    let call = format!("{receiver}.seek_relative(-({length} as i64))");
    Some((note.range, step.range, call))
}

/// Whether an expression is a call with the `?` or `unwrap()` behind it.
fn opens(expr: &Expr, call: TextRange) -> bool {
    match &expr.kind {
        ExprKind::Try(inner) => inner.range == call,
        ExprKind::Method { receiver, name, .. } => {
            receiver.range == call && matches!(name.as_str(), "unwrap" | "expect")
        }
        _ => false,
    }
}

/// How many bytes a statement reads, as an expression that can stand behind it.
fn bytes_read(subject: Subject<'_>, statement: &Statement, reader: &str) -> Option<String> {
    let taken = |expr: &Expr| -> Option<Expr> {
        match &expr.kind {
            ExprKind::Try(inner) => Some(inner.as_ref().clone()),
            ExprKind::Method { receiver, name, .. }
                if matches!(name.as_str(), "unwrap" | "expect") =>
            {
                Some(receiver.as_ref().clone())
            }
            _ => None,
        }
    };
    match &statement.kind {
        StatementKind::Let {
            pattern,
            initializer: Some(value),
            otherwise: None,
        } => {
            let name = pattern.name().filter(|_| !pattern.is_mutable())?;
            let counts = match taken(value)?.kind {
                ExprKind::Method { receiver, name, .. } => {
                    name == "read" && subject.text_of(receiver.range) == reader
                }
                // `io::copy(&mut reader.by_ref().take(16), …)`
                ExprKind::Call { callee, arguments } => {
                    let from = arguments.first().map(|from| subject.text_of(from.range));
                    let limited = format!("&mut {reader}.by_ref().take(");
                    matches!(&callee.kind, ExprKind::Path(path) if path.last() == "copy")
                        && from.is_some_and(|from| from.starts_with(&limited))
                }
                _ => false,
            };
            counts.then(|| name.to_owned())
        }
        StatementKind::Expr {
            expr,
            semicolon: true,
        } => match taken(expr)?.kind {
            ExprKind::Method {
                receiver,
                name,
                arguments,
                ..
            } if name == "read_exact" && subject.text_of(receiver.range) == reader => {
                let [buffer] = arguments.as_slice() else {
                    return None;
                };
                let buffer = subject.text_of(buffer.range).strip_prefix("&mut ")?;
                is_word(buffer).then(|| format!("{buffer}.len()"))
            }
            _ => None,
        },
        _ => None,
    }
}
