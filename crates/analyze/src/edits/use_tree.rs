//! `use` statements as trees, and what is left of them without some of their leaves.

use model::Edit;

use super::use_order::{order, path_of};
use super::wrap::LINE;
use super::{edit, has_comment, indentation};
use crate::context::Subject;
use crate::syntax::{TextRange, UseStatement};

/// The edit that takes paths out of one of a file's `use` statements.
///
/// `None` if it has none of them, or where what is left would not be as rustfmt writes it.
pub(super) fn without(
    subject: Subject<'_>,
    uses: &[UseStatement],
    at: usize,
    gone: &[&str],
) -> Option<Edit> {
    let statement = &uses[at];
    let text = subject.text_of(statement.range);
    let mut tree = UseTree::of(text).filter(|_| statement.plain && !has_comment(text))?;
    if !tree.remove("", gone) {
        return None;
    }
    let root = format!("{}::", tree.path);
    let Some(left) = tree.folded() else {
        return Some(edit(subject, whole_lines(subject, statement.range), ""));
    };
    // A list that has lists in it has a line for each item.
    if text.contains('\n') && left.holds_lists() {
        let items = gone.iter().filter_map(|gone| gone.strip_prefix(&root));
        let mut lines = items.filter_map(|item| own_line(subject, statement.range, item));
        let (line, None) = (lines.next()?, lines.next()) else {
            return None;
        };
        return Some(edit(subject, line, ""));
    }
    let line = format!("use {};", left.line());
    let fits = !text.contains('\n') || line.len() <= LINE;
    // Where it would stand between the ones next to it, rustfmt would move it.
    let next_to = |one: &UseStatement, other: &UseStatement| {
        let gap = TextRange::new(one.range.end, other.range.start);
        matches!(
            subject.text_of(gap).trim_matches([' ', '\t']),
            "\n" | "\r\n"
        )
    };
    let before = at.checked_sub(1).map(|before| &uses[before]);
    let before = before.filter(|before| next_to(before, statement));
    let after = uses.get(at + 1).filter(|after| next_to(statement, after));
    let left = left.line();
    let is_in_order = before.is_none_or(|it| order(path_of(subject, it), &left).is_le())
        && after.is_none_or(|it| order(&left, path_of(subject, it)).is_le());
    (fits && is_in_order).then(|| edit(subject, statement.range, line))
}

/// The line that an item of a statement's list has for itself.
fn own_line(subject: Subject<'_>, statement: TextRange, item: &str) -> Option<TextRange> {
    let text = subject.text_of(statement);
    let (_, items) = text.split_once('\n')?;
    let wanted = format!("{}{item},", indentation(items, 0));
    let mut start = statement.start;
    for line in text.split_inclusive('\n') {
        let end = start + u32::try_from(line.len()).ok()?;
        if line.trim_end() == wanted {
            return Some(TextRange::new(start, end));
        }
        start = end;
    }
    None
}

/// A statement's lines, with the blank line that would be left double.
fn whole_lines(subject: Subject<'_>, statement: TextRange) -> TextRange {
    let (before, after) = (
        &subject.text[..statement.start as usize],
        &subject.text[statement.end as usize..],
    );
    let before = before.trim_end_matches([' ', '\t']);
    let opens = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n");
    let newline = |text: &str| match text {
        text if text.starts_with("\r\n") => 2,
        text if text.starts_with('\n') => 1,
        _ => 0,
    };
    let own = newline(after);
    let blank = if opens && own > 0 {
        newline(&after[own as usize..])
    } else {
        0
    };
    let start = u32::try_from(before.len()).unwrap_or(statement.start);
    TextRange::new(start, statement.end + own + blank)
}

/// `path`, or `path::{list}`.
pub(super) struct UseTree {
    path: String,
    list: Option<Vec<UseTree>>,
}

impl UseTree {
    /// The tree of a `use` statement.
    pub(super) fn of(statement: &str) -> Option<Self> {
        let tree = statement.strip_prefix("use ")?.strip_suffix(';')?;
        Self::parse(&mut tree.trim())
    }

