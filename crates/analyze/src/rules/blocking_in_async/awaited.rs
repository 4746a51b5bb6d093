//! Waits for which tokio has a call of the same meaning that can be awaited.

use model::{Applicability, Edit, Fix, Requirement};

use super::Wait;
use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, LINE, edit, indentation, insertion};
use crate::syntax::{Expr, ExprKind, TextRange, walk};
use crate::words::is_part;

/// Functions of `std::fs` that `tokio::fs` has with the same arguments and answers.
const OF_FILES: &[&str] = &[
    "canonicalize",
    "copy",
    "create_dir",
    "create_dir_all",
    "hard_link",
    "metadata",
    "read",
    "read_link",
    "read_to_string",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "symlink_metadata",
    "write",
];

/// Methods of `std::process::Command` that tokio's has too, with the same arguments.
const OF_COMMANDS: &[&str] = &[
    "arg",
    "args",
    "current_dir",
    "env",
    "env_clear",
    "env_remove",
    "envs",
    "stderr",
    "stdin",
    "stdout",
];

/// Features of tokio without which nobody runs its executor.
const OF_EXECUTORS: &[&str] = &[
    "fs",
    "full",
    "net",
    "process",
    "rt",
    "rt-multi-thread",
    "signal",
];

/// What says that another executor may poll the code, or none at all: tokio's calls panic there.
const OTHER_EXECUTORS: &[&str] = &[
    "async_std::",
    "executor::block_on",
    "glommio::",
    "maybe_async",
    "monoio::",
    "now_or_never",
    "pollster",
    "smol::",
];

/// Calls whose results may not be held while a task waits.
const HELD: &[&str] = &[
    ".borrow()",
    ".borrow_mut()",
    ".enter()",
    ".entered()",
    ".lock()",
    ".read()",
    ".write()",
    "blocking_lock()",
    "blocking_read()",
    "blocking_write()",
];

/// One wait as it becomes.
struct Awaited {
    edits: Vec<Edit>,
    /// The name by which the function or type of std was called, where an import brought it in.
    imported: Option<(String, TextRange)>,
    feature: &'static str,
}

/// All waits that tokio has a counterpart for, if the worst of them is one and none as long is left.
pub(super) fn fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    waits: &[Wait],
    worst: &Wait,
) -> Option<Fix> {
    let krate = context.index.crate_of(subject.data.module)?;
    if krate.dependencies.get("tokio").map(String::as_str) != Some("tokio") {
        return None;
    }
    let features = krate.features.get("tokio").map_or(&[][..], Vec::as_slice);
    let has = |feature: &str| {
        let mut known = features.iter();
        known.any(|known| known == feature || known == "full")
    };
    let uses = |module: &str| subject.text.contains(&format!("tokio::{module}"));
    let runs = OF_EXECUTORS.iter().any(|feature| has(feature));
    if !(runs || uses("fs") || uses("spawn") || uses("main")) {
        return None;
    }
    let mut edits = Vec::new();
    let mut imported: Vec<(String, TextRange)> = Vec::new();
    let mut lacking: Vec<&str> = Vec::new();
    for wait in waits {
        let Some(mut awaited) = awaited(context, subject, wait) else {
            if wait.does >= worst.does {
                return None;
            }
            continue;
        };
        edits.append(&mut awaited.edits);
        imported.extend(awaited.imported);
        if !has(awaited.feature) && !uses(awaited.feature) {
            lacking.push(awaited.feature);
        }
    }
    if has_other_executor(context, subject) {
        return None;
    }
    for (name, _) in &imported {
        let gone: Vec<TextRange> = imported
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, range)| *range)
            .collect();
        edits.extend(edits::without_import(context, subject, name, &gone)?);
    }
    let mut fix = edits::fix(
        "let other tasks run while the system answers",
        Applicability::MaybeIncorrect,
        edits,
    )?;
    lacking.sort_unstable();
    lacking.dedup();
    fix.requires = lacking
        .into_iter()
        .map(|feature| Requirement::Feature(format!("tokio/{feature}")))
        .collect();
    Some(fix)
}

fn has_other_executor(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let package = &context.sources.file(subject.file).package;
    let mut files = context.sources.files.iter();
    files.any(|file| {
        file.package == *package && OTHER_EXECUTORS.iter().any(|word| file.text.contains(word))
    })
}

fn awaited(context: &Context<'_>, subject: Subject<'_>, wait: &Wait) -> Option<Awaited> {
    if wait.callee.is_some() || !may_await(subject, wait) {
        return None;
    }
    let path = wait.name.strip_prefix("std::")?;
    let (target, feature) = match path.rsplit_once("::")? {
        ("fs", name) if OF_FILES.contains(&name) => (format!("tokio::fs::{name}"), "fs"),
        ("thread", "sleep") => ("tokio::time::sleep".to_owned(), "time"),
        ("process::Command", "output" | "status") => {
            ("tokio::process::Command::new".to_owned(), "process")
        }
        _ => return None,
    };
    let expr = walk::at(subject.body, wait.range, |kind| {
        matches!(kind, ExprKind::Call { .. } | ExprKind::Method { .. })
    })?;
    let callee = match &expr.kind {
        ExprKind::Call { callee, .. } => callee,
        _ => command(expr)?,
    };
    let old = subject.text_of(callee.range);
    let name = target.rsplit("::").next()?;
    if !old.ends_with(name) || !old.chars().all(|c| is_part(c) || c == ':') {
        return None;
    }
    let new = match target.strip_suffix("::new") {
        Some(of) => format!("{}::new", known(context, subject, of)),
        None => known(context, subject, &target),
    };
    let mut edits = awaiting(subject, expr, callee.range, &new)?;
    if old != new {
        edits.push(edit(subject, callee.range, new));
    }
    let first = old.split("::").next().unwrap_or_default();
    let imported = !matches!(first, "" | "std");
    Some(Awaited {
        edits,
        imported: imported.then(|| (first.to_owned(), callee.range)),
        feature,
    })
}

