//! A writer that is made as an argument: it gets a `let` of its own, and is flushed behind the call.

use model::{Applicability, Edit};

use super::arguments::takes_any;
use super::errors::{holds_anywhere, leaves_error_open, suffix_at, takes_io_errors};
use super::flush::{behind, yields_nothing};
use super::wrap::{ARGUMENTS, LINE, chain, line_length};
use super::{
    Handled, Imports, acts_within, buffer, edit, free_name, has_comment, home, indentation,
    insertion,
};
use crate::context::{Context, Subject};
use crate::flow::{Event, EventKind, Origin};
use crate::syntax::{Expr, ExprKind, Statement, StatementKind, TextRange, walk};
use crate::usage::Place;

/// `to_writer(File::create(path)?, &value)?;` in three statements, and how far they may be trusted.
pub(super) fn inline_write(
    handle: Handled<'_>,
    wrapper: &str,
    imports: &mut Imports,
) -> Option<(Vec<Edit>, Applicability)> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let [event] = events else { return None };
    if buffer::without_loan(subject, event.at) != origin.opened || !takes_a_loan(context, event) {
        return None;
    }
    let before = subject.text_of(TextRange::new(event.range.start, event.at.start));
    // What is evaluated before the file is made must not mind that it is made first.
    if before.matches('(').count() != 1 || before.contains(['!', '?', '[']) {
        return None;
    }
    let (block, at) = home(subject.body, event.range)?;
    let statement = &block.statements[at];
    let StatementKind::Expr { expr, semicolon } = &statement.kind else {
        return None;
    };
    let name = free_name(subject, &["writer", "file", "output"])?;
    let flush = imports.write_method(context, subject, name, "flush");
    let indent = indentation(subject.text, statement.range.start);
    let opening = opening(subject, origin, statement, wrapper, name)?;
    let suffix = suffix_at(subject.text, event.range.end);
    let flushed = flushed(context, subject, origin, event, suffix.as_deref())?;
    let flushed = chain(name, &flush, &flushed, indent);
    let head = TextRange::new(statement.range.start, event.range.start);
    let tail = TextRange::new(event.range.end, statement.range.end);
    let is_value = !semicolon && block.range == subject.body.range && yields_nothing(subject);
    let (head, tail) = (subject.text_of(head), subject.text_of(tail));
    let ending = match (head, suffix) {
        ("", Some(suffix)) if *semicolon && tail == format!("{suffix};") => Ending::Statement,
        ("Ok(", Some(suffix)) if is_value && tail == format!("{suffix})") => Ending::Within(suffix),
        ("", _) if is_value && is_call_or_its_error(expr, event) && !leaves_error_open(tail) => {
            Ending::Value
        }
        _ => return None,
    };
    let named = Named {
        name,
        opening,
        flushed,
    };
    let edits = in_three_statements(subject, event, statement, &named, ending)?;
    // The file was closed with the statement, and is now with the block.
    let open = TextRange::new(origin.range.end, block.range.end);
    let applicability = if acts_within(context, subject, open) {
        Applicability::MaybeIncorrect
    } else {
        Applicability::MachineApplicable
    };
    Some((edits, applicability))
}

/// A writer that gets a name.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    /// The statements that make it, and the white space behind them.
    pub(super) opening: String,
    /// Its flush.
    pub(super) flushed: String,
}

/// What a statement does with what the call returns.
pub(super) enum Ending {
    /// It passes a failure on, and has no value.
    Statement,
    /// It is the value of the function: success, in `Ok(…)`, with how a failure is passed on in there.
    Within(String),
    /// It is the value of the function as it is.
    Value,
}

/// The opening, the statement with the call that the writer is lent to, and the flush.
pub(super) fn in_three_statements(
    subject: Subject<'_>,
    event: &Event,
    statement: &Statement,
    writer: &Named<'_>,
    ending: Ending,
) -> Option<Vec<Edit>> {
    let Named {
        name,
        opening,
        flushed,
    } = writer;
    let indent = indentation(subject.text, statement.range.start);
    let flushed = format!("\n{indent}{flushed};");
    let success = format!("{flushed}\n{indent}Ok(())");
    let mut edits = call_edits(subject, event, name)?;
    let (start, end) = (statement.range.start, statement.range.end);
    match ending {
        Ending::Statement => {
            edits.push(insertion(subject, start, opening.as_str()));
            edits.extend(behind(subject, end, "", &flushed));
        }
        Ending::Within(suffix) => {
            let head = TextRange::new(start, event.range.start);
            let tail = TextRange::new(event.range.end, end);
            edits.push(edit(subject, head, opening.as_str()));
            edits.push(edit(subject, tail, format!("{suffix};{success}")));
        }
        Ending::Value => {
            edits.push(insertion(subject, start, opening.as_str()));
            edits.extend(behind(subject, end, "?;", &success));
        }
    }
    Some(edits)
}

