//! A `stat` for every directory entry whose type is known already.

use model::EvidenceKind;

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::flow::{Event, EventKind, Flow, OriginId, OriginKind};
use crate::kernel;
use crate::syntax::{ExprKind, TextRange, walk};

mod kept;
mod listed;
mod once;
mod twice;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "metadata_per_entry",
    operations: &[model::Operation::Metadata, model::Operation::Network],
    summary: "every directory entry is looked up again though its type is known",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "`is_dir()`, `is_file()` or `is_symlink()` on the path of an entry of `read_dir`, \
            walkdir or ignore, or attributes (`DirEntry::metadata()`, `fs::metadata` of its path) \
            of which only the type is used; the same where the paths of entries were collected, or put \
            into a list, a field or what another function returns, and a loop asks each later, \
            itself or by a function that does nothing else. Of any path, entry or not: \
            `is_dir()`, `is_file()` or `exists()` and `metadata()` one soon after the other in each \
            turn of a loop, where one `metadata()` answers both. Not reported are a path variable that is \
            assigned over, questions below `/proc` and `/sys`, whose entries are links, entries that \
            were asked for a certain name before, walks that an entry ends which is not among the \
            names in the code, and attributes of what a link leads to where the function speaks of symlinks. \
            Where size, times or permissions are needed as well, one `metadata()` is right and \
            nothing is reported.",
        why_slow: "The system returns the type of each entry together with its name. `file_type()` \
            reads it from there; `metadata()` and `is_dir()` make a system call that walks the \
            path again, for every entry. On a network file system each is a round trip to the \
            server.",
        when_not_faster: "Some file systems do not say the type in the listing (`d_type` is \
            `DT_UNKNOWN`, for example on XFS made without `ftype`); `file_type()` then makes the \
            same call as before. On Windows the listing carries all attributes and \
            `DirEntry::metadata()` costs no call. A directory of a few entries gains nothing that \
            is noticed.",
        fix_safety: "At most `maybe-incorrect`. `Path::is_dir` and `Path::is_file` follow symbolic \
            links and `DirEntry::file_type` does not: a link to a directory stops being a \
            directory. The type is that of the listing: what was removed, replaced or made since \
            is not noticed. `DirEntry::metadata` does not follow links either, so the answer is \
            the same; but it fails for an entry that vanished after the listing, and in a \
            directory that may be listed and not searched, where `file_type` succeeds. \
            `Path::is_dir` answers `false` where it fails; the fix keeps that. Where attributes were asked for by path, \
            a link that leads nowhere was a failure and is now an entry that is neither a file nor a directory. \
            walkdir's `file_type` cannot fail: an entry that vanished since counts as what it was. \
            Where `let path = entry?.path();` drops the entry, it is kept in a variable. Two look-ups of one path become one \
            where the second comes next, so that the same failure is returned at the same time, or \
            where a failed first one skipped it; what changes between the two is no longer seen. Paths that \
            were kept and are asked once, and entries of ignore, are only reported. There is none \
            for `is_dir` and `is_file` where the function names symbolic links, following them, or \
            a path below `/dev`, and none where the entry is dropped or given away. A `let` of the path that loses its last \
            use is left behind: rustc then warns, and in a crate with `#![deny(warnings)]` that \
            counts as an error, so that `--apply` takes the fix out again.",
        example: model::Example {
            before: r"use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub fn directories(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.metadata()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
",
            after: r"use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub fn directories(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
",
        },
        references: &[
            "[std::fs::DirEntry::file_type](https://doc.rust-lang.org/std/fs/struct.DirEntry.html#method.file_type)",
            "[rust-lang/rust-clippy#12955: metadata only for its type](https://github.com/rust-lang/rust-clippy/issues/12955)",
            "[readdir(3), on d_type](https://man7.org/linux/man-pages/man3/readdir.3.html)",
            "[stat(2)](https://man7.org/linux/man-pages/man2/stat.2.html)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    twice::lookups(subject, verdicts);
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        match &origin.kind {
            OriginKind::Attributes { api, of } => attributes(subject, id, api, *of, verdicts),
            OriginKind::EntryPath { .. } => {
                questions(context, subject, id, verdicts);
                kept::questions(context, subject, id, verdicts);
            }
            OriginKind::KeptPath => kept::questions(context, subject, id, verdicts),
            _ => {}
        }
    }
}

