//! Independent files that are worked on one after another.

mod derived;
mod turns;
mod work;

use model::{EvidenceKind, Label, Span, TargetKind};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::data_loop::data_loop;
use crate::flow::{OriginKind, Runs};
use crate::sizes::{self, Size};
use crate::syntax::{Block, Expr, ExprKind, LoopKind, Pattern, TextRange, TypeRef, walk};
use crate::types::Ty;
use crate::usage::is_async;
use derived::Derived;
use work::Work;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "sequential_many_files",
    operations: &[model::Operation::Streaming, model::Operation::Network],
    summary: "files that have nothing to do with each other are worked on one after another",
    fix: model::FixAvailability::None,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A `for` over the entries of a directory, a walk or a list of paths, each turn of \
            which reads a whole file and gives the content to something that works on it: a hash, \
            a parser, a decoder, a renderer, or a function of the workspace that goes through it. \
            Both may happen in a function that the loop calls with the path. The turns have to be \
            independent, as far as the code tells: results are pushed, inserted or summed \
            up and not looked at before the end, each turn writes files of its own, nothing \
            that is made outside is changed, and no turn ends the loop. Not reported: loops \
            that print what they find or write it to one writer, that ask a database, start \
            processes or threads, or run in async code; functions that are called from a pool \
            of threads; tests and build scripts. Settings, manifests and other files whose names \
            or formats say that they are small are of low confidence.",
        why_slow: "One core works while the others do nothing, and while the one waits for a disk or \
            a server, none does. Reading and parsing a file depends on no other file, so that the \
            time falls with the number of cores, and on a network file system, where a file takes \
            some round trips, with the number of requests on their way.",
        when_not_faster: "A handful of small files takes less time than the threads take to start. One \
            rotating disk reads two files at once slower than one after the other. Several large \
            files at once need the memory of all of them. A program that others run once for \
            each core is parallel already.",
        fix_safety: "There is no fix. The usual rewrite collects the paths and goes through them by \
            rayon's `par_iter()`: `map` and `collect` keep the order of the results. Lines that say \
            which file it is come in any order then, the error that is returned need not be \
            that of the first file that fails, and files behind it have been worked on already. \
            What is called has to be `Sync`, which the compiler checks.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::Path;

pub fn checksums(folder: &Path) -> io::Result<Vec<u32>> {
    let mut sums = Vec::new();
    for entry in fs::read_dir(folder)? {
        let bytes = fs::read(entry?.path())?;
        sums.push(crc32fast::hash(&bytes));
    }
    Ok(sums)
}
",
            after: r"use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

pub fn checksums(folder: &Path) -> io::Result<Vec<u32>> {
    let entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries
        .par_iter()
        .map(|entry| Ok(crc32fast::hash(&fs::read(entry.path())?)))
        .collect()
}
",
        },
        references: &[
            "[rayon::iter::ParallelIterator](https://docs.rs/rayon/latest/rayon/iter/trait.ParallelIterator.html)",
            "[std::thread::scope](https://doc.rust-lang.org/std/thread/fn.scope.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    let target = context.sources.file(subject.file).target;
    let is_program = matches!(target, TargetKind::Library | TargetKind::Binary);
    let has_async = is_async(context.index, subject.id)
        || subject.flow.frames.iter().any(|frame| frame.is_async);
    if !is_program || !subject.is_production(context) || has_async {
        return;
    }
    let loops = (0_u32..).take(subject.flow.loops.len());
    let found: Vec<Draft> = loops
        .filter_map(|id| in_loop(context, subject, FileLoop::of(subject, id)?))
        .collect();
    if !found.is_empty() && !is_run_apart(context, subject) {
        verdicts.drafts.extend(found);
    }
}

/// A `for` whose turns are for a file each.
struct FileLoop<'a> {
    /// It and the loops around it.
    loops: Vec<u32>,
    range: TextRange,
    head: TextRange,
    pattern: &'a Pattern,
    body: &'a Block,
    note: &'static str,
}

impl<'a> FileLoop<'a> {
    fn of(subject: Subject<'a>, id: u32) -> Option<Self> {
        let flow = subject.flow;
        let looped = &flow.loops[id as usize];
        if looped.kind != Some(LoopKind::For) {
            return None;
        }
        let over_entries = flow.origins.iter().any(|origin| {
            matches!(origin.kind, OriginKind::Entry { .. }) && origin.loops.last() == Some(&id)
        });
        let note = if over_entries {
            "each turn is for another entry of the directory"
        } else if is_path(&looped.element) {
            "each turn is for another path"
        } else {
            return None;
        };
        let expr = walk::at(subject.body, looped.range, |kind| {
            matches!(kind, ExprKind::Loop { .. })
        })?;
        let ExprKind::Loop {
            pattern: Some(pattern),
            body,
            ..
        } = &expr.kind
        else {
            return None;
        };
        let around = flow.loops[..id as usize].iter().zip(0_u32..);
        let around = around.filter(|(other, _)| other.range.contains(looped.range));
        let loops: Vec<u32> = around.map(|(_, other)| other).chain([id]).collect();
        data_loop(subject, &loops, &[])?;
        let in_closure = flow
            .frames
            .iter()
            .any(|frame| frame.body.contains(looped.range));
        (!in_closure).then_some(Self {
            loops,
            range: looped.range,
            head: TextRange::new(looped.range.start, body.range.start),
            pattern,
            body,
            note,
        })
    }
}

