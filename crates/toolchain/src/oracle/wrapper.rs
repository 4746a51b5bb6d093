//! This program in the place of rustc: cargo calls it for every crate of the workspace.
//!
//! It runs the real compiler, unchanged, and beside it once more on the mirror, where the probes are, and keeps what that
//! run says. So the crate compiles for its dependents, and one cargo invocation answers for all of them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Context as _, Result};

use super::job::{self, Job};
use super::mirror::Mirror;
use super::unit::{Unit, UnitAnswers};
use super::{Compiled, cfg, configured};

/// Names the job, and so tells this program that it stands in for rustc.
pub(super) const JOB_VARIABLE: &str = "IO_OPTIMIZE_ORACLE_JOB";

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
    let mut compiler = Command::new(program);
    compiler
        .args(first)
        .args(arguments)
        .env_remove(JOB_VARIABLE);
    let failed = || format!("cannot run {}", program.display());
    let unit = is_member.then(|| Unit::parse(arguments)).flatten();
    let Some(unit) = unit else {
        return Ok(exit_code(compiler.status().with_context(failed)?));
    };
    // Types are asked for, and not whether a lint that the crate or this release denies allows the code.
    let caps = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"--cap-lints");
    if !arguments.iter().any(caps) {
        compiler.arg("--cap-lints=warn");
    }
    let asked = Asked::prepare(&job, &unit, &command);
    let status = thread::scope(|scope| {
        let early = asked
            .as_ref()
            .is_some_and(|asked| !asked.is_answered())
            .then(|| scope.spawn(|| asked.as_ref().and_then(Asked::answers)));
        let status = compiler.status().with_context(failed)?;
        let early = early.and_then(|thread| thread.join().ok()).flatten();
        if status.success() {
            // A failure here costs answers, never the build.
            let _ = keep(&job, &unit, command.last(), asked.as_ref(), early);
        }
        anyhow::Ok(status)
    })?;
    Ok(exit_code(status))
}

fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Whether answers are kept that can be read.
fn has_answers(job: &Job, key: &str) -> bool {
    UnitAnswers::read(&job.cache, key).is_some()
}

/// A crate of which something is asked.
struct Asked<'a> {
    job: &'a Job,
    mirror: Mirror<'a>,
    unit: &'a Unit,
}

impl<'a> Asked<'a> {
    /// `None` where nothing is asked of the package.
    fn prepare(job: &'a Job, unit: &'a Unit, command: &'a [OsString]) -> Option<Self> {
        let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
        let package = job.packages.get(&root)?;
        let mirror = Mirror {
            job,
            package,
            unit,
            command,
        };
        Some(Self { job, mirror, unit })
    }

    /// Whether the files that the crate was made of the last time hold all its answers as they are now, or no question.
    fn is_answered(&self) -> bool {
        let Ok(dep_info) = fs::read_to_string(self.unit.dep_info()) else {
            return false;
        };
        let key = self.unit.key(self.job, self.mirror.package, &dep_info);
        key.is_ok_and(|key| key.is_none_or(|key| has_answers(self.job, &key)))
    }

    fn answers(&self) -> Option<UnitAnswers> {
        self.mirror.ask().ok()
    }
}

/// Keeps the record of a unit that has been compiled, and its answers: those that were got meanwhile, or else new ones.
fn keep(
    job: &Job,
    unit: &Unit,
    compiler: Option<&OsString>,
    asked: Option<&Asked<'_>>,
    early: Option<UnitAnswers>,
) -> Result<()> {
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
    let mut record = unit.record(job, package, &dep_info)?;
    record.compiler = compiler.and_then(configured::program);
    let root = job.relative(Path::new(unit.root()));
    record.compiled = root.zip(compiler).map(|(root, compiler)| Compiled {
        root,
        files: record
            .sources
            .iter()
            .filter_map(|path| job.relative(path))
            .collect(),
        cfg: cfg::of(job, unit, compiler),
    });
    if let (Some(asked), Some(key)) = (asked, &record.key) {
        let answers = job.cache.join("answers").join(key);
        if early.is_some() || !has_answers(job, key) {
            let found = match early {
                Some(found) => found,
                None => asked.mirror.ask()?,
            };
            job::write_whole(&answers, &serde_json::to_vec(&found)?)?;
        }
    }
    job::write_whole(&record_path, &serde_json::to_vec(&record)?)
}
