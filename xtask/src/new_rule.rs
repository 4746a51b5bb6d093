//! The files of a new rule, from templates.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::project::{FIXTURES, PAGES, RULES, TEMPLATES, WORKLOADS};

/// Makes the files and says which lines to add by hand.
pub(crate) fn run(root: &Path, name: &str) -> Result<()> {
    for path in make(root, name)? {
        eprintln!("made {path}");
    }
    eprintln!(
        "next:
  1. in {RULES}/mod.rs add `pub(crate) mod {name};` and
     `Rule {{ meta: &{name}::META, check: {name}::check }},` to the table
  2. in {WORKLOADS}/mod.rs add `mod {name};` and `{name}::WORKLOAD,` to the list,
     in {FIXTURES}/lib.rs add `pub mod {name}` with the three files as its modules
  3. write {TEMPLATES}/{name}.rs, the same model as a file for users' packages, after the others there, and add it
     to the list of {TEMPLATES}.rs, to the table of crates/measure/src/emit/table.rs and to the tests beside them
  4. fill in what the new files ask for, and watch the rule's tests fail before they pass
  5. run `cargo xtask codegen`, which writes {PAGES}/{name}.md, and `cargo xtask ci`"
    );
    Ok(())
}

fn make(root: &Path, name: &str) -> Result<Vec<String>> {
    ensure!(
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .chars()
                .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_'),
        "`{name}` is no name of a rule: lower case letters, digits and underscores that name what is slow, as in `unbuffered_read`"
    );
    let files = [
        (
            format!("{RULES}/{name}.rs"),
            include_str!("../templates/rule.rs"),
        ),
        (
            format!("{FIXTURES}/{name}/positive.rs"),
            include_str!("../templates/positive.rs"),
        ),
        (
            format!("{FIXTURES}/{name}/negative.rs"),
            include_str!("../templates/negative.rs"),
        ),
        (
            format!("{FIXTURES}/{name}/unfixable.rs"),
            include_str!("../templates/unfixable.rs"),
        ),
        (
            format!("{WORKLOADS}/{name}.rs"),
            include_str!("../templates/workload.rs"),
        ),
    ];
    for (path, _) in &files {
        ensure!(
            !root.join(path).exists(),
            "{path} is there already: choose another name"
        );
    }
    for (path, template) in &files {
        let absolute = root.join(path);
        let folder = absolute.parent().unwrap_or(root);
        fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        // New or nothing, should another run make the same rule meanwhile.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&absolute)
            .and_then(|mut file| file.write_all(template.replace("RULE_NAME", name).as_bytes()))
            .with_context(|| format!("could not write {path}"))?;
    }
    Ok(files.map(|(path, _)| path).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy;

    #[test]
    fn makes_what_tidy_asks_for_but_the_generated_page() {
        let root = tempfile::tempdir().unwrap();
        let made = make(root.path(), "slow_thing").unwrap();
        assert_eq!(made.len(), 5);
        for path in &made {
            let text = fs::read_to_string(root.path().join(path)).unwrap();
            assert!(!text.contains("RULE_NAME"), "{path}");
        }
        let problems = tidy::orphans(root.path(), &["slow_thing"]).unwrap();
        assert_eq!(
            problems,
            ["docs/rules/slow_thing.md is missing: run `cargo xtask codegen`"]
        );
    }

    #[test]
    fn never_writes_over_a_rule() {
        let root = tempfile::tempdir().unwrap();
        make(root.path(), "slow_thing").unwrap();
        assert!(make(root.path(), "slow_thing").is_err());
    }

    #[test]
    fn names_that_are_none() {
        let root = tempfile::tempdir().unwrap();
        for name in ["", "Slow", "slow-thing", "../slow", "1slow", "_slow"] {
            assert!(make(root.path(), name).is_err(), "{name}");
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
