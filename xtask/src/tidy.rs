//! What a compiler does not see: orphans, overlong files, files without a module doc, documents that lead nowhere.

mod documents;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::figures;
use crate::project::{self, FIXTURE_FILES, FIXTURES, PAGES, RULES, WORKLOADS};

const CODE: [&str; 3] = ["crates", "tests", "xtask"];
const LONG: usize = 400;
const TOO_LONG: usize = 800;

/// Fails if there is a problem; a file that grows long is only told of.
pub(crate) fn run(root: &Path) -> Result<()> {
    let rules: Vec<&str> = analyze::rules().map(|rule| rule.name).collect();
    let mut problems = orphans(root, &rules)?;
    let figures = cargo_io_optimize::figures::all()?;
    problems.extend(figures::missing(&rules, &figures));
    for folder in CODE {
        for path in project::files(root, folder, "rs")? {
            let text = read(root, &path)?;
            let path = path.display();
            if !has_module_doc(&text) {
                problems.push(format!(
                    "{path} has no module doc: say in `//!` what it is for"
                ));
            }
            match text.lines().count() {
                lines if lines > TOO_LONG => {
                    problems.push(format!(
                        "{path} has {lines} lines, more than {TOO_LONG}: split it"
                    ));
                }
                lines if lines > LONG => {
                    eprintln!("warning: {path} has {lines} lines, more than {LONG}");
                }
                _ => {}
            }
        }
    }
    let mut documents = project::files(root, "docs", "md")?;
    documents.push("README.md".into());
    for path in documents {
        let text = read(root, &path)?;
        problems.extend(documents::dead_paths(root, &path, &text));
    }
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("the project is not tidy: 1 problem"),
        count => bail!("the project is not tidy: {count} problems"),
    }
}

/// What a rule lacks, and what belongs to no rule.
pub(crate) fn orphans(root: &Path, rules: &[&str]) -> Result<Vec<String>> {
    let rules: BTreeSet<String> = rules.iter().map(|&rule| rule.to_owned()).collect();
    let places = [
        (
            RULES,
            Some("rs"),
            "mod",
            "make it, or take the rule out of the table",
        ),
        (
            FIXTURES,
            None,
            "",
            "a rule is told apart from its neighbours by fixtures",
        ),
        (
            WORKLOADS,
            Some("rs"),
            "mod",
            "a rule has a model of its pattern",
        ),
        (PAGES, Some("md"), "README", "run `cargo xtask codegen`"),
    ];
    let mut problems = Vec::new();
    for (folder, ending, index, advice) in places {
        let mut stems = project::stems(root, folder, ending)?;
        stems.remove(index);
        let dotted = ending
            .map(|ending| format!(".{ending}"))
            .unwrap_or_default();
        let missing = rules.difference(&stems);
        problems
            .extend(missing.map(|name| format!("{folder}/{name}{dotted} is missing: {advice}")));
        let extra = stems.difference(&rules);
        problems.extend(extra.map(|name| {
            format!(
                "{folder}/{name}{dotted} belongs to no rule of the table: add the rule or remove it"
            )
        }));
    }
    for rule in project::stems(root, FIXTURES, None)? {
        for file in FIXTURE_FILES {
            let path = format!("{FIXTURES}/{rule}/{file}");
            if !root.join(&path).exists() {
                problems.push(format!("{path} is missing: each rule shows all three"));
            }
        }
    }
    Ok(problems)
}

fn has_module_doc(text: &str) -> bool {
    text.lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(|line| {
            line.strip_prefix("//!")
                .is_some_and(|doc| !doc.trim().is_empty())
        })
}

fn read(root: &Path, path: &Path) -> Result<String> {
    fs::read_to_string(root.join(path))
        .with_context(|| format!("could not read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_docs() {
        assert!(has_module_doc("\n//! What it is for.\nfn main() {}\n"));
        for text in [
            "",
            "fn main() {}\n",
            "//!\nfn main() {}\n",
            "/// Not a module.\nfn f() {}\n",
        ] {
            assert!(!has_module_doc(text), "{text:?}");
        }
    }

    #[test]
    fn orphans_are_found_in_every_place() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "crates/analyze/src/rules/mod.rs",
            "crates/analyze/src/rules/one.rs",
            "crates/measure/src/workloads/one.rs",
            "crates/measure/src/workloads/stray.rs",
            "fixtures/rules/one/positive.rs",
            "fixtures/rules/one/negative.rs",
            "docs/rules/README.md",
            "docs/rules/one.md",
            "docs/rules/old.md",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let problems = orphans(root.path(), &["one", "two"]).unwrap();
        let starts = [
            "crates/analyze/src/rules/two.rs is missing",
            "fixtures/rules/two is missing",
            "crates/measure/src/workloads/two.rs is missing",
            "crates/measure/src/workloads/stray.rs belongs to no rule",
            "docs/rules/two.md is missing",
            "docs/rules/old.md belongs to no rule",
            "fixtures/rules/one/unfixable.rs is missing",
        ];
        assert_eq!(problems.len(), starts.len(), "{problems:#?}");
        for (problem, start) in problems.iter().zip(starts) {
            assert!(problem.starts_with(start), "{problem}");
        }
    }
}
