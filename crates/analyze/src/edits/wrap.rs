//! The wrapper round the expression that makes a handle.

use model::Edit;

use super::arguments::are_met;
use super::{block_at, broken, edit, indentation, insertion, visit_blocks};
use crate::context::Subject;
use crate::flow::{Binding, Origin};
use crate::syntax::{StatementKind, TextRange, TypeRef};

/// A line that an edit makes longer than this is broken differently by rustfmt.
pub(crate) const LINE: usize = 100;
/// And a chain of two calls and more beyond this within a line.
pub(crate) const CHAIN: usize = 60;
/// And the arguments of a call beyond this between its parentheses.
pub(super) const ARGUMENTS: usize = 60;

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
        // Where rustfmt would break the line, it breaks it in a way that depends on all that stands around.
        let is_whole = !text.contains('\n');
        let closing = usize::from(is_whole);
        let length = line_length(subject.text, opened.start) + wrapper.len() + "::new(".len();
        return match length + closing > LINE {
            false => Some(around(subject, opened, wrapper)),
            true if is_whole => None,
            true => broken::around(subject, opened, wrapper),
        };
    };
    if binding.typed && !is_boxed(subject, origin, binding) {
        return None;
    }
    let name_at = name_position(subject, binding.statement, &binding.name)?;
    if binding.typed {
        let long = text.contains('\n')
            || line_length(subject.text, opened.start) + wrapper.len() + 7 > LINE;
        let mut edits = around(subject, opened, wrapper);
        if needs_mut && !binding.mutable {
            edits.push(insertion(subject, name_at, "mut "));
        }
        return (!long).then_some(edits);
    }
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
    shadow(subject, binding, wrapper, needs_mut)
}

/// A line behind the `let` of a handle that gives its name to the buffer round it.
pub(super) fn shadow(
    subject: Subject<'_>,
    binding: &Binding,
    wrapper: &str,
    needs_mut: bool,
) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    // Only a handle that is the statement's whole value can be shadowed by its buffer.
    block_at(subject.body, binding.block)?;
    let name_at = name_position(subject, binding.statement, &binding.name)?;
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

/// Whether a handle goes into a box whose declared type says only what can be done with it.
pub(super) fn is_boxed(subject: Subject<'_>, origin: &Origin, binding: &Binding) -> bool {
    let inside = subject.text[..origin.opened.start as usize].ends_with("Box::new(")
        && subject.text[origin.opened.end as usize..].starts_with(')');
    let mut erased = false;
    visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Let { pattern, .. } = &statement.kind
                && statement.range == binding.statement
            {
                erased |= pattern.declared().is_some_and(is_any_in_a_box);
            }
        }
    });
    inside && erased
}

fn is_any_in_a_box(declared: &TypeRef) -> bool {
    let TypeRef::Path(path) = declared else {
        return false;
    };
    let held = path.segments.last().map(|last| last.generics.as_slice());
    path.last() == "Box" && matches!(held, Some([TypeRef::DynTrait(bounds)]) if are_met(bounds))
}

/// A call on a name and what follows it, broken as rustfmt breaks a chain that is long.
pub(super) fn chain(name: &str, call: &str, suffix: &str, indent: &str) -> String {
    let in_one = format!("{call}{suffix}");
    let short = in_one.len() <= CHAIN && indent.len() + in_one.len() < LINE;
    let method = call.strip_prefix(name).filter(|rest| rest.starts_with('.'));
    match method {
        Some(method) if !short && suffix.starts_with('.') => {
            // A name no longer than an indentation keeps its first call beside it.
            let first = match name.len() <= 4 {
                true => String::new(),
                false => format!("\n{indent}    "),
            };
            format!("{name}{first}{method}\n{indent}    {suffix}")
        }
        _ => in_one,
    }
}

pub(super) fn around(subject: Subject<'_>, range: TextRange, wrapper: &str) -> Vec<Edit> {
    vec![
        insertion(subject, range.start, format!("{wrapper}::new(")),
        insertion(subject, range.end, ")"),
    ]
}

pub(super) fn line_length(text: &str, at: u32) -> usize {
    let start = text[..at as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[at as usize..]
        .find('\n')
        .map_or(text.len(), |newline| newline + at as usize);
    text[start..end].trim_end().chars().count()
}

/// Where the bound name stands in its `let`.
pub(super) fn name_position(subject: Subject<'_>, statement: TextRange, name: &str) -> Option<u32> {
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
