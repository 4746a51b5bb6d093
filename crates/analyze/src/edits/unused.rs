//! The imports that lose their last user by a fix, as its edits tell.

use model::{Edit, Fix};

use super::use_tree::without;
use crate::context::{Context, Subject};
use crate::syntax::UseStatement;
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

/// The methods that only the import of a trait of std makes callable.
pub(crate) fn methods_of(path: &str) -> &'static [&'static str] {
    let known = METHODS.iter().find(|(of, _)| *of == path);
    known.map_or(&[], |(_, methods)| methods)
}

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
    let unused = lost(context, subject, &changes);
    if unused.is_empty() {
        return fix;
    }
    let stands_alone = |drop: &Edit| {
        changes
            .iter()
            .all(|change| change.span.end <= drop.span.start || drop.span.end <= change.span.start)
    };
    for at in 0..uses.len() {
        let drop = without(subject, uses, at, &unused);
        fix.edits.extend(drop.filter(stands_alone));
    }
    fix.edits.sort();
    fix
}

/// Those of the paths that the file names and, after the changes, no longer.
///
/// Looked for in the changed lines alone first: to go through all of a file for each of its fixes takes as long as the file is long.
fn lost(context: &Context<'_>, subject: Subject<'_>, changes: &[Edit]) -> Vec<&'static str> {
    let facts = &context.files[subject.file.0 as usize];
    let all = facts.users.get_or_init(|| {
        let code = code_after(subject, &facts.uses, &[]);
        PATHS.iter().map(|path| users(&code, path)).collect()
    });
    let (before, after) = changed_lines(subject, &facts.uses, changes);
    let may_be_lost: Vec<&str> = PATHS
        .into_iter()
        .zip(all)
        .filter(|(path, all)| **all > 0 && **all + users(&after, path) <= users(&before, path))
        .map(|(path, _)| path)
        .collect();
    if may_be_lost.is_empty() {
        return may_be_lost;
    }
    let after = code_after(subject, &facts.uses, changes);
    let is_lost = |path: &&str| users(&after, path) == 0;
    may_be_lost.into_iter().filter(is_lost).collect()
}

/// The code of the lines that are changed, before and after; those of `use` statements are left out.
fn changed_lines(
    subject: Subject<'_>,
    uses: &[UseStatement],
    changes: &[Edit],
) -> (String, String) {
    let text = subject.text;
    let is_import = |change: &Edit| {
        change.replacement.trim_start().starts_with("use ")
            || uses.iter().any(|known| {
                known.range.start <= change.span.start && change.span.end <= known.range.end
            })
    };
    let mut changes: Vec<&Edit> = changes.iter().filter(|it| !is_import(it)).collect();
    changes.sort();
    let (mut before, mut after) = (String::new(), String::new());
    let mut done = 0;
    for change in changes {
        let (start, end) = (change.span.start as usize, change.span.end as usize);
        let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        if line >= done {
            finish_line(text, done, &mut before, &mut after);
            done = line;
        }
        let kept = text.get(done..start).unwrap_or("");
        before.push_str(kept);
        before.push_str(text.get(start..end).unwrap_or(""));
        after.push_str(kept);
        after.push_str(&change.replacement);
        done = end.max(done);
    }
    finish_line(text, done, &mut before, &mut after);
    (bare(&before), bare(&after))
}

/// Adds the rest of the line in which a change ended.
fn finish_line(text: &str, from: usize, before: &mut String, after: &mut String) {
    if from > 0 {
        let rest = text[from..].split_inclusive('\n').next().unwrap_or("");
        before.push_str(rest);
        after.push_str(rest);
    }
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
pub(crate) fn bare(code: &str) -> String {
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

/// How often code may need an import: it names it by itself, or calls what a trait offers.
fn users(code: &str, path: &str) -> usize {
    let name = path.rsplit("::").next().unwrap_or(path);
    let named = places_of(code, name).filter(|at| !code[..*at].ends_with("::"));
    let called = methods_of(path)
        .iter()
        .flat_map(|method| places_of(code, method).filter(|at| code[..*at].ends_with('.')));
    // `write!` calls a method of the trait.
    let written = match path {
        "std::io::Write" => code.matches("write!(").count() + code.matches("writeln!(").count(),
        _ => 0,
    };
    named.count() + called.count() + written
}

#[cfg(test)]
mod tests {
    use super::{bare, users};

    #[test]
    fn names_in_comments_texts_and_other_paths_use_nothing() {
        let used = |code: &str| users(&bare(code), "std::fs::File") > 0;
        assert!(used("File::open(path)"));
        assert!(used(
            "let quote = '\"'; File::open(path); let other = '\"';"
        ));
        assert!(!used(
            "// a File\nfs::File::open(\"File\"); r#\"a \" File\"#; Files"
        ));
        let reads = |code: &str| users(&bare(code), "std::io::Read") > 0;
        assert!(reads("file.read_exact(&mut bytes)"));
        assert!(!reads("fs::read(path)"));
    }
}
