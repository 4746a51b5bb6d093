//! A tiny buffer for much data.

mod larger;

use model::{EvidenceKind, Fix, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Direction, Event, EventKind, OriginId, OriginKind};
use crate::sizes::{self, Size};
use crate::syntax::{LoopKind, TextRange};
use crate::types::{Handle, Ty};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "small_buffer",
    operations: &[model::Operation::Streaming, model::Operation::Network],
    summary: "much data goes through a buffer of a page or less",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A loop that reads a file, or a reader that a caller gives, to its end with `read` \
            into a buffer of 4 KiB or less that is made before the loop; an implementation of \
            `Read` that fills a field of 512 bytes or less from what it reads; and a `BufReader` \
            or `BufWriter` round a file with a capacity below the 8 KiB that `new` gives, where \
            the file is read or written more than once. Not reported: one look at the first bytes, \
            sockets and pipes, whose pieces are as large as what has arrived, readers in memory or \
            behind a buffer, and loops that only copy.",
        why_slow: "Each turn is a system call, whatever it moves. A buffer of 64 KiB makes a \
            sixteenth of the calls of one of 4 KiB, and what works on the bytes (a hash, a search) \
            is called as rarely. On a network file system each call may be a round trip.",
        when_not_faster: "Above 64 KiB to 256 KiB nothing more is gained, and a buffer that no \
            longer fits the processor's cache costs. Where the work on each byte takes much longer \
            than fetching it, the calls are lost in it; so they are for files of a few kilobytes.",
        fix_safety: "Always `maybe-incorrect`: the program takes 64 KiB for the buffer, and what is \
            written is seen later, in larger pieces. The buffer becomes a vector of 64 KiB, which lies on the \
            heap, and a capacity that is written as a number becomes that many. There is no fix where anything but \
            reading into the buffer and taking what was read from its start may rely on its size, where its type is \
            written down or it is a field, and where its length is a constant that is named elsewhere too.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn checksum(path: &Path) -> io::Result<u8> {
    let mut file = File::open(path)?;
    let mut buffer = [0; 512];
    let mut sum = 0_u8;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sum);
        }
        sum = buffer[..read].iter().fold(sum, |sum, byte| sum ^ byte);
    }
}
",
            after: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn checksum(path: &Path) -> io::Result<u8> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut sum = 0_u8;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sum);
        }
        sum = buffer[..read].iter().fold(sum, |sum, byte| sum ^ byte);
    }
}
",
        },
        references: &[
            "[read(2)](https://man7.org/linux/man-pages/man2/read.2.html)",
            "[std::io::BufReader::with_capacity](https://doc.rust-lang.org/std/io/struct.BufReader.html#method.with_capacity)",
        ],
    },
};

/// A buffer up to this many bytes is small for a loop.
const PAGE: u64 = 4096;
/// One up to this many bytes is small for what is called for each piece.
const PIECE: u64 = 512;
/// What `BufReader::new` and `BufWriter::new` take.
const DEFAULT: u64 = 8192;

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for event in &subject.flow.events {
        let reads = matches!(&event.kind, EventKind::Transfer { direction: Direction::Read, how, .. } if how == "read");
        if reads {
            read_loop(context, subject, event, verdicts);
        }
        // What a field is of a type parameter may be bound by the `impl` alone.
        let named = matches!(&event.kind, EventKind::Method { how } if how == "read");
        if reads || named {
            adapter(context, subject, event, verdicts);
        }
    }
    for id in subject.flow.ids() {
        small_capacity(context, subject, id, verdicts);
    }
}