fn is_path(ty: &Ty) -> bool {
    match ty {
        Ty::External(path, _) => matches!(path.as_str(), "std::path::PathBuf" | "std::path::Path"),
        Ty::Tuple(parts) => parts.iter().any(is_path),
        _ => false,
    }
}

/// What a turn does with its file.
struct Turn {
    read: TextRange,
    work: Work,
    content: Derived,
    /// Where in another function the file is read.
    inside: Option<Span>,
}

fn in_loop(context: &Context<'_>, subject: Subject<'_>, looped: FileLoop<'_>) -> Option<Draft> {
    let mut turn = Derived::from_pattern(looped.pattern);
    turn.spread(looped.body);
    let mut done = by_itself(context, subject, &looped, &turn)
        .or_else(|| by_call(context, subject, &looped, &turn))?;
    let independent = turns::are_independent(
        context,
        subject,
        looped.range,
        looped.body,
        &turn,
        &done.content,
    );
    if !independent {
        return None;
    }
    let span = subject.span(done.read);
    let head = subject.span(looped.head);
    let mut proof = vec![
        evidence(
            EvidenceKind::ResolvedPath,
            span,
            "each turn reads a whole file before the next one is begun",
        ),
        evidence(
            EvidenceKind::Summary,
            subject.span(done.work.range),
            format!("`{}` works on all of its content", done.work.name),
        ),
        evidence(EvidenceKind::Summary, head, looped.note),
    ];
    done.work.small = done
        .work
        .small
        .or_else(|| named_small(context, subject, &looped));
    proof.extend(
        done.work
            .small
            .map(|note| evidence(EvidenceKind::SmallWork, span, note)),
    );
    let label = |span, text: &str| Label {
        span,
        text: text.to_owned(),
    };
    let mut related = vec![label(head, looped.note)];
    related.extend(
        done.inside
            .map(|inside| label(inside, "the file is read here")),
    );
    Some(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: "files are read and worked on one after another: several threads could".to_owned(),
        related,
        evidence: proof,
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: None,
    })
}

/// The loop itself reads and works.
fn by_itself(
    context: &Context<'_>,
    subject: Subject<'_>,
    looped: &FileLoop<'_>,
    turn: &Derived,
) -> Option<Turn> {
    let reads = work::reads(subject, &looped.loops, turn);
    reads.into_iter().find_map(|read| {
        let mut work = work::on_content(context, subject, looped.range, &read.content)?;
        work.small = work.small.or(work::small(context, subject, read.id));
        Some(Turn {
            read: read.range,
            work,
            content: read.content,
            inside: None,
        })
    })
}

/// A function that the loop calls with the path does both.
fn by_call(
    context: &Context<'_>,
    subject: Subject<'_>,
    looped: &FileLoop<'_>,
    turn: &Derived,
) -> Option<Turn> {
    let calls = subject.flow.calls.iter();
    let mut calls = calls.filter(|call| call.loops == looped.loops && call.frame.is_none());
    calls.find_map(|call| {
        let called: &Expr = walk::at(subject.body, call.range, work::is_call)?;
        if call.callee == subject.id || !turn.is_in(called) {
            return None;
        }
        let job = work::job(context, call.callee)?;
        let function = &context.index.function(call.callee).function;
        let mut content = Derived::default();
        if !returns_nothing(function.returns.as_ref()) {
            content.add_seed(call.range);
            content.spread(looped.body);
        }
        let work = Work {
            range: call.range,
            name: function.name.clone(),
            small: job.work.small,
        };
        let inside = Span {
            file: job.read.file,
            start: job.read.range.start,
            end: job.read.range.end,
        };
        Some(Turn {
            read: call.range,
            work,
            content,
            inside: Some(inside),
        })
    })
}

/// Whether all that a call tells is whether it went well.
fn returns_nothing(returns: Option<&TypeRef>) -> bool {
    match returns {
        None => true,
        Some(TypeRef::Tuple(parts)) => parts.is_empty(),
        Some(TypeRef::Path(path)) => {
            let generics = path
                .segments
                .last()
                .and_then(|segment| segment.generics.first());
            path.last().ends_with("Result") && returns_nothing(Some(generics.unwrap_or(&UNKNOWN)))
        }
        _ => false,
    }
}

/// What a `Result` without arguments holds.
const UNKNOWN: TypeRef = TypeRef::Unknown;

/// Why the files are small, as far as the names round the loop tell.
fn named_small(
    context: &Context<'_>,
    subject: Subject<'_>,
    looped: &FileLoop<'_>,
) -> Option<&'static str> {
    let module = context.index.module(subject.data.module);
    let module = module.path.last().map_or("", String::as_str);
    let names = format!("{module} {}", subject.data.function.name);
    match sizes::judge(&[names, subject.text_of(looped.head).to_owned()]) {
        Size::Unbounded => None,
        Size::Small(note) => Some(note),
        Size::Special => Some("the kernel makes up the files, a few pages each"),
    }
}

/// Whether somebody calls the function from a pool of threads, or from what an executor polls.
fn is_run_apart(context: &Context<'_>, subject: Subject<'_>) -> bool {
    context.calls_of(subject.id).any(|(caller, call)| {
        let flow = &context.flows[&caller];
        let mut frames = flow.frames_from(call.frame);
        is_async(context.index, caller)
            || frames.any(|frame| frame.is_async || !frame.runs.contains(&Runs::Here))
            || flow.is_spawned(call.frame, call.range)
    })
}
