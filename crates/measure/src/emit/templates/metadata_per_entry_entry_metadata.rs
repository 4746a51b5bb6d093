//! The type of each entry of a directory, asked for by its metadata; an entry counts as 256 bytes.

use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::Path;

use super::pattern::{Input, Pattern, Place, Way};

/// Bytes that an entry counts for: the inode that its metadata is read from, on ext4.
const ENTRY: u64 = 256;

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "metadata_per_entry/entry-metadata",
    input: Input::Folder,
    writes: false,
    throughput: false,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("DirEntry::metadata", by_metadata),
        Way::new("DirEntry::file_type", by_type),
        Way::new("fs::metadata(entry.path())", by_path).but(&[
            ("a link", "the link is followed"),
            ("a link to nowhere", "the link is followed"),
        ]),
    ],
};

/// One directory in eight.
fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    let entries = (size / ENTRY).max(1);
    let place = Place::new(directory, entries * ENTRY);
    fs::create_dir(&place.source)?;
    for number in 0..entries {
        let name = place.source.join(format!("entry-{number:08}"));
        if number % 8 == 7 {
            fs::create_dir(name)?;
        } else {
            fs::write(name, [])?;
        }
    }
    Ok(place)
}

fn by_path(place: &Place) -> io::Result<u64> {
    count(place, |entry| Ok(fs::metadata(entry.path())?.file_type()))
}

fn by_metadata(place: &Place) -> io::Result<u64> {
    count(place, |entry| Ok(entry.metadata()?.file_type()))
}

fn by_type(place: &Place) -> io::Result<u64> {
    count(place, DirEntry::file_type)
}

fn count(place: &Place, kind: fn(&DirEntry) -> io::Result<FileType>) -> io::Result<u64> {
    let (mut files, mut directories) = (0_u64, 0_u64);
    for entry in fs::read_dir(&place.source)? {
        let kind = kind(&entry?)?;
        files += u64::from(kind.is_file());
        directories += u64::from(kind.is_dir());
    }
    Ok((files << 32) | directories)
}
