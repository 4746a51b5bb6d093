//! What a function does with a failure of I/O.

use super::Handled;
use crate::context::{Context, Subject};
use crate::flow::{Event, EventKind, Origin, OriginKind, WalkKind};
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Block, ExprKind, StatementKind, TextRange, TypeRef, walk};
use crate::types::{Handle, Ty};
use crate::words::{has_word, words};

/// How the function treats a failed write or open: what follows such a call, or `?` where it returns errors of any kind.
///
/// `None` where it ignores failures, or says something of them that is true of one write only.
pub(super) fn error_habit(handle: Handled<'_>) -> Option<String> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let writes = || {
        events
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Transfer { .. } | EventKind::Flush))
    };
    if writes().any(|event| ignores_failure(subject.text, event.range)) {
        return None;
    }
    // What a failure does in another closure says nothing of the one the flush stands in.
    let here = |event: &&&Event| event.frame == origin.frame;
    let written = writes()
        .filter(here)
        .map(|event| event.range.end)
        .find_map(|end| suffix_at(subject.text, end));
    // Another crate's error is of another type: only what does not look at it fits an I/O error too.
    let given = events.iter().filter(|event| {
        matches!(
            event.kind,
            EventKind::Effect { .. } | EventKind::Argument { .. }
        )
    });
    let given = given
        .filter(here)
        .filter_map(|event| suffix_at(subject.text, event.range.end))
        .find(|suffix| suffix.contains("|_|"));
    let opened = match &origin.kind {
        OriginKind::Buffer { over, .. } => over
            .iter()
            .map(|id| subject.flow.origin(*id))
            .filter(|below| {
                matches!(&below.kind, OriginKind::Open { api } if api.starts_with("std::fs::"))
                    && below.frame == origin.frame
            })
            .find_map(|below| suffix_at(subject.text, below.range.end)),
        _ if origin.opened.start == origin.range.start => suffix_at(subject.text, origin.range.end),
        _ => None,
    };
    // What another function of the workspace fails with need not be made of an I/O error.
    let opened = opened.filter(|suffix| match origin.kind {
        OriginKind::CallResult(callee) => suffix != "?" || fails_with_io(context, callee),
        _ => true,
    });
    let opened = opened.filter(|suffix| suffix == "?" || suffix == ".unwrap()");
    let habit = written.or(given).or(opened).or_else(|| {
        let returns = origin.frame.is_none();
        (returns && takes_io_errors(context, subject)).then(|| "?".to_owned())
    });
    let before = TextRange::new(subject.data.function.range.start, origin.range.start);
    habit.filter(|habit| holds_anywhere(habit, subject.text_of(before)))
}

/// Whether a failed write is anything but passed on: `let _ = write!(…)`, `write!(…).ok()`, `if let Err(_) = write!(…)`.
pub(super) fn ignores_failure(text: &str, write: TextRange) -> bool {
    let after = text[write.end as usize..].trim_start();
    // As the value of a block, a match arm or a closure it goes on to where that goes.
    let closure = text[..write.start as usize].trim_end().ends_with('|') && after.starts_with(')');
    let is_value = closure || after.is_empty() || after.starts_with(['}', ',']);
    !is_value && suffix_at(text, write.end).is_none()
}

/// Whether a suffix names nothing that may not exist where the flush stands: only its own parameter, paths and calls, and
/// what `before`, the function up to the writer, names already.
pub(super) fn holds_anywhere(suffix: &str, before: &str) -> bool {
    let Some((_, argument)) = suffix.split_once('(') else {
        return true;
    };
    let (parameter, body) = match argument.split_once('|') {
        Some((_, closure)) => closure.split_once('|').unwrap_or(("", closure)),
        None => ("", argument),
    };
    if body.contains('{') {
        return false;
    }
    let mut outside_text = body.split('"').step_by(2);
    outside_text.all(|code| names_only(code, parameter.trim(), before))
}

/// Whether every word of some code is a type, a number, something called, `parameter`, or a word of `before`.
fn names_only(code: &str, parameter: &str, before: &str) -> bool {
    words(code).all(|(at, word)| {
        word == parameter
            || word.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
            || code[at + word.len()..].starts_with(['(', '!', ':'])
            || code[..at].ends_with("::")
            || has_word(before, word)
    })
}

