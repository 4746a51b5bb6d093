//! Many small writes to a handle without a buffer.

use crate::context::{Context, Subject, Verdicts};
use crate::handles;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "unbuffered_write",
    operations: &[model::Operation::Write],
    summary: "every small write is a system call of its own",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`write!`, `writeln!`, a small `write_all`, or an encoder that writes in small \
            pieces, repeatedly on a file, socket or pipe that nothing buffers. The writes may \
            stand in the function that makes the handle or in one that it is passed to. A single \
            write, a few writes of large blocks, and writers that are in memory or have a buffer \
            are not reported.",
        why_slow: "`File` hands every write to the system. `write!` with arguments makes one call \
            for each literal piece and each argument, so that a formatted line costs several. A \
            system call costs as much as copying kilobytes.",
        when_not_faster: "Writes of tens of kilobytes each gain nothing: `BufWriter` passes them \
            on directly. A place that runs once per program, or writes a handful of lines, saves \
            microseconds. Where every record has to reach the disk before the next one \
            (`sync_data` after each), the synchronisation is the cost and not the write.",
        fix_safety: "The fix wraps the handle in a `BufWriter` where it is made and adds \
            `flush()?` on every way out of the function, since errors in the destructor are lost. \
            It is machine-applicable when the function creates a regular file, fills it and drops \
            it: the bytes and the failures are then the same, though an error may be returned by a \
            later call than before. It is not offered when somebody can look in between: the \
            handle is a pipe, socket, terminal or log, comes from the caller or goes back to it, \
            or is synchronised, read back, seeked, renamed or shared while it is open. A process \
            that is killed, or that leaves by `process::exit` or a panic, loses what is still in \
            the buffer.",
        example: model::Example {
            before: r#"use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

pub fn write_totals(path: &Path, totals: &[(String, u64)]) -> io::Result<()> {
    let mut file = File::create(path)?;
    for (name, total) in totals {
        writeln!(file, "{name}\t{total}")?;
    }
    Ok(())
}
"#,
            after: r#"use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn write_totals(path: &Path, totals: &[(String, u64)]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for (name, total) in totals {
        writeln!(file, "{name}\t{total}")?;
    }
    file.flush()?;
    Ok(())
}
"#,
        },
        references: &[
            "[std::io::BufWriter](https://doc.rust-lang.org/std/io/struct.BufWriter.html)",
            "[rust-lang/rust-clippy#1805: unbuffered reads and writes](https://github.com/rust-lang/rust-clippy/issues/1805)",
            "[write(2)](https://man7.org/linux/man-pages/man2/write.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    handles::check(context, subject, &META, verdicts);
}
