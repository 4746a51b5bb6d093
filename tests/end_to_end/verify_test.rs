//! `--verify`: fixes that break a test, or that rustc has something new to say about, are taken out alone.

use serde_json::Value;

use crate::support::{MANIFEST, Project, Run, SLOW, findings};

const FLAGS: [&str; 6] = [
    "--types",
    "syntax",
    "--no-bench",
    "--unsafe-fixes",
    "--apply",
    "--verify",
];

/// What is written is looked at meanwhile, so that a buffer changes what is seen.
const WATCHED: &str = "\
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

pub fn lengths(path: &Path, numbers: &[u32]) -> io::Result<Vec<u64>> {
    let mut seen = Vec::new();
    let mut file = File::create(path)?;
    for number in numbers {
        writeln!(file, \"{number}\")?;
        seen.push(fs::metadata(path)?.len());
    }
    Ok(seen)
}

#[test]
fn every_number_is_seen() {
    let path = Path::new(\"seen.txt\");
    assert_eq!(lengths(path, &[1, 2, 3]).unwrap(), [2, 4, 6]);
}
";

fn json(project: &Project, how: &str) -> Run {
    project.run(&[&FLAGS[..], &[how, "--format", "json"]].concat())
}

/// The reasons why the fixes of a file were not applied.
#[track_caller]
fn reasons<'a>(json: &'a Value, path: &str) -> Vec<&'a str> {
    let not_applied = json["not_applied"].as_array().expect("a list");
    let reason = |finding: &Value| {
        let id = &finding["id"];
        let left = not_applied.iter().find(|left| left["id"] == *id);
        left.map(|left| left["reason"].as_str().expect("text"))
    };
    let found = findings(json).iter().filter(|it| it["path"] == path);
    found.filter_map(reason).collect()
}

/// How far the fixes of a file that were applied have been tried.
#[track_caller]
fn verified<'a>(json: &'a Value, path: &str) -> Vec<&'a str> {
    let applied = json["applied"].as_array().expect("a list");
    findings(json)
        .iter()
        .filter(|it| it["path"] == path && applied.contains(&it["id"]))
        .map(|it| it["suggestion"]["verified"].as_str().expect("text"))
        .collect()
}

/// Fixes that compile and that do not, one that breaks a test, and a test that failed before.
fn mixed() -> Project {
    let project = Project::fixture("breaks");
    let library = format!(
        "{}\npub mod watched;\n\n#[test]\nfn always_fails() {{\n    panic!(\"as ever\");\n}}\n",
        project.read("src/lib.rs")
    );
    project.write("src/lib.rs", &library);
    project.write("src/watched.rs", WATCHED);
    project.committed()
}

#[test]
fn a_fix_that_breaks_a_test_is_dropped_and_the_others_stay() {
    let project = mixed();
    let before = project.contents();
    let json = json(&project, "test").ended(3).json();
    assert_eq!(
        verified(&json, "src/fine.rs"),
        ["tested", "tested"],
        "{json:#}"
    );
    let watched = reasons(&json, "src/watched.rs");
    assert_eq!(watched.len(), 1, "{json:#}");
    assert!(
        watched[0].starts_with("cargo test: ")
            && watched[0].contains("watched::every_number_is_seen"),
        "{watched:?}"
    );
    let closure = reasons(&json, "src/closure.rs");
    assert!(closure[0].starts_with("rustc: "), "{closure:?}");
    let after = project.contents();
    let changed: Vec<_> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(*bytes))
        .map(|(path, _)| path.display().to_string())
        .filter(|path| !path.starts_with("target/CACHEDIR") && !path.starts_with("target/.rustc"))
        .collect();
    assert_eq!(changed, ["src/fine.rs"], "tests leave nothing");
}

