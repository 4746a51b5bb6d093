//! Copies with options in a process of its own, of which strace tells or forges the system calls.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::common::{has_program, skip};
use io_optimize::{Cache, CopyOptions, Durability, Preserve, Replace};

const FROM: &str = "IO_OPTIMIZE_TEST_FROM";
const TO: &str = "IO_OPTIMIZE_TEST_TO";
const CASE: &str = "IO_OPTIMIZE_TEST_CASE";
/// The calls of each thread are counted by themselves. So that no other thread of the test harness
/// comes to a number first, the child makes more calls than that one before it copies.
pub(crate) const AHEAD: usize = 200;

/// The options of a case.
pub(crate) fn options(case: &str) -> CopyOptions {
    let options = CopyOptions::new();
    match case {
        "default" => options,
        "all" => options.preserve(Preserve::all()),
        "owner" => options.preserve(Preserve::mode_only().owner(true)),
        "data" => options.durability(Durability::Data),
        "full" => options.durability(Durability::Full),
        "spare" => options.cache(Cache::Spare),
        "atomic" => options.replace(Replace::Atomically),
        "atomic data" => options
            .replace(Replace::Atomically)
            .durability(Durability::Data),
        "atomic full all" => options
            .replace(Replace::Atomically)
            .durability(Durability::Full)
            .preserve(Preserve::all()),
        "new" => options.replace(Replace::New),
        other => panic!("no case {other}"),
    }
}

#[test]
#[ignore = "other tests run it under strace"]
fn copy_with_options() {
    let [from, to, case] = [FROM, TO, CASE].map(|name| env::var_os(name).unwrap());
    for _ in 0..AHEAD {
        let mut null = File::create("/dev/null").unwrap();
        null.metadata().unwrap();
        null.write_all(b"text").unwrap();
    }
    match options(case.to_str().unwrap()).copy(from, to) {
        Ok(report) => println!("copied: {report}"),
        Err(error) => println!("{error}"),
    }
}

/// What such a process said and which calls it made after opening the source.
pub(crate) struct Outcome {
    /// `None` if it was killed.
    pub(crate) said: Option<String>,
    pub(crate) calls: Vec<String>,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn said(&self, wanted: &str) {
        let said = self.said.as_deref().unwrap_or("killed");
        assert!(said.contains(wanted), "{said}");
    }

    /// The number of the first call that begins with `call` and contains `argument`.
    #[track_caller]
    pub(crate) fn position(&self, call: &str, argument: &str) -> usize {
        self.calls
            .iter()
            .position(|line| line.starts_with(call) && line.contains(argument))
            .unwrap_or_else(|| panic!("no {call} {argument} in {:#?}", self.calls))
    }

    pub(crate) fn has(&self, call: &str) -> bool {
        self.calls.iter().any(|line| line.starts_with(call))
    }
}

/// Copies under these injections.
pub(crate) fn copy(case: &str, from: &Path, to: &Path, injections: &[&str]) -> Outcome {
    let trace = from.with_extension("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-y", "-s", "4096", "-o"]);
    command.arg(&trace);
    for injection in injections {
        command.arg("-e").arg(format!("inject={injection}"));
    }
    let output = command
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("child::copy_with_options")
        .envs([(FROM, from), (TO, to)])
        .env(CASE, case)
        .output()
        .unwrap();
    let traced = String::from_utf8_lossy(&fs::read(&trace).unwrap()).into_owned();
    fs::remove_file(&trace).unwrap();
    let source = format!("\"{}\"", from.display());
    let mut calls: Vec<String> = traced
        .lines()
        // Each line begins with the number of the thread.
        .filter_map(|line| line.split_once(' '))
        .map(|(_, call)| call.trim_start().to_owned())
        .collect();
    let opened = |call: &String| call.starts_with("openat(") && call.contains(&source);
    let first = calls.iter().position(opened).unwrap_or(calls.len());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Outcome {
        said: output.status.success().then_some(said),
        calls: calls.split_off(first),
    }
}

/// Whether strace is there; says so where not.
pub(crate) fn has_strace() -> bool {
    let is_there = has_program("strace");
    if !is_there {
        skip("looking at a process's system calls", "strace");
    }
    is_there
}

/// The names in a directory, in order.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
