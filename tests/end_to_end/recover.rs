//! `recover`, and the next `--apply`, after one that was cut off.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{MANIFEST, Project, SLOW};

const APPLY: [&str; 5] = ["--fast", "--apply", "--verify", "none", "--allow-no-vcs"];

const NAMES: [&str; 3] = ["src/a.rs", "src/b.rs", "src/c.rs"];

/// A project in which an `--apply` was cut off after its first file, as a crash leaves it; and the text it wrote.
fn cut_off() -> (Project, String) {
    let files = || {
        Project::of(&[
            ("Cargo.toml", MANIFEST),
            ("src/lib.rs", "pub mod a;\npub mod b;\npub mod c;\n"),
            (NAMES[0], SLOW),
            (NAMES[1], SLOW),
            (NAMES[2], SLOW),
        ])
    };
    let whole = files();
    whole.run(&APPLY).ended(0);
    let after = whole.read(NAMES[0]);
    assert!(after.contains("BufWriter"), "{after}");
    let project = files();
    let entry = |path: &str| {
        let name = Path::new(path).file_name().and_then(|name| name.to_str());
        let staged = format!(".{}.1.io-optimize.tmp", name.expect("a name"));
        serde_json::json!({"path": os(path), "staged": os(&staged), "before": SLOW, "after": after})
    };
    let journal = serde_json::json!({"version": 1, "entries": NAMES.map(entry)});
    project.write(
        "target/io-optimize/apply/journal.json",
        &journal.to_string(),
    );
    project.write("src/a.rs", &after);
    project.write("src/.b.rs.1.io-optimize.tmp", &after);
    project.write("src/.c.rs.1.io-optimize.tmp", &after);
    (project, after)
}

/// As the journal has a path.
fn os(path: &str) -> serde_json::Value {
    if cfg!(windows) {
        serde_json::json!({"Windows": path.encode_utf16().collect::<Vec<u16>>()})
    } else {
        serde_json::json!({"Unix": path.as_bytes()})
    }
}

fn journal(project: &Project) -> PathBuf {
    project.root().join("target/io-optimize/apply/journal.json")
}

fn names_in_src(project: &Project) -> Vec<String> {
    let entries = fs::read_dir(project.root().join("src")).expect("it is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string());
    let mut names: Vec<String> = names.map(|name| name.expect("text")).collect();
    names.sort();
    names
}

#[track_caller]
fn is_as_before(project: &Project) {
    for name in NAMES {
        assert_eq!(project.read(name), SLOW, "{name}");
    }
    assert_eq!(names_in_src(project), ["a.rs", "b.rs", "c.rs", "lib.rs"]);
    assert!(!journal(project).exists());
}

#[test]
fn what_was_cut_off_is_undone() {
    let (project, _) = cut_off();
    let run = project.run(&["recover"]).ended(0);
    assert_eq!(run.stdout, "src/a.rs\nsrc/b.rs\nsrc/c.rs\n");
    is_as_before(&project);
    let run = project.run(&["recover"]).ended(0);
    assert!(run.stderr.contains("nothing to recover"), "{run}");
}

#[test]
fn the_next_run_undoes_it_and_then_applies_everything() {
    let (project, after) = cut_off();
    let run = project.run(&APPLY).ended(0);
    assert!(run.stderr.contains("cut off"), "{run}");
    for name in NAMES {
        assert_eq!(project.read(name), after);
    }
    assert_eq!(names_in_src(&project), ["a.rs", "b.rs", "c.rs", "lib.rs"]);
}

#[test]
fn a_workspace_that_was_moved_meanwhile_is_recovered_where_it_is() {
    let (project, _) = cut_off();
    let moved = project.outside().join("elsewhere");
    fs::rename(project.root(), &moved).expect("folders can be moved");
    let mut command = project.program(&["recover"]);
    crate::support::Run::of(command.current_dir(&moved)).ended(0);
    fs::rename(&moved, project.root()).expect("folders can be moved");
    is_as_before(&project);
}

#[test]
fn a_damaged_journal_is_named_and_nothing_is_touched() {
    let (project, after) = cut_off();
    let text = fs::read(journal(&project)).expect("it is there");
    fs::write(journal(&project), &text[..text.len() / 2]).expect("files can be written");
    let before = project.contents();
    for arguments in [&["recover"][..], &APPLY] {
        project
            .run(arguments)
            .refused(&["journal.json", "version control"]);
    }
    let mut contents = project.contents();
    contents.remove(Path::new("Cargo.lock"));
    assert_eq!(before, contents);
    assert_eq!(project.read(NAMES[0]), after);
}

#[test]
fn what_somebody_changed_since_is_left_alone_and_the_texts_are_kept() {
    let (project, after) = cut_off();
    let edited = format!("{after}// Edited.\n");
    project.write(NAMES[0], &edited);
    let run = project.run(&["recover"]).ended(2);
    assert_eq!(run.stdout, "src/a.rs\n");
    assert!(run.stderr.contains("kept.json"), "{run}");
    assert_eq!(project.read(NAMES[0]), edited);
    assert_eq!(project.read(NAMES[1]), SLOW);
    assert_eq!(names_in_src(&project), ["a.rs", "b.rs", "c.rs", "lib.rs"]);
    project.run(&["recover"]).ended(0);
}
