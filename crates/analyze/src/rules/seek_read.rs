//! A seek before every read.

use model::{Evidence, EvidenceKind, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Event, EventKind, Origin, OriginId, OriginKind};
use crate::seeks::{self, Device, Target};

mod positioned;
mod unheard;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "seek_read",
    operations: &[model::Operation::RandomAccess, model::Operation::Network],
    summary: "each read is two system calls, one of which only moves the file's position",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A `seek` and then a read of a piece on the same file, again and again: in a loop, \
            in a function that a loop calls, in an iterator's `next`, or in a function whose caller \
            chooses the offset. The file may be a field, a parameter, behind a lock, or a type \
            parameter that the workspace fills with a `File`; the read may be done by a function \
            that is lent the file. Also: asking for the position (`stream_position()`, \
            `seek(SeekFrom::Current(0))`) once per entry, and a handle that is cloned and sought \
            for each read. Left alone are: one seek before a long read, a rewind, a footer that is \
            looked up once, readers over memory, code that reads by offset already, and code that \
            is compiled only where the system has no such call.",
        why_slow: "`lseek` moves no data, but it is a system call for each read, and the position \
            that it sets is shared by all who use the handle, so that threads must take turns. \
            `pread` takes the offset with the request: half the calls, no lock, no `&mut`. Steps of \
            a few bytes cost far more than that: what is read one byte or one sector at a time is \
            better read in one larger block and taken apart in memory.",
        when_not_faster: "Where a read moves many pages the saved call is lost in the copy. A \
            program that is bound by a spinning disk waits for the head, whichever call asked for \
            it. Platforms that are neither Unix nor Windows have no such call in std.",
        fix_safety: "There is one for a position that is asked for and not used: the statement is \
            left out. It is `maybe-incorrect`, because a file that has no position, a pipe, made it fail. \
            There is one for a file that the function opens by `File::open` and uses for nothing but \
            `seek(SeekFrom::Start(…))` with `read_exact` in the next statement (and `metadata`), in a source file that imports from \
            `std::os::unix` without a condition: `read_exact_at` takes the place of both. It is \
            `maybe-incorrect`, because a read of no bytes no longer asks whether the file can be sought. \
            Any other positioned read is left to a person: the call has another name on each platform \
            (`std::os::unix::fs::FileExt::read_exact_at`, \
            `std::os::windows::fs::FileExt::seek_read`), and it leaves the handle's \
            position where it was on Unix: code that later reads or writes without an offset \
            relies on it. Where a function takes any `Read + Seek`, reading a larger block for \
            several pieces at once keeps its signature.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

pub fn records(file: &mut File, offsets: &[u64]) -> io::Result<Vec<[u8; 64]>> {
    let mut records = Vec::with_capacity(offsets.len());
    for offset in offsets {
        let mut record = [0; 64];
        file.seek(SeekFrom::Start(*offset))?;
        file.read_exact(&mut record)?;
        records.push(record);
    }
    Ok(records)
}
",
            after: r"use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

pub fn records(file: &File, offsets: &[u64]) -> io::Result<Vec<[u8; 64]>> {
    let mut records = Vec::with_capacity(offsets.len());
    for offset in offsets {
        let mut record = [0; 64];
        file.read_exact_at(&mut record, *offset)?;
        records.push(record);
    }
    Ok(records)
}
",
        },
        references: &[
            "[std::os::unix::fs::FileExt](https://doc.rust-lang.org/std/os/unix/fs/trait.FileExt.html)",
            "[std::os::windows::fs::FileExt](https://doc.rust-lang.org/std/os/windows/fs/trait.FileExt.html)",
            "[pread(2)](https://man7.org/linux/man-pages/man2/pread.2.html)",
            "[lseek(2)](https://man7.org/linux/man-pages/man2/lseek.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    let seeks = |event: &Event| matches!(event.kind, EventKind::Seek { .. });
    if !subject.flow.events.iter().any(seeks) || reads_by_offset(context, subject) {
        return;
    }
    for id in subject.flow.ids() {
        let found = sought_reads(context, subject, id)
            .or_else(|| positions(context, subject, id))
            .or_else(|| cloned(context, subject, id));
        verdicts.drafts.extend(found);
    }
}

/// Code for platforms without positioned reads, or beside code that uses them.
fn reads_by_offset(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let text = subject.text_of(subject.body.range);
    context.index.is_elsewhere(subject.id)
        || ["read_at(", "read_exact_at(", "seek_read(", "pread("]
            .iter()
            .any(|call| text.contains(call))
}

