//! Many small reads or writes of a file of an async runtime.

use model::{Evidence, EvidenceKind, Operation};

use crate::context::{
    Context, Draft, Subject, Verdicts, chain_evidence, evidence, labels, workload,
};
use crate::edits;
use crate::flow::{Direction, EventKind, OriginId, OriginKind};
use crate::handles;
use crate::syntax::TextRange;
use crate::types::Handle;
use crate::usage::Witness;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "async_small_io",
    operations: &[Operation::Async],
    summary: "every small read or write of an async file is a trip to another thread",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "Many small reads or writes of `tokio::fs::File` or `async_std::fs::File` without a \
            buffer: `read_u8`, `read_u32`, `read_exact` of a few bytes, `write_u8`, `write_all` of a \
            literal or a formatted text, in a loop. They may stand in the function that opens the \
            file or in one of the workspace that it is passed to; the finding is then at the place \
            that makes the bare handle, because the author of a generic `R: AsyncRead` cannot know \
            what will be passed in. Not reported: large pieces and pieces of a size that is not \
            known, `read_to_end` and `copy`, sockets, what is in memory or has a buffer, the files of \
            `async-fs` and `smol`, which read and write ahead through a pipe of their own, and writers \
            that flush or synchronise in the loop. A handful of operations, or a loop that waits for \
            somebody else in every turn, is of low confidence.",
        why_slow: "No system has a way to wait for a file as for a socket that serves all cases, so the \
            runtime hands each read and each write to a pool of threads and lets the task wait for the \
            answer: two changes of threads for four bytes, beside the system call. A buffer makes \
            one trip for every eight kilobytes.",
        when_not_faster: "Reads and writes of tens of kilobytes gain nothing, the file itself takes up to \
            two megabytes at a time. Neither does a record now and then. Where a job reads and writes \
            nothing but files, one `spawn_blocking` round std's `File` and buffers is faster still than \
            a buffer of the runtime.",
        fix_safety: "The fix wraps a file that is read in tokio's `BufReader` where it is opened. It is \
            machine-applicable when the function itself opens the file by `tokio::fs::File::open` and \
            does nothing with the handle but read it or lend it to functions of the workspace that \
            take any reader, and `maybe-incorrect` where branches join. There is none when the handle \
            is sought, cloned, asked for its metadata, stored, returned or given to anything \
            unknown, nor for a parameter or a field. A `BufReader` takes up to eight kilobytes more from \
            the file than it gives out: what somebody writes to the file in the meantime may be \
            missed. There is none for writes: tokio's `BufWriter` writes nothing when it is \
            dropped, so that it needs a `flush().await?` on every way out, also where an error leaves \
            the function or the task is cancelled at an `.await`, and what was written before the \
            error would no longer be in the file.",
        example: model::Example {
            before: r"use std::io;
use std::path::Path;

use tokio::fs::File;
use tokio::io::AsyncReadExt;

pub async fn sum(path: &Path, count: usize) -> io::Result<u64> {
    let mut file = File::open(path).await?;
    let mut total = 0;
    for _ in 0..count {
        total += u64::from(file.read_u32_le().await?);
    }
    Ok(total)
}
",
            after: r"use std::io;
use std::path::Path;

use tokio::fs::File;
use tokio::io::AsyncReadExt;

pub async fn sum(path: &Path, count: usize) -> io::Result<u64> {
    let mut file = tokio::io::BufReader::new(File::open(path).await?);
    let mut total = 0;
    for _ in 0..count {
        total += u64::from(file.read_u32_le().await?);
    }
    Ok(total)
}
",
        },
        references: &[
            "[tokio::fs: tuning your file I/O](https://docs.rs/tokio/latest/tokio/fs/index.html#tuning-your-file-io)",
            "[tokio::io::BufReader](https://docs.rs/tokio/latest/tokio/io/struct.BufReader.html)",
            "[tokio::io::BufWriter, on what is lost when it is dropped](https://docs.rs/tokio/latest/tokio/io/struct.BufWriter.html)",
            "[tokio-rs/tokio#3664: tokio::fs is slow call by call](https://github.com/tokio-rs/tokio/issues/3664)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        if origin.ty.handle() != Handle::AsyncFile || !handles::is_made_here(context, subject, id) {
            continue;
        }
        let usage =
            context
                .usages
                .usage(context.index, context.effects, subject.id, subject.flow, id);
        for (direction, witness) in usage.witnesses() {
            let is_ended = direction == Direction::Write && ends_in_loop(subject, id);
            let is_sought =
                direction == Direction::Read && usage.sought && handles::seeks_in_loop(subject, id);
            // Pieces of unknown size come from a peer or a reader more often than not, and are large.
            if !is_ended && !is_sought && !witness.chunks {
                verdicts
                    .drafts
                    .push(draft(context, subject, id, direction, witness));
            }
        }
    }
}

