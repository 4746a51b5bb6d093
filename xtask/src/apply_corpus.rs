//! `--apply` over published crates: what it keeps, what rustc drops, whether the trees still compile and pass their tests.

mod crate_run;
mod marks;
mod style;
mod suite;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::published::{Package, Setup, packages, unpacked};
use crate::tools::print;
use crate_run::{Outcome, Workplace};

/// How the names of results end that a run with tests gave.
const WITH_TESTS: &str = "-tests";

/// Applies fixes to published crates, checks the trees, and runs their tests before and after.
///
/// Prints a Markdown table. Crates whose published form does not pass `cargo check --all-targets` are listed and left out.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask apply-corpus",
    bin_name = "cargo xtask apply-corpus"
)]
pub(crate) struct Options {
    /// Lists of one `NAME=VERSION` a line; may be repeated. `typed.txt` and `popular.txt` in `../shared/corpus` beside the
    /// project unless given.
    #[arg(long)]
    list: Vec<PathBuf>,
    #[command(flatten)]
    setup: Setup,
    /// Runs the tests of each changed crate before and after.
    #[arg(long)]
    tests: bool,
    /// Takes what an earlier run with the same program said of a crate; for a run that was cut off.
    #[arg(long)]
    resume: bool,
    /// Only crates of these names.
    packages: Vec<String>,
}

/// Runs over each crate of the lists.
///
/// # Errors
/// If the program fails on a crate, leaves a tree that does not compile, or breaks a test; and if a list is not there.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut wanted: Vec<Package> = Vec::new();
    for list in lists(root, options) {
        wanted.extend(packages(&list)?);
    }
    wanted.sort();
    wanted.dedup();
    if !options.packages.is_empty() {
        wanted.retain(|package| options.packages.contains(&package.name));
    }
    let binary = options.setup.program(root)?;
    let folder = options.setup.folder();
    let place = Workplace::new(&folder, binary)?;
    let mut outcomes: Vec<(Package, Outcome)> = Vec::new();
    for package in wanted {
        eprintln!("{} {}", package.name, package.version);
        let Some(source) = unpacked(&package, &folder)? else {
            outcomes.push((package, Outcome::Left("not to be had".to_owned())));
            continue;
        };
        let named = |what: &str| {
            let name = format!("{}-{}{what}.json", package.name, package.version);
            place.results.join(name)
        };
        let kept = named(if options.tests { WITH_TESTS } else { "" });
        // A run with tests said all that one without them would.
        let read = |path: PathBuf| serde_json::from_slice(&fs::read(path).ok()?).ok();
        let earlier = options
            .resume
            .then(|| read(named(WITH_TESTS)).or_else(|| read(kept.clone())))
            .flatten();
        let outcome = match earlier {
            Some(outcome) => outcome,
            None => {
                let outcome = crate_run::run(&place, &package, &source, options.tests)?;
                fs::write(&kept, serde_json::to_vec(&outcome)?)
                    .with_context(|| format!("could not write {}", kept.display()))?;
                outcome
            }
        };
        eprintln!("    {}", table::line(&outcome));
        outcomes.push((package, outcome));
    }
    print(&table::markdown(&outcomes));
    let wrong = table::wrong(&outcomes);
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(())
}

fn lists(root: &Path, options: &Options) -> Vec<PathBuf> {
    if options.list.is_empty() {
        ["typed.txt", "popular.txt"]
            .map(|name| root.join("../shared/corpus").join(name))
            .to_vec()
    } else {
        options.list.clone()
    }
}
