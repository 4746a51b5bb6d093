//! What to do about a transaction that a crash cut short.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::journal::{Entry, State, remove_if_there};
use crate::write::{Restored, restore_all, sync_folders};

/// What was found and done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// No run was interrupted.
    Nothing,
    /// Every file already held its new text: the run was complete but for its last step.
    Finished {
        /// The files, relative to the workspace root.
        files: Vec<PathBuf>,
    },
    /// The files hold their old texts, and those that were new are gone.
    Undone {
        /// The files, relative to the workspace root.
        files: Vec<PathBuf>,
    },
    /// Some files hold texts that are neither old nor new and were left alone; the others hold their old texts.
    Conflict {
        /// The files that were left alone, relative to the workspace root.
        files: Vec<PathBuf>,
        /// Where the old and new texts of all of them are, as JSON.
        kept: PathBuf,
    },
}

/// Why nothing, or not everything, was recovered. The journal is still there, and recovering can be tried again.
#[derive(Debug)]
pub struct RecoverError {
    /// What was being done, to which path, and what to do next.
    pub message: String,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for RecoverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for RecoverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Finishes or undoes what a crashed [`write`](fn@crate::write) left in the workspace at `root`; nothing if it left nothing.
///
/// A file is restored only if it holds exactly the new text. Being interrupted does no harm: it can be run again.
///
/// # Errors
/// When another run holds the lock, the journal cannot be read, or the system refuses something.
pub fn recover(root: &Path, state_dir: &Path) -> Result<Recovered, RecoverError> {
    if !state_dir.exists() {
        return Ok(Recovered::Nothing);
    }
    let error = |message: String| move |source| RecoverError { message, source };
    let root = &root.canonicalize().map_err(error(format!(
        "cannot find the workspace {}",
        root.display()
    )))?;
    let state = State::take(state_dir).map_err(error(format!(
        "cannot take the lock in {}",
        state_dir.display()
    )))?;
    let journal_path = state.journal_path();
    let unfinished = format!("cannot clean up in {}", state_dir.display());
    state.discard_unfinished().map_err(error(unfinished))?;
    let journal = state.load().map_err(error(format!(
        "cannot use the journal {}: compare the tree with version control, then delete the journal",
        journal_path.display()
    )))?;
    let Some(journal) = journal else {
        return Ok(Recovered::Nothing);
    };
    let entries = &journal.entries;
    // The journal may come with a tree that is not to be trusted; its links must not lead out of it.
    let moved = |path: &&Path| {
        let here = root.join(path);
        here.canonicalize().is_ok_and(|real| real != here)
    };
    let mut paths = entries.iter().map(Entry::path).chain(journal.folders());
    if let Some(path) = paths.find(|path| path.ancestors().any(|path| moved(&path))) {
        let reason = io::Error::other("it is not what was written");
        return Err(error(format!("cannot restore {}", path.display()))(reason));
    }
    let files: Vec<PathBuf> = entries
        .iter()
        .map(|entry| entry.path().to_owned())
        .collect();
    let removal = format!("cannot remove the journal {}", journal_path.display());
    let is_new = |entry: &Entry| {
        fs::read(root.join(entry.path())).is_ok_and(|text| text == entry.after.as_bytes())
    };
    if entries.iter().all(is_new) {
        for entry in entries {
            let staged = entry.staged();
            remove_if_there(&root.join(&staged))
                .map_err(error(format!("cannot remove {}", staged.display())))?;
        }
        sync_folders(root, &journal)
            .map_err(|(message, source)| RecoverError { message, source })?;
        state.remove().map_err(error(removal))?;
        return Ok(Recovered::Finished { files });
    }
    let mut foreign = Vec::new();
    let (results, synced) = restore_all(root, &journal);
    for (result, file) in results.into_iter().zip(&files) {
        match result {
            Ok(Restored::Old) => {}
            Ok(Restored::Foreign) => foreign.push(file.clone()),
            Err((message, source)) => return Err(RecoverError { message, source }),
        }
    }
    synced.map_err(|(message, source)| RecoverError { message, source })?;
    if foreign.is_empty() {
        state.remove().map_err(error(removal))?;
        return Ok(Recovered::Undone { files });
    }
    let kept = state.set_aside().map_err(error(format!(
        "cannot set the journal {} aside",
        journal_path.display()
    )))?;
    Ok(Recovered::Conflict {
        files: foreign,
        kept,
    })
}
