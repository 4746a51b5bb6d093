//! What is asked of a package, and the mirror of the workspace with the probes in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::probe;
use crate::workspace::{normalise, relative_to};

/// The line at the end of every crate root in the mirror; the wrapper says which module it brings in.
pub(super) const ROOT_ENDING: &str = "\ninclude!(env!(\"IO_OPTIMIZE_PROBES\"));\n";

/// Stands for a body that is not checked: it is of every type.
const EMPTY_BODY: &str = "{ loop {} }";

/// Everything the wrapper has to know, in one file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// The workspace whose files are mirrored.
    pub(super) root: PathBuf,
    /// The same without links on the way, as the compiler sees its current directory.
    pub(super) real_root: PathBuf,
    /// The mirror.
    pub(super) mirror: PathBuf,
    /// What is not mirrored.
    pub(super) target_directory: PathBuf,
    /// Where answers are kept, and what belongs to them.
    pub(super) cache: PathBuf,
    /// Where the crates that were asked in this run leave their names.
    pub(super) run: PathBuf,
    /// This program, by the name that cargo calls it.
    pub(super) wrapper: PathBuf,
    /// The user's own `rustc-wrapper`.
    pub(super) rustc_wrapper: Option<PathBuf>,
    /// The user's own `rustc-workspace-wrapper`.
    pub(super) workspace_wrapper: Option<PathBuf>,
    /// What is asked, by the package's folder.
    pub(super) packages: BTreeMap<PathBuf, PackageJob>,
}

/// What is asked of one package.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PackageJob {
    /// The package's name.
    pub(super) name: String,
    /// Name of the tokio crate in the package's code.
    pub(super) tokio: Option<String>,
    /// The files with questions, by their path relative to the workspace root.
    pub(super) files: BTreeMap<String, FileJob>,
}

/// What is asked of one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FileJob {
    /// Hash of the text without probes.
    pub(super) original: String,
    /// Hash of the text with probes.
    pub(super) probed: String,
    /// Number, start and end of each question, in the text without probes.
    pub(super) questions: Vec<(u64, u32, u32)>,
    /// Start and end of the function bodies that need not be checked; none holds a question.
    pub(super) skipped: Vec<(u32, u32)>,
}

impl FileJob {
    /// The text as rustc is to check it.
    pub(super) fn instrumented(&self, text: &str) -> String {
        instrument(text, &self.questions, &self.skipped).0
    }
}

impl Job {
    /// A path that the compiler was given or names, relative to the workspace; `None` for one outside.
    pub(super) fn relative(&self, path: &Path) -> Option<String> {
        let absolute = normalise(&std::path::absolute(path).ok()?);
        relative_to(&self.root, &absolute).or_else(|| relative_to(&self.real_root, &absolute))
    }
}

impl PackageJob {
    /// A hash of all that is asked.
    pub(super) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, file) in &self.files {
            for part in [path, &file.original, &file.probed] {
                hasher.update(part.as_bytes()).update(b"\n");
            }
        }
        hasher.update(format!("{:?}", self.tokio).as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// Whether it asks everything that another asks of the same texts, so that its answers serve.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.tokio == other.tokio
            && other.files.iter().all(|(path, file)| {
                file.questions.is_empty()
                    || self.files.get(path).is_some_and(|own| {
                        own.original == file.original
                            && file
                                .questions
                                .iter()
                                .all(|question| own.questions.contains(question))
                    })
            })
    }
}

/// The number of a question: the same as long as its file and place are.
pub(super) fn question_id(path: &str, start: u32, end: u32) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(path.as_bytes())
        .update(&start.to_le_bytes())
        .update(&end.to_le_bytes());
    let bytes = hasher.finalize();
    u64::from_le_bytes(std::array::from_fn(|index| bytes.as_bytes()[index]))
}

/// How the names of the variables of [`variable`] begin.
pub(super) const VARIABLE: &str = "IO_OPTIMIZE_QUESTIONS_";

/// The name of the environment variable that holds the hash of what is asked of a package.
///
/// Cargo builds a unit again when a variable changes that the unit's dep-info names.
pub(super) fn variable(package_root: &Path) -> String {
    let hash = blake3::hash(package_root.to_string_lossy().as_bytes()).to_hex();
    format!("{VARIABLE}{}", hash[..16].to_uppercase())
}

/// A stretch of a text with probes, and the questions in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) ids: Vec<u64>,
}

