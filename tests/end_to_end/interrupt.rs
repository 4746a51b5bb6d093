//! Ctrl-C.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Project, Run};

#[cfg(unix)]
#[test]
fn an_interrupted_benchmark_leaves_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    let project = Project::fixture("example");
    let directory = project.outside().join("bench");
    fs::create_dir(&directory).expect("folders can be made");
    let mut command =
        project.program(&["--types", "syntax", "--bench-budget", "100s", "--bench-dir"]);
    command
        .arg(&directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let used = || {
        fs::read_dir(&directory)
            .expect("it is there")
            .next()
            .is_some()
    };
    let began = Instant::now();
    while !used() && began.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(used(), "no measurement began within a minute");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("not zero");
    kill_process(pid, Signal::INT).expect("it is ours");
    let run = Run::from(child.wait_with_output().expect("it ends")).ended(130);
    assert!(run.stderr.contains("interrupted"), "{run}");
    assert!(
        !used(),
        "{:?}",
        fs::read_dir(&directory).map(Iterator::collect::<Vec<_>>)
    );
}
