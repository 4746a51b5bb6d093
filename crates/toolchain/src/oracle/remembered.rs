//! What a whole run answered, so that cargo need not be run again while nothing has changed that the answers depend on.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Answer, Answers, Compiled, FORMAT, Oracle, Run, job};

/// Runs of one workspace that are remembered: with other flags, other questions are asked.
const MOST: usize = 16;

/// A build script that reads more files is run by cargo every time.
const MOST_FILES: usize = 2000;

/// A run, under the hash of its request.
#[derive(Serialize, Deserialize)]
pub(super) struct Remembered {
    /// Everything that was read, and the hash of its content; `None` for what was not there.
    files: BTreeMap<PathBuf, Option<String>>,
    /// The variables that the code reads.
    variables: BTreeMap<String, Option<String>>,
    answers: Vec<Vec<Answer>>,
    unclear: Vec<(String, String)>,
    compiled: Vec<Compiled>,
}

/// The hash of all that a run is asked and told, but for what it reads from disk.
pub(super) fn request(oracle: &Oracle<'_>, asked: &impl std::fmt::Debug) -> String {
    let heeded = |name: &str| name.starts_with("CARGO") || name.starts_with("RUST");
    let environment: BTreeMap<_, _> = env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(heeded))
        .collect();
    let text = format!(
        "{FORMAT} {} {:?} {:?} {:?} {asked:?} {environment:?} {:?}",
        super::probe::module(Some("tokio")),
        oracle.options,
        (&oracle.workspace.root, &oracle.workspace.packages),
        oracle.wrapper,
        env::current_dir().ok(),
    );
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

impl Remembered {
    /// What a run comes to whose units are these; `None` where something can change without a trace.
    pub(super) fn of(oracle: &Oracle<'_>, run: &Run, result: &Answers) -> Option<Self> {
        if !run.is_whole {
            return None;
        }
        let mut paths: BTreeSet<PathBuf> = settings(oracle).into_iter().collect();
        let mut variables = BTreeSet::new();
        for record in &run.records {
            paths.extend(record.sources.iter().cloned());
            paths.extend(record.compiler.clone());
            variables.extend(record.variables.iter().cloned());
        }
        for (package, output) in &run.checked.build_scripts {
            let package = oracle
                .workspace
                .packages
                .iter()
                .find(|known| known.manifest_path == *package);
            if let Some(package) = package {
                watched(&package.root, output, &mut paths, &mut variables)?;
            }
        }
        let files = paths.into_iter().map(|path| {
            let hash = hash(&path);
            (path, hash)
        });
        Some(Self {
            files: files.collect(),
            variables: variables.into_iter().map(with_value).collect(),
            answers: result.answers.clone(),
            unclear: result.unclear.clone(),
            compiled: result.compiled.clone(),
        })
    }

    /// The answers to a request, if nothing has changed since they were given.
    pub(super) fn recall(cache: &Path, request: &str) -> Option<Answers> {
        let bytes = fs::read(cache.join("remembered").join(request)).ok()?;
        let known: Self = serde_json::from_slice(&bytes).ok()?;
        let is_same = known
            .files
            .iter()
            .all(|(path, before)| hash(path) == *before)
            && known
                .variables
                .iter()
                .all(|(name, before)| value(name) == *before);
        is_same.then(|| Answers {
            answers: known.answers,
            unclear: known.unclear,
            compiled: known.compiled,
            ..Answers::default()
        })
    }

    /// Keeps it. What fails here costs time in the next run only.
    pub(super) fn keep(&self, cache: &Path, request: &str) {
        let folder = cache.join("remembered");
        let Ok(bytes) = serde_json::to_vec(self) else {
            return;
        };
        if fs::create_dir_all(&folder).is_err() {
            return;
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut kept: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        kept.sort();
        for (_, path) in kept.iter().rev().skip(MOST - 1) {
            let _ = fs::remove_file(path);
        }
        let _ = job::write_whole(&folder.join(request), &bytes);
    }
}

/// The files that cargo and rustup read before any source, and those that are not there and would be read.
fn settings(oracle: &Oracle<'_>) -> Vec<PathBuf> {
    let workspace = oracle.workspace;
    let mut paths = vec![
        workspace.root.join("Cargo.toml"),
        workspace.root.join("Cargo.lock"),
        oracle.wrapper.clone(),
    ];
    paths.extend(workspace.packages.iter().map(|p| p.manifest_path.clone()));
    let home = |variable: &str, folder: &str| {
        let given = env::var_os(variable).map(PathBuf::from);
        given.or_else(|| Some(env::home_dir()?.join(folder)))
    };
    for name in ["config", "config.toml"] {
        paths.extend(home("CARGO_HOME", ".cargo").map(|folder| folder.join(name)));
    }
    paths.extend(home("RUSTUP_HOME", ".rustup").map(|folder| folder.join("settings.toml")));
    for start in [Some(workspace.root.clone()), env::current_dir().ok()] {
        for folder in start.iter().flat_map(|start| start.ancestors()) {
            for name in [
                ".cargo/config",
                ".cargo/config.toml",
                "rust-toolchain",
                "rust-toolchain.toml",
            ] {
                paths.push(folder.join(name));
            }
        }
    }
    paths
}

/// What a build script says that it reads; without a word, all of its package. `None` if that is too much.
fn watched(
    package: &Path,
    output: &Path,
    paths: &mut BTreeSet<PathBuf>,
    variables: &mut BTreeSet<String>,
) -> Option<()> {
    let text = fs::read_to_string(output).ok()?;
    let mut says = false;
    for line in text.lines() {
        let Some(line) = line
            .strip_prefix("cargo::")
            .or_else(|| line.strip_prefix("cargo:"))
        else {
            continue;
        };
        if let Some(name) = line.strip_prefix("rerun-if-env-changed=") {
            variables.insert(name.to_owned());
            says = true;
        } else if let Some(path) = line.strip_prefix("rerun-if-changed=") {
            add_all(&package.join(path), paths)?;
            says = true;
        }
    }
    if says {
        Some(())
    } else {
        add_all(package, paths)
    }
}

/// Adds a file, or a folder with all in it but what is built and version control.
fn add_all(path: &Path, paths: &mut BTreeSet<PathBuf>) -> Option<()> {
    let is_left_out = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && (entry.file_name() == "target" || entry.file_name() == ".git")
    };
    let walk = walkdir::WalkDir::new(path).into_iter();
    for (count, entry) in walk.filter_entry(|entry| !is_left_out(entry)).enumerate() {
        if count == MOST_FILES {
            return None;
        }
        paths.insert(entry.map_or_else(|_| path.to_owned(), walkdir::DirEntry::into_path));
    }
    Some(())
}

/// The hash of a file; programs are told by size and time, since they are large.
fn hash(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let is_program =
        path.extension().is_none_or(|ending| ending == "exe") && metadata.len() > 1024 * 1024;
    if is_program || !metadata.is_file() {
        return Some(format!("{} {:?}", metadata.len(), metadata.modified().ok()));
    }
    let bytes = fs::read(path).ok()?;
    Some(blake3::hash(&bytes).to_hex().to_string())
}

fn with_value(name: String) -> (String, Option<String>) {
    let value = value(&name);
    (name, value)
}

fn value(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
