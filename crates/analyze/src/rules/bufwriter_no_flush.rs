//! A buffered writer that is dropped with its last error.

use model::{Applicability, EvidenceKind};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits;
use crate::flow::{BufferKind, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::{Path, TextRange, TypeRef};
use crate::types::{Handle, Ty};
use crate::usage::Place;

mod branches;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "bufwriter_no_flush",
    operations: &[model::Operation::Write],
    summary: "what is left in the buffer is written on drop, and an error there is lost",
    fix: model::FixAvailability::Sometimes,
    about_speed: false,
    docs: model::RuleDocs {
        finds: "A `BufWriter`, or an encoder that holds bytes back, which this function makes or \
            is handed by another, fills and drops without `flush()`, `into_inner()` or the \
            `finish()` of the encoder. One that is passed on by value to a function of the \
            workspace is reported if that function does not flush it either, and one that goes to one \
            of several, in the arms of a `match`, if only some of these flush it. A writer that is \
            returned, stored or over memory is not reported, nor is one that is flushed anywhere. \
            Where the error of each write to the standard output is thrown away, confidence is low.",
        why_slow: "It is not slow: it loses errors. The destructor writes what is left and throws \
            the result away, so on a full disk, an exceeded quota or a closed pipe the function \
            returns `Ok` and the file is cut short. An encoder that is dropped may also leave its \
            last block or trailer out. Somebody who opens the file by its path before the writer \
            is dropped sees a part of it.",
        when_not_faster: "Never faster: the same bytes are written by the same calls, a moment \
            earlier. No measurement speaks for or against this fix, so none holds it back.",
        fix_safety: "At most `maybe-incorrect`. The fix adds a `flush()` to a `BufWriter` that is \
            made and kept in this function, or comes back from another one of the workspace, behind the last \
            statement that writes and before each \
            `return`, `break` or `continue` that leaves earlier without an error. A writer that was given away by value, to \
            something that takes any writer and does not keep it, is lent instead, and one that was made in the argument of a call \
            gets a name. What it changes \
            is its purpose: a failure that was lost is returned, so that a function which reported \
            success on a full disk no longer does. The failure is treated as those of the writes \
            are: by `?`, `map_err(…)?`, `expect` or `unwrap()`; where the function returns nothing \
            and its writes are unwrapped, the flush can so panic. Where an error is on its way out \
            already, the destructor still writes the rest. Where the function that makes the \
            writer shows no way to treat a failure, but gives the writer to one other function \
            only, and outside of loops, that one flushes it at its end; where that takes the \
            writer by value and is public, it does so for the writers of other crates, too. There \
            is no fix when the failure of a \
            write is ignored or dealt with on the spot, when the function shows no way to treat \
            it, when what the writer was given to keeps or returns it, or borrows it until the end of the block, when \
            a `return` writes itself, when the block names `process::exit`, or \
            when no place for the flush is sure to be passed. Encoders are only reported: their `finish()` is for a person to add.",
        example: model::Example {
            before: r#"use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn write_names(path: &Path, names: &[String]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for name in names {
        writeln!(out, "{name}")?;
    }
    Ok(())
}
"#,
            after: r#"use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn write_names(path: &Path, names: &[String]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for name in names {
        writeln!(out, "{name}")?;
    }
    out.flush()?;
    Ok(())
}
"#,
        },
        references: &[
            "[std::io::BufWriter: flush before it is dropped](https://doc.rust-lang.org/std/io/struct.BufWriter.html)",
            "[rust-lang/rust#32677: errors are lost on drop](https://github.com/rust-lang/rust/issues/32677)",
            "[rust-lang/rust-clippy#2467: a writer dropped without flush](https://github.com/rust-lang/rust-clippy/issues/2467)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let Some(what) = buffers_writes(context, origin) else {
            continue;
        };
        if !is_lost(context, subject, id) {
            continue;
        }
        let span = subject.span(origin.range);
        let mut proof = vec![
            evidence(EvidenceKind::Constructor, span, "it is made here"),
            evidence(
                EvidenceKind::ResolvedPath,
                span,
                "nothing flushes it before it goes out of scope",
            ),
        ];
        if is_over_stdout(subject, origin) && ignores_errors(subject, id) {
            let note = "whether what is printed arrives is not asked of the other writes, either";
            proof.push(evidence(EvidenceKind::SmallWork, span, note));
        }
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: format!(
                "{what} is dropped with what it still holds: an error of its last write is lost"
            ),
            related: given_away(context, subject, id),
            evidence: proof,
            alternatives: Vec::new(),
            workload: Some(workload(META.name, "default")),
            fix: is_writer(context, origin)
                .then(|| edits::flush_fix(context, subject, id, Applicability::MaybeIncorrect))
                .flatten(),
        });
    }
}

fn is_over_stdout(subject: Subject<'_>, origin: &Origin) -> bool {
    let OriginKind::Buffer { over, .. } = &origin.kind else {
        return false;
    };
    let mut over = over.iter().map(|id| subject.flow.origin(*id));
    over.any(|below| below.ty.handle() == Handle::Stdout)
}

/// Whether each write in the function itself is one whose error nobody wants to know.
fn ignores_errors(subject: Subject<'_>, id: OriginId) -> bool {
    let writes = subject.flow.events_on(id);
    let mut writes = writes
        .filter(|event| matches!(event.kind, EventKind::Transfer { .. }))
        .peekable();
    let is_ignored = |event: &Event| {
        let before = TextRange::new(subject.body.range.start, event.range.start);
        let before = subject.text_of(before).trim_end();
        let behind = TextRange::new(event.range.end, subject.body.range.end);
        before.ends_with("let _ =") || subject.text_of(behind).starts_with(".ok();")
    };
    writes.peek().is_some() && writes.all(is_ignored)
}

