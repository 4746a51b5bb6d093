//! `--format patch` and the diffs of the report are for `git apply`: whatever the files are like, it gives what `--apply` gives.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::support::{MANIFEST, Project, SLOW};

/// One module of each kind that is hard to patch.
fn hard() -> Project {
    let project = Project::of(&[("Cargo.toml", MANIFEST)]);
    let modules = [
        ("crlf.rs", SLOW.replace('\n', "\r\n")),
        ("no_newline.rs", SLOW.trim_end().to_owned()),
        ("crlf_no_newline.rs", SLOW.trim_end().replace('\n', "\r\n")),
        ("bom.rs", format!("\u{feff}{SLOW}")),
        (
            "bom_crlf.rs",
            format!("\u{feff}{}", SLOW.replace('\n', "\r\n")),
        ),
        ("with two  spaces.rs", SLOW.to_owned()),
        ("größe 長さ.rs", SLOW.to_owned()),
        ("a folder/mod.rs", SLOW.to_owned()),
        ("b/src/lib.rs", SLOW.to_owned()),
    ];
    let mut library = String::new();
    for (number, (path, text)) in modules.iter().enumerate() {
        project.write(&format!("src/{path}"), text);
        library += &format!("#[path = \"{path}\"]\npub mod m{number};\n");
    }
    project.write("src/lib.rs", &library);
    project
}

fn sources(project: &Project) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let contents = project.contents().into_iter();
    contents
        .filter(|(path, _)| path.starts_with("src"))
        .collect()
}

fn applied() -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let project = hard();
    let flags = ["--fast", "--apply", "--verify", "none", "--allow-no-vcs"];
    project.run(&flags).ended(0);
    sources(&project)
}

fn git_apply(project: &Project, folder: &Path, arguments: &[&str], patch: &str) {
    let mut command = project.git_command(&[&["apply"], arguments].concat());
    let mut git = command
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let mut stdin = git.stdin.take().expect("it is piped");
    stdin.write_all(patch.as_bytes()).expect("git reads");
    drop(stdin);
    assert!(git.wait().expect("it ends").success(), "{patch}");
}

#[test]
fn git_makes_the_same_files_of_the_patch() {
    let project = hard().committed();
    let patch = project
        .run(&["--fast", "--format", "patch"])
        .ended(0)
        .stdout;
    assert_eq!(patch.matches("\n+++ b/").count(), 9, "{patch}");
    git_apply(&project, &project.root(), &["--check"], &patch);
    git_apply(&project, &project.root(), &[], &patch);
    assert_eq!(sources(&project), applied());
}

#[test]
fn a_workspace_below_the_root_of_its_repository_is_patched_from_its_own_root() {
    let project = hard();
    // Repository and workspace have folders of one name, which git would take for the workspace itself.
    let repository = project.outside();
    let outer = |arguments: &[&str]| {
        let mut command = project.git_command(arguments);
        let status = command.current_dir(&repository).status();
        assert!(status.expect("git is installed").success());
    };
    outer(&["init", "--quiet"]);
    outer(&["add", "--all", "project"]);
    let patch = project
        .run(&["--fast", "--format", "patch"])
        .ended(0)
        .stdout;
    git_apply(
        &project,
        &repository,
        &["--check", "--directory=project"],
        &patch,
    );
    git_apply(&project, &project.root(), &["-p1"], &patch);
    assert_eq!(sources(&project), applied());
}

#[test]
fn the_diffs_of_the_report_are_taken_too() {
    let project = hard().committed();
    let report = project
        .run(&["--fast", "--format", "markdown"])
        .ended(0)
        .stdout;
    let mut patch = String::new();
    let mut inside = false;
    // Not `lines`, which would take the `\r` away.
    for line in report.split_inclusive('\n') {
        match line.trim_end() {
            "```diff" => inside = true,
            "```" => inside = false,
            _ if inside => patch += line,
            _ => {}
        }
    }
    git_apply(&project, &project.root(), &[], &patch);
    let wanted = applied();
    let found = sources(&project);
    assert_eq!(found, wanted);
}

#[test]
fn only_the_rule_that_was_named_is_in_it_or_applied() {
    let project = Project::fixture("example").committed();
    let patch = project
        .run(&["--fast", "--format", "patch", "--rule", "unbuffered_write"])
        .ended(0)
        .stdout;
    let all = project
        .run(&["--fast", "--format", "patch"])
        .ended(0)
        .stdout;
    assert!(!patch.is_empty() && patch.len() < all.len(), "{patch}");
    let flags = [
        "--types",
        "syntax",
        "--no-bench",
        "--verify",
        "none",
        "--apply",
    ];
    project
        .run(&[&flags[..], &["--rule", "unbuffered_write"]].concat())
        .ended(0);
    git_apply(&project, &project.root(), &["--reverse"], &patch);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn only_the_package_that_was_named_is_in_it_or_applied() {
    let project = Project::of(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n",
        ),
        ("one/Cargo.toml", &MANIFEST.replace("small", "one")),
        ("one/src/lib.rs", SLOW),
        ("two/Cargo.toml", &MANIFEST.replace("small", "two")),
        ("two/src/lib.rs", SLOW),
    ]);
    let patch = project
        .run(&["--fast", "--format", "patch", "-p", "two"])
        .ended(0)
        .stdout;
    assert!(
        patch.contains("b/two/src/lib.rs") && !patch.contains("one/"),
        "{patch}"
    );
    let flags = [
        "--fast",
        "--apply",
        "--verify",
        "none",
        "--allow-no-vcs",
        "-p",
        "two",
    ];
    project.run(&flags).ended(0);
    assert_eq!(project.read("one/src/lib.rs"), SLOW);
    assert!(project.read("two/src/lib.rs").contains("BufWriter"));
}
