//! The one place where source files are written: a transaction over many files.
//!
//! New texts are staged beside their files, then renamed over them. A journal with the old texts is on disk before the first
//! rename and removed after the last, so that whatever happens in between can be undone: an error here, by this
//! function; a crash, by [`recover`](fn@crate::recover).
//!
//! A renamed file keeps its permission bits, on Unix its owner and group, and on Linux its extended attributes with its access
//! control list, where the process may set them. It is a new file to the system all the same: hard links to the old one keep
//! the old text.
#![expect(
    clippy::disallowed_methods,
    reason = "source files are replaced here, under a journal"
)]

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use model::{FindingId, NotApplied, Patch};

use crate::attributes;
use crate::journal::{Entry, Journal, State, remove_if_there, sync_folder};

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The files, relative to the workspace root, `/`-separated, in the order of the patches.
    pub paths: Vec<String>,
    /// The findings whose fixes are in them; sorted, each once.
    pub applied: Vec<FindingId>,
    /// The findings whose fixes are not, because a file of theirs could not be written as planned; sorted.
    pub not_applied: Vec<NotApplied>,
}

/// How an error left the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeState {
    /// As it was: nothing had been changed, or everything has been put back.
    Unchanged,
    /// Not known to be as it was: the journal is kept, and [`recover`](fn@crate::recover) puts the rest back.
    NeedsRecovery,
}

/// Why nothing was written.
#[derive(Debug)]
pub struct WriteError {
    /// What was being done, to which path, and what to do next.
    pub message: String,
    /// How the tree is now.
    pub tree: TreeState,
    /// The patches, none of which is applied.
    pub patches: Vec<Patch>,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        formatter.write_str(match self.tree {
            TreeState::Unchanged => "; the tree is as it was",
            TreeState::NeedsRecovery => {
                "; run `cargo io-optimize recover` to put back what may not be as it was"
            }
        })
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Writes the patches: all of them, or none.
///
/// A patch whose file no longer reads as when the patch was made, or does not lie in the workspace at `root` (links
/// resolved), is left out, with every patch it shares a fix with; its findings are reported. `state_dir` holds the lock and
/// the journal and is made if it is not there; it must be the same in every run on one workspace.
///
/// # Errors
/// When another run holds the lock, when a journal of a crashed run is there, and when the system refuses something. The
/// tree is then as before, unless the error says that it needs recovery.
pub fn write(patches: &[Patch], root: &Path, state_dir: &Path) -> Result<Written, WriteError> {
    let failed = |(message, tree, source)| WriteError {
        message,
        tree,
        patches: patches.to_vec(),
        source,
    };
    let unchanged = |message: String, source| failed((message, TreeState::Unchanged, source));
    let root = &root.canonicalize().map_err(|error| {
        unchanged(
            format!("cannot find the workspace {}", root.display()),
            error,
        )
    })?;
    let state = State::take(state_dir).map_err(|error| {
        unchanged(
            format!("cannot take the lock in {}", state_dir.display()),
            error,
        )
    })?;
    if state.has_journal() {
        let journal = state.journal_path();
        let error = io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there", journal.display()),
        );
        return Err(failed((
            "an earlier run was interrupted".to_owned(),
            TreeState::NeedsRecovery,
            error,
        )));
    }
    let (entries, written) =
        admit(patches, root).map_err(|(message, source)| unchanged(message, source))?;
    if entries.is_empty() {
        return Ok(written);
    }
    let journal = Journal::new(entries);
    state.store(&journal).map_err(|error| {
        unchanged(
            format!(
                "cannot write the journal {}",
                state.journal_path().display()
            ),
            error,
        )
    })?;
    let mut renamed = 0;
    let outcome = replace_all(root, &journal.entries, &mut renamed).and_then(|()| {
        let path = state.journal_path();
        state.remove().map_err(|error| {
            (
                format!("cannot remove the journal {}", path.display()),
                error,
            )
        })
    });
    let Err((message, source)) = outcome else {
        return Ok(written);
    };
    let (files, synced) = restore_all(root, &journal.entries);
    let restored = synced.is_ok()
        && files.iter().enumerate().all(|(index, file)| match file {
            Ok(Restored::Old) => true,
            // A foreign text in a file that was not reached is not ours to put back.
            Ok(Restored::Foreign) => index >= renamed,
            Err(_) => false,
        });
    let tree = if restored && state.remove().is_ok() {
        TreeState::Unchanged
    } else {
        TreeState::NeedsRecovery
    };
    Err(failed((message, tree, source)))
}

