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
            stand in the function that makes the handle or in one of the workspace that it is \
            passed to. A few small writes count for little: such a finding has low confidence. About a \
            dozen to a file that no loop makes are of medium confidence at most. \
            Large blocks, and writers that are in memory or have a buffer, are not reported.",
        why_slow: "`File` hands every write to the system. `write!` with arguments makes one call \
            for each literal piece and each argument, so that a formatted line costs several. A \
            system call costs as much as copying kilobytes.",
        when_not_faster: "Writes of tens of kilobytes each gain nothing: `BufWriter` passes them \
            on directly. A place that runs once per program, or writes a handful of lines, saves \
            microseconds. Where every record has to reach the disk before the next one \
            (`sync_data` after each), the synchronisation is the cost and not the write.",
        fix_safety: "The fix wraps the handle in a `BufWriter` where it is made and flushes it. The flush \
            stands behind the last statement that writes and before each `return`, `break` or \
            `continue` that leaves earlier without an error, and treats its failure as the writes \
            do (`?`, `unwrap()`, `map_err(…)?`). Where an error is on its way out already, the \
            destructor writes the rest, and a second error is lost. An error may so be returned by \
            a later call than before. It is machine-applicable when the function itself makes the \
            file by `File::create`, fills it and drops it. A function that names `File` for the \
            parameter, that nobody outside the workspace can call and that does nothing only a \
            file can is made to take `impl Write`. It is `maybe-incorrect` where an \
            encoder or another function that writes tells a failure by an error of its own and the \
            function does not return `io::Error`, for `OpenOptions`, for \
            fs-err and for a handle that a function of the workspace returns, for a file that one \
            branch puts into a `Box<dyn Write>`, whose other contents are then flushed as well, \
            for a file that one of several branches opens, for a file that a value of the \
            workspace keeps and whose methods do all the writing (it gets a loan), for a file in a \
            field of a struct that nobody outside its source file can name, and wherever \
            somebody may look before the flush: when anything from the opening to the end of the \
            last statement that writes touches files by path, processes, threads or channels, \
            awaits, calls a closure, runs a macro that is not known, makes a value whose \
            destructor is the workspace's own, prints, writes to another handle (of which more is \
            written before a failure is noticed), or calls a function of the workspace that does one \
            of these. So it is for a path that is written out and starts with `/dev/`. A file that \
            is given away for good to a function that flushes it behind all its writes gets no \
            flush more. Such a field holds the buffer when all that is done with it are writes, \
            when the constructor is only called to fill a variable of which nothing but methods are \
            called, and when no failure of these is dealt with on the spot; the flush stands where \
            the variable is used last, or in the method by which it ends, which has to be \
            passed. What such methods do in between is seen like anything that somebody looks at before the flush. There is none when the handle is sought, synchronised, cloned, asked for \
            its metadata, dropped by hand, returned, stored otherwise, or given to anything unknown; when \
            the failure of a write is ignored or dealt with on the spot, other than in a result of \
            I/O that is kept for later, which the flush then joins; when the block names `process::exit`; when the writes are in a closure; or when no place for \
            the flush is sure to be passed. Sockets, pipes and handles that are parameters or \
            fields are only reported. A process that is killed, that aborts (also by a panic, \
            where panics abort) or that calls `process::exit` elsewhere in the meantime loses what \
            is still in the buffer; without the buffer the system had it. Any other path is taken \
            for that of a regular file: at a FIFO or a device, lines arrive together instead of \
            one by one.",
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
use std::io::{self, Write};
use std::path::Path;

pub fn write_totals(path: &Path, totals: &[(String, u64)]) -> io::Result<()> {
    let mut file = io::BufWriter::new(File::create(path)?);
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
