//! The transaction that writes source files, and what it refuses to write.
#![expect(clippy::disallowed_methods, reason = "tests make trees of their own")]

mod new_files;

use std::fs;
use std::path::{Path, PathBuf};

use model::{FindingId, Patch};
use rewrite::{Recovered, TreeState, recover, write};
use tempfile::TempDir;

struct Tree {
    folder: TempDir,
    root: PathBuf,
    state: PathBuf,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("project");
        let state = root.join("target/io-optimize");
        fs::create_dir_all(root.join("src")).unwrap();
        for (path, text) in files {
            fs::write(root.join(path), text).unwrap();
        }
        Self {
            folder,
            root,
            state,
        }
    }

    fn patch(&self, path: &str, before: &str, after: &str, findings: &[&str]) -> Patch {
        Patch {
            path: path.to_owned(),
            absolute: self.root.join(path),
            before: Some(before.to_owned()),
            after: after.to_owned(),
            findings: findings
                .iter()
                .map(|id| FindingId((*id).to_owned()))
                .collect(),
        }
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Every name in the folder of sources.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root.join("src")).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn journal(&self) -> PathBuf {
        self.state.join("journal.json")
    }
}

fn ids(findings: &[FindingId]) -> Vec<&str> {
    findings.iter().map(|id| id.0.as_str()).collect()
}

#[test]
fn all_files_are_written_byte_for_byte_and_nothing_else_is_left() {
    let (crlf, bom) = ("a\r\nb\r\n", "\u{feff}fn a() {}\n");
    let tree = Tree::new(&[
        ("src/crlf.rs", crlf),
        ("src/bom.rs", bom),
        ("src/other.rs", "same"),
    ]);
    let patches = [
        tree.patch("src/crlf.rs", crlf, "a\r\nnew\r\nb\r\n", &["1", "2"]),
        tree.patch("src/bom.rs", bom, "\u{feff}fn b() {}\n", &["2"]),
    ];
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(written.paths, ["src/crlf.rs", "src/bom.rs"]);
    assert_eq!(ids(&written.applied), ["1", "2"]);
    assert!(written.not_applied.is_empty());
    assert_eq!(tree.text("src/crlf.rs"), "a\r\nnew\r\nb\r\n");
    assert_eq!(tree.text("src/bom.rs"), "\u{feff}fn b() {}\n");
    assert_eq!(tree.text("src/other.rs"), "same");
    assert_eq!(tree.names(), ["bom.rs", "crlf.rs", "other.rs"]);
    assert!(!tree.journal().exists());
    assert_eq!(
        recover(&tree.root, &tree.state).unwrap(),
        Recovered::Nothing
    );
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone_with_all_that_depends_on_it() {
    let tree = Tree::new(&[
        ("src/a.rs", "a, edited"),
        ("src/b.rs", "b"),
        ("src/c.rs", "c"),
        ("src/d.rs", "d"),
    ]);
    let patches = [
        tree.patch("src/c.rs", "c", "C", &["far"]),
        tree.patch("src/b.rs", "b", "B", &["shared", "far"]),
        tree.patch("src/a.rs", "a", "A", &["shared"]),
        tree.patch("src/d.rs", "d", "D", &["alone"]),
    ];
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(written.paths, ["src/d.rs"]);
    assert_eq!(ids(&written.applied), ["alone"]);
    let refused: Vec<_> = written
        .not_applied
        .iter()
        .map(|no| (no.id.0.as_str(), no.reason.as_str()))
        .collect();
    assert_eq!(refused[1], ("shared", "src/a.rs changed since it was read"));
    assert_eq!(refused[0].0, "far");
    assert!(
        refused[0].1.contains("src/b.rs also holds a fix"),
        "{}",
        refused[0].1
    );
    assert_eq!(
        ["a", "b", "c", "d"].map(|n| tree.text(&format!("src/{n}.rs"))),
        ["a, edited", "b", "c", "D"]
    );
}

#[test]
fn a_file_that_is_gone_or_lies_outside_is_refused() {
    let tree = Tree::new(&[("src/a.rs", "a")]);
    let outside = tree.folder.path().join("outside.rs");
    fs::write(&outside, "o").unwrap();
    let mut patches = vec![
        tree.patch("src/gone.rs", "g", "G", &["gone"]),
        tree.patch("src/a.rs", "a", "A", &["a"]),
    ];
    let mut there = tree.patch("../outside.rs", "o", "O", &["outside"]);
    there.absolute.clone_from(&outside);
    patches.push(there);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, tree.root.join("src/link.rs")).unwrap();
        patches.push(tree.patch("src/link.rs", "o", "O", &["linked"]));
    }
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(ids(&written.applied), ["a"]);
    assert_eq!(written.not_applied.len(), patches.len() - 1);
    let outside_reasons = written.not_applied.iter().filter(|no| no.id.0 != "gone");
    assert!(
        outside_reasons
            .into_iter()
            .all(|no| no.reason.contains("lies outside the workspace"))
    );
    assert_eq!(fs::read_to_string(outside).unwrap(), "o");
}

