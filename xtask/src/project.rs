//! Where things are in the project.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

/// The rules, one file each.
pub(crate) const RULES: &str = "crates/analyze/src/rules";
/// One folder of fixtures per rule.
pub(crate) const FIXTURES: &str = "fixtures/rules";
/// The models of the rules' patterns.
pub(crate) const WORKLOADS: &str = "crates/measure/src/workloads";
/// The same models as files of users' packages.
pub(crate) const TEMPLATES: &str = "crates/measure/src/emit/templates";
/// The generated pages of the rules.
pub(crate) const PAGES: &str = "docs/rules";
/// The files that each folder of fixtures has.
pub(crate) const FIXTURE_FILES: [&str; 3] = ["positive.rs", "negative.rs", "unfixable.rs"];

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Cargo, the one that runs this task.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Files under a folder of the project with that ending, relative to the root and sorted. A folder that is missing is empty.
pub(crate) fn files(root: &Path, folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = root.join(folder);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in WalkDir::new(&folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("could not list {}", folder.display()))?;
        let is_wanted = entry.path().extension().is_some_and(|it| it == ending);
        if entry.file_type().is_file() && is_wanted {
            found.push(entry.path().strip_prefix(root)?.to_owned());
        }
    }
    Ok(found)
}

/// Names directly in a folder: stems of files with that ending, or names of folders where the ending is `None`.
pub(crate) fn stems(root: &Path, folder: &str, ending: Option<&str>) -> Result<BTreeSet<String>> {
    let folder = root.join(folder);
    let mut stems = BTreeSet::new();
    if !folder.exists() {
        return Ok(stems);
    }
    let list = || format!("could not list {}", folder.display());
    for entry in folder.read_dir().with_context(list)? {
        let path = entry.with_context(list)?.path();
        let is_wanted = match ending {
            Some(ending) => path.extension().is_some_and(|it| it == ending),
            // A build of the fixtures leaves a target directory.
            None => path.is_dir() && !path.ends_with("target"),
        };
        if is_wanted && let Some(stem) = path.file_stem() {
            stems.insert(stem.to_string_lossy().into_owned());
        }
    }
    Ok(stems)
}

/// Runs cargo in the project, with what it prints.
pub(crate) fn run_cargo(root: &Path, arguments: &[&str]) -> Result<()> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("> {line}");
    let status = cargo()
        .args(arguments)
        .current_dir(root)
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    ensure!(status.success(), "`{line}` failed with {status}");
    Ok(())
}

/// Starts the task over as it is to be measured: without optimisation a copy of a small file takes half as long again.
pub(crate) fn run_in_release(root: &Path) -> Result<()> {
    let own: Vec<String> = env::args().skip(1).collect();
    let mut arguments = vec![
        "run",
        "--quiet",
        "--locked",
        "--release",
        "--package",
        "xtask",
        "--",
    ];
    arguments.extend(own.iter().map(String::as_str));
    run_cargo(root, &arguments)
}
