//! Our fixes beside those of maintainers: at how many of the places that they mended we edit the same place to the same end.

mod cases;
mod ends;
mod place;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use serde::Deserialize;

use crate::figures::day;
use crate::published::{Package, Setup, unpacked};
use cases::{Case, Finding, Known};
use place::Ours;
use table::Row;

/// What maintainers did, read and put into words by hand.
const KNOWN: &str = "xtask/data/maintainer_fixes.tsv";
const DOCUMENT: &str = "docs/accuracy.md";
const BEGIN: &str = "<!-- `cargo xtask maintainer-fixes` writes from here -->\n";
const END: &str = "<!-- to here -->\n";
/// Seconds after which an audit hangs.
const TOO_LONG: &str = "60";

/// Compares our edits with what maintainers did at the historical positives of the corpus.
///
/// Writes the table into docs/accuracy.md.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask maintainer-fixes",
    bin_name = "cargo xtask maintainer-fixes"
)]
pub(crate) struct Options {
    /// The folder of `cases.tsv`; `../shared/corpus` beside the project unless given.
    #[arg(long)]
    corpus: Option<PathBuf>,
    #[command(flatten)]
    setup: Setup,
}

#[derive(Debug, Deserialize)]
struct Answer {
    findings: Vec<Finding>,
}

/// Audits each crate in which maintainers mended something, and writes what came of it.
///
/// # Errors
/// If a crate cannot be had or audited, since the share would be of fewer cases; and if nothing is known of a case's fix.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let document = root.join(DOCUMENT);
    let before = fs::read_to_string(&document)
        .with_context(|| format!("could not read {}", document.display()))?;
    let known = known(root)?;
    let corpus = options
        .corpus
        .clone()
        .unwrap_or_else(|| root.join("../shared/corpus"));
    let mut by_package: BTreeMap<Package, Vec<Case>> = BTreeMap::new();
    for case in cases::read(&corpus.join("cases.tsv"))? {
        let cases = by_package.entry(case.package.clone()).or_default();
        cases.push(case);
    }
    by_package.retain(|_, cases| cases.iter().any(Case::is_mended));
    let binary = options.setup.program(root)?;
    let folder = options.setup.folder();
    let mut rows = Vec::new();
    for (package, cases) in &by_package {
        let Some(tree) = unpacked(package, &folder)? else {
            bail!(
                "{} {} is not to be had: look whether `cargo info {}@{}` works",
                package.name,
                package.version,
                package.name,
                package.version
            );
        };
        let mut findings = audit(&binary, &tree)?;
        findings.retain(|it| it.suppressed.is_none());
        for (case, hits) in cases::at_cases(cases, &findings) {
            let known = known.get(&case.id).with_context(|| {
                format!(
                    "{KNOWN} has no row of {}: read what was done there",
                    case.id
                )
            })?;
            rows.push(Row {
                case: case.clone(),
                known,
                ours: ours(case, &tree, &hits, known)?,
            });
        }
    }
    ensure!(!rows.is_empty(), "no case of the corpus was mended");
    rows.sort_by(|a, b| a.case.id.cmp(&b.case.id));
    for id in known.keys() {
        if !rows.iter().any(|row| row.case.id == *id) {
            eprintln!("warning: {KNOWN} has a row of {id}, which is no mended case of the corpus");
        }
    }
    let text = table::markdown(&rows, &day(SystemTime::now()));
    let after = replaced(&before, &text)?;
    fs::write(&document, after)
        .with_context(|| format!("could not write {}", document.display()))?;
    eprintln!("{}\nwrote {DOCUMENT}", table::share(&rows));
    Ok(())
}

fn known(root: &Path) -> Result<BTreeMap<String, Known>> {
    let known = cases::known(&root.join(KNOWN))?;
    Ok(known.into_iter().map(|it| (it.id.clone(), it)).collect())
}

/// By syntax alone, as `score.py` beside the cases does.
fn audit(binary: &Path, tree: &Path) -> Result<Vec<Finding>> {
    let output = Command::new("timeout")
        .arg(TOO_LONG)
        .arg(binary)
        .args(["--fast", "--format", "json", "--all-targets"])
        .arg("--manifest-path")
        .arg(tree.join("Cargo.toml"))
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not start {}", binary.display()))?;
    ensure!(
        output.status.success(),
        "the audit of {} ended with {}: {}",
        tree.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the answer about {} is no JSON", tree.display()))?;
    Ok(answer.findings)
}

/// What we make of the case: the finding that does as maintainers did, or else the nearest that does anything.
fn ours(case: &Case, tree: &Path, hits: &[&Finding], known: &Known) -> Result<Ours> {
    if hits.is_empty() {
        return Ok(Ours::NoFinding);
    }
    let path = tree.join(&case.file);
    let text =
        fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    let changes: Vec<Ours> = hits
        .iter()
        .map(|hit| hit.edits())
        .filter(|edits| !edits.is_empty())
        .map(|edits| place::changed(case, &text, edits))
        .collect();
    let wanted = Ours::Changed(known.theirs);
    let best = changes.iter().find(|it| **it == wanted);
    Ok(*best.or(changes.first()).unwrap_or(&Ours::NoEdits))
}

/// The document with this text between the marks.
fn replaced(document: &str, text: &str) -> Result<String> {
    let parts = document
        .split_once(BEGIN)
        .and_then(|(ahead, rest)| Some((ahead, rest.split_once(END)?.1)));
    let Some((ahead, behind)) = parts else {
        bail!("{DOCUMENT} has no place for the table: put back the lines {BEGIN}and {END}");
    };
    Ok(format!(
        "{ahead}{BEGIN}\n{}\n\n{END}{behind}",
        text.trim_end()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_can_be_read_and_says_something_of_each_case_once() {
        let known = cases::known(&crate::project::root().join(KNOWN)).unwrap();
        let mut ids: Vec<&str> = known.iter().map(|it| it.id.as_str()).collect();
        assert!(ids.is_sorted());
        ids.dedup();
        assert_eq!(ids.len(), known.len());
        assert!(known.iter().all(|it| !it.clause.is_empty()));
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = format!("a\n{BEGIN}old\n{END}b\n");
        let after = replaced(&document, "new\n").unwrap();
        assert_eq!(after, format!("a\n{BEGIN}\nnew\n\n{END}b\n"));
        assert_eq!(replaced(&after, "new\n").unwrap(), after);
        assert!(replaced("a\nb\n", "new\n").is_err());
    }
}