#[cfg(unix)]
#[test]
fn a_link_inside_the_workspace_stays_a_link_and_its_file_is_written_once() {
    let tree = Tree::new(&[("src/real.rs", "r")]);
    let link = tree.root.join("src/link.rs");
    std::os::unix::fs::symlink("real.rs", &link).unwrap();
    let patches = [
        tree.patch("src/link.rs", "r", "R", &["link"]),
        tree.patch("src/real.rs", "r", "X", &["real"]),
    ];
    let written = write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(ids(&written.applied), ["link"]);
    assert!(written.not_applied[0].reason.contains("another name"));
    assert!(link.is_symlink());
    assert_eq!(tree.text("src/real.rs"), "R");
}

#[cfg(unix)]
#[test]
fn permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = Tree::new(&[("src/script.rs", "a"), ("src/private.rs", "b")]);
    let mode = |path: &str| {
        fs::metadata(tree.root.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    for (path, mode) in [("src/script.rs", 0o775), ("src/private.rs", 0o600)] {
        fs::set_permissions(tree.root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let patches = [
        tree.patch("src/script.rs", "a", "A", &["1"]),
        tree.patch("src/private.rs", "b", "B", &["2"]),
    ];
    write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(
        (mode("src/script.rs"), mode("src/private.rs")),
        (0o775, 0o600)
    );
}

/// Needs the superuser: nobody else may give a file away.
#[cfg(unix)]
#[test]
fn the_owner_stays() {
    use std::io::Write as _;
    use std::os::unix::fs::{MetadataExt as _, chown};
    let tree = Tree::new(&[("src/a.rs", "a")]);
    let path = tree.root.join("src/a.rs");
    if chown(&path, Some(12345), Some(54321)).is_err() {
        let mut log = std::io::stderr();
        writeln!(log, "SKIPPED: this user may not give files away").unwrap();
        return;
    }
    write(
        &[tree.patch("src/a.rs", "a", "A", &["1"])],
        &tree.root,
        &tree.state,
    )
    .unwrap();
    let metadata = fs::metadata(path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (12345, 54321));
}

#[test]
fn a_second_run_at_the_same_time_is_told_at_once() {
    let tree = Tree::new(&[("src/a.rs", "a")]);
    fs::create_dir_all(&tree.state).unwrap();
    let held = fs::File::create(tree.state.join("write.lock")).unwrap();
    held.lock().unwrap();
    let patches = [tree.patch("src/a.rs", "a", "A", &["1"])];
    let error = write(&patches, &tree.root, &tree.state).unwrap_err();
    assert!(
        error.source.to_string().contains("another run is writing"),
        "{}",
        error.source
    );
    assert_eq!(error.tree, TreeState::Unchanged);
    assert_eq!(error.patches[0].after, "A");
    assert!(recover(&tree.root, &tree.state).is_err());
    assert_eq!(tree.text("src/a.rs"), "a");
    drop(held);
    write(&patches, &tree.root, &tree.state).unwrap();
}

#[test]
fn nothing_to_write_leaves_no_trace_in_the_sources() {
    let tree = Tree::new(&[("src/a.rs", "a")]);
    let written = write(
        &[tree.patch("src/a.rs", "a", "a", &["1"])],
        &tree.root,
        &tree.state,
    )
    .unwrap();
    assert!(written.paths.is_empty());
    assert_eq!(ids(&written.applied), ["1"]);
    assert_eq!(
        recover(&tree.root, &tree.root.join("never")).unwrap(),
        Recovered::Nothing
    );
    assert!(!tree.root.join("never").exists());
}

/// A journal as a crash between two renames leaves it: `src/a.rs` is new, `src/b.rs` old.
fn crashed(tree: &Tree) -> Vec<Patch> {
    let patches = vec![
        tree.patch("src/a.rs", "old a", "new a", &["1"]),
        tree.patch("src/b.rs", "old b", "new b", &["2"]),
    ];
    let name = |name: &str| serde_json::json!({ "Unix": name.as_bytes() });
    let entry = |index: &str| {
        serde_json::json!({
            "path": name(&format!("src/{index}.rs")),
            "staged": name(&format!(".{index}.rs.1.io-optimize.tmp")),
            "before": format!("old {index}"),
            "after": format!("new {index}"),
        })
    };
    let journal = serde_json::json!({ "version": 1, "entries": [entry("a"), entry("b")] });
    fs::create_dir_all(&tree.state).unwrap();
    fs::write(tree.journal(), journal.to_string()).unwrap();
    fs::write(tree.root.join("src/.b.rs.1.io-optimize.tmp"), "new b").unwrap();
    patches
}

#[cfg(unix)]
#[test]
fn after_a_crash_writing_is_refused_until_it_is_recovered() {
    let tree = Tree::new(&[("src/a.rs", "new a"), ("src/b.rs", "old b")]);
    let patches = crashed(&tree);
    let error = write(&patches, &tree.root, &tree.state).unwrap_err();
    assert_eq!(error.tree, TreeState::NeedsRecovery);
    assert!(
        error.to_string().contains("cargo io-optimize recover"),
        "{error}"
    );
    assert_eq!(tree.text("src/a.rs"), "new a");
    let files = vec![PathBuf::from("src/a.rs"), PathBuf::from("src/b.rs")];
    assert_eq!(
        recover(&tree.root, &tree.state).unwrap(),
        Recovered::Undone { files }
    );
    assert_eq!(tree.text("src/a.rs"), "old a");
    assert_eq!(tree.names(), ["a.rs", "b.rs"]);
    assert_eq!(
        recover(&tree.root, &tree.state).unwrap(),
        Recovered::Nothing
    );
    write(&patches, &tree.root, &tree.state).unwrap();
    assert_eq!(tree.text("src/b.rs"), "new b");
}

#[cfg(unix)]
#[test]
fn a_crash_after_the_last_rename_is_finished() {
    let tree = Tree::new(&[("src/a.rs", "new a"), ("src/b.rs", "new b")]);
    crashed(&tree);
    assert!(matches!(
        recover(&tree.root, &tree.state).unwrap(),
        Recovered::Finished { .. }
    ));
    assert_eq!(
        (tree.text("src/a.rs"), tree.text("src/b.rs")),
        ("new a".to_owned(), "new b".to_owned())
    );
    assert_eq!(tree.names(), ["a.rs", "b.rs"]);
}

#[cfg(unix)]
#[test]
fn recovering_leaves_what_somebody_edited_after_the_crash_and_keeps_the_old_text() {
    let tree = Tree::new(&[("src/a.rs", "new a"), ("src/b.rs", "mine")]);
    crashed(&tree);
    let Recovered::Conflict { files, kept } = recover(&tree.root, &tree.state).unwrap() else {
        panic!("the edited file is not reported");
    };
    assert_eq!(files, [Path::new("src/b.rs")]);
    assert!(fs::read_to_string(kept).unwrap().contains("old b"));
    assert_eq!(
        (tree.text("src/a.rs"), tree.text("src/b.rs")),
        ("old a".to_owned(), "mine".to_owned())
    );
    assert!(!tree.journal().exists());
}

#[cfg(unix)]
#[test]
fn a_journal_leads_nowhere_out_of_the_workspace() {
    let tree = Tree::new(&[("src/b.rs", "old b")]);
    let victim = tree.folder.path().join("victim");
    fs::write(&victim, "new a").unwrap();
    std::os::unix::fs::symlink(&victim, tree.root.join("src/a.rs")).unwrap();
    crashed(&tree);
    recover(&tree.root, &tree.state).unwrap_err();
    let hostile = fs::read_to_string(tree.journal()).unwrap();
    let up = |text: &str| format!("{:?}", text.as_bytes()).replace(' ', "");
    let hostile = hostile.replace(&up("src/a.rs"), &up("../victim"));
    assert!(hostile.contains(&up("../victim")));
    fs::write(tree.journal(), hostile).unwrap();
    let error = recover(&tree.root, &tree.state).unwrap_err();
    assert!(
        error.source.to_string().contains("outside the workspace"),
        "{}",
        error.source
    );
    assert_eq!(fs::read_to_string(victim).unwrap(), "new a");
}

#[test]
fn a_journal_that_cannot_be_read_is_named() {
    let tree = Tree::new(&[("src/a.rs", "a")]);
    fs::create_dir_all(&tree.state).unwrap();
    for text in ["{", r#"{"version":2,"entries":[]}"#] {
        fs::write(tree.journal(), text).unwrap();
        let error = recover(&tree.root, &tree.state).unwrap_err();
        assert!(error.message.contains("journal.json"), "{error}");
        assert!(tree.journal().exists());
    }
}
