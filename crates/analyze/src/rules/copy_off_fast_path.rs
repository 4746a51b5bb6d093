//! `io::copy` between handles that the kernel could copy between, hidden from it by a layer.

mod layers;

use model::{Applicability, EvidenceKind, Fix};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits::{self, edit};
use crate::flow::{Copying, Direction, OriginKind};
use crate::syntax::{Expr, ExprKind, TextRange, walk};
use layers::{Kind, Layer, Side};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "copy_off_fast_path",
    operations: &[model::Operation::Copy],
    summary: "a layer hides from `io::copy` that the kernel could copy",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`std::io::copy` from file to file, from a pipe, or from the standard input to a file, where one side is \
            behind a layer that `io::copy` does not see through: `dyn Read` or `dyn Write`, `Box<File>`, `Arc<File>`, \
            the unlocked `Stdin`, `tempfile::NamedTempFile`, `fs_err::File`, a progress bar, or an own type whose `read` \
            or `write` only passes on and counts. A parameter `&mut dyn Read` is reported when a function of the \
            workspace passes a handle of that kind. A layer that looks at the bytes (a hasher, a decoder, a limit on the \
            rate) is there on purpose and is not reported; neither is a copy to or from memory, or from a file to a \
            socket or to the standard output, which std never leaves to the kernel. Confidence is low where a buffer of \
            256 KiB or more is on the way.",
        why_slow: "`io::copy` is specialised for std's own types: `File`, the pipes of `std::process` and `std::io`, \
            `StdinLock`, and `BufReader`, `BufWriter`, `Take` and `&mut` round them. Between those Linux moves the bytes \
            itself (`copy_file_range`, `splice`), and on a file system that shares blocks nothing is copied at all. For \
            every other type it is a loop of `read` and `write_all` over a buffer of 8 KiB, or over that of a `BufWriter`: a file of 1 MB took 247 \
            system calls instead of 2.",
        when_not_faster: "For files of a few kilobytes the kernel's path is a little slower. Other systems than Linux and Android have no \
            kernel path for `io::copy`. A file opened for appending is refused by the kernel, and copied by the loop \
            whatever the types say. Where another disk or the network is the limit, only processor time is saved. A \
            loop with a buffer of 256 KiB is about as fast as the kernel where blocks cannot be shared.",
        fix_safety: "At most `maybe-incorrect`, and only where one word does it: `.lock()` behind `io::stdin()`, and \
            `as_file_mut()` of a `NamedTempFile`. While the lock is held other threads wait for the whole copy; the \
            errors of a `NamedTempFile` name its path, and those of its file do not. Everything else is for a person: \
            take `impl Read` instead of `dyn Read`, or `match` on what was opened and copy in each arm; for a progress \
            bar copy in slices (`io::copy(&mut reader.by_ref().take(SLICE), &mut writer)` until it returns 0) and report \
            after each. With `--runtime` a copy through `Box<File>` or `Arc<File>` becomes `io_optimize::io_copy`, which sees \
            through both, unless it measures no faster; the bytes then move in pieces of another size.",
        example: model::Example {
            before: r"use std::fs::File;
use std::io;
use std::path::Path;

pub fn keep_input(to: &Path) -> io::Result<u64> {
    let mut output = File::create(to)?;
    io::copy(&mut io::stdin(), &mut output)
}
",
            after: r"use std::fs::File;
use std::io;
use std::path::Path;

pub fn keep_input(to: &Path) -> io::Result<u64> {
    let mut output = File::create(to)?;
    io::copy(&mut io::stdin().lock(), &mut output)
}
",
        },
        references: &[
            "[std::io::copy, with its platform-specific behavior](https://doc.rust-lang.org/std/io/fn.copy.html)",
            "[rust-lang/rust#108283: no zero-copy from files to sockets and pipes](https://github.com/rust-lang/rust/pull/108283)",
            "[copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html)",
            "[splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for copy in &subject.flow.copies {
        let (Some(from), Some(to)) = (
            layers::side(context, subject, &copy.from, copy.from_at, Direction::Read),
            layers::side(context, subject, &copy.to, copy.to_at, Direction::Write),
        ) else {
            continue;
        };
        let Some((layer, hidden)) = from
            .layer
            .as_ref()
            .map(|layer| (layer, &from))
            .or_else(|| to.layer.as_ref().map(|layer| (layer, &to)))
        else {
            continue;
        };
        if !is_left_to_the_kernel(from.kind, to.kind) {
            continue;
        }
        let span = subject.span(copy.range);
        let mut proof = vec![evidence(
            EvidenceKind::ResolvedPath,
            span,
            format!(
                "std's `io::copy` would leave {} to the kernel",
                pair(from.kind, to.kind)
            ),
        )];
        for side in [&from, &to] {
            if let Some(layer) = &side.layer {
                proof.push(evidence(
                    EvidenceKind::DeclaredType,
                    side.known_at.unwrap_or(span),
                    layer.note(side.kind),
                ));
            }
        }
        if passes_large_blocks(subject, copy) {
            let note = "its blocks are so large that the kernel would hardly be faster";
            proof.push(evidence(EvidenceKind::SmallWork, span, note));
        }
        if subject.flow.repeats(&copy.loops, &[]) {
            proof.push(evidence(EvidenceKind::Repeated, span, "in a loop"));
        }
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: format!(
                "{} from `io::copy`: every byte is copied through the program's memory",
                layer.message(hidden.kind)
            ),
            related: [&from, &to]
                .into_iter()
                .filter_map(|side| {
                    Some(model::Label {
                        span: side.known_at?,
                        text: side.layer.as_ref()?.note(side.kind),
                    })
                })
                .collect(),
            evidence: proof,
            alternatives: onto_runtime(subject, copy, &from, &to)
                .into_iter()
                .collect(),
            workload: Some(workload(
                META.name,
                match layer {
                    Layer::Counts => "progress",
                    _ => "default",
                },
            )),
            fix: rewrite(subject, copy, &from, &to),
        });
    }
}

