//! A tree that changes under the copy does not lead it out of the tree.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use io_optimize::TreeOptions;

use crate::common::{directory_for_many_files, walk};

const SECRET: &[u8] = b"not in the tree";

/// Swaps a directory for a symbolic link to the victim and back, until told to stop.
fn swap(directory: &Path, victim: &Path, stop: &AtomicBool) {
    let aside = directory.with_extension("aside");
    while !stop.load(Ordering::Relaxed) {
        // In the destination the directory may not be there yet.
        if fs::rename(directory, &aside).is_ok() {
            let linked = symlink(victim, directory).is_ok();
            thread::yield_now();
            if linked {
                fs::remove_file(directory).unwrap();
            }
            let _ = fs::rename(&aside, directory);
        }
    }
}

fn race(round: usize, in_source: bool) {
    let directory = directory_for_many_files();
    let root = directory.path();
    let (from, to, victim) = (root.join("from"), root.join("to"), root.join("victim"));
    fs::create_dir_all(victim.join("inner")).unwrap();
    for name in ["file 0", "only here", "inner/file 0"] {
        fs::write(victim.join(name), SECRET).unwrap();
    }
    for level in ["a", "a/target", "a/target/inner", "b"] {
        fs::create_dir_all(from.join(level)).unwrap();
        for number in 0..8 {
            fs::write(from.join(level).join(format!("file {number}")), "text").unwrap();
        }
    }
    let before = walk(&victim, true);
    let target = if in_source { &from } else { &to }.join("a/target");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| swap(&target, &victim, &stop));
        let options = TreeOptions::new()
            .workers(1 + round % 3)
            .merge(round % 2 == 0);
        // Whatever is said about the entries that were swapped.
        let copied = options.copy(&from, &to);
        stop.store(true, Ordering::Relaxed);
        copied.unwrap();
    });
    assert_eq!(
        before,
        walk(&victim, true),
        "round {round}: the victim was changed"
    );
    for (path, seen) in walk(&to, false) {
        let path = path.display();
        assert_ne!(
            seen.contents, SECRET,
            "round {round}: {path} was read from the victim"
        );
    }
}

#[test]
fn a_swapped_source_directory_is_not_followed() {
    for round in 0..300 {
        race(round, true);
    }
}

#[test]
fn a_swapped_destination_directory_is_not_followed() {
    for round in 0..300 {
        race(round, false);
    }
}

#[test]
fn files_that_come_and_go_do_no_harm() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for number in 0..20 {
                    let path = from.join(format!("{number}"));
                    let _ = fs::remove_file(&path);
                    let _ = symlink("/etc/passwd", &path);
                    let _ = fs::remove_file(&path);
                    let _ = fs::write(&path, "text");
                }
            }
        });
        for round in 0..100 {
            TreeOptions::new()
                .workers(2)
                .copy(&from, to.with_extension(round.to_string()))
                .unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    for round in 0..100 {
        for (path, seen) in walk(&to.with_extension(round.to_string()), false) {
            if seen.kind == "file" {
                assert!(b"text".starts_with(&seen.contents), "{}", path.display());
            }
        }
    }
}
