//! What the tests share: a naive walk as the oracle, and how to say that something was left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use io_optimize::{TreeOptions, TreeReport};
use tempfile::TempDir;

/// What an entry is, so that two trees are alike if their maps from paths to these are equal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: &'static str,
    pub(crate) mode: u32,
    /// Contents of a file, target of a symbolic link.
    pub(crate) contents: Vec<u8>,
    /// The first path, in their order, that is a name of the same file.
    pub(crate) first_name: PathBuf,
    pub(crate) modified: Option<(i64, i64)>,
}

/// Walks over a tree; the paths are relative to it.
#[cfg(unix)]
pub(crate) fn walk(root: &Path, times: bool) -> BTreeMap<PathBuf, Seen> {
    use std::collections::HashMap;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let mut found = BTreeMap::new();
    let mut pending = vec![PathBuf::new()];
    let mut paths = Vec::new();
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(root.join(&path)).unwrap();
        if metadata.is_dir() {
            for entry in fs::read_dir(root.join(&path)).unwrap() {
                pending.push(path.join(entry.unwrap().file_name()));
            }
        }
        paths.push((path, metadata));
    }
    paths.sort_by(|a, b| a.0.cmp(&b.0));
    let mut first_names: HashMap<(u64, u64), PathBuf> = HashMap::new();
    for (path, metadata) in paths {
        let kind = metadata.file_type();
        let (kind, contents) = if kind.is_dir() {
            ("directory", Vec::new())
        } else if kind.is_file() {
            ("file", fs::read(root.join(&path)).unwrap())
        } else if kind.is_symlink() {
            let target = fs::read_link(root.join(&path)).unwrap();
            ("symbolic link", target.as_os_str().as_bytes().to_vec())
        } else if kind.is_fifo() {
            ("FIFO", Vec::new())
        } else {
            ("other", Vec::new())
        };
        let id = (metadata.dev(), metadata.ino());
        let first_name = first_names.entry(id).or_insert_with(|| path.clone());
        let seen = Seen {
            kind,
            mode: metadata.mode() & 0o7777,
            contents,
            first_name: first_name.clone(),
            modified: times.then(|| (metadata.mtime(), metadata.mtime_nsec())),
        };
        found.insert(path, seen);
    }
    found
}

/// Walks over a tree; the paths are relative to it.
#[cfg(not(unix))]
pub(crate) fn walk(root: &Path, _times: bool) -> BTreeMap<PathBuf, Seen> {
    let mut found = BTreeMap::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(root.join(&path)).unwrap();
        let contents = if metadata.is_dir() {
            for entry in fs::read_dir(root.join(&path)).unwrap() {
                pending.push(path.join(entry.unwrap().file_name()));
            }
            Vec::new()
        } else {
            fs::read(root.join(&path)).unwrap()
        };
        let seen = Seen {
            kind: if metadata.is_dir() {
                "directory"
            } else {
                "file"
            },
            mode: 0,
            contents,
            first_name: path.clone(),
            modified: None,
        };
        found.insert(path, seen);
    }
    found
}

/// Copies to a new directory, compares, and checks the report's counts against the walk.
pub(crate) fn check(options: &TreeOptions, from: &Path, to: &Path, times: bool) -> TreeReport {
    let report = options.copy(from, to).unwrap();
    assert!(report.is_complete(), "{report}");
    let (wanted, found) = (walk(from, times), walk(to, times));
    assert_eq!(
        wanted.keys().collect::<Vec<_>>(),
        found.keys().collect::<Vec<_>>()
    );
    for (path, wanted) in &wanted {
        let found = &found[path];
        let same = wanted == found;
        assert!(same, "{}: {wanted:?} became {found:?}", path.display());
    }
    let count = |kind| {
        let of_kind = wanted
            .iter()
            .filter(|(path, seen)| seen.kind == kind && seen.first_name == **path);
        of_kind.count() as u64
    };
    assert_eq!(report.directories, count("directory"));
    assert_eq!(report.files, count("file"));
    assert_eq!(report.symbolic_links, count("symbolic link"));
    assert_eq!(report.fifos, count("FIFO"));
    let others = wanted
        .iter()
        .filter(|(path, seen)| seen.first_name != **path);
    assert_eq!(report.hard_links, others.count() as u64);
    let firsts = wanted
        .iter()
        .filter(|(path, seen)| seen.kind == "file" && seen.first_name == **path);
    assert_eq!(
        report.bytes,
        firsts
            .map(|(_, seen)| seen.contents.len() as u64)
            .sum::<u64>()
    );
    report
}

/// Says on stderr, past the capture of the test harness, what a test left out.
#[cfg(target_os = "linux")]
pub(crate) fn skip(what: &str, needs: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} needs {needs}");
}

/// A temporary directory for tests that make thousands of files: in memory where the system has such
/// a place, as a disk under load takes a minute for them.
pub(crate) fn directory_for_many_files() -> TempDir {
    TempDir::new_in("/dev/shm").unwrap_or_else(|_| TempDir::new().unwrap())
}