#[test]
fn a_person_is_told_what_was_tested_and_what_broke_a_test() {
    let project = mixed();
    let run = project.run(&[&FLAGS[..], &["test"]].concat()).ended(3);
    assert!(run.stdout.contains("applied: 2 fixes (2 tested)"), "{run}");
    let told = run
        .stdout
        .lines()
        .any(|line| line.starts_with("backed out: src/watched.rs") && line.contains("cargo test"));
    assert!(told, "{run}");
    assert!(run.stderr.contains("not counted: 1"), "{run}");
    let report = project.read("target/io-optimize/report.md");
    assert!(report.contains("; tested: "), "{report}");
}

#[test]
fn without_tests_being_run_it_is_said_that_they_were_not() {
    let project = Project::small().committed();
    let run = project.run(&[&FLAGS[..], &["check"]].concat()).ended(0);
    assert!(
        run.stdout
            .contains("applied: 1 fix (1 compiled, tests not run)"),
        "{run}"
    );
}

#[test]
fn a_project_without_tests_is_compiled_only() {
    let project = Project::small().committed();
    let json = json(&project, "test").ended(0).json();
    assert_eq!(verified(&json, "src/lib.rs"), ["compiled"]);
    let what = json["failures"][0]["what"].as_str().unwrap_or_default();
    assert!(what.contains("no test passes"), "{json:#}");
}

#[test]
fn a_test_that_fails_now_and_then_costs_no_fix() {
    let project = Project::small();
    let runs = project.outside().join("runs");
    let test = format!(
        "{SLOW}
#[test]
fn fails_every_second_time() {{
    let path = {runs:?};
    let runs = std::fs::read(path).unwrap_or_default().len() + 1;
    std::fs::write(path, vec![0; runs]).unwrap();
    assert_eq!(runs % 2, 1);
}}

#[test]
fn passes() {{}}
"
    );
    project.write("src/lib.rs", &test);
    let project = project.committed();
    let json = json(&project, "test").ended(0).json();
    assert_eq!(verified(&json, "src/lib.rs"), ["tested"], "{json:#}");
    let runs = std::fs::read(runs).expect("the test was run").len();
    assert_eq!(runs, 3, "without the fix, with it, and once more");
}

#[test]
fn tests_that_do_not_build_as_they_are_refuse_it() {
    let project = Project::small();
    project.write("tests/broken.rs", "#[test]\nfn f() { let _: u8 = \"\"; }\n");
    let project = project.committed();
    let run = project.run(&[&FLAGS[..], &["test"]].concat());
    run.refused(&["do not build", "mismatched types", "`--verify check`"]);
    assert_eq!(project.read("src/lib.rs"), SLOW);
    project.run(&[&FLAGS[..], &["check"]].concat()).ended(0);
    assert!(project.read("src/lib.rs").contains("BufWriter"));
}

/// The copy loop is all that calls `chunk`; `unused` was unused before.
const LAST_CALL: &str = "\
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

fn chunk() -> Vec<u8> {
    vec![0; 65536]
}

fn unused() {}

pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = fs::File::open(from)?;
    let mut to = fs::File::create(to)?;
    let mut buffer = chunk();
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        to.write_all(&buffer[..length])?;
    }
    Ok(())
}
";

#[test]
fn a_fix_that_makes_the_compiler_warn_is_dropped_and_old_warnings_cost_none() {
    let save = SLOW.replace("pub fn save", "fn unused() {}\n\npub fn save");
    let project = Project::of(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "pub mod copy;\npub mod save;\n"),
        ("src/copy.rs", LAST_CALL),
        ("src/save.rs", &save),
    ])
    .committed();
    let json = json(&project, "check").ended(3).json();
    let copy = reasons(&json, "src/copy.rs");
    assert!(
        copy.iter()
            .any(|reason| reason.starts_with("rustc warns: ") && !reason.contains("`unused`")),
        "{json:#}"
    );
    assert_eq!(project.read("src/copy.rs"), LAST_CALL);
    assert_eq!(verified(&json, "src/save.rs"), ["compiled"]);
}
