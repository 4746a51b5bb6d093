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
    let before = code_after(subject, uses, &[]);
    let after = code_after(subject, uses, &changes);
    let unused: Vec<&str> = PATHS
        .into_iter()
        .filter(|path| is_used(&before, path) && !is_used(&after, path))
        .collect();
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
    let called = methods_of(path)
        .iter()
        .any(|method| places_of(code, method).any(|at| code[..at].ends_with('.')));
    // `write!` calls a method of the trait.
    let written =
        path == "std::io::Write" && (code.contains("write!(") || code.contains("writeln!("));
    named || called || written
}

#[cfg(test)]
mod tests {
    use super::{bare, is_used};

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
