//! `--runtime`: rewrites onto the runtime crate, with what they need besides.

use std::fs;
use std::path::Path;

use crate::support::{Project, Run, findings, repository};

pub(crate) const COPY: &str = "\
use std::fs;
use std::io;
use std::path::Path;

pub fn back_up(from: &Path, to: &Path) -> io::Result<()> {
    let bytes = fs::read(from)?;
    fs::write(to, bytes)?;
    Ok(())
}
";

pub(crate) const PRIVATE: &str = "\
[package]
name = \"small\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[dependencies]
";

pub(crate) fn private() -> Project {
    Project::of(&[("Cargo.toml", PRIVATE), ("src/lib.rs", COPY)])
}

pub(crate) const APPLY: [&str; 6] = [
    "--no-bench",
    "--apply",
    "--unsafe-fixes",
    "--allow-no-vcs",
    "--format",
    "json",
];

fn apply(project: &Project, runtime: &str) -> Run {
    let mut arguments = APPLY.to_vec();
    arguments.extend(["--runtime", runtime]);
    project.run(&arguments)
}

#[track_caller]
pub(crate) fn applied(run: &Run) -> usize {
    run.json()["applied"].as_array().expect("a list").len()
}

#[test]
fn the_bundled_crate_is_copied_in_compiles_and_is_left_alone_by_the_next_run() {
    let project = private();
    project.cargo(&["generate-lockfile"]);
    let run = apply(&project, "vendored").ended(0);
    assert_eq!(applied(&run), 1, "{run}");
    assert!(
        project
            .read("src/lib.rs")
            .contains("    io_optimize::copy(from, to)?;\n")
    );
    assert_eq!(
        project.read("Cargo.toml"),
        format!("{PRIVATE}io-optimize = {{ path = \"io-optimize\" }}\n")
    );
    for path in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "src/lib.rs"] {
        assert!(
            project.root().join("io-optimize").join(path).is_file(),
            "{path}"
        );
    }
    let lock = project.read("Cargo.lock");
    assert!(lock.contains("name = \"io-optimize\""), "{lock}");
    assert!(!lock.contains("name = \"tokio\""), "{lock}");
    project.cargo(&["check", "--locked", "--all-targets"]);
    let before = project.contents();
    let again = apply(&project, "vendored").ended(0);
    assert_eq!(applied(&again), 0, "{again}");
    project.write("src/lib.rs", COPY);
    let third = apply(&project, "vendored").ended(0);
    assert_eq!(applied(&third), 1, "{third}");
    let sources = |contents: &std::collections::BTreeMap<_, Vec<u8>>| {
        let mut contents = contents.clone();
        contents.retain(|path: &std::path::PathBuf, _| !path.starts_with("target"));
        contents
    };
    assert_eq!(sources(&project.contents()), sources(&before));
}

