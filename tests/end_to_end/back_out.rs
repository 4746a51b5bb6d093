//! Fixes that only rustc can refuse: each is taken out alone.

use crate::support::{Project, findings};

const FLAGS: [&str; 6] = [
    "--types",
    "syntax",
    "--no-bench",
    "--unsafe-fixes",
    "--format",
    "json",
];

/// A type named `BufReader`, a trait named `Write`, and a closure that must return `()`.
const BAD: [&str; 3] = ["src/reader.rs", "src/write.rs", "src/closure.rs"];

#[test]
fn a_fix_that_does_not_compile_is_dropped_and_the_others_stay() {
    let project = Project::fixture("breaks").committed();
    let json = project
        .run(&[&FLAGS[..], &["--apply"]].concat())
        .ended(3)
        .json();
    project.cargo(&["check", "--quiet"]);
    let applied = json["applied"].as_array().expect("a list");
    let in_file = |path: &str, applied_there: bool| {
        findings(&json)
            .iter()
            .filter(|finding| finding["path"] == path)
            .filter(|finding| applied.contains(&finding["id"]) == applied_there)
            .count()
    };
    assert_eq!(
        (in_file("src/fine.rs", true), in_file("src/fine.rs", false)),
        (2, 0)
    );
    for path in BAD {
        assert_eq!(in_file(path, true), 0, "{path}: {json:#}");
        let finding = findings(&json)
            .iter()
            .find(|finding| finding["path"] == path);
        let finding = finding.unwrap_or_else(|| panic!("nothing is found in {path}"));
        let dropped = json["not_applied"].as_array().expect("a list");
        let dropped = dropped.iter().find(|one| one["id"] == finding["id"]);
        let reason = dropped
            .and_then(|one| one["reason"].as_str())
            .unwrap_or_default();
        assert!(reason.contains("rustc"), "{path}: {reason}");
    }
    let changed = project.git(&["status", "--porcelain"]);
    assert_eq!(changed.trim(), "M src/fine.rs");
}

#[test]
fn a_person_is_told_which_fix_was_taken_out_and_why() {
    let project = Project::fixture("breaks").committed();
    let run = project.run(&[&FLAGS[..4], &["--apply"]].concat()).ended(3);
    for path in BAD {
        let told = run.stdout.lines().any(|line| {
            line.starts_with("backed out:") && line.contains(path) && line.contains("rustc")
        });
        assert!(told, "{path}: {run}");
    }
}

#[test]
fn a_fix_that_was_taken_out_comes_before_findings_that_are_left() {
    let project = Project::fixture("breaks").committed();
    project
        .run(&[&FLAGS[..], &["--apply", "--fail-on", "high"]].concat())
        .ended(3);
}
