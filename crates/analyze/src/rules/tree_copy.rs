//! A tree of directories copied one file after another.

mod recursion;

use model::{Evidence, EvidenceKind};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Origin, OriginKind};
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Block, Expr, ExprKind, StatementKind, TextRange, walk};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "tree_copy",
    operations: &[model::Operation::Copy, model::Operation::Network],
    summary: "a tree is copied one file after another",
    fix: model::FixAvailability::Runtime,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`fs::copy`, here or in a function of the workspace called from here, in a walk over a tree: a loop over \
            `walkdir` or `ignore`, a loop over `read_dir` in a function that calls itself for the directories, or one that \
            keeps them in a list of its own. The files of a single directory, a walk that ends at the first file it \
            copies, and a walk that is handed to rayon or to threads are not reported.",
        why_slow: "For a small file a copy is mostly round trips to the kernel: open twice, ask for the attributes, copy, set \
            the permissions, close twice. They depend on nothing but their own file, and one thread waits for each of \
            them in turn while the other cores do nothing. On a network file system each is a round trip to the server.",
        when_not_faster: "Few files, one core, or one rotating disk, whose head then moves back and forth. Large files: \
            there the bytes count, and one thread is close to what the memory or the disk allows. More threads than \
            cores made it slower on ext4.",
        fix_safety: "There is no fix onto std. The walk makes the directories first and collects pairs of paths; then the files are \
            copied by a few threads, for example by rayon's `par_iter().try_for_each(|(from, to)| fs::copy(from, to).map(drop))`. \
            The first error then comes from another file, and files behind it have been copied already: who relies on \
            the order, or asks questions on the way, keeps the loop. \
            With `--runtime` the loop of a function that makes the directory, calls itself for the directories in it and copies \
            everything else becomes `io_optimize::TreeOptions`, unless that measures no faster. That is `maybe-incorrect`: \
            symbolic links are copied as links, where `fs::copy` reads what they lead to and fails at a directory; hard links stay \
            hard links, FIFOs are made anew, sockets and devices are left out; directories get the permission bits of \
            their sources; a file that is there is replaced when its copy is whole, even if it may not be written; a copy into \
            the source itself is refused; and errors name both paths, are of another kind where the source is no directory, and leave another part of the tree \
            behind, a directory that was not filled with the mode 01700.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::Path;

pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
",
            after: r"use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(from, to, &mut files)?;
    files
        .par_iter()
        .try_for_each(|(from, to)| fs::copy(from, to).map(drop))
}

fn collect(from: &Path, to: &Path, files: &mut Vec<(PathBuf, PathBuf)>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &target, files)?;
        } else {
            files.push((entry.path(), target));
        }
    }
    Ok(())
}
",
        },
        references: &[
            "[rayon::iter::ParallelIterator::try_for_each](https://docs.rs/rayon/latest/rayon/iter/trait.ParallelIterator.html#method.try_for_each)",
            "[std::thread::scope](https://doc.rust-lang.org/std/thread/fn.scope.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    let is_entry = |origin: &Origin| matches!(origin.kind, OriginKind::Entry { .. });
    if !subject.flow.origins.iter().any(is_entry) {
        return;
    }
    let mut seen: Vec<u32> = Vec::new();
    for copy in copies(context, subject) {
        let Some(walk) = walk_round(context, subject, copy.range) else {
            continue;
        };
        // Two ways to copy in one walk are one finding.
        if seen.contains(&walk.loop_id) || ends_there(subject, walk.range, copy.range) {
            continue;
        }
        if is_parallel(subject.text_of(subject.data.function.range)) {
            continue;
        }
        seen.push(walk.loop_id);
        let span = subject.span(copy.range);
        let mut proof = vec![evidence(
            EvidenceKind::ResolvedPath,
            span,
            "each file of the tree is copied before the next is begun",
        )];
        proof.extend(copy.inside.map(|id| Evidence {
            kind: EvidenceKind::Summary,
            span: None,
            note: format!(
                "`{}` copies the file",
                context.index.function(id).function.name
            ),
        }));
        proof.push(evidence(
            EvidenceKind::Repeated,
            subject.span(first_line(subject, walk.range)),
            walk.note,
        ));
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: META.operations[0],
            function: subject.id,
            span,
            message: "the files of the tree are copied one after another: several threads could"
                .to_owned(),
            related: vec![model::Label {
                span: subject.span(first_line(subject, walk.range)),
                text: walk.note.to_owned(),
            }],
            evidence: proof,
            alternatives: recursion::fix(context, subject).into_iter().collect(),
            workload: Some(workload(META.name, "default")),
            fix: None,
        });
    }
}

/// A place where one file is copied.
struct OneCopy {
    range: TextRange,
    /// The function of the workspace that does it.
    inside: Option<FunctionId>,
}

