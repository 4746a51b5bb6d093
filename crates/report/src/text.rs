//! Text that is safe to print and reads well.

use std::fmt::Write as _;

/// Whether a terminal or a viewer would act on the character instead of showing it.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// One line of untrusted text with every character that is not shown as itself written as an escape.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut shown, character| {
            if acts(character) {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
            shown
        })
}

/// Untrusted code of several lines: as [`printable`], with newlines and tabs kept and the `\r` of a line end dropped.
pub(crate) fn printable_lines(text: &str) -> String {
    printable_lines_ending(text, "\n")
}

/// The same for a diff that is to be copied: an `\r` at the end of a line belongs to the line that is to be found or written.
pub(crate) fn printable_diff(text: &str) -> String {
    printable_lines_ending(text, "\r\n")
}

/// As [`printable_lines`], with that in the place of `\r\n`.
fn printable_lines_ending(text: &str, ending: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match (line.strip_suffix("\r\n"), line.strip_suffix('\n')) {
            (Some(line), _) => (line, ending),
            (None, Some(line)) => (line, "\n"),
            (None, None) => (line, ""),
        };
        for (position, piece) in line.split('\t').enumerate() {
            if position > 0 {
                shown.push('\t');
            }
            shown.push_str(&printable(piece));
        }
        shown.push_str(end);
    }
    shown
}

/// Untrusted code in which every byte offset stays where it is: characters that annotate-snippets lets through and a
/// terminal acts on are replaced by visible ones of the same length.
pub(crate) fn printable_in_place(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => character,
            _ if !acts(character) || character.is_ascii() => character,
            _ if character.len_utf8() == 2 => '·',
            _ => '\u{fffd}',
        })
        .collect()
}

/// At most `limit` characters, the last of them an ellipsis if something is missing.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars()
        .take(limit.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// `1 finding`, `2 fixes`, `1,024 findings`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with('x') => "es",
        _ => "s",
    };
    format!("{} {noun}{ending}", grouped(count))
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// The first `shown` items separated by commas, and how many are not shown.
pub(crate) fn listed(items: &[String], shown: usize) -> String {
    let mut text = items
        .iter()
        .take(shown)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(hidden) = items.len().checked_sub(shown).filter(|hidden| *hidden > 0) {
        let _ = write!(text, " and {hidden} more");
    }
    text
}

/// The text with its first letter in upper case, unless it begins with a name.
pub(crate) fn sentence(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    if !word.chars().all(|character| character.is_ascii_lowercase()) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
