//! Line after line to standard output, each written by itself.

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "stdout_unbuffered",
    operations: &[model::Operation::Write],
    summary: "every line printed is a system call of its own",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`println!`, `print!`, or `writeln!` to `io::stdout()` or its lock, in a loop whose \
            length the data decides. A few lines, messages of a build script or a test, and \
            prompts that are flushed for a person to answer are not reported.",
        why_slow: "`Stdout` writes at every end of line even when the output is a file or a pipe, \
            and `println!` takes a lock each time besides. A `BufWriter` over the lock turns \
            thousands of lines into a handful of system calls.",
        when_not_faster: "Locking alone (`io::stdout().lock()` without a `BufWriter`) gains next \
            to nothing: the write is what costs. A terminal that has to draw the text, or a reader \
            at the other end of the pipe that is slower than the program, hides the gain. Pieces \
            of one line are collected by `Stdout` already.",
        fix_safety: "Never applied by default; at most `maybe-incorrect`. The lines appear when \
            the buffer is full or flushed and no longer one by one, which a person at a terminal \
            or a program that waits for a line notices. They may come after what is written to \
            standard error in the meantime. While the lock is held, another thread that prints \
            waits, and waits for ever if this one waits for it. `println!` panics when the output \
            is closed, `writeln!` returns the error. `process::exit` inside the loop loses what is \
            buffered.",
        example: model::Example {
            before: r#"pub fn print_totals(totals: &[(String, u64)]) {
    for (name, total) in totals {
        println!("{name}\t{total}");
    }
}
"#,
            after: r#"use std::io::{self, BufWriter, Write};

pub fn print_totals(totals: &[(String, u64)]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (name, total) in totals {
        writeln!(out, "{name}\t{total}")?;
    }
    out.flush()
}
"#,
        },
        references: &[
            "[std::io::Stdout](https://doc.rust-lang.org/std/io/struct.Stdout.html)",
            "[rust-lang/rust-clippy#712: unlocked standard output in loops](https://github.com/rust-lang/rust-clippy/issues/712)",
            "[rust-cli/team#86: what buffering does to interactive output](https://github.com/rust-cli/team/issues/86)",
        ],
    },
};
