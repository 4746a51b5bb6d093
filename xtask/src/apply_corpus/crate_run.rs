//! One crate: a copy with all fixes, a copy with the safe ones, and what cargo says of both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::marks::Marks;
use super::style;
use super::suite::{self, Compared};
use crate::project;
use crate::published::{Package, copy_tree};

/// Seconds after which a build or a suite is given up.
pub(super) const TOO_LONG: &str = "1800";

/// Where crates are copied and built.
pub(super) struct Workplace {
    binary: PathBuf,
    /// Of the copies.
    folder: PathBuf,
    cargo_home: PathBuf,
    /// The target directory of all runs of the program.
    target: PathBuf,
    pub(super) results: PathBuf,
}

impl Workplace {
    /// Results are kept for one program: those of another are in another folder.
    pub(super) fn new(folder: &Path, binary: PathBuf) -> Result<Self> {
        let bytes =
            fs::read(&binary).with_context(|| format!("could not read {}", binary.display()))?;
        let hash = blake3::hash(&bytes).to_hex();
        let cargo_home = folder.join("cargo-home-typed");
        let target = folder.join("target");
        let folder = folder.join("apply");
        let results = folder.join("results").join(&hash[..16]);
        fs::create_dir_all(&results)
            .with_context(|| format!("could not make {}", results.display()))?;
        Ok(Self {
            binary,
            folder,
            cargo_home,
            target,
            results,
        })
    }

    fn in_place(&self, mut command: Command, tree: &Path, target: &Path) -> Command {
        command
            .current_dir(tree)
            .env("CARGO_HOME", &self.cargo_home)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_TERM_COLOR", "never")
            .stdin(Stdio::null());
        command
    }

    /// Cargo, in the target directory in which the program tries its fixes: dependencies are built once for both.
    ///
    /// All files of the tree get the time of now: cargo takes copies of one crate for the same, and by their times the copy that was
    /// made first for built.
    pub(super) fn cargo(&self, tree: &Path, arguments: &[&str]) -> Result<Command> {
        touch(tree)?;
        let mut command = Command::new("timeout");
        command
            .arg(TOO_LONG)
            .arg(project::cargo().get_program())
            .args(arguments);
        Ok(self.in_place(command, tree, &self.target.join("io-optimize/target")))
    }

    /// Whether every target of the tree compiles; else cargo's last words.
    fn check(&self, tree: &Path) -> Result<Option<String>> {
        let output = self
            .cargo(tree, &["check", "--all-targets", "--quiet"])?
            .output()
            .context("could not start cargo")?;
        if output.status.success() {
            return Ok(None);
        }
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        let error = talk
            .lines()
            .find(|line| line.starts_with("error"))
            .unwrap_or("cargo failed");
        Ok(Some(error.to_owned()))
    }

