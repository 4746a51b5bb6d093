//! Fixes that need more than edits: dependencies and new files.

mod support;

use std::collections::HashSet;
use std::path::PathBuf;

use model::{DependencySource, Finding, NewFile, Patch, Requirement};
use rewrite::{Checked, Manifest, Manifests, Plan, Selection, plan, verify};
use support::{edit, finding, id, sources};

fn manifests() -> Manifests {
    let text = "[package]\nname = \"example\"\n\n[dependencies]\n";
    Manifests {
        root: PathBuf::from("/nowhere"),
        all: vec![Manifest {
            path: "Cargo.toml".to_owned(),
            absolute: PathBuf::from("/nowhere/Cargo.toml"),
            text: text.to_owned(),
            package: Some("example".to_owned()),
        }],
        bundled: vec![file("Cargo.toml", "[package]\n"), file("src/lib.rs", "")].into(),
    }
}

fn file(path: &str, contents: &str) -> NewFile {
    NewFile {
        path: path.to_owned(),
        contents: contents.to_owned(),
    }
}

fn needs_runtime(name: &str, start: usize) -> Finding {
    let mut finding = finding(name, vec![edit(0, start, start + 1, "x")]);
    finding.suggestion.as_mut().unwrap().requires = vec![Requirement::Dependency {
        name: "io-optimize".to_owned(),
        version: "0.1.0".to_owned(),
        source: DependencySource::Bundled("io-optimize".to_owned()),
    }];
    finding
}

fn paths(patches: &[Patch]) -> Vec<&str> {
    patches.iter().map(|patch| patch.path.as_str()).collect()
}

const WHOLE: [&str; 4] = [
    "src/0.rs",
    "Cargo.toml",
    "io-optimize/Cargo.toml",
    "io-optimize/src/lib.rs",
];

fn planned(findings: &[Finding]) -> Plan {
    plan(
        findings,
        &sources(&["a b c\n"]),
        &manifests(),
        &Selection::default(),
    )
}

#[test]
fn a_dependency_stays_while_a_fix_needs_it_and_goes_with_the_last() {
    let sources = sources(&["a b c\n"]);
    let plan = planned(&[
        needs_runtime("one", 0),
        needs_runtime("two", 2),
        finding("three", vec![edit(0, 4, 5, "x")]),
    ]);
    let without = |names: &[&str]| {
        let names: HashSet<_> = names.iter().map(|name| id(name)).collect();
        plan.patches(&sources, &names)
    };
    let all = without(&[]);
    assert_eq!(paths(&all), WHOLE);
    assert_eq!(all[1].findings, [id("one"), id("two")]);
    assert!(
        all[1]
            .after
            .contains("io-optimize = { path = \"io-optimize\" }")
    );
    assert_eq!(
        (&all[2].before, all[2].after.as_str()),
        (&None, "[package]\n")
    );
    let one = without(&["two"]);
    assert_eq!(paths(&one), WHOLE);
    assert_eq!(one[2].findings, [id("one")]);
    assert_eq!(paths(&without(&["one", "two"])), ["src/0.rs"]);
}

#[test]
fn a_fix_that_the_dependency_breaks_is_dropped_with_it() {
    let sources = sources(&["a b c\n"]);
    let plan = planned(&[
        needs_runtime("one", 0),
        finding("two", vec![edit(0, 2, 3, "x")]),
    ]);
    let verification = verify(&plan, &sources, &[()], &mut |(), patches| {
        let broken = patches.iter().any(|patch| patch.path == "Cargo.toml");
        Ok(match broken {
            false => Checked::Passed,
            true => Checked::Failed {
                by: "rustc".to_owned(),
                errors: Vec::new(),
            },
        })
    })
    .unwrap();
    assert_eq!(verification.kept, [id("two")]);
    assert_eq!(paths(&verification.patches), ["src/0.rs"]);
}

#[test]
fn new_files_of_a_fix_are_part_of_the_plan_and_two_texts_of_one_are_not() {
    let creating = |name: &str, start: usize, contents: &str| {
        let mut finding = finding(name, vec![edit(0, start, start + 1, "x")]);
        finding.suggestion.as_mut().unwrap().creates = vec![file("src/new.rs", contents)];
        finding
    };
    let plan = planned(&[
        creating("one", 0, "1"),
        creating("two", 2, "1"),
        creating("three", 4, "3"),
    ]);
    let patches = plan.patches(&sources(&["a b c\n"]), &HashSet::new());
    assert_eq!(paths(&patches), ["src/0.rs", "src/new.rs"]);
    assert_eq!(patches[1].findings, [id("one"), id("two")]);
    assert_eq!(plan.not_applied.len(), 1);
    assert_eq!(plan.not_applied[0].id, id("three"));
}

#[test]
fn a_dependency_that_is_there_brings_no_files() {
    let sources = sources(&["a b c\n"]);
    let mut manifests = manifests();
    manifests.all[0].text += "io-optimize = \"0.1\"\n";
    let findings = [needs_runtime("one", 0)];
    let plan = plan(&findings, &sources, &manifests, &Selection::default());
    assert_eq!(
        paths(&plan.patches(&sources, &HashSet::new())),
        ["src/0.rs"]
    );
}
