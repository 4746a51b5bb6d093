//! A serializer or parser that works straight on a handle without a buffer.

use crate::context::{Context, Subject, Verdicts};
use crate::handles;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "unbuffered_serde",
    operations: &[model::Operation::Read, model::Operation::Write],
    summary: "a serializer or parser makes a system call for every token",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A serializer or parser (serde_json, ciborium, rmp-serde, bincode and others in the \
            table of effects) that is given a file, socket or pipe which nothing buffers: in the \
            same function, or through a function of the workspace that takes the reader or writer \
            as a parameter. A library that reads its input to the end first, such as serde_yaml, \
            or that has a buffer of its own is not reported, nor are readers and writers in \
            memory.",
        why_slow: "These libraries read single bytes and write single tokens, because their \
            authors cannot know what they are given. On a bare handle each of these is a system \
            call: a brace, a comma and a key cost three `write(2)`. The cost grows with the number \
            of tokens and soon exceeds that of the formatting itself by far.",
        when_not_faster: "A document of a few tokens gains nothing that anybody would notice, and \
            a `BufReader` allocates its buffer besides. Where the whole document fits into memory, \
            `from_slice(&fs::read(path)?)` usually beats `from_reader(BufReader::new(file))`, \
            since the parser then works on a slice and does not copy byte by byte; it is shown as \
            an alternative, because memory then grows with the file.",
        fix_safety: "The fix wraps the handle where it is made and, for a writer, flushes it on \
            every way out of the function. It is machine-applicable when the function opens or \
            creates the file, uses it for this alone and drops it. It is not offered when the \
            handle is seeked, cloned, passed on or used again afterwards, since a reader that runs \
            ahead moves the file offset and a writer that holds back leaves bytes out. Sockets, \
            pipes and handles that come from the caller are reported only. The alternative that \
            reads the whole file first reports a missing end of file or invalid text in the same \
            way, but needs memory for the whole file and is `maybe-incorrect`.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io;
use std::path::Path;

pub fn save(path: &Path, value: &serde_json::Value) -> io::Result<()> {
    let file = File::create(path)?;
    serde_json::to_writer(file, value)?;
    Ok(())
}
",
            after: r"use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn save(path: &Path, value: &serde_json::Value) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut file, value)?;
    file.flush()?;
    Ok(())
}
",
        },
        references: &[
            "[serde_json::from_reader: read from a buffered reader, or from a slice](https://docs.rs/serde_json/latest/serde_json/fn.from_reader.html)",
            "[serde-rs/json#160: from_reader is slow](https://github.com/serde-rs/json/issues/160)",
            "[read(2)](https://man7.org/linux/man-pages/man2/read.2.html)",
            "[write(2)](https://man7.org/linux/man-pages/man2/write.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    handles::check(context, subject, &META, verdicts);
}
