//! A `stat` for every directory entry whose type is known already.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "metadata_per_entry",
    operations: &[model::Operation::Metadata, model::Operation::Network],
    summary: "every directory entry is looked up again though its type is known",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`is_dir()`, `is_file()`, `is_symlink()` or `metadata()` on the path of an entry of \
            `read_dir`, walkdir or ignore, or `DirEntry::metadata()` of which only the type is \
            used. Where size, times or permissions are needed as well, one `metadata()` is right \
            and nothing is reported.",
        why_slow: "The system returns the type of each entry together with its name. `file_type()` \
            reads it from there; `metadata()` and `is_dir()` make a system call that walks the \
            path again, for every entry. On a network file system each is a round trip to the \
            server.",
        when_not_faster: "Some file systems do not say the type in the listing (`d_type` is \
            `DT_UNKNOWN`, for example on XFS made without `ftype`); `file_type()` then makes the \
            same call as before. On Windows the listing carries all attributes and \
            `DirEntry::metadata()` costs no call. A directory of a few entries gains nothing that \
            is noticed.",
        fix_safety: "At most `maybe-incorrect`. `Path::is_dir`, `Path::is_file` and `fs::metadata` \
            follow symbolic links and `DirEntry::file_type` does not: a link to a directory stops \
            being a directory. `DirEntry::metadata` does not follow links either, so the answer is \
            the same; but it fails for an entry that vanished after the listing, and in a \
            directory that may be listed and not searched, where `file_type` succeeds. \
            `Path::is_dir` answers `false` where it fails; the fix keeps that.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub fn directories(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.metadata()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
",
            after: r"use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub fn directories(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
",
        },
        references: &[
            "[std::fs::DirEntry::file_type](https://doc.rust-lang.org/std/fs/struct.DirEntry.html#method.file_type)",
            "[rust-lang/rust-clippy#12955: metadata only for its type](https://github.com/rust-lang/rust-clippy/issues/12955)",
            "[readdir(3), on d_type](https://man7.org/linux/man-pages/man3/readdir.3.html)",
            "[stat(2)](https://man7.org/linux/man-pages/man2/stat.2.html)",
        ],
    },
};
