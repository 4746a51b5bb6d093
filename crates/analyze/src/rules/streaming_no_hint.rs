//! One pass over a large file with nothing told to the kernel.

use model::{EvidenceKind, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Amount, Direction, Event, EventKind, OriginId, OriginKind};
use crate::sizes::{self, Size};
use crate::types::Handle;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "streaming_no_hint",
    operations: &[model::Operation::Streaming],
    summary: "a large file is read once from front to back through a small window",
    fix: model::FixAvailability::None,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "Only where the files are said to be large (`cargo io-optimize streaming large`, \
            or a size of 64 MiB and more): a file that is opened here and read from front to back \
            through a `BufReader` of the default size, by lines, in a loop or with `io::copy` \
            into something that is no file. Not reported: files that are sought, files whose \
            readers have a size of their own, and what is called configuration or the like.",
        why_slow: "Each system call fetches 8 KiB. The kernel notices that a file is read in \
            order and reads ahead by itself, as far as it is set to; a program that asks for more \
            at once makes fewer calls, and where the file is on a network or the data will not be \
            needed again, it may say so (`posix_fadvise`, direct I/O).",
        when_not_faster: "Where lines are split, decoded or parsed, that takes longer than the \
            calls do, and a larger buffer changes little. Read-ahead that is on by default makes \
            `POSIX_FADV_SEQUENTIAL` superfluous on local disks. Direct I/O is slower than the page \
            cache unless the cache has to be spared. So the measurement decides.",
        fix_safety: "There is no fix: how much memory a reader may take is the program's to say.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

pub fn discard(path: &Path) -> io::Result<u64> {
    let mut reader = BufReader::new(File::open(path)?);
    io::copy(&mut reader, &mut io::sink())
}
",
            after: r"use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

pub fn discard(path: &Path) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(256 * 1024, File::open(path)?);
    io::copy(&mut reader, &mut io::sink())
}
",
        },
        references: &[
            "[posix_fadvise(2)](https://man7.org/linux/man-pages/man2/posix_fadvise.2.html)",
            "[readahead(2)](https://man7.org/linux/man-pages/man2/readahead.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    if !context.large_files {
        return;
    }
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let OriginKind::Buffer {
            over,
            capacity: None,
            argument,
            ..
        } = &origin.kind
        else {
            continue;
        };
        let by_new = subject.text_of(origin.range).contains("::new(");
        let opened = !over.is_empty() && over.iter().all(|id| is_opened(subject, *id));
        let Some(pass) = pass_over(subject, id).filter(|_| by_new && opened) else {
            continue;
        };
        if sizes::size(context, subject, &[id]) != Size::Unbounded {
            continue;
        }
        let span = subject.span(origin.range);
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: "a large file is read in order, 8 KiB at a time: a larger buffer may pay"
                .to_owned(),
            related: vec![Label {
                span: subject.span(pass.range),
                text: "it is read from front to back here".to_owned(),
            }],
            evidence: vec![
                evidence(
                    EvidenceKind::Constructor,
                    subject.span(*argument),
                    "the file is opened here, and never sought",
                ),
                evidence(
                    EvidenceKind::Repeated,
                    subject.span(pass.range),
                    "all of it goes through the buffer once",
                ),
            ],
            alternatives: Vec::new(),
            workload: Some(workload(META.name, "default")),
            fix: None,
        });
    }
}

/// Whether a handle is a file that is opened for reading here and only put into the buffer.
fn is_opened(subject: Subject<'_>, id: OriginId) -> bool {
    let origin = subject.flow.origin(id);
    let opens = matches!(&origin.kind, OriginKind::Open { api } if api == "std::fs::File::open" || api == "fs_err::File::open");
    let only = subject.flow.events_on(id).all(|event| {
        matches!(
            event.kind,
            EventKind::Buffered { .. } | EventKind::Query { .. }
        )
    });
    opens && only && origin.ty.handle() == Handle::File
}

/// What reads a buffer from front to back, if nothing else is done with it.
fn pass_over<'a>(subject: Subject<'a>, id: OriginId) -> Option<&'a Event> {
    let made_in = &subject.flow.origin(id).loops;
    let mut pass = None;
    for event in subject.flow.events_on(id) {
        let EventKind::Transfer {
            direction: Direction::Read,
            amount,
            how,
        } = &event.kind
        else {
            return None;
        };
        let whole = matches!(how.as_str(), "lines" | "split" | "bytes" | "std::io::copy");
        let fills = *amount == Amount::Bulk && how.starts_with("read_to_");
        if whole || fills || subject.flow.repeats(&event.loops, made_in) {
            pass.get_or_insert(event);
        }
    }
    pass
}
