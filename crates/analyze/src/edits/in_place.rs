//! A buffered writer that is made in the argument of the call that fills it.

use std::fmt::Write as _;

use model::Edit;

use super::errors::error_habit;
use super::flush::{behind, returns_unit};
use super::lent::holds;
use super::{Handled, Imports, edit, indentation, insertion, takes_any};
use crate::flow::EventKind;
use crate::syntax::{StatementKind, TextRange};
use crate::words::{has_word, is_part};

/// Names for a writer that had none.
const NAMES: [&str; 3] = ["writer", "out", "output"];

/// `to_writer(BufWriter::new(File::create(path)?), value)?;` gets a `let` of its own for the writer, which is flushed behind it.
pub(super) fn flush_in_place(handle: Handled<'_>, imports: &mut Imports) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let [event] = events else { return None };
    let taken = match &event.kind {
        EventKind::Argument {
            callee,
            parameter,
            by_value: true,
        } => !holds(context, *callee, *parameter) && takes_any(context, *callee, *parameter),
        EventKind::Effect {
            row,
            by_value: true,
            ..
        } => !context.effects.row(*row).is_wrapper(),
        _ => false,
    };
    if !taken || event.at != origin.opened {
        return None;
    }
    let mut home = None;
    super::visit_blocks(subject.body, &mut |block| {
        for (at, statement) in block.statements.iter().enumerate() {
            if statement.range.start == event.range.start {
                home = Some((block, at, statement));
            }
        }
    });
    let (block, at, statement) = home?;
    let StatementKind::Expr { semicolon, .. } = &statement.kind else {
        return None;
    };
    let made = subject.text_of(origin.opened);
    let call = subject.text_of(statement.range);
    // What stands before the writer is evaluated before it: it must be nothing but names.
    let before = TextRange::new(event.range.start, origin.opened.start);
    let before = subject.text_of(before);
    let only_names = before.chars().all(|c| is_part(c) || ":.&,( ".contains(c));
    if call.contains('\n') || !only_names || before.matches('(').count() != 1 {
        return None;
    }
    let suffix = error_habit(handle)?;
    let passed_on = subject.text_of(TextRange::new(event.range.end, statement.range.end));
    let is_tail = !semicolon && at + 1 == block.statements.len();
    let fits = if is_tail {
        let returns = subject.data.function.returns.as_ref();
        passed_on.is_empty()
            && suffix.ends_with('?')
            && block.range == subject.body.range
            && returns.is_some_and(returns_unit)
    } else {
        // A failure that is dealt with on the spot, or ignored, would be so twice.
        *semicolon && (passed_on.ends_with("?;") || passed_on == ".unwrap();")
    };
    let function = subject.text_of(subject.data.function.range);
    let name = NAMES.iter().find(|name| !has_word(function, name))?;
    if !fits {
        return None;
    }
    let indent = indentation(subject.text, statement.range.start);
    let flush = imports.write_method(context, subject, name, "flush");
    let mut lines = format!("\n{indent}{flush}{suffix};");
    if is_tail {
        let _ = write!(lines, "\n{indent}Ok(())");
    }
    let ending = if is_tail { "?;" } else { "" };
    let mut edits = behind(subject, statement.range.end, ending, &lines);
    edits.extend([
        insertion(
            subject,
            statement.range.start,
            format!("let mut {name} = {made};\n{indent}"),
        ),
        edit(subject, origin.opened, format!("&mut {name}")),
    ]);
    Some(edits)
}
