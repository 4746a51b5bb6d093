//! A loop over chunks whose first turn reads everything, made to read a chunk a turn.

use model::{Applicability, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, Imports, edit, has_comment, indentation, insertion, item};
use crate::flow::{Event, OriginKind};
use crate::syntax::{Arm, ExprKind, Pattern, StatementKind, TextRange, walk};
use crate::words::places_of;

/// `match reader.read_to_end(&mut buffer) { Ok(0) => …, Ok(read) => …, Err(error) => … }` with `read` and a buffer of a size.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, event: &Event) -> Option<Fix> {
    let (receiver, method, argument) = walk::method_of_one(subject.body, event.range)?;
    let name = subject.text_of(argument.range).strip_prefix("&mut ")?;
    let mut looked = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for (at, statement) in block.statements.iter().enumerate() {
            if let StatementKind::Expr { expr, .. } = &statement.kind
                && let ExprKind::Match { scrutinee, arms } = &expr.kind
                && scrutinee.range == event.range
            {
                looked = Some((arms, at + 1 == block.statements.len()));
            }
        }
    });
    let (arms, is_last) = looked?;
    let [ended, filled, failed] = arms.as_slice() else {
        return None;
    };
    let head = TextRange::new(event.range.end, ended.body.range.start);
    let count = bound(filled, "Ok")?;
    let error = bound(failed, "Err")?;
    let buffer = subject.flow.origins.iter().find(|made| {
        let binding = made.binding.as_ref();
        matches!(made.kind, OriginKind::Fresh { empty: true, .. })
            && binding.is_some_and(|binding| binding.name == name && !binding.typed)
    })?;
    let made = subject.text_of(buffer.range);
    let size = match made.strip_prefix("Vec::with_capacity(") {
        Some(capacity) => capacity.strip_suffix(')')?,
        None if matches!(made, "Vec::new()" | "vec![]") => "64 * 1024",
        None => return None,
    };
    let from = buffer.binding.as_ref()?.statement.end;
    if method != "read_to_end"
        || subject.text_of(head).split_whitespace().collect::<String>() != "{Ok(0)=>"
        || !takes_what_was_read(subject, name, count, from)
    {
        return None;
    }
    let gap = TextRange::new(filled.body.range.end, failed.body.range.start);
    let arm_at = subject.text_of(gap).find("Err(")?;
    if has_comment(subject.text_of(gap)) {
        return None;
    }
    let arm_at = gap.start + u32::try_from(arm_at).ok()?;
    let mut imports = Imports::default();
    let kind = item(context, subject, "std::io::ErrorKind", &mut imports);
    let indent = indentation(subject.text, arm_at);
    let again = if is_last { "{}" } else { "continue," };
    let arm = format!("Err({error}) if {error}.kind() == {kind}::Interrupted => {again}\n{indent}");
    let called = TextRange::new(receiver.range.end, argument.range.start);
    let read = subject.text_of(called).replace("read_to_end", "read");
    let mut changes = vec![
        edit(subject, buffer.range, format!("vec![0; {size}]")),
        edit(subject, called, read),
        insertion(subject, arm_at, arm),
    ];
    changes.append(&mut imports.edits);
    edits::fix(
        "read a chunk in each turn",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// Whether a buffer is named for nothing but reading into it and taking what was read from it.
fn takes_what_was_read(subject: Subject<'_>, name: &str, count: &str, from: u32) -> bool {
    let rest = subject.text_of(TextRange::new(from, subject.body.range.end));
    places_of(rest, name).all(|at| {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        before.ends_with(".read_to_end(&mut ") && after.starts_with(')')
            || after.starts_with(&format!("[..{count}]"))
            || after.starts_with(&format!(".iter().take({count})"))
    })
}

/// The name that an arm binds within `Ok` or `Err`, where it takes whatever is in it.
fn bound<'a>(arm: &'a Arm, variant: &str) -> Option<&'a str> {
    let Pattern::TupleStruct { path, elements } = &arm.pattern else {
        return None;
    };
    let [
        Pattern::Binding {
            name, inner: None, ..
        },
    ] = elements.as_slice()
    else {
        return None;
    };
    (path.last() == variant && arm.guard.is_none()).then_some(name)
}
