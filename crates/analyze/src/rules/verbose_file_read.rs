//! Opening a file only to read all of it.

mod branches;
mod rewrite;

use model::{Applicability, EvidenceKind, Fix};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits;
use crate::flow::{Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::TextRange;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "verbose_file_read",
    operations: &[model::Operation::Read],
    summary: "a file is opened only to be read whole, which `fs::read` does in one call",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A file that is opened by its path and read with `read_to_end` or `read_to_string` \
            into an empty buffer, where the handle serves no other purpose; also through a \
            `BufReader`, which adds a buffer that such a read does not use.",
        why_slow: "Mostly it is longer rather than slow: three statements, a mutable binding and \
            an import where one call would do. `fs::read` asks for the size first and allocates \
            once; `File::read_to_end` does so too in today's standard library, but a reader that \
            is wrapped (`BufReader`, `Take`) may lose the size and grow the buffer step by step.",
        when_not_faster: "For a plain `File` no clear gain in speed is to be expected: the same \
            calls reach the system. Take it as a simplification. A loop that reads many files into \
            one buffer that it keeps saves the allocations of `fs::read`, and is not reported.",
        fix_safety: "The fix replaces the statements that open the file, make the buffer and read \
            by one `let`, or by the call alone where the content is the value of the block. It is machine-applicable when both failures are passed on in the same \
            way, by `?`, `unwrap()` or the same words: bytes and errors are then the same. Where opening and \
            reading report their failures differently or otherwise, the way of the opening stands \
            for both, which is `maybe-incorrect`. So is one in a `match` or `if let` on the opening, where a failure of the reading was ignored or had a branch of its own: it takes the branch \
            of a file that cannot be opened. Where the handle is one of several that a branch makes, and a `BufReader` is round \
            all of them, only that goes: this is machine-applicable. There is none when the number of bytes read is \
            used, when another statement or a comment stands between, or when the reading is the \
            value of a block. A handle with another use (metadata, locks, seeks), one with options \
            of its own and a buffer that held something before are not reported. The file is \
            closed at once and no longer at the end of the block. A `use` that loses its last user \
            (`File`, `Read`, `BufReader`) goes too, where it is sure that nothing else needs it; otherwise it stays, and rustc may warn of it. rustc also warns of a variable that only gave the buffer its capacity.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}
",
            after: r"use std::fs;
use std::io;
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text)
}
",
        },
        references: &[
            "[std::fs::read](https://doc.rust-lang.org/std/fs/fn.read.html)",
            "[clippy::verbose_file_reads](https://rust-lang.github.io/rust-clippy/master/index.html#verbose_file_reads)",
            "[rust-lang/rust-clippy#5368: where that rewrite is wrong](https://github.com/rust-lang/rust-clippy/issues/5368)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    // Who tells clippy that it is meant tells us.
    let function = subject.data.function.range;
    let head = TextRange::new(function.start, subject.body.range.start);
    if subject.text_of(head).contains("clippy::verbose_file_reads") {
        return;
    }
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let opens = matches!(&origin.kind, OriginKind::Open { api } if matches!(api.as_str(), "std::fs::File::open" | "fs_err::File::open"));
        if !opens {
            continue;
        }
        let Some((event, how)) = whole_read(subject, id) else {
            continue;
        };
        let Some(target) = fresh_target(subject, event) else {
            continue;
        };
        let is_only = is_only(subject, event, id);
        let mut events = subject.flow.events_on(id);
        // One of several handles is read where all of them meet.
        if !is_only && !events.any(|event| matches!(event.kind, EventKind::Buffered { .. })) {
            continue;
        }
        // Who gives the size himself knows more than the file's own: that of a file below `/proc` is zero.
        let made = subject.text_of(target.range);
        if made.contains("with_capacity") && !made.contains("len()") {
            continue;
        }
        let span = subject.span(event.range);
        let function = if how == "read_to_end" {
            "read"
        } else {
            "read_to_string"
        };
        let read = Read {
            origin,
            event,
            target,
            function,
        };
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: format!("the file is opened only to be read whole: `fs::{function}` does both, and allocates once"),
            related: vec![model::Label { span: subject.span(origin.range), text: "it is opened here, and used for nothing else".to_owned() }],
            evidence: vec![
                evidence(EvidenceKind::Constructor, subject.span(origin.range), "`File::open` makes the handle here"),
                evidence(EvidenceKind::ResolvedPath, span, format!("`{how}` is the only thing done with it")),
                evidence(EvidenceKind::ResolvedPath, subject.span(target.range), "it is read into an empty buffer made here"),
            ],
            alternatives: Vec::new(),
            workload: Some(workload(META.name, "default")),
            fix: match is_only {
                true => rewrite::fix(context, subject, read)
                    .or_else(|| branches::fix(context, subject, read)),
                false => None,
            }
            .or_else(|| unbuffered(subject, id)),
        });
    }
}

