//! `--interactive`, with a person who types at a pseudo terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::thread;

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::{MANIFEST, Project, Run, SLOW, ignores_interrupts};

const APPLY: [&str; 7] = [
    "--fast",
    "--apply",
    "--interactive",
    "--verify",
    "none",
    "--allow-no-vcs",
    "--quiet",
];

/// Two places of one rule and one of another.
fn project() -> Project {
    const TWICE: &str = "\
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

pub fn first(path: &Path) -> io::Result<String> {
    let inner = BufReader::new(File::open(path)?);
    let mut outer = BufReader::new(inner);
    let mut first = String::new();
    outer.read_line(&mut first)?;
    Ok(first)
}
";
    Project::of(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "pub mod a;\npub mod b;\npub mod c;\n"),
        ("src/a.rs", SLOW),
        ("src/b.rs", TWICE),
        ("src/c.rs", SLOW),
    ])
}

/// Both ends of a terminal of its own.
pub(crate) fn terminal() -> (File, File) {
    let person =
        openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("pseudo terminals are there");
    grantpt(&person).expect("it is ours");
    unlockpt(&person).expect("it is ours");
    let name = ptsname(&person, Vec::new()).expect("it has a name");
    let program = rustix::fs::open(
        name.as_c_str(),
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    );
    (File::from(person), File::from(program.expect("it is ours")))
}

/// Runs the program at a terminal at which that is typed. What the terminal shows is the run's stderr.
fn typed(project: &Project, arguments: &[&str], keys: &[u8]) -> Run {
    let (mut person, program) = terminal();
    let other = || Stdio::from(program.try_clone().expect("descriptors are free"));
    let mut command = project.program(arguments);
    command
        .stdin(other())
        .stderr(other())
        .stdout(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    drop(command);
    drop(program);
    person.write_all(keys).expect("the terminal takes them");
    let screen = thread::spawn(move || {
        let mut shown = Vec::new();
        // The end is an error on Linux.
        let _until_closed = person.read_to_end(&mut shown);
        shown
    });
    let mut run = Run::from(child.wait_with_output().expect("it ends"));
    let shown = screen.join().expect("reading does not panic");
    run.stderr = String::from_utf8(shown).expect("the program prints text");
    run
}

fn is_fixed(project: &Project) -> [bool; 3] {
    [
        project.read("src/a.rs").contains("BufWriter"),
        !project.read("src/b.rs").contains("BufReader::new(inner)"),
        project.read("src/c.rs").contains("BufWriter"),
    ]
}

#[test]
fn what_a_person_says_yes_to_is_applied_and_the_rest_is_declined() {
    let project = project();
    let run = typed(
        &project,
        &[&APPLY[..], &["--format", "json"]].concat(),
        b"y\nn\ny\n",
    )
    .ended(0);
    assert_eq!(is_fixed(&project), [true, false, true], "{run}");
    for shown in [
        "(1/3)",
        "(3/3)",
        "+++ b/src/a.rs",
        "unbuffered_write",
        "double_buffering",
    ] {
        assert!(run.stderr.contains(shown), "no {shown} in {run}");
    }
    let json = run.json();
    assert_eq!(
        json["applied"].as_array().map(Vec::len),
        Some(2),
        "{json:#}"
    );
    let declined: Vec<_> = json["not_applied"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(declined.len(), 1, "{json:#}");
    assert_eq!(declined[0]["reason"], "declined");
}

#[test]
fn all_of_a_rule_is_said_once() {
    let project = project();
    let run = typed(&project, &APPLY, b"a\nd\n").ended(0);
    assert_eq!(is_fixed(&project), [true, false, true], "{run}");
}

#[test]
fn quitting_keeps_what_was_said_yes_to_and_takes_nothing_more() {
    let project = project();
    let run = typed(&project, &APPLY, b"y\nq\n").ended(0);
    assert_eq!(is_fixed(&project), [true, false, false], "{run}");
}

#[test]
fn the_end_of_input_is_quitting() {
    let project = project();
    // Ctrl-D.
    let run = typed(&project, &APPLY, b"\x04").ended(0);
    assert_eq!(is_fixed(&project), [false; 3], "{run}");
}

#[test]
fn a_question_mark_explains_the_letters() {
    let run = typed(&project(), &APPLY, b"?\nq\n").ended(0);
    assert!(run.stderr.contains("y - apply this fix"), "{run}");
}

#[test]
fn without_a_terminal_it_is_refused() {
    let project = project();
    project.run(&APPLY).refused(&["--interactive", "terminal"]);
    let (_person, program) = terminal();
    let mut command = project.program(&APPLY);
    Run::of(command.stdin(program)).refused(&["--interactive", "terminal"]);
    assert_eq!(is_fixed(&project), [false; 3]);
}

#[test]
fn an_interrupt_at_a_question_ends_the_run_with_nothing_changed() {
    if ignores_interrupts() {
        return;
    }
    let project = project();
    let (mut person, program) = terminal();
    let other = || Stdio::from(program.try_clone().expect("descriptors are free"));
    let mut command = project.program(&APPLY);
    command.stdin(other()).stderr(other()).stdout(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    let mut shown = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&shown).contains("(1/3)") {
        let length = person.read(&mut part).expect("the question comes");
        shown.extend(&part[..length]);
    }
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("not zero");
    kill_process(pid, Signal::INT).expect("it is ours");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(is_fixed(&project), [false; 3]);
}
