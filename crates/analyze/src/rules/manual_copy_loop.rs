//! A loop that does what `io::copy` does.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "manual_copy_loop",
    operations: &[model::Operation::Copy],
    summary: "a read and write loop moves every byte through the program",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A loop that reads into a buffer, writes what was read and does nothing else. A \
            loop that hashes, counts, reports progress, stops at a limit or flushes on purpose \
            does something that `io::copy` cannot, and is not reported.",
        why_slow: "Between files, pipes and sockets `io::copy` lets the Linux kernel move the \
            bytes (`copy_file_range`, `sendfile`, `splice`): they never enter the program, and on \
            a file system that shares blocks nothing is copied at all. A hand-written loop copies \
            every byte twice and makes two system calls for each buffer.",
        when_not_faster: "The kernel path is taken only when both sides are types of the standard \
            library that it knows. Through `dyn Read`, a compressor or a reader of another crate \
            `io::copy` is a loop with a small buffer itself; a hand-written loop with a large \
            buffer is then as fast or faster. Small copies gain nothing. Other systems than Linux \
            and Android have no kernel path.",
        fix_safety: "Machine-applicable when this function opens both files and the loop \
            propagates every error: the same bytes arrive, and both sides are left at the same \
            place. Otherwise `maybe-incorrect`: on a pipe, socket or terminal the sizes and \
            moments of the writes change, a writer that expects whole blocks sees others, and \
            `io::copy` tries again where a loop would have returned `ErrorKind::Interrupted`.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut input = File::open(from)?;
    let mut output = File::create(to)?;
    let mut buffer = [0; 8192];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        output.write_all(&buffer[..read])?;
    }
    Ok(())
}
",
            after: r"use std::fs::File;
use std::io;
use std::path::Path;

pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut input = File::open(from)?;
    let mut output = File::create(to)?;
    io::copy(&mut input, &mut output)?;
    Ok(())
}
",
        },
        references: &[
            "[std::io::copy, with its platform-specific behavior](https://doc.rust-lang.org/std/io/fn.copy.html)",
            "[copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html)",
            "[sendfile(2)](https://man7.org/linux/man-pages/man2/sendfile.2.html)",
            "[splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html)",
        ],
    },
};
