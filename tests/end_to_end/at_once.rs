//! Two `--apply` started together on one tree.

use std::process::Stdio;

use crate::support::{MANIFEST, Project, Run, SLOW};

const APPLY: [&str; 7] = [
    "--fast",
    "--apply",
    "--verify",
    "none",
    "--allow-no-vcs",
    "--format",
    "json",
];

const FILES: usize = 20;

fn project() -> Project {
    let project = Project::of(&[("Cargo.toml", MANIFEST)]);
    let mut modules = String::new();
    for number in 0..FILES {
        project.write(&format!("src/m{number}.rs"), SLOW);
        modules += &format!("mod m{number};\n");
    }
    project.write("src/lib.rs", &modules);
    project
}

fn fixed(project: &Project) -> usize {
    let texts = (0..FILES).map(|number| project.read(&format!("src/m{number}.rs")));
    texts
        .filter(|text| text.matches("BufWriter::new(").count() == 1)
        .count()
}

fn applied(run: &Run) -> usize {
    run.json()["applied"].as_array().expect("a list").len()
}

#[track_caller]
fn is_told_to_wait(run: Run) {
    run.refused(&["another `cargo io-optimize` is at work", "run again"]);
}

#[test]
fn of_two_started_together_one_works_and_the_other_says_why_not() {
    for round in 0..20 {
        let project = project();
        let start = || {
            let mut command = project.program(&APPLY);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the program starts")
        };
        let both = [start(), start()];
        let runs = both.map(|child| Run::from(child.wait_with_output().expect("it ends")));
        let mut all = 0;
        for run in runs {
            match run.code {
                // One that comes when the other has ended finds nothing to do.
                Some(0) => all += applied(&run),
                _ => is_told_to_wait(run),
            }
        }
        assert_eq!(all, FILES, "round {round}");
        assert_eq!(fixed(&project), FILES, "round {round}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn while_one_waits_for_an_answer_another_is_told_to_wait() {
    use std::io::{Read as _, Write as _};
    let project = project();
    let (mut person, program) = crate::interactive::terminal();
    let other = || Stdio::from(program.try_clone().expect("descriptors are free"));
    let mut command = project.program(&[&APPLY[..], &["--interactive"]].concat());
    command
        .stdin(other())
        .stderr(other())
        .stdout(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let mut shown = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&shown).contains("(1/20)") {
        let length = person.read(&mut part).expect("the question comes");
        shown.extend(&part[..length]);
    }
    is_told_to_wait(project.run(&APPLY));
    assert_eq!(fixed(&project), 0);
    person.write_all(b"a\n").expect("the terminal takes it");
    let run = Run::from(child.wait_with_output().expect("it ends")).ended(0);
    assert_eq!((applied(&run), fixed(&project)), (FILES, FILES));
}

#[cfg(target_os = "linux")]
#[test]
fn while_one_is_stopped_between_two_files_the_others_keep_away() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::Command;
    if !crate::apply_faults::strace_works() {
        return;
    }
    let project = project();
    let program = project.program(&APPLY);
    // With `-D` the child is the program itself. It stops at a rename in the middle.
    let mut command = Command::new("strace");
    command.args(["-D", "-qq", "-o", "/dev/null"]);
    command.args([
        "-e",
        "trace=rename",
        "-e",
        "inject=rename:signal=STOP:when=12",
    ]);
    command.arg(program.get_program()).args(program.get_args());
    command.current_dir(project.root());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("strace starts");
    while fixed(&project) == 0 {
        let ended = child.try_wait().expect("it is ours");
        assert!(ended.is_none(), "it ended and changed nothing");
        std::thread::yield_now();
    }
    is_told_to_wait(project.run(&APPLY));
    project
        .run(&["recover"])
        .refused(&["another run is writing this workspace"]);
    let before = fixed(&project);
    assert!(before > 0 && before < FILES, "{before} files were written");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("not zero");
    kill_process(pid, Signal::CONT).expect("it is ours");
    let run = Run::from(child.wait_with_output().expect("it ends")).ended(0);
    assert_eq!((applied(&run), fixed(&project)), (FILES, FILES));
}
