//! A file read whole only for one pass over it.

mod first_line;
mod hashed;
mod in_turns;
mod opening;
mod walked;

use model::{EvidenceKind, Fix, Label};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::fate::{self, Fate, Hold, Pieces, Use};
use crate::flow::{Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::sizes::{self, Size};
use crate::syntax::{LoopKind, TextRange};
use crate::types::Handle;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "whole_file_read",
    operations: &[model::Operation::Read, model::Operation::Streaming],
    summary: "a whole file is held in memory for one pass over it",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`fs::read`, `fs::read_to_string`, `io::read_to_string` and `read_to_end` into an \
            empty buffer, here or in a function of the workspace that returns the content, where \
            the content is walked once from front to back (by lines, words, separators, chunks or \
            bytes), hashed, or given to a parser or decoder that reads a stream, and not used \
            otherwise; content of which only the first line or the first bytes are looked at; and \
            `read_to_end` in a loop that is meant to work in chunks. Not reported: content that is \
            returned, stored, written, compared, changed, indexed or sliced, or whose lines are \
            collected; content for a parser that needs the whole text; the files below `/proc` and \
            `/sys`, and files whose name says that they are configuration or the like. Confidence is low \
            where a file that is no text is dealt with apart (`ErrorKind::InvalidData`).",
        why_slow: "Memory grows with the file, every page of it has to be fetched and cleared by \
            the system before it is filled, and no work begins before the last byte has arrived. \
            A program that takes one piece at a time runs in the same small memory for every \
            file, and works while the system reads ahead.",
        when_not_faster: "A file of some kilobytes to some megabytes is walked faster from memory: \
            `str::lines` lends its lines, while `BufRead::lines` allocates each. Take `read_line` \
            or `read_until` into one buffer, not `lines()`, and expect less memory rather than \
            less time where files stay small. Where a text is checked as UTF-8 as a whole before \
            its first line is used, an error comes later when it is streamed.",
        fix_safety: "Always `maybe-incorrect`. There is one for four cases. A text of which nothing but \
            the first line is used is read by `read_line`: what stands behind that line is no longer looked at, so that bytes \
            there that are no UTF-8 are no error, and a message that tells the number of lines tells another one. \
            A loop that takes the whole file in its first turn, by `read_to_end` in a `match`, reads as much a turn as the \
            buffer was made for, 64 KiB if it was made empty: what is done with a piece is done with many, before an error of a later one. \
            A file that goes into a hasher of a known crate, in a statement of its own, is read and hashed 64 KiB at a time. \
            A `for` over the lines of a file reads each into one `String`: the file stays open until then, what the loop has done \
            with the first lines is done before an error of reading, or bytes that are no UTF-8, end it, and nobody may change the file meanwhile. There is none \
            where the loop or what stands before it touches files by path or writes to one. \
            Otherwise there is none: the type of what the pass works on changes, and errors of \
            reading arise in its midst instead of before it.",
        example: model::Example {
            before: r#"use std::fs;
use std::io;
use std::path::Path;

pub fn errors(log: &Path) -> io::Result<usize> {
    let text = fs::read_to_string(log)?;
    Ok(text.lines().filter(|line| line.contains("ERROR")).count())
}
"#,
            after: r#"use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

pub fn errors(log: &Path) -> io::Result<usize> {
    let mut reader = BufReader::new(File::open(log)?);
    let (mut line, mut errors) = (String::new(), 0);
    while reader.read_line(&mut line)? != 0 {
        errors += usize::from(line.contains("ERROR"));
        line.clear();
    }
    Ok(errors)
}
"#,
        },
        references: &[
            "[std::io::BufRead](https://doc.rust-lang.org/std/io/trait.BufRead.html)",
            "[std::io::copy, into a hasher that is a writer](https://doc.rust-lang.org/std/io/fn.copy.html)",
            "[sha256-rs, issue 3: a large file fills the memory](https://github.com/baoyachi/sha256-rs/issues/3)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for id in subject.flow.ids() {
        let Some(read) = whole_read(subject, id) else {
            continue;
        };
        let origin = subject.flow.origin(id);
        let fate = fate::of(
            context,
            subject.id,
            origin.range,
            Hold::Whole,
            Pieces::Borrowed,
        );
        if let Some(finding) = Finding::of(&fate) {
            report(context, subject, (id, read), finding, verdicts);
        }
    }
    for event in &subject.flow.events {
        if reads_all_in_turns(subject, event) {
            in_turns(context, subject, event, verdicts);
        }
    }
}

/// Where all of something is read into that value, if it is.
pub(crate) fn whole_read(subject: Subject<'_>, id: OriginId) -> Option<TextRange> {
    let origin = subject.flow.origin(id);
    match &origin.kind {
        OriginKind::Content { over, .. } => {
            let in_memory = |id: &OriginId| subject.flow.origin(*id).ty.handle() == Handle::Memory;
            (!over.iter().any(in_memory)).then_some(origin.range)
        }
        OriginKind::Fresh { empty: true, .. } => {
            let is_fill = |event: &&Event| matches!(&event.kind, EventKind::Method { how } if how == "read_to_end into" || how == "read_to_string into");
            let mut fills = subject.flow.events_on(id).filter(is_fill);
            let fill = fills.next()?;
            let bounded = subject.text_of(fill.range).contains(".take(");
            let of_stream = subject.flow.events.iter().any(|event| {
                event.range == fill.range
                    && matches!(event.kind, EventKind::Transfer { .. })
                    && event
                        .origins
                        .iter()
                        .all(|id| is_stream(subject.flow.origin(*id).ty.handle()))
            });
            let alone = fills.next().is_none() && fill.loops == origin.loops;
            (alone && of_stream && !bounded).then_some(fill.range)
        }
        _ => None,
    }
}

