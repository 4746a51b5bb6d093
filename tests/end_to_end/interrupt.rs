//! Ctrl-C.

use std::fs::{self, File};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Project, Run, SLOW};

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

#[cfg(unix)]
#[test]
fn an_interrupted_test_of_the_fixes_is_ended_and_nothing_is_changed() {
    use rustix::process::{Pid, Signal, kill_process};
    let project = Project::small();
    let held = project.outside().join("held");
    let test = format!(
        "{SLOW}
#[test]
fn never_ends() {{
    let file = std::fs::File::create({held:?}).unwrap();
    file.lock().unwrap();
    loop {{
        std::thread::park();
    }}
}}
"
    );
    project.write("src/lib.rs", &test);
    let project = project.committed();
    let mut command = project.program(&[
        "--types",
        "syntax",
        "--no-bench",
        "--apply",
        "--verify",
        "test",
    ]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let is_held = || File::open(&held).is_ok_and(|file| file.try_lock().is_err());
    let wait_until = |wanted: bool| {
        let began = Instant::now();
        while is_held() != wanted && began.elapsed() < Duration::from_secs(300) {
            thread::sleep(Duration::from_millis(5));
        }
        is_held() == wanted
    };
    assert!(wait_until(true), "the test did not begin in five minutes");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("not zero");
    kill_process(pid, Signal::INT).expect("it is ours");
    let run = Run::from(child.wait_with_output().expect("it ends")).ended(130);
    assert!(run.stderr.contains("interrupted"), "{run}");
    assert!(wait_until(false), "the test still runs");
    assert_eq!(project.read("src/lib.rs"), test);
}
