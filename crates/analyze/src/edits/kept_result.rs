//! A flush whose failure joins that of the writes in a result that the function looks at later.

use model::Edit;

use super::errors::ignores_failure;
use super::flush::behind;
use super::wrap::{CHAIN, LINE};
use super::{Handled, Imports, indentation, joins};
use crate::context::Context;
use crate::flow::{Binding, Event, EventKind};
use crate::index::Meaning;
use crate::syntax::{Expr, Path, Pattern, Statement, StatementKind, TypeRef};

/// `let result = result.and_then(|()| out.flush());` behind the last statement that writes, where that keeps its result.
pub(super) fn flush_joined(
    handle: Handled<'_>,
    statement: &Statement,
    binding: &Binding,
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        events,
        ..
    } = handle;
    let StatementKind::Let {
        pattern:
            pattern @ Pattern::Binding {
                name,
                mutable: false,
                inner: None,
                ..
            },
        initializer: Some(value),
        otherwise: None,
    } = &statement.kind
    else {
        return None;
    };
    // What is named in order not to be looked at is an ignored failure.
    if subject.text_of(pattern.name_range()?) != name || name.starts_with('_') {
        return None;
    }
    let elsewhere = |event: &&&Event| {
        matches!(event.kind, EventKind::Transfer { .. } | EventKind::Flush)
            && !statement.range.contains(event.range)
    };
    let ignored = events
        .iter()
        .filter(elsewhere)
        .any(|event| ignores_failure(subject.text, event.range));
    // The branches of a value have one type: it is enough to know it of one.
    let is_known = |leaf: &&Expr| {
        events
            .iter()
            .any(|event| event.range == leaf.range && is_io_result(context, event))
    };
    if ignored || !joins::leaves(value).iter().any(is_known) {
        return None;
    }
    let flush = imports.write_method(context, subject, &binding.name, "flush");
    let joined = format!("{name}.and_then(|()| {flush})");
    let indent = indentation(subject.text, statement.range.start);
    let line = format!("let {name} = {joined};");
    if joined.len() > CHAIN || indent.len() + line.len() > LINE {
        return None;
    }
    let line = format!("\n{indent}{line}");
    Some(behind(subject, statement.range.end, "", &line))
}

/// Whether a use of the writer yields nothing, or an error of I/O.
fn is_io_result(context: &Context<'_>, event: &Event) -> bool {
    match &event.kind {
        EventKind::Transfer { how, .. } => {
            matches!(
                how.as_str(),
                "write_all" | "write!" | "writeln!" | "write_fmt"
            )
        }
        EventKind::Argument { callee, .. } => {
            let data = context.index.function(*callee);
            let Some(TypeRef::Path(path)) = &data.function.returns else {
                return false;
            };
            let Some([TypeRef::Tuple(success), failure @ ..]) =
                path.segments.last().map(|last| last.generics.as_slice())
            else {
                return false;
            };
            let means = |path: &Path, wanted: &[&str]| matches!(context.index.resolve(data.module, path), Meaning::External(name) if wanted.contains(&name.as_str()));
            let fails_with_io = match failure {
                [] => means(path, &["std::io::Result"]),
                [TypeRef::Path(error)] => {
                    path.last() == "Result" && means(error, &["std::io::Error"])
                }
                _ => false,
            };
            success.is_empty() && fails_with_io && !data.function.is_async
        }
        _ => false,
    }
}