fn is_stream(handle: Handle) -> bool {
    matches!(
        handle,
        Handle::File | Handle::Stdin | Handle::BufferedReader | Handle::Abstract { .. }
    )
}

#[derive(Debug, Clone, Copy)]
struct Finding {
    message: &'static str,
    label: &'static str,
    at: TextRange,
    variant: &'static str,
    begins: bool,
}

impl Finding {
    fn of(fate: &Fate) -> Option<Self> {
        if fate.has(Use::Kept) {
            return None;
        }
        let kinds = [
            (
                Use::Hashed,
                "the file is read whole only to be hashed: the hasher takes it piece by piece",
                "all of it goes into the hasher, and nowhere else",
                "hash",
            ),
            (
                Use::Streamed,
                "the file is read whole only to be read again as a stream from memory",
                "what it is given to here reads a stream, and it is used for nothing else",
                "hash",
            ),
            (
                Use::Walked,
                "the file is read whole only to be walked once from front to back",
                "it is walked here, and used for nothing else",
                "default",
            ),
        ];
        for (what, message, label, variant) in kinds {
            if let (Some(at), 1) = (fate.first(what), fate.passes) {
                return (!fate.bounded).then_some(Self {
                    message,
                    label,
                    at,
                    variant,
                    begins: false,
                });
            }
        }
        let at = fate.first(Use::Begun)?;
        let only = [Use::Hashed, Use::Streamed, Use::Walked]
            .iter()
            .all(|what| !fate.has(*what));
        only.then_some(Self {
            message: "the file is read whole, and only its beginning is looked at",
            label: "only the beginning is used",
            at,
            variant: "first-line",
            begins: true,
        })
    }

    fn fix(
        &self,
        context: &Context<'_>,
        subject: Subject<'_>,
        made: &Origin,
        read: TextRange,
    ) -> Option<Fix> {
        if self.begins {
            return first_line::fix(context, subject, made);
        }
        hashed::fix(context, subject, made, read, self.at)
            .or_else(|| walked::fix(context, subject, made))
    }
}

fn report(
    context: &Context<'_>,
    subject: Subject<'_>,
    (id, read): (OriginId, TextRange),
    finding: Finding,
    verdicts: &mut Verdicts,
) {
    let span = subject.span(read);
    let size = sizes::size(context, subject, &[id]);
    if size == Size::Special && !finding.begins {
        verdicts.fine(
            &META,
            span,
            "the kernel makes up the file, a few pages long".to_owned(),
        );
        return;
    }
    let mut proof = vec![
        evidence(
            EvidenceKind::Constructor,
            span,
            "all of it is read into memory here",
        ),
        evidence(
            EvidenceKind::Repeated,
            subject.span(finding.at),
            finding.label,
        ),
    ];
    let body = subject.text_of(subject.body.range);
    if ["== io::ErrorKind::InvalidData", "== ErrorKind::InvalidData"]
        .iter()
        .any(|asked| body.contains(asked))
    {
        let note = "whether all of it is text decides what becomes of it";
        proof.push(evidence(EvidenceKind::SmallWork, span, note));
    }
    if let Size::Small(note) = size {
        proof.push(evidence(EvidenceKind::SmallWork, span, note));
    }
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: finding.message.to_owned(),
        related: vec![Label {
            span: subject.span(finding.at),
            text: finding.label.to_owned(),
        }],
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, finding.variant)),
        fix: finding.fix(context, subject, subject.flow.origin(id), read),
    });
}

/// Whether a loop that ends when nothing more comes reads everything in its first turn.
fn reads_all_in_turns(subject: Subject<'_>, event: &Event) -> bool {
    let EventKind::Transfer {
        direction: Direction::Read,
        how,
        ..
    } = &event.kind
    else {
        return false;
    };
    let Some(innermost) = event.loops.last() else {
        return false;
    };
    let looped = &subject.flow.loops[*innermost as usize];
    let made_outside = event.origins.iter().all(|id| {
        let origin = subject.flow.origin(*id);
        is_stream(origin.ty.handle()) && !origin.loops.contains(innermost)
    });
    let sought = subject.flow.events.iter().any(|other| {
        matches!(other.kind, EventKind::Seek { .. } | EventKind::Method { .. } if !matches!(&other.kind, EventKind::Method { how } if how.ends_with(" into")))
            && other.loops.contains(innermost)
            && other.origins.iter().any(|id| event.origins.contains(id))
    });
    let text = subject.text_of(looped.range);
    matches!(how.as_str(), "read_to_end" | "read_to_string")
        && matches!(looped.kind, Some(LoopKind::Loop | LoopKind::While))
        && made_outside
        && !sought
        && (text.contains("Ok(0)") || text.contains("== 0"))
        && !subject.text_of(event.range).contains(".take(")
}

fn in_turns(context: &Context<'_>, subject: Subject<'_>, event: &Event, verdicts: &mut Verdicts) {
    let span = subject.span(event.range);
    let looped = event
        .loops
        .last()
        .map(|id| subject.flow.loops[*id as usize].range);
    let mut proof = vec![evidence(
        EvidenceKind::Constructor,
        span,
        "it reads to the end in the first turn, whatever the capacity of the buffer",
    )];
    proof.extend(looped.map(|range| {
        let note = "the loop is written for one chunk a turn";
        evidence(
            EvidenceKind::Repeated,
            subject.span(TextRange::new(range.start, range.start + 4)),
            note,
        )
    }));
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: "the first turn of this loop reads everything that is left into memory: `read` takes a chunk".to_owned(),
        related: Vec::new(),
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "hash")),
        fix: in_turns::fix(context, subject, event),
    });
}
