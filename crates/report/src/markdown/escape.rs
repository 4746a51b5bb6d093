//! Untrusted text as Markdown that shows it and does nothing else.

use crate::text::{clip, printable, printable_diff, printable_lines};

/// Characters of a clause that are kept; a longer one is no longer read.
const CLAUSE: usize = 500;

/// Code within a line, in backticks enough for the backticks that it holds.
pub(super) fn code(text: &str) -> String {
    let text = clip(&printable(text), CLAUSE);
    let ticks = "`".repeat(longest_run(&text) + 1);
    // A space beside a backtick keeps the two apart; GitHub drops one on each side.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A clause whose words between backticks are code.
pub(super) fn clause(text: &str) -> String {
    let text = clip(&printable(text), CLAUSE);
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return plain(&text);
    }
    let piece = |(position, piece): (usize, &&str)| match position % 2 {
        1 if !piece.is_empty() => code(piece),
        1 => "\\`\\`".to_owned(),
        _ => plain(piece),
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// Words without any markup.
fn plain(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut escaped = String::with_capacity(text.len());
    for (position, character) in characters.iter().enumerate() {
        let letter = |at: Option<usize>| {
            at.and_then(|at| characters.get(at))
                .is_some_and(|c| c.is_alphanumeric())
        };
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Within a word it is no markup.
            '_' if letter(position.checked_sub(1)) && letter(Some(position + 1)) => {
                escaped.push('_');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' | '!' => {
                escaped.extend(['\\', *character]);
            }
            _ => escaped.push(*character),
        }
    }
    escaped
}

/// Text for the inside of an HTML element.
pub(super) fn html(text: &str) -> String {
    clip(&printable(text), CLAUSE)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A cell of a table, from text that is Markdown already.
pub(super) fn cell(markdown: &str) -> String {
    let mut escaped = String::with_capacity(markdown.len());
    let mut previous = ' ';
    for character in markdown.chars() {
        if character == '|' && previous != '\\' {
            escaped.push('\\');
        }
        escaped.push(character);
        previous = character;
    }
    escaped
}

/// Lines of code as a block, in a fence longer than any in the code.
pub(super) fn block(code: &str, language: &str) -> String {
    fenced(&printable_lines(code), language)
}

/// A diff as a block that `git apply` takes.
pub(super) fn diff_block(diff: &str) -> String {
    fenced(&printable_diff(diff), "diff")
}

fn fenced(code: &str, language: &str) -> String {
    let fence = "`".repeat((longest_run(code) + 1).max(3));
    let end = if code.is_empty() || code.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{fence}{language}\n{code}{end}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}
