//! What the programs are run on.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

/// Where every write finds no room.
pub(crate) const FULL_DEVICE: &str = "/dev/full";

/// One input: what a program reads, where it writes, and who takes what it prints.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) target: Target,
    pub(crate) output: Output,
}

/// What stands at the path that a program is given first; its standard input is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Text(Text),
    Missing,
    Directory,
    Unreadable,
    Executable,
    Fifo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    Small,
    Medium,
    Large,
    Empty,
    BlankLines,
    NoLastLineBreak,
    WindowsLineBreaks,
    InvalidAtOnce,
    InvalidLater,
    HugeLine,
    EveryByte,
}

/// What stands at the path that a program is given next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing.
    New,
    /// A longer file that only its owner may read.
    Longer,
    ReadOnly,
    Directory,
    InNoFolder,
    /// A device without room.
    Device,
    /// A file system with little room.
    SmallDisk,
    Fifo,
    /// The source, by its own name.
    Source,
    /// The source, by a symbolic link.
    Link,
}

/// Who takes what a program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Everything,
    /// Nobody: the reader is gone when the program starts.
    Closed,
    /// Somebody who goes away after one byte.
    ClosedAfterAByte,
    /// A device without room.
    Full,
}

const fn text(name: &'static str, text: Text) -> Case {
    source(name, Source::Text(text))
}

const fn source(name: &'static str, source: Source) -> Case {
    Case {
        name,
        source,
        target: Target::New,
        output: Output::Everything,
    }
}

const fn target(name: &'static str, text: Text, target: Target) -> Case {
    Case {
        name,
        source: Source::Text(text),
        target,
        output: Output::Everything,
    }
}

const fn output(name: &'static str, text: Text, output: Output) -> Case {
    Case {
        name,
        source: Source::Text(text),
        target: Target::New,
        output,
    }
}

pub(crate) const CASES: [Case; 33] = [
    text("small", Text::Small),
    text("medium", Text::Medium),
    text("large", Text::Large),
    text("empty", Text::Empty),
    text("blank lines", Text::BlankLines),
    text("no last line break", Text::NoLastLineBreak),
    text("Windows line breaks", Text::WindowsLineBreaks),
    text("invalid UTF-8 at once", Text::InvalidAtOnce),
    text("invalid UTF-8 later", Text::InvalidLater),
    text("huge line", Text::HugeLine),
    text("every byte", Text::EveryByte),
    source("missing", Source::Missing),
    source("directory", Source::Directory),
    source("unreadable", Source::Unreadable),
    source("executable", Source::Executable),
    source("FIFO", Source::Fifo),
    target("over a longer file", Text::Small, Target::Longer),
    target("to a read-only file", Text::Small, Target::ReadOnly),
    target("to a directory", Text::Small, Target::Directory),
    target("into no folder", Text::Small, Target::InNoFolder),
    target("small to a full device", Text::Small, Target::Device),
    target("medium to a full device", Text::Medium, Target::Device),
    target("large to a full device", Text::Large, Target::Device),
    target("medium to a small disk", Text::Medium, Target::SmallDisk),
    target("large to a small disk", Text::Large, Target::SmallDisk),
    target("to a FIFO", Text::Medium, Target::Fifo),
    target("small onto itself", Text::Small, Target::Source),
    target("medium onto itself", Text::Medium, Target::Source),
    target("onto itself by a link", Text::Small, Target::Link),
    output("printed to nobody", Text::Small, Output::Closed),
    output("much printed to nobody", Text::Large, Output::Closed),
    output("printed to a full device", Text::Small, Output::Full),
    output(
        "printed to who leaves early",
        Text::Large,
        Output::ClosedAfterAByte,
    ),
];

