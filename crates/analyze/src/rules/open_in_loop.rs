//! The same file opened, or the same directory made, again and again.

mod archive;
mod hoist;
mod opening;

use model::{Evidence, EvidenceKind, Label, Span};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::data_loop::{conditions, data_loop};
use crate::flow::{Call, PathUse, PathUseKind};
use crate::index::FunctionId;
use crate::invariance::{Turn, loop_at};
use crate::kernel;
use crate::syntax::{Expr, ExprKind, TextRange, walk};
use opening::{Source, argument, names, opened_by, plain, receiver};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "open_in_loop",
    operations: &[
        model::Operation::Write,
        model::Operation::Metadata,
        model::Operation::Network,
    ],
    summary: "the same file is opened, or the same directory made, for each item",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "In a loop over data: a file opened to append or to read, read whole, or \
            `create_dir_all`, with a path that is the same in every turn; the same in a function \
            that the loop calls with the same path, or that opens a path which the object keeps. \
            Also: three or more calls in a row that each open and read the one file that they are \
            given, and an archive that is opened, and its index read, for each member that is \
            wanted. Left alone are: another path in each turn, a file that is made anew, loops \
            that wait, retry or start threads, special files below `/proc`, `/sys` and `/dev`, and \
            files that are opened once per run.",
        why_slow: "To open a file the system walks the path, checks rights at each step and makes \
            a handle; to close one it may write out what is pending, on a network file system even \
            waits for it. That costs more than the line that is written in between. What is read \
            and parsed again costs all of it again: the index of an archive, the pixels of an \
            image.",
        when_not_faster: "Where the file must be closed between the turns, because another program \
            replaces or reads it, or where it is rotated, it has to be opened anew. A handful of \
            turns is nothing that is noticed.",
        fix_safety: "The fix moves a `create_dir_all`, or a file that is opened to append to, from \
            the body of a `for` before the loop, where nothing in its statement changes from turn \
            to turn and no turn leaves before it; what is written piece by piece is buffered and \
            flushed behind the loop. It is `maybe-incorrect`: the directory or file is made, or \
            its failure told, also when there is no item, and before what the first turn did; \
            what others could read after each turn they see at the end, and a failing disk is told \
            by the flush; a file or directory that is taken away or replaced meanwhile is not made \
            again. There is none for files that are read, which would have to be rewound, for \
            those that are opened by a function that the loop calls, and where the path is used \
            again behind the loop: the handle then has to move into an argument or a field.",
        example: model::Example {
            before: r#"use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

pub fn log(path: &Path, lines: &[String]) -> io::Result<()> {
    for line in lines {
        let mut file = OpenOptions::new().append(true).open(path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
    }
    Ok(())
}
"#,
            after: r#"use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub fn log(path: &Path, lines: &[String]) -> io::Result<()> {
    let mut file = BufWriter::new(OpenOptions::new().append(true).open(path)?);
    for line in lines {
        file.write_all(format!("{line}\n").as_bytes())?;
    }
    file.flush()
}
"#,
        },
        references: &[
            "[open(2)](https://man7.org/linux/man-pages/man2/open.2.html)",
            "[nfs(5), on close-to-open consistency](https://man7.org/linux/man-pages/man5/nfs.5.html)",
            "[std::fs::create_dir_all](https://doc.rust-lang.org/std/fs/fn.create_dir_all.html)",
        ],
    },
};

/// So many calls that each open the file they are given are a pattern.
const MANY_OPENS: usize = 3;

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    if !subject.is_production(context) {
        return;
    }
    for one in &subject.flow.path_uses {
        verdicts.drafts.extend(in_loop(context, subject, one));
    }
    for call in &subject.flow.calls {
        verdicts.drafts.extend(by_call(context, subject, call));
    }
    verdicts.drafts.extend(in_a_row(context, subject));
    verdicts.drafts.extend(archive::archive(context, subject));
}

/// Whether doing it once would do.
fn is_repeatable(kind: PathUseKind, text: &str) -> bool {
    match kind {
        PathUseKind::Open
        | PathUseKind::Read
        | PathUseKind::Parse
        | PathUseKind::CreateDirectory => true,
        // What is truncated or must not be there is another file each time.
        PathUseKind::Options => !text.contains("truncate") && !text.contains("create_new"),
        PathUseKind::Create | PathUseKind::Remove | PathUseKind::Question => false,
    }
}

