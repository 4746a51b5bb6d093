//! `--apply`: what is changed, what is not, and when it is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Project, findings};

#[test]
fn the_tree_compiles_and_a_second_run_applies_nothing() {
    let project = Project::fixture("example").committed();
    let first = project
        .run(&["--no-bench", "--apply", "--format", "json"])
        .ended(0)
        .json();
    assert!(
        first["applied"]
            .as_array()
            .is_some_and(|applied| applied.len() >= 3),
        "{first:#}"
    );
    project.cargo(&["check", "--quiet"]);
    project.commit();
    let second = project
        .run(&["--no-bench", "--apply", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(second["applied"], serde_json::json!([]));
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn an_alternative_is_shown_and_never_applied() {
    const LOAD: &str = "use std::fs::File;
use std::io;

pub fn load(path: &str) -> io::Result<serde_json::Value> {
    let file = File::open(path)?;
    let value = serde_json::from_reader(file)?;
    Ok(value)
}
";
    let manifest = "[package]\nname = \"load\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                    [dependencies]\nserde_json = \"1\"\n\n[workspace]\n";
    let project = Project::of(&[("Cargo.toml", manifest), ("src/lib.rs", LOAD)]);
    let json = project.run(&["--fast", "--format", "json"]).ended(0).json();
    let [finding] = findings(&json) else {
        panic!("{json:#}");
    };
    assert_eq!(
        finding["alternatives"][0]["applicability"],
        "maybe-incorrect"
    );
    assert_ne!(finding["alternatives"][0]["edits"], serde_json::json!([]));
    let text = project.run(&["--fast", "--verbose"]).ended(0).stdout;
    assert!(
        text.contains("serde_json::from_slice(&std::fs::read(path)?)?"),
        "{text}"
    );

    let apply = [
        "--fast",
        "--apply",
        "--unsafe-fixes",
        "--verify",
        "none",
        "--allow-no-vcs",
    ];
    project.run(&apply).ended(0);
    let buffered = "    let file = io::BufReader::new(File::open(path)?);\n";
    let opened = "    let file = File::open(path)?;\n";
    assert_eq!(project.read("src/lib.rs"), LOAD.replace(opened, buffered));
}

#[test]
fn what_rustfmt_left_unchanged_before_it_leaves_unchanged_after() {
    let project = Project::fixture("example").committed();
    project.cargo(&["fmt", "--check"]);
    project.run(&["--no-bench", "--apply"]).ended(0);
    project.cargo(&["fmt", "--check"]);
}

#[test]
fn only_the_edited_files_change() {
    let project = Project::fixture("example").committed();
    project.cargo(&["build", "--quiet"]);
    let before = project.contents();
    let binary = format!(
        "target/debug/weather-station{}",
        std::env::consts::EXE_SUFFIX
    );
    assert!(before.contains_key(Path::new(&binary)));
    let json = project
        .run(&["--no-bench", "--apply", "--format", "json"])
        .ended(0)
        .json();
    let after = project.contents();
    let changed: BTreeSet<PathBuf> = before
        .iter()
        .filter(|(path, bytes)| after.get(*path) != Some(*bytes))
        .map(|(path, _)| path.clone())
        .collect();
    let applied = json["applied"].as_array().expect("a list");
    let edited: BTreeSet<PathBuf> = findings(&json)
        .iter()
        .filter(|finding| applied.contains(&finding["id"]))
        .flat_map(edits)
        .map(|edit| PathBuf::from(edit.path))
        .collect();
    assert!(!edited.is_empty());
    assert_eq!(changed, edited);
    let added: Vec<_> = after
        .keys()
        .filter(|path| !before.contains_key(*path))
        .collect();
    assert!(
        added.iter().all(|path| path.starts_with("target")),
        "{added:?}"
    );
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TextEdit {
    path: String,
    start: usize,
    end: usize,
    replacement: String,
}

fn edits(finding: &Value) -> Vec<TextEdit> {
    let Some(edits) = finding["suggestion"]["edits"].as_array() else {
        return Vec::new();
    };
    let offset =
        |value: &Value| usize::try_from(value.as_u64().expect("an offset")).expect("small");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    edits
        .iter()
        .map(|edit| TextEdit {
            path: text(&edit["path"]),
            start: offset(&edit["start"]),
            end: offset(&edit["end"]),
            replacement: text(&edit["replacement"]),
        })
        .collect()
}

#[test]
fn the_edits_of_the_json_taken_by_hand_give_the_same_text() {
    let project = Project::fixture("example").committed();
    let original = project.contents();
    let before = project
        .run(&["--no-bench", "--format", "json"])
        .ended(0)
        .json();
    let after = project
        .run(&["--no-bench", "--apply", "--format", "json"])
        .ended(0)
        .json();
    let applied = after["applied"].as_array().expect("a list");
    let by_hand: BTreeSet<TextEdit> = findings(&before)
        .iter()
        .filter(|finding| applied.contains(&finding["id"]))
        .flat_map(edits)
        .collect();
    assert!(!by_hand.is_empty());
    let mut files = original.clone();
    for edit in by_hand.iter().rev() {
        let text = files
            .get_mut(Path::new(&edit.path))
            .expect("a file of the project");
        text.splice(edit.start..edit.end, edit.replacement.bytes());
    }
    for (path, text) in original.keys().map(|path| (path, &files[path])) {
        let path = path.to_str().expect("plain names");
        assert_eq!(project.read(path), String::from_utf8_lossy(text), "{path}");
    }
}

#[test]
fn line_endings_and_a_byte_order_mark_stay() {
    let project = Project::small();
    let text = format!(
        "\u{feff}{}",
        project.read("src/lib.rs").replace('\n', "\r\n")
    );
    project.write("src/lib.rs", &text);
    project
        .run(&["--no-bench", "--apply", "--allow-no-vcs"])
        .ended(0);
    let after = project.read("src/lib.rs");
    assert!(
        after.contains("BufWriter") && after.starts_with('\u{feff}'),
        "{after:?}"
    );
    assert_eq!(
        after.matches('\n').count(),
        after.matches("\r\n").count(),
        "{after:?}"
    );
}

#[test]
fn without_version_control_it_has_to_be_allowed() {
    let project = Project::small();
    let before = project.contents();
    project
        .run(&["--no-bench", "--apply"])
        .refused(&["--allow-no-vcs"]);
    assert_eq!(before, project.contents());
    project
        .run(&["--no-bench", "--apply", "--allow-no-vcs"])
        .ended(0);
    assert!(project.read("src/lib.rs").contains("BufWriter"));
}

#[test]
fn over_changes_that_are_not_committed_it_has_to_be_allowed() {
    let project = Project::small().committed();
    let text = format!("{}\n// A note.\n", project.read("src/lib.rs"));
    project.write("src/lib.rs", &text);
    project
        .run(&["--no-bench", "--apply"])
        .refused(&["--allow-dirty"]);
    assert_eq!(text, project.read("src/lib.rs"));
    project
        .run(&["--no-bench", "--apply", "--allow-dirty"])
        .ended(0);
    let after = project.read("src/lib.rs");
    assert!(
        after.contains("BufWriter") && after.contains("// A note."),
        "{after}"
    );
}

#[test]
fn over_changes_that_are_staged_it_has_to_be_allowed() {
    let project = Project::small().committed();
    let text = format!("{}\n// A note.\n", project.read("src/lib.rs"));
    project.write("src/lib.rs", &text);
    project.git(&["add", "--all"]);
    project
        .run(&["--no-bench", "--apply"])
        .refused(&["--allow-staged"]);
    assert_eq!(text, project.read("src/lib.rs"));
    project
        .run(&["--no-bench", "--apply", "--allow-staged"])
        .ended(0);
    assert!(project.read("src/lib.rs").contains("BufWriter"));
}

#[test]
fn a_rewrite_that_does_not_pay_here_is_left_alone() {
    let project = Project::small().committed();
    let flags = ["--apply", "--min-gain", "1000000", "--format", "json"];
    let json = project.run(&flags).ended(0).json();
    assert_eq!(json["applied"], serde_json::json!([]), "{json:#}");
    let reason = json["not_applied"][0]["reason"]
        .as_str()
        .unwrap_or_default();
    assert!(reason.contains("not worth it"), "{json:#}");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}
