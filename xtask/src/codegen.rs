//! The documents that follow from the program's own tables.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use cargo_io_optimize::{figures, reference, rule_table};
use model::RuleMeta;

use crate::project::PAGES;

/// Writes the documents that are not as they should be.
pub(crate) fn write(root: &Path) -> Result<()> {
    for (path, text) in stale(root)? {
        let absolute = root.join(&path);
        let folder = absolute.parent().unwrap_or(root);
        fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        fs::write(&absolute, text).with_context(|| format!("could not write {path}"))?;
        eprintln!("wrote {path}");
    }
    Ok(())
}

/// Fails if a document is not as it should be.
pub(crate) fn check(root: &Path) -> Result<()> {
    let paths: Vec<_> = stale(root)?.into_iter().map(|(path, _)| path).collect();
    ensure!(
        paths.is_empty(),
        "out of date: {}; run `cargo xtask codegen` and commit what it writes",
        paths.join(", ")
    );
    Ok(())
}

fn stale(root: &Path) -> Result<Vec<(String, String)>> {
    let reads_so =
        |path: &str, text: &str| fs::read(root.join(path)).is_ok_and(|it| it == text.as_bytes());
    let mut documents = documents()?;
    documents.retain(|(path, text)| !reads_so(path, text));
    Ok(documents)
}

fn documents() -> Result<Vec<(String, String)>> {
    let figures = figures::all()?;
    let rules: Vec<&'static RuleMeta> = analyze::rules().collect();
    let mut documents = vec![
        ("docs/cli.md".to_owned(), reference::command_line()),
        (format!("{PAGES}/README.md"), rule_table::index(&rules)),
    ];
    let pages = rules.iter().map(|rule| {
        (
            format!("{PAGES}/{}.md", rule.name),
            rule_table::page(rule, &figures),
        )
    });
    documents.extend(pages);
    Ok(documents)
}
