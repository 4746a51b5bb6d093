//! The type of each entry of a directory.

use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::Path;
use std::rc::Rc;

use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

/// Bytes that an entry counts for: the inode that its metadata is read from, on ext4.
const ENTRY_BYTES: u64 = 256;

pub(super) const PATH: Workload = Workload {
    rule: "metadata_per_entry",
    variants: &["path-metadata", "default"],
    description: "counts files and directories of one directory, one directory in eight; the pattern asks by path; an \
                  entry counts as 256 bytes",
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up: |directory, size| set_up(directory, size, Role::Baseline, Role::Alternative),
};

pub(super) const ENTRY: Workload = Workload {
    rule: "metadata_per_entry",
    variants: &["entry-metadata"],
    description: "counts files and directories of one directory, one directory in eight; the pattern asks the entry \
                  for its metadata; an entry counts as 256 bytes",
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up: |directory, size| set_up(directory, size, Role::Alternative, Role::Baseline),
};

fn set_up(directory: &Path, size: u64, path: Role, entry: Role) -> io::Result<Setup> {
    let entries = (size / ENTRY_BYTES).max(1);
    let listed: Rc<Path> = directory.join("entries").into();
    fs::create_dir(&listed)?;
    for number in 0..entries {
        let name = listed.join(format!("entry-{number:08}"));
        if number % 8 == 7 {
            fs::create_dir(name)?;
        } else {
            fs::write(name, [])?;
        }
    }
    let (by_path, by_entry) = (listed.clone(), listed.clone());
    let mut candidates = vec![
        Candidate::new(path, "fs::metadata(entry.path())", move || {
            count(
                &by_path,
                |entry| Ok(fs::metadata(entry.path())?.file_type()),
            )
        }),
        Candidate::new(entry, "DirEntry::metadata", move || {
            count(&by_entry, |entry| Ok(entry.metadata()?.file_type()))
        }),
        Candidate::new(Role::Suggested, "DirEntry::file_type", move || {
            count(&listed, DirEntry::file_type)
        }),
    ];
    candidates.sort_by_key(|candidate| candidate.role != Role::Baseline);
    Ok(Setup {
        size: entries * ENTRY_BYTES,
        candidates,
    })
}

fn count(directory: &Path, kind: impl Fn(&DirEntry) -> io::Result<FileType>) -> io::Result<u64> {
    let (mut files, mut directories) = (0_u64, 0_u64);
    for entry in fs::read_dir(directory)? {
        let kind = kind(&entry?)?;
        files += u64::from(kind.is_file());
        directories += u64::from(kind.is_dir());
    }
    Ok(files << 32 | directories)
}