/// A loop that reads to the end, piece by piece.
fn read_loop(context: &Context<'_>, subject: Subject<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(innermost) = event.loops.last() else {
        return;
    };
    let looped = &subject.flow.loops[*innermost as usize];
    let turns = matches!(looped.kind, Some(LoopKind::Loop | LoopKind::While));
    let text = subject.text_of(looped.range);
    let to_the_end = ["== 0", "!= 0", "> 0", "Ok(0)", "0 =>"]
        .iter()
        .any(|end| text.contains(end));
    if !turns || !to_the_end || is_part(subject, event) {
        return;
    }
    let outside = |id: &OriginId| !subject.flow.origin(*id).loops.contains(innermost);
    let does_more = subject.flow.events.iter().any(|other| {
        let writes = matches!(
            other.kind,
            EventKind::Transfer {
                direction: Direction::Write,
                ..
            }
        );
        let of_handle = other.origins.iter().any(|id| event.origins.contains(id));
        let seeks = matches!(other.kind, EventKind::Seek { .. }) && of_handle;
        other.loops.contains(innermost) && (writes || seeks)
    });
    let Some((buffer, bytes)) = buffer_of(subject, event) else {
        return;
    };
    if does_more
        || bytes > PAGE
        || !outside(&buffer)
        || !event.origins.iter().all(outside)
        || !event
            .origins
            .iter()
            .all(|id| costs_a_call(context, subject, *id))
    {
        return;
    }
    let place = subject.flow.origin(buffer).range;
    let message = format!(
        "a file is read to its end through a buffer of {bytes} bytes: each is a system call"
    );
    let fix = larger::buffer(context, subject, subject.flow.origin(buffer));
    let found = Found {
        bytes,
        message,
        fix,
    };
    report(context, subject, place, event, found, verdicts);
}

/// Whether only a part of what comes is read, or only a part of the buffer is filled at a time.
fn is_part(subject: Subject<'_>, event: &Event) -> bool {
    let text = subject.text_of(event.range);
    text.contains(".take(") || text.contains('[')
}