fn is_special(text: &str) -> bool {
    text.contains("\"/dev") || kernel::is_named(text)
}

/// Whether a path begins with what the function is given, and all that call it have files of the kernel in mind.
fn is_of_kernel(context: &Context<'_>, subject: Subject<'_>, path: &Expr) -> bool {
    let start = start(path);
    let mut parameters = subject.data.function.parameters.iter();
    let given = parameters.any(|parameter| start.is_some_and(|it| names(&parameter.pattern, it)));
    given && kernel::is_asked_of(context, subject.id)
}

/// The variable with which a path begins.
fn start(path: &Expr) -> Option<&str> {
    match &plain(path).kind {
        ExprKind::Path(path) => path.single(),
        ExprKind::Method { receiver, .. } => start(receiver),
        _ => None,
    }
}

/// In the loop itself.
fn in_loop(context: &Context<'_>, subject: Subject<'_>, one: &PathUse) -> Option<Draft> {
    let text = subject.text_of(one.range);
    if one.loops.is_empty() || !is_repeatable(one.kind, text) || is_special(text) {
        return None;
    }
    let around = data_loop(subject, &one.loops, &[])?;
    let whole = loop_at(subject, around.range)?;
    let path = walk::at(subject.body, one.path, |_| true)?;
    let turn = Turn::new(subject, whole).within(subject, one.range);
    if !turn.keeps(path)
        || is_of_kernel(context, subject, path)
        || is_choice(whole, one.range)
        || is_rare(subject, around.range, one.range)
        || ends_loop(subject, whole, one.range)
    {
        return None;
    }
    let repeated = evidence(
        EvidenceKind::Repeated,
        subject.span(around.range),
        "the path is the same in every turn of this loop",
    );
    Some(Draft {
        fix: hoist::hoisted(context, subject, one, whole),
        ..draft(subject, one, one.range, repeated)
    })
}

/// In a function that the loop calls, with a path that is the same in every turn.
fn by_call(context: &Context<'_>, subject: Subject<'_>, call: &Call) -> Option<Draft> {
    if call.loops.is_empty() || context.index.is_test(call.callee) {
        return None;
    }
    let callee = context.flows.get(&call.callee)?;
    if callee.path_uses.is_empty() {
        return None;
    }
    let around = data_loop(subject, &call.loops, &[])?;
    let whole = loop_at(subject, around.range)?;
    let called = walk::at(subject.body, call.range, |kind| {
        matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
    })?;
    let turn = Turn::new(subject, whole).within(subject, call.range);
    let opened = opened_by(context, call.callee, callee).find(|(_, source)| match source {
        Source::Parameter(position) => argument(context, call.callee, called, *position)
            .is_some_and(|path| turn.keeps(path) && !is_of_kernel(context, subject, path)),
        Source::Itself => receiver(called).is_some_and(|object| turn.keeps(object)),
    })?;
    if is_rare(subject, around.range, call.range) || ends_loop(subject, whole, call.range) {
        return None;
    }
    let (one, _) = opened;
    let repeated = evidence(
        EvidenceKind::Repeated,
        subject.span(around.range),
        "the path is the same in every turn of this loop",
    );
    let mut found = draft(subject, one, call.range, repeated);
    found.related.push(label(
        context,
        call.callee,
        one.range,
        "here the path is used",
    ));
    Some(found)
}

/// A call, the function that is called, and where that opens the file.
type OpeningCall = (TextRange, FunctionId, TextRange);