/// `?`, `.unwrap()`, `.expect(…)`, `.map_err(…)?`, `.with_context(…)?` and the like at an offset, if it stands on one line.
pub(crate) fn suffix_at(text: &str, end: u32) -> Option<String> {
    let rest = text[end as usize..].trim_start().lines().next()?;
    for simple in ["?", ".unwrap()"] {
        if rest.starts_with(simple) {
            return Some(simple.to_owned());
        }
    }
    let name = rest.strip_prefix('.')?.split('(').next()?;
    let is_expect = name == "expect";
    // By whatever trait: a method of such a name only puts the error into another one.
    let puts_into = name.starts_with("map_err")
        || name == "context"
        || name.ends_with("_context")
        || name.starts_with("wrap_err");
    if !is_expect && !puts_into {
        return None;
    }
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if c == ')' && depth == 0 {
            let passes_on = rest[at + 1..].starts_with('?');
            let length = at + 1 + usize::from(passes_on);
            return (is_expect || passes_on).then(|| rest[..length].to_owned());
        }
    }
    None
}

/// Whether `?` turns an I/O error into what the function returns.
pub(super) fn takes_io_errors(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let Some(TypeRef::Path(path)) = &subject.data.function.returns else {
        return false;
    };
    let error = path.segments.last().and_then(|last| last.generics.get(1));
    let known =
        matches!(error, Some(TypeRef::Path(error)) if error.last() == "Box" || error_is_io(error));
    known
        || returns_result_of(
            context,
            subject,
            &["std::io", "anyhow", "eyre", "color_eyre"],
        )
        || passes_lines_on(subject)
        || others_pass_on(context, subject)
}

/// Whether `?` behind some code could not tell which error it turns into the function's: the code leaves that open.
pub(super) fn leaves_error_open(code: &str) -> bool {
    ["into()", "::into)", "From::from)", "Box::from)"]
        .iter()
        .any(|open| code.contains(open))
}

/// Whether another function of the workspace that returns the same error passes one of I/O on by nothing but `?`.
fn others_pass_on(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let Some(own) = error_type(context, subject) else {
        return false;
    };
    context.flows.iter().any(|(id, flow)| {
        let fails = |range: TextRange, frame: Option<TextRange>| {
            let text = &context.sources.file(context.index.file_of(*id)).text;
            frame.is_none() && text[range.end as usize..].starts_with('?')
        };
        let opens = |origin: &Origin| {
            matches!(&origin.kind, OriginKind::Open { api } if api.starts_with("std::fs::"))
                && fails(origin.range, origin.frame)
        };
        let transfers = |event: &Event| {
            matches!(event.kind, EventKind::Transfer { .. } | EventKind::Flush)
                && event.origins.iter().all(|id| does_io(&flow.origin(*id).ty))
                && fails(event.range, event.frame)
        };
        let other = context.subject(*id);
        (flow.origins.iter().any(opens)
            || flow.events.iter().any(transfers)
            || !flow.walks.is_empty() && other.is_some_and(passes_lines_on))
            && other
                .and_then(|other| error_type(context, other))
                .is_some_and(|other| other == own)
    })
}

/// Whether a loop over the lines of a reader begins with `let line = line?;`, in the function itself: what that passes on is an
/// error of I/O.
fn passes_lines_on(subject: Subject<'_>) -> bool {
    let lines = subject.flow.walks.iter().filter(|walk| {
        matches!(walk.kind, WalkKind::Lines | WalkKind::Split) && does_io(&walk.over)
    });
    let walked: Vec<TextRange> = lines.map(|walk| walk.range).collect();
    let mut named = Vec::new();
    super::visit_lets(subject.body, &mut |pattern, value| {
        if walked.contains(&value.range) {
            named.extend(pattern.name());
        }
    });
    if walked.is_empty() {
        return false;
    }
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Loop {
            pattern: Some(pattern),
            iterated: Some(iterated),
            body,
            ..
        } = &expr.kind
        {
            let is_walk = walked.contains(&iterated.range)
                || matches!(&iterated.kind, ExprKind::Path(path) if path.single().is_some_and(|name| named.contains(&name)));
            found |= is_walk
                && pattern
                    .name()
                    .is_some_and(|line| begins_with_try(body, line));
        }
        !matches!(expr.kind, ExprKind::Closure(_) | ExprKind::Async(_))
    });
    found
}

