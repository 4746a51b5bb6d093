//! Opening a file only to read all of it.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "verbose_file_read",
    operations: &[model::Operation::Read],
    summary: "a file is opened only to be read whole, which `fs::read` does in one call",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A file that is opened by its path and read with `read_to_end` or `read_to_string` \
            into an empty buffer, where the handle serves no other purpose; also through a \
            `BufReader`, which adds a buffer that such a read does not use.",
        why_slow: "Mostly it is longer rather than slow: three statements, a mutable binding and \
            an import where one call would do. `fs::read` asks for the size first and allocates \
            once; `File::read_to_end` does so too in today's standard library, but a reader that \
            is wrapped (`BufReader`, `Take`) may lose the size and grow the buffer step by step.",
        when_not_faster: "For a plain `File` no clear gain in speed is to be expected: the same \
            calls reach the system. Take it as a simplification. A loop that reads many files into \
            one buffer that it keeps is faster than `fs::read` for each, and is not reported.",
        fix_safety: "Machine-applicable when the file is opened for reading by path with default \
            options, the buffer is new and empty, and neither the handle nor a part of the buffer \
            is used in between: bytes and errors are then the same. Not offered when the handle is \
            used elsewhere (metadata, locks, seeks), when options were set, when the buffer had a \
            capacity or contents of its own, or when errors of opening and reading are treated \
            differently.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}
",
            after: r"use std::fs;
use std::io;
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text)
}
",
        },
        references: &[
            "[std::fs::read](https://doc.rust-lang.org/std/fs/fn.read.html)",
            "[clippy::verbose_file_reads](https://rust-lang.github.io/rust-clippy/master/index.html#verbose_file_reads)",
            "[rust-lang/rust-clippy#5368: where that rewrite is wrong](https://github.com/rust-lang/rust-clippy/issues/5368)",
        ],
    },
};
