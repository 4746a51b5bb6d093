//! Text edits of one file: what makes a list of them sound, when two of them clash, and the text they give.

use std::collections::HashMap;
use std::ops::Range;

use model::{Edit, FileId, Finding, Sources};

/// Gives the replacements of every suggestion and alternative the line endings of the file they go into.
///
/// In a file most of whose lines end in `"\r\n"`, each lone `"\n"` of a replacement becomes `"\r\n"`. Applying it twice is the
/// same as once. [`plan`](crate::plan()) does it to its own copy; call this before findings are shown, so that the edits
/// that a reader sees are the ones that are applied.
pub fn adapt_line_endings(findings: &mut [Finding], sources: &Sources) {
    let mut endings = LineEndings::of(sources);
    for finding in findings {
        for fix in finding
            .suggestion
            .iter_mut()
            .chain(&mut finding.alternatives)
        {
            endings.adapt(&mut fix.edits);
        }
    }
}

/// How files end their lines, each looked at once.
pub(crate) struct LineEndings<'a> {
    sources: &'a Sources,
    crlf: HashMap<FileId, bool>,
}

impl<'a> LineEndings<'a> {
    pub(crate) fn of(sources: &'a Sources) -> Self {
        let crlf = HashMap::new();
        Self { sources, crlf }
    }

    /// [`adapt_line_endings`] for the edits of one fix. Edits of unknown files are left as they are.
    pub(crate) fn adapt(&mut self, edits: &mut [Edit]) {
        let edits = edits.iter_mut();
        for edit in edits.filter(|edit| edit.replacement.contains('\n')) {
            let Some(file) = self.sources.files.get(edit.span.file.0 as usize) else {
                continue;
            };
            let crlf = self.crlf.entry(edit.span.file);
            if *crlf.or_insert_with(|| ends_lines_in_crlf(&file.text)) {
                edit.replacement = edit.replacement.replace("\r\n", "\n").replace('\n', "\r\n");
            }
        }
    }
}

fn ends_lines_in_crlf(text: &str) -> bool {
    let lines = text.matches('\n').count();
    let crlf = text.matches("\r\n").count();
    crlf * 2 > lines
}

/// The bytes that an edit replaces.
pub(crate) fn range(edit: &Edit) -> Range<usize> {
    edit.span.start as usize..edit.span.end as usize
}

/// Why the edits of one fix cannot be applied, or nothing if they can.
///
/// `edits` must be sorted by span and replacement.
pub(crate) fn defect(edits: &[Edit], sources: &Sources) -> Option<String> {
    if edits.is_empty() {
        return Some("the fix has no edits".to_owned());
    }
    let mut changes = false;
    for edit in edits {
        let Some(file) = sources.files.get(edit.span.file.0 as usize) else {
            return Some("an edit lies in a file that was not read".to_owned());
        };
        let Some(old) = file.text.get(range(edit)) else {
            return Some(format!(
                "an edit of {} at byte {} lies outside the text or inside a character",
                file.path, edit.span.start
            ));
        };
        if edit.span.start == 0 && file.text.starts_with('\u{feff}') {
            return Some(format!(
                "an edit lies before the byte order mark of {}",
                file.path
            ));
        }
        changes |= old != edit.replacement;
    }
    let overlap = edits
        .windows(2)
        .find(|pair| pair[0] == pair[1] || clash(&pair[0], &pair[1]));
    if let Some(pair) = overlap {
        let path = &sources.file(pair[1].span.file).path;
        return Some(format!(
            "two edits of the fix overlap in {path} at byte {}",
            pair[1].span.start
        ));
    }
    (!changes).then(|| "the fix changes nothing".to_owned())
}

/// Whether two different edits claim the same bytes.
pub(crate) fn clash(a: &Edit, b: &Edit) -> bool {
    let (left, right) = (a.span, b.span);
    if left.file != right.file {
        return false;
    }
    match (left.start == left.end, right.start == right.end) {
        (true, true) => false,
        (true, false) => right.start < left.start && left.start < right.end,
        (false, true) => left.start < right.start && right.start < left.end,
        (false, false) => left.start < right.end && right.start < left.end,
    }
}

/// Whether the order of two different insertions at one place decides what the text means.
///
/// Whole lines or arguments may stand in any order; halves of a wrapper, such as `BufWriter::new(`, may not. Brackets inside
/// string literals count too, which errs on the side of "yes".
pub(crate) fn order_matters(a: &Edit, b: &Edit) -> bool {
    a.span == b.span
        && a.span.start == a.span.end
        && !(is_balanced(&a.replacement) && is_balanced(&b.replacement))
}

/// Whether what several edits add and remove is balanced in brackets, taken together.
///
/// Two fixes that share the two halves of a wrapper mean the same wrapper. Two that share one closing bracket only happen
/// to end at the same place, and one bracket would not close both.
pub(crate) fn is_balanced_together(edits: &[&Edit], sources: &Sources) -> bool {
    let mut depth = [0_i64; 3];
    for edit in edits {
        for (text, sign) in [
            (edit.replacement.as_str(), 1),
            (sources.text(edit.span), -1),
        ] {
            for character in text.chars() {
                match character {
                    '(' => depth[0] += sign,
                    ')' => depth[0] -= sign,
                    '[' => depth[1] += sign,
                    ']' => depth[1] -= sign,
                    '{' => depth[2] += sign,
                    '}' => depth[2] -= sign,
                    _ => {}
                }
            }
        }
    }
    depth == [0; 3]
}

fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    for character in text.chars() {
        match character {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(character) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// Applies sorted, disjoint edits: the new text, and where each edit's replacement lies in it.
///
/// # Panics
/// If the edits are not sorted, not disjoint or not on character borders.
pub(crate) fn apply(text: &str, edits: &[&Edit]) -> (String, Vec<Range<usize>>) {
    let mut after = String::with_capacity(
        text.len()
            + edits
                .iter()
                .map(|edit| edit.replacement.len())
                .sum::<usize>(),
    );
    let mut regions = Vec::with_capacity(edits.len());
    let mut copied = 0;
    for edit in edits {
        let replaced = range(edit);
        after.push_str(&text[copied..replaced.start]);
        let start = after.len();
        after.push_str(&edit.replacement);
        regions.push(start..after.len());
        copied = replaced.end;
    }
    after.push_str(&text[copied..]);
    (after, regions)
}
