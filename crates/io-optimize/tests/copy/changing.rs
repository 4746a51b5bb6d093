//! Sources that grow, shrink or are cut while they are copied: the copy is a start of what was there,
//! and nothing is made up.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use io_optimize::{CopyOptions, CopyReport, Progress, Strategy};
use tempfile::TempDir;

use crate::common::{make, works_here, Piece, Piece::Data, Piece::Hole};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// The copy stops to report after this many bytes, so that a change can come in between.
const SLICE: usize = 8 * MIB;

/// Changes the source when the first bytes have been copied.
struct Change<F>(Mutex<Option<F>>);

impl<F: FnOnce() + Send> Progress for Change<F> {
    fn advance(&self, _: u64) {
        let change = self.0.lock().unwrap().take();
        if let Some(change) = change {
            change();
        }
    }
}

/// All that work here, and the ladder.
fn strategies(directory: &Path) -> impl Iterator<Item = Option<Strategy>> + '_ {
    // The first of these reports nothing before it is done, and the last one never waits.
    let unwatched = [Strategy::Reflink, Strategy::Std];
    let all = Strategy::available().iter().copied();
    let watched = all.filter(move |strategy| !unwatched.contains(strategy));
    let works = watched.filter(|&strategy| works_here(directory, strategy));
    works.map(Some).chain([None])
}

/// Copies a file that is changed after the first report.
fn copy_changed(
    directory: &Path,
    strategy: Option<Strategy>,
    change: impl FnOnce() + Send + 'static,
) -> (Vec<u8>, CopyReport) {
    let (from, to) = (directory.join("source"), directory.join("copy"));
    let _ = fs::remove_file(&to);
    let change = Arc::new(Change(Mutex::new(Some(change))));
    let mut options = CopyOptions::new().progress(change);
    if let Some(strategy) = strategy {
        options = options.strategy(strategy);
    }
    let report = options.copy(&from, &to).unwrap();
    let copy = fs::read(&to).unwrap();
    assert_eq!(report.bytes, copy.len() as u64, "{report}");
    (copy, report)
}

/// More than a slice and more than a stripe.
const DENSE: &[Piece] = &[Data(SLICE + MIB + 5)];
const SPARSE: &[Piece] = &[
    Data(64 * KIB),
    Hole(2 * MIB),
    Data(300 * KIB),
    Hole(MIB),
    Data(64 * KIB),
    Hole(3 * MIB),
];

#[test]
fn what_is_appended_meanwhile_is_copied_whole() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("source");
    for strategy in strategies(directory.path()) {
        for pieces in [DENSE, SPARSE] {
            make(&from, pieces);
            let path = from.clone();
            let append = move || {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(&[7; 100_000]).unwrap();
            };
            let (copy, report) = copy_changed(directory.path(), strategy, append);
            // It was there before the end was reached.
            assert!(copy == fs::read(&from).unwrap(), "{report}");
        }
    }
}

#[test]
fn a_source_that_is_cut_meanwhile_is_not_padded() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("source");
    for pieces in [DENSE, SPARSE] {
        make(&from, pieces);
        let whole = fs::read(&from).unwrap();
        for strategy in strategies(directory.path()) {
            for length in [0, 5000, MIB, 2 * MIB + 100 * KIB, 6 * MIB, SLICE + 1] {
                // Quicker, but leaves no holes.
                match pieces.len() {
                    1 => fs::write(&from, &whole).unwrap(),
                    _ => make(&from, pieces),
                }
                let path = from.clone();
                let cut = move || {
                    let file = OpenOptions::new().write(true).open(path).unwrap();
                    if file.metadata().unwrap().len() > length as u64 {
                        file.set_len(length as u64).unwrap();
                    }
                };
                let (copy, report) = copy_changed(directory.path(), strategy, cut);
                assert!(whole.starts_with(&copy), "cut to {length}: {report}");
                // Nor was anything left out that stayed.
                let kept = length.min(whole.len());
                assert!(copy.len() >= kept, "cut to {length}: {report}");
            }
        }
    }
}

/// Ends a thread also where the test fails.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_log_that_is_written_and_cut_all_the_time_gives_bytes_that_it_had() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    let strategies = strategies(directory.path());
    // The second is within a page, which has zeros behind it for a moment.
    for (strategy, cut) in strategies.flat_map(|strategy| [(strategy, 0), (strategy, 10_000)]) {
        File::create(&from).unwrap();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut log = OpenOptions::new().append(true).open(&from).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    for _ in 0..20 {
                        log.write_all(&[7; 60_000]).unwrap();
                    }
                    log.set_len(cut).unwrap();
                }
            });
            let _stops = Stops(&stop);
            for _ in 0..50 {
                let _ = fs::remove_file(&to);
                let mut options = CopyOptions::new();
                if let Some(strategy) = strategy {
                    options = options.strategy(strategy);
                }
                let report = options.copy(&from, &to).unwrap();
                let copy = fs::read(&to).unwrap();
                assert_eq!(report.bytes, copy.len() as u64, "{report}");
                let other = copy.iter().position(|&byte| byte != 7);
                assert_eq!(
                    other,
                    None,
                    "of {} bytes, cut to {cut}: {report}",
                    copy.len()
                );
            }
        });
    }
}
