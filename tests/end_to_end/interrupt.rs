//! Ctrl-C.

use std::fs::{self, File};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use walkdir::{DirEntry, WalkDir};

use crate::support::{Project, Run, SLOW, ignores_interrupts};

#[cfg(unix)]
#[test]
fn an_interrupted_benchmark_leaves_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    if ignores_interrupts() {
        return;
    }
    for command in [&["--types", "syntax"][..], &["bench"], &["preflight"]] {
        let project = Project::fixture("example");
        let directory = project.outside().join("bench");
        fs::create_dir(&directory).expect("folders can be made");
        let how = ["--bench-budget", "100s", "--bench-dir"];
        let mut command = project.program(&[command, &how].concat());
        command
            .arg(&directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().expect("the program starts");
        // What a model or a figure of the host works on; folders come and go while they are listed.
        let measures = || {
            let files = WalkDir::new(&directory).into_iter().filter_map(Result::ok);
            let mut names = files.map(DirEntry::into_path);
            names.any(|path| path.ends_with("source") || path.ends_with("target"))
        };
        let began = Instant::now();
        while !measures() && began.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "no measurement began within a minute"
        );
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        kill_process(pid.expect("not zero"), Signal::INT).expect("it is ours");
        let run = Run::from(child.wait_with_output().expect("it ends")).ended(130);
        assert!(run.stderr.contains("interrupted"), "{run}");
        let left: Vec<_> = fs::read_dir(&directory).expect("it is there").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_test_of_the_fixes_is_ended_and_nothing_is_changed() {
    use rustix::process::{Pid, Signal, kill_process};
    if ignores_interrupts() {
        return;
    }
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
