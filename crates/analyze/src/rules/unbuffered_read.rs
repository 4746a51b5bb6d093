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
            handle or in a parser that it is passed to; the finding is then at the place that \
            makes the bare handle, because the author of a generic `R: Read` cannot know what will \
            be passed in.",
        why_slow: "`File` asks the system for exactly what it is asked for. Reading four bytes \
            costs a system call, as does reading a page; a `BufReader` asks once for every eight \
            kilobytes and serves the rest from memory.",
        when_not_faster: "A single header read, or a look at the first bytes of a file, gains \
            nothing. Neither does `read_to_end`, nor a reader that asks for large blocks: \
            `BufReader` passes these on. A reader that seeks before every read gets slower, \
            because `BufReader::seek` throws the buffer away.",
        fix_safety: "The fix wraps the handle in a `BufReader` where it is opened. It is \
            machine-applicable when the function opens a file by its path, reads it through this \
            value alone and drops it. A `BufReader` takes more from the handle than it gives out, \
            so no fix is offered when the bare handle is used later (seek, `try_clone`, `set_len`, \
            a raw descriptor, passing it on) or is shared with the caller. On a socket, pipe or \
            terminal the bytes read ahead are gone for everybody else; such places are reported \
            only.",
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
use std::io::{self, BufReader, Read};
use std::path::Path;

pub fn sum(path: &Path, count: usize) -> io::Result<u64> {
    let mut file = BufReader::new(File::open(path)?);
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
