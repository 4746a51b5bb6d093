//! rustc as a type oracle, on stable: asks for the types of expressions in a whole workspace with one `cargo check`.
//!
//! The files that are asked about are copied, with probes ([`probe`]) round the expressions, into a mirror of the workspace
//! ([`job`]). This program stands in for rustc ([`wrapper`]): it compiles each crate as it is and then type checks the copy,
//! whose errors are the answers.
//!
//! **What is asked again.** Cargo runs the wrapper only for units that it builds. Each unit's dep-info is made to name an
//! environment variable that holds a hash of what is asked of the package, so cargo builds it again when the questions
//! change, as when the code does. Answers are kept by the content of all sources of the crate, the probes in them, its
//! arguments and what it can see of its dependencies ([`interface`]): a crate that cargo builds again although none of
//! this changed, say because a function's body in a dependency did, is not asked again.
//!
//! **What is left in the user's target directory.** Dependencies are checked where the user's own `cargo check` has them, and
//! are shared with it. A workspace wrapper is part of the names of what cargo makes for members, so theirs lie beside the user's own;
//! `cargo check` puts nothing where finished binaries are. The user's next build finds everything as it was.
//!
//! Needs rustc 1.78 (`diagnostic::on_unimplemented`); with an older one every answer is unknown. So are those of crates
//! for targets without a standard library, and of files that a crate reaches by a path that leaves the workspace;
//! [`Answers::unclear`] names them.
#![expect(clippy::disallowed_methods, reason = "cargo and rustc run here")]

mod configured;
mod interface;
mod job;
mod plan;
mod probe;
mod unit;
mod wrapper;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Artifact, TargetKind as Kind};

use self::job::{Job, PackageJob};
use self::unit::UnitAnswers;
use crate::messages::{self, CargoRun, CompileError};
use crate::{CargoOptions, Workspace, lock};

pub use probe::{Answer, KnownType};
pub use wrapper::run_as_wrapper_if_asked;

/// Version of what is kept between runs: another number makes every crate be asked again.
const FORMAT: u32 = 1;

/// An expression whose type is asked for.
///
/// It must be an expression in its own right, which a parenthesised one could replace: not a field written short
/// (`S { file }`), a pattern, the left side of an assignment, or text in a format string. Two questions of a file are nested or apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Offset of the expression's first byte in the text of the file.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
}

/// What came of the questions.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// For each question, in their order, what rustc said: nothing where it is not known, several where the place is
    /// compiled several times (a macro's body, several targets).
    pub answers: Vec<Vec<Answer>>,
    /// Crates that rustc was asked about in this run, sorted; the answers of others were known.
    pub asked: Vec<String>,
    /// The first error of each package that does not compile. Its answers are unknown, and those of its dependents.
    pub failed: Vec<CompileError>,
    /// Crates of which a part could not be asked about, and the first error of their copy, sorted.
    pub unclear: Vec<(String, String)>,
    /// Command lines that were executed.
    pub executed: Vec<String>,
}

/// Asks rustc about a workspace.
#[derive(Debug)]
pub struct Oracle<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// What cargo is to check.
    pub options: &'a CargoOptions,
    /// Where mirror and answers are kept; it belongs to one target directory.
    pub cache_directory: PathBuf,
    /// The program that stands in for rustc: one whose `main` calls [`run_as_wrapper_if_asked`] first.
    pub wrapper: PathBuf,
}

/// Asks with this program as the wrapper, and keeps answers below the target directory. See [`Oracle::ask`].
///
/// # Errors
/// As [`Oracle::ask`], and if the path of this program is not known.
pub fn ask(
    workspace: &Workspace,
    options: &CargoOptions,
    files: &dyn Fn(&str) -> Option<Arc<str>>,
    questions: &[Question],
) -> Result<Answers> {
    let oracle = Oracle {
        workspace,
        options,
        cache_directory: workspace.make_scratch_directory()?.join("oracle"),
        wrapper: std::env::current_exe().context("cannot tell where this program is")?,
    };
    oracle.ask(files, questions)
}

