//! The steps of a transaction on the files themselves, and the way back.
#![expect(
    clippy::disallowed_methods,
    reason = "source files are replaced here, under a journal"
)]

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::attributes;
use crate::journal::{Entry, Journal, remove_if_there, sync_folder};

/// What failed, and with what.
pub(super) type Step = (String, io::Error);

/// Makes the folders and stages every new text, and only then renames them into place, in order; counts the files that were
/// renamed.
pub(super) fn replace_all(root: &Path, journal: &Journal, renamed: &mut usize) -> Result<(), Step> {
    for folder in journal.folders() {
        fs::create_dir(root.join(folder)).map_err(|error| {
            (
                format!("cannot make the folder {}", folder.display()),
                error,
            )
        })?;
    }
    for entry in &journal.entries {
        let staged = stage(root, entry, &entry.after).and_then(|file| file.sync_all());
        staged.map_err(|error| step("cannot stage the new text of", entry, error))?;
    }
    for entry in &journal.entries {
        let path = root.join(entry.path());
        let replaced = is_as_before(&path, entry).and_then(|as_before| {
            if !as_before {
                return Err(io::Error::other(
                    "it changed while it was being written: run again",
                ));
            }
            fs::rename(root.join(entry.staged()), &path)
        });
        replaced.map_err(|error| step("cannot replace", entry, error))?;
        *renamed += 1;
    }
    sync_folders(root, journal)
}

/// Whether a file has its old text; one that is to be made, whether nothing is in its place.
fn is_as_before(path: &Path, entry: &Entry) -> io::Result<bool> {
    match &entry.before {
        Some(before) => Ok(fs::read(path)? == before.as_bytes()),
        None => match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            found => found.map(|_| false),
        },
    }
}

fn step(what: &str, entry: &Entry, error: io::Error) -> Step {
    (format!("{what} {}", entry.path().display()), error)
}

/// Makes the renames and the new folders of a transaction survive a crash. A folder that is gone has none.
pub(crate) fn sync_folders(root: &Path, journal: &Journal) -> Result<(), Step> {
    let entries = journal.entries.iter().map(Entry::path);
    let mut folders = HashSet::new();
    for path in entries.chain(journal.folders()) {
        let around = path.parent().unwrap_or(Path::new(""));
        if !folders.insert(around) {
            continue;
        }
        match sync_folder(&root.join(around)) {
            Err(error) if !is_gone(&error) => {
                return Err((
                    format!("cannot sync the folder of {}", path.display()),
                    error,
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// How [`restore_all`] left a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restored {
    /// With its old text.
    Old,
    /// Gone, or with a text that is neither the old nor the new one: somebody else's.
    Foreign,
}

/// Gives every file that holds exactly its new text the old one again, and removes what was staged or made.
///
/// Goes on after an error, so that as much as possible is as before. The error of a file says that its old text is not there
/// or not known to be on disk; the second result, whether the folders are gone and the renames on disk.
pub(crate) fn restore_all(
    root: &Path,
    journal: &Journal,
) -> (Vec<Result<Restored, Step>>, Result<(), Step>) {
    let files = journal
        .entries
        .iter()
        .map(|entry| restore(root, entry).map_err(|error| step("cannot restore", entry, error)))
        .collect();
    let removed = remove_folders(root, journal);
    let synced = sync_folders(root, journal);
    (files, removed.and(synced))
}

/// Removes the folders that were made, but for those that somebody has put something into.
fn remove_folders(root: &Path, journal: &Journal) -> Result<(), Step> {
    let mut first_error = Ok(());
    for folder in journal.folders().rev() {
        let Err(error) = fs::remove_dir(root.join(folder)) else {
            continue;
        };
        let is_not_ours = matches!(
            error.kind(),
            io::ErrorKind::NotFound
                | io::ErrorKind::DirectoryNotEmpty
                | io::ErrorKind::NotADirectory
        );
        if !is_not_ours && first_error.is_ok() {
            let what = format!("cannot remove the folder {}", folder.display());
            first_error = Err((what, error));
        }
    }
    first_error
}

fn restore(root: &Path, entry: &Entry) -> io::Result<Restored> {
    let removed = remove_if_there(&root.join(entry.staged()));
    let path = root.join(entry.path());
    let text = match fs::read(&path) {
        Err(error) if is_gone(&error) => {
            let restored = match entry.before {
                Some(_) => Restored::Foreign,
                None => Restored::Old,
            };
            return removed.map(|()| restored);
        }
        text => text?,
    };
    match &entry.before {
        None if text == entry.after.as_bytes() => fs::remove_file(&path)?,
        Some(before) if text == entry.after.as_bytes() => {
            let synced = stage(root, entry, before)?.sync_all();
            // The old text belongs back in place even where it cannot be forced to disk.
            fs::rename(root.join(entry.staged()), &path)?;
            synced?;
        }
        Some(before) if text == before.as_bytes() => {}
        _ => return Ok(Restored::Foreign),
    }
    removed.map(|()| Restored::Old)
}

/// Writes `text` to the entry's staging file, which gets the mode and, where possible, the owner of the file it will replace.
fn stage(root: &Path, entry: &Entry, text: &str) -> io::Result<File> {
    let path = root.join(entry.staged());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if entry.before.is_none() {
        let mut file = options.open(&path)?;
        file.write_all(text.as_bytes())?;
        return Ok(file);
    }
    let old = File::open(root.join(entry.path()))?;
    let metadata = old.metadata()?;
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