/// The text with a probe around each expression and without the bodies to be skipped, and the stretches where probes are.
///
/// Questions lie on character borders, and any two are nested or apart; a skipped body is apart from all.
pub(super) fn instrument(
    text: &str,
    questions: &[(u64, u32, u32)],
    skipped: &[(u32, u32)],
) -> (String, Vec<Region>) {
    let mut sorted = questions.to_vec();
    sorted.sort_by_key(|&(_, start, end)| (start, std::cmp::Reverse(end)));
    let mut result = String::with_capacity(text.len() + 64 * sorted.len());
    let mut regions = Vec::new();
    let mut at = 0;
    let mut rest = &sorted[..];
    let mut bodies = skipped;
    let mut between = |result: &mut String, from: usize, to: usize| {
        let mut from = from;
        while let Some((&(start, end), more)) = bodies.split_first()
            && (start as usize) < to
        {
            result.push_str(&text[from..start as usize]);
            result.push_str(EMPTY_BODY);
            from = end as usize;
            bodies = more;
        }
        result.push_str(&text[from..to]);
    };
    while let Some(&(_, start, end)) = rest.first() {
        between(&mut result, at, start as usize);
        let inside = rest.partition_point(|&(_, start, _)| start < end);
        let region_start = result.len();
        result.push_str(&render(text, &rest[..inside]));
        regions.push(Region {
            start: region_start,
            end: result.len(),
            ids: rest[..inside].iter().map(|&(id, ..)| id).collect(),
        });
        at = end as usize;
        rest = &rest[inside..];
    }
    between(&mut result, at, text.len());
    (result, regions)
}

/// The first question's expression with its probe, and with the probes of the others, which lie in it.
fn render(text: &str, questions: &[(u64, u32, u32)]) -> String {
    let (id, start, end) = questions[0];
    let original = &text[start as usize..end as usize];
    let inner: Vec<_> = questions[1..]
        .iter()
        .map(|&(id, s, e)| (id, s - start, e - start))
        .collect();
    let (expression, _) = instrument(original, &inner, &[]);
    probe::instrument(id, &expression, probe::is_place(original))
}

/// Writes the mirror: folders on the way to a mirrored file are real, everything beside them is a link into the workspace.
///
/// Only what differs is written. Where links cannot be made (Windows without the right to), files are copied.
///
/// # Errors
/// If the mirror cannot be written, or a folder of the workspace cannot be read.
pub(super) fn write_mirror(
    root: &Path,
    mirror: &Path,
    files: &BTreeMap<String, String>,
    target_directory: &Path,
) -> Result<()> {
    let mut folders = BTreeSet::from([PathBuf::new()]);
    for path in files.keys() {
        folders.extend(Path::new(path).ancestors().skip(1).map(Path::to_owned));
    }
    for folder in &folders {
        let real = root.join(folder);
        let mirrored = mirror.join(folder);
        if mirrored.is_symlink() {
            remove(&mirrored)?;
        }
        fs::create_dir_all(&mirrored)
            .with_context(|| format!("cannot make the folder {}", mirrored.display()))?;
        let mut expected = BTreeSet::new();
        let entries = fs::read_dir(&real)
            .with_context(|| format!("cannot read the folder {}", real.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", real.display()))?;
            let name = entry.file_name();
            let path = entry.path();
            if path == target_directory || name == ".git" {
                continue;
            }
            let relative = folder.join(&name);
            let at = mirrored.join(&name);
            expected.insert(name);
            if folders.contains(&relative) || mirrored_text(files, &relative).is_some() {
                continue;
            }
            link(&path, &at)?;
        }
        for entry in fs::read_dir(&mirrored).into_iter().flatten().flatten() {
            let relative = folder.join(entry.file_name());
            let is_ours = folders.contains(&relative) || mirrored_text(files, &relative).is_some();
            if !is_ours && !expected.contains(&entry.file_name()) {
                remove(&entry.path())?;
            }
        }
    }
    for (path, text) in files {
        write_if_changed(&mirror.join(path), text)?;
    }
    Ok(())
}

fn mirrored_text<'a>(files: &'a BTreeMap<String, String>, path: &Path) -> Option<&'a String> {
    files.get(&relative_to(Path::new(""), path)?)
}

/// Puts a text into a file of the mirror unless it is there, in one step for whoever reads it meanwhile.
pub(super) fn write_if_changed(path: &Path, text: &str) -> Result<()> {
    let is_file = path
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_file());
    if is_file && fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(());
    }
    if path.symlink_metadata().is_ok() && !is_file {
        remove(path)?;
    }
    write_whole(path, text.as_bytes())
}

/// Writes a file so that a reader sees the old bytes or the new ones.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, bytes).with_context(failed)?;
    fs::rename(&temporary, path).with_context(failed)
}

fn remove(path: &Path) -> Result<()> {
    let is_folder = path
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.with_context(|| format!("cannot remove {} from the mirror", path.display()))
}

#[cfg(unix)]
fn link(real: &Path, at: &Path) -> Result<()> {
    if fs::read_link(at).is_ok_and(|target| target == real) {
        return Ok(());
    }
    if at.symlink_metadata().is_ok() {
        remove(at)?;
    }
    std::os::unix::fs::symlink(real, at)
        .with_context(|| format!("cannot link {} to {}", at.display(), real.display()))
}

#[cfg(not(unix))]
fn link(real: &Path, at: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(real).into_iter().flatten() {
        let inside = entry.path().strip_prefix(real).unwrap_or(Path::new(""));
        let to = if inside.as_os_str().is_empty() {
            at.to_owned()
        } else {
            at.join(inside)
        };
        let failed = || format!("cannot copy {} to {}", entry.path().display(), to.display());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&to).with_context(failed)?;
        } else {
            fs::copy(entry.path(), &to).with_context(failed)?;
        }
    }
    Ok(())
}
