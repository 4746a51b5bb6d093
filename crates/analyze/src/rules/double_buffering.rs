//! A buffer over something that has one.

use model::{Applicability, EvidenceKind};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits;
use crate::effects::Usage as Row;
use crate::flow::{BufferKind, Event, EventKind, OriginId, OriginKind};
use crate::types::Handle;
use crate::usage::Place;

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
        fix_safety: "Machine-applicable for a reader that is made and used in this function over \
            something buffered or in memory, if the methods called on it exist on what is inside. \
            Taking away a writer's buffer, or one under a library that has its own, changes the \
            size and the moment of the calls underneath and is `maybe-incorrect`. A method that \
            only the wrapper has (`into_inner`, `get_ref`, `buffer`), a type that is written out \
            (a field, a parameter, a return type), or a wrapper that is passed on leaves the \
            finding without a fix.",
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

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let OriginKind::Buffer {
            kind,
            over,
            argument,
            capacity: _,
        } = &origin.kind
        else {
            continue;
        };
        if *kind == BufferKind::Lines {
            continue;
        }
        let below = below(subject, *kind, over, origin.ty.arguments().first());
        let reason = below.clone().or_else(|| above(context, subject, *kind, id));
        let Some(reason) = reason else { continue };
        let span = subject.span(origin.range);
        let variant = if *kind == BufferKind::Reader {
            "read"
        } else {
            "write"
        };
        let applicability = match (kind, below.is_some()) {
            (BufferKind::Reader, true) => Applicability::MachineApplicable,
            _ => Applicability::MaybeIncorrect,
        };
        verdicts.drafts.push(Draft {
            rule: &META,
            function: subject.id,
            span,
            message: "this buffer copies every byte once more: there is a buffer already"
                .to_owned(),
            related: Vec::new(),
            evidence: vec![
                evidence(EvidenceKind::Constructor, span, "the buffer is made here"),
                evidence(EvidenceKind::ResolvedPath, span, reason),
            ],
            workload: Some(workload(META.name, variant)),
            fix: edits::unwrap_fix(
                subject,
                origin.range,
                *argument,
                "take the second buffer away",
                applicability,
            ),
        });
    }
}

/// Why what the buffer stands on needs none.
fn below(
    subject: Subject<'_>,
    kind: BufferKind,
    over: &[OriginId],
    ty: Option<&crate::types::Ty>,
) -> Option<String> {
    let ty = ty?;
    let handle = ty.handle();
    let reads = kind == BufferKind::Reader;
    let fits = match handle {
        Handle::Memory => ty.path() != Some("str"),
        Handle::BufferedReader | Handle::Stdin => reads,
        Handle::BufferedWriter => !reads,
        Handle::Abstract { buffered } => buffered && reads,
        _ => false,
    };
    // `Stdin` itself is shared behind a lock: only its lock is the buffer.
    if !fits || ty.is("std::io::Stdin") {
        return None;
    }
    let _ = (subject, over);
    Some(match handle {
        Handle::Memory => "what it stands on is in memory".to_owned(),
        Handle::Abstract { .. } => "what it stands on is declared as `BufRead`".to_owned(),
        _ => "what it stands on is buffered".to_owned(),
    })
}

/// Why everything that uses the buffer has one of its own.
fn above(
    context: &Context<'_>,
    subject: Subject<'_>,
    kind: BufferKind,
    id: OriginId,
) -> Option<String> {
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let mut reason = None;
    for event in &events {
        match &event.kind {
            EventKind::Effect { row, .. } => {
                let effect = context.effects.row(*row);
                if effect.usage != Row::Buffers {
                    return None;
                }
                reason = Some(format!("`{}` has a buffer of its own", effect.name()));
            }
            EventKind::Argument {
                callee, parameter, ..
            } => {
                let usage = context.usages.of(&Place::Parameter(*callee, *parameter))?;
                usage.buffers.as_ref()?;
                if usage.witnesses().next().is_some() || usage.kept {
                    return None;
                }
                let name = &context.index.function(*callee).function.name;
                reason = Some(format!("`{name}` buffers what it is given"));
            }
            EventKind::Buffered { .. } => {
                reason = Some("another buffer is put round it".to_owned())
            }
            EventKind::Flush if kind == BufferKind::Writer => {}
            _ => return None,
        }
    }
    reason
}
