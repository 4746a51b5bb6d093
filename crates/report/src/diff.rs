//! Unified diffs that git and patch take.

use std::fmt::Write as _;

use model::Patch;
use similar::udiff::UnifiedHunkHeader;
use similar::{Algorithm, ChangeTag};

/// Unchanged lines shown round a change.
const CONTEXT: usize = 3;

/// The unified diff of one file, changed or new, its header included; empty if nothing changes.
///
/// Lines end with `\n` alone, as git sees them, so that `\r\n` and a lone `\r` are kept. A path with characters that
/// git would misread is quoted the way git does it.
#[must_use]
pub fn diff(patch: &Patch) -> String {
    let Some(before) = &patch.before else {
        return diff_of_new_file(&patch.path, &patch.after);
    };
    let hunks = hunks(before, &patch.after);
    if hunks.is_empty() {
        return hunks;
    }
    format!(
        "--- {}\n+++ {}\n{hunks}",
        header_path("a", &patch.path),
        header_path("b", &patch.path)
    )
}

/// The diff that adds a file.
///
/// git takes a path behind `diff --git` from the root of its repository, and every other from the folder it is run in, as all
/// paths of a patch have to be taken; only for an empty file there is no other way.
fn diff_of_new_file(path: &str, contents: &str) -> String {
    let hunks = hunks("", contents);
    if hunks.is_empty() {
        let (old, new) = (quoted("a", path), quoted("b", path));
        return format!("diff --git {old} {new}\nnew file mode 100644\n");
    }
    format!("--- /dev/null\n+++ {}\n{hunks}", header_path("b", path))
}

/// Lines added and lines removed.
pub(crate) fn changed_lines(diff: &str) -> (usize, usize) {
    let body = || diff.lines().skip_while(|line| !line.starts_with("@@"));
    let count = |sign: char| body().filter(|line| line.starts_with(sign)).count();
    (count('+'), count('-'))
}

fn hunks(before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let operations = similar::capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut text = String::new();
    for group in similar::group_diff_ops(operations, CONTEXT) {
        if group.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}", UnifiedHunkHeader::new(&group));
        for change in group
            .iter()
            .flat_map(|operation| operation.iter_changes(&old, &new))
        {
            text.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            text.push_str(change.value());
            if !change.value().ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// The path as it stands behind `---` or `+++`: a tab ends a name with spaces, which `patch` would cut otherwise.
fn header_path(side: &str, path: &str) -> String {
    let name = quoted(side, path);
    if name.contains(' ') && !name.starts_with('"') {
        name + "\t"
    } else {
        name
    }
}

/// The path behind `a/` or `b/`, in git's quotes if it holds control characters, quotes or backslashes.
fn quoted(side: &str, path: &str) -> String {
    let name = format!("{side}/{path}");
    if !name
        .chars()
        .any(|character| character.is_ascii_control() || "\"\\".contains(character))
    {
        return name;
    }
    let mut quoted = String::from("\"");
    for character in name.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_ascii_control() => {
                let _ = write!(quoted, "\\{:03o}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}
