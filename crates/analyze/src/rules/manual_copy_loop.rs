//! A loop that does what `io::copy` does.

use model::{Applicability, Edit, EvidenceKind, Fix};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, edit};
use crate::flow::{Direction, Event, EventKind, OriginId};
use crate::syntax::{Expr, ExprKind, LoopKind, Operator, StatementKind, TextRange, walk};
use crate::types::Handle;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "manual_copy_loop",
    operations: &[model::Operation::Copy],
    summary: "a read and write loop moves every byte through the program",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A `loop` or `while` that reads into a buffer, writes what was read with \
            `write_all` and does nothing else. A loop that hashes, counts, reports progress, stops \
            at a limit or flushes on purpose does something that `io::copy` cannot, and is not \
            reported; neither is one that reads from memory or writes to it.",
        why_slow: "Between files, pipes and sockets `io::copy` lets the Linux kernel move the \
            bytes (`copy_file_range`, `sendfile`, `splice`): they never enter the program, and on \
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
            would have returned `ErrorKind::Interrupted`. The fix is offered for a `loop` of three \
            statements that reads, stops at zero and writes, between two names, both with `?`, \
            without a comment in it. There is none when the buffer is named again behind the loop. \
            The `let` of the buffer goes with the loop where nothing else names it. A `use` that \
            loses its last user (`Read`, `Write`) is left behind: rustc then warns, and in a crate \
            with `#![deny(warnings)]` that counts as an error, so that `--apply` takes the fix out \
            again.",
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

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for (position, looped) in subject.flow.loops.iter().enumerate() {
        let Ok(id) = u32::try_from(position) else {
            continue;
        };
        if looped.kind.is_none() || looped.kind == Some(LoopKind::For) {
            continue;
        }
        let inside: Vec<&Event> = subject
            .flow
            .events
            .iter()
            .filter(|event| event.loops.last() == Some(&id))
            .collect();
        let Some((read, write)) = copies(subject, &inside, looped.range) else {
            continue;
        };
        let span = subject.span(first_line(subject, looped.range));
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
            workload: Some(workload(META.name, "default")),
            fix: rewrite(context, subject, looped.range, read, write),
        });
    }
}

/// The read and the write of a loop that does nothing else.
fn copies<'a>(
    subject: Subject<'_>,
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
            } if how == "write_all" && write.is_none() => {
                write = Some(*event);
            }
            EventKind::Method { how } if how == "read into" => {}
            EventKind::Escape {
                how,
                by_value: false,
            } if how == "write_all of" => {}
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
    (same && !does_more(subject, range, &buffer)).then_some((read, write))
}

/// The name of the buffer that is read into.
fn read_buffer(subject: Subject<'_>, read: &Event) -> Option<String> {
    let text = subject.text_of(read.range);
    let argument = text.rsplit_once('(')?.1.trim_end_matches(')').trim();
    let name = argument.strip_prefix("&mut ").unwrap_or(argument);
    name.chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then(|| name.to_owned())
}

