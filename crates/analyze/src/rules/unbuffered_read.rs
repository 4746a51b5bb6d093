//! Many small reads from a handle without a buffer.

use crate::context::{Context, Subject, Verdicts};
use crate::handles;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "unbuffered_read",
    operations: &[model::Operation::Read],
    summary: "every small read is a system call of its own",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "Many small reads from a file, socket or pipe that nothing buffers: `read_exact` of \
            a few bytes in a loop, integers read with byteorder, `bytes()`, or a decoder that \
            reads its headers field by field. The reads may stand in the function that opens the \
            handle or in a parser of the workspace that it is passed to; the finding is then at \
            the place that makes the bare handle, because the author of a generic `R: Read` cannot \
            know what will be passed in. A few reads for each message from a socket that is written to as \
            well have low confidence.",
        why_slow: "`File` asks the system for exactly what it is asked for. Reading four bytes \
            costs a system call, as does reading a page; a `BufReader` asks once for every eight \
            kilobytes and serves the rest from memory.",
        when_not_faster: "A single header read, or a look at the first bytes of a file, gains \
            nothing, and asks the system for eight kilobytes instead of a few bytes. Neither does \
            `read_to_end` gain, nor a reader that asks for large blocks: `BufReader` passes these \
            on. A reader that seeks before every read gets slower, because `BufReader::seek` \
            throws the buffer away.",
        fix_safety: "The fix wraps the handle in a `BufReader` where it is opened. It is machine-applicable \
            when the function itself opens the file by `File::open` and does nothing with the \
            handle but read it, lend it to functions of the workspace that take any reader, or \
            give it to a library whose use of it is known. A function that names `File` for the \
            parameter, that nobody outside the workspace can call and that does nothing only a \
            file can is made to take `impl Read`. A file that goes into a `Box<dyn Read>` is \
            buffered inside the box. It is `maybe-incorrect` for `OpenOptions`, for fs-err, for a \
            handle that a function of the workspace returns, where branches join (each must open a \
            file; one buffer stands behind them), where the function also writes to a file that it \
            opens by `OpenOptions`, which may be the same, where the buffer is put round the last use of a \
            handle that is sought or read in another way before, or in another branch, and where a \
            private field of a struct, which one constructor fills and no pattern takes out, or a \
            variant of a private enum that no other file names keeps the file and only reads it: \
            the field or the variant then holds the buffer. There is none when the handle is sought, cloned, \
            synchronised, asked for its metadata, stored elsewhere, returned, given to anything \
            unknown, or bound with a written type that is no such box; nor for a handle that is a parameter, a \
            socket or a pipe. A `BufReader` takes up to eight kilobytes more from the \
            file than it gives out: what somebody writes to the file in the meantime may be \
            missed. The path is taken for that of a regular file; if it leads to a FIFO or a \
            terminal, the bytes read ahead are gone for everybody else who reads from it.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn sum(path: &Path, count: usize) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut total = 0;
    for _ in 0..count {
        let mut field = [0; 4];
        file.read_exact(&mut field)?;
        total += u64::from(u32::from_le_bytes(field));
    }
    Ok(total)
}
",
            after: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn sum(path: &Path, count: usize) -> io::Result<u64> {
    let mut file = io::BufReader::new(File::open(path)?);
    let mut total = 0;
    for _ in 0..count {
        let mut field = [0; 4];
        file.read_exact(&mut field)?;
        total += u64::from(u32::from_le_bytes(field));
    }
    Ok(total)
}
",
        },
        references: &[
            "[std::io::BufReader](https://doc.rust-lang.org/std/io/struct.BufReader.html)",
            "[rust-lang/rust#28073: Read::bytes on a File](https://github.com/rust-lang/rust/issues/28073)",
            "[clippy::unbuffered_bytes](https://rust-lang.github.io/rust-clippy/master/index.html#unbuffered_bytes)",
            "[read(2)](https://man7.org/linux/man-pages/man2/read.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    handles::check(context, subject, &META, verdicts);
}
