//! How a run ended, and in what two runs differ.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use walkdir::WalkDir;

/// All that somebody outside can tell of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Exit code or signal.
    pub(crate) ended: String,
    pub(crate) stdout: Vec<u8>,
    /// Without the place of a panic, which a fix may move.
    pub(crate) stderr: String,
    /// What came out of a FIFO that it wrote to.
    pub(crate) received: Vec<u8>,
    pub(crate) files: BTreeMap<String, Entry>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    kind: &'static str,
    mode: u32,
    bytes: Vec<u8>,
}

impl Outcome {
    /// In what the two differ, a line for each.
    pub(crate) fn difference(before: &Self, after: &Self) -> Option<String> {
        let mut lines = Vec::new();
        let mut note = |what: &str, before: &dyn Debug, after: &dyn Debug| {
            let (before, after) = (short(before), short(after));
            lines.push(format!(
                "    {what}: {before}\n    {what} after the fix: {after}"
            ));
        };
        if before.ended != after.ended {
            note("ended", &before.ended, &after.ended);
        }
        if before.stdout != after.stdout {
            note("stdout", &told(&before.stdout), &told(&after.stdout));
        }
        if before.stderr != after.stderr {
            note("stderr", &before.stderr, &after.stderr);
        }
        if before.received != after.received {
            note("received", &told(&before.received), &told(&after.received));
        }
        let names = before.files.keys().chain(after.files.keys());
        let names: std::collections::BTreeSet<&String> = names.collect();
        for name in names {
            let (before, after) = (before.files.get(name), after.files.get(name));
            if before != after {
                let told = |entry: Option<&Entry>| {
                    entry.map(|entry| (entry.kind, entry.mode, told(&entry.bytes)))
                };
                note(name, &told(before), &told(after));
            }
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// Length and ends of what may be megabytes.
fn told(bytes: &[u8]) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match bytes.len() {
        ..=120 => text(bytes),
        length => format!(
            "{}…{} ({length} bytes)",
            text(&bytes[..50]),
            text(&bytes[length - 50..])
        ),
    }
}

fn short(value: &dyn Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Everything below a folder.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Entry> {
    WalkDir::new(folder)
        .min_depth(1)
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("the folder is ours");
            let path = entry.path().strip_prefix(folder).expect("it lies there");
            (path.display().to_string(), self::entry(entry.path()))
        })
        .collect()
}

fn entry(path: &Path) -> Entry {
    let metadata = fs::symlink_metadata(path).expect("it was listed");
    let kind = metadata.file_type();
    let (kind, bytes) = if kind.is_symlink() {
        let target = fs::read_link(path).expect("it is a link");
        ("link", target.as_os_str().as_bytes().to_vec())
    } else if kind.is_dir() {
        ("directory", Vec::new())
    } else if kind.is_fifo() {
        ("FIFO", Vec::new())
    } else {
        // What nobody may read is what was there before.
        ("file", fs::read(path).unwrap_or_default())
    };
    Entry {
        kind,
        mode: metadata.mode() & 0o7777,
        bytes,
    }
}

/// What was said on the standard error, without where in the source a panic was and in which thread.
pub(crate) fn errors(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = |line: &str| match line.strip_prefix("thread 'main'") {
        Some(_) => "thread 'main' panicked".to_owned(),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
