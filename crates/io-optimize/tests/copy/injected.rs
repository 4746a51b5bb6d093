//! A copy that runs in a process of its own, into whose system calls strace injects faults. Needs strace.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{allocated, has_program, make, skip, Piece};
use io_optimize::{CopyOptions, Strategy};
use tempfile::TempDir;

const FROM: &str = "IO_OPTIMIZE_TEST_FROM";
const TO: &str = "IO_OPTIMIZE_TEST_TO";
/// The index of a forced strategy.
const STRATEGY: &str = "IO_OPTIMIZE_TEST_STRATEGY";

/// What the copy printed: a report, or an error.
pub(crate) struct Outcome {
    pub(crate) said: String,
    pub(crate) to: PathBuf,
    pub(crate) from: PathBuf,
    _directory: TempDir,
}

impl Outcome {
    /// The copy is right and is described like this.
    #[track_caller]
    pub(crate) fn is_copied(&self, said: &str) {
        assert!(self.said.contains(said), "{}", self.said);
        let (from, to) = (fs::read(&self.from).unwrap(), fs::read(&self.to).unwrap());
        assert!(from == to, "contents differ: {}", self.said);
        assert!(
            allocated(&self.to) <= allocated(&self.from),
            "holes are lost: {}",
            self.said
        );
    }

    #[track_caller]
    pub(crate) fn failed(&self, said: &str) {
        assert!(
            self.said.contains("cannot copy") && self.said.contains(said),
            "{}",
            self.said
        );
    }
}

/// Copies a file of these pieces under these injections; `None` without strace.
pub(crate) fn copy_under(injections: &[&str], pieces: &[Piece]) -> Option<Outcome> {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, pieces);
    let said = copy_in_strace(None, injections, &from, &to)?;
    Some(Outcome {
        said,
        to,
        from,
        _directory: directory,
    })
}

/// Copies under these injections, and returns what that said; `None` without strace.
pub(crate) fn copy_in_strace(
    strategy: Option<Strategy>,
    injections: &[&str],
    from: &Path,
    to: &Path,
) -> Option<String> {
    if !has_program("strace") {
        skip("injecting errors into system calls", "strace");
        return None;
    }
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-P"])
        .arg(from)
        .arg("-P")
        .arg(to);
    for injection in injections {
        command.arg("-e").arg(format!("inject={injection}"));
    }
    command.arg(env::current_exe().unwrap());
    Some(output_of_child(command, strategy, from, to))
}

/// Copies in a process that remembers nothing; returns the report or the error as text.
pub(crate) fn copy_in_new_process(from: &Path, to: &Path) -> String {
    output_of_child(Command::new(env::current_exe().unwrap()), None, from, to)
}

/// The same by this command, to which the test's arguments are added.
pub(crate) fn output_of_child(
    mut command: Command,
    strategy: Option<Strategy>,
    from: &Path,
    to: &Path,
) -> String {
    let test = [
        "--ignored",
        "--exact",
        "--nocapture",
        "injected::copy_in_a_child",
    ];
    if let Some(strategy) = strategy {
        let mut all = Strategy::available().iter();
        let index = all.position(|&other| other == strategy).unwrap();
        command.env(STRATEGY, index.to_string());
    }
    let output = command
        .args(test)
        .env(FROM, from)
        .env(TO, to)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
#[ignore = "other tests run it under strace"]
fn copy_in_a_child() {
    let [from, to] = [FROM, TO].map(|name| env::var_os(name).unwrap());
    let mut options = CopyOptions::new();
    if let Ok(index) = env::var(STRATEGY) {
        let index: usize = index.parse().unwrap();
        options = options.strategy(Strategy::available()[index]);
    }
    match options.copy(from, to) {
        Ok(report) => println!("{report}"),
        Err(error) => println!("{error}"),
    }
}