/// Whether a loop does anything besides moving a buffer: calls, counts, other uses of the bytes.
fn does_more(subject: Subject<'_>, range: TextRange, buffer: &str) -> bool {
    let (mut calls, mut mentions, mut more) = (0, 0, false);
    let mut visit = |expr: &Expr| {
        if !range.contains(expr.range) {
            return true;
        }
        match &expr.kind {
            ExprKind::Method { name, .. } => calls += usize::from(!passes_on(name)),
            ExprKind::Call { callee, .. } => {
                let wraps = matches!(&callee.kind, ExprKind::Path(path) if matches!(path.last(), "Ok" | "Err" | "Some"));
                calls += usize::from(!wraps);
            }
            ExprKind::Path(path) => mentions += usize::from(path.single() == Some(buffer)),
            ExprKind::Macro(_) | ExprKind::Assign { .. } => more = true,
            ExprKind::Binary {
                operator: Operator::Assign,
                ..
            } => more = true,
            _ => {}
        }
        true
    };
    walk::block_expressions(subject.body, &mut visit);
    // One call reads and one writes, each with the buffer.
    more || calls != 2 || mentions != 2
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

/// The loop as one call, where it is `loop { let n = read?; if n == 0 { break; } write?; }` and nothing else, both ends are
/// plain names, and every failure is passed on by `?`.
fn rewrite(
    context: &Context<'_>,
    subject: Subject<'_>,
    range: TextRange,
    read: &Event,
    write: &Event,
) -> Option<Fix> {
    let (from, to) = (subject.text_of(read.at), subject.text_of(write.at));
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let body = subject.text_of(range);
    if !plain(from)
        || !plain(to)
        || edits::has_comment(body)
        || !is_plain_loop(subject, range, read, write)
    {
        return None;
    }
    let buffer = read_buffer(subject, read)?;
    let rest = subject.text_of(TextRange::new(range.end, subject.body.range.end));
    if rest.contains(&buffer) {
        return None;
    }
    let lend = |name: &str, event: &Event| {
        let borrowed = event
            .origins
            .iter()
            .any(|id| subject.flow.origin(*id).borrowed);
        if borrowed {
            name.to_owned()
        } else {
            format!("&mut {name}")
        }
    };
    let copy = match context.index.means(subject.data.module, "io", "std::io") {
        true => "io::copy",
        false => "std::io::copy",
    };
    let text = format!("{copy}({}, {})?;", lend(from, read), lend(to, write));
    let mut changes = vec![edit(subject, range, text)];
    changes.extend(remove_buffer(subject, read, range));
    edits::fix(
        "copy with `io::copy`",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// The buffer has no other use: its `let` goes too.
fn remove_buffer(subject: Subject<'_>, read: &Event, looped: TextRange) -> Option<Edit> {
    let name = read_buffer(subject, read)?;
    let origin = subject.flow.origins.iter().find(|origin| {
        origin.binding.as_ref().is_some_and(|binding| {
            binding.name == name
                && binding.statement.end <= looped.start
                && binding.block.contains(looped)
        })
    })?;
    let binding = origin.binding.as_ref()?;
    let between = TextRange::new(binding.statement.end, looped.start);
    let rest = TextRange::new(looped.end, subject.body.range.end);
    let used = subject.text_of(between).contains(&name) || subject.text_of(rest).contains(&name);
    let gap = subject.text[binding.statement.end as usize..].len()
        - subject.text[binding.statement.end as usize..]
            .trim_start()
            .len();
    let whole = TextRange::new(
        binding.statement.start,
        binding.statement.end + u32::try_from(gap).ok()?,
    );
    (!used && !edits::has_comment(subject.text_of(binding.statement)))
        .then(|| edit(subject, whole, ""))
}

fn is_plain_loop(subject: Subject<'_>, range: TextRange, read: &Event, write: &Event) -> bool {
    let mut plain = false;
    let mut visit = |expr: &Expr| {
        if expr.range == range
            && let ExprKind::Loop {
                kind: LoopKind::Loop,
                body,
                ..
            } = &expr.kind
            && let [first, second, third] = body.statements.as_slice()
        {
            let ends = |range: TextRange, statement: TextRange| {
                subject.text_of(TextRange::new(range.end, statement.end)) == "?;"
            };
            let reads = matches!(first.kind, StatementKind::Let { .. })
                && first.range.contains(read.range)
                && ends(read.range, first.range);
            let stops = subject
                .text_of(second.range)
                .split_whitespace()
                .collect::<String>();
            let stops = stops.starts_with("if") && stops.ends_with("==0{break;}");
            let writes = third.range.start == write.range.start && ends(write.range, third.range);
            plain = reads && stops && writes;
        }
        true
    };
    walk::block_expressions(subject.body, &mut visit);
    // As the value of the function, the loop would need another shape.
    plain && subject.body.tail().is_none_or(|tail| tail.range != range)
}
