//! Paths in Markdown: targets of links, and code spans that read like a path of this project.

use std::path::Path;

/// Folders whose names make a code span a path of this project.
const FOLDERS: [&str; 8] = [
    ".cargo", ".ci", ".github", "crates", "docs", "fixtures", "tests", "xtask",
];

/// One sentence for each path in the document that leads nowhere.
pub(super) fn dead_paths(root: &Path, document: &Path, text: &str) -> Vec<String> {
    let folder = root.join(document.parent().unwrap_or(Path::new("")));
    let mut problems = Vec::new();
    for (number, line) in prose(text) {
        let links = links(line).filter(|path| !folder.join(path).exists());
        let spans = code_spans(line)
            .filter(|span| is_project_path(span))
            .filter(|path| !root.join(path).exists());
        let dead = links.chain(spans);
        problems.extend(dead.map(|path| {
            format!(
                "{}:{number}: `{path}` does not exist: name what is there",
                document.display()
            )
        }));
    }
    problems
}

/// The lines outside fenced code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_fence = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_fence ^= is_fence;
        (!in_fence && !is_fence).then_some((index + 1, line))
    })
}

/// Targets of links that lie in the project, without fragment and title.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ']).next()?;
        let path = target.split('#').next()?;
        (!path.is_empty() && !target.contains(':')).then_some(path)
    })
}

fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn is_project_path(span: &str) -> bool {
    let in_folder = span
        .split_once('/')
        .is_some_and(|(first, _)| FOLDERS.contains(&first));
    in_folder
        && span
            .chars()
            .all(|each| each.is_ascii_alphanumeric() || "._-/".contains(each))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn problems(text: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docs/rules")).unwrap();
        fs::create_dir_all(root.path().join("crates/model/src")).unwrap();
        fs::write(root.path().join("docs/cli.md"), "").unwrap();
        dead_paths(root.path(), Path::new("docs/page.md"), text)
    }

    #[test]
    fn what_exists_or_is_no_path_is_fine() {
        for text in [
            "[a](cli.md) [b](cli.md#exit-codes) [c](rules) [d](../docs/cli.md \"title\")",
            "[web](https://example.org/x.md) [here](#there) <mailto:a@example.org>",
            "`crates/model/src` and `crates/model/` and `docs/cli.md`",
            "`docs/rules/<rule>.md`, `crates/*`, `src/lib.rs`, `std::fs`, `a/b`",
            "```text\n[a](missing.md) `docs/missing.md`\n```\n",
        ] {
            assert_eq!(problems(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_told_with_its_line() {
        let found = problems("fine\n[a](missing.md) and `crates/model/lib.rs`\n");
        assert_eq!(
            found,
            [
                "docs/page.md:2: `missing.md` does not exist: name what is there",
                "docs/page.md:2: `crates/model/lib.rs` does not exist: name what is there",
            ]
        );
    }
}