/// Sorts out which patches can be written: the entries to write, and what will then have been written.
///
/// # Errors
/// When a file cannot be looked at: nothing is known to be wrong with it then, and a part of the fixes is not what was asked for.
fn admit(patches: &[Patch], root: &Path) -> Result<(Vec<Entry>, Written), Step> {
    let mut seen = HashSet::new();
    let mut refused: Vec<NotApplied> = Vec::new();
    let mut real = Vec::new();
    for patch in patches {
        let target = target(patch, root, &mut seen)?;
        if let Err(reason) = &target {
            refuse(&mut refused, &patch.findings, reason);
        }
        real.push(target.ok());
    }
    // A fix is applied whole or not at all, and a patch holds the text of all its fixes.
    loop {
        let lost = patches.iter().zip(&mut real).find(|(patch, target)| {
            target.is_some()
                && patch
                    .findings
                    .iter()
                    .any(|id| refused.iter().any(|no| no.id == *id))
        });
        let Some((patch, target)) = lost else { break };
        *target = None;
        let reason = format!(
            "{} also holds a fix of which another part could not be written",
            patch.path
        );
        refuse(&mut refused, &patch.findings, &reason);
    }
    refused.sort_by(|a, b| a.id.cmp(&b.id));
    let mut written = Written {
        not_applied: refused,
        ..Written::default()
    };
    let mut entries = Vec::new();
    for (patch, target) in patches.iter().zip(real) {
        let Some(target) = target else { continue };
        written.applied.extend(patch.findings.iter().cloned());
        if patch.before != patch.after {
            written.paths.push(patch.path.clone());
            entries.push(Entry::new(
                &target,
                patch.before.clone(),
                patch.after.clone(),
            ));
        }
    }
    written.applied.sort();
    written.applied.dedup();
    Ok((entries, written))
}

fn refuse(refused: &mut Vec<NotApplied>, findings: &[FindingId], reason: &str) {
    for id in findings {
        if refused.iter().all(|no| no.id != *id) {
            let reason = reason.to_owned();
            refused.push(NotApplied {
                id: id.clone(),
                reason,
                backed_out: false,
            });
        }
    }
}

/// Where a patch is written, relative to `root` and links resolved; or why it is not.
fn target(
    patch: &Patch,
    root: &Path,
    seen: &mut HashSet<PathBuf>,
) -> Result<Result<PathBuf, String>, Step> {
    let path = &patch.path;
    let unreadable = |error: io::Error| (format!("cannot read {path}"), error);
    let gone = |error: io::Error| Ok(Err(format!("{path} cannot be found any more: {error}")));
    let real = match patch.absolute.canonicalize() {
        Err(error) if is_gone(&error) => return gone(error),
        real => real.map_err(unreadable)?,
    };
    let Ok(relative) = real.strip_prefix(root) else {
        let reason = format!("{path} lies outside the workspace, in {}", real.display());
        return Ok(Err(reason));
    };
    let text = match fs::read(&real) {
        Err(error) if is_gone(&error) => return gone(error),
        text => text.map_err(unreadable)?,
    };
    if text != patch.before.as_bytes() {
        return Ok(Err(format!("{path} changed since it was read")));
    }
    if !seen.insert(relative.to_owned()) {
        let reason = format!("{path} is another name of a file that is changed already");
        return Ok(Err(reason));
    }
    Ok(Ok(relative.to_owned()))
}

