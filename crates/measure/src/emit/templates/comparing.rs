//! Holds that a pattern and its rewrites end alike: with the same bytes, or with errors of the same kind.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;

use super::pattern::{Answer, Input, Pattern, Place, Way};

/// About how many bytes ordinary inputs have, and large ones.
const SIZE: u64 = 1000;
const LARGE: u64 = 300_000;

/// What a way to do the work finds.
#[derive(Clone, Copy)]
enum Case {
    /// An input as it should be, of about so many bytes.
    Usual(u64),
    /// A file of these bytes, under the name of its case.
    Bytes(&'static [u8]),
    /// An ordinary file of which the last bytes are missing.
    Cut,
    /// No source at all.
    Missing,
    /// A folder in the place of a file, or a folder without entries.
    EmptyFolder,
    /// A file in the place of a folder.
    File,
    /// A link to a folder, or to nowhere, in the source.
    Link(&'static str),
    /// A file in the place of the target, longer than what is written.
    TargetIsThere,
    /// A folder in the place of the target.
    TargetIsFolder,
    /// No folder round the target.
    NoFolderForTarget,
    /// A target that takes no bytes.
    DiskIsFull,
}

fn cases<I, A>(pattern: &Pattern<I, A>) -> Vec<(&'static str, Case)> {
    let mut cases = vec![("usual", Case::Usual(SIZE)), ("large", Case::Usual(LARGE))];
    match pattern.input {
        Input::None => cases.push(("as little as can be", Case::Usual(1))),
        Input::File => {
            cases.push(("a missing file", Case::Missing));
            cases.push(("a folder", Case::EmptyFolder));
            cases.push(("a file that ends early", Case::Cut));
            cases.push(("empty", Case::Bytes(b"")));
            cases.push(("no newline at the end", Case::Bytes(b"one\ntwo")));
            cases.push(("CRLF", Case::Bytes(b"one\r\ntwo\r\n")));
            cases.push(("invalid UTF-8", Case::Bytes(b"\xff\xfe\ntwo\n")));
            cases.push((
                "invalid UTF-8 behind the first line",
                Case::Bytes(b"one\n\xff\xfe\n"),
            ));
        }
        Input::Folder => {
            cases.push(("a missing folder", Case::Missing));
            cases.push(("an empty folder", Case::EmptyFolder));
            cases.push(("a file instead", Case::File));
            if cfg!(unix) && !pattern.writes {
                cases.push(("a link", Case::Link("..")));
                cases.push(("a link to nowhere", Case::Link("nowhere")));
            }
        }
    }
    if pattern.writes && pattern.input != Input::Folder {
        cases.push(("a file that is there", Case::TargetIsThere));
        cases.push(("a folder in its place", Case::TargetIsFolder));
        cases.push(("no folder to write to", Case::NoFolderForTarget));
        if cfg!(target_os = "linux") && Path::new(FULL).exists() {
            cases.push(("a full disk", Case::DiskIsFull));
        }
    }
    cases
}

const FULL: &str = "/dev/full";

/// Compares every way with the pattern, for every input.
pub(crate) fn compare<I, A: Answer>(pattern: &Pattern<I, A>) {
    for (name, case) in cases(pattern) {
        let expected = end(pattern, &pattern.ways[0], case);
        for way in &pattern.ways[1..] {
            let found = end(pattern, way, case);
            let known = way.differs.iter().find(|(known, _)| *known == name);
            match known {
                None => assert!(
                    found == expected,
                    "{}, {}: {} ends with {}, and the pattern with {}",
                    pattern.name,
                    name,
                    way.method,
                    shown(&found),
                    shown(&expected)
                ),
                Some((_, reason)) => assert!(
                    found != expected,
                    "{}, {}: {} was known to end otherwise ({})",
                    pattern.name,
                    name,
                    way.method,
                    reason
                ),
            }
        }
    }
}

fn shown(end: &Result<Vec<u8>, ErrorKind>) -> String {
    match end {
        Ok(bytes) => format!("{} bytes", bytes.len()),
        Err(kind) => format!("{kind:?}"),
    }
}

/// What is produced, or the kind of the error.
fn end<I, A: Answer>(
    pattern: &Pattern<I, A>,
    way: &Way<I, A>,
    case: Case,
) -> Result<Vec<u8>, ErrorKind> {
    let scratch = Scratch::new(pattern.name).expect("a folder can be made");
    let place = place(pattern, &scratch.0, case).expect("the input can be made");
    let end = (pattern.prepare)(place).and_then(|input| (way.run)(&input));
    match (end, case) {
        // Whoever reads from there finds no end.
        (Ok(_), Case::DiskIsFull) => Ok(Vec::new()),
        (Ok(answer), _) => {
            let bytes = answer.bytes().expect("the answer can be read");
            let discarded = answer.discard().map(|()| bytes);
            discarded.map_err(|error| error.kind())
        }
        (Err(error), _) => Err(error.kind()),
    }
}

fn place<I, A>(pattern: &Pattern<I, A>, folder: &Path, case: Case) -> io::Result<Place> {
    let usual = |size| (pattern.set_up)(folder, size);
    let mut place = match case {
        Case::Usual(size) => return usual(size),
        Case::Bytes(bytes) => return Place::with_source(folder, bytes),
        Case::File => {
            return Ok(Place {
                size: SIZE,
                ..Place::with_source(folder, b"file")?
            });
        }
        Case::Missing | Case::EmptyFolder => Place::new(folder, SIZE),
        _ => usual(SIZE)?,
    };
    match case {
        Case::EmptyFolder => fs::create_dir(&place.source)?,
        Case::Cut => {
            let bytes = fs::read(&place.source)?;
            fs::write(&place.source, &bytes[..bytes.len() - 5])?;
        }
        Case::Link(to) => link(to, &place.source.join("link"))?,
        Case::TargetIsThere => fs::write(&place.target, vec![b'x'; 2 * SIZE as usize])?,
        Case::TargetIsFolder => fs::create_dir(&place.target)?,
        Case::NoFolderForTarget => place.target = folder.join("nowhere").join("target"),
        Case::DiskIsFull => link(FULL, &place.target)?,
        _ => {}
    }
    Ok(place)
}

#[cfg(unix)]
fn link(to: &str, from: &Path) -> io::Result<()> {
    use std::os::unix::fs::symlink;
    symlink(to, from)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> io::Result<()> {
    Err(ErrorKind::InvalidInput.into())
}

/// A folder of its own in the target directory, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> io::Result<Scratch> {
        let name = name.replace('/', "-");
        let name = format!("io-optimize-test-{}-{name}", process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left lies in the target directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}
