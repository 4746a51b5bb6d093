//! The one place where source files are written: a transaction over many files.
//!
//! New texts are staged beside their files, then renamed over them; new files are staged and renamed in the same way, in
//! folders that are made for them. A journal with the old texts is on disk before the first folder is made
//! and removed after the last rename, so that whatever happens in between can be undone: an error here, by this
//! function; a crash, by [`recover`](fn@crate::recover).
//!
//! A renamed file keeps its permission bits, on Unix its owner and group, and on Linux its extended attributes with its access
//! control list, where the process may set them. It is a new file to the system all the same: hard links to the old one keep
//! the old text.

mod replace;

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::{FindingId, NotApplied, Patch};
pub(crate) use replace::{Restored, restore_all, sync_folders};
use replace::{Step, replace_all};

use crate::journal::{Entry, Journal, State};

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
/// resolved), or that adds a file which is there by now, is left out, with every patch it shares a fix with; its findings are reported. `state_dir` holds the lock and
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
    let folders = new_folders(root, &entries);
    let journal = Journal::new(entries, &folders);
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
    let outcome = replace_all(root, &journal, &mut renamed).and_then(|()| {
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
    let (files, synced) = restore_all(root, &journal);
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
        if patch.before.as_deref() != Some(patch.after.as_str()) {
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
    let Some(before) = &patch.before else {
        return new_target(patch, root, seen);
    };
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
    if text != before.as_bytes() {
        return Ok(Err(format!("{path} changed since it was read")));
    }
    if !seen.insert(relative.to_owned()) {
        let reason = format!("{path} is another name of a file that is changed already");
        return Ok(Err(reason));
    }
    Ok(Ok(relative.to_owned()))
}

/// Where a new file is made, relative to `root` and the links on the way resolved; or why it is not.
fn new_target(
    patch: &Patch,
    root: &Path,
    seen: &mut HashSet<PathBuf>,
) -> Result<Result<PathBuf, String>, Step> {
    let path = &patch.path;
    let unreadable = |error: io::Error| (format!("cannot look at {path}"), error);
    let mut missing = Vec::new();
    let mut folders = patch.absolute.ancestors();
    let real = loop {
        let Some(at) = folders.next() else {
            return Ok(Err(format!("there is no folder to make {path} in")));
        };
        match at.symlink_metadata() {
            Ok(_) if at == patch.absolute => {
                return Ok(Err(format!("{path} is there already")));
            }
            Ok(_) => break at.canonicalize().map_err(unreadable)?,
            Err(error) if is_gone(&error) => missing.extend(at.file_name()),
            Err(error) => return Err(unreadable(error)),
        }
    };
    let Ok(relative) = real.strip_prefix(root) else {
        let reason = format!("{path} lies outside the workspace, in {}", real.display());
        return Ok(Err(reason));
    };
    let mut target = relative.to_owned();
    target.extend(missing.iter().rev());
    if !seen.insert(target.clone()) {
        return Ok(Err(format!("{path} is added twice")));
    }
    Ok(Ok(target))
}

/// The folders of new files that are not there, relative to `root`, each after the one it lies in.
fn new_folders(root: &Path, entries: &[Entry]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.before.is_none()) {
        let around = entry.path().ancestors().skip(1);
        let missing = around.take_while(|folder| !root.join(folder).exists());
        let missing: Vec<&Path> = missing
            .filter(|it| !folders.iter().any(|f| f == it))
            .collect();
        folders.extend(missing.into_iter().rev().map(Path::to_owned));
    }
    folders
}

/// Whether somebody has taken the file away or put something else in its place.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}