/// How an item of tokio is called in this place.
fn known(context: &Context<'_>, subject: Subject<'_>, path: &str) -> String {
    edits::in_scope(context, subject, path).unwrap_or_else(|| path.to_owned())
}

/// The call that makes the command whose method this is, if all between is what tokio's has too.
fn command(method: &Expr) -> Option<&Expr> {
    let ExprKind::Method { receiver, .. } = &method.kind else {
        return None;
    };
    let mut at = receiver.as_ref();
    loop {
        match &at.kind {
            ExprKind::Method { receiver, name, .. } if OF_COMMANDS.contains(&name.as_str()) => {
                at = receiver;
            }
            ExprKind::Call { callee, .. } => return Some(callee),
            _ => return None,
        }
    }
}

/// Whether `.await` can stand in a place, and nothing that is held there forbids it.
fn may_await(subject: Subject<'_>, wait: &Wait) -> bool {
    let body = match subject.flow.frames_from(wait.frame).next() {
        Some(frame) if frame.is_async => frame.body,
        None if subject.data.function.is_async => subject.body.range,
        _ => return false,
    };
    let before = subject.text_of(TextRange::new(body.start, wait.range.end));
    let held = HELD.iter().any(|call| {
        before
            .match_indices(call)
            .any(|(at, _)| !before[at + call.len()..].trim_start().starts_with(".await"))
    });
    let mut in_macro = false;
    walk::block_expressions(subject.body, &mut |expr| {
        in_macro |= matches!(expr.kind, ExprKind::Macro(_)) && expr.range.contains(wait.range);
        !in_macro
    });
    !held && !in_macro
}

/// `.await` behind an expression whose callee becomes `new`, where rustfmt would put it.
fn awaiting(subject: Subject<'_>, expr: &Expr, callee: TextRange, new: &str) -> Option<Vec<Edit>> {
    let (text, end) = (subject.text, expr.range.end);
    let rest = &text[end as usize..];
    let line_start = text[..end as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let on_own_line = |at: u32| {
        let indent = indentation(text, at);
        Some(vec![insertion(subject, end, format!("\n{indent}.await"))])
    };
    if line_start > expr.range.start as usize {
        // The chain is broken, or the arguments are: what follows stands in a line of its own.
        let breaks = text[line_start..].trim_start().starts_with(['.', ')']);
        return (breaks && !rest.starts_with('.'))
            .then(|| on_own_line(end))
            .flatten();
    }
    let rest_of_line = rest.lines().next().unwrap_or_default();
    let next = rest.trim_start();
    if rest_of_line.is_empty() && next.starts_with('.') {
        return on_own_line(end + u32::try_from(rest.len() - next.len()).ok()?);
    }
    let before = &text[line_start..expr.range.start as usize];
    let own = subject.text_of(expr.range);
    let longer = ".await".len() + new.len();
    let grown = |length: usize| (length + longer).checked_sub(subject.text_of(callee).len());
    let line = grown(before.chars().count() + own.chars().count() + rest_of_line.chars().count())?;
    let chain = Chain::around(subject, expr);
    let whole = subject.text_of(TextRange::new(expr.range.start, chain.end));
    let first_line = grown(whole.lines().next()?.chars().count())?;
    if line <= LINE && (chain.links.is_empty() || first_line <= CHAIN) {
        return Some(vec![insertion(subject, end, ".await")]);
    }
    // Only where a statement begins with it or a variable gets its value is it clear how rustfmt indents.
    let begins = before.trim().is_empty() || before.ends_with(" = ");
    if !begins || chain.links.is_empty() || whole.contains('\n') {
        return None;
    }
    let indent = indentation(text, expr.range.start);
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let newline = format!("\n{indent}{step}");
    let mut edits = Vec::new();
    let mut awaits = format!("{newline}.await");
    for link in chain.links {
        if link == end {
            awaits.push_str(&newline);
        } else {
            edits.push(insertion(subject, link, newline.clone()));
        }
    }
    edits.push(insertion(subject, end, awaits));
    Some(edits)
}

/// The calls and fields that follow one another.
struct Chain {
    /// Where the dot of each stands.
    links: Vec<u32>,
    end: u32,
}

impl Chain {
    /// The chain that an expression is a part of.
    fn around(subject: Subject<'_>, expr: &Expr) -> Self {
        let mut chain = Self {
            links: Vec::new(),
            end: expr.range.end,
        };
        walk::block_expressions(subject.body, &mut |around| {
            let (ExprKind::Method {
                receiver: inside, ..
            }
            | ExprKind::Field { base: inside, .. }
            | ExprKind::Try(inside)
            | ExprKind::Await(inside)) = &around.kind
            else {
                return around.range.contains(expr.range);
            };
            let is_part = around.range.start == expr.range.start
                && (around.range.contains(expr.range) || expr.range.contains(around.range));
            if is_part {
                if !matches!(around.kind, ExprKind::Try(_)) {
                    chain.links.push(inside.range.end);
                }
                chain.end = chain.end.max(around.range.end);
            }
            around.range.contains(expr.range) || expr.range.contains(around.range)
        });
        chain
    }
}
