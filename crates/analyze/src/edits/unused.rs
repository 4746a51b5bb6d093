//! Imports that lose their last user by a fix, taken out of their `use` statement.

use model::{Edit, Fix};

use super::imports::order;
use super::{edit, has_comment};
use crate::context::{Context, Subject};
use crate::syntax::{TextRange, UseStatement};
use crate::words::places_of;

/// What only the trait's import makes callable.
const METHODS: [(&str, &[&str]); 4] = [
    (
        "std::io::Read",
        &[
            "read",
            "read_vectored",
            "read_to_end",
            "read_to_string",
            "read_exact",
            "read_buf",
            "by_ref",
            "bytes",
            "chain",
            "take",
        ],
    ),
    (
        "std::io::Write",
        &[
            "write",
            "write_vectored",
            "write_all",
            "write_fmt",
            "flush",
            "by_ref",
        ],
    ),
    (
        "std::io::Seek",
        &[
            "seek",
            "rewind",
            "stream_len",
            "stream_position",
            "seek_relative",
        ],
    ),
    (
        "std::io::BufRead",
        &[
            "fill_buf",
            "consume",
            "has_data_left",
            "read_until",
            "skip_until",
            "read_line",
            "split",
            "lines",
        ],
    ),
];

/// What fixes take the last use of, at times.
const PATHS: [&str; 12] = [
    "std::fs",
    "std::fs::File",
    "std::fs::read",
    "std::fs::read_to_string",
    "std::io::BufRead",
    "std::io::BufReader",
    "std::io::BufWriter",
    "std::io::ErrorKind",
    "std::io::Read",
    "std::io::Seek",
    "std::io::SeekFrom",
    "std::io::Write",
];

/// The fix, and with it those of the file's imports out that nothing names any more then. What may still be used stays.
pub(crate) fn without_unused_imports(
    context: &Context<'_>,
    subject: Subject<'_>,
    mut fix: Fix,
) -> Fix {
    let uses = &context.files[subject.file.0 as usize].uses;
    let changes: Vec<Edit> = fix
        .edits
        .iter()
        .filter(|edit| edit.span.file == subject.file)
        .cloned()
        .collect();
    let before = code_after(subject, uses, &[]);
    let after = code_after(subject, uses, &changes);
    let unused: Vec<&str> = PATHS
        .into_iter()
        .filter(|path| is_used(&before, path) && !is_used(&after, path))
        .collect();
    for (at, statement) in uses.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &uses[at]);
        let drop = without(subject, statement, before, &unused);
        let stands_alone = |drop: &Edit| {
            changes.iter().all(|change| {
                change.span.end <= drop.span.start || drop.span.end <= change.span.start
            })
        };
        if statement.plain {
            fix.edits.extend(drop.filter(stands_alone));
        }
    }
    fix.edits.sort();
    fix
}

/// A `use` statement without some of what it imports.
fn without(
    subject: Subject<'_>,
    statement: &UseStatement,
    before: Option<&UseStatement>,
    unused: &[&str],
) -> Option<Edit> {
    let text = subject.text_of(statement.range);
    let tree = text.strip_prefix("use ")?.strip_suffix(';')?;
    if has_comment(text) || unused.is_empty() {
        return None;
    }
    let mut parsed = UseTree::parse(&mut tree.trim())?;
    if !parsed.remove("", unused) {
        return None;
    }
    let Some(left) = parsed.folded() else {
        return Some(edit(subject, whole_line(subject.text, statement.range), ""));
    };
    let line = format!("use {};", left.line());
    // A list within a list is not written on one line.
    let indented =
        text.contains('\n') && (line.len() > super::wrap::LINE || line.matches('{').count() > 1);
    // Where it would stand after the one before it, rustfmt would move it.
    let moves = before.is_some_and(|before| {
        let gap = TextRange::new(before.range.end, statement.range.start);
        let path = subject.text_of(before.range);
        let path = path.trim_start_matches("use ").trim_end_matches(';');
        subject.text_of(gap) == "\n" && order(path, &left.line()).is_gt()
    });
    (!indented && !moves).then(|| edit(subject, statement.range, line))
}

