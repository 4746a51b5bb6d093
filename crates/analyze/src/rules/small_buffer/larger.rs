//! The buffer with a size that is worth a call.

use model::{Applicability, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, edit};
use crate::flow::Origin;
use crate::syntax::TextRange;
use crate::words::{count_of, is_part, places_of};

const SIZE: &str = "64 * 1024";
const TITLE: &str = "take 64 KiB at a time";

/// A vector in place of an array or vector whose size nothing else relies on.
pub(super) fn buffer(context: &Context<'_>, subject: Subject<'_>, made: &Origin) -> Option<Fix> {
    let binding = made.binding.as_ref()?;
    let text = subject.text_of(made.range);
    let written = text.strip_prefix("vec!").unwrap_or(text);
    let (element, length) = written
        .strip_prefix('[')?
        .strip_suffix(']')?
        .split_once(';')?;
    let (element, length) = (element.trim(), length.trim());
    let is_zero = matches!(element, "0" | "0u8" | "0_u8");
    if binding.typed || !is_zero || relies_on_size(subject, &binding.name, binding.statement) {
        return None;
    }
    let is_constant = length.starts_with(|c: char| c.is_ascii_uppercase());
    let (length, constant) = if is_constant {
        let value = only_value(context, subject, length)?;
        (length, Some(edit(subject, value, SIZE)))
    } else {
        (SIZE, None)
    };
    let vector = format!("vec![{element}; {length}]");
    let mut changes = Vec::from_iter(constant);
    if text != vector {
        changes.push(edit(subject, made.range, vector));
    }
    edits::fix(TITLE, Applicability::MaybeIncorrect, changes)
}

/// Whether code behind a `let` does anything with what it names but read into it and take from its start as much as was read:
/// other parts may be those of a record.
fn relies_on_size(subject: Subject<'_>, name: &str, made: TextRange) -> bool {
    let rest = TextRange::new(made.end, subject.body.range.end);
    let rest = subject.text_of(rest);
    places_of(rest, name).any(|at| {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let lent = before.ends_with(".read(&mut ") && after.starts_with(')');
        let part = after
            .strip_prefix("[..")
            .or_else(|| after.strip_prefix("[0.."))
            .and_then(|part| part.split_once(']'));
        let is_read = |count: &str| {
            [
                format!("let {count} ="),
                format!("Ok({count})"),
                format!("{count} =>"),
            ]
            .iter()
            .any(|bound| rest.contains(bound))
        };
        let taken = part.is_some_and(|(count, _)| {
            count.starts_with(|c: char| c.is_lowercase())
                && count.chars().all(is_part)
                && is_read(count)
        });
        !lent && !taken
    })
}

/// The value of a constant that this function alone names, and once.
fn only_value(context: &Context<'_>, subject: Subject<'_>, name: &str) -> Option<TextRange> {
    let total: usize = context
        .sources
        .files
        .iter()
        .map(|file| count_of(&file.text, name))
        .sum();
    let declared = format!("const {name}: usize = ");
    let at = subject.text.find(&declared)?;
    let line = subject.text[..at].rsplit('\n').next()?;
    if total != 2 || !line.trim().is_empty() {
        return None;
    }
    let start = at + declared.len();
    let length = subject.text[start..].find(';')?;
    let offset = |at: usize| u32::try_from(at).ok();
    Some(TextRange::new(offset(start)?, offset(start + length)?))
}

/// The number that a buffer of std is made with, where it is written as one.
pub(super) fn capacity(subject: Subject<'_>, made: &Origin) -> Option<Fix> {
    let text = subject.text_of(made.range);
    let (call, rest) = text.split_once("with_capacity(")?;
    let number = rest.split(',').next()?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_ *<".contains(c));
    let start = made.range.start + u32::try_from(call.len() + "with_capacity(".len()).ok()?;
    let range = TextRange::new(start, start + u32::try_from(number.len()).ok()?);
    let changes = vec![edit(subject, range, SIZE)];
    is_number.then(|| edits::fix(TITLE, Applicability::MaybeIncorrect, changes))?
}
