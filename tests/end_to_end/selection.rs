//! What the two positional arguments choose: which rules speak, and for which size of file is measured.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Project, findings};

const OPERATIONS: [&str; 8] = [
    "copy",
    "read",
    "write",
    "streaming",
    "random-access",
    "metadata",
    "network",
    "async",
];

const MANIFEST: &str = "\
[package]
name = \"chosen\"
version = \"0.1.0\"
edition = \"2024\"
";

/// One place for each of several rules, of which some belong to two operations.
const PLACES: &str = r#"
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

pub fn copies(input: &mut File, output: &mut File) -> io::Result<()> {
    let mut buffer = [0; 8192];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        output.write_all(&buffer[..read])?;
    }
    Ok(())
}

pub fn copies_a_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copies_a_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

pub fn writes(path: &Path, numbers: &[u32]) -> io::Result<()> {
    let mut file = File::create(path)?;
    for number in numbers {
        writeln!(file, "{number}")?;
    }
    Ok(())
}

pub fn reads(path: &Path) -> io::Result<String> {
    let inner = BufReader::new(File::open(path)?);
    let mut outer = BufReader::new(inner);
    let mut first = String::new();
    outer.read_line(&mut first)?;
    Ok(first)
}

pub fn asks(folder: &Path) -> io::Result<usize> {
    let mut folders = 0;
    for entry in fs::read_dir(folder)? {
        folders += usize::from(entry?.path().is_dir());
    }
    Ok(folders)
}
"#;

fn project() -> Project {
    Project::of(&[("Cargo.toml", MANIFEST), ("src/lib.rs", PLACES)])
}

/// Each rule with its operations, as `rules` lists them.
fn rules(project: &Project) -> BTreeMap<String, Vec<String>> {
    let list = project.run(&["rules"]).ended(0).stdout;
    let mut lines = list.lines();
    let heading = lines.next().expect("a heading");
    let (from, to) = (
        heading.find("OPERATIONS").expect("a column of operations"),
        heading.find("FIX").expect("a column of fixes"),
    );
    lines
        .map(|line| {
            let name = line.split_whitespace().next().expect("a name").to_owned();
            let operations = line[from..to].split(',').map(|it| it.trim().to_owned());
            (name, operations.collect())
        })
        .collect()
}

fn found(project: &Project, arguments: &[&str]) -> BTreeSet<String> {
    let mut all = vec!["--fast", "--format", "json"];
    all.extend(arguments);
    let json = project.run(&all).ended(0).json();
    findings(&json)
        .iter()
        .map(|finding| finding["rule"].as_str().expect("a rule").to_owned())
        .collect()
}

#[test]
fn an_operation_lets_its_rules_speak_and_no_others() {
    let project = project();
    let rules = rules(&project);
    let all = found(&project, &[]);
    assert_eq!(all, found(&project, &["all"]));
    assert!(all.len() >= 4, "{all:?}");
    let mut heard = BTreeSet::new();
    for operation in OPERATIONS {
        if !rules
            .values()
            .any(|of| of.iter().any(|one| one == operation))
        {
            project
                .run(&["--fast", operation])
                .refused(&["no rule is about", operation]);
            continue;
        }
        let found = found(&project, &[operation]);
        for rule in &found {
            let belongs = rules[rule].iter().any(|one| one == operation);
            assert!(belongs, "{rule} speaks of {operation}");
        }
        heard.extend(found);
    }
    assert_eq!(heard, all, "every finding belongs to an operation");
}

#[test]
fn a_rule_of_two_operations_speaks_of_the_one_that_was_named() {
    let project = project();
    assert!(found(&project, &["read"]).contains("double_buffering"));
    assert!(!found(&project, &["write"]).contains("double_buffering"));
    assert!(found(&project, &["network"]).contains("tree_copy"));
}

#[test]
fn an_operation_and_a_rule_outside_it_are_refused() {
    project()
        .run(&["--fast", "copy", "--rule", "unbuffered_write"])
        .refused(&["leave no rule"]);
}

#[test]
fn nothing_larger_than_the_files_in_mind_is_measured() {
    let project = project();
    for (hint, largest) in [("small", 64 << 10), ("16KiB", 16 << 10)] {
        let run = project.run(&[
            "copy",
            hint,
            "--rule",
            "manual_copy_loop",
            "--types",
            "syntax",
            "--format",
            "json",
        ]);
        let json = run.ended(0).json();
        let sizes: BTreeSet<u64> = findings(&json)
            .iter()
            .flat_map(|finding| {
                finding["measurements"]
                    .as_array()
                    .expect("a list of measurements")
            })
            .map(|row| row["size"].as_u64().expect("a size"))
            .collect();
        assert_eq!(sizes.last(), Some(&largest), "{hint}");
        let headline = &findings(&json)[0]["measurement"]["size"];
        assert_eq!(headline.as_u64(), Some(largest), "{hint}");
    }
}
