//! One call of rustc by cargo: its arguments, its dep-info, and what is remembered of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::Compiled;
use super::interface::hash_interface;
use super::job::{self, Job, PackageJob};
use super::probe::Answer;

/// The arguments of rustc that matter here.
#[derive(Debug)]
pub(super) struct Unit {
    /// All of them.
    pub(super) arguments: Vec<OsString>,
    /// Index of the crate root among them.
    pub(super) root_index: usize,
    pub(super) crate_name: String,
    pub(super) out_directory: PathBuf,
    /// Suffix of every file that rustc makes for the unit.
    extra_filename: String,
    /// Names and files of the dependencies.
    externs: Vec<(String, PathBuf)>,
    is_proc_macro: bool,
    is_library: bool,
}

/// What is remembered of a unit, under [`unit_name`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// Hash of what was asked of its package.
    pub(super) questions: String,
    /// Where its answers are.
    pub(super) key: Option<String>,
    /// Hash of what dependents see of it.
    interface: String,
    /// Hash of all of it.
    content: String,
    /// The files that it is made of.
    pub(super) sources: Vec<PathBuf>,
    /// Names of the environment variables that its code reads.
    pub(super) variables: Vec<String>,
    /// Its root, relative to the workspace, and what `#[cfg]` is true of in it.
    pub(super) compiled: Option<Compiled>,
    /// The compiler, where its place is known.
    pub(super) compiler: Option<PathBuf>,
}

/// What a unit said.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct UnitAnswers {
    /// Its answers by question; none for a question that was reached and is not known.
    pub(super) answers: BTreeMap<u64, Vec<Answer>>,
    /// The first error that kept its copy from being checked as far as every question.
    pub(super) trouble: Option<String>,
}

/// Names a unit by the folder and the stem of the files that rustc makes for it.
pub(super) fn unit_name(out_directory: &Path, stem: &str) -> String {
    let folder = blake3::hash(out_directory.to_string_lossy().as_bytes()).to_hex();
    format!("{stem}-{}", &folder[..16])
}

