//! Progress is told of every byte of the files, and a token ends a copy that a second one completes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use io_optimize::{CancelToken, CopyError, Existing, Progress, TreeOptions, TreeReport};
use tempfile::TempDir;

use crate::common::{directory_for_many_files, walk, Seen};

const MIB: usize = 1 << 20;

/// Remembers what it was told, and cancels at the notice of this number.
#[derive(Default)]
struct Told {
    begun: Mutex<Vec<Option<u64>>>,
    bytes: AtomicU64,
    notices: AtomicU64,
    cancels_at: u64,
    token: CancelToken,
}

impl Told {
    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }
}

impl Progress for Told {
    fn begin(&self, total: Option<u64>) {
        self.begun.lock().unwrap().push(total);
    }

    fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::SeqCst);
        if self.notices.fetch_add(1, Ordering::SeqCst) + 1 == self.cancels_at {
            self.token.cancel();
        }
    }
}

/// Files of every way to be copied, in directories that are not all open to their owner.
fn make(from: &Path) {
    let sizes = [0, 1, 5000, 32 * 1024, 32 * 1024 + 1, 200_000];
    for sub in ["", "a", "a/b", "c"] {
        fs::create_dir_all(from.join(sub)).unwrap();
        for (number, size) in sizes.into_iter().enumerate() {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251 + 1) as u8).collect();
            fs::write(from.join(sub).join(format!("{number}")), bytes).unwrap();
        }
    }
    fs::write(from.join("a/large"), vec![7; 9 * MIB]).unwrap();
    let sparse = fs::File::create(from.join("c/sparse")).unwrap();
    sparse.set_len(MIB as u64).unwrap();
    fs::hard_link(from.join("c/5"), from.join("c/other name")).unwrap();
    set_mode(&from.join("a/b"), 0o555);
    set_mode(&from.join("c"), 0o1777);
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// So that others than root can remove it.
fn remove(root: &Path) {
    if root.join("a/b").exists() {
        set_mode(&root.join("a/b"), 0o700);
    }
    fs::remove_dir_all(root).unwrap();
}

fn watched(told: &Arc<Told>, workers: usize) -> TreeOptions {
    TreeOptions::new()
        .preserve_times(true)
        .merge(true)
        .existing(Existing::SkipSame)
        .workers(workers)
        .progress(told.clone())
        .cancel(told.token.clone())
}

fn is_cancelled(error: &io::Error) -> bool {
    let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
    details.unwrap().is_cancelled()
}

/// The lengths of all files by a walk over both, names of one file counted once.
fn oracle(tree: &BTreeMap<PathBuf, Seen>) -> u64 {
    let files = tree
        .iter()
        .filter(|(path, seen)| seen.kind == "file" && seen.first_name == **path);
    files.map(|(_, seen)| seen.contents.len() as u64).sum()
}

#[test]
fn every_byte_is_told_once() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from);
    let wanted = oracle(&walk(&from, false));
    for workers in [1, 2, 4] {
        let told = Arc::new(Told::default());
        let report = watched(&told, workers).copy(&from, &to).unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!((told.bytes(), report.bytes), (wanted, wanted));
        assert_eq!(*told.begun.lock().unwrap(), [None]);

        // All is taken for its copy, and nothing is copied.
        let again = Arc::new(Told::default());
        let report = watched(&again, workers).copy(&from, &to).unwrap();
        assert_eq!((again.bytes(), report.files), (0, 0), "{report}");
        remove(&to);
    }
    remove(&from);
}

/// Copies, and cancels at the notice of this number.
fn copy_and_cancel(from: &Path, to: &Path, at: u64, workers: usize) -> io::Result<TreeReport> {
    let told = Arc::new(Told {
        cancels_at: at,
        ..Told::default()
    });
    watched(&told, workers).copy(from, to)
}

#[test]
fn a_copy_that_is_cancelled_at_any_notice_is_completed_by_a_second_one() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from);
    // Elsewhere a directory that exists keeps the time that the second copy gives it.
    let times = cfg!(target_os = "linux");
    let source = walk(&from, times);
    let told = Arc::new(Told::default());
    watched(&told, 1).copy(&from, &to).unwrap();
    remove(&to);
    let notices = told.notices.load(Ordering::SeqCst);
    assert!(notices >= 20, "{notices} notices");
    for workers in [1, 3] {
        for at in (1..=notices).step_by(workers) {
            let result = copy_and_cancel(&from, &to, at, workers);
            match result {
                Err(error) => assert!(is_cancelled(&error), "{error}"),
                // Those that were in work at the last notices may have been the last.
                Ok(report) => assert!(report.is_complete() && at + 4 > notices, "{at}: {report}"),
            }
            for (path, found) in walk(&to, false) {
                let wanted = source.get(&path).expect("a temporary file is left");
                let is_whole = wanted.contents == found.contents && wanted.kind == found.kind;
                assert!(is_whole, "{at}: {} is a part", path.display());
            }
            let report = watched(&Arc::default(), workers).copy(&from, &to).unwrap();
            assert!(report.is_complete(), "{at}: {report}");
            let found = walk(&to, times);
            assert_eq!(source.len(), found.len());
            for (path, wanted) in &source {
                let same = *wanted == found[path];
                assert!(same, "{workers} {at}: {} differs", path.display());
            }
            remove(&to);
        }
    }
    remove(&from);
}

#[test]
fn a_large_file_in_work_is_removed_or_its_predecessor_stays() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("large"), vec![7; 40 * MIB]).unwrap();
    let error = copy_and_cancel(&from, &to, 1, 1).unwrap_err();
    assert!(is_cancelled(&error), "{error}");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0);
    fs::write(to.join("large"), "old").unwrap();
    let error = copy_and_cancel(&from, &to, 1, 1).unwrap_err();
    assert!(is_cancelled(&error), "{error}");
    assert_eq!(fs::read(to.join("large")).unwrap(), b"old");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

#[test]
fn what_was_cancelled_before_it_began_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    let told = Arc::new(Told::default());
    told.token.cancel();
    let error = watched(&told, 1).copy(&from, &to).unwrap_err();
    assert!(is_cancelled(&error) && !to.exists(), "{error}");
    let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
    assert_eq!(details.unwrap().from(), from);
    assert!(told.begun.lock().unwrap().is_empty());
}

#[test]
#[cfg(feature = "indicatif")]
fn a_progress_bar_shows_the_bytes() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from);
    let bar = indicatif::ProgressBar::hidden();
    bar.set_length(123);
    let options = TreeOptions::new().progress(Arc::new(bar.clone()));
    let report = options.copy(&from, &to).unwrap();
    // The length that the caller gave stays.
    assert_eq!((bar.position(), bar.length()), (report.bytes, Some(123)));
    remove(&from);
    remove(&to);
}
