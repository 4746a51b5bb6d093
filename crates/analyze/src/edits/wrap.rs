//! The wrapper round the expression that makes a handle.

use model::Edit;

use super::{block_at, edit, indentation, insertion};
use crate::context::Subject;
use crate::flow::Origin;
use crate::syntax::TextRange;

/// A line that an edit makes longer than this is broken differently by rustfmt.
pub(super) const LINE: usize = 100;

/// The wrapper round the expression that makes the handle, or in a line of its own where that is long.
pub(super) fn wrap(
    subject: Subject<'_>,
    origin: &Origin,
    wrapper: &str,
    needs_mut: bool,
) -> Option<Vec<Edit>> {
    let opened = origin.opened;
    let text = subject.text_of(opened);
    let Some(binding) = &origin.binding else {
        return Some(around(subject, opened, wrapper));
    };
    if binding.typed {
        return None;
    }
    let name_at = name_position(subject, binding.statement, &binding.name)?;
    let long =
        text.contains('\n') || line_length(subject.text, opened.start) + wrapper.len() + 7 > LINE;
    let mut edits = Vec::new();
    if !long {
        edits.extend(around(subject, opened, wrapper));
        // `let file = &mut File::create(…)` lends what has no name: it needs none.
        let lent = subject
            .text_of(TextRange::new(name_at, opened.start))
            .trim_end()
            .ends_with("&mut");
        if needs_mut && !binding.mutable && !lent {
            edits.push(insertion(subject, name_at, "mut "));
        }
        return Some(edits);
    }
    // Only a handle that is the statement's whole value can be shadowed by its buffer.
    block_at(subject.body, binding.block)?;
    if binding.mutable {
        let before = TextRange::new(name_at.saturating_sub(4), name_at);
        if subject.text_of(before) != "mut " {
            return None;
        }
        edits.push(edit(subject, before, ""));
    }
    let indent = indentation(subject.text, binding.statement.start);
    let mutable = if needs_mut || binding.mutable {
        "mut "
    } else {
        ""
    };
    let name = &binding.name;
    let line = format!("\n{indent}let {mutable}{name} = {wrapper}::new({name});");
    edits.push(insertion(subject, binding.statement.end, line));
    Some(edits)
}

pub(super) fn around(subject: Subject<'_>, range: TextRange, wrapper: &str) -> Vec<Edit> {
    vec![
        insertion(subject, range.start, format!("{wrapper}::new(")),
        insertion(subject, range.end, ")"),
    ]
}

fn line_length(text: &str, at: u32) -> usize {
    let start = text[..at as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[at as usize..]
        .find('\n')
        .map_or(text.len(), |newline| newline + at as usize);
    text[start..end].trim_end().chars().count()
}

/// Where the bound name stands in its `let`.
fn name_position(subject: Subject<'_>, statement: TextRange, name: &str) -> Option<u32> {
    let text = subject.text_of(statement);
    let rest = text.strip_prefix("let ")?;
    let rest = rest.strip_prefix("ref ").unwrap_or(rest);
    let rest = rest
        .trim_start()
        .strip_prefix("mut ")
        .map_or(rest, str::trim_start);
    let rest = rest.trim_start();
    rest.starts_with(name)
        .then(|| statement.end - u32::try_from(rest.len()).unwrap_or(0))
}