/// Whether each record is to be in the file before the next one is begun.
fn ends_in_loop(subject: Subject<'_>, id: OriginId) -> bool {
    let made_in = &subject.flow.origin(id).loops;
    subject.flow.events_on(id).any(|event| {
        matches!(event.kind, EventKind::Flush | EventKind::Sync)
            && subject.flow.repeats(&event.loops, made_in)
    })
}

fn draft(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
    direction: Direction,
    witness: &Witness,
) -> Draft {
    let origin = subject.flow.origin(id);
    let span = subject.span(origin.range);
    let mut proof: Vec<Evidence> = vec![handles::origin_evidence(subject, origin)];
    proof.extend(chain_evidence(&witness.chain));
    proof.push(weigh(subject, id, witness));
    let (message, variant, fix) = match direction {
        Direction::Read => (
            "this async file is read in small pieces: each is a trip to another thread",
            "default",
            reads_only(subject, id).then(|| edits::read_fix(context, subject, id)),
        ),
        Direction::Write => (
            "this async file is written in small pieces: each is a trip to another thread",
            "write",
            None,
        ),
    };
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: message.to_owned(),
        related: labels(&witness.chain),
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, variant)),
        fix: fix.flatten(),
    }
}

/// Whether the handle is tokio's and was opened to be read, as far as its name tells.
fn reads_only(subject: Subject<'_>, id: OriginId) -> bool {
    matches!(&subject.flow.origin(id).kind, OriginKind::Open { api } if api == "tokio::fs::File::open")
}

fn weigh(subject: Subject<'_>, id: OriginId, witness: &Witness) -> Evidence {
    let span = subject.span(subject.flow.origin(id).range);
    if !witness.weight.is_many() {
        return evidence(
            EvidenceKind::SmallWork,
            span,
            "only a handful of small operations reach it",
        );
    }
    if waits(subject, witness) {
        return evidence(
            EvidenceKind::SmallWork,
            span,
            "the loop waits for somebody else in every turn",
        );
    }
    evidence(
        EvidenceKind::Repeated,
        span,
        "many small operations reach it, and each waits for another thread",
    )
}

/// Calls that wait for a peer, a clock or another task.
const WAITS: &[&str] = &[
    ".recv(",
    ".recv()",
    "select!",
    "sleep(",
    ".tick(",
    ".accept(",
    ".changed(",
    ".notified(",
];

/// Whether what repeats the operations is a loop that serves others: records come one by one, and somebody may wait for them.
fn waits(subject: Subject<'_>, witness: &Witness) -> bool {
    let within = |range: TextRange| {
        let around = |event: &TextRange| range.contains(*event);
        witness.events.iter().any(around)
    };
    subject.flow.loops.iter().any(|looped| {
        within(looped.range) && {
            let text = subject.text_of(looped.range);
            WAITS.iter().any(|word| text.contains(word))
        }
    })
}
