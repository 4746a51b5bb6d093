//! What is refused before anything is written, and how errors are told.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use io_optimize::{copy_tree, CopyError, Existing, TreeOptions};
use tempfile::TempDir;

fn assert_refused(from: &Path, to: &Path, kind: ErrorKind) {
    let error = copy_tree(from, to).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let details = error
        .get_ref()
        .unwrap()
        .downcast_ref::<CopyError>()
        .unwrap();
    assert_eq!((details.from(), details.to()), (from, to));
}

#[test]
fn sources_that_are_no_directories() {
    let directory = TempDir::new().unwrap();
    let (file, to) = (directory.path().join("file"), directory.path().join("to"));
    fs::write(&file, "text").unwrap();
    assert_refused(&file, &to, ErrorKind::InvalidInput);
    assert_refused(&directory.path().join("missing"), &to, ErrorKind::NotFound);
    assert!(!to.exists());
}

#[test]
fn destinations_that_exist() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    fs::write(to.join("file"), "text").unwrap();
    assert_refused(&from, &to, ErrorKind::AlreadyExists);
    assert_refused(&from, &to.join("file"), ErrorKind::AlreadyExists);
    assert_refused(&from, &to.join("missing/new"), ErrorKind::NotFound);
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

#[test]
fn destinations_inside_the_source() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    fs::create_dir_all(from.join("sub/empty")).unwrap();
    let inside = vec![
        from.clone(),
        from.join("new"),
        from.join("sub/new"),
        from.join("sub/empty"),
        directory.path().join("from/sub/../new"),
    ];
    #[cfg(unix)]
    let inside = {
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(from.join("sub"), &link).unwrap();
        [inside, vec![link.join("new"), link.join("empty"), link]].concat()
    };
    for to in inside {
        assert_refused(&from, &to, ErrorKind::InvalidInput);
        let error = TreeOptions::new().merge(true).copy(&from, &to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert_eq!(fs::read_dir(&from).unwrap().count(), 1);
    assert_eq!(fs::read_dir(from.join("sub")).unwrap().count(), 1);
}

#[test]
fn a_name_that_only_begins_alike_is_not_inside() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    fs::create_dir(&from).unwrap();
    let report = copy_tree(&from, directory.path().join("from there")).unwrap();
    assert!(report.is_complete(), "{report}");
}

#[test]
fn a_source_inside_the_destination_is_not_written_to() {
    let directory = TempDir::new().unwrap();
    let to = directory.path().join("to");
    let from = to.join("name");
    fs::create_dir_all(from.join("name")).unwrap();
    fs::write(from.join("file"), "outer").unwrap();
    fs::write(from.join("name/file"), "inner").unwrap();
    let options = TreeOptions::new().merge(true).existing(Existing::Replace);
    let report = options.copy(&from, &to).unwrap();
    assert_eq!(report.errors.len(), 1, "{report}");
    assert_eq!(report.errors[0].path(), Path::new("name"));
    let kind = report.errors[0].io_error().kind();
    assert_eq!(kind, ErrorKind::InvalidInput, "{report}");
    for path in [from.join("file"), to.join("file")] {
        assert_eq!(fs::read(path).unwrap(), b"outer");
    }
}
