//! A file that is opened in a `match` or `if let` and read in the branch where that worked.

use model::{Applicability, Edit, Fix};

use super::Read;
use super::rewrite::{changes_later, module_function, open_argument};
use crate::context::{Context, Subject};
use crate::edits::{self, edit, has_comment, indentation};
use crate::flow::{Origin, OriginKind};
use crate::syntax::{Block, Expr, ExprKind, Pattern, StatementKind, TextRange, walk};

/// The branch where the file is open.
struct Opened<'a> {
    /// The whole `match` or `if let`.
    whole: &'a Expr,
    pattern: &'a Pattern,
    block: &'a Block,
    /// What is done where it cannot be opened.
    otherwise: Option<&'a Expr>,
    is_match: bool,
}

/// `match File::open(path) { Ok(mut file) => … }` and `if let Ok(mut file) = File::open(path) { … }`, where what is done first is
/// to read all of it, and a failure of that is ignored or has a branch of its own.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, read: Read<'_>) -> Option<Fix> {
    let Read {
        origin,
        event,
        target,
        function,
    } = read;
    // The error of another crate's `File` is told in another way.
    if !matches!(&origin.kind, OriginKind::Open { api } if api.starts_with("std::")) {
        return None;
    }
    let opened = opened(subject, origin)?;
    let buffer = target.binding.as_ref()?;
    let [made, reading, rest @ ..] = opened.block.statements.as_slice() else {
        return None;
    };
    let name = opened.pattern.name_range()?;
    if made.range != buffer.statement
        || !reading.range.contains(event.range)
        || opened.pattern.name() != Some(subject.text_of(event.at))
    {
        return None;
    }
    let read = subject.text_of(event.range);
    let is_ignored = [format!("let _ = {read};"), format!("{read}.ok();")]
        .iter()
        .any(|ignored| subject.text_of(reading.range) == ignored);
    let (mut changes, applicability) = if is_ignored {
        let first = rest.first()?.range.start;
        let gone = TextRange::new(made.range.start, first);
        if has_comment(subject.text_of(gone)) {
            return None;
        }
        let flat = flattened(subject, &opened, buffer.name.as_str());
        let change = flat.unwrap_or_else(|| edit(subject, gone, ""));
        (vec![change], Applicability::MaybeIncorrect)
    } else {
        asked(subject, &opened, read)?
    };
    let mutable = if changes_later(subject, buffer, reading.range.end) {
        "mut "
    } else {
        ""
    };
    let reader = module_function(context, subject, function);
    let call = format!("{reader}({})", open_argument(subject, origin)?);
    // The name in the pattern, with the `mut` before it.
    let head = TextRange::new(opened.whole.range.start, name.start);
    let with_mut = subject.text_of(head).ends_with("mut ");
    let start = name.start - if with_mut { 4 } else { 0 };
    changes.push(edit(
        subject,
        TextRange::new(start, name.end),
        format!("{mutable}{}", buffer.name),
    ));
    changes.push(edit(subject, origin.range, call));
    let longest = opened.whole.range.start..opened.block.range.start;
    let grown = function.len() + buffer.name.len() + reader.len() + mutable.len();
    let head = subject
        .text
        .get(longest.start as usize..longest.end as usize)?;
    let line = head.lines().next().unwrap_or("").len() + grown;
    if indentation(subject.text, longest.start).len() + line > 100 {
        return None;
    }
    let title = format!("read the file with `fs::{function}`");
    edits::fix(title, applicability, changes)
}

fn opened<'a>(subject: Subject<'a>, origin: &Origin) -> Option<Opened<'a>> {
    let mut found = None;
    walk::block_expressions(subject.body, &mut |expr| {
        match &expr.kind {
            ExprKind::Match { scrutinee, arms } if scrutinee.range == origin.range => {
                if let [one, other] = arms.as_slice() {
                    let (ok, failed) = if is_ok(&one.pattern).is_some() {
                        (one, other)
                    } else {
                        (other, one)
                    };
                    if let (Some(pattern), ExprKind::Block(block)) =
                        (is_ok(&ok.pattern), &ok.body.kind)
                        && ok.guard.is_none()
                        && failed.guard.is_none()
                    {
                        found = Some(Opened {
                            whole: expr,
                            pattern,
                            block,
                            otherwise: Some(&failed.body),
                            is_match: true,
                        });
                    }
                }
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                if let ExprKind::Let { pattern, scrutinee } = &condition.kind
                    && scrutinee.range == origin.range
                    && let Some(pattern) = is_ok(pattern)
                {
                    found = Some(Opened {
                        whole: expr,
                        pattern,
                        block: then,
                        otherwise: otherwise.as_deref(),
                        is_match: false,
                    });
                }
            }
            _ => {}
        }
        true
    });
    found
}

