//! All operations, all calls, all faults.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use io_optimize::Strategy;
use tempfile::TempDir;

use crate::common::{has_program, skip, Mount, Piece};
use crate::copies::Copy;
use crate::driver::{calls, inject, Calls, Subject};
use crate::faults::{Fault, Kind};
use crate::readers::Reading;
use crate::tree::Tree;
use crate::writers::{Atomic, Buffered, Sync};

const SMALL: &[Piece] = &[Piece::Data(5000)];
const LARGE: &[Piece] = &[Piece::Data(700_000)];
const SPARSE: &[Piece] = &[
    Piece::Hole(65_536),
    Piece::Data(65_536),
    Piece::Hole(1 << 20),
    Piece::Data(70_000),
    Piece::Hole(4096),
];
/// Three stripes of several workers.
const STRIPES: &[Piece] = &[Piece::Data((17 << 20) + 5)];

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// What a machine does in some seconds.
    Quick,
    Whole,
}

impl Extent {
    fn subjects(self) -> Vec<Box<dyn Subject>> {
        let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
        let mut shapes = vec![("a large file", LARGE), ("a sparse file", SPARSE)];
        if self == Self::Whole {
            shapes.extend([("a small file", SMALL), ("stripes", STRIPES)]);
        }
        let strategies = Strategy::available().iter().copied().map(Some);
        for strategy in strategies.chain([None]) {
            for &(shape, pieces) in &shapes {
                for overwrites in [false, true] {
                    if self == Self::Quick && overwrites != (shape == "a large file") {
                        continue;
                    }
                    subjects.push(Box::new(Copy {
                        shape,
                        pieces,
                        strategy,
                        overwrites,
                    }));
                }
            }
        }
        for (operation, repeats) in [("read", 2), ("lines", 8), ("fold", 20), ("records", 2)] {
            subjects.push(Box::new(Reading { operation, repeats }));
        }
        subjects.push(Box::new(Buffered));
        subjects.push(Box::new(Atomic));
        subjects.push(Box::new(Sync));
        subjects.push(Box::new(Tree));
        subjects
    }

    /// Which of a name's calls are tried: for the whole matrix all where they are few.
    fn occurrences(self, first: usize, last: usize) -> Vec<usize> {
        let mut chosen = match self {
            Self::Whole if last - first < 12 => (first..=last).collect(),
            Self::Whole => vec![first, first + 1, (first + last) / 2, last - 1, last],
            Self::Quick => vec![first, last],
        };
        chosen.dedup();
        chosen
    }

    fn has(self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Quick, Kind::Error(name, _)) => ["EINTR", "EIO", "ENOSYS"].contains(&name),
            _ => true,
        }
    }

    fn faults(self, calls: &Calls) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (call, &(first, last)) in calls {
            for when in self.occurrences(first, last) {
                let kinds = Fault::kinds(call).into_iter();
                faults.extend(kinds.filter(|&kind| self.has(kind)).map(|kind| Fault {
                    call: call.clone(),
                    when,
                    kind,
                }));
            }
        }
        faults
    }
}

/// What came of the runs.
#[derive(Default)]
struct Tally {
    cases: usize,
    /// Faults at calls that no thread made this time.
    missed: usize,
    wrong: Vec<String>,
    left_out: Vec<String>,
}

/// Runs every subject with every fault within this directory, on as many threads as there are
/// processors.
fn run(extent: Extent, within: &Path) -> Tally {
    let subjects = Mutex::new(extent.subjects());
    let tally = Mutex::new(Tally::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| loop {
                let next = subjects.lock().unwrap().pop();
                let Some(subject) = next else { return };
                run_subject(extent, &*subject, within, &tally);
            });
        }
    });
    tally.into_inner().unwrap()
}

fn run_subject(extent: Extent, subject: &dyn Subject, within: &Path, tally: &Mutex<Tally>) {
    let directory = TempDir::new_in(within).unwrap();
    subject.make(directory.path());
    let calls = match calls(subject, directory.path()) {
        Ok(calls) => calls,
        Err(why) => {
            let why = match why.contains("Operation not supported") {
                true => format!("{} needs a file system that can", subject.name()),
                false => format!("{}: {why}", subject.name()),
            };
            tally.lock().unwrap().left_out.push(why);
            return;
        }
    };
    let mut own = Tally::default();
    for fault in extent.faults(&calls) {
        match inject(subject, directory.path(), &fault) {
            Ok(true) => own.cases += 1,
            Ok(false) if subject.is_threaded() => own.missed += 1,
            Ok(false) => own
                .wrong
                .push(format!("{}: {fault} met no call", subject.name())),
            Err(wrong) => {
                own.cases += 1;
                own.wrong.push(wrong);
            }
        }
    }
    assert!(
        own.cases > own.missed,
        "{}: {} missed",
        subject.name(),
        own.missed
    );
    let mut tally = tally.lock().unwrap();
    tally.cases += own.cases;
    tally.missed += own.missed;
    tally.wrong.append(&mut own.wrong);
}

/// Fails if anything was wrong; says how much was tried, past the capture of the test harness.
fn conclude(place: &str, tally: &Tally) {
    let mut said = format!(
        "faults on {place}: {} injected cases, {} wrong, {} not reached\n",
        tally.cases,
        tally.wrong.len(),
        tally.missed
    );
    for left_out in &tally.left_out {
        let _ = writeln!(said, "SKIPPED on {place}: {left_out}");
    }
    let _ = io::stderr().write_all(said.as_bytes());
    // Only a reflink may not work at all.
    let others = |left_out: &&String| !left_out.contains(Strategy::Reflink.name());
    assert_eq!(tally.left_out.iter().find(others), None);
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
}

#[test]
fn the_first_and_the_last_of_all_calls() {
    if !has_program("strace") {
        return skip("injecting errors into system calls", "strace");
    }
    let directory = TempDir::new().unwrap();
    let tally = run(Extent::Quick, directory.path());
    conclude("the temporary directory", &tally);
}

#[test]
#[ignore = "takes minutes: cargo xtask runtime-faults"]
fn all_calls() {
    if !has_program("strace") {
        return skip("injecting errors into system calls", "strace");
    }
    let directory = TempDir::new().unwrap();
    let tally = run(Extent::Whole, directory.path());
    conclude("the temporary directory", &tally);
    for kind in ["xfs", "btrfs"] {
        if let Some(mount) = Mount::image(directory.path(), kind, &[]) {
            conclude(kind, &run(Extent::Whole, mount.path()));
        }
    }
    if let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 128 * 1024) {
        conclude("tmpfs", &run(Extent::Whole, mount.path()));
    }
}