#[test]
fn in_a_workspace_the_copy_lies_among_the_crates_and_is_inherited_as_the_others_are() {
    let member = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
        [dependencies]\nhelper.workspace = true\n";
    let root = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n\n\
        [workspace.dependencies]\nhelper = { path = \"crates/helper\" }\n";
    let project = Project::of(&[
        ("Cargo.toml", root),
        ("crates/app/Cargo.toml", member),
        ("crates/app/src/lib.rs", COPY),
        (
            "crates/helper/Cargo.toml",
            "[package]\nname = \"helper\"\nversion = \"0.1.0\"\npublish = false\nedition = \"2024\"\n",
        ),
        ("crates/helper/src/lib.rs", ""),
    ]);
    let run = apply(&project, "vendored").ended(0);
    assert_eq!(applied(&run), 1, "{run}");
    assert_eq!(
        project.read("crates/app/Cargo.toml"),
        format!("{member}io-optimize.workspace = true\n")
    );
    assert_eq!(
        project.read("Cargo.toml"),
        format!("{root}io-optimize = {{ path = \"crates/io-optimize\" }}\n")
    );
    project.cargo(&["check", "--all-targets"]);
    // The copy is a member now, and its tests need crates that it does not have.
    project.cargo(&["test", "--no-run"]);
    let audit = project
        .run(&["--no-bench", "--format", "json", "--confidence", "low"])
        .ended(0)
        .json();
    assert_eq!(findings(&audit), &[] as &[serde_json::Value]);
}

#[test]
fn a_folder_is_named_from_the_manifest() {
    let project = private();
    let runtime = repository().join("crates/io-optimize");
    let run = apply(&project, &format!("path={}", runtime.display())).ended(0);
    assert_eq!(applied(&run), 1, "{run}");
    let manifest = project.read("Cargo.toml");
    let line = manifest.lines().last().expect("lines");
    let path = line
        .strip_prefix("io-optimize = { path = \"")
        .and_then(|rest| rest.split_once('"'))
        .expect("a path")
        .0;
    assert!(Path::new(path).is_relative(), "{line}");
    assert_eq!(
        project
            .root()
            .join(path)
            .canonicalize()
            .expect("it is there"),
        runtime.canonicalize().expect("it is there")
    );
    project.cargo(&["check"]);
    assert!(!project.root().join("io-optimize").exists());
}

#[test]
fn what_cannot_have_the_crate_is_refused_in_one_sentence_and_nothing_changes() {
    let refused = |project: &Project, arguments: &[&str], words: &[&str]| {
        let before = project.contents();
        project.run(arguments).refused(words);
        assert_eq!(project.contents(), before);
    };
    let vendored = ["--no-bench", "--runtime", "vendored"];
    refused(
        &Project::small(),
        &vendored,
        &["`small`", "published", "publish = false"],
    );
    refused(
        &Project::small(),
        &["--fast", "--runtime", "registry"],
        &["`--fast` starts nothing"],
    );
    let project = private();
    project.write(
        "Cargo.toml",
        &PRIVATE.replace(
            "edition = \"2024\"",
            "edition = \"2021\"\nrust-version = \"1.70\"",
        ),
    );
    refused(&project, &vendored, &["Rust 1.70", "1.78"]);
    let project = private();
    project.write("io-optimize/mine.txt", "");
    refused(&project, &vendored, &["is there", "move it away"]);
    refused(
        &project,
        &["--no-bench", "--runtime", "path=src"],
        &["path=src"],
    );
    refused(
        &project,
        &["--no-bench", "--runtime", "path=."],
        &["is not the package io-optimize"],
    );
}

#[test]
fn a_locked_run_leaves_out_what_would_change_the_lock_file() {
    let project = private();
    project.cargo(&["generate-lockfile"]);
    let mut arguments = APPLY.to_vec();
    arguments.extend(["--runtime", "vendored", "--locked"]);
    let run = project.run(&arguments).ended(0);
    let json = run.json();
    assert_eq!(applied(&run), 0, "{run}");
    let reason = json["not_applied"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("`--locked`"), "{reason}");
    assert_eq!(project.read("src/lib.rs"), COPY);
}

#[test]
fn without_the_flag_std_is_the_suggestion_and_the_runtime_crate_an_alternative() {
    let project = private();
    let title = |fix: &serde_json::Value| fix["title"].as_str().expect("a title").to_owned();
    let json = |arguments: &[&str]| {
        let mut all = vec!["--fast", "--format", "json"];
        all.extend(arguments);
        project.run(&all).ended(0).json()
    };
    let std = json(&[]);
    let finding = &findings(&std)[0];
    assert!(title(&finding["suggestion"]).contains("`fs::copy`"));
    assert_eq!(finding["suggestion"]["requires"], serde_json::json!([]));
    assert!(title(&finding["alternatives"][0]).contains("`io_optimize::copy`"));
    let vendored = json(&["--runtime", "vendored"]);
    let finding = &findings(&vendored)[0];
    assert!(title(&finding["suggestion"]).contains("`io_optimize::copy`"));
    assert_eq!(
        finding["suggestion"]["requires"],
        serde_json::json!([{
            "dependency": "io-optimize",
            "version": env!("CARGO_PKG_VERSION"),
            "path": "io-optimize",
            "bundled": true,
        }])
    );
    assert!(title(&finding["alternatives"][0]).contains("`fs::copy`"));
}

#[test]
fn the_patch_has_the_crate_and_git_takes_it() {
    let project = private().committed();
    let patch = project
        .run(&[
            "--fast",
            "--unsafe-fixes",
            "--runtime",
            "vendored",
            "--format",
            "patch",
        ])
        .ended(0)
        .stdout;
    fs::write(project.outside().join("all.patch"), patch).expect("files can be written");
    project.git(&["apply", "../all.patch"]);
    project.cargo(&["check"]);
    assert!(project.read("src/lib.rs").contains("io_optimize::copy"));
}

#[test]
fn a_fix_whose_dependency_cannot_be_had_is_dropped_with_its_manifest_and_files() {
    let project = private();
    // Another package of that name, which has no such function.
    project.write(
        "other/Cargo.toml",
        "[package]\nname = \"io-optimize\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    project.write("other/src/lib.rs", "");
    let before = project.contents();
    let run = apply(&project, "path=other").ended(3);
    assert_eq!(applied(&run), 0, "{run}");
    let mut after = project.contents();
    after.retain(|path, _| !path.starts_with("target"));
    assert_eq!(after, before);
}

#[test]
fn streams_and_lines_go_onto_the_crate_too_and_the_tree_compiles() {
    const STREAMS: &str = r"pub mod lines;
pub mod tree;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut input = File::open(from)?;
    let mut output = File::create(to)?;
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

pub fn boxed(from: &Path, to: &Path) -> io::Result<u64> {
    let mut input = Box::new(File::open(from)?);
    io::copy(&mut input, &mut File::create(to)?)
}
";
    const LINES: &str = "use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

pub fn longest(path: &Path) -> io::Result<usize> {
    let mut longest = 0;
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        longest = longest.max(width(&line));
    }
    Ok(longest)
}

fn width(line: &str) -> usize {
    line.trim_end().chars().count()
}
";
    const TREE: &str = "use std::fs;
use std::io;
use std::path::Path;

pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(entry.path(), to.as_ref().join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.as_ref().join(entry.file_name()))?;
        }
    }
    Ok(())
}
";
    let project = private();
    project.write("src/lib.rs", STREAMS);
    project.write("src/lines.rs", LINES);
    project.write("src/tree.rs", TREE);
    let before = project.run(&["--fast", "--format", "patch", "--unsafe-fixes"]);
    assert!(!before.stdout.contains("io_optimize"), "{before}");
    let runtime = repository().join("crates/io-optimize");
    let run = apply(&project, &format!("path={}", runtime.display())).ended(0);
    assert_eq!(applied(&run), 4, "{run}");
    for (file, call) in [
        (
            "lib",
            "    io_optimize::io_copy(&mut input, &mut output)?;\n",
        ),
        (
            "lib",
            "    io_optimize::io_copy(&mut input, &mut File::create(to)?)\n",
        ),
        ("lib", "use std::fs::File;\nuse std::io;\n"),
        (
            "lines",
            "    let mut reader = io_optimize::LineReader::new(File::open(path)?);\n",
        ),
        ("lines", "    while let Some(line) = reader.next_str()? {\n"),
        ("lines", "width(line)"),
        ("tree", "    io_optimize::TreeOptions::new()\n"),
        ("tree", "        .copy(from, &to)?;\n"),
    ] {
        let after = project.read(&format!("src/{file}.rs"));
        assert!(after.contains(call), "{after}");
    }
    project.cargo(&["check"]);
}
