//! The copy of a small tree that has one of everything.

use std::fs::{self, Permissions};
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::Outcome;
use crate::common::{make, Piece};
use crate::driver::Subject;
use crate::faults::Fault;
use crate::walk::{walk, Seen};

pub(crate) struct Tree;

impl Subject for Tree {
    fn name(&self) -> String {
        "copy of a tree".to_owned()
    }

    fn operation(&self) -> String {
        "tree".to_owned()
    }

    fn make(&self, directory: &Path) {
        let from = directory.join("from");
        fs::create_dir_all(from.join("sub/empty")).unwrap();
        fs::write(from.join("small"), "text").unwrap();
        fs::write(from.join("none"), "").unwrap();
        make(&from.join("sub/large"), &[Piece::Data(100_000)]);
        let sparse = [Piece::Hole(70_000), Piece::Data(5000)];
        make(&from.join("sub/sparse"), &sparse);
        fs::hard_link(from.join("small"), from.join("sub/other name")).unwrap();
        symlink("../small", from.join("sub/link")).unwrap();
        let made = Command::new("mkfifo").arg(from.join("fifo")).status();
        assert!(made.unwrap().success());
        for (name, mode) in [
            ("small", 0o4750),
            ("sub/large", 0o600),
            ("sub/empty", 0o500),
        ] {
            fs::set_permissions(from.join(name), Permissions::from_mode(mode)).unwrap();
        }
    }

    fn reset(&self, directory: &Path) {
        let _ = fs::remove_dir_all(directory.join("to"));
    }

    fn watched(&self, directory: &Path) -> Vec<PathBuf> {
        let from = directory.join("from");
        let (from_paths, to) = (walk(&from, false).into_keys(), directory.join("to"));
        let both = from_paths.flat_map(|path| {
            let is_root = path.as_os_str().is_empty();
            [&from, &to].map(|root| match is_root {
                true => root.clone(),
                false => root.join(&path),
            })
        });
        both.collect()
    }

    fn judge(&self, directory: &Path, fault: &Fault, outcome: &Outcome) -> Result<(), String> {
        let (from, to) = (directory.join("from"), directory.join("to"));
        let source = walk(&from, false);
        if source.len() != 10 || source[Path::new("small")].contents != b"text" {
            return Err("the source was changed".to_owned());
        }
        if !to.exists() {
            return match outcome {
                Outcome::Done(_) => Err("there is no copy".to_owned()),
                _ => Ok(()),
            };
        }
        let copy = walk(&to, false);
        let is_done = matches!(outcome, Outcome::Done(_));
        for (path, found) in &copy {
            let Some(wanted) = source.get(path) else {
                return Err(format!("{} was made up", path.display()));
            };
            // What cannot be copied whole is removed again; a process that is killed removes nothing.
            let may_be_part = fault.is_end() || matches!(outcome, Outcome::Killed);
            let is_right = match may_be_part {
                true => wanted.contents.starts_with(&found.contents),
                false => wanted.contents == found.contents,
            };
            if wanted.kind != found.kind || !is_right {
                return Err(format!("{} is a part", path.display()));
            }
            if is_done && !is_like(wanted, found, fault) {
                return Err(format!("{} is {found:?}", path.display()));
            }
        }
        match outcome {
            Outcome::Done(said) if copy.len() != source.len() && !said.contains(" skipped") => {
                Err("entries are missing".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Whether an entry of a copy without errors is like its source, as far as the file system could.
fn is_like(wanted: &Seen, found: &Seen, fault: &Fault) -> bool {
    let has_mode = wanted.mode == found.mode || fault.is_without_modes();
    let has_links = wanted.first_name == found.first_name || fault.call == "linkat";
    has_mode && has_links
}
