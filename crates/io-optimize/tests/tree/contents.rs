//! Trees of every shape arrive as they were.

use std::fs;
use std::path::Path;

use io_optimize::{copy_tree, TreeOptions};
#[cfg(unix)]
use proptest::prelude::*;
use tempfile::TempDir;

use crate::common::{check, directory_for_many_files};

/// One more entry of a random tree; the numbers choose among what is there already.
#[cfg(unix)]
#[derive(Debug, Clone)]
enum Step {
    Directory(usize),
    File(usize, usize, u32),
    SymbolicLink(usize, usize),
    HardLink(usize, usize),
    Fifo(usize),
    Mode(usize, u32),
}

#[cfg(unix)]
fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![
        Just(0_usize),
        1..5000_usize,
        Just(32 * 1024),
        Just(32 * 1024 + 1),
        40_000..200_000_usize,
    ];
    let mode = prop_oneof![
        Just(0o644_u32),
        Just(0o777),
        Just(0o4755),
        Just(0o400),
        Just(0o666)
    ];
    prop_oneof![
        3 => any::<usize>().prop_map(Step::Directory),
        6 => (any::<usize>(), size, mode).prop_map(|(at, size, mode)| Step::File(at, size, mode)),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(at, to)| Step::SymbolicLink(at, to)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(at, to)| Step::HardLink(at, to)),
        1 => any::<usize>().prop_map(Step::Fifo),
        // With these the tests' own walk can still read.
        1 => (any::<usize>(), prop_oneof![Just(0o555_u32), Just(0o1777), Just(0o2755), Just(0o700)])
            .prop_map(|(at, mode)| Step::Mode(at, mode)),
    ]
}

#[cfg(unix)]
fn build(root: &Path, steps: &[Step]) {
    use std::os::unix::fs::{symlink, PermissionsExt};
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(root).unwrap();
    let mut directories = vec![root.to_path_buf()];
    let mut others = Vec::new();
    let mut modes = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let path = |at: &usize| directories[at % directories.len()].join(format!("entry {number}"));
        match step {
            Step::Directory(at) => {
                let path = path(at);
                fs::create_dir(&path).unwrap();
                directories.push(path);
            }
            Step::File(at, size, mode) => {
                let bytes: Vec<u8> = (0..*size).map(|n| (n % 251 + number) as u8).collect();
                fs::write(path(at), bytes).unwrap();
                set_mode(&path(at), *mode);
                others.push(path(at));
            }
            Step::SymbolicLink(at, to) => {
                symlink(format!("../{to}"), path(at)).unwrap();
                others.push(path(at));
            }
            Step::HardLink(at, to) if !others.is_empty() => {
                fs::hard_link(&others[to % others.len()], path(at)).unwrap();
            }
            Step::HardLink(..) => {}
            Step::Fifo(at) if cfg!(target_os = "linux") => {
                let made = std::process::Command::new("mkfifo").arg(path(at)).status();
                assert!(made.unwrap().success());
                others.push(path(at));
            }
            Step::Fifo(_) => {}
            Step::Mode(at, mode) => {
                modes.push((directories[at % directories.len()].clone(), *mode));
            }
        }
    }
    for (path, mode) in modes {
        set_mode(&path, mode);
    }
}

/// So that the temporary directory can be removed by anyone.
#[cfg(unix)]
fn open_up(root: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let kept = fs::Permissions::from_mode(0o700);
    fs::set_permissions(root, kept).unwrap();
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            open_up(&entry.path());
        }
    }
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_trees(
        steps in prop::collection::vec(step(), 0..60),
        workers in 1..6_usize,
        times in any::<bool>(),
    ) {
        let directory = TempDir::new().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        build(&from, &steps);
        let options = TreeOptions::new().workers(workers).preserve_times(times);
        check(&options, &from, &to, times);
        open_up(&from);
        open_up(&to);
    }
}

#[test]
fn an_empty_directory_to_nothing_and_to_an_empty_one() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    assert_eq!(copy_tree(&from, &to).unwrap().directories, 1);
    assert_eq!(copy_tree(&from, &to).unwrap().directories, 1);
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0);
}

#[test]
fn small_files_by_any_number_of_workers() {
    let directory = directory_for_many_files();
    let from = directory.path().join("from");
    for group in 0..25 {
        let sub = from.join(format!("{group}"));
        fs::create_dir_all(&sub).unwrap();
        for number in 0..120 {
            fs::write(
                sub.join(format!("{number}")),
                vec![b'x'; group * 7 + number],
            )
            .unwrap();
        }
    }
    // More than one batch in one directory.
    for number in 0..2000 {
        fs::write(from.join(format!("flat {number}")), format!("{number}")).unwrap();
    }
    // Elsewhere there is one, whatever is asked for.
    let most = if cfg!(target_os = "linux") { 8 } else { 1 };
    for workers in 0..=most {
        let to = directory.path().join(format!("to {workers}"));
        let report = check(&TreeOptions::new().workers(workers), &from, &to, false);
        assert_eq!((report.files, report.directories), (5000, 26));
        fs::remove_dir_all(&to).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn many_hard_links_by_many_workers() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    for group in 0..20 {
        let sub = from.join(format!("{group}"));
        fs::create_dir_all(&sub).unwrap();
        for file in 0..20 {
            let (first, path) = (from.join(format!("0/{file}")), sub.join(format!("{file}")));
            if group == 0 {
                fs::write(path, format!("contents {file}")).unwrap();
            } else {
                fs::hard_link(first, path).unwrap();
            }
        }
    }
    let report = check(&TreeOptions::new().workers(8), &from, &to, false);
    assert_eq!((report.files, report.hard_links), (20, 380));
}

#[test]
fn merging_keeps_what_is_there() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub")).unwrap();
    fs::create_dir_all(to.join("sub")).unwrap();
    fs::write(from.join("sub/both"), "new").unwrap();
    fs::write(from.join("sub/one"), "new").unwrap();
    fs::write(to.join("sub/both"), "old").unwrap();
    fs::write(to.join("sub/other"), "old").unwrap();
    let report = TreeOptions::new().merge(true).copy(&from, &to).unwrap();
    let paths: Vec<_> = report
        .errors
        .iter()
        .map(io_optimize::TreeError::path)
        .collect();
    assert_eq!(paths, [Path::new("sub/both")], "{report}");
    assert_eq!(
        report.errors[0].io_error().kind(),
        std::io::ErrorKind::AlreadyExists
    );
    for (name, contents) in [("both", "old"), ("one", "new"), ("other", "old")] {
        assert_eq!(
            fs::read_to_string(to.join("sub").join(name)).unwrap(),
            contents
        );
    }
}