fn begins_with_try(body: &Block, name: &str) -> bool {
    let Some(StatementKind::Let {
        initializer: Some(value),
        ..
    }) = body.statements.first().map(|first| &first.kind)
    else {
        return false;
    };
    matches!(&value.kind, ExprKind::Try(inner)
        if matches!(&inner.kind, ExprKind::Path(path) if path.single() == Some(name)))
}

/// Whether what a handle fails with is an error of I/O, and not one of formatting.
fn does_io(ty: &Ty) -> bool {
    match ty {
        Ty::Abstract(bounds) => bounds.iter().any(|bound| bound.starts_with("std::io::")),
        _ => {
            let handle = ty.handle();
            handle.is_bare() || matches!(handle, Handle::BufferedReader | Handle::BufferedWriter)
        }
    }
}

/// Whether what the disk refuses is told by the same error when a flush meets it as when those meet it that are given the
/// writer: the error of a serializer is another one, unless `?` makes that of I/O of both.
pub(super) fn fails_as_before(handle: Handled<'_>) -> bool {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let returns_io = origin.frame.is_none() && fails_with_io(context, subject.id);
    let passed_on = |event: &Event| {
        let panics = |suffix: String| suffix == ".unwrap()" || suffix.starts_with(".expect(");
        returns_io && !suffix_at(subject.text, event.range.end).is_some_and(panics)
    };
    events.iter().all(|event| match &event.kind {
        EventKind::Effect { row, .. } => {
            context.effects.row(*row).krate == "std" || passed_on(event)
        }
        EventKind::Argument {
            callee, parameter, ..
        } => {
            let error = |id| {
                let subject = context.subject(id);
                subject.and_then(|subject| error_type(context, subject))
            };
            let own = error(*callee);
            fails_with_io(context, *callee)
                || own.is_some() && passed_on(event)
                || own.is_some()
                    && own == error(subject.id)
                    && converts_io(context, *callee, *parameter)
        }
        _ => true,
    })
}

/// Whether a function leaves it to `?` to make its own error of what the writes to a parameter fail with.
fn converts_io(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let Some(subject) = context.subject(callee) else {
        return false;
    };
    let Some(origin) = subject.flow.parameter(parameter) else {
        return false;
    };
    subject.flow.events_on(origin).all(|event| {
        matches!(event.kind, EventKind::Transfer { .. } | EventKind::Flush)
            && suffix_at(subject.text, event.range.end).as_deref() == Some("?")
    })
}

fn fails_with_io(context: &Context<'_>, callee: FunctionId) -> bool {
    let error = context
        .subject(callee)
        .and_then(|callee| error_type(context, callee));
    matches!(error, Some(Meaning::External(path)) if matches!(path.as_str(), "std::io::Result" | "std::io::Error"))
}

/// What stands for the error in the type that a function returns: the one that is written, or the alias of `Result` that has
/// one.
fn error_type(context: &Context<'_>, subject: Subject<'_>) -> Option<Meaning> {
    let Some(TypeRef::Path(path)) = &subject.data.function.returns else {
        return None;
    };
    let stands = match path.segments.last()?.generics.as_slice() {
        [_, TypeRef::Path(error)] => error,
        [_] if path.last().ends_with("Result") => path,
        _ => return None,
    };
    let meaning = context.index.resolve(subject.data.module, stands);
    matches!(
        meaning,
        Meaning::Type(_) | Meaning::External(_) | Meaning::Alias(_)
    )
    .then_some(meaning)
}

/// Whether the function returns the `Result` of one of these modules, which `use` may have shortened.
pub(super) fn returns_result_of(
    context: &Context<'_>,
    subject: Subject<'_>,
    modules: &[&str],
) -> bool {
    let Some(TypeRef::Path(path)) = &subject.data.function.returns else {
        return false;
    };
    let meaning = context.index.resolve(subject.data.module, path);
    matches!(meaning, Meaning::External(result) if result.strip_suffix("::Result").is_some_and(|module| modules.contains(&module)))
}

fn error_is_io(error: &crate::syntax::Path) -> bool {
    let names: Vec<&str> = error
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    names.ends_with(&["io", "Error"])
}
