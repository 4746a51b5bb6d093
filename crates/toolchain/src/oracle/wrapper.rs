//! This program in the place of rustc: cargo calls it for every crate of the workspace.
//!
//! It runs the real compiler first, unchanged, then once more on the mirror, where the probes are, and keeps what that
//! run says. So the crate compiles for its dependents, and one cargo invocation answers for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::job::{self, Job, PackageJob};
use super::probe;
use super::unit::{Unit, UnitAnswers};

/// Names the job, and so tells this program that it stands in for rustc.
pub(super) const JOB_VARIABLE: &str = "IO_OPTIMIZE_ORACLE_JOB";

/// How often the mirror is asked again without the probes that kept it from being checked.
const ROUNDS: usize = 4;

/// Acts as rustc when cargo calls this program in rustc's place; `None` when the user calls it.
///
/// `main` calls this before anything else and returns what it gets. What goes wrong with the questions never shows:
/// the crate is compiled as it would be, and its questions stay without an answer.
#[must_use]
pub fn run_as_wrapper_if_asked() -> Option<ExitCode> {
    let job_path = PathBuf::from(env::var_os(JOB_VARIABLE)?);
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    Some(match run(&job_path, arguments) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(101)
        }
    })
}

fn run(job_path: &Path, mut arguments: Vec<OsString>) -> Result<ExitCode> {
    let bytes =
        fs::read(job_path).with_context(|| format!("cannot read {}", job_path.display()))?;
    let job: Job = serde_json::from_slice(&bytes)
        .with_context(|| format!("cannot understand {}", job_path.display()))?;
    let mut command: Vec<OsString> = Vec::new();
    let mut is_member = true;
    if let Some(wrapper) = &job.rustc_wrapper {
        command.push(wrapper.into());
        // Cargo puts the workspace's wrapper, this program again, behind the general one.
        is_member = arguments.first().is_some_and(|first| *first == job.wrapper);
        if is_member {
            arguments.remove(0);
        }
    }
    if is_member && let Some(wrapper) = &job.workspace_wrapper {
        command.push(wrapper.into());
    }
    command.extend(arguments.first().cloned());
    let arguments = arguments.get(1..).unwrap_or_default();
    let (program, first) = command
        .split_first()
        .context("called without a compiler to run")?;
    let status = Command::new(program)
        .args(first)
        .args(arguments)
        .env_remove(JOB_VARIABLE)
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if status.success()
        && is_member
        && let Some(unit) = Unit::parse(arguments)
    {
        // A failure here costs answers, never the build.
        let _ = ask(&job, &unit, &command);
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn ask(job: &Job, unit: &Unit, command: &[OsString]) -> Result<()> {
    let package_root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("no package")?);
    let package = job.packages.get(&package_root);
    let dep_info = fs::read_to_string(unit.dep_info())?;
    let variable = job::variable(&package_root);
    // Cargo reads this after we have ended, and then knows that the unit depends on what is asked.
    let value = match env::var(&variable) {
        Ok(value) => format!("={value}"),
        Err(_) => String::new(),
    };
    let tracked = format!(
        "{}\n# env-dep:{variable}{value}\n",
        dep_info.trim_end_matches('\n')
    );
    job::write_whole(&unit.dep_info(), tracked.as_bytes())?;
    // What was said of an earlier state must not outlive it, whatever fails below.
    let record_path = job.cache.join("units").join(unit.name());
    let _ = fs::remove_file(&record_path);
    let (record, probed) = unit.record(job, package, &dep_info)?;
    if let (Some(package), Some(key)) = (package, &record.key) {
        let answers = job.cache.join("answers").join(key);
        if !answers.exists() {
            let found = Mirror {
                job,
                package,
                unit,
                command,
            }
            .ask(&probed)?;
            job::write_whole(&answers, &serde_json::to_vec(&found)?)?;
        }
    }
    job::write_whole(&record_path, &serde_json::to_vec(&record)?)
}

/// A crate in the mirror.
struct Mirror<'a> {
    job: &'a Job,
    package: &'a PackageJob,
    unit: &'a Unit,
    command: &'a [OsString],
}