impl Text {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let lines = |count: usize| -> Vec<u8> {
            let line = |number: usize| format!("{}\n", number * 7919);
            (0..count)
                .flat_map(|number| line(number).into_bytes())
                .collect()
        };
        match self {
            Self::Small => lines(5),
            // More than a buffer and less than a pipe or the small disk holds.
            Self::Medium => lines(6_000),
            Self::Large => lines(40_000),
            Self::Empty => Vec::new(),
            Self::BlankLines => b"\n\n17\n\n\n  \n\t\n4\n\n".to_vec(),
            Self::NoLastLineBreak => b"12\n3456\n789".to_vec(),
            Self::WindowsLineBreaks => b"12\r\n3456\r\n\r\n789\r\r\n0\r".to_vec(),
            Self::InvalidAtOnce => b"\xff\xfe12\n34\n".to_vec(),
            Self::InvalidLater => [lines(6_000).as_slice(), b"\xc3(\n", &lines(100)].concat(),
            Self::HugeLine => [vec![b'1'; 1 << 20], b"\n22\n".to_vec()].concat(),
            Self::EveryByte => (0..=255).cycle().take(10_000).collect(),
        }
    }
}

impl Case {
    /// Whether the program must not be root, who may read and write everything.
    pub(crate) fn denies(&self) -> bool {
        self.target == Target::ReadOnly || self.source == Source::Unreadable
    }

    /// Whether it differs from others in nothing but the target.
    pub(crate) fn of_target(&self) -> bool {
        self.target != Target::New
    }

    /// Whether it shows how much is printed of a large input.
    pub(crate) fn is_large(&self) -> bool {
        self.source == Source::Text(Text::Large)
            && self.target == Target::New
            && self.output == Output::Everything
    }

    /// Whether it is for programs that print more of the large input than a pipe holds: whether others notice a reader that goes away is a
    /// matter of time.
    pub(crate) fn of_much_output(&self) -> bool {
        self.output == Output::ClosedAfterAByte
            || self.output == Output::Closed && self.source == Source::Text(Text::Large)
    }

    /// Makes what the program finds in its folder; a FIFO, a device and a disk are the runner's to make.
    pub(crate) fn prepare(&self, folder: &Path) {
        let made = |done: std::io::Result<()>| done.expect("the folder is ours");
        let input = folder.join("input");
        match self.source {
            Source::Missing | Source::Fifo => {}
            Source::Text(text) => made(fs::write(&input, text.bytes())),
            Source::Unreadable => write_with(&input, &Text::Small.bytes(), 0o000),
            Source::Executable => write_with(&input, &Text::Small.bytes(), 0o754),
            Source::Directory => {
                made(fs::create_dir_all(input.join("folder/inner")));
                made(fs::create_dir(input.join("empty")));
                for name in ["a", "b", "folder/c", "folder/inner/d"] {
                    made(fs::write(input.join(name), Text::Small.bytes()));
                }
                made(fs::write(input.join("nothing"), ""));
                for (to, name) in [("a", "link"), ("empty", "way"), ("nowhere", "broken")] {
                    made(symlink(to, input.join(name)));
                }
            }
        }
        let output = folder.join("output");
        match self.target {
            Target::New
            | Target::InNoFolder
            | Target::SmallDisk
            | Target::Fifo
            | Target::Source => {}
            Target::Longer => write_with(&output, &[b'x'; 50_000], 0o600),
            Target::ReadOnly => write_with(&output, b"before\n", 0o444),
            Target::Directory => made(fs::create_dir(&output)),
            Target::Link => made(symlink("input", &output)),
            // Not the device itself, which a program of root's could rename.
            Target::Device => made(symlink(FULL_DEVICE, &output)),
        }
    }

    /// The second argument of the program.
    pub(crate) fn target_path(&self) -> &'static str {
        match self.target {
            Target::InNoFolder => "nowhere/output",
            Target::SmallDisk => "disk/output",
            Target::Source => "input",
            _ => "output",
        }
    }
}

fn write_with(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).expect("the folder is ours");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the file is ours");
}