    fn apply(&self, tree: &Path, flags: &[&str]) -> Result<Answer> {
        let mut command = Command::new("timeout");
        command
            .arg(TOO_LONG)
            .arg(&self.binary)
            .args([
                "--apply",
                "--no-bench",
                "--allow-no-vcs",
                "--format",
                "json",
            ])
            .args(["--quiet", "--all-targets"])
            .args(flags);
        let output = self
            .in_place(command, tree, &self.target)
            .output()
            .with_context(|| format!("could not start {}", self.binary.display()))?;
        // 3 says that rustc dropped something, which is counted.
        if !matches!(output.status.code(), Some(0 | 3)) {
            bail!(
                "{}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        serde_json::from_slice(&output.stdout).context("the program's answer is no JSON")
    }

    /// A copy of a crate, made anew.
    fn copy(&self, package: &Package, source: &Path, kind: &str) -> Result<PathBuf> {
        let copy = self
            .folder
            .join(kind)
            .join(format!("{}-{}", package.name, package.version));
        if copy.exists() {
            fs::remove_dir_all(&copy)
                .with_context(|| format!("could not remove {}", copy.display()))?;
        }
        copy_tree(source, &copy)?;
        Ok(copy)
    }
}

fn touch(tree: &Path) -> Result<()> {
    let now = SystemTime::now();
    for entry in walkdir::WalkDir::new(tree) {
        let entry = entry?;
        if entry.file_type().is_file() {
            fs::File::open(entry.path())
                .and_then(|file| file.set_modified(now))
                .with_context(|| format!("could not touch {}", entry.path().display()))?;
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Answer {
    analysis: Analysis,
    findings: Vec<Finding>,
    applied: Vec<String>,
    not_applied: Vec<NotApplied>,
}

#[derive(Debug, Deserialize)]
struct Analysis {
    types: String,
}

#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    rule: String,
    suggestion: Option<Suggestion>,
}

#[derive(Debug, Deserialize)]
struct Suggestion {
    edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Edit {
    pub(super) path: String,
    pub(super) start: usize,
}

#[derive(Debug, Deserialize)]
struct NotApplied {
    reason: String,
}

/// What came of a crate.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// It could not be used, and why.
    Left(String),
    Run(Box<Run>),
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) types: String,
    pub(super) findings: usize,
    /// With a fix.
    pub(super) suggested: usize,
    /// With `--unsafe-fixes`: fixes by rule.
    pub(super) applied: BTreeMap<String, usize>,
    /// The edits of these fixes.
    pub(super) edits: usize,
    /// What was not applied, by the reason.
    pub(super) not_applied: BTreeMap<String, usize>,
    /// What rustc says of the changed tree.
    pub(super) error: Option<String>,
    /// Fixes that a second run applied.
    pub(super) again: usize,
    /// Without `--unsafe-fixes`: fixes and their edits.
    pub(super) safe: (usize, usize),
    /// What rustc says of that tree.
    pub(super) safe_error: Option<String>,
    /// What rustc, clippy and rustfmt say of the changed tree and did not say before.
    pub(super) news: Vec<String>,
    /// The tests before and after, with all fixes.
    pub(super) suite: Option<Compared>,
}

impl Run {
    pub(super) fn fixes(&self) -> usize {
        self.applied.values().sum()
    }

    /// Fixes that rustc dropped.
    pub(super) fn dropped(&self) -> usize {
        let by_rustc = self
            .not_applied
            .iter()
            .filter(|(reason, _)| reason.starts_with("rustc: "));
        by_rustc.map(|(_, count)| count).sum()
    }
}

pub(super) fn run(
    place: &Workplace,
    package: &Package,
    source: &Path,
    tests: bool,
) -> Result<Outcome> {
    let before = place.copy(package, source, "before")?;
    if let Some(error) = place.check(&before)? {
        return Ok(Outcome::Left(format!("does not compile here: {error}")));
    }
    let after = place.copy(package, source, "after")?;
    let named = || format!("{} {}", package.name, package.version);
    let answer = place
        .apply(&after, &["--unsafe-fixes"])
        .with_context(named)?;
    let mut run = Run {
        types: answer.analysis.types,
        findings: answer.findings.len(),
        suggested: answer
            .findings
            .iter()
            .filter(|finding| finding.suggestion.is_some())
            .count(),
        ..Run::default()
    };
    let mut edits = Vec::new();
    for finding in &answer.findings {
        if answer.applied.contains(&finding.id) {
            *run.applied.entry(finding.rule.clone()).or_default() += 1;
            edits.extend(finding.suggestion.iter().flat_map(|fix| &fix.edits));
        }
    }
    run.edits = edits.len();
    for one in &answer.not_applied {
        // The place that another fix overlaps differs each time.
        let reason = one.reason.split(" at ").next().unwrap_or(&one.reason);
        *run.not_applied.entry(reason.to_owned()).or_default() += 1;
    }
    run.error = place.check(&after)?;
    run.again = place
        .apply(&after, &["--unsafe-fixes"])
        .with_context(named)?
        .applied
        .len();
    let safe = place.copy(package, source, "safe")?;
    let answer = place.apply(&safe, &[]).with_context(named)?;
    let of_applied = answer
        .findings
        .iter()
        .filter(|finding| answer.applied.contains(&finding.id))
        .filter_map(|finding| finding.suggestion.as_ref());
    run.safe = (
        answer.applied.len(),
        of_applied.map(|fix| fix.edits.len()).sum(),
    );
    run.safe_error = place.check(&safe)?;
    if run.fixes() > 0 {
        run.news = style::news(place, &before, &after)?;
    }
    if tests && run.fixes() > 0 {
        let marked = place.copy(package, source, "marked")?;
        let marks = Marks::set(&marked, &edits)?;
        run.suite = suite::compare(place, &before, &after, &marked, marks)?;
    }
    Ok(Outcome::Run(Box::new(run)))
}
