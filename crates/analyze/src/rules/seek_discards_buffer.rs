//! A seek that throws away what a buffer holds.

use model::{Applicability, Evidence, EvidenceKind, Fix, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, edit};
use crate::flow::{Direction, Event, EventKind, OriginId, OriginKind};
use crate::seeks::{self, Device, Target};
use crate::syntax::{Expr, ExprKind, StatementKind, TextRange, walk};

mod back;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "seek_discards_buffer",
    operations: &[
        model::Operation::RandomAccess,
        model::Operation::Read,
        model::Operation::Network,
    ],
    summary: "each seek throws away what the buffer has read ahead",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "On a `BufReader`, or a reader that is one wherever the workspace makes it: \
            `seek(SeekFrom::Current(n))` again and again, which skips or steps back a few bytes; \
            `seek(SeekFrom::Current(0))`, which only asks for the position; a seek to the place \
            that was noted before a few bytes were looked at; and a seek before every small read. \
            A type parameter with `BufRead` and `Seek` counts as a buffer. Left alone are: one \
            seek before a long read, a rewind, seeks to the end, `stream_position`, buffers over \
            memory, and writers.",
        why_slow: "`BufReader::seek` drops the buffer even if the new place lies within it. The \
            next read fetches eight kilobytes again, most of which were in memory already, so that \
            a parser that skips a field of each record reads the file many times over. \
            `seek_relative` moves within the buffer where it can, and `stream_position` answers \
            without touching it.",
        when_not_faster: "Where the steps are longer than the buffer, `seek_relative` seeks as \
            before. Where reads are far apart a buffer only fetches bytes that nobody looks at: \
            reading by offset from the bare file is then better than either. A reader that is no \
            `BufReader` gains nothing from `stream_position`.",
        fix_safety: "`seek(SeekFrom::Current(0))` becomes `stream_position()`: the same answer, \
            machine-applicable. `seek(SeekFrom::Current(n))` whose answer is not used becomes \
            `seek_relative(n)`: the next read yields the same bytes, unless the file was changed \
            by somebody in the meantime, since what is buffered is not read again. It is \
            `maybe-incorrect`, because the position of the file below the buffer is another one, \
            and because a FIFO, at which every `seek` fails, can be stepped through as far as its \
            bytes are buffered. Where a place is noted, something is read once and the \
            reader goes back, it becomes a step back by as many bytes as were read, and the place is no longer \
            asked for: `maybe-incorrect`, because a reader that cannot seek now fails behind the read \
            and not before it, and not at all within its buffer. There is none where the reader is a type \
            parameter that steps on, the answer is used, or the target is absolute. An import of `SeekFrom` or \
            `Seek` that loses its last use is left behind: rustc then warns, and in a crate with \
            `#![deny(warnings)]` that counts as an error, so that `--apply` takes the fix out \
            again.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub fn keys(path: &Path) -> io::Result<Vec<[u8; 8]>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut keys = Vec::new();
    while !reader.fill_buf()?.is_empty() {
        let mut key = [0; 8];
        reader.read_exact(&mut key)?;
        reader.seek(SeekFrom::Current(56))?;
        keys.push(key);
    }
    Ok(keys)
}
",
            after: r"use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub fn keys(path: &Path) -> io::Result<Vec<[u8; 8]>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut keys = Vec::new();
    while !reader.fill_buf()?.is_empty() {
        let mut key = [0; 8];
        reader.read_exact(&mut key)?;
        reader.seek_relative(56)?;
        keys.push(key);
    }
    Ok(keys)
}
",
        },
        references: &[
            "[BufReader::seek_relative](https://doc.rust-lang.org/std/io/struct.BufReader.html#method.seek_relative)",
            "[Seek for BufReader](https://doc.rust-lang.org/std/io/struct.BufReader.html#impl-Seek-for-BufReader%3CR%3E)",
            "[Seek::stream_position](https://doc.rust-lang.org/std/io/trait.Seek.html#method.stream_position)",
            "[clippy::seek_from_current](https://rust-lang.github.io/rust-clippy/master/index.html#seek_from_current)",
        ],
    },
};

/// A turn with more reads than that after a seek uses the buffer that the seek filled.
const MOST_READS: usize = 3;

