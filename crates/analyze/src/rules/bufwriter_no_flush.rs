//! A buffered writer that is dropped with its last error.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "bufwriter_no_flush",
    operations: &[model::Operation::Write],
    summary: "what is left in the buffer is written on drop, and an error there is lost",
    fix: model::FixAvailability::Sometimes,
    about_speed: false,
    docs: model::RuleDocs {
        finds: "A `BufWriter`, or an encoder that holds bytes back, which this function makes, \
            fills and drops without `flush()`, `into_inner()` or the `finish()` of the encoder. A \
            writer that is returned, stored, passed on by value or over memory is not reported.",
        why_slow: "It is not slow: it loses errors. The destructor writes what is left and throws \
            the result away, so on a full disk, an exceeded quota or a closed pipe the function \
            returns `Ok` and the file is cut short. An encoder that is dropped may also leave its \
            last block or trailer out. Somebody who opens the file by its path before the writer \
            is dropped sees a part of it.",
        when_not_faster: "Never faster: the same bytes are written by the same calls, a moment \
            earlier. No measurement speaks for or against this fix, so it is applied whatever a \
            benchmark says.",
        fix_safety: "The fix adds `flush()?` (or the encoder's `finish()?`) before the writer is \
            dropped. What it changes is its purpose: a failure that was lost is returned. It is \
            machine-applicable when the function returns a result that takes an `io::Error` with \
            `?` and the writer is still owned on every way out that succeeds. Where the function \
            returns nothing, or an error type that has no conversion, it is reported without a \
            fix.",
        example: model::Example {
            before: r#"use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn write_names(path: &Path, names: &[String]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for name in names {
        writeln!(out, "{name}")?;
    }
    Ok(())
}
"#,
            after: r#"use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn write_names(path: &Path, names: &[String]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for name in names {
        writeln!(out, "{name}")?;
    }
    out.flush()?;
    Ok(())
}
"#,
        },
        references: &[
            "[std::io::BufWriter: flush before it is dropped](https://doc.rust-lang.org/std/io/struct.BufWriter.html)",
            "[rust-lang/rust#32677: errors are lost on drop](https://github.com/rust-lang/rust/issues/32677)",
            "[rust-lang/rust-clippy#2467: a writer dropped without flush](https://github.com/rust-lang/rust-clippy/issues/2467)",
        ],
    },
};