fn copies(context: &Context<'_>, subject: Subject<'_>) -> Vec<OneCopy> {
    let mut copies: Vec<OneCopy> = direct(context, subject.data.module, subject.body)
        .into_iter()
        .map(|range| OneCopy {
            range,
            inside: None,
        })
        .collect();
    for call in &subject.flow.calls {
        let callee = context.index.function(call.callee);
        if call.callee == subject.id || call.loops.is_empty() {
            continue;
        }
        let Some(body) = &callee.function.body else {
            continue;
        };
        let copies_once = direct(context, callee.module, body).len() == 1
            && context
                .flows
                .get(&call.callee)
                .is_some_and(|flow| flow.loops.is_empty());
        if copies_once {
            copies.push(OneCopy {
                range: call.range,
                inside: Some(call.callee),
            });
        }
    }
    copies.sort_by_key(|copy| copy.range);
    copies
}

/// The calls of `fs::copy` in a body.
fn direct(context: &Context<'_>, module: crate::index::ModuleId, body: &Block) -> Vec<TextRange> {
    let mut found = Vec::new();
    walk::block_expressions(body, &mut |expr: &Expr| {
        if let ExprKind::Call { callee, .. } = &expr.kind
            && let ExprKind::Path(path) = &callee.kind
            && path.last() == "copy"
            && matches!(
                context.index.resolve(module, path),
                Meaning::External(name) if matches!(name.as_str(), "std::fs::copy" | "fs_err::copy")
            )
        {
            found.push(expr.range);
        }
        true
    });
    found
}

struct Walk {
    loop_id: u32,
    range: TextRange,
    note: &'static str,
}

/// The loop over a tree that a place lies in.
fn walk_round(context: &Context<'_>, subject: Subject<'_>, at: TextRange) -> Option<Walk> {
    for origin in &subject.flow.origins {
        let OriginKind::Entry { api } = &origin.kind else {
            continue;
        };
        let Some(loop_id) = origin.loops.last().copied() else {
            continue;
        };
        let range = subject.flow.loops[loop_id as usize].range;
        if !range.contains(at) {
            continue;
        }
        let note = if api != "std::fs::DirEntry" {
            "the walk goes down the tree"
        } else if calls_itself(context, subject, loop_id) {
            "the function calls itself for each directory"
        } else if keeps_a_list(subject, &origin.loops, range) {
            "the directories wait in a list"
        } else {
            continue;
        };
        return Some(Walk {
            loop_id,
            range,
            note,
        });
    }
    None
}

/// Whether a function is called again from its loop, by itself or by what it calls.
fn calls_itself(context: &Context<'_>, subject: Subject<'_>, loop_id: u32) -> bool {
    let called = subject
        .flow
        .calls
        .iter()
        .filter(|call| call.loops.contains(&loop_id));
    called.into_iter().any(|call| {
        call.callee == subject.id
            || context
                .flows
                .get(&call.callee)
                .is_some_and(|flow| flow.calls.iter().any(|inner| inner.callee == subject.id))
    })
}

/// Whether the loop over a directory is in a loop that takes directories from a list to which the inner one adds.
fn keeps_a_list(subject: Subject<'_>, loops: &[u32], range: TextRange) -> bool {
    if loops.len() < 2 {
        return false;
    }
    let mut adds = false;
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        if let ExprKind::Method { name, .. } = &expr.kind {
            adds |= range.contains(expr.range)
                && matches!(name.as_str(), "push" | "push_back" | "push_front");
        }
        true
    });
    let taken = subject.flow.loops[loops[loops.len() - 2] as usize].range;
    let head: String = subject.text_of(first_line(subject, taken)).to_owned();
    adds && head.contains(".pop")
}

/// Whether the loop is left once a file is copied: what is behind the copy in its block says so.
fn ends_there(subject: Subject<'_>, looped: TextRange, at: TextRange) -> bool {
    let mut ends = false;
    crate::edits::visit_blocks(subject.body, &mut |block| {
        if !looped.contains(block.range) || !block.range.contains(at) {
            return;
        }
        let behind = block
            .statements
            .iter()
            .filter(|statement| statement.range.end >= at.end);
        for statement in behind {
            if let StatementKind::Expr { expr, .. } = &statement.kind {
                ends |= matches!(expr.kind, ExprKind::Break(_) | ExprKind::Return(_));
            }
        }
    });
    ends
}

/// Whether several threads are at work already.
fn is_parallel(text: &str) -> bool {
    [
        "par_iter",
        "par_bridge",
        "into_par",
        "rayon::",
        "spawn(",
        "spawn_blocking",
    ]
    .iter()
    .any(|word| text.contains(word))
}

fn first_line(subject: Subject<'_>, range: TextRange) -> TextRange {
    let length = subject
        .text_of(range)
        .find('\n')
        .map_or(range.end - range.start, |at| u32::try_from(at).unwrap_or(0));
    TextRange::new(range.start, range.start + length)
}
