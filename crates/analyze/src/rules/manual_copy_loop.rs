//! A loop that does what `io::copy` does.

mod bytewise;
mod rewrite;

use model::EvidenceKind;

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Direction, Event, EventKind, OriginId};
use crate::syntax::{Expr, ExprKind, LoopKind, Operator, TextRange, walk};
use crate::types::Handle;
use crate::words::is_part;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "manual_copy_loop",
    operations: &[model::Operation::Copy],
    summary: "a read and write loop moves every byte through the program",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A `loop` or `while` that reads into a buffer, writes what was read and does nothing else but add up \
            the number of bytes, which `io::copy` returns; also where the bytes of the buffer are written one by one. A loop that hashes, reports progress, stops \
            at a limit or flushes on purpose does something that `io::copy` cannot, and is not \
            reported; neither is one that reads from memory or writes to it.",
        why_slow: "From file to file, and from a pipe, `io::copy` lets the Linux kernel move the \
            bytes (`copy_file_range`, `splice`): they never enter the program, and on \
            a file system that shares blocks nothing is copied at all. A hand-written loop copies \
            every byte twice and makes two system calls for each buffer.",
        when_not_faster: "The kernel path is taken only when both sides are types of the standard \
            library that it knows. Through `dyn Read`, a compressor or a reader of another crate \
            `io::copy` is a loop with a small buffer itself; a hand-written loop with a large \
            buffer is then as fast or faster. Small copies gain nothing. Other systems than Linux \
            and Android have no kernel path.",
        fix_safety: "At most `maybe-incorrect`. The same bytes arrive, but in pieces of another \
            size and at other moments, which the reader of a pipe, socket or terminal can tell; a \
            writer that expects whole blocks sees others; and `io::copy` tries again where a loop \
            would have returned `ErrorKind::Interrupted`. The fix is offered where the loop only reads, stops at zero and writes, in one of the usual \
            shapes (`if read == 0`, `match`, `while read > 0`, trying again after an interruption), between two names, \
            both with `?`, without a comment in it. There is none when the buffer is named again behind the loop. \
            The `let` of the buffer goes with the loop where nothing else names it. A `use` that \
            loses its last user (`Read`, `Write`) is left behind: rustc then warns, and in a crate \
            with `#![deny(warnings)]` that counts as an error, so that `--apply` takes the fix out \
            again. \
            In the place of `io::copy` comes `io_optimize::io_copy` with `--runtime`, unless it measures no faster, between \
            types of std that it knows. Besides what is said above, on Linux it has the kernel copy from a file to a pipe, a \
            socket or a terminal too: what is written to the file before somebody reads them shows in those bytes.",
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

/// A loop that only copies, with its read and its write.
pub(crate) struct CopyLoop<'a> {
    pub(crate) range: TextRange,
    read: &'a Event,
    write: &'a Event,
}

/// The loops of a function that only copy.
pub(crate) fn copy_loops<'a>(context: &Context<'_>, subject: Subject<'a>) -> Vec<CopyLoop<'a>> {
    let mut found = Vec::new();
    for (id, looped) in (0..).zip(&subject.flow.loops) {
        if looped.kind.is_none() || looped.kind == Some(LoopKind::For) {
            continue;
        }
        let inside: Vec<&Event> = subject
            .flow
            .events
            .iter()
            .filter(|event| event.loops.last() == Some(&id))
            .collect();
        let range = looped.range;
        let transfers = copies(subject, &inside, range)
            .or_else(|| bytewise::copies(context, subject, id, range));
        found.extend(transfers.map(|(read, write)| CopyLoop { range, read, write }));
    }
    found
}

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for CopyLoop { range, read, write } in copy_loops(context, subject) {
        let span = subject.span(first_line(subject, range));
        let (fix, runtime) = match rewrite::fixes(context, subject, range, read, write) {
            Some((std, runtime)) => (Some(std), runtime),
            None => (None, None),
        };
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: "this loop only copies: `io::copy` does it in the kernel where it can"
                .to_owned(),
            related: vec![
                model::Label {
                    span: subject.span(read.range),
                    text: "it reads into a buffer".to_owned(),
                },
                model::Label {
                    span: subject.span(write.range),
                    text: "and writes the same bytes".to_owned(),
                },
            ],
            evidence: vec![
                evidence(
                    EvidenceKind::ResolvedPath,
                    subject.span(read.range),
                    "what is read goes nowhere else",
                ),
                evidence(
                    EvidenceKind::Repeated,
                    span,
                    "it goes through the program's memory piece by piece",
                ),
            ],
            alternatives: runtime.into_iter().collect(),
            workload: Some(workload(META.name, "default")),
            fix,
        });
    }
}

