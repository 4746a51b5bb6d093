//! A buffer over something that has one.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "double_buffering",
    operations: &[model::Operation::Read, model::Operation::Write],
    summary: "a buffer over something that is buffered or in memory only copies",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A `BufReader` over a reader that buffers already (another `BufReader`, `Stdin`), \
            or over bytes in memory (`Cursor`, `&[u8]`); a `BufWriter` over a `Vec<u8>` or another \
            `BufWriter`; and either of them given to a library that puts a buffer of its own on \
            top, such as csv or the readers of flate2.",
        why_slow: "Every byte is copied once more and eight kilobytes are allocated for a buffer \
            that saves no system call.",
        when_not_faster: "The gain is small, a few per cent where data is streamed, and disappears \
            beside any real work on it: large reads and writes pass through the outer buffer \
            without a copy. The clearest gain is the allocation, where many short-lived readers \
            are made. An outer buffer that was made larger on purpose (`with_capacity`) may save \
            system calls and is not reported.",
        fix_safety: "Machine-applicable when the wrapper is made and used in this function and the \
            methods called on it exist on what is inside. A method that only the wrapper has \
            (`into_inner`, `get_ref`, `buffer`), a type that is written out (a field, a return \
            type), or a wrapper that is passed on makes the finding one without a fix.",
        example: model::Example {
            before: r"use std::io::{self, BufRead, BufReader, Cursor};

pub fn count_lines(bytes: Vec<u8>) -> io::Result<usize> {
    let reader = BufReader::new(Cursor::new(bytes));
    let mut lines = 0;
    for line in reader.lines() {
        line?;
        lines += 1;
    }
    Ok(lines)
}
",
            after: r"use std::io::{self, BufRead, Cursor};

pub fn count_lines(bytes: Vec<u8>) -> io::Result<usize> {
    let reader = Cursor::new(bytes);
    let mut lines = 0;
    for line in reader.lines() {
        line?;
        lines += 1;
    }
    Ok(lines)
}
",
        },
        references: &[
            "[std::io::BufReader: when it does not help](https://doc.rust-lang.org/std/io/struct.BufReader.html)",
            "[csv::Reader buffers by itself](https://docs.rs/csv/latest/csv/struct.Reader.html)",
            "[rust-lang/rust-clippy#6755: BufReader over Stdin](https://github.com/rust-lang/rust-clippy/issues/6755)",
        ],
    },
};
