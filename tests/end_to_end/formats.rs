//! What other programs read.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Project, findings};

const FINDING: [&str; 20] = [
    "id",
    "rule",
    "operation",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "span",
    "function",
    "message",
    "why",
    "related",
    "confidence",
    "measurement",
    "measurements",
    "trace",
    "suggestion",
    "alternatives",
    "suppressed",
];

#[track_caller]
fn has(value: &Value, fields: &[&str]) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {value}"));
    for field in fields {
        assert!(object.contains_key(*field), "no `{field}` in {value:#}");
    }
}

#[test]
fn json_has_the_fields_of_its_schema() {
    let project = Project::fixture("example");
    let json = project
        .run(&["--bench-budget", "2s", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(json["schema_version"], 1);
    has(
        &json,
        &[
            "tool",
            "project",
            "analysis",
            "host",
            "findings",
            "applied",
            "not_applied",
            "failures",
            "summary",
        ],
    );
    has(&json["tool"], &["name", "version"]);
    has(&json["project"], &["root", "packages"]);
    has(
        &json["analysis"],
        &["types", "files", "lines", "elapsed_ms", "not_analysed"],
    );
    assert!(json["host"].is_object(), "{:#}", json["host"]);
    for finding in findings(&json) {
        has(finding, &FINDING);
        if finding["suggestion"].is_object() {
            let fields = [
                "title",
                "applicability",
                "edits",
                "creates",
                "requires",
                "verified",
            ];
            has(&finding["suggestion"], &fields);
        }
        if finding["measurement"].is_object() {
            let fields = [
                "workload",
                "size",
                "baseline_ns",
                "optimized_ns",
                "ratio",
                "ratio_ci",
                "samples",
                "cache",
                "worth_it",
            ];
            has(&finding["measurement"], &fields);
        }
        for measurement in finding["measurements"].as_array().expect("a list") {
            let fields = [
                "method",
                "size",
                "cache",
                "time_ns",
                "bytes_per_s",
                "ratio",
                "ratio_ci",
                "samples",
            ];
            has(measurement, &fields);
        }
    }
}

#[test]
fn places_in_json_are_those_of_the_text() {
    let project = Project::fixture("example");
    let json = project.run(&["--fast", "--format", "json"]).ended(0).json();
    assert!(!findings(&json).is_empty());
    for finding in findings(&json) {
        let text = project.read(finding["path"].as_str().expect("a path"));
        let offset = |name: &str| {
            let offset = finding["span"][name].as_u64().expect("an offset");
            usize::try_from(offset).expect("small files")
        };
        let before = &text[..offset("start")];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        assert_eq!(finding["line"], line, "{finding:#}");
        assert_eq!(finding["column"], column, "{finding:#}");
        assert!(offset("start") < offset("end"), "{finding:#}");
    }
}

#[test]
fn a_finding_keeps_its_name_when_lines_move() {
    let project = Project::small();
    let id = || {
        let json = project.run(&["--fast", "--format", "json"]).ended(0).json();
        assert_eq!(findings(&json).len(), 1);
        findings(&json)[0]["id"].to_string()
    };
    let before = id();
    let moved = format!("//! Moved.\n\n{}", project.read("src/lib.rs"));
    project.write("src/lib.rs", &moved);
    assert_eq!(before, id());
}

#[test]
fn git_takes_the_patch() {
    let project = Project::fixture("example").committed();
    let patch = project
        .run(&["--no-bench", "--format", "patch"])
        .ended(0)
        .stdout;
    assert!(patch.contains("+++ b/src/"), "{patch}");
    let mut git = Command::new("git")
        .args(["apply", "--check"])
        .current_dir(project.root())
        .stdin(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let mut stdin = git.stdin.take().expect("it is piped");
    stdin.write_all(patch.as_bytes()).expect("git reads");
    drop(stdin);
    assert!(git.wait().expect("it ends").success(), "{patch}");
}

#[test]
fn only_the_data_goes_to_stdout() {
    let project = Project::small();
    let markdown = project
        .run(&["--no-bench", "--format", "markdown"])
        .ended(0)
        .stdout;
    assert!(markdown.starts_with("# "), "{markdown}");
    assert_eq!(markdown, project.read("target/io-optimize/report.md"));
}
