//! `--fast` starts nothing, so that trees which nobody trusts can be audited.

use std::fs;
use std::process::Command;

use crate::support::{Project, Run, findings, skip};

/// A project whose configuration makes cargo run a program of its own, and where that leaves its mark.
#[cfg(unix)]
fn trap() -> (Project, std::path::PathBuf) {
    let project = Project::fixture("example");
    let mark = project.outside().join("mark");
    let wrapper = project.wrapper("wrapper", &format!("echo run >> '{}'", mark.display()));
    let config = format!(
        "[build]\nrustc-wrapper = \"{0}\"\nrustc-workspace-wrapper = \"{0}\"\n",
        wrapper.display()
    );
    project.write(".cargo/config.toml", &config);
    (project, mark)
}

#[cfg(unix)]
#[test]
fn a_wrapper_of_the_tree_is_not_run() {
    let (project, mark) = trap();
    let json = project.run(&["--fast", "--format", "json"]).ended(0).json();
    assert!(!findings(&json).is_empty());
    assert!(!mark.exists());
    // The trap does work: whoever builds the tree runs it.
    project.cargo(&["check", "--quiet"]);
    assert!(mark.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_is_started() {
    if Command::new("strace").arg("--version").output().is_err() {
        return skip("strace is not installed: whether --fast starts a process was not seen");
    }
    let (project, _) = trap();
    let log = project.outside().join("calls");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-e", "trace=execve,execveat,fork,vfork", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_cargo-io-optimize-under-test"))
        .arg("--fast")
        .current_dir(project.root());
    let run = Run::of(&mut command);
    if run.stderr.contains("PTRACE") || run.stderr.contains("ptrace") {
        return skip("strace may not trace here: whether --fast starts a process was not seen");
    }
    run.ended(0);
    let log = fs::read_to_string(log).expect("strace writes its log");
    assert_eq!(log.matches("exec").count(), 1, "{log}");
    assert!(!log.contains("fork("), "{log}");
}

#[test]
fn nothing_is_written() {
    let project = Project::fixture("example");
    let before = project.contents();
    project.run(&["--fast"]).ended(0);
    assert_eq!(before, project.contents());
    assert!(!project.root().join("target").exists());
}

#[test]
fn applying_untried_has_to_be_asked_for() {
    let project = Project::small();
    project
        .run(&["--fast", "--apply"])
        .refused(&["--verify none", "--allow-no-vcs"]);
    let before = project.read("src/lib.rs");
    project
        .run(&["--fast", "--apply", "--verify", "none", "--allow-no-vcs"])
        .ended(0);
    assert_ne!(before, project.read("src/lib.rs"));
    project.cargo(&["check", "--quiet"]);
}

#[test]
fn a_second_run_says_the_same_until_a_file_changes() {
    let project = Project::fixture("example");
    let arguments = ["--fast", "--format", "json"];
    let answer = |project: &Project| {
        let json = project.run(&arguments).ended(0).json();
        (findings(&json).to_vec(), json["analysis"]["lines"].clone())
    };
    let first = answer(&project);
    assert!(project.outside().join("cache").exists());
    assert_eq!(answer(&project), first);
    // A damaged cache is none.
    let mut damaged = 0;
    for entry in walkdir::WalkDir::new(project.outside().join("cache")) {
        let entry = entry.expect("the cache can be listed");
        if entry.file_type().is_file() {
            fs::write(entry.path(), "damaged").expect("it can be written");
            damaged += 1;
        }
    }
    assert_ne!(damaged, 0);
    assert_eq!(answer(&project), first);
    let changed = format!("{}\n// One line more.\n", project.read("src/main.rs"));
    project.write("src/main.rs", &changed);
    assert_ne!(answer(&project).1, first.1);
}