impl UnitAnswers {
    /// What is kept under a key; `None` for nothing, and for what is damaged.
    pub(super) fn read(cache: &Path, key: &str) -> Option<Self> {
        let bytes = fs::read(cache.join("answers").join(key)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

impl Unit {
    /// The crate's root, as cargo names it.
    pub(super) fn root(&self) -> &OsStr {
        &self.arguments[self.root_index]
    }

    /// The unit that rustc is called for; `None` when it is called for something else.
    pub(super) fn parse(arguments: &[OsString]) -> Option<Self> {
        let arguments = expand_files(arguments);
        let text = |index: usize| arguments.get(index).and_then(|argument| argument.to_str());
        let mut unit = Self {
            root_index: usize::MAX,
            crate_name: String::new(),
            out_directory: PathBuf::new(),
            extra_filename: String::new(),
            externs: Vec::new(),
            is_proc_macro: false,
            is_library: false,
            arguments: Vec::new(),
        };
        for (index, raw) in arguments.iter().enumerate() {
            let previous = index.checked_sub(1).and_then(text).unwrap_or("");
            let argument = raw.to_str().unwrap_or("");
            match previous {
                "--crate-name" => unit.crate_name = argument.to_owned(),
                "--out-dir" => unit.out_directory = PathBuf::from(raw),
                "--crate-type" => {
                    unit.is_proc_macro |= argument == "proc-macro";
                    unit.is_library |= argument != "bin";
                }
                "--extern" => {
                    if let Some((name, path)) = argument.split_once('=') {
                        let name = name.rsplit(':').next().unwrap_or(name);
                        unit.externs.push((name.to_owned(), PathBuf::from(path)));
                    }
                }
                "-C" => {
                    if let Some(extra) = argument.strip_prefix("extra-filename=") {
                        unit.extra_filename = extra.to_owned();
                    }
                }
                _ if !argument.starts_with('-') && argument.ends_with(".rs") => {
                    unit.root_index = index;
                }
                _ => {}
            }
        }
        let has_dep_info = arguments
            .iter()
            .any(|argument| argument.to_string_lossy().starts_with("--emit=dep-info"));
        let is_unit = has_dep_info
            && unit.root_index != usize::MAX
            && !unit.crate_name.is_empty()
            && !unit.out_directory.as_os_str().is_empty();
        unit.arguments = arguments;
        is_unit.then_some(unit)
    }

    fn stem(&self) -> String {
        format!("{}{}", self.crate_name, self.extra_filename)
    }

    pub(super) fn name(&self) -> String {
        unit_name(&self.out_directory, &self.stem())
    }

    pub(super) fn dep_info(&self) -> PathBuf {
        self.out_directory.join(format!("{}.d", self.stem()))
    }

    pub(super) fn depends_on(&self, name: &str) -> bool {
        self.externs.iter().any(|(found, _)| found == name)
    }

    /// Where the answers of the unit are kept; `None` if nothing is asked of it.
    ///
    /// # Errors
    /// If one of its source files cannot be read.
    pub(super) fn key(
        &self,
        job: &Job,
        package: &PackageJob,
        dep_info: &str,
    ) -> Result<Option<String>> {
        Ok(self.hashes(job, Some(package), dep_info, false)?.0)
    }

    /// The record of the unit.
    ///
    /// # Errors
    /// If one of its source files cannot be read.
    pub(super) fn record(
        &self,
        job: &Job,
        package: Option<&PackageJob>,
        dep_info: &str,
    ) -> Result<Record> {
        // Nothing depends on what is no library.
        let (key, interface, content) = self.hashes(job, package, dep_info, self.is_library)?;
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Ok(Record {
            questions: package.map(PackageJob::hash).unwrap_or_default(),
            key,
            interface,
            content,
            sources: sources(dep_info).into_iter().map(absolute).collect(),
            variables: variables(dep_info),
            compiled: None,
            compiler: None,
        })
    }

    /// Key, interface and content.
    fn hashes(
        &self,
        job: &Job,
        package: Option<&PackageJob>,
        dep_info: &str,
        with_interface: bool,
    ) -> Result<(Option<String>, String, String)> {
        let mut content = blake3::Hasher::new();
        let mut interface = blake3::Hasher::new();
        let mut key = blake3::Hasher::new();
        for argument in self.telling_arguments() {
            for hasher in [&mut content, &mut interface, &mut key] {
                hasher.update(argument.as_encoded_bytes()).update(b"\0");
            }
        }
        for (name, path) in &self.externs {
            let (seen, whole) = dependency_hashes(job, path);
            for (hasher, hash) in [
                (&mut content, &whole),
                (&mut interface, &seen),
                (&mut key, &seen),
            ] {
                hasher
                    .update(name.as_bytes())
                    .update(b"=")
                    .update(hash.as_bytes());
            }
        }
        let mut is_asked = false;
        for line in dep_info
            .lines()
            .filter(|line| line.starts_with("# env-dep:") && !line.contains(job::VARIABLE))
        {
            for hasher in [&mut content, &mut interface, &mut key] {
                hasher.update(line.as_bytes());
            }
        }
        for path in sources(dep_info) {
            let bytes =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            content.update(&bytes);
            if with_interface {
                match std::str::from_utf8(&bytes) {
                    Ok(text) if path.extension() == Some(OsStr::new("rs")) => {
                        hash_interface(text, &mut interface);
                    }
                    _ => {
                        interface.update(&bytes);
                    }
                }
            }
            key.update(&bytes);
            let relative = job.relative(&path);
            if let Some(relative) = relative
                && let Some(file) = package.and_then(|package| package.files.get(&relative))
            {
                key.update(file.probed.as_bytes());
                is_asked |= !file.questions.is_empty();
            }
        }
        let content = content.finalize().to_hex().to_string();
        // What a procedural macro makes depends on its code.
        let interface = match self.is_proc_macro {
            true => content.clone(),
            false => interface.finalize().to_hex().to_string(),
        };
        let key = is_asked.then(|| key.finalize().to_hex().to_string());
        Ok((key, interface, content))
    }

    /// The arguments that decide what `#[cfg]` is true of.
    pub(super) fn configuring_arguments(&self) -> Vec<OsString> {
        let mut kept = Vec::new();
        let mut rest = self.arguments.iter();
        while let Some(argument) = rest.next() {
            let text = argument.to_string_lossy();
            match &*text {
                "--test" => kept.push(argument.clone()),
                "--cfg" | "--target" | "--edition" | "--crate-type" => {
                    kept.push(argument.clone());
                    kept.extend(rest.next().cloned());
                }
                "-C" => {
                    let value = rest.next();
                    let decides = value.is_some_and(|value| {
                        let value = value.to_string_lossy();
                        ["debug-assertions", "opt-level", "panic", "target-"]
                            .iter()
                            .any(|name| value.starts_with(name))
                    });
                    if decides {
                        kept.push(argument.clone());
                        kept.extend(value.cloned());
                    }
                }
                text if text.starts_with("--target=") => kept.push(argument.clone()),
                _ => {}
            }
        }
        kept
    }

    /// The arguments that can change an answer.
    fn telling_arguments(&self) -> impl Iterator<Item = &OsString> {
        let mut follows_path = false;
        self.arguments
            .iter()
            .enumerate()
            .filter_map(move |(index, argument)| {
                let text = argument.to_string_lossy();
                let skipped = follows_path
                    || ["incremental=", "--json", "--diagnostic-width", "--color"]
                        .iter()
                        .any(|prefix| text.starts_with(prefix));
                follows_path = matches!(&*text, "--out-dir" | "--extern" | "-L");
                (!skipped && index != 0).then_some(argument)
            })
    }
}

/// Interface and content of a dependency: as recorded for one of the workspace, otherwise by its file's identity.
fn dependency_hashes(job: &Job, path: &Path) -> (String, String) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_prefix("lib").unwrap_or(&stem);
    let folder = path.parent().unwrap_or(Path::new(""));
    if let Some(Ok(record)) = read_record(&job.cache, &unit_name(folder, stem)) {
        return (record.interface, record.content);
    }
    let metadata = fs::metadata(path).ok();
    let identity = metadata.map(|metadata| (metadata.len(), metadata.modified().ok()));
    let text = format!("{} {identity:?}", path.display());
    (text.clone(), text)
}

/// What is remembered of a unit; an error if that is damaged.
pub(super) fn read_record(cache: &Path, name: &str) -> Option<serde_json::Result<Record>> {
    let bytes = fs::read(cache.join("units").join(name)).ok()?;
    Some(serde_json::from_slice(&bytes))
}

/// The files that a dep-info names as sources: each has a line of its own that ends with a colon.
fn sources(dep_info: &str) -> Vec<PathBuf> {
    dep_info
        .lines()
        .filter_map(|line| line.strip_suffix(':'))
        .map(|path| PathBuf::from(path.replace("\\ ", " ")))
        .collect()
}

/// The names of the environment variables that a dep-info says are read, but for ours and those that cargo sets.
fn variables(dep_info: &str) -> Vec<String> {
    let lines = dep_info
        .lines()
        .filter_map(|line| line.strip_prefix("# env-dep:"));
    let names = lines.map(|line| line.split_once('=').map_or(line, |(name, _)| name));
    names
        .filter(|name| !name.starts_with(job::VARIABLE) && !name.starts_with("CARGO"))
        .map(str::to_owned)
        .collect()
}

/// Replaces `@file` by the arguments in the file, one a line, as rustc does.
fn expand_files(arguments: &[OsString]) -> Vec<OsString> {
    let mut expanded = Vec::new();
    for argument in arguments {
        let file = argument.to_str().and_then(|text| text.strip_prefix('@'));
        match file.and_then(|path| fs::read_to_string(path).ok()) {
            Some(text) => expanded.extend(text.lines().map(OsString::from)),
            None => expanded.push(argument.clone()),
        }
    }
    expanded
}
