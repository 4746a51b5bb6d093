//! A whole file read only to be written elsewhere.

mod streamed;

use model::{Applicability, EvidenceKind, Fix};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, edit};
use crate::flow::{Binding, Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::TextRange;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "read_write_copy",
    operations: &[model::Operation::Copy],
    summary: "a whole file goes through memory only to be written elsewhere",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`fs::read`, `fs::read_to_string`, `read_to_end` or `read_to_string` whose bytes are used for nothing but a \
            `fs::write`, `write_all` or `write`, also into an archive or a compressor. Bytes that are parsed, changed, compared or hashed in between, or kept, \
            are not reported.",
        why_slow: "The program allocates memory for the whole file, has the system fill it, and \
            has it copied out again. A large file costs its size in memory, fresh pages must be \
            cleared first, and nothing is written before everything is read. `fs::copy` and \
            `io::copy` move the bytes in pieces and on Linux leave that to the kernel.",
        when_not_faster: "Up to about a megabyte reading whole and writing was a little faster on ext4, see \
            the figures; what is saved then is memory. The gain \
            grows with the size, and is largest where the file system shares blocks instead of \
            copying them. When the target is a compressor or an archive the work there decides, \
            and what is saved is memory.",
        fix_safety: "Always `maybe-incorrect`, because the meaning differs. The fix is offered for \
            `let bytes = fs::read(from)?;` with `fs::write(to, bytes)` as the very next \
            statement, and for `fs::write(to, fs::read(from)?)`, and becomes `fs::copy(from, to)`; \
            and for bytes that go to a writer by `write_all`, which becomes `io::copy`, where a buffer \
            is filled by `read_to_end` and named for nothing else, or `fs::read` stands right before; \
            everything else is only reported. `fs::copy` also copies the permission bits, and refuses what is not a regular file, \
            such as a FIFO. It empties the target before the source is read: when both are the \
            same file its contents are lost, and an error while reading leaves a part of a target \
            where there was none, or the old one, before. \
            `io::copy` reads where the write stood: what stood between comes first, a failure of the reading is \
            reported as one of the writing is and leaves a part of the target written, and when both are the \
            same file it reads what it writes until the disk is full. \
            In the place of `fs::copy` comes `io_optimize::copy` with `--runtime`, unless it measures no faster: it keeps the contract of `fs::copy` but \
            refuses to copy a file onto itself, keeps holes, reads a FIFO or a device to its end on Linux and macOS, and names both paths in its errors.",
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
        let whole = rewrite(context, subject, origin, write);
        let (fix, alternatives) = match whole {
            Some((std, runtime)) => (Some(std), runtime.into_iter().collect()),
            None => {
                let fix = streamed::fix(context, subject, origin, write);
                (fix, Vec::new())
            }
        };
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
            alternatives,
            workload: Some(workload(META.name, "default")),
            fix,
        });
    }
}

/// How a value came to hold a whole file, if it does.
fn whole_file(subject: Subject<'_>, id: OriginId) -> Option<String> {
    match &subject.flow.origin(id).kind {
        OriginKind::Content { api, .. }
            if api.ends_with("::read") || api.ends_with("::read_to_string") =>
        {
            Some(format!("`{api}` reads it whole"))
        }
        OriginKind::Fresh { empty: true, .. } => {
            let mut fills = subject.flow.events_on(id).filter(|event| {
                matches!(&event.kind, EventKind::Method { how } if matches!(how.as_str(), "read_to_end into" | "read_to_string into"))
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
            reads_file.then(|| "the file is read whole".to_owned())
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
            EventKind::Method { how }
                if matches!(
                    how.as_str(),
                    "read_to_end into" | "read_to_string into" | "clear"
                ) => {}
            _ => return None,
        }
    }
    write
}

/// `fs::read` and `fs::write` next to each other, both with `?`, become `fs::copy`, which also copies permission bits, refuses
/// what is not a regular file, and empties a file that is copied onto itself; or the runtime crate's `copy`, which refuses that.
fn rewrite(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    write: &Event,
) -> Option<(Fix, Option<Fix>)> {
    let source = subject
        .text_of(origin.range)
        .split_once("read(")?
        .1
        .strip_suffix(')')?;
    let call = subject.text_of(write.range);
    let (target, data) = call
        .split_once("write(")?
        .1
        .strip_suffix(')')?
        .rsplit_once(',')?;
    let data = data.trim().trim_start_matches('&');
    let opened = subject.text_of(origin.opened);
    if opened.strip_prefix(subject.text_of(origin.range))? != "?" {
        return None;
    }
    let (whole, ending) = match &origin.binding {
        Some(binding) if data == binding.name => in_two_statements(subject, binding, write.range)?,
        None if data == opened => in_one_call(subject, write.range)?,
        _ => return None,
    };
    if edits::has_comment(subject.text_of(whole)) {
        return None;
    }
    let with = |copy: &str, title: &str| {
        let text = format!("{copy}({source}, {target}){ending}");
        let change = edit(subject, whole, text);
        edits::fix(title, Applicability::MaybeIncorrect, vec![change])
    };
    let ours = "io_optimize::copy";
    let std = if context.index.means(subject.data.module, "fs", "std::fs") {
        "fs::copy"
    } else {
        "std::fs::copy"
    };
    let runtime = with(ours, "copy the file with `io_optimize::copy`");
    Some((
        with(std, "copy the file with `fs::copy`")?,
        runtime.map(|fix| edits::onto_runtime(fix, ours)),
    ))
}

/// What `fs::copy` says instead of nothing, as the last expression of a block.
const NOTHING: &str = ".map(drop)";

/// The `let` with the statement right behind it, and how the copy ends.
fn in_two_statements(
    subject: Subject<'_>,
    binding: &Binding,
    write: TextRange,
) -> Option<(TextRange, &'static str)> {
    let block = edits::block_at(subject.body, binding.block)?;
    let first = block
        .statements
        .iter()
        .position(|statement| statement.range == binding.statement)?;
    let next = block.statements.get(first + 1)?;
    let whole = TextRange::new(binding.statement.start, next.range.end);
    let reads_only = subject.text_of(binding.statement).ends_with(")?;");
    if !reads_only || next.range.start != write.start {
        return None;
    }
    match subject.text_of(TextRange::new(write.end, next.range.end)) {
        "?;" => Some((whole, "?;")),
        "" => Some((whole, NOTHING)),
        _ => None,
    }
}

/// `fs::write(to, fs::read(from)?)`, alone in its statement or as the value of its block.
fn in_one_call(subject: Subject<'_>, write: TextRange) -> Option<(TextRange, &'static str)> {
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            if statement.range.start == write.start {
                found = match subject.text_of(TextRange::new(write.end, statement.range.end)) {
                    "?;" => Some((statement.range, "?;")),
                    "" => Some((statement.range, NOTHING)),
                    _ => None,
                };
            }
        }
    });
    found
}