/// A file that is read whole.
#[derive(Clone, Copy)]
struct Read<'a> {
    /// Where it is opened.
    origin: &'a Origin,
    event: &'a Event,
    /// What it is read into.
    target: &'a Origin,
    /// That of `std::fs` which does both.
    function: &'static str,
}

/// The one thing done with a handle, if that is to read all of it; a `BufReader` in between adds nothing.
fn whole_read(subject: Subject<'_>, id: OriginId) -> Option<(&Event, &str)> {
    let mut events: Vec<&Event> = subject.flow.events_on(id).collect();
    if let [
        Event {
            kind: EventKind::Buffered { by, .. },
            ..
        },
    ] = events.as_slice()
    {
        events = subject.flow.events_on(*by).collect();
    }
    let [event] = events.as_slice() else {
        return None;
    };
    match &event.kind {
        EventKind::Transfer {
            direction: Direction::Read,
            how,
            ..
        } if how == "read_to_end" || how == "read_to_string" => {
            (!subject.text_of(event.at).contains(".take(")).then_some((*event, how.as_str()))
        }
        _ => None,
    }
}

/// Whether what is read is that handle in any case, and not one of several.
fn is_only(subject: Subject<'_>, event: &Event, id: OriginId) -> bool {
    event.origins.iter().all(|read| {
        *read == id
            || matches!(&subject.flow.origin(*read).kind, OriginKind::Buffer { over, .. } if over == &[id])
    })
}

/// Where the handle cannot go, the buffer round it can: what is read whole is read past it.
fn unbuffered(subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let [
        Event {
            kind: EventKind::Buffered { by, .. },
            ..
        },
    ] = subject.flow.events_on(id).collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let buffer = subject.flow.origin(*by);
    let OriginKind::Buffer { argument, .. } = buffer.kind else {
        return None;
    };
    let binding = buffer.binding.as_ref()?;
    // A reference moves into the variable, and a name would be bound to itself.
    let given = subject.text_of(argument);
    let makes = ["if ", "match ", "Box::new(", "File::open("];
    let is_made = makes.iter().any(|start| given.starts_with(start));
    let text = subject.text_of(buffer.range);
    let plain = text.starts_with("BufReader::new(") || text.starts_with("io::BufReader::new(");
    let statement = subject.text_of(binding.statement);
    let is_whole = statement.ends_with(&format!("= {text};"));
    if binding.typed || !is_made || !plain || !is_whole {
        return None;
    }
    let title = "read past the buffer, straight into the memory";
    let applicability = Applicability::MachineApplicable;
    edits::unwrap_fix(subject, buffer.range, argument, title, applicability)
}

/// The empty buffer that is read into, if it was made in this function and nothing was put into it before.
fn fresh_target<'a>(subject: Subject<'a>, event: &Event) -> Option<&'a Origin> {
    let into = subject
        .flow
        .events
        .iter()
        .find(|other| other.range == event.range && other.at != event.at)?;
    let [id] = into.origins.as_slice() else {
        return None;
    };
    let origin = subject.flow.origin(*id);
    let empty = matches!(origin.kind, OriginKind::Fresh { empty: true, .. });
    let untouched = subject
        .flow
        .events_on(*id)
        .all(|other| other.range.start >= event.range.start);
    (empty && untouched && origin.loops == event.loops && !event.deferred).then_some(origin)
}