/// The read and the write of a loop that does nothing else.
fn copies<'a>(
    subject: Subject<'a>,
    inside: &[&'a Event],
    range: TextRange,
) -> Option<(&'a Event, &'a Event)> {
    let mut read = None;
    let mut write = None;
    for event in inside {
        match &event.kind {
            EventKind::Transfer {
                direction: Direction::Read,
                how,
                ..
            } if how == "read" && read.is_none() => read = Some(*event),
            EventKind::Transfer {
                direction: Direction::Write,
                how,
                ..
            } if matches!(how.as_str(), "write_all" | "write") && write.is_none() => {
                write = Some(*event);
            }
            EventKind::Method { how } if how == "read into" => {}
            EventKind::Escape {
                how,
                by_value: false,
            } if matches!(how.as_str(), "write_all of" | "write of") => {}
            _ => return None,
        }
    }
    let (read, write) = (read?, write?);
    let handle = |event: &Event| {
        event
            .origins
            .iter()
            .map(|id: &OriginId| subject.flow.origin(*id).ty.handle())
            .next()
    };
    // Bytes in memory are not copied by the kernel.
    if handle(read) == Some(Handle::Memory) || handle(write) == Some(Handle::Memory) {
        return None;
    }
    let buffer = read_buffer(subject, read)?;
    let written = subject.text_of(write.range);
    let same =
        written.contains(&format!("&{buffer}[..")) || written.contains(&format!("&{buffer}[0.."));
    (same && !does_more(subject, range, read.range, &buffer)).then_some((read, write))
}

/// The name of the buffer that is read into.
fn read_buffer(subject: Subject<'_>, read: &Event) -> Option<String> {
    let text = subject.text_of(read.range);
    let argument = text.rsplit_once('(')?.1.trim_end_matches(')').trim();
    let name = argument.strip_prefix("&mut ").unwrap_or(argument);
    name.chars().all(is_part).then(|| name.to_owned())
}

/// Whether a loop does anything besides moving a buffer: calls, other uses of the bytes, assignments. The number of bytes may be
/// added up, since `io::copy` returns it.
fn does_more(subject: Subject<'_>, range: TextRange, read: TextRange, buffer: &str) -> bool {
    let (mut calls, mut mentions, mut more) = (0, 0, false);
    let mut visit = |expr: &Expr| {
        if !range.contains(expr.range) {
            return true;
        }
        match &expr.kind {
            ExprKind::Method { name, .. } => calls += usize::from(!passes_on(name)),
            ExprKind::Call { callee, .. } => {
                calls += usize::from(!wraps(callee));
            }
            ExprKind::Path(path) => mentions += usize::from(path.single() == Some(buffer)),
            ExprKind::Macro(_) => more = true,
            ExprKind::Assign { right, .. } => more |= !right.range.contains(read),
            ExprKind::Binary {
                left,
                operator: Operator::Assign,
                ..
            } => more |= !matches!(left.kind, ExprKind::Path(_)),
            _ => {}
        }
        true
    };
    walk::block_expressions(subject.body, &mut visit);
    // One call reads and one writes, each with the buffer.
    more || calls != 2 || mentions != 2
}

/// A call that only makes a value of `Result` or `Option`.
fn wraps(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Path(path) if matches!(path.last(), "Ok" | "Err" | "Some"))
}

/// Methods that only open a result or ask what kind of failure it is.
fn passes_on(name: &str) -> bool {
    matches!(
        name,
        "unwrap" | "expect" | "map_err" | "context" | "with_context" | "is_empty" | "kind"
    )
}

fn first_line(subject: Subject<'_>, range: TextRange) -> TextRange {
    let length = subject
        .text_of(range)
        .find('\n')
        .unwrap_or((range.end - range.start) as usize);
    TextRange::new(
        range.start,
        range.start + u32::try_from(length).unwrap_or(0),
    )
}