impl Oracle<'_> {
    /// Answers what it can of the questions, with at most one `cargo check`. `files` gives the texts that the questions'
    /// offsets count in, by path relative to the workspace root.
    ///
    /// # Errors
    /// If cargo cannot be run or refuses the project for another reason than code that does not compile, or if the cache
    /// directory cannot be written.
    pub fn ask(
        &self,
        files: &dyn Fn(&str) -> Option<Arc<str>>,
        questions: &[Question],
    ) -> Result<Answers> {
        let mut result = Answers {
            answers: vec![Vec::new(); questions.len()],
            ..Answers::default()
        };
        if questions.is_empty() {
            return Ok(result);
        }
        let _lock = lock::acquire(&self.cache_directory.join("lock"))?;
        let jobs = plan::jobs(self.workspace, &self.cache_directory, files, questions)?;
        if jobs.is_empty() {
            return Ok(result);
        }
        let (run, job_path) = self.prepare(&jobs, files)?;
        let checked = self.check(&jobs, &job_path)?;
        result.asked = asked(&run)?;
        let _ = fs::remove_dir_all(&run);
        result.executed.push(checked.command.clone());
        if !checked.success && checked.errors.is_empty() {
            bail!("`{}` failed: {}", checked.command, checked.own_error());
        }
        let mut known: BTreeMap<u64, BTreeSet<Answer>> = BTreeMap::new();
        for (name, unit) in self.kept(&jobs, &checked.artifacts) {
            for (id, answers) in unit.answers {
                known.entry(id).or_default().extend(answers);
            }
            result
                .unclear
                .extend(unit.trouble.map(|error| (name, error)));
        }
        result.unclear.sort();
        for (question, answers) in questions.iter().zip(&mut result.answers) {
            let id = job::question_id(&question.path, question.start, question.end);
            *answers = known.get(&id).into_iter().flatten().cloned().collect();
        }
        for error in checked.errors {
            if !result
                .failed
                .iter()
                .any(|known| known.package == error.package)
            {
                result.failed.push(error);
            }
        }
        Ok(result)
    }

    /// Writes mirror and job; returns the folder of this run and the job's path.
    fn prepare(
        &self,
        jobs: &BTreeMap<PathBuf, PackageJob>,
        files: &dyn Fn(&str) -> Option<Arc<str>>,
    ) -> Result<(PathBuf, PathBuf)> {
        let mut texts = BTreeMap::new();
        for (root, job) in jobs {
            for (path, file) in &job.files {
                if let Some(text) = files(path) {
                    texts.insert(path.clone(), job::instrument(&text, &file.questions).0);
                }
            }
            let package = self
                .workspace
                .packages
                .iter()
                .find(|package| package.root == *root);
            for target in package.into_iter().flat_map(|package| &package.targets) {
                let Some(path) = self.workspace.relative(&target.source) else {
                    continue;
                };
                let on_disk = || fs::read_to_string(&target.source).ok();
                if !texts.contains_key(&path)
                    && let Some(text) = files(&path).map(|t| t.to_string()).or_else(on_disk)
                {
                    texts.insert(path.clone(), text);
                }
                if let Some(text) = texts.get_mut(&path)
                    && !text.ends_with(job::ROOT_ENDING)
                {
                    text.push_str(job::ROOT_ENDING);
                }
            }
        }
        let mirror = self.cache_directory.join("mirror");
        job::write_mirror(
            &self.workspace.root,
            &mirror,
            &texts,
            &self.workspace.target_directory,
        )?;
        let runs = self.cache_directory.join("runs");
        // Runs that were killed leave their folders; ours is the only one now.
        let _ = fs::remove_dir_all(&runs);
        let run = runs.join(unique());
        for folder in [
            &run,
            &self.cache_directory.join("units"),
            &self.cache_directory.join("answers"),
        ] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let job = Job {
            root: self.workspace.root.clone(),
            mirror,
            cache: self.cache_directory.clone(),
            run: run.clone(),
            wrapper: self.wrapper.clone(),
            real_root: fs::canonicalize(&self.workspace.root)
                .with_context(|| format!("cannot find {}", self.workspace.root.display()))?,
            rustc_wrapper: configured::wrapper("rustc-wrapper", &self.options.config)?,
            workspace_wrapper: configured::wrapper(
                "rustc-workspace-wrapper",
                &self.options.config,
            )?,
            packages: jobs.clone(),
        };
        let path = run.join("job.json");
        job::write_whole(&path, &serde_json::to_vec(&job)?)?;
        Ok((run, path))
    }

    fn check(&self, jobs: &BTreeMap<PathBuf, PackageJob>, job_path: &Path) -> Result<CargoRun> {
        let mut command = messages::cargo();
        command.args([
            "check",
            "--message-format=json",
            "--keep-going",
            "--manifest-path",
        ]);
        command.arg(&self.workspace.manifest_path);
        command.args(self.options.selection());
        if let Some(directory) = &self.options.target_dir {
            command.arg("--target-dir").arg(directory);
        }
        if self.options.quiet {
            command.arg("--quiet");
        }
        command.env("RUSTC_WORKSPACE_WRAPPER", &self.wrapper);
        if configured::wrapper("rustc-wrapper", &self.options.config)?.is_some() {
            command.env("RUSTC_WRAPPER", &self.wrapper);
        }
        command.env(wrapper::JOB_VARIABLE, job_path);
        let generation = self.generation()?;
        for (root, job) in jobs {
            command.env(job::variable(root), format!("{generation}-{}", job.hash()));
        }
        let names: BTreeMap<PathBuf, String> = self
            .workspace
            .packages
            .iter()
            .map(|package| (package.root.clone(), package.name.clone()))
            .collect();
        messages::run(
            &mut command,
            &self.workspace.root,
            &names,
            self.options.quiet,
        )
    }

    /// Changes when the probes do, and when the cache has been deleted: then units that cargo takes for fresh have no answers.
    fn generation(&self) -> Result<String> {
        let path = self.cache_directory.join("generation");
        let probes = format!("{FORMAT}{}", probe::module(Some("tokio")));
        let probes = blake3::hash(probes.as_bytes()).to_hex();
        if let Ok(text) = fs::read_to_string(&path)
            && text.starts_with(&probes[..16])
        {
            return Ok(text);
        }
        let _ = fs::remove_dir_all(self.cache_directory.join("answers"));
        fs::create_dir_all(self.cache_directory.join("answers"))
            .with_context(|| format!("cannot make {}", self.cache_directory.display()))?;
        let text = format!("{}-{}", &probes[..16], unique());
        job::write_whole(&path, text.as_bytes())?;
        Ok(text)
    }

    /// What the units that cargo named said.
    fn kept(
        &self,
        jobs: &BTreeMap<PathBuf, PackageJob>,
        artifacts: &[Artifact],
    ) -> Vec<(String, UnitAnswers)> {
        let hashes: BTreeSet<String> = jobs.values().map(PackageJob::hash).collect();
        let kept = artifacts.iter().filter_map(|artifact| {
            let record = unit::read_record(&self.cache_directory, &unit_of(artifact)?)?;
            let key = hashes.contains(&record.questions).then_some(record.key)??;
            let bytes = fs::read(self.cache_directory.join("answers").join(key)).ok()?;
            Some((
                artifact.target.name.clone(),
                serde_json::from_slice(&bytes).ok()?,
            ))
        });
        kept.collect()
    }
}

/// The name under which a unit that cargo reports is remembered.
fn unit_of(artifact: &Artifact) -> Option<String> {
    let file = artifact.filenames.first()?.as_std_path();
    let folder = file.parent()?;
    let crate_name = artifact.target.name.replace('-', "_");
    // A build script's own file has no hash in its name; its folder has.
    let hashed = if artifact.target.kind.contains(&Kind::CustomBuild) {
        folder
    } else {
        file
    };
    let stem = if hashed == file {
        file.file_stem()?
    } else {
        folder.file_name()?
    };
    let (_, hash) = stem.to_str()?.rsplit_once('-')?;
    Some(unit::unit_name(folder, &format!("{crate_name}-{hash}")))
}

/// The crates that the wrapper noted in the folder of a run.
fn asked(run: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let failed = || format!("cannot read the folder {}", run.display());
    for entry in fs::read_dir(run).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let is_note = entry.file_name() != "job.json" && entry.path().is_file();
        if is_note {
            names.push(fs::read_to_string(entry.path()).with_context(failed)?);
        }
    }
    names.sort();
    Ok(names)
}

/// A name that no other run has.
fn unique() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    format!("{}-{time}-{count}", std::process::id())
}