/// What a seek does to the buffer, as far as the text tells.
struct Found<'a> {
    seek: &'a Event,
    message: &'static str,
    /// Why it matters: a loop, or bytes that are fetched twice at any rate.
    weight: Evidence,
    related: Option<(&'a Event, &'static str)>,
    fix: Option<Fix>,
}

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    let seeks = |event: &Event| matches!(event.kind, EventKind::Seek { .. });
    if !subject.flow.events.iter().any(seeks) {
        return;
    }
    for id in subject.flow.ids() {
        let device = seeks::device(context, subject, id);
        let buffered = matches!(device, Device::Buffer | Device::AnyBuffer);
        let found = positions(context, subject, id, device);
        verdicts.drafts.extend(
            found
                .into_iter()
                .map(|found| draft(subject, id, device, found)),
        );
        if !buffered {
            continue;
        }
        let steps = steps(context, subject, id, device);
        let others = match steps.is_empty() {
            true => restored(context, subject, id, device)
                .or_else(|| scattered(context, subject, id))
                .into_iter()
                .collect(),
            false => steps,
        };
        verdicts.drafts.extend(
            others
                .into_iter()
                .map(|found| draft(subject, id, device, found)),
        );
    }
}

/// `seek(SeekFrom::Current(0))`, which `stream_position` answers.
fn positions<'a>(
    context: &Context<'_>,
    subject: Subject<'a>,
    id: OriginId,
    device: Device,
) -> Vec<Found<'a>> {
    let origin = subject.flow.origin(id);
    let reads = subject.flow.events_on(id).any(is_read);
    if !reads || matches!(device, Device::File | Device::Other) {
        return Vec::new();
    }
    let asks = subject.flow.events_on(id).filter(|event| {
        matches!(&event.kind, EventKind::Seek { how } if how == "seek")
            && matches!(seeks::target(subject, event), Target::Here)
    });
    let found = asks.map(|seek| {
        let once = || {
            let note = "it runs once, as far as the workspace tells";
            evidence(EvidenceKind::SmallWork, subject.span(seek.range), note)
        };
        Found {
            seek,
            message: "asking for the position this way throws away what the buffer holds",
            weight: seeks::repetition(context, subject, origin, seek).unwrap_or_else(once),
            related: None,
            fix: method_fix(subject, seek, "stream_position()").and_then(|change| {
                edits::fix(
                    "ask with `stream_position`",
                    Applicability::MachineApplicable,
                    vec![change],
                )
            }),
        }
    });
    found.collect()
}

/// Steps from where the reader stands.
fn steps<'a>(
    context: &Context<'_>,
    subject: Subject<'a>,
    id: OriginId,
    device: Device,
) -> Vec<Found<'a>> {
    let origin = subject.flow.origin(id);
    let mut found = Vec::new();
    for seek in subject.flow.events_on(id) {
        if !matches!(&seek.kind, EventKind::Seek { how } if how == "seek") {
            continue;
        }
        let Target::Current(by) = seeks::target(subject, seek) else {
            continue;
        };
        // `seek_relative` does not answer where it ends.
        if bound_to(subject, seek.range).is_some() {
            continue;
        }
        let Some(weight) = seeks::repetition(context, subject, origin, seek) else {
            continue;
        };
        found.push(Found {
            seek,
            message: "each step throws away what the buffer holds: `seek_relative` keeps it",
            weight,
            related: None,
            fix: (device == Device::Buffer)
                .then(|| relative(subject, seek, by))
                .flatten(),
        });
    }
    found
}

/// Back to the place that was noted before a few bytes were read.
fn restored<'a>(
    context: &Context<'_>,
    subject: Subject<'a>,
    id: OriginId,
    device: Device,
) -> Option<Found<'a>> {
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let noted = events.iter().position(|event| {
        matches!(event.kind, EventKind::Seek { .. })
            && matches!(seeks::target(subject, event), Target::Here)
    })?;
    let name = bound_to(subject, events[noted].range)?;
    let back = events.iter().skip(noted + 1).position(|event| {
        matches!(seeks::target(subject, event), Target::Start(to)
            if matches!(&to.kind, ExprKind::Path(path) if path.single() == Some(name)))
    })? + noted
        + 1;
    let between = &events[noted + 1..back];
    let only_reads = between.iter().all(|event| {
        is_read(event) && event.loops == events[noted].loops
            || matches!(event.kind, EventKind::Mentioned)
    });
    let whole = between.iter().any(|event| {
        matches!(&event.kind, EventKind::Transfer { how, .. }
            if how.starts_with("read_to_") || matches!(how.as_str(), "lines" | "bytes" | "split"))
    });
    if between.is_empty() || !only_reads || whole {
        return None;
    }
    let seek = events[back];
    let note = "the bytes that it steps back over lie in the buffer, and are fetched again";
    Some(Found {
        seek,
        message: "going back after a look ahead throws away the buffer: `seek_relative` keeps it",
        weight: evidence(EvidenceKind::Repeated, subject.span(seek.range), note),
        related: Some((events[noted], "the place is noted here")),
        fix: back::fix(
            context,
            subject,
            device,
            (events[noted], between, seek),
            name,
        ),
    })
}

