//! What is kept between runs: small files in the user's cache directory, each under the hash of a key.

#![expect(
    clippy::disallowed_methods,
    reason = "the files are the store's own, and a whole one takes the place of another"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files of one kind are spread over as many folders.
const MOST_FILES_OF_A_FOLDER: usize = 24;

/// Larger ones are not kept.
const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// A cache on disk. Whatever goes wrong, it is as if nothing had been kept.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The user's, for one kind of content; `None` if the system names no cache directory.
    #[must_use]
    pub fn of_user(kind: &str) -> Option<Self> {
        let named = |name: &str| {
            let path = PathBuf::from(env::var_os(name)?);
            path.is_absolute().then_some(path)
        };
        let base = named("XDG_CACHE_HOME").or_else(|| {
            if cfg!(windows) {
                named("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                Some(env::home_dir()?.join("Library/Caches"))
            } else {
                Some(env::home_dir()?.join(".cache"))
            }
        })?;
        Some(Self::at(&base.join("io-optimize").join(kind)))
    }

    /// In a folder of its own.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// What was kept under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let content = fs::read(self.path(key)).ok()?;
        // A file that was cut off is none.
        let (sum, content) = content.split_at_checked(blake3::OUT_LEN)?;
        (blake3::hash(content).as_bytes() == sum).then(|| content.to_vec())
    }

    /// Keeps something under a key.
    pub fn put(&self, key: &str, content: &[u8]) {
        if content.len() <= LARGEST_FILE {
            // Without it, the next run is slower, and that is all.
            let _ = self.write(key, content);
        }
    }

    fn write(&self, key: &str, content: &[u8]) -> std::io::Result<()> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut whole = blake3::hash(content).as_bytes().to_vec();
        whole.extend_from_slice(content);
        let unfinished = path.with_extension(format!("{}.new", std::process::id()));
        fs::write(&unfinished, &whole)?;
        if let Err(error) = fs::rename(&unfinished, &path) {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        prune(folder);
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        let name = blake3::hash(key.as_bytes()).to_hex();
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

/// Removes the oldest files of a folder that has too many.
fn prune(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(MOST_FILES_OF_A_FOLDER);
    for (_, path) in files.into_iter().take(surplus) {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_FILES_OF_A_FOLDER, Store};

    #[test]
    fn what_was_kept_is_found_and_what_is_damaged_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path());
        assert_eq!(store.get("key"), None);
        store.put("key", b"content");
        store.put("other", b"");
        assert_eq!(store.get("key").as_deref(), Some(&b"content"[..]));
        assert_eq!(store.get("other").as_deref(), Some(&b""[..]));
        std::fs::write(store.path("key"), b"cut off").expect("it can be written");
        assert_eq!(store.get("key"), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path());
        let keys: Vec<String> = (0..20_000).map(|key: u32| key.to_string()).collect();
        let first = store.path(&keys[0]);
        let same = |key: &&String| store.path(key).parent() == first.parent();
        for key in keys.iter().filter(same) {
            store.put(key, b"content");
        }
        let files = std::fs::read_dir(first.parent().expect("a folder")).expect("it is there");
        assert_eq!(files.count(), MOST_FILES_OF_A_FOLDER);
    }
}
