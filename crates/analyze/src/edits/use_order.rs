//! The order of `use` statements, and the place of one more among them.

use std::cmp::Ordering;

use model::Edit;

use super::{has_comment, insertion};
use crate::context::Subject;
use crate::syntax::UseStatement;

/// The insertion of `use path;` among the file's own `use std::…` lines, or else among its first ones, where rustfmt would put
/// it: `None` for a file without any.
pub(super) fn inserted(subject: Subject<'_>, uses: &[UseStatement], path: &str) -> Option<Edit> {
    let path_of = |at: usize| path_of(subject, &uses[at]);
    let is_later = |at: &usize| order(path_of(*at), path) == Ordering::Greater;
    let plain: Vec<usize> = (0..uses.len()).filter(|at| uses[*at].plain).collect();
    let from_std = plain.iter().copied();
    let from_std: Vec<usize> = from_std
        .filter(|at| path_of(*at).starts_with("std::"))
        .collect();
    let mut among = from_std;
    if among.is_empty() {
        // Those of the first group.
        let group = group_of(subject, uses, *plain.first()?);
        among = plain.into_iter().filter(|at| group.contains(at)).collect();
    }
    let last_before = |later: usize| among.iter().copied().rfind(|at| *at < later);
    let (mut anchor, mut before) = match among.iter().copied().find(is_later) {
        Some(later) => match last_before(later) {
            Some(earlier) if stands_below_comment(subject, uses, later) => (earlier, false),
            _ => (later, true),
        },
        None => (*among.last()?, false),
    };
    // What has a condition, or is for others, is sorted with the rest.
    let mut group = group_of(subject, uses, anchor);
    if group
        .clone()
        .is_sorted_by(|one, other| order(path_of(*one), path_of(*other)).is_le())
    {
        let last = group.end - 1;
        let later = group.find(is_later);
        (anchor, before) = later.map_or((last, false), |later| (later, true));
    }
    let range = uses[anchor].range;
    if before {
        return Some(insertion(subject, range.start, format!("use {path};\n")));
    }
    let rest = subject.text[range.end as usize..]
        .lines()
        .next()
        .unwrap_or_default();
    let skipped = if rest.trim_start().starts_with("//") {
        rest.len()
    } else {
        0
    };
    let end = range.end + u32::try_from(skipped).ok()?;
    Some(insertion(subject, end, format!("\nuse {path};")))
}

/// The statements without a line between them, of which one is this: those that rustfmt sorts.
fn group_of(subject: Subject<'_>, uses: &[UseStatement], at: usize) -> std::ops::Range<usize> {
    let follows = |next: usize| {
        next > 0 && next < uses.len() && {
            let gap = gap_before(subject, uses, next);
            gap.matches('\n').count() < 2
        }
    };
    let start = (0..=at).rfind(|start| !follows(*start)).unwrap_or(at);
    let end = (at + 1..uses.len())
        .find(|end| !follows(*end))
        .unwrap_or(uses.len());
    start..end
}

fn stands_below_comment(subject: Subject<'_>, uses: &[UseStatement], at: usize) -> bool {
    at > 0 && has_comment(gap_before(subject, uses, at))
}

/// What stands between a statement and the one before.
fn gap_before<'a>(subject: Subject<'a>, uses: &[UseStatement], at: usize) -> &'a str {
    &subject.text[uses[at - 1].range.end as usize..uses[at].range.start as usize]
}

/// What a statement names, without what stands before.
pub(super) fn path_of<'a>(subject: Subject<'a>, statement: &UseStatement) -> &'a str {
    let text = &subject.text[statement.range.at()];
    let path = text
        .rfind("use ")
        .map_or(text, |at| &text[at + "use ".len()..]);
    path.trim_end_matches(';').trim()
}

/// rustfmt's order of `use` paths: by segment, modules before types before constants before globs before lists.
pub(super) fn order(a: &str, b: &str) -> Ordering {
    let class = |segment: &str| match segment.chars().next() {
        _ if segment == "self" => 0,
        _ if segment == "super" => 1,
        _ if segment == "crate" => 2,
        Some('{') => 7,
        Some('*') => 6,
        Some(first) if first.is_lowercase() => 3,
        Some(_) if segment.chars().any(char::is_lowercase) => 4,
        _ => 5,
    };
    let (mut left, mut right) = (a.splitn(8, "::"), b.splitn(8, "::"));
    loop {
        return match (left.next(), right.next()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), Some(b)) => (class(a), a).cmp(&(class(b), b)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::order;
    use std::cmp::Ordering;

    #[test]
    fn imports_are_ordered_as_rustfmt_does() {
        let sorted = [
            "self::local",
            "super::above",
            "crate::other",
            "anyhow::Result",
            "std::fs::File",
            "std::io",
            "std::io::prelude::*",
            "std::io::BufReader",
            "std::io::BufWriter",
            "std::io::SEEK",
            "std::io::*",
            "std::io::{self, Read}",
            "std::path::Path",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(order(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
    }
}