/// Whether each read of a handle is a system call, as far as is known.
fn costs_a_call(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> bool {
    let origin = subject.flow.origin(id);
    match origin.ty.handle() {
        Handle::File => true,
        Handle::Abstract { buffered: false } => match &origin.kind {
            OriginKind::Parameter(position) => {
                let callers = context.usages.callers(subject.id, *position);
                callers.iter().all(|(caller, given)| {
                    let flow = context.flows.get(caller);
                    given.iter().all(|id| {
                        let handle = flow.map(|flow| flow.origin(*id).ty.handle());
                        !matches!(
                            handle,
                            Some(
                                Handle::BufferedReader
                                    | Handle::Memory
                                    | Handle::Stdin
                                    | Handle::Socket
                                    | Handle::Pipe
                            )
                        )
                    })
                })
            }
            _ => true,
        },
        _ => false,
    }
}

/// The buffer that is read into, made in this function, and its size.
fn buffer_of(subject: Subject<'_>, event: &Event) -> Option<(OriginId, u64)> {
    let into = subject.flow.events.iter().find(|other| {
        other.range == event.range
            && matches!(&other.kind, EventKind::Method { how } if how == "read into")
    })?;
    let [id] = into.origins.as_slice() else {
        return None;
    };
    let origin = subject.flow.origin(*id);
    let OriginKind::Fresh {
        bytes,
        empty: false,
    } = origin.kind
    else {
        return None;
    };
    let bytes = bytes.or_else(|| named_length(subject, origin.range))?;
    Some((*id, bytes))
}

/// The length of `[0; NAME]`, where the file says what the constant is.
fn named_length(subject: Subject<'_>, range: TextRange) -> Option<u64> {
    let (_, length) = subject.text_of(range).rsplit_once(';')?;
    let name = length.trim().trim_end_matches(']').trim();
    let is_name = name
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let (_, value) = subject
        .text
        .split_once(&format!("const {name}: usize = "))
        .filter(|_| is_name)?;
    let (value, _) = value.split_once(';')?;
    let mut factors = value
        .split('*')
        .map(|factor| factor.trim().replace('_', "").parse::<u64>().ok());
    factors.try_fold(1_u64, |product, factor| product.checked_mul(factor?))
}

/// An implementation of `Read` that takes at most a tiny field's worth from below.
fn adapter(context: &Context<'_>, subject: Subject<'_>, event: &Event, verdicts: &mut Verdicts) {
    let is_read =
        subject.data.of_trait.as_deref() == Some("Read") && subject.data.function.name == "read";
    let Some(of) = subject.data.of.filter(|_| is_read) else {
        return;
    };
    let text = subject.text_of(event.range);
    let Some((_, rest)) = text.split_once("&mut self.") else {
        return;
    };
    let field: String = rest
        .chars()
        .take_while(|c| crate::words::is_part(*c))
        .collect();
    let stored = context.flows.values().flat_map(|flow| {
        let events = flow.events.iter().filter(|event| {
            matches!(&event.kind, EventKind::Stored { of: into, field: name } if *into == of && *name == field)
        });
        events.flat_map(|event| event.origins.iter()).map(|id| &flow.origin(*id).kind)
    });
    let sizes: Vec<u64> = stored
        .filter_map(|kind| match kind {
            OriginKind::Fresh {
                bytes,
                empty: false,
            } => *bytes,
            _ => None,
        })
        .collect();
    let Some(bytes) = sizes.iter().copied().max().filter(|bytes| *bytes <= PIECE) else {
        return;
    };
    let is_below = |id: &OriginId| {
        let origin = subject.flow.origin(*id);
        let is_field = matches!(origin.kind, OriginKind::Field { .. });
        is_field
            && matches!(
                origin.ty.handle(),
                Handle::File | Handle::Other | Handle::Abstract { buffered: false }
            )
            && (origin.ty.handle() == Handle::File || matches!(origin.ty, Ty::Abstract(_)))
    };
    if event.origins.iter().all(is_below) {
        let message = format!("whoever reads through this gets at most {bytes} bytes a call");
        let found = Found {
            bytes,
            message,
            fix: None,
        };
        report(context, subject, event.range, event, found, verdicts);
    }
}

/// A buffer round a file that is smaller than what std takes by itself.
fn small_capacity(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
    verdicts: &mut Verdicts,
) {
    let origin = subject.flow.origin(id);
    let OriginKind::Buffer {
        over,
        capacity: Some(bytes),
        ..
    } = &origin.kind
    else {
        return;
    };
    let is_file = !over.is_empty()
        && over
            .iter()
            .all(|id| subject.flow.origin(*id).ty.handle() == Handle::File);
    let is_tiny = (1..DEFAULT).contains(bytes);
    let used = subject.flow.events_on(id).find(|event| match &event.kind {
        EventKind::Transfer { how, .. } => {
            subject.flow.repeats(&event.loops, &origin.loops)
                || matches!(how.as_str(), "lines" | "split" | "bytes" | "std::io::copy")
        }
        EventKind::Argument { .. } | EventKind::Effect { .. } => true,
        _ => false,
    });
    let Some(used) = used.filter(|_| is_file && is_tiny) else {
        return;
    };
    let message =
        format!("this buffer of {bytes} bytes is smaller than the {DEFAULT} that `new` takes");
    let fix = larger::capacity(subject, origin);
    let found = Found {
        bytes: *bytes,
        message,
        fix,
    };
    report(context, subject, origin.range, used, found, verdicts);
}

/// A buffer that is too small.
struct Found {
    bytes: u64,
    message: String,
    fix: Option<Fix>,
}

fn report(
    context: &Context<'_>,
    subject: Subject<'_>,
    place: TextRange,
    event: &Event,
    found: Found,
    verdicts: &mut Verdicts,
) {
    let Found {
        bytes,
        message,
        fix,
    } = found;
    let span = subject.span(place);
    let mut proof = vec![evidence(
        EvidenceKind::ResolvedPath,
        span,
        "the size of the buffer is fixed here",
    )];
    proof.push(evidence(
        EvidenceKind::Repeated,
        subject.span(event.range),
        "all that comes goes through it",
    ));
    match sizes::size(context, subject, &event.origins) {
        Size::Special => return,
        Size::Small(note) => proof.push(evidence(EvidenceKind::SmallWork, span, note)),
        Size::Unbounded => {}
    }
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message,
        related: vec![Label {
            span: subject.span(event.range),
            text: "it is used here, again and again".to_owned(),
        }],
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default").in_pieces(Some(bytes))),
        fix,
    });
}