/// A seek before every small read.
fn scattered<'a>(context: &Context<'_>, subject: Subject<'a>, id: OriginId) -> Option<Found<'a>> {
    let origin = subject.flow.origin(id);
    let pairs = seeks::pairs(context, subject, id);
    let (seek, read, weight) = pairs.into_iter().find_map(|(seek, read)| {
        let absolute = matches!(seeks::target(subject, seek), Target::Start(_));
        let weight = (absolute && !fills(subject, id, seek))
            .then(|| seeks::repetition(context, subject, origin, seek));
        weight.flatten().map(|weight| (seek, read, weight))
    })?;
    Some(Found {
        seek,
        message: "each read is preceded by a seek, which throws away what the buffer holds",
        weight,
        related: Some((read, "the read that follows")),
        fix: None,
    })
}

/// Whether so much is read after a seek that the buffer is filled for a purpose.
fn fills(subject: Subject<'_>, id: OriginId, seek: &Event) -> bool {
    let reads = || {
        subject
            .flow
            .events_on(id)
            .filter(|event| is_read(event) && event.loops.starts_with(&seek.loops))
    };
    reads().count() > MOST_READS || reads().any(|event| event.loops.len() > seek.loops.len())
}

fn is_read(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Transfer {
            direction: Direction::Read,
            ..
        } | EventKind::Argument { .. }
            | EventKind::Effect { .. }
    )
}

/// The variable that a `let` binds to what this expression answers.
fn bound_to<'a>(subject: Subject<'a>, range: TextRange) -> Option<&'a str> {
    let mut found = None;
    edits::visit_lets(subject.body, &mut |pattern, value| {
        if value.range.contains(range) && value.range.end - range.end <= 1 {
            found = pattern.name();
        }
    });
    found
}

/// `seek(…)` replaced by another call on the same receiver.
fn method_fix(subject: Subject<'_>, seek: &Event, call: &str) -> Option<model::Edit> {
    let Expr {
        kind: ExprKind::Method { receiver, .. },
        range,
    } = walk::method_at(subject.body, seek.range)?
    else {
        return None;
    };
    let rest = TextRange::new(receiver.range.end, range.end);
    let text = subject.text_of(rest);
    let at = u32::try_from(text.find("seek")?).ok()?;
    let old = TextRange::new(rest.start + at, rest.end);
    let one_line = !subject.text_of(old).contains('\n');
    (one_line && !edits::has_comment(text)).then(|| edit(subject, old, call))
}

/// `seek_relative`, where nothing is done with the position that `seek` answers.
fn relative(subject: Subject<'_>, seek: &Event, by: &Expr) -> Option<Fix> {
    let mut unused = false;
    edits::visit_blocks(subject.body, &mut |block| {
        unused |= block.statements.iter().any(|statement| {
            matches!(&statement.kind, StatementKind::Expr { expr, semicolon: true }
                if matches!(&expr.kind, ExprKind::Try(inner) if inner.range == seek.range))
        });
    });
    let call = format!("seek_relative({})", subject.text_of(by.range));
    let change = unused.then(|| method_fix(subject, seek, &call)).flatten()?;
    edits::fix(
        "step within the buffer",
        Applicability::MaybeIncorrect,
        vec![change],
    )
}

fn draft(subject: Subject<'_>, id: OriginId, device: Device, found: Found<'_>) -> Draft {
    let origin = subject.flow.origin(id);
    let span = subject.span(origin.range);
    let known = match (device, &origin.kind) {
        (Device::Buffer, OriginKind::Buffer { .. }) => {
            evidence(EvidenceKind::Constructor, span, "it is a `BufReader`")
        }
        (Device::Buffer, _) => evidence(
            EvidenceKind::DeclaredType,
            span,
            "it is declared as a `BufReader`",
        ),
        _ => evidence(
            EvidenceKind::DeclaredType,
            span,
            "it is declared as a reader that may have a buffer",
        ),
    };
    let label = |(event, text): (&Event, &str)| Label {
        span: subject.span(event.range),
        text: text.to_owned(),
    };
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span: subject.span(found.seek.range),
        message: found.message.to_owned(),
        related: found.related.map(label).into_iter().collect(),
        evidence: vec![known, found.weight],
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: found.fix,
    }
}