/// The lines of a statement, with one of two empty ones round it.
fn whole_line(text: &str, range: TextRange) -> TextRange {
    let (before, after) = (&text[..range.start as usize], &text[range.end as usize..]);
    let mut end = range.end;
    let Some(rest) = after.strip_prefix('\n') else {
        return range;
    };
    end += 1;
    let alone = before.is_empty() || before.ends_with("\n\n");
    if alone && rest.starts_with('\n') {
        end += 1;
    }
    TextRange::new(range.start, end)
}

/// The file's code after the changes, without `use` statements, comments and texts.
fn code_after(subject: Subject<'_>, uses: &[UseStatement], changes: &[Edit]) -> String {
    let mut parts: Vec<(u32, u32, &str)> = changes
        .iter()
        .map(|change| {
            (
                change.span.start,
                change.span.end,
                change.replacement.as_str(),
            )
        })
        .chain(
            uses.iter()
                .map(|known| (known.range.start, known.range.end, "")),
        )
        .collect();
    parts.sort_unstable();
    let mut code = String::new();
    let mut at = 0;
    for (start, end, replacement) in parts {
        code.push_str(subject.text.get(at as usize..start as usize).unwrap_or(""));
        code.push_str(replacement);
        at = end.max(at);
    }
    code.push_str(subject.text.get(at as usize..).unwrap_or(""));
    bare(&code)
}

/// Code without comments and without what stands in quotes.
fn bare(code: &str) -> String {
    let mut left = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(['/', '"']) {
        left.push_str(&rest[..at]);
        rest = &rest[at..];
        let skipped = if rest.starts_with("//") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else if rest.starts_with('"') && !left.ends_with('\'') {
            let mut escaped = false;
            let raw = left.trim_end_matches('#');
            let hashes = left.len() - raw.len();
            if raw.ends_with('r') {
                let close = format!("\"{}", "#".repeat(hashes));
                rest[1..].find(&close).map(|end| end + 1 + close.len())
            } else {
                rest.char_indices().skip(1).find_map(|(at, c)| {
                    let closes = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    closes.then_some(at + 1)
                })
            }
        } else {
            left.push_str(&rest[..1]);
            Some(1)
        };
        let Some(skipped) = skipped else {
            return left;
        };
        rest = &rest[skipped..];
    }
    left.push_str(rest);
    left
}

/// Whether code may need an import: it names it by itself, or calls what a trait offers.
fn is_used(code: &str, path: &str) -> bool {
    let name = path.rsplit("::").next().unwrap_or(path);
    let named = places_of(code, name).any(|at| !code[..at].ends_with("::"));
    let methods = METHODS.iter().find(|(of, _)| *of == path);
    let called = methods.is_some_and(|(_, methods)| {
        methods
            .iter()
            .any(|method| places_of(code, method).any(|at| code[..at].ends_with('.')))
    });
    // `write!` calls a method of the trait.
    let written =
        path == "std::io::Write" && (code.contains("write!(") || code.contains("writeln!("));
    named || called || written
}

/// `path`, or `path::{list}`.
struct UseTree {
    path: String,
    list: Option<Vec<UseTree>>,
}

impl UseTree {
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
    use super::{UseTree, bare, is_used};

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
    fn names_in_comments_texts_and_other_paths_use_nothing() {
        let used = |code: &str| is_used(&bare(code), "std::fs::File");
        assert!(used("File::open(path)"));
        assert!(used(
            "let quote = '\"'; File::open(path); let other = '\"';"
        ));
        assert!(!used(
            "// a File\nfs::File::open(\"File\"); r#\"a \" File\"#; Files"
        ));
        let reads = |code: &str| is_used(&bare(code), "std::io::Read");
        assert!(reads("file.read_exact(&mut bytes)"));
        assert!(!reads("fs::read(path)"));
    }
}
