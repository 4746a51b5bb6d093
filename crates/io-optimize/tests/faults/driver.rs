//! Runs one operation under strace: as it is, to list its calls, and with one fault.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::{self, environment, Outcome};
use crate::faults::Fault;

/// An operation, the files that it works on, and how to tell whether it went right.
pub(crate) trait Subject: Send + Sync {
    fn name(&self) -> String;

    /// What the child is asked for.
    fn operation(&self) -> String;

    /// Makes what the operation reads, once for a directory.
    fn make(&self, directory: &Path);

    /// Makes anew what the operation writes.
    fn reset(&self, directory: &Path);

    /// The files whose calls are counted; if there are none, the calls between the child's marks are.
    fn watched(&self, directory: &Path) -> Vec<PathBuf>;

    /// Whether the threads decide anew in each run who makes which call.
    fn is_threaded(&self) -> bool {
        false
    }

    /// Whether an interrupted call is repeated. [`std::fs::copy`] does not always do that.
    fn bears_interruptions(&self) -> bool {
        true
    }

    /// What is wrong after the operation, beyond what [`Fault::check`] finds.
    fn judge(&self, directory: &Path, fault: &Fault, outcome: &Outcome) -> Result<(), String>;
}

/// A call of an operation: its name, and which of that name is the first and the last to be tried.
pub(crate) type Calls = BTreeMap<String, (usize, usize)>;

/// Calls for memory and threads, of which no file knows, and what they return is not passed on.
const NOT_OF_FILES: [&str; 12] = [
    "brk",
    "mmap",
    "munmap",
    "mprotect",
    "madvise",
    "mremap",
    "futex",
    "getrandom",
    "prctl",
    "rt_sigprocmask",
    "sigaltstack",
    "gettid",
];

/// Runs the operation as it is; what it calls, if it succeeds.
pub(crate) fn calls(subject: &dyn Subject, directory: &Path) -> Result<Calls, String> {
    subject.reset(directory);
    let (outcome, trace) = run(subject, directory, &[]);
    if !matches!(outcome, Outcome::Done(_)) {
        return Err(format!("{outcome:?}"));
    }
    let mut threads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let call = call.trim_start();
        if call.starts_with(|first: char| first.is_ascii_lowercase()) {
            threads.entry(thread).or_default().push(call);
        }
    }
    let mut found = Calls::new();
    let is_marked = subject.watched(directory).is_empty();
    for calls in threads.values() {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        let mut is_within = !is_marked;
        for call in calls {
            let name = call.split('(').next().unwrap_or_default();
            let count = count.entry(name).or_default();
            *count += 1;
            if call.contains(child::BEGIN) || call.contains(child::END) {
                is_within = call.contains(child::BEGIN);
            } else if is_within && !NOT_OF_FILES.contains(&name) {
                let (first, last) = found.entry(name.to_owned()).or_insert((*count, *count));
                (*first, *last) = ((*first).min(*count), (*last).max(*count));
            }
        }
    }
    if is_marked {
        // Else a fault would meet the test harness first.
        let is_main = |calls: &&Vec<&str>| calls[0].starts_with("execve(");
        let main = threads.values().find(is_main).unwrap();
        for (name, (first, _)) in &found {
            let prefix = format!("{name}(");
            let count = main.iter().filter(|call| call.starts_with(&prefix)).count();
            assert!(count < *first, "{name}: the harness makes {count}");
        }
    }
    Ok(found)
}

/// Runs the operation with a fault. `Ok(false)` if no thread came to the call.
pub(crate) fn inject(
    subject: &dyn Subject,
    directory: &Path,
    fault: &Fault,
) -> Result<bool, String> {
    subject.reset(directory);
    let only = format!("trace={}", fault.call);
    let injection = format!("inject={fault}");
    let (outcome, trace) = run(subject, directory, &["-e", &only, "-e", &injection]);
    let is_killed = matches!(outcome, Outcome::Killed);
    if !trace.contains("(INJECTED)") && !is_killed {
        return Ok(false);
    }
    let checked = match subject.bears_interruptions() || !fault.is_interruption() {
        true => fault.check(&outcome),
        false => Ok(()),
    };
    let judged = checked.and_then(|()| subject.judge(directory, fault, &outcome));
    judged
        .map(|()| true)
        .map_err(|problem| format!("{}, {fault}: {problem}: {outcome:?}", subject.name()))
}

fn run(subject: &dyn Subject, directory: &Path, arguments: &[&str]) -> (Outcome, String) {
    let trace = directory.join("trace");
    let mut command = Command::new("strace");
    // Else the loader looks for libraries in more places, by calls of the same names.
    command.env_remove("LD_LIBRARY_PATH");
    command.args(["-f", "-qq", "-s", "99", "-o"]).arg(&trace);
    for path in subject.watched(directory) {
        command.arg("-P").arg(path);
    }
    let (from, to) = (directory.join("from"), directory.join("to"));
    let output = command
        .args(arguments)
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", child::TEST])
        .envs(environment(&subject.operation(), from, to))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let trace = String::from_utf8_lossy(&fs::read(&trace).unwrap_or_default()).into_owned();
    (Outcome::parse(&said), trace)
}
