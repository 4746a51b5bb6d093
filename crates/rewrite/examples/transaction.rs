//! Runs one transaction in a process of its own, so that tests can kill it at any system call.
//!
//! `transaction write ROOT STATE` replaces "old" by "new" in every file of `ROOT/src` and adds `ROOT/added/deep/new.rs`,
//! all by one fix; `transaction recover ROOT STATE` recovers.
//! Exit codes: 0 done, 3 nothing was changed, 4 recovery is needed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use model::{FindingId, Patch};
use rewrite::TreeState;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [action, root, state] = arguments.as_slice() else {
        return ExitCode::from(2);
    };
    let (root, state) = (Path::new(root), Path::new(state));
    match action.as_str() {
        "write" => match rewrite::write(&patches(root), root, state) {
            Ok(written) if written.not_applied.is_empty() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::from(3),
            Err(error) if error.tree == TreeState::Unchanged => ExitCode::from(3),
            Err(_) => ExitCode::from(4),
        },
        "recover" => match rewrite::recover(root, state) {
            Ok(_) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(4),
        },
        _ => ExitCode::from(2),
    }
}

fn patches(root: &Path) -> Vec<Patch> {
    let entries = std::fs::read_dir(root.join("src")).expect("a folder of sources");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let patch = |absolute: PathBuf| {
        let before = std::fs::read_to_string(&absolute).expect("a text");
        let name = absolute
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        Patch {
            path: format!("src/{name}"),
            after: before.replace("old", "new"),
            before: Some(before),
            absolute,
            findings: vec![FindingId("everywhere".to_owned())],
        }
    };
    let added = Patch {
        path: "added/deep/new.rs".to_owned(),
        absolute: root.join("added/deep/new.rs"),
        before: None,
        after: "fn new() {}\n".to_owned(),
        findings: vec![FindingId("everywhere".to_owned())],
    };
    files.into_iter().map(patch).chain([added]).collect()
}