/// What `Ok(…)` binds.
fn is_ok(pattern: &Pattern) -> Option<&Pattern> {
    match pattern {
        Pattern::TupleStruct { path, elements } if path.last() == "Ok" => match elements.as_slice()
        {
            [only @ Pattern::Binding { inner: None, .. }] => Some(only),
            _ => None,
        },
        _ => None,
    }
}

/// `if file.read_to_string(&mut text).is_ok() { … } else { … }` and no more: its first branch is the one in which the file was
/// opened and read, and where it was not, the other branch of the opening stands for both.
fn asked(
    subject: Subject<'_>,
    opened: &Opened<'_>,
    read: &str,
) -> Option<(Vec<Edit>, Applicability)> {
    let [_, reading] = opened.block.statements.as_slice() else {
        return None;
    };
    let StatementKind::Expr { expr, .. } = &reading.kind else {
        return None;
    };
    let ExprKind::If {
        condition,
        then,
        otherwise,
    } = &expr.kind
    else {
        return None;
    };
    let condition = subject.text_of(condition.range);
    let is_asked =
        condition == format!("{read}.is_ok()") || condition == format!("let Ok(_) = {read}");
    if !is_asked || otherwise.is_some() != opened.otherwise.is_some() {
        return None;
    }
    let gone = [
        TextRange::new(opened.block.range.start, then.range.start),
        TextRange::new(then.range.end, opened.block.range.end),
    ];
    if gone.iter().any(|gone| has_comment(subject.text_of(*gone))) {
        return None;
    }
    let closed = |statement: &crate::syntax::Statement| {
        let text = subject.text_of(statement.range);
        !text.contains('\n') || text.lines().next().is_some_and(|line| line.ends_with('{'))
    };
    if !then.statements.iter().all(closed) {
        return None;
    }
    let from = indentation(subject.text, expr.range.start).len();
    let to = indentation(subject.text, opened.block.range.start).len();
    let text = dedented(subject.text_of(then.range), from.checked_sub(to)?)?;
    let squeezed =
        |expr: &Expr| -> String { subject.text_of(expr.range).split_whitespace().collect() };
    let alike = otherwise.as_deref().map(squeezed) == opened.otherwise.map(squeezed);
    let applicability = if alike && !opened.is_match {
        Applicability::MachineApplicable
    } else {
        Applicability::MaybeIncorrect
    };
    Some((vec![edit(subject, opened.block.range, text)], applicability))
}

/// The branch of a `match` without braces, where rustfmt leaves them out: round a value on one line, or another `match`.
fn flattened(subject: Subject<'_>, opened: &Opened<'_>, name: &str) -> Option<Edit> {
    let [_, _, value] = opened.block.statements.as_slice() else {
        return None;
    };
    let StatementKind::Expr {
        expr,
        semicolon: false,
    } = &value.kind
    else {
        return None;
    };
    let text = subject.text_of(expr.range);
    let from = indentation(subject.text, expr.range.start).len();
    let to = indentation(subject.text, opened.block.range.start).len();
    let one_line = !text.contains('\n');
    let fits = match expr.kind {
        ExprKind::Match { .. } => true,
        ExprKind::If { .. } | ExprKind::Loop { .. } => false,
        _ => one_line && to + "Ok() => ,".len() + name.len() + text.len() <= 100,
    };
    let block = subject.text_of(opened.block.range);
    let behind = block.get(block.rfind(text)? + text.len()..)?;
    if !opened.is_match || !fits || has_comment(behind) {
        return None;
    }
    let after = &subject.text[opened.block.range.end as usize..];
    let comma = if after.trim_start().starts_with(',') {
        ""
    } else {
        ","
    };
    let text = dedented(text, from.checked_sub(to)?)?;
    Some(edit(subject, opened.block.range, format!("{text}{comma}")))
}

/// Lines with less white space before them; `None` where a text may span several.
fn dedented(text: &str, by: usize) -> Option<String> {
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.matches('"').count() % 2 == 1 {
            return None;
        }
        let blank = line.len().min(by);
        let white = line
            .get(..blank)
            .is_some_and(|start| start.trim().is_empty());
        lines.push(if at > 0 && white {
            &line[blank..]
        } else {
            line
        });
    }
    Some(lines.join("\n"))
}