/// Whether somebody has taken the file away or put something else in its place.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

/// What failed, and with what.
type Step = (String, io::Error);

/// Stages every new text, and only then renames them into place, in order; counts the files that were renamed.
fn replace_all(root: &Path, entries: &[Entry], renamed: &mut usize) -> Result<(), Step> {
    for entry in entries {
        let staged = stage(root, entry, &entry.after).and_then(|file| file.sync_all());
        staged.map_err(|error| step("cannot stage the new text of", entry, error))?;
    }
    for entry in entries {
        let path = root.join(entry.path());
        let replaced = fs::read(&path).and_then(|text| {
            if text != entry.before.as_bytes() {
                return Err(io::Error::other(
                    "it changed while it was being written: run again",
                ));
            }
            fs::rename(root.join(entry.staged()), &path)
        });
        replaced.map_err(|error| step("cannot replace", entry, error))?;
        *renamed += 1;
    }
    sync_folders(root, entries)
}

fn step(what: &str, entry: &Entry, error: io::Error) -> Step {
    (format!("{what} {}", entry.path().display()), error)
}

/// Makes the renames of a transaction survive a crash. A folder that is gone has none.
pub(crate) fn sync_folders(root: &Path, entries: &[Entry]) -> Result<(), Step> {
    let mut folders = HashSet::new();
    for entry in entries
        .iter()
        .filter(|entry| folders.insert(entry.path().parent()))
    {
        let folder = entry
            .path()
            .parent()
            .map_or_else(|| root.to_owned(), |path| root.join(path));
        match sync_folder(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(step("cannot sync the folder of", entry, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// How [`restore_all`] left a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restored {
    /// With its old text.
    Old,
    /// Gone, or with a text that is neither the old nor the new one: somebody else's.
    Foreign,
}

/// Gives every file that holds exactly its new text the old one again, and removes what was staged.
///
/// Goes on after an error, so that as much as possible is as before. The error of a file says that its old text is not there
/// or not known to be on disk; the second result, whether the renames are.
pub(crate) fn restore_all(
    root: &Path,
    entries: &[Entry],
) -> (Vec<Result<Restored, Step>>, Result<(), Step>) {
    let files = entries
        .iter()
        .map(|entry| restore(root, entry).map_err(|error| step("cannot restore", entry, error)))
        .collect();
    (files, sync_folders(root, entries))
}

fn restore(root: &Path, entry: &Entry) -> io::Result<Restored> {
    let removed = remove_if_there(&root.join(entry.staged()));
    let path = root.join(entry.path());
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Restored::Foreign),
        text => text?,
    };
    if text == entry.after.as_bytes() {
        let synced = stage(root, entry, &entry.before)?.sync_all();
        // The old text belongs back in place even where it cannot be forced to disk.
        fs::rename(root.join(entry.staged()), &path)?;
        synced?;
    } else if text != entry.before.as_bytes() {
        return Ok(Restored::Foreign);
    }
    removed.map(|()| Restored::Old)
}

/// Writes `text` to the entry's staging file, which gets the mode and, where possible, the owner of the file it will replace.
fn stage(root: &Path, entry: &Entry, text: &str) -> io::Result<File> {
    let old = File::open(root.join(entry.path()))?;
    let metadata = old.metadata()?;
    let path = root.join(entry.staged());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Until the mode is set, nobody who could not read the old file may read the new one.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    file.write_all(text.as_bytes())?;
    keep_owner(&file, &metadata)?;
    attributes::keep(&old, &file)?;
    // Last, as an access control list that was inherited would decide about some of the bits.
    file.set_permissions(metadata.permissions())?;
    Ok(file)
}

/// Gives the file the owner and group of the one it replaces, if they differ and the process may.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    match fchown(file, Some(old.uid()), Some(old.gid())) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        changed => changed,
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}