/// Attributes that are asked for only to learn the entry's type.
fn attributes(
    subject: Subject<'_>,
    id: OriginId,
    api: &str,
    entry: OriginId,
    verdicts: &mut Verdicts,
) {
    let origin = subject.flow.origin(id);
    let is_entry = matches!(
        subject.flow.origin(entry).kind,
        OriginKind::Entry { .. } | OriginKind::EntryPath { .. }
    );
    if !is_entry || !only_for_the_type(subject.flow, id) {
        return;
    }
    // Where links are spoken of, what they lead to is asked for on purpose.
    let follows = !matches!(api, "DirEntry::metadata") && !api.contains("symlink");
    if follows && subject.text_of(subject.body.range).contains("symlink") {
        return;
    }
    let span = subject.span(origin.range);
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: "a system call for each entry asks what reading the directory has told already"
            .to_owned(),
        related: Vec::new(),
        evidence: vec![
            evidence(
                EvidenceKind::ResolvedPath,
                span,
                format!("`{api}` of a directory entry is a system call"),
            ),
            evidence(
                EvidenceKind::Repeated,
                subject.span(subject.flow.origin(entry).range),
                "it runs for each entry",
            ),
            evidence(
                EvidenceKind::ResolvedPath,
                span,
                "only the type of the entry is asked of the answer",
            ),
        ],
        alternatives: Vec::new(),
        workload: Some(workload(
            META.name,
            if api == "DirEntry::metadata" {
                "entry-metadata"
            } else {
                "path-metadata"
            },
        )),
        fix: listed::attributes(subject, id, api, entry),
    });
}

/// `path.is_dir()` and the like on the path of an entry.
fn questions(context: &Context<'_>, subject: Subject<'_>, id: OriginId, verdicts: &mut Verdicts) {
    let asked: Vec<(&Event, &str)> = subject
        .flow
        .events_on(id)
        .filter_map(|event| match &event.kind {
            EventKind::Query { how }
                if matches!(how.as_str(), "is_dir" | "is_file" | "is_symlink")
                    && !is_of_a_link(subject, event.range) =>
            {
                Some((event, how.as_str()))
            }
            _ => None,
        })
        .collect();
    if is_replaced(subject, id) {
        return;
    }
    let Some((event, how)) = asked.first() else {
        return;
    };
    if names_all(subject, event.range) || is_of_a_name(subject, event.range) {
        return;
    }
    // There most entries are links to what is asked about, and few.
    if kernel::is_meant(context, subject) {
        return;
    }
    let origin = subject.flow.origin(id);
    let OriginKind::EntryPath { of } = origin.kind else {
        return;
    };
    let span = subject.span(event.range);
    verdicts.drafts.push(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message: format!("`{how}` asks the system about each path again: the entry knows its type"),
        related: Vec::new(),
        evidence: vec![
            evidence(
                EvidenceKind::ResolvedPath,
                subject.span(origin.range),
                "the path is a directory entry's",
            ),
            evidence(
                EvidenceKind::Repeated,
                subject.span(subject.flow.origin(of).range),
                "it runs for each entry",
            ),
        ],
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "path-metadata")),
        fix: listed::question(context, subject, id, &asked, of),
    });
}

/// Whether a name that the code knows is asked for before, so that few entries come to the question.
fn is_of_a_name(subject: Subject<'_>, asked: TextRange) -> bool {
    let before = subject.text_of(TextRange::new(subject.body.range.start, asked.start));
    let condition = before.rsplit([';', '{', '}']).next().unwrap_or_default();
    let condition = condition.rsplit("=>").next().unwrap_or_default();
    let Some((first, rest)) = condition.rsplit_once("&&") else {
        return false;
    };
    let is_name = first.contains("== \"") || first.contains("starts_with(") && first.contains('"');
    is_name && !first.contains("||") && !rest.contains("||")
}

/// Whether the same condition ends the walk at an entry that is not among those that the code names: there are no more of them.
fn names_all(subject: Subject<'_>, asked: TextRange) -> bool {
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::If {
            condition, then, ..
        } = &expr.kind
            && condition.range.contains(asked)
        {
            let condition = subject.text_of(condition.range);
            let then = subject.text_of(then.range);
            found |= condition.contains(".contains(")
                && (then.contains("bail!") || then.contains("return Err("));
        }
        !found
    });
    found
}

/// Whether a path is assigned over: what is asked about later is another one.
fn is_replaced(subject: Subject<'_>, path: OriginId) -> bool {
    subject.flow.events_on(path).any(
        |event| matches!(&event.kind, EventKind::Method { how } if how == "an assignment over it"),
    )
}

/// `kind.is_symlink() && path.is_dir()`, or within `if kind.is_symlink()`: the entry does not know what it leads to.
fn is_of_a_link(subject: Subject<'_>, asked: TextRange) -> bool {
    let before = subject.text_of(TextRange::new(subject.body.range.start, asked.start));
    let condition = before.rsplit([';', '{', '}']).next().unwrap_or_default();
    let mut found = condition.contains("is_symlink()") && condition.contains("&&");
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::If {
            condition, then, ..
        } = &expr.kind
            && then.range.contains(asked)
        {
            let condition = subject.text_of(condition.range);
            found |= condition.contains("is_symlink()") && !condition.contains('!');
        }
        !found
    });
    found
}

/// Whether nothing but the type is asked of attributes.
fn only_for_the_type(flow: &Flow, attributes: OriginId) -> bool {
    let asks =
        |event: &Event| matches!(&event.kind, EventKind::Method { how } if is_type_question(how));
    let mut events = flow.events_on(attributes).peekable();
    events.peek().is_some() && events.all(asks)
}

fn is_type_question(how: &str) -> bool {
    matches!(how, "is_dir" | "is_file" | "is_symlink" | "file_type")
}
