//! What is flushed to the device, and when.

use std::fs;

use crate::child::{self, names};
use crate::common::{make, Piece::Data};
use tempfile::TempDir;

#[test]
fn what_is_asked_for_is_flushed_before_the_name_is_taken() {
    if !child::has_strace() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(70_000)]);
    let folder = format!("<{}>", directory.path().display());

    let outcome = child::copy("default", &from, &to, &[]);
    assert!(!outcome.has("fsync(") && !outcome.has("fdatasync("));
    let outcome = child::copy("atomic", &from, &to, &[]);
    assert!(!outcome.has("fsync(") && !outcome.has("fdatasync("));

    let outcome = child::copy("data", &from, &to, &[]);
    outcome.position("fdatasync(", &to.display().to_string());
    assert!(!outcome.has("fsync("));

    let outcome = child::copy("full", &from, &to, &[]);
    let file = outcome.position("fsync(", &to.display().to_string());
    assert!(file < outcome.position("fsync(", &folder));

    let outcome = child::copy("atomic data", &from, &to, &[]);
    let flush = outcome.position("fdatasync(", ".tmp");
    assert!(flush < outcome.position("rename(", ".tmp"));

    let outcome = child::copy("atomic full all", &from, &to, &[]);
    let times = outcome.position("utimensat(", ".tmp");
    let flush = outcome.position("fsync(", ".tmp");
    let rename = outcome.position("rename(", ".tmp");
    assert!(times < flush && flush < rename);
    assert!(rename < outcome.position("fsync(", &folder));
}

#[test]
fn an_error_of_the_flush_is_an_error_of_the_copy() {
    if !child::has_strace() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(70_000)]);
    for (case, injection) in [
        ("data", "fdatasync:error=EIO"),
        ("full", "fsync:error=EIO"),
        ("atomic data", "fdatasync:error=EIO"),
        ("atomic full all", "fsync:error=EIO"),
    ] {
        fs::write(&to, "old").unwrap();
        let outcome = child::copy(case, &from, &to, &[injection]);
        outcome.said("cannot flush the destination: Input/output error");
        if case.starts_with("atomic") {
            assert_eq!(fs::read(&to).unwrap(), b"old", "{case}");
        }
        assert_eq!(names(directory.path()), ["from", "to"]);
    }
    let outcome = child::copy("full", &from, &to, &["fsync:error=EIO:when=2"]);
    outcome.said("the copy is in place, but the folder cannot be flushed");
    assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
}
