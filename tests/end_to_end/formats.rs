//! What other programs read.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Project, findings};

const FINDING: [&str; 21] = [
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
    "measurement_note",
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

#[test]
fn the_report_on_disk_has_its_pictures_beside_it_and_links_to_github() {
    let project = Project::fixture("example").committed();
    project.git(&["remote", "add", "origin", "git@github.com:owner/repo.git"]);
    let arguments = ["--bench-budget", "2s", "--format", "markdown"];
    let printed = project
        .run(&[&arguments[..], &["--report", "out/audit.md"]].concat())
        .ended(0)
        .stdout;
    let report = project.read("out/audit.md");
    let pictures: Vec<&str> = report
        .split("](audit-plots/")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(name, _)| name)
        .collect();
    assert!(!pictures.is_empty(), "{report}");
    for picture in pictures {
        let svg = project.read(&format!("out/audit-plots/{picture}"));
        assert!(svg.starts_with("<svg "), "{svg}");
    }
    assert!(
        !printed.contains("!["),
        "a comment cannot show them: {printed}"
    );
    let commit = project.git(&["rev-parse", "HEAD"]);
    let link = format!("(https://github.com/owner/repo/blob/{}/src/", commit.trim());
    for text in [&report, &printed] {
        assert!(text.contains(&link), "no {link} in {text}");
    }
    assert!(!project.root().join("out/audit-full.md").exists());
}

#[test]
fn a_report_is_a_page_by_its_ending_or_by_its_format() {
    let project = Project::fixture("example").committed();
    let arguments = ["--fast", "--format", "html", "--report", "page.HTML"];
    let printed = project.run(&arguments).ended(0).stdout;
    assert!(
        printed.starts_with("<!DOCTYPE html><html lang=\"en\">"),
        "{printed}"
    );
    assert!(
        !printed.contains("github.com"),
        "there is no remote: {printed}"
    );
    assert_eq!(printed, project.read("page.HTML"));
}
