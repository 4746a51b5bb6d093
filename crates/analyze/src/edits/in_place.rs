//! A buffered writer that is made in the argument of the call that fills it.

use model::Edit;

use super::errors::error_habit;
use super::flush::yields_nothing;
use super::inline::{Ending, Named, in_three_statements};
use super::lent::holds;
use super::wrap::chain;
use super::{Handled, Imports, free_name, home, indentation, takes_any};
use crate::flow::EventKind;
use crate::syntax::{StatementKind, TextRange};
use crate::words::is_part;

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
    let (block, at) = home(subject.body, event.range)?;
    let statement = &block.statements[at];
    let StatementKind::Expr { semicolon, .. } = &statement.kind else {
        return None;
    };
    if statement.range.start != event.range.start {
        return None;
    }
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
    let is_value = !semicolon && block.range == subject.body.range && yields_nothing(subject);
    let ending = match passed_on {
        "" if is_value && suffix.ends_with('?') => Ending::Value,
        // A failure that is dealt with on the spot, or ignored, would be so twice.
        _ if *semicolon && (passed_on.ends_with("?;") || passed_on == ".unwrap();") => {
            Ending::Statement
        }
        _ => return None,
    };
    let name = free_name(subject, &NAMES)?;
    let indent = indentation(subject.text, statement.range.start);
    let flush = imports.write_method(context, subject, name, "flush");
    let named = Named {
        name,
        opening: format!("let mut {name} = {made};\n{indent}"),
        flushed: chain(name, &flush, &suffix, indent),
    };
    in_three_statements(subject, event, statement, &named, ending)
}
