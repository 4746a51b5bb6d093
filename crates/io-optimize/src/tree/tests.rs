//! The portable backend, where it is not the one in use.

use std::fs;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use tempfile::TempDir;

use super::{portable, Existing, OnError, TreeOptions};
use crate::{CancelToken, CopyError, Durability, Preserve, Progress};

#[test]
fn the_portable_backend_copies_a_tree() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub/empty")).unwrap();
    fs::write(from.join("sub/file"), "text").unwrap();
    let options = TreeOptions::new().preserve_times(true);
    let report = options.copy_by(portable::copy_tree, &from, &to).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.directories, report.files, report.bytes), (3, 1, 4));
    assert_eq!(fs::read(to.join("sub/file")).unwrap(), b"text");
    let modified = |path| fs::metadata(path).unwrap().modified().unwrap();
    assert_eq!(
        modified(from.join("sub/file")),
        modified(to.join("sub/file"))
    );
    if cfg!(unix) {
        assert_eq!(modified(from.join("sub")), modified(to.join("sub")));
    }

    let again = options.copy_by(portable::copy_tree, &from, &to);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
    fs::write(from.join("sub/new"), "more").unwrap();
    let merged = options.clone().merge(true);
    let report = merged.copy_by(portable::copy_tree, &from, &to).unwrap();
    assert_eq!((report.files, report.errors.len()), (1, 1), "{report}");
    let stopped = merged.on_error(OnError::Stop);
    let error = stopped
        .copy_by(portable::copy_tree, &from, &to)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn the_portable_backend_refuses_a_destination_inside_the_source() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    fs::create_dir_all(from.join("sub")).unwrap();
    for inside in ["new", "sub", "sub/new", "."] {
        let options = TreeOptions::new().merge(true);
        let error = options.copy_by(portable::copy_tree, &from, &from.join(inside));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(fs::read_dir(&from).unwrap().count(), 1);
}

#[test]
#[cfg(unix)]
fn the_portable_backend_keeps_links_and_modes() {
    use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("closed")).unwrap();
    fs::write(from.join("closed/file"), "text").unwrap();
    fs::hard_link(from.join("closed/file"), from.join("other")).unwrap();
    symlink("to nothing", from.join("link")).unwrap();
    fs::set_permissions(from.join("closed"), fs::Permissions::from_mode(0o555)).unwrap();
    let report = TreeOptions::new()
        .copy_by(portable::copy_tree, &from, &to)
        .unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(
        (report.files, report.hard_links, report.symbolic_links),
        (1, 1, 1)
    );
    let inode = |name| fs::metadata(to.join(name)).unwrap().ino();
    assert_eq!(inode("closed/file"), inode("other"));
    assert_eq!(
        fs::read_link(to.join("link")).unwrap().to_str(),
        Some("to nothing")
    );
    assert_eq!(
        fs::metadata(to.join("closed")).unwrap().mode() & 0o7777,
        0o555
    );
    for side in [&from, &to] {
        fs::set_permissions(side.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn the_portable_backend_completes_a_copy() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub")).unwrap();
    for name in ["same", "shorter", "missing"] {
        fs::write(from.join("sub").join(name), "text").unwrap();
    }
    let options = TreeOptions::new()
        .preserve_times(true)
        .durability(Durability::Full)
        .merge(true)
        .existing(Existing::SkipSame);
    options.copy_by(portable::copy_tree, &from, &to).unwrap();
    fs::write(to.join("sub/shorter"), "te").unwrap();
    fs::remove_file(to.join("sub/missing")).unwrap();
    let report = options.copy_by(portable::copy_tree, &from, &to).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.files, report.existing), (2, 1), "{report}");
    for name in ["same", "shorter", "missing"] {
        assert_eq!(fs::read(to.join("sub").join(name)).unwrap(), b"text");
    }
    assert_eq!(fs::read_dir(to.join("sub")).unwrap().count(), 3);
    let replaces = options.existing(Existing::Replace);
    let report = replaces.copy_by(portable::copy_tree, &from, &to).unwrap();
    assert_eq!((report.files, report.existing), (3, 0), "{report}");

    let refused = replaces.preserve(Preserve::all());
    let error = refused.copy_by(portable::copy_tree, &from, &to);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unsupported);
}

/// Adds up the bytes, and cancels at so many.
#[derive(Default)]
struct Bytes {
    sum: AtomicU64,
    cancels_at: Option<u64>,
    token: CancelToken,
}

impl Progress for Bytes {
    fn advance(&self, bytes: u64) {
        let sum = self.sum.fetch_add(bytes, Ordering::SeqCst) + bytes;
        if self.cancels_at.is_some_and(|limit| sum >= limit) {
            self.token.cancel();
        }
    }
}

#[test]
fn the_portable_backend_tells_progress_and_is_cancelled() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub")).unwrap();
    for number in 0..10 {
        fs::write(from.join("sub").join(format!("{number}")), vec![7; 1000]).unwrap();
    }
    let options = |bytes: &Arc<Bytes>| {
        TreeOptions::new()
            .preserve_times(true)
            .merge(true)
            .existing(Existing::SkipSame)
            .progress(bytes.clone())
            .cancel(bytes.token.clone())
    };
    let bytes = Arc::new(Bytes {
        cancels_at: Some(4500),
        ..Bytes::default()
    });
    let cancelled = options(&bytes).copy_by(portable::copy_tree, &from, &to);
    let error = cancelled.unwrap_err();
    let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
    assert!(details.unwrap().is_cancelled(), "{error}");
    let copied: Vec<_> = fs::read_dir(to.join("sub")).unwrap().collect();
    assert!(copied.len() <= 5, "{} files", copied.len());
    for entry in copied {
        assert_eq!(fs::read(entry.unwrap().path()).unwrap(), vec![7; 1000]);
    }
    let bytes = Arc::new(Bytes::default());
    let report = options(&bytes).copy_by(portable::copy_tree, &from, &to);
    let report = report.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.files + report.existing, 10, "{report}");
    assert_eq!(bytes.sum.load(Ordering::SeqCst), report.bytes);
}

#[test]
fn the_portable_backend_does_not_write_to_a_source_inside_the_destination() {
    let directory = TempDir::new().unwrap();
    let to = directory.path().join("to");
    let from = to.join("name");
    fs::create_dir_all(from.join("name")).unwrap();
    fs::write(from.join("file"), "outer").unwrap();
    fs::write(from.join("name/file"), "inner").unwrap();
    let options = TreeOptions::new().merge(true).existing(Existing::Replace);
    let report = options.copy_by(portable::copy_tree, &from, &to).unwrap();
    assert_eq!(report.errors.len(), 1, "{report}");
    assert_eq!(report.errors[0].io_error().kind(), ErrorKind::InvalidInput);
    assert_eq!(fs::read(from.join("file")).unwrap(), b"outer");
}