impl Mirror<'_> {
    /// The answers of the crate. Where probes keep it from being checked (a macro that does not take them), it is asked
    /// again without them.
    fn ask(&self, probed: &[String]) -> Result<UnitAnswers> {
        fs::write(self.job.run.join(self.unit.name()), &self.unit.crate_name)?;
        let mut tokio = self
            .package
            .tokio
            .as_deref()
            .filter(|name| self.unit.depends_on(name));
        let mut dropped = BTreeSet::new();
        let mut found = UnitAnswers::default();
        let mut holes = BTreeSet::new();
        for _ in 0..ROUNDS {
            let diagnostics = self.compile(tokio)?;
            let mut errors = Vec::new();
            for diagnostic in diagnostics {
                match probe::parse(&diagnostic.message) {
                    Some((id, Some(answer))) => {
                        let answers = found.answers.entry(id).or_default();
                        if !answers.contains(&answer) {
                            answers.push(answer);
                        }
                    }
                    Some((id, None)) => {
                        found.answers.entry(id).or_default();
                        holes.insert(id);
                    }
                    None if diagnostic.level == "error" => errors.push(diagnostic),
                    None => {}
                }
            }
            let questions = probed
                .iter()
                .flat_map(|path| &self.package.files[path].questions);
            let is_open = |id: u64| !found.answers.contains_key(&id) && !dropped.contains(&id);
            if errors.is_empty() || !questions.into_iter().any(|&(id, ..)| is_open(id)) {
                break;
            }
            let in_module = errors
                .iter()
                .any(|error| error.touches(&self.module_path(tokio)));
            if tokio.is_some() && in_module {
                // Without the feature `fs` tokio has no file.
                tokio = None;
            } else {
                let again = self.drop_probes(probed, &errors, &mut dropped)?;
                let first = errors.into_iter().next().map(|error| error.message);
                found.trouble = found.trouble.or(first);
                if !again {
                    break;
                }
            }
        }
        // What is not known at one of several places is not known.
        for id in holes {
            found.answers.insert(id, Vec::new());
        }
        Ok(found)
    }

    fn module_path(&self, tokio: Option<&str>) -> PathBuf {
        self.job
            .cache
            .join(format!("probes-{}.rs", tokio.unwrap_or("std")))
    }

    fn compile(&self, tokio: Option<&str>) -> Result<Vec<Diagnostic>> {
        let module = self.module_path(tokio);
        job::write_if_changed(&module, &probe::module(tokio))?;
        let scratch = self.job.run.join(format!("{}.out", self.unit.name()));
        fs::create_dir_all(&scratch)?;
        let output = Command::new(&self.command[0])
            .args(&self.command[1..])
            .args(self.arguments(&scratch))
            .env("IO_OPTIMIZE_PROBES", &module)
            .env_remove(JOB_VARIABLE)
            .stdin(Stdio::null())
            .output()?;
        let _ = fs::remove_dir_all(&scratch);
        let text = String::from_utf8_lossy(&output.stderr);
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// The unit's arguments, for a check of the mirror that leaves nothing behind.
    fn arguments(&self, scratch: &Path) -> Vec<OsString> {
        let arguments = &self.unit.arguments;
        let mut result: Vec<OsString> = Vec::with_capacity(arguments.len());
        let mut has_cap = false;
        for (index, argument) in arguments.iter().enumerate() {
            let text = argument.to_string_lossy();
            if index == self.unit.root_index {
                let mirrored = self.job.relative(Path::new(argument));
                let mirrored = mirrored.map(|path| self.job.mirror.join(path).into());
                result.push(mirrored.unwrap_or_else(|| argument.clone()));
            } else if index > 0 && arguments[index - 1] == "--out-dir" {
                result.push(scratch.into());
            } else if text.starts_with("--emit=") {
                result.push("--emit=metadata".into());
            } else if text.starts_with("incremental=") {
                // The `-C` before it goes too.
                result.pop();
            } else if !text.starts_with("--json=") {
                has_cap |= text.starts_with("--cap-lints");
                result.push(argument.clone());
            }
        }
        if !has_cap {
            result.extend(["--cap-lints".into(), "allow".into()]);
        }
        result
    }

    /// Writes the files again without the probes that errors point at; whether there were any.
    fn drop_probes(
        &self,
        probed: &[String],
        errors: &[Diagnostic],
        dropped: &mut BTreeSet<u64>,
    ) -> Result<bool> {
        let mut texts = BTreeMap::new();
        for path in probed {
            let file = &self.package.files[path];
            let text = fs::read_to_string(self.job.root.join(path))?;
            if blake3::hash(text.as_bytes()).to_hex().as_str() != file.original {
                continue;
            }
            let is_kept = |id: u64, dropped: &BTreeSet<u64>| !dropped.contains(&id);
            let kept = |dropped: &BTreeSet<u64>| -> Vec<_> {
                let questions = file.questions.iter().copied();
                questions.filter(|&(id, ..)| is_kept(id, dropped)).collect()
            };
            let before = dropped.len();
            let (with_probes, regions) = job::instrument(&text, &kept(dropped));
            let mirrored = self.job.mirror.join(path);
            for error in errors {
                for (start, end) in error.places(&mirrored) {
                    let hit = regions
                        .iter()
                        .filter(|r| r.start < end.max(start + 1) && start < r.end);
                    dropped.extend(hit.flat_map(|region| &region.ids));
                }
            }
            if dropped.len() > before {
                let ending = fs::read_to_string(&mirrored)?;
                let ending = ending
                    .strip_prefix(with_probes.as_str())
                    .unwrap_or("")
                    .to_owned();
                let (fewer, _) = job::instrument(&text, &kept(dropped));
                texts.insert(mirrored, fewer + &ending);
            }
        }
        for (path, text) in &texts {
            job::write_if_changed(path, text)?;
        }
        Ok(!texts.is_empty())
    }
}

/// What rustc says in JSON, as far as it matters.
#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    level: String,
    spans: Vec<DiagnosticSpan>,
}

#[derive(Deserialize)]
struct DiagnosticSpan {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    expansion: Option<Expansion>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Box<DiagnosticSpan>,
}

impl Diagnostic {
    fn touches(&self, path: &Path) -> bool {
        self.spans
            .iter()
            .any(|span| Path::new(&span.file_name) == path)
    }

    /// The places in a file that it points at, macro calls on the way included.
    fn places(&self, path: &Path) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        for span in &self.spans {
            let mut span = Some(span);
            while let Some(at) = span {
                if Path::new(&at.file_name) == path {
                    places.push((at.byte_start, at.byte_end));
                }
                span = at.expansion.as_ref().map(|expansion| &*expansion.span);
            }
        }
        places
    }
}
