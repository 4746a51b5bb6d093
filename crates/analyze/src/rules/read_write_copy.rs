//! A whole file read only to be written elsewhere.

use model::{Applicability, EvidenceKind, Fix};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, edit};
use crate::flow::{Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::TextRange;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "read_write_copy",
    operations: &[model::Operation::Copy],
    summary: "a whole file goes through memory only to be written elsewhere",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`fs::read` or `read_to_end` whose bytes are used for nothing but a `fs::write` or \
            `write_all`. Bytes that are parsed, changed, compared or hashed in between, or kept, \
            are not reported.",
        why_slow: "The program allocates memory for the whole file, has the system fill it, and \
            has it copied out again. A large file costs its size in memory, fresh pages must be \
            cleared first, and nothing is written before everything is read. `fs::copy` and \
            `io::copy` move the bytes in pieces and on Linux leave that to the kernel.",
        when_not_faster: "Files of some tens of kilobytes copy equally fast either way. The gain \
            grows with the size, and is largest where the file system shares blocks instead of \
            copying them. When the target is a compressor or an archive the work there decides, \
            and what is saved is memory.",
        fix_safety: "Always `maybe-incorrect`, because the meaning differs. The fix is offered for \
            `let bytes = fs::read(from)?;` with `fs::write(to, bytes)?;` as the very next \
            statement, and becomes `fs::copy(from, to)?;`; everything else is only reported. \
            `fs::copy` also copies the permission bits, and refuses what is not a regular file, \
            such as a FIFO. It empties the target before the source is read: when both are the \
            same file its contents are lost, and an error while reading leaves a part of a target \
            where there was none, or the old one, before.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::Path;

pub fn back_up(from: &Path, to: &Path) -> io::Result<()> {
    let bytes = fs::read(from)?;
    fs::write(to, bytes)?;
    Ok(())
}
",
            after: r"use std::fs;
use std::io;
use std::path::Path;

pub fn back_up(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    Ok(())
}
",
        },
        references: &[
            "[std::fs::copy](https://doc.rust-lang.org/std/fs/fn.copy.html)",
            "[rust-lang/rust#102534: fs::copy of a file onto itself](https://github.com/rust-lang/rust/issues/102534)",
            "[copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let Some(source) = whole_file(subject, id) else {
            continue;
        };
        let Some(write) = only_written(subject, id) else {
            continue;
        };
        let span = subject.span(write.range);
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: "the whole file goes through memory only to be written elsewhere".to_owned(),
            related: vec![model::Label {
                span: subject.span(origin.range),
                text: source.clone(),
            }],
            evidence: vec![
                evidence(
                    EvidenceKind::Constructor,
                    subject.span(origin.range),
                    source,
                ),
                evidence(
                    EvidenceKind::ResolvedPath,
                    span,
                    "it is written here, and used for nothing else",
                ),
            ],
            workload: Some(workload(META.name, "default")),
            fix: rewrite(context, subject, origin, write),
        });
    }
}

/// How a value came to hold a whole file, if it does.
fn whole_file(subject: Subject<'_>, id: OriginId) -> Option<String> {
    match &subject.flow.origin(id).kind {
        OriginKind::Content { api, .. } if api.ends_with("::read") => {
            Some(format!("`{api}` reads it whole"))
        }
        OriginKind::Fresh { empty: true, .. } => {
            let mut fills = subject.flow.events_on(id).filter(|event| {
                matches!(&event.kind, EventKind::Method { how } if how == "read_to_end into")
            });
            let fill = fills.next()?;
            let reads_file = subject.flow.events.iter().any(|event| {
                let of_file = event
                    .origins
                    .iter()
                    .any(|id| subject.flow.origin(*id).ty.handle().is_bare());
                event.range == fill.range
                    && of_file
                    && matches!(
                        event.kind,
                        EventKind::Transfer {
                            direction: Direction::Read,
                            ..
                        }
                    )
            });
            reads_file.then(|| "`read_to_end` reads the file whole".to_owned())
        }
        _ => None,
    }
}

/// The write that is the only use of a value, other than filling and clearing it.
fn only_written(subject: Subject<'_>, id: OriginId) -> Option<&Event> {
    let mut write = None;
    for event in subject.flow.events_on(id) {
        match &event.kind {
            EventKind::Escape { how, .. }
                if matches!(
                    how.as_str(),
                    "std::fs::write" | "write_all of" | "write of" | "fs_err::write"
                ) =>
            {
                if write.replace(event).is_some() {
                    return None;
                }
            }
            EventKind::Method { how } if matches!(how.as_str(), "read_to_end into" | "clear") => {}
            _ => return None,
        }
    }
    write
}

/// `let data = fs::read(from)?; fs::write(to, data)?;` becomes `fs::copy(from, to)?;`, which also copies permission bits,
/// refuses what is not a regular file, and empties a file that is copied onto itself.
fn rewrite(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    write: &Event,
) -> Option<Fix> {
    let binding = origin.binding.as_ref()?;
    let block = edits::block_at(subject.body, binding.block)?;
    let first = block
        .statements
        .iter()
        .position(|statement| statement.range == binding.statement)?;
    let next = block.statements.get(first + 1)?;
    let (reading, writing) = (
        subject.text_of(binding.statement),
        subject.text_of(next.range),
    );
    let call = subject.text_of(origin.range);
    let source = call.split_once('(')?.1.strip_suffix(')')?;
    let target = subject
        .text_of(write.range)
        .split_once('(')?
        .1
        .strip_suffix(')')?;
    let (target, data) = target.rsplit_once(',')?;
    let name = &binding.name;
    let plain = data.trim() == name || data.trim() == format!("&{name}");
    let alike = reading.ends_with(")?;")
        && writing.ends_with(")?;")
        && next.range.start == write.range.start;
    let whole = TextRange::new(binding.statement.start, next.range.end);
    if !plain || !alike || !call.contains("read(") || edits::has_comment(subject.text_of(whole)) {
        return None;
    }
    let copy = if context.index.means(subject.data.module, "fs", "std::fs") {
        "fs::copy"
    } else {
        "std::fs::copy"
    };
    let text = format!("{copy}({source}, {target})?;");
    edits::fix(
        "copy the file with `fs::copy`",
        Applicability::MaybeIncorrect,
        vec![edit(subject, whole, text)],
    )
}