/// Several calls, one after the other, that each open the file they are given.
fn in_a_row(context: &Context<'_>, subject: Subject<'_>) -> Option<Draft> {
    let reads = |kind: PathUseKind| {
        matches!(
            kind,
            PathUseKind::Open | PathUseKind::Read | PathUseKind::Parse
        )
    };
    let mut rows: Vec<(&str, Vec<OpeningCall>)> = Vec::new();
    for call in &subject.flow.calls {
        let Some(callee) = context.flows.get(&call.callee) else {
            continue;
        };
        if callee.path_uses.is_empty() || context.index.is_test(call.callee) {
            continue;
        }
        let called = walk::at(subject.body, call.range, |kind| {
            matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
        });
        let Some(called) = called else { continue };
        let opened = opened_by(context, call.callee, callee)
            .filter(|(one, _)| reads(one.kind))
            .find_map(|(one, source)| match source {
                Source::Parameter(position) => {
                    let path = argument(context, call.callee, called, position)?;
                    let is_name = matches!(&plain(path).kind, ExprKind::Path(name) if name.single().is_some());
                    is_name.then(|| (subject.text_of(plain(path).range), one.range))
                }
                Source::Itself => None,
            });
        let Some((name, at)) = opened else { continue };
        // What stands in a branch may be instead of another call.
        if !conditions(subject, subject.body.range, call.range).is_empty()
            || in_arm(subject, call.range)
        {
            continue;
        }
        let row = match rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, row)) => row,
            None => {
                rows.push((name, Vec::new()));
                &mut rows.last_mut()?.1
            }
        };
        row.push((call.range, call.callee, at));
    }
    let (_, row) = rows.into_iter().find(|(_, row)| row.len() >= MANY_OPENS)?;
    let (first, _, _) = *row.first()?;
    let note = format!(
        "{} calls in a row open the file that they are given",
        row.len()
    );
    let opens = row
        .iter()
        .map(|(_, callee, at)| label(context, *callee, *at, "the file is opened here"));
    Some(Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span: subject.span(first),
        message: "the same file is opened and read by one function after the other".to_owned(),
        related: opens.collect(),
        evidence: vec![evidence(
            EvidenceKind::ResolvedPath,
            subject.span(first),
            note,
        )],
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: None,
    })
}

/// Whether a place is in an arm of a `match`, of which only one runs, or in a closure.
fn in_arm(subject: Subject<'_>, place: TextRange) -> bool {
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Match { arms, .. } = &expr.kind {
            found |= arms.iter().any(|arm| arm.body.range.contains(place));
        }
        // There a name may be another thing.
        if let ExprKind::Closure(closure) = &expr.kind {
            found |= closure.body.range.contains(place);
        }
        expr.range.contains(place)
    });
    found
}

/// Whether a place is in an arm of a `match` within the loop, of which many turns take another.
fn is_choice(whole: &Expr, place: TextRange) -> bool {
    let mut found = false;
    walk::expressions(whole, &mut |expr| {
        if let ExprKind::Match { arms, .. } = &expr.kind {
            found |= arms.iter().any(|arm| arm.body.range.contains(place));
        }
        expr.range.contains(place)
    });
    found
}

/// Whether only some turns come to a place: the first one, or where something is missing.
fn is_rare(subject: Subject<'_>, around: TextRange, place: TextRange) -> bool {
    conditions(subject, around, place).iter().any(|condition| {
        let lower = condition.to_lowercase();
        [
            "is_none", "first", "exists", "is_empty", "none", "err", "fail", "missing", "cache",
            "%", "last", "verbose", "==", "dump", "debug",
        ]
        .iter()
        .any(|word| lower.contains(word))
    })
}

/// Whether the turn that comes to the place is the last one.
fn ends_loop(subject: Subject<'_>, whole: &Expr, place: TextRange) -> bool {
    let rest = subject.text_of(TextRange::new(place.end, whole.range.end));
    let next = rest.split('}').next().unwrap_or_default();
    ["return", "break"].iter().any(|word| next.contains(word))
}

fn label(context: &Context<'_>, id: FunctionId, range: TextRange, text: &str) -> Label {
    Label {
        span: Span {
            file: context.index.file_of(id),
            start: range.start,
            end: range.end,
        },
        text: text.to_owned(),
    }
}

fn draft(subject: Subject<'_>, one: &PathUse, range: TextRange, repeated: Evidence) -> Draft {
    let span = subject.span(range);
    let name = one.api.rsplit("::").next().unwrap_or(&one.api);
    let message = match one.kind {
        PathUseKind::CreateDirectory => "the same directory is made in every turn".to_owned(),
        PathUseKind::Read => "the same file is read again in every turn".to_owned(),
        _ => "the same file is opened again in every turn".to_owned(),
    };
    Draft {
        rule: &META,
        operation: META.operations[0],
        function: subject.id,
        span,
        message,
        related: Vec::new(),
        evidence: vec![
            evidence(
                EvidenceKind::ResolvedPath,
                span,
                format!("`{name}` walks the path and makes a handle each time"),
            ),
            repeated,
        ],
        alternatives: Vec::new(),
        workload: Some(workload(META.name, "default")),
        fix: None,
    }
}
