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
            memory. A value with a handful of plain fields that is written has low confidence.",
        why_slow: "These libraries read single bytes and write single tokens, because their \
            authors cannot know what they are given. On a bare handle each of these is a system \
            call: a brace, a comma and a key cost three `write(2)`. The cost grows with the number \
            of tokens and soon exceeds that of the formatting itself by far.",
        when_not_faster: "A document of a few tokens gains nothing that anybody would notice, and \
            a buffer has to be allocated besides. Where the whole document fits into memory, \
            `from_slice(&fs::read(path)?)` often beats `from_reader(BufReader::new(file))`, since \
            the parser then works on a slice and does not copy byte by byte. For `from_reader` of \
            serde_json and ciborium, `from_read` of rmp-serde and `deserialize_from` of bincode 1 \
            that is the alternative of the fix, and the report says which of both is faster here.",
        fix_safety: "The fix is that of `unbuffered_read` or `unbuffered_write`: a `BufReader` or \
            `BufWriter` where the handle is made. A writer that was given away is lent instead, \
            one that was made as an argument gets a `let` of its own and is closed with the block, \
            and flushed behind the last statement that uses it and before each way out that \
            carries no error; errors of the disk may so be returned by the flush, as `io::Error`, \
            and not by the serializer. It is machine-applicable when the function itself opens the \
            file by `File::open` or makes it by `File::create`, uses it for this alone and drops \
            it. It is `maybe-incorrect` where the function returns another error than \
            `io::Error`, or panics, since what the disk refuses is then told in other words or by \
            another type, for `OpenOptions`, for fs-err, for a handle that a \
            function of the workspace returns, for a file that a private field or a variant of a private enum keeps, \
            which then holds the buffer, and, for a writer, when somebody may look before the \
            flush, as told there. There is none when the handle is sought, cloned, synchronised, \
            stored elsewhere, returned or given to anything unknown, when failures are ignored, or \
            when the \
            function's error type tells no way to pass on that of the flush. Sockets, pipes and \
            handles that come from the caller are only reported. A reader that runs ahead moves \
            the file's offset further than the document's end. A process that is killed, that \
            aborts (also by a panic, where panics abort) or that calls `process::exit` elsewhere \
            in the meantime loses what is still in the buffer. The alternative reads the whole \
            file and parses it in memory. It is there where the function opens the file by \
            `File::open`, of std or of fs-err, passes a failure on or panics, and gives the file to \
            that one call alone. It is `maybe-incorrect`, and no option applies it: memory grows with \
            the file; a file that goes on behind its document, or a FIFO, is read to its end; what \
            the disk refuses while it is read is told where the file is opened, by an `io::Error` \
            and not within the parser's error; and an error of the parser may name another line \
            and column, or say in other words that the file ends too early.",
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
use std::io;
use std::io::Write;
use std::path::Path;

pub fn save(path: &Path, value: &serde_json::Value) -> io::Result<()> {
    let mut file = io::BufWriter::new(File::create(path)?);
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
