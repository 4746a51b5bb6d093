//! Whether a statement stays in the lines that rustfmt gave it.

use model::Edit;

use super::wrap::{ARGUMENTS, CHAIN, LINE};
use crate::context::Subject;
use crate::syntax::TextRange;

/// What joining the lines of a statement may save: the braces of a closure, a comma.
const SAVED: usize = 4;

/// Whether rustfmt would leave the lines of a statement as they are after edits that add no line; no where that cannot be told.
pub(crate) fn keeps_layout(subject: Subject<'_>, statement: TextRange, edits: &[Edit]) -> bool {
    let before = subject.text_of(statement);
    let after = with_edits(subject, statement, edits);
    let start = statement.start as usize;
    let line = subject.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let ahead = subject.text[line..start].chars().count();
    let behind = &subject.text[statement.end as usize..];
    let behind = behind.lines().next().unwrap_or_default().trim_end();
    let mut lines = after.lines();
    let first = lines.next().unwrap_or_default();
    let fits = |length: usize| length <= LINE;
    if !fits(ahead + width(first)) || !lines.all(|line| fits(width(line))) {
        return false;
    }
    if before.contains('\n') {
        // In fewer lines it would be too long still.
        let joined: String = after.lines().map(str::trim).collect();
        return !fits((ahead + width(&joined)).saturating_sub(SAVED));
    }
    let grows = width(&after) > width(before);
    !grows
        || fits(ahead + width(&after) + width(behind))
            && !after.contains('{')
            && (longest_chain(&after) < 2 || width(&after) <= CHAIN)
            && widest_arguments(&after) <= ARGUMENTS.max(widest_arguments(before))
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The statement after those of the edits that lie in it.
fn with_edits(subject: Subject<'_>, statement: TextRange, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    let mut text = String::new();
    let mut done = statement.start;
    for edit in edits {
        text.push_str(subject.text_of(TextRange::new(done, edit.span.start)));
        text.push_str(&edit.replacement);
        done = edit.span.end;
    }
    text.push_str(subject.text_of(TextRange::new(done, statement.end)));
    text
}

/// The width of what the parentheses of a line hold, of those that hold most.
fn widest_arguments(line: &str) -> usize {
    let mut open = Vec::new();
    let mut widest = 0;
    for (at, c) in line.chars().enumerate() {
        match c {
            '(' => open.push(at + 1),
            ')' => widest = widest.max(at - open.pop().unwrap_or(at)),
            _ => {}
        }
    }
    widest
}

/// How many methods are called on the result of a call, of the chains in a line in that with most.
fn longest_chain(line: &str) -> usize {
    let mut around = Vec::new();
    let (mut calls, mut longest) = (0, 0);
    let mut last = ' ';
    for c in line.chars() {
        match c {
            '(' => around.push(std::mem::take(&mut calls)),
            ')' => calls = around.pop().unwrap_or_default(),
            ',' => calls = 0,
            '.' if matches!(last, ')' | '?') => calls += 1,
            _ => {}
        }
        longest = longest.max(calls);
        last = c;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{longest_chain, widest_arguments};

    #[test]
    fn calls_in_the_arguments_of_a_chain_are_chains_of_their_own() {
        assert_eq!(longest_chain("read(path)?"), 0);
        assert_eq!(longest_chain("parse(&read(path)?.bytes()).map(into)?"), 1);
        assert_eq!(longest_chain("a(b().c(), d().e()).f().g()?"), 2);
    }

    #[test]
    fn the_outermost_arguments_are_the_widest() {
        assert_eq!(widest_arguments("first(1, second(22), 3)?"), 16);
        assert_eq!(widest_arguments("first(1).second(22)"), 2);
        assert_eq!(widest_arguments("none) of ("), 0);
    }
}