/// Whether a call takes a loan of any writer just as well, and keeps nothing of it.
fn takes_a_loan(context: &Context<'_>, event: &Event) -> bool {
    match &event.kind {
        EventKind::Effect { result, .. } => result.is_none(),
        EventKind::Argument {
            callee, parameter, ..
        } => {
            let usage = context.usages.of(&Place::Parameter(*callee, *parameter));
            takes_any(context, *callee, *parameter)
                && usage.is_some_and(|usage| !usage.kept && !usage.sought)
        }
        _ => false,
    }
}

/// The statements that make the writer, and the white space behind them.
fn opening(
    subject: Subject<'_>,
    origin: &Origin,
    statement: &Statement,
    wrapper: &str,
    name: &str,
) -> Option<String> {
    let open = subject.text_of(origin.opened);
    let indent = indentation(subject.text, statement.range.start);
    let in_one = format!("let mut {name} = {wrapper}::new({open});");
    if !open.contains('\n') && indent.len() + in_one.len() <= LINE {
        return Some(format!("{in_one}\n{indent}"));
    }
    let deeper = indentation(subject.text, origin.opened.start).strip_prefix(indent)?;
    let shifted: Option<Vec<String>> = open
        .split('\n')
        .enumerate()
        .map(|(number, line)| {
            if number == 0 {
                return Some(line.to_owned());
            }
            let rest = line.strip_prefix(indent)?.strip_prefix(deeper)?;
            // White space in a text belongs to it.
            (line.matches('"').count() % 2 == 0).then(|| format!("{indent}{rest}"))
        })
        .collect();
    let plain = free_name(subject, &["file"]).unwrap_or(name);
    let made = format!("let {plain} = {};", shifted?.join("\n"));
    let first = made.lines().next().unwrap_or_default();
    if indent.len() + first.len() > LINE {
        return None;
    }
    let wrapped = format!("let mut {name} = {wrapper}::new({plain});");
    Some(format!("{made}\n{indent}{wrapped}\n{indent}"))
}

/// The call with the writer lent to it, in one line where rustfmt would write it so.
fn call_edits(subject: Subject<'_>, event: &Event, name: &str) -> Option<Vec<Edit>> {
    let lent = format!("&mut {name}");
    let text = subject.text_of(event.range);
    if !text.contains('\n') {
        return Some(vec![edit(subject, event.at, lent)]);
    }
    let mut found = None;
    walk::block_expressions(subject.body, &mut |expr| {
        if expr.range == event.range
            && let ExprKind::Call { arguments, .. } | ExprKind::Method { arguments, .. } =
                &expr.kind
        {
            found = Some(arguments);
        }
        true
    });
    let arguments = found?;
    let written: Vec<&str> = arguments
        .iter()
        .map(|argument| match argument.range == event.at {
            true => lent.as_str(),
            false => subject.text_of(argument.range),
        })
        .collect();
    let in_one = written.join(", ");
    let others = written.iter().any(|argument| argument.contains('\n'));
    let from = arguments.first()?.range.start;
    let callee = subject
        .text_of(TextRange::new(event.range.start, from))
        .trim_end();
    let width = indentation(subject.text, event.range.start).len() + callee.len() + in_one.len();
    if has_comment(text) || callee.contains('\n') {
        return None;
    }
    if others || in_one.len() > ARGUMENTS || width + 4 > LINE {
        return Some(vec![edit(subject, event.at, lent)]);
    }
    let start = event.range.start + u32::try_from(callee.len()).ok()?;
    let inside = TextRange::new(start, event.range.end);
    Some(vec![edit(subject, inside, format!("{in_one})"))])
}

/// Whether an expression is the call, or the call with its error turned into another.
fn is_call_or_its_error(expr: &Expr, event: &Event) -> bool {
    match &expr.kind {
        ExprKind::Method { receiver, name, .. } if expr.range != event.range => {
            matches!(name.as_str(), "map_err" | "context" | "with_context")
                && receiver.range == event.range
        }
        _ => expr.range == event.range,
    }
}

/// What follows the flush, as the call and the opening treat their errors.
fn flushed(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    event: &Event,
    suffix: Option<&str>,
) -> Option<String> {
    let opened = subject.text_of(TextRange::new(origin.range.end, origin.opened.end));
    let passes = opened == "?" || origin.frame.is_none() && takes_io_errors(context, subject);
    if let Some(suffix) = suffix
        && (suffix == ".unwrap()" || suffix.starts_with(".expect("))
    {
        return Some(suffix.to_owned());
    }
    // A context fits any error, and says what the call was for.
    let rest = &subject.text[event.range.end as usize..];
    if rest.trim_start().starts_with(".context(") || rest.trim_start().starts_with(".with_context(")
    {
        let suffix = suffix
            .map(str::to_owned)
            .or_else(|| suffix_at(&format!("{}?", rest.lines().next()?), 0))?;
        let before = TextRange::new(subject.data.function.range.start, origin.range.start);
        return (passes && holds_anywhere(&suffix, subject.text_of(before))).then_some(suffix);
    }
    if passes {
        return Some("?".to_owned());
    }
    // The type is right, and it says nothing that is true of the opening only.
    let turned = opened.starts_with(".map_err(") && opened.ends_with('?') && !opened.contains('"');
    (turned && !opened.contains('\n') && line_length(subject.text, origin.opened.start) <= LINE)
        .then(|| opened.to_owned())
}
