//! Writing: through a buffer, as a whole, and to the device.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::child::{text, Outcome};
use crate::driver::Subject;
use crate::faults::Fault;

const OLD: &[u8] = b"old content";
const MODE: u32 = 0o640;

/// `BufferedWriter` onto a file.
pub(crate) struct Buffered;

impl Subject for Buffered {
    fn name(&self) -> String {
        "buffered writer".to_owned()
    }

    fn operation(&self) -> String {
        "buffered".to_owned()
    }

    fn make(&self, _: &Path) {}

    fn reset(&self, directory: &Path) {
        let _ = fs::remove_file(directory.join("to"));
    }

    fn watched(&self, directory: &Path) -> Vec<PathBuf> {
        vec![directory.join("to")]
    }

    fn judge(&self, directory: &Path, _: &Fault, outcome: &Outcome) -> Result<(), String> {
        let wanted = text().repeat(2);
        let found = fs::read(directory.join("to")).unwrap_or_default();
        match outcome {
            Outcome::Done(_) if found != wanted => Err("bytes are lost".to_owned()),
            _ if !wanted.starts_with(&found) => Err("not a part of the text".to_owned()),
            _ => Ok(()),
        }
    }
}

/// `AtomicWriteOptions` with full durability.
pub(crate) struct Atomic;

impl Subject for Atomic {
    fn name(&self) -> String {
        "atomic write".to_owned()
    }

    fn operation(&self) -> String {
        "atomic".to_owned()
    }

    fn make(&self, _: &Path) {}

    fn reset(&self, directory: &Path) {
        for path in temporary_files(directory) {
            fs::remove_file(path).unwrap();
        }
        let to = directory.join("to");
        fs::write(&to, OLD).unwrap();
        fs::set_permissions(&to, Permissions::from_mode(MODE)).unwrap();
    }

    fn watched(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    fn judge(&self, directory: &Path, fault: &Fault, outcome: &Outcome) -> Result<(), String> {
        let to = directory.join("to");
        let found = fs::read(&to).unwrap();
        let (is_old, is_new) = (found == OLD, found == text());
        if !is_old && !is_new {
            return Err("the content is a mix".to_owned());
        }
        let mode = fs::metadata(&to).unwrap().permissions().mode() & 0o7777;
        // Where the file system keeps no permission bits, the temporary file's own are there.
        if mode != MODE && !(fault.is_without_modes() && mode == 0o600) {
            return Err(format!("the mode is {mode:o}"));
        }
        let left = temporary_files(directory).len();
        if left > usize::from(matches!(outcome, Outcome::Killed)) {
            return Err(format!("{left} temporary files are left"));
        }
        match outcome {
            Outcome::Done(_) if is_old => Err("the old content is there".to_owned()),
            Outcome::Failed(_, text) => {
                let says_new = text.contains("the new content is in place");
                if is_new != says_new {
                    return Err("the error tells of another content".to_owned());
                }
                match text.contains(&*to.to_string_lossy()) {
                    true => Ok(()),
                    false => Err("the error does not name the path".to_owned()),
                }
            }
            _ => Ok(()),
        }
    }
}

fn temporary_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_string_lossy().contains("/.io-optimize-"))
        .collect()
}

/// `sync_all` over both files.
pub(crate) struct Sync;

impl Subject for Sync {
    fn name(&self) -> String {
        "flush of two files".to_owned()
    }

    fn operation(&self) -> String {
        "sync".to_owned()
    }

    fn make(&self, directory: &Path) {
        for name in ["from", "to"] {
            fs::write(directory.join(name), text()).unwrap();
        }
    }

    fn reset(&self, _: &Path) {}

    fn watched(&self, directory: &Path) -> Vec<PathBuf> {
        vec![directory.join("from"), directory.join("to")]
    }

    fn is_threaded(&self) -> bool {
        true
    }

    fn judge(&self, directory: &Path, fault: &Fault, outcome: &Outcome) -> Result<(), String> {
        let watched = self.watched(directory);
        match outcome {
            // Nothing else makes the promise true.
            Outcome::Done(_) if fault.call == "fsync" && !fault.is_interruption() => {
                Err("the failed flush was passed over".to_owned())
            }
            Outcome::Failed(_, text) => {
                let mut paths = watched.iter().map(|path| path.to_string_lossy());
                match paths.any(|path| text.contains(&*path)) {
                    true => Ok(()),
                    false => Err("the error does not name a path".to_owned()),
                }
            }
            _ => Ok(()),
        }
    }
}