/// The functions that a writer is given to: the last of them might have flushed it.
fn given_away(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Vec<model::Label> {
    let labels = subject.flow.events_on(id).filter_map(|event| {
        let EventKind::Argument {
            callee, by_value, ..
        } = &event.kind
        else {
            return None;
        };
        let file = context.index.file_of(*callee);
        let range = context.index.function(*callee).function.range;
        let text = &context.sources.file(file).text[range.at()];
        let end = text.find('\n').unwrap_or(text.len());
        let span = model::Span {
            file,
            start: range.start,
            end: range.start + u32::try_from(end).unwrap_or(0),
        };
        let text = if *by_value {
            "it ends here without a flush"
        } else {
            "it is filled here and not flushed"
        };
        Some(model::Label {
            span,
            text: text.to_owned(),
        })
    });
    labels.collect()
}

/// What holds back bytes, and loses the error of writing them when it is dropped.
fn buffers_writes(context: &Context<'_>, origin: &Origin) -> Option<String> {
    // In memory, nothing can fail.
    if origin
        .ty
        .arguments()
        .first()
        .is_some_and(|ty| ty.handle() == Handle::Memory)
    {
        return None;
    }
    match &origin.kind {
        OriginKind::Buffer {
            kind: BufferKind::Writer,
            ..
        } => origin
            .ty
            .is("std::io::BufWriter")
            .then(|| "this `BufWriter`".to_owned()),
        OriginKind::CallResult(_) if may_be_buffered(&origin.ty) => {
            Some("the `BufWriter` that comes back here".to_owned())
        }
        OriginKind::Wrapper { row, .. } => {
            let effect = context.effects.row(*row);
            effect.needs_finish.as_deref()?;
            let mut names = effect.path.rsplit("::");
            let name = names.nth(1).unwrap_or(&effect.path);
            Some(format!("this `{name}`"))
        }
        _ => None,
    }
}

fn may_be_buffered(ty: &Ty) -> bool {
    match ty {
        Ty::OneOf(all) => all.iter().any(may_be_buffered),
        _ => {
            ty.is("std::io::BufWriter")
                && ty
                    .arguments()
                    .first()
                    .is_none_or(|inner| inner.handle() != Handle::Memory)
        }
    }
}

/// Whether a value is itself a `Write`, whose `flush` can be called.
fn is_writer(context: &Context<'_>, origin: &Origin) -> bool {
    let OriginKind::CallResult(callee) = origin.kind else {
        return matches!(origin.kind, OriginKind::Buffer { .. });
    };
    let returns = context.index.function(callee).function.returns.as_ref();
    let Some(mut returned) = returns else {
        return false;
    };
    if let TypeRef::Path(path) = returned
        && path.last().ends_with("Result")
    {
        let held = path.segments.last().and_then(|last| last.generics.first());
        let Some(held) = held.filter(|_| origin.opened.end > origin.range.end) else {
            return false;
        };
        returned = held;
    }
    let writes = |bounds: &[Path]| bounds.iter().any(|bound| bound.last() == "Write");
    match returned {
        TypeRef::ImplTrait(bounds) => writes(bounds),
        TypeRef::Path(path) if path.last() == "Box" => {
            let held = path.segments.last().and_then(|last| last.generics.first());
            matches!(held, Some(TypeRef::DynTrait(bounds)) if writes(bounds))
        }
        TypeRef::Path(path) => path.last() == "BufWriter",
        _ => false,
    }
}

/// Whether the writer is filled and then dropped, with nothing that flushes it on the way.
fn is_lost(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> bool {
    let origin = subject.flow.origin(id);
    let mut filled = false;
    let mut pending: Vec<OriginId> = vec![id];
    let mut seen: Vec<OriginId> = Vec::new();
    while let Some(id) = pending.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let events: Vec<&Event> = subject.flow.events_on(id).collect();
        for event in events {
            match &event.kind {
                EventKind::Transfer { .. } => filled = true,
                EventKind::Effect { row, result, .. } => {
                    filled = true;
                    let effect = context.effects.row(*row);
                    // What finishes an encoder flushes what is below it, or hands it back.
                    if effect.is_wrapper() {
                        let Some(result) = result else { return false };
                        pending.push(*result);
                    }
                }
                EventKind::Argument {
                    callee,
                    parameter,
                    by_value,
                } => {
                    let Some(usage) = context.usages.of(&Place::Parameter(*callee, *parameter))
                    else {
                        return false;
                    };
                    let flushed = usage.flushed || usage.kept && *by_value;
                    if flushed && !branches::leaves_one_out(context, *callee, *parameter) {
                        return false;
                    }
                    filled |= usage.written || usage.small_writes.is_some();
                }
                EventKind::Mentioned | EventKind::Query { .. } => {}
                EventKind::Method { how }
                    if matches!(how.as_str(), "get_ref" | "capacity" | "buffer") => {}
                // Records of an encoder that is no `Write`.
                EventKind::Method { how }
                    if matches!(subject.flow.origin(id).kind, OriginKind::Wrapper { .. })
                        && (how.starts_with("write_") || how == "serialize") =>
                {
                    filled = true;
                }
                _ => return false,
            }
        }
    }
    filled && !origin.deferred
}
