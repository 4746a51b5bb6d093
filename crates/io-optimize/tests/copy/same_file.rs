//! A file is never copied onto itself, whatever it is called.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use io_optimize::{CopyOptions, Strategy};
use tempfile::TempDir;

const CONTENTS: &[u8] = b"all that there is";

fn assert_refused(from: &Path, to: &Path) {
    let mut every = vec![CopyOptions::new()];
    every.extend(
        Strategy::available()
            .iter()
            .map(|&s| CopyOptions::new().strategy(s)),
    );
    for options in every {
        let error = options.copy(from, to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let text = error.to_string();
        assert!(text.contains(&*from.to_string_lossy()), "{text}");
        assert!(text.contains(&*to.to_string_lossy()), "{text}");
        assert!(
            text.contains("they are one file: nothing was changed"),
            "{text}"
        );
        assert_eq!(fs::read(from).unwrap(), CONTENTS);
    }
}

#[test]
fn by_path() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, CONTENTS).unwrap();
    assert_refused(&file, &file);
    fs::create_dir(directory.path().join("sub")).unwrap();
    assert_refused(&file, &directory.path().join("sub/../file"));
}

#[test]
#[cfg(unix)]
fn by_hard_link() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let directory = TempDir::new().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, CONTENTS).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    fs::hard_link(&file, &link).unwrap();
    let before = fs::metadata(&file).unwrap();
    assert_refused(&file, &link);
    assert_refused(&link, &file);
    let after = fs::metadata(&file).unwrap();
    assert_eq!(before.mode(), after.mode());
    assert_eq!(
        (before.mtime(), before.mtime_nsec()),
        (after.mtime(), after.mtime_nsec())
    );
}

#[test]
#[cfg(unix)]
fn by_symbolic_link() {
    use std::os::unix::fs::symlink;
    let directory = TempDir::new().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, CONTENTS).unwrap();
    symlink("file", &link).unwrap();
    symlink("link", directory.path().join("link to link")).unwrap();
    assert_refused(&file, &link);
    assert_refused(&link, &file);
    assert_refused(&directory.path().join("link to link"), &link);
}
