//! One run of cargo with the wrapper: from what is asked to what the units said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Artifact, TargetKind as Kind};

use super::job::{self, Job, PackageJob};
use super::unit::{self, Record, UnitAnswers};
use super::{Answers, FORMAT, Oracle, configured, probe, wrapper};
use crate::messages::{self, CargoRun};

impl Oracle<'_> {
    pub(super) fn run(
        &self,
        jobs: &BTreeMap<PathBuf, PackageJob>,
        files: &dyn Fn(&str) -> Option<Arc<str>>,
        result: &mut Answers,
    ) -> Result<Run> {
        let (folder, job_path) = self.prepare(jobs, files)?;
        let checked = self.check(jobs, &job_path)?;
        result.asked = asked(&folder)?;
        let _ = fs::remove_dir_all(&folder);
        result.executed.push(checked.command.clone());
        if !checked.success && checked.errors.is_empty() {
            bail!("`{}` failed: {}", checked.command, checked.own_error());
        }
        Ok(self.kept(jobs, checked))
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
                    texts.insert(path.clone(), file.instrumented(&text));
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
            target_directory: self.workspace.target_directory.clone(),
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
    fn kept(&self, jobs: &BTreeMap<PathBuf, PackageJob>, checked: CargoRun) -> Run {
        let hashes: BTreeSet<String> = jobs.values().map(PackageJob::hash).collect();
        let mut run = Run {
            units: Vec::new(),
            records: Vec::new(),
            is_whole: true,
            damaged: false,
            checked,
        };
        for artifact in &run.checked.artifacts {
            if !self.is_member(artifact) {
                // What lies outside the workspace and is no release can change without a trace.
                run.is_whole &= !artifact.package_id.repr.starts_with("path+");
                continue;
            }
            let name = unit_of(artifact);
            let record = name.and_then(|name| unit::read_record(&self.cache_directory, &name));
            let Some(record) = record else {
                run.is_whole = false;
                continue;
            };
            let Ok(record) = record else {
                run.damaged = true;
                continue;
            };
            if let Some(key) = &record.key
                && hashes.contains(&record.questions)
            {
                match UnitAnswers::read(&self.cache_directory, key) {
                    Some(answers) => run.units.push((artifact.target.name.clone(), answers)),
                    None => run.damaged = true,
                }
            }
            run.records.push(record);
        }
        run
    }

    fn is_member(&self, artifact: &Artifact) -> bool {
        let manifest = artifact.manifest_path.as_std_path();
        let mut packages = self.workspace.packages.iter();
        packages.any(|package| package.manifest_path == manifest)
    }
}

/// What a run of cargo left.
pub(super) struct Run {
    pub(super) checked: CargoRun,
    /// Names and answers of the units that were asked about.
    pub(super) units: Vec<(String, UnitAnswers)>,
    pub(super) records: Vec<Record>,
    /// All that can change is in the records.
    pub(super) is_whole: bool,
    /// Something that was kept cannot be read.
    pub(super) damaged: bool,
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
