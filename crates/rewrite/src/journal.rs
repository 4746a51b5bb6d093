//! What a transaction is about to do, on disk before it does it, so that a crash can be undone; and the lock that keeps two
//! transactions apart. Both live in a folder of the tool's own.
#![expect(clippy::disallowed_methods, reason = "the journal is written here")]

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

/// Ends the names of the files that new texts are staged in.
pub(crate) const STAGED_SUFFIX: &str = ".io-optimize.tmp";

/// One transaction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Journal {
    version: u32,
    pub(crate) entries: Vec<Entry>,
    /// Folders that are made for new files, relative to the workspace root, each after the one it lies in.
    #[serde(default)]
    folders: Vec<OsString>,
}

/// The change of one file, or a new one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Path relative to the workspace root, links resolved.
    path: OsString,
    /// Name of the file in the same folder that the next text is staged in.
    staged: OsString,
    /// The old text; `None` for a new file.
    pub(crate) before: Option<String>,
    /// The new text.
    pub(crate) after: String,
}

impl Entry {
    pub(crate) fn new(path: &Path, before: Option<String>, after: String) -> Self {
        let mut staged = OsString::from(".");
        staged.push(path.file_name().unwrap_or_default());
        staged.push(format!(".{}{STAGED_SUFFIX}", std::process::id()));
        Self {
            path: path.into(),
            staged,
            before,
            after,
        }
    }

    /// Path relative to the workspace root, links resolved.
    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.path)
    }

    /// Where the next text is staged, relative to the workspace root.
    pub(crate) fn staged(&self) -> PathBuf {
        self.path().with_file_name(&self.staged)
    }

    /// Whether it names files inside the workspace, as every entry that was written here does.
    fn is_sound(&self) -> bool {
        let staged = Path::new(&self.staged);
        is_inside(self.path())
            && is_inside(staged)
            && staged.components().count() == 1
            && self.staged.to_string_lossy().ends_with(STAGED_SUFFIX)
    }
}

/// Whether a relative path leads nowhere but down.
fn is_inside(path: &Path) -> bool {
    let mut components = path.components().peekable();
    components.peek().is_some() && components.all(|c| matches!(c, Component::Normal(_)))
}

impl Journal {
    pub(crate) fn new(entries: Vec<Entry>, folders: &[PathBuf]) -> Self {
        Self {
            version: VERSION,
            entries,
            folders: folders.iter().map(Into::into).collect(),
        }
    }

    /// Folders that are made for new files, relative to the workspace root, each after the one it lies in.
    pub(crate) fn folders(&self) -> impl DoubleEndedIterator<Item = &Path> {
        self.folders.iter().map(Path::new)
    }

    fn is_sound(&self) -> bool {
        self.entries.iter().all(Entry::is_sound) && self.folders().all(is_inside)
    }
}

/// The tool's own folder, held by one process at a time.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    /// Unlocked when it is closed, also by a crash.
    _lock: File,
}

impl State {
    /// Takes the folder, which is made if it is not there. Nothing is waited for: of two runs the second is told.
    pub(crate) fn take(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("write.lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "another run is writing this workspace: wait for it to end and run again",
            )),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder.join("journal.json")
    }

    fn unfinished_path(&self) -> PathBuf {
        self.folder.join("journal.json.tmp")
    }

    /// Puts the journal on disk: when this returns, it is there whole and survives a crash.
    pub(crate) fn store(&self, journal: &Journal) -> io::Result<()> {
        let unfinished = self.unfinished_path();
        let stored = (|| {
            let mut file = File::create(&unfinished)?;
            file.write_all(&serde_json::to_vec(journal)?)?;
            file.sync_all()?;
            fs::rename(&unfinished, self.journal_path())?;
            sync_folder(&self.folder)
        })();
        if stored.is_err() {
            // No file has been touched: what cannot be cleaned up here, `recover` cleans up.
            let _ = self.discard_unfinished();
            let _ = self.remove();
        }
        stored
    }

    /// The journal, if there is one.
    pub(crate) fn load(&self) -> io::Result<Option<Journal>> {
        let bytes = match fs::read(self.journal_path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let journal: Journal = serde_json::from_slice(&bytes)?;
        if journal.version != VERSION {
            return Err(invalid("it was written by another version of this program"));
        }
        if !journal.is_sound() {
            return Err(invalid("it names files outside the workspace"));
        }
        Ok(Some(journal))
    }

    /// Whether a journal is there.
    pub(crate) fn has_journal(&self) -> bool {
        self.journal_path().exists()
    }

    /// Removes what a crash left of a journal that was never finished.
    pub(crate) fn discard_unfinished(&self) -> io::Result<()> {
        remove_if_there(&self.unfinished_path())
    }

    /// Ends the transaction.
    pub(crate) fn remove(&self) -> io::Result<()> {
        remove_if_there(&self.journal_path())?;
        // If a crash brings the journal back, `recover` finds every file as it left it and removes it again.
        let _ = sync_folder(&self.folder);
        Ok(())
    }

    /// Keeps the journal for a person to look at, out of the way of the next run.
    pub(crate) fn set_aside(&self) -> io::Result<PathBuf> {
        let kept = (0_u32..)
            .map(|number| self.folder.join(format!("journal-{number}.kept.json")))
            .find(|path| !path.exists())
            .expect("a folder holds fewer files than there are numbers");
        fs::rename(self.journal_path(), &kept)?;
        sync_folder(&self.folder)?;
        Ok(kept)
    }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Removes a file; it is no error if there is none.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Makes renames in a folder survive a crash. Elsewhere than on Unix a folder cannot be opened for it, and nothing is done.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
