//! What git makes of a patch.
#![expect(clippy::disallowed_methods, reason = "tests make trees of their own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use io_optimize_report::{diff, patch};
use model::{Audit, FindingId, Patch};

use crate::sample;

fn change(path: &str, before: &str, after: &str) -> Patch {
    Patch {
        path: path.to_owned(),
        absolute: PathBuf::from(path),
        before: Some(before.to_owned()),
        after: after.to_owned(),
        findings: vec![FindingId("w1".to_owned())],
    }
}

fn new_file(path: &str, text: &str) -> Patch {
    Patch {
        before: None,
        ..change(path, "", text)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Option<std::process::Output> {
    match Command::new("git")
        .current_dir(directory)
        .args(arguments)
        .output()
    {
        Ok(output) => Some(output),
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "SKIPPED: git does not start: {error}");
            None
        }
    }
}

/// Applies the patch of an audit to its files with git, and compares.
fn assert_applies(audit: &Audit) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path();
    if git(root, &["init", "-q"]).is_none() {
        return;
    }
    for change in &audit.patches {
        let file = root.join(&change.path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
        if let Some(before) = &change.before {
            fs::write(&file, before).expect("a file");
        }
    }
    let text = patch(audit);
    fs::write(root.join("all.patch"), &text).expect("a file");
    let arguments = [
        "-c",
        "core.autocrlf=false",
        "apply",
        "--whitespace=nowarn",
        "all.patch",
    ];
    let output = git(root, &arguments).expect("git started before");
    assert!(
        output.status.success(),
        "{}\n{text}",
        String::from_utf8_lossy(&output.stderr)
    );
    for change in &audit.patches {
        let after = fs::read_to_string(root.join(&change.path)).expect("the file");
        assert_eq!(after, change.after, "{text}");
    }
}

#[test]
fn git_applies_changes_of_every_kind_of_text() {
    let long: String = (0..100).map(|line| format!("line {line}\n")).collect();
    let mut audit = sample::audit();
    audit.patches.extend([
        change("crlf.rs", "a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
        change("no end.rs", "a\nb", "a\nc"),
        change("gains_end.rs", "a\nb", "a\nb\n"),
        change("loses_end.rs", "a\nb\n", "a\nb"),
        change("bom.rs", "\u{feff}a\nb\n", "\u{feff}a\nc\n"),
        change("lone_return.rs", "a\rb\nc\rd", "a\rb\nc\re"),
        change("empty.rs", "", "a\n"),
        change("emptied.rs", "a\n", ""),
        change(
            "dir/two_hunks.rs",
            &long,
            &long.replace("line 7\n", "").replace("line 80\n", "x\ny\n"),
        ),
        change("größe/名前.rs", "--- a\n+++ b\n@@\n", "--- a\n+++ c\n@@\n"),
    ]);
    if cfg!(unix) {
        audit
            .patches
            .push(change("quo\"te\\back\ttab.rs", "a\n", "b\n"));
    }
    audit.patches.extend([
        new_file("vendor/empty.rs", ""),
        new_file("vendor/my lib/lib.rs", "a\nb"),
    ]);
    assert_applies(&audit);
}

#[test]
fn all_paths_of_a_patch_start_where_git_is_run() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path().join("workspace");
    fs::create_dir(&root).expect("a directory");
    if git(directory.path(), &["init", "-q"]).is_none() {
        return;
    }
    let mut audit = sample::audit();
    audit.patches = vec![
        change("b.rs", "a\n", "b\n"),
        new_file("vendor/my lib/lib.rs", "a\nb"),
    ];
    fs::write(root.join("b.rs"), "a\n").expect("a file");
    fs::write(root.join("all.patch"), patch(&audit)).expect("a file");
    let output = git(&root, &["apply", "-p1", "all.patch"]).expect("git started before");
    assert!(output.status.success(), "{output:?}");
    let text = |path: &str| fs::read_to_string(root.join(path)).expect("the file");
    assert_eq!(
        (text("b.rs").as_str(), text("vendor/my lib/lib.rs").as_str()),
        ("b\n", "a\nb")
    );
}

#[test]
fn a_patch_holds_only_what_the_plan_holds() {
    let text = patch(&sample::audit());
    assert!(
        text.starts_with("--- a/src/export.rs\n+++ b/src/export.rs\n@@ "),
        "{text}"
    );
    assert!(
        !text.contains("src/io/mod.rs"),
        "the fix that adds this file is not planned: {text}"
    );
}

#[test]
fn no_change_is_no_diff() {
    assert_eq!(diff(&change("a.rs", "a\n", "a\n")), "");
}
