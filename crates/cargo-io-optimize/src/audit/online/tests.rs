//! Links to GitHub from the repositories that people have.
#![expect(
    clippy::disallowed_methods,
    reason = "tests make repositories of their own"
)]

use std::process::Command;

use super::*;

#[test]
fn the_usual_forms_of_a_remote_are_known_and_what_signs_in_is_left_out() {
    for url in [
        "https://github.com/owner/my-repo.git",
        "https://github.com/owner/my-repo",
        "https://github.com/owner/my-repo/",
        "https://user:token@github.com/owner/my-repo.git",
        "git@github.com:owner/my-repo.git",
        "ssh://git@github.com/owner/my-repo.git",
        "git://github.com/owner/my-repo",
    ] {
        let expected = ("owner".to_owned(), "my-repo".to_owned());
        assert_eq!(github(url), Some(expected), "{url}");
    }
    for url in [
        "https://example.org/owner/repo",
        "https://github.com.example.org/owner/repo",
        "https://github.com/owner",
        "https://github.com/owner/re)po",
        "https://github.com/owner/..",
        "/somewhere/github.com/owner/repo",
        "../repo",
    ] {
        assert_eq!(github(url), None, "{url}");
    }
}

#[test]
fn origin_goes_before_other_remotes() {
    let config = "[core]\n\turl = https://github.com/not/this\n[remote \"up\"]\n\turl = https://github.com/a/b\n[remote \"origin\"]\n\tURL = git@github.com:c/d.git\n";
    assert_eq!(
        github_remote(config),
        Some(("c".to_owned(), "d".to_owned()))
    );
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let identity = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "core.autocrlf=false",
    ];
    match Command::new("git")
        .current_dir(folder)
        .args(identity)
        .args(arguments)
        .output()
    {
        Ok(output) => {
            assert!(output.status.success(), "git {arguments:?}: {output:?}");
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Err(error) => {
            eprintln!("SKIPPED: git does not start: {error}");
            None
        }
    }
}

/// An audit that names these files, which read as on the disk.
fn audit(root: &Path, paths: &[&str]) -> Audit {
    let project = model::Project::default();
    let mut audit = super::super::empty_audit(project, Vec::new());
    for (number, path) in paths.iter().enumerate() {
        let id = FileId(number as u32);
        audit.sources.files.push(model::SourceFile {
            id,
            path: (*path).to_owned(),
            absolute: root.join(path),
            text: fs::read_to_string(root.join(path)).unwrap().into(),
            package: "demo".to_owned(),
            target: model::TargetKind::Library,
        });
        let span = model::Span {
            file: id,
            start: 0,
            end: 0,
        };
        audit.fine.push(model::Fine {
            span,
            rule: "a_rule",
            reason: String::new(),
        });
    }
    audit
}

#[test]
fn files_that_are_committed_as_they_are_have_an_address_in_every_kind_of_checkout() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    let inner = root.join("sub dir");
    fs::create_dir_all(inner.join("src")).unwrap();
    for (name, text) in [
        ("a.rs", "one\n"),
        ("changed.rs", "two\n"),
        ("a-long-name-of-a-file.rs", "three"),
    ] {
        fs::write(inner.join("src").join(name), text).unwrap();
    }
    if git(&root, &["init", "-q", "-b", "main"]).is_none() {
        return;
    }
    let at = |arguments: &[&str]| git(&root, arguments).unwrap();
    at(&["remote", "add", "origin", "git@github.com:owner/repo.git"]);
    at(&["add", "."]);
    at(&["commit", "-q", "-m", "first"]);
    let commit = at(&["rev-parse", "HEAD"]);
    fs::write(inner.join("src/changed.rs"), "changed\n").unwrap();
    fs::write(inner.join("src/new.rs"), "new\n").unwrap();
    let files = [
        "src/a.rs",
        "src/changed.rs",
        "src/a-long-name-of-a-file.rs",
        "src/new.rs",
    ];
    let expected = OnlineSources {
        address: format!("https://github.com/owner/repo/blob/{commit}"),
        folder: "sub dir".to_owned(),
        files: ["src/a-long-name-of-a-file.rs", "src/a.rs"]
            .map(str::to_owned)
            .into(),
    };
    let look = |folder: &Path| sources(folder, &audit(&inner, &files));
    assert_eq!(look(&inner), Some(expected.clone()), "a branch");
    at(&["pack-refs", "--all"]);
    assert_eq!(look(&inner), Some(expected.clone()), "a packed branch");
    at(&["checkout", "-q", "--detach"]);
    assert_eq!(look(&inner), Some(expected.clone()), "no branch");
    let other = directory.path().join("other");
    at(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "second",
        other.to_str().unwrap(),
    ]);
    assert_eq!(look(&other.join("sub dir")), Some(expected), "a worktree");
    at(&[
        "remote",
        "set-url",
        "origin",
        "https://example.org/owner/repo",
    ]);
    assert_eq!(look(&inner), None, "another site");
}

#[test]
fn a_damaged_index_is_no_index() {
    let mut index = b"DIRC\0\0\0\x02\0\0\0\x01".to_vec();
    index.extend([0; 40]);
    index.extend([7; 20]);
    index.extend([0, 3]);
    index.extend(b"abc\0\0\0\0\0\0\0");
    let whole = blobs_of(&index);
    assert_eq!(whole, Some(vec![(b"abc".to_vec(), [7; 20])]));
    for length in 0..78 {
        assert_eq!(blobs_of(&index[..length.min(77)]), None, "{length} bytes");
    }
    index[7] = 4;
    assert_eq!(
        blobs_of(&index),
        None,
        "a version that is written in another way"
    );
}

fn blobs_of(index: &[u8]) -> Option<Vec<(Vec<u8>, index::BlobId)>> {
    let blobs = index::blobs(index)?;
    Some(
        blobs
            .into_iter()
            .map(|(path, id)| (path.to_vec(), id))
            .collect(),
    )
}
