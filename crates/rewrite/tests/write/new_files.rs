//! Files that fixes add.

use std::ffi::OsString;
use std::fs;

use model::Patch;
use rewrite::{Recovered, recover, write};

use super::Tree;

impl Tree {
    fn new_file(&self, path: &str, text: &str, findings: &[&str]) -> Patch {
        Patch {
            before: None,
            ..self.patch(path, "", text, findings)
        }
    }
}

#[test]
fn new_files_come_with_their_folders() {
    let tree = Tree::new(&[("src/a.rs", "old")]);
    let patches = [
        tree.patch("src/a.rs", "old", "new", &["1"]),
        tree.new_file("lib/src/one.rs", "1", &["1"]),
        tree.new_file("lib/two.rs", "", &["1"]),
    ];
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(written.paths, ["src/a.rs", "lib/src/one.rs", "lib/two.rs"]);
    assert_eq!(tree.text("lib/src/one.rs"), "1");
    assert_eq!(tree.text("lib/two.rs"), "");
    assert!(!tree.journal().exists());
}

#[test]
fn a_file_that_is_there_already_is_not_written_over_and_takes_its_fix_with_it() {
    let tree = Tree::new(&[
        ("src/a.rs", "old"),
        ("src/b.rs", "old"),
        ("src/new.rs", "mine"),
    ]);
    let patches = [
        tree.patch("src/a.rs", "old", "new", &["1"]),
        tree.patch("src/b.rs", "old", "new", &["2"]),
        tree.new_file("src/new.rs", "ours", &["1"]),
        tree.new_file("lib/other.rs", "ours", &["1"]),
    ];
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(written.paths, ["src/b.rs"]);
    assert_eq!(written.not_applied.len(), 1);
    assert!(
        written.not_applied[0]
            .reason
            .contains("src/new.rs is there already"),
        "{}",
        written.not_applied[0].reason
    );
    assert_eq!(tree.text("src/a.rs"), "old");
    assert_eq!(tree.text("src/new.rs"), "mine");
    assert!(!tree.root.join("lib").exists());
}

#[cfg(unix)]
#[test]
fn new_files_behind_a_link_out_of_the_workspace_are_refused() {
    let tree = Tree::new(&[("src/a.rs", "old")]);
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), tree.root.join("lib")).unwrap();
    let patches = [tree.new_file("lib/src/one.rs", "1", &["1"])];
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert!(written.paths.is_empty());
    assert!(
        written.not_applied[0]
            .reason
            .contains("outside the workspace"),
        "{}",
        written.not_applied[0].reason
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn what_somebody_put_beside_new_files_stays_when_they_are_undone() {
    let tree = Tree::new(&[("src/a.rs", "old")]);
    fs::create_dir_all(tree.root.join("lib/src")).unwrap();
    fs::write(tree.root.join("lib/src/one.rs"), "1").unwrap();
    fs::write(tree.root.join("lib/mine.rs"), "mine").unwrap();
    fs::create_dir_all(&tree.state).unwrap();
    let entry = |path: &str, staged: &str, before: Option<&str>, after: &str| {
        serde_json::json!({
            "path": OsString::from(path),
            "staged": OsString::from(format!("{staged}.io-optimize.tmp")),
            "before": before,
            "after": after,
        })
    };
    let journal = serde_json::json!({
        "version": 1,
        "folders": [OsString::from("lib"), OsString::from("lib/src")],
        "entries": [
            entry("src/a.rs", ".a", Some("old"), "new"),
            entry("lib/src/one.rs", ".one", None, "1"),
        ],
    });
    fs::write(tree.journal(), journal.to_string()).unwrap();
    let recovered = recover(&tree.root, &tree.state).unwrap();
    assert!(
        matches!(recovered, Recovered::Undone { .. }),
        "{recovered:?}"
    );
    assert!(!tree.root.join("lib/src").exists());
    assert_eq!(tree.text("lib/mine.rs"), "mine");
}
