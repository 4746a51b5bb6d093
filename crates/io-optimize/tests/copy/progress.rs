//! Progress is told of every byte, and a token ends a copy.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use io_optimize::{CancelToken, CopyError, CopyOptions, Progress, Strategy};

use crate::common::{is_wine, make, miscounts, skip, Piece};

const MIB: usize = 1 << 20;

/// Remembers what it was told, and ends the copy after so many bytes.
#[derive(Default)]
struct Told {
    total: Mutex<Option<u64>>,
    bytes: Mutex<u64>,
    ends_after: Option<u64>,
    token: CancelToken,
}

impl Progress for Told {
    fn begin(&self, total: Option<u64>) {
        *self.total.lock().unwrap() = total;
    }

    fn advance(&self, bytes: u64) {
        let mut sum = self.bytes.lock().unwrap();
        *sum += bytes;
        if self.ends_after.is_some_and(|limit| *sum >= limit) {
            self.token.cancel();
        }
    }
}

/// Forces each strategy that works here in turn, and none.
fn each_strategy(directory: &Path, from: &Path, check: impl Fn(CopyOptions, Option<Strategy>)) {
    check(CopyOptions::new(), None);
    for &strategy in Strategy::available() {
        let options = CopyOptions::new().strategy(strategy);
        let works = options.copy(from, directory.join("attempt")).is_ok();
        if works {
            check(options, Some(strategy));
        }
    }
}

#[test]
fn every_byte_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    let files: [&[Piece]; 4] = [
        &[],
        &[Piece::Data(100)],
        &[Piece::Data(20 * MIB + 7)],
        &[Piece::Hole(MIB), Piece::Data(3 * MIB), Piece::Hole(MIB)],
    ];
    for pieces in files {
        make(&from, pieces);
        let length = fs::metadata(&from).unwrap().len();
        each_strategy(directory.path(), &from, |options, strategy| {
            let told = Arc::new(Told::default());
            let report = options.progress(told.clone()).copy(&from, &to).unwrap();
            assert_eq!(*told.total.lock().unwrap(), Some(length), "{strategy:?}");
            if !miscounts(strategy) {
                assert_eq!(*told.bytes.lock().unwrap(), length, "{strategy:?}");
                assert_eq!(report.bytes, length);
            }
            assert!(fs::read(&to).unwrap() == fs::read(&from).unwrap());
            fs::remove_file(&to).unwrap();
        });
    }
}

#[test]
fn a_token_ends_the_copy_in_its_middle() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    make(&from, &[Piece::Data(64 * MIB)]);
    each_strategy(directory.path(), &from, |options, strategy| {
        if matches!(strategy, Some(Strategy::Std | Strategy::Reflink)) {
            return; // one step each
        }
        if cfg!(target_os = "macos") && strategy == Some(Strategy::CopyFile) {
            return; // one step too
        }
        let removes = cfg!(windows) && matches!(strategy, None | Some(Strategy::CopyFile));
        if removes && is_wine() {
            skip("ending a copy by CopyFileExW", "Windows");
            let _ = fs::remove_file(&to);
            return;
        }
        let token = CancelToken::new();
        let told = Arc::new(Told {
            ends_after: Some(16 * MIB as u64),
            token: token.clone(),
            ..Told::default()
        });
        let options = options.progress(told.clone()).cancel(token);
        let error = options.copy(&from, &to).unwrap_err();
        let details = error
            .get_ref()
            .unwrap()
            .downcast_ref::<CopyError>()
            .unwrap();
        assert!(details.is_cancelled(), "{strategy:?}: {error}");
        let sum = *told.bytes.lock().unwrap();
        assert!(sum < 40 * MIB as u64, "{strategy:?}: told of {sum} bytes");
        if removes {
            assert!(!to.exists(), "{strategy:?}");
            return;
        }
        let length = fs::metadata(&to).unwrap().len();
        assert!(length < 40 * MIB as u64, "{strategy:?}: {length} bytes");
        let (whole, part) = (fs::read(&from).unwrap(), fs::read(&to).unwrap());
        assert!(whole.starts_with(&part), "{strategy:?}");
        fs::remove_file(&to).unwrap();
    });
}

#[test]
fn a_copy_that_was_cancelled_before_it_began_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    fs::write(&from, "new").unwrap();
    fs::write(&to, "old").unwrap();
    let token = CancelToken::new();
    token.clone().cancel();
    each_strategy(directory.path(), &from, |options, strategy| {
        options.cancel(token.clone()).copy(&from, &to).unwrap_err();
        assert_eq!(fs::read(&to).unwrap(), b"old", "{strategy:?}");
    });
}
