//! rustc as a witness: receivers whose types no reader of the syntax can know.

use std::collections::BTreeSet;

use crate::support::{Project, places};

const FLAGS: [&str; 4] = ["--workspace", "--no-bench", "--format", "json"];
const SOURCES: [&str; 2] = ["app/src/main.rs", "store/src/lib.rs"];

/// The marked lines, as `path:line rule`.
fn marked(project: &Project) -> BTreeSet<String> {
    let mut marked = BTreeSet::new();
    for path in SOURCES {
        for (number, line) in project.read(path).lines().enumerate() {
            if let Some((_, rule)) = line.split_once("//~ ") {
                marked.insert(format!("{path}:{} {rule}", number + 1));
            }
        }
    }
    marked
}

fn found(project: &Project, more: &[&str]) -> BTreeSet<String> {
    places(&project.run(&[&FLAGS[..], more].concat()).ended(0).json())
        .into_iter()
        .collect()
}

#[test]
fn rustc_knows_what_syntax_does_not() {
    let project = Project::fixture("types");
    let marked = marked(&project);
    assert!(marked.len() >= 6);
    assert_eq!(found(&project, &["--types", "rustc"]), marked);
    assert_eq!(found(&project, &["--types", "syntax"]), BTreeSet::new());
}

#[test]
fn one_cargo_invocation_answers_for_all_packages() {
    let project = Project::fixture("types");
    let run = project
        .run(&["--workspace", "--no-bench", "--report", "report.md"])
        .ended(0);
    let checks: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("executed:") && line.contains("cargo check"))
        .collect();
    assert_eq!(checks.len(), 1, "{run}");
    let report = project.read("report.md");
    assert_eq!(report.matches("cargo check").count(), 1, "{report}");
}

#[test]
fn only_the_package_that_was_edited_is_asked_again() {
    let project = Project::fixture("types");
    let answered = |run: &crate::support::Run| -> Vec<&'static str> {
        ["app", "store"]
            .into_iter()
            .filter(|name| run.stderr.contains(&format!("Checking {name} v")))
            .collect()
    };
    let first = project.run(&FLAGS).ended(0);
    assert_eq!(answered(&first), ["app", "store"], "{first}");
    let again = project.run(&FLAGS).ended(0);
    assert!(answered(&again).is_empty(), "{again}");
    assert_eq!(places(&first.json()), places(&again.json()));
    // The body of one function, whose line numbers stay.
    let text = project.read("app/src/main.rs");
    let edited = text.replacen("let numbers = [1, 2];", "let numbers = [1, 2, 3];", 1);
    assert_ne!(text, edited);
    project.write("app/src/main.rs", &edited);
    let after = project.run(&FLAGS).ended(0);
    assert_eq!(answered(&after), ["app"], "{after}");
    assert_eq!(places(&first.json()), places(&after.json()));
}