    /// The paths that it brings in, as if each had a statement of its own.
    pub(super) fn leaves(&self) -> Vec<String> {
        let Some(list) = &self.list else {
            return vec![self.path.clone()];
        };
        let all = list.iter().flat_map(Self::leaves);
        all.map(|leaf| format!("{}::{leaf}", self.path)).collect()
    }

    fn parse(rest: &mut &str) -> Option<Self> {
        let end = rest.find(['{', '}', ',']).unwrap_or(rest.len());
        let (path, behind) = rest.split_at(end);
        *rest = behind;
        let path = path.trim();
        let Some(inner) = rest.strip_prefix('{') else {
            let path = path.to_owned();
            return Some(Self { path, list: None });
        };
        let path = path.strip_suffix("::")?.to_owned();
        let mut list = Vec::new();
        *rest = inner.trim_start();
        while !rest.starts_with('}') {
            list.push(Self::parse(rest)?);
            let behind = rest.trim_start();
            *rest = behind.strip_prefix(',').unwrap_or(behind).trim_start();
            if rest.is_empty() {
                return None;
            }
        }
        *rest = &rest[1..];
        let list = Some(list);
        Some(Self { path, list })
    }

    /// Takes out the leaves of those paths, and says whether there were any.
    fn remove(&mut self, prefix: &str, unused: &[&str]) -> bool {
        let prefix = format!("{prefix}{}", self.path);
        let Some(list) = &mut self.list else {
            let found = unused.contains(&prefix.as_str());
            if found {
                self.list = Some(Vec::new());
            }
            return found;
        };
        let prefix = format!("{prefix}::");
        let mut removed = false;
        for tree in list {
            removed |= tree.remove(&prefix, unused);
        }
        removed
    }

    /// Without lists that are empty or hold one thing only; `None` if nothing is left.
    fn folded(self) -> Option<Self> {
        let Some(list) = self.list else {
            return Some(self);
        };
        let mut left: Vec<Self> = list.into_iter().filter_map(Self::folded).collect();
        let only = if left.len() == 1 { left.pop() } else { None };
        match only {
            Some(only) if only.path == "self" => Some(Self { list: None, ..self }),
            Some(only) => Some(Self {
                path: format!("{}::{}", self.path, only.path),
                list: only.list,
            }),
            None if left.is_empty() => None,
            None => Some(Self {
                list: Some(left),
                ..self
            }),
        }
    }

    /// Whether its list has lists in it.
    fn holds_lists(&self) -> bool {
        let list = self.list.as_deref().unwrap_or_default();
        list.iter().any(|tree| tree.list.is_some())
    }

    fn line(&self) -> String {
        match &self.list {
            None => self.path.clone(),
            Some(list) => {
                let list: Vec<String> = list.iter().map(Self::line).collect();
                format!("{}::{{{}}}", self.path, list.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UseTree;

    fn leaves(tree: &str) -> Vec<String> {
        UseTree::parse(&mut &*tree).unwrap().leaves()
    }

    fn without(tree: &str, unused: &[&str]) -> Option<String> {
        let mut tree = UseTree::parse(&mut &*tree).unwrap();
        assert!(tree.remove("", unused));
        tree.folded().map(|left| left.line())
    }

    #[test]
    fn leaves_are_taken_out_and_lists_of_one_are_opened() {
        let cases = [
            ("std::fs::File", None),
            ("std::io::{self, Read}", Some("std::io")),
            ("std::io::{BufRead, Read}", Some("std::io::BufRead")),
            (
                "std::{fs::File, io::{self, Read, Write}}",
                Some("std::io::{self, Write}"),
            ),
            (
                "std::{\n    env,\n    fs::File,\n    io::Read,\n}",
                Some("std::env"),
            ),
        ];
        for (tree, left) in cases {
            let left = left.map(str::to_owned);
            assert_eq!(
                without(tree, &["std::fs::File", "std::io::Read"]),
                left,
                "{tree}"
            );
        }
    }

    #[test]
    fn a_tree_of_imports_is_one_path_for_each_leaf() {
        assert_eq!(
            leaves("std::{fmt::Write, io::{self, Write as _}}"),
            ["std::fmt::Write", "std::io::self", "std::io::Write as _"]
        );
        assert_eq!(leaves("std::io::Write as _"), ["std::io::Write as _"]);
    }
}