/// From this size of a buffer on, `io::copy` through it is about as fast as the kernel where blocks cannot be shared.
const LARGE: u64 = 256 * 1024;

fn passes_large_blocks(subject: Subject<'_>, copy: &Copying) -> bool {
    let mut origins = copy.from.origins.iter().chain(&copy.to.origins);
    origins.any(|id| {
        let capacity = match subject.flow.origin(*id).kind {
            OriginKind::Buffer { capacity, .. } => capacity,
            _ => None,
        };
        capacity.is_some_and(|bytes| bytes >= LARGE)
    })
}

/// What `io::copy` does without a loop over a buffer, whatever the handles turn out to be.
fn is_left_to_the_kernel(from: Kind, to: Kind) -> bool {
    match (from, to) {
        (Kind::File | Kind::Stdin, Kind::File) | (Kind::Socket, Kind::Pipe) => true,
        (Kind::Pipe, to) => to != Kind::Stdout,
        _ => false,
    }
}

fn pair(from: Kind, to: Kind) -> String {
    format!("a copy from {} to {}", from.name(), to.name())
}

/// The layer taken off, where that is one word.
fn rewrite(subject: Subject<'_>, copy: &Copying, from: &Side, to: &Side) -> Option<Fix> {
    let mut changes = Vec::new();
    let mut title = "";
    for (side, at) in [(from, copy.from_at), (to, copy.to_at)] {
        match &side.layer {
            None => {}
            Some(Layer::Unlocked) => {
                let inner = lent(expression_at(subject, at)?);
                // A variable that is no longer changed would have to lose its `mut`.
                if !matches!(inner.kind, ExprKind::Call { .. }) {
                    return None;
                }
                title = "lock the standard input for the copy";
                changes.push(edit(
                    subject,
                    TextRange::new(inner.range.end, inner.range.end),
                    ".lock()",
                ));
            }
            Some(Layer::Foreign { way, .. }) => {
                let inner = lent(expression_at(subject, at)?);
                if !matches!(inner.kind, ExprKind::Path(_)) {
                    return None;
                }
                title = "copy with the file itself";
                let name = subject.text_of(inner.range);
                changes.push(edit(subject, at, format!("{name}.{way}()")));
            }
            Some(_) => return None,
        }
    }
    edits::fix(title, Applicability::MaybeIncorrect, changes)
}

/// The runtime crate's copy, which sees through a box.
fn onto_runtime(subject: Subject<'_>, copy: &Copying, from: &Side, to: &Side) -> Option<Fix> {
    let is_seen = |side: &Side| match &side.layer {
        None => true,
        Some(Layer::Boxed(holder)) => matches!(holder.as_str(), "Box" | "Arc"),
        Some(_) => false,
    };
    let is_taken = edits::is_copied_from(&copy.from.ty) && edits::is_copied_to(&copy.to.ty);
    let ExprKind::Call { callee, .. } = &expression_at(subject, copy.range)?.kind else {
        return None;
    };
    if !is_taken || !is_seen(from) || !is_seen(to) {
        return None;
    }
    let way = "io_optimize::io_copy";
    let change = edit(subject, callee.range, way);
    let title = "copy with `io_optimize::io_copy`";
    let fix = edits::fix(title, Applicability::MaybeIncorrect, vec![change])?;
    Some(edits::onto_runtime(fix, way))
}

/// What an argument lends.
fn lent(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Reference { inner, .. } => inner,
        _ => expr,
    }
}

fn expression_at(subject: Subject<'_>, range: TextRange) -> Option<&Expr> {
    let mut found = None;
    walk::block_expressions(subject.body, &mut |expr| {
        if expr.range == range && found.is_none() {
            found = Some(expr);
        }
        expr.range.contains(range)
    });
    found
}
