//! Untrusted text as Markdown that shows it and does nothing else.

use percent_encoding::utf8_percent_encode;

use crate::content::IN_PATH;
use crate::document::{Inline, Words};
use crate::text::printable_diff;

/// Code within a line, in backticks enough for the backticks that it holds.
pub(super) fn code(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text) + 1);
    // A space beside a backtick keeps the two apart; GitHub drops one on each side.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Words without any markup.
pub(super) fn plain(text: &str) -> String {
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
            // GitHub would call the person.
            '@' if letter(Some(position + 1)) => escaped.push_str("@<!-- -->"),
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

/// Words for the inside of an HTML element, where Markdown's own markup does not count.
pub(super) fn html(words: &Words) -> String {
    let text = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let inline = |inline: &Inline| match inline {
        Inline::Text(words) | Inline::Foreign(words) => text(words),
        Inline::Code(code) => format!("<code>{}</code>", text(code)),
        Inline::Strong(inside) | Inline::Link(inside, _) => html(inside),
    };
    words.0.iter().map(inline).collect()
}

/// A relative path as the address of a link.
pub(super) fn address(path: &str) -> String {
    utf8_percent_encode(path, IN_PATH).to_string()
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

/// A diff as a block that `git apply` takes.
pub(super) fn diff_block(diff: &str) -> String {
    fenced(&printable_diff(diff), "diff")
}

/// Lines of code as a block, in a fence longer than any in the code.
pub(super) fn fenced(code: &str, language: &str) -> String {
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
