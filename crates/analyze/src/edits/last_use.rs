//! The `use` of a name that a fix takes the last uses of.

use model::Edit;

use super::{edit, has_comment};
use crate::context::{Context, Subject};
use crate::syntax::TextRange;
use crate::words::{has_word, places_of};

/// What has to go with the uses of a name in `gone`: nothing if the file uses it elsewhere too, else its import.
///
/// `None` where the import would be left unused and cannot be taken out, or where that cannot be told.
pub(crate) fn without_import(
    context: &Context<'_>,
    subject: Subject<'_>,
    name: &str,
    gone: &[TextRange],
) -> Option<Vec<Edit>> {
    match remaining(context, subject, name, gone) {
        Remaining::Used => return Some(Vec::new()),
        Remaining::UnderACondition => return None,
        Remaining::Unused => {}
    }
    // What a module brings in is seen by the modules below it that ask for all that it has.
    let home = context.index.named(subject.data.module);
    let is_seen_below = context.index.modules.iter().any(|module| {
        module.parent == Some(home)
            && module.file != subject.file
            && context.sources.file(module.file).text.contains("super::")
    });
    if is_seen_below {
        return None;
    }
    let uses = &context.files[subject.file.0 as usize].uses;
    let mut found = uses.iter().filter(|statement| {
        let text = subject.text_of(statement.range);
        has_word(text, name)
    });
    let statement = found.next()?;
    let mine = found.next().is_none() && statement.plain;
    let text = subject.text_of(statement.range);
    if !mine || has_comment(text) {
        return None;
    }
    let tree = text.strip_prefix("use ")?.strip_suffix(';')?;
    match tree.split_once('{') {
        None => {
            let whole = tree.rsplit("::").next() == Some(name);
            whole.then(|| vec![edit(subject, whole_lines(subject, statement.range), "")])
        }
        Some((prefix, rest)) => {
            let list = rest.strip_suffix('}')?;
            // `use std::fs::{self, File}` brings in the module by its own name.
            let module = prefix.strip_suffix("::")?.rsplit("::").next()?;
            let leaf = if module == name { "self" } else { name };
            let start = statement.range.start + offset(text.find('{')? + 1)?;
            from_list(subject, statement.range, prefix, (start, list), leaf)
        }
    }
}

enum Remaining {
    Used,
    /// Only where a condition holds, such as in tests, which some builds leave out.
    UnderACondition,
    Unused,
}

fn remaining(
    context: &Context<'_>,
    subject: Subject<'_>,
    name: &str,
    gone: &[TextRange],
) -> Remaining {
    let facts = &context.files[subject.file.0 as usize];
    let mut remaining = Remaining::Unused;
    let mut line_start = 0;
    for line in subject.text.split_inclusive('\n') {
        let start = line_start;
        line_start += line.len();
        let code = line.split("//").next().unwrap_or_default();
        for at in places_of(code, name) {
            // `std::fs::read` names the module without its import.
            if code[..at].ends_with("::") {
                continue;
            }
            let Some(at) = offset(start + at) else {
                continue;
            };
            let place = TextRange::new(at, at);
            let imports = facts.uses.iter().any(|it| it.range.contains(place));
            if imports || gone.iter().any(|range| range.contains(place)) {
                continue;
            }
            let conditions = facts.conditions.iter();
            let under = |(range, _): &&(TextRange, _)| {
                range.contains(place) && !range.contains(subject.body.range)
            };
            if conditions.clone().any(|one| under(&one)) {
                remaining = Remaining::UnderACondition;
            } else {
                return Remaining::Used;
            }
        }
    }
    remaining
}

/// A statement's lines, with the blank line that would be left double.
fn whole_lines(subject: Subject<'_>, statement: TextRange) -> TextRange {
    let (before, after) = (
        &subject.text[..statement.start as usize],
        &subject.text[statement.end as usize..],
    );
    let opens = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n");
    let newline = |text: &str| match text {
        text if text.starts_with("\r\n") => 2,
        text if text.starts_with('\n') => 1,
        _ => 0,
    };
    let own = newline(after);
    let blank = if opens {
        newline(&after[own as usize..])
    } else {
        0
    };
    TextRange::new(statement.start, statement.end + own + blank)
}

/// A leaf taken out of the one list of a statement, where rustfmt would leave the rest as it is.
fn from_list(
    subject: Subject<'_>,
    statement: TextRange,
    prefix: &str,
    (start, list): (u32, &str),
    leaf: &str,
) -> Option<Vec<Edit>> {
    let mut depth = 0;
    let mut items = Vec::new();
    let mut item_start = 0;
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push((item_start, &list[item_start..at]));
                item_start = at + 1;
            }
            _ => {}
        }
    }
    items.retain(|(_, item)| !item.trim().is_empty());
    let position = items.iter().position(|(_, item)| item.trim() == leaf)?;
    if list.contains('\n') {
        // One item a line is how rustfmt writes a list that has lists in it.
        let rest = items.iter().filter(|(_, item)| item.trim() != leaf);
        let lists = rest.clone().filter(|(_, item)| item.contains('{')).count();
        let (at, item) = items[position];
        let line = at..at + item.len() + 1;
        let alone = item.starts_with(['\n', '\r']) && list[line.clone()].ends_with(',');
        if !alone || lists == 0 || rest.count() < 2 {
            return None;
        }
        let range = TextRange::new(start + offset(line.start)?, start + offset(line.end)?);
        return Some(vec![edit(subject, range, "")]);
    }
    let left: Vec<&str> = items
        .iter()
        .map(|(_, item)| item.trim())
        .filter(|item| *item != leaf)
        .collect();
    let text = match left.as_slice() {
        [] => return None,
        ["self"] => format!("use {};", prefix.strip_suffix("::")?),
        [only] => format!("use {prefix}{only};"),
        _ => format!("use {prefix}{{{}}};", left.join(", ")),
    };
    // Without its braces the statement may belong elsewhere among its neighbors.
    let in_order = super::imports::keeps_order(subject, statement, &text);
    in_order.then(|| vec![edit(subject, statement, text)])
}

fn offset(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}