fn sought_reads(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Draft> {
    let origin = subject.flow.origin(id);
    let device = seeks::device(context, subject, id);
    if !device.is_file() {
        return None;
    }
    let pairs = seeks::pairs(context, subject, id);
    let by_caller = |seek: &Event| {
        let public = subject.data.function.is_public || subject.data.of_trait.is_some();
        let chosen = match seeks::target(subject, seek) {
            Target::Start(offset) => seeks::names_parameter(subject, offset),
            _ => false,
        };
        let note = "its caller chooses the offset: it runs once for each piece that is wanted";
        (public && chosen && seeks::outlives(origin) && device == Device::File)
            .then(|| evidence(EvidenceKind::Repeated, subject.span(seek.range), note))
    };
    let (seek, read, repeated) = pairs.iter().find_map(|(seek, read)| {
        let repeated =
            seeks::repetition(context, subject, origin, seek).or_else(|| by_caller(seek))?;
        Some((*seek, *read, repeated))
    })?;
    let message = if device == Device::File {
        "each read is two system calls, `lseek` and `read`: a read by offset is one"
    } else {
        "each turn seeks and then reads a piece, two system calls where the reader is a `File`"
    };
    let mut draft = draft(subject, origin, device, seek, message, repeated);
    draft.fix = positioned::fix(context, subject, id);
    draft.related.push(Label {
        span: subject.span(read.range),
        text: "the read that follows".to_owned(),
    });
    if seek.loops.is_empty() {
        draft
            .related
            .extend(seeks::called_in_loop(context, subject));
    }
    Some(draft)
}

/// The position is asked of the system for each entry.
fn positions(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Draft> {
    let origin = subject.flow.origin(id);
    if seeks::device(context, subject, id) != Device::File {
        return None;
    }
    let mut events = subject.flow.events_on(id);
    let reads = |event: &Event| {
        matches!(
            event.kind,
            EventKind::Transfer { .. }
                | EventKind::Effect { .. }
                | EventKind::Argument { .. }
                | EventKind::Escape { .. }
        )
    };
    if !subject.flow.events_on(id).any(reads) {
        return None;
    }
    let (asks, repeated) = events.find_map(|event| {
        let here = matches!(event.kind, EventKind::Seek { .. })
            && matches!(seeks::target(subject, event), Target::Here);
        // A function that is called often may ask only once for each file.
        let own = subject.flow.repeats(&event.loops, &origin.loops) || seeks::serves(subject);
        let repeated = (here && own).then(|| seeks::repetition(context, subject, origin, event));
        repeated.flatten().map(|repeated| (event, repeated))
    })?;
    let message = "the position is asked of the system for each entry: it can be counted";
    let mut found = draft(subject, origin, Device::File, asks, message, repeated);
    let questions = subject.flow.events_on(id).filter(|event| {
        matches!(event.kind, EventKind::Seek { .. })
            && matches!(seeks::target(subject, event), Target::Here)
    });
    found.fix = unheard::fix(context, subject, questions);
    Some(found)
}

/// A handle cloned and sought for each read, by a function whose caller chooses the offset.
fn cloned(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Draft> {
    let origin = subject.flow.origin(id);
    let is_clone = matches!(&origin.kind, OriginKind::Open { api } if api == "try_clone");
    if !is_clone || seeks::device(context, subject, id) != Device::File {
        return None;
    }
    let seek = subject.flow.events_on(id).find(|event| {
        matches!(seeks::target(subject, event), Target::Start(offset)
            if seeks::names_parameter(subject, offset))
    })?;
    if !(subject.data.of_trait.is_some() || seeks::runs_often(context, subject).is_some()) {
        return None;
    }
    let note = "its caller chooses the offset: it runs once for each piece that is wanted";
    let repeated = evidence(EvidenceKind::Repeated, subject.span(seek.range), note);
    let message = "each read clones the handle and seeks: a read by offset needs neither";
    Some(draft(
        subject,
        origin,
        Device::File,
        seek,
        message,
        repeated,
    ))
}

fn draft(
    subject: Subject<'_>,
    origin: &Origin,
    device: Device,
    seek: &Event,
    message: &str,
    repeated: Evidence,
) -> Draft {
    let span = subject.span(origin.range);
    let known = match (&origin.kind, device) {
        (_, Device::AnyFile) => evidence(
            EvidenceKind::Summary,
            span,
            "the workspace passes a `File` as this reader",
        ),
        (OriginKind::Open { .. } | OriginKind::CallResult(_), _) => evidence(
            EvidenceKind::Constructor,
            span,
            "it is a file without a buffer",
        ),
        _ => evidence(
            EvidenceKind::DeclaredType,
            span,
            "it is declared as a `File`",
        ),
    };
    let mut proof = vec![known];
    if device == Device::AnyFile {
        let note = "it is declared as a reader that can seek";
        proof.push(evidence(EvidenceKind::DeclaredType, span, note));
    }
    proof.push(repeated);
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span: subject.span(seek.range),
        message: message.to_owned(),
        related: Vec::new(),
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: None,
    }
}
