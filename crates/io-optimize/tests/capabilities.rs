//! What the system offers, against what it then does.

use std::fs;

use io_optimize::{Capabilities, ReadError, Support};
use tempfile::TempDir;

#[test]
fn nothing_is_left_in_the_directory() {
    let directory = TempDir::new().unwrap();
    Capabilities::of(directory.path()).unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn what_is_no_directory_is_named() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "text").unwrap();
    for path in [file, directory.path().join("missing")] {
        let error = Capabilities::of(&path).unwrap_err();
        let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
        assert_eq!(details.unwrap().path(), path);
    }
}

#[test]
fn each_line_names_what_it_tells() {
    let directory = TempDir::new().unwrap();
    let capabilities = Capabilities::of(directory.path()).unwrap();
    let text = capabilities.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 11, "{text}");
    assert!(
        lines.iter().all(|line| line.as_bytes()[18] == b' '),
        "{text}"
    );
    let reflink = format!("reflink            {}", capabilities.reflink);
    assert!(lines.contains(&reflink.as_str()), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_reflink_works_where_it_is_said_to() {
    use io_optimize::{CopyOptions, Strategy};
    let directory = TempDir::new().unwrap();
    let said = Capabilities::of(directory.path()).unwrap();
    assert_eq!(
        said.kernel.unwrap(),
        fs::read_to_string("/proc/sys/kernel/osrelease")
            .unwrap()
            .trim()
    );
    for (strategy, said) in [
        (Strategy::Reflink, said.reflink),
        (Strategy::CopyFileRange, said.copy_file_range),
    ] {
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&from, [7; 70_000]).unwrap();
        let copied = CopyOptions::new().strategy(strategy).copy(&from, &to);
        assert_eq!(copied.is_ok(), said == Support::Available, "{said}");
    }
}
