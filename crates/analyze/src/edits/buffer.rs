//! Putting a buffer round a handle, and taking one away.

use model::{Applicability, Edit, Fix};

use super::arguments::{argument_edits, has_other_mentions, takes_any};
use super::at_use::read_at_use;
use super::errors::fails_as_before;
use super::fields::{buffer_in_field, buffer_in_written_field};
use super::flush::flush_edits;
use super::holders::held_write;
use super::imports::in_scope;
use super::inline::inline_write;
use super::joins::joined;
use super::onlookers::{may_change_meanwhile, somebody_may_look};
use super::own_flush::flushes_itself;
use super::variants::buffer_in_variant;
use super::wrap::{is_boxed, shadow, wrap};
use super::{Handled, Imports, edit, fix, insertion, item};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::{TextRange, TypeRef};
use crate::types::Handle;

/// `BufReader` round a handle that this function opens.
pub(crate) fn read_fix(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let handle = Handled::of(context, subject, id, &events);
    let trusted = trust(handle)?;
    let title = "buffer the reads: wrap the handle in `BufReader` where it is read last";
    let in_field = "buffer the reads: let the field hold a `BufReader`";
    let in_variant = "buffer the reads: let the variant hold a `BufReader`";
    read_fix_where_made(handle, trusted)
        .or_else(|| read_fix_elsewhere(handle, title, read_at_use))
        .or_else(|| read_fix_elsewhere(handle, in_field, buffer_in_field))
        .or_else(|| read_fix_elsewhere(handle, in_variant, buffer_in_variant))
}

/// `BufReader` at a place that `buffered` knows.
fn read_fix_elsewhere<'a>(
    handle: Handled<'a>,
    title: &str,
    buffered: impl FnOnce(Handled<'a>, &str) -> Option<Vec<Edit>>,
) -> Option<Fix> {
    let mut imports = Imports::default();
    let path = "std::io::BufReader";
    let name = item(handle.context, handle.subject, path, &mut imports);
    let mut edits = buffered(handle, &name)?;
    edits.append(&mut imports.edits);
    fix(title, Applicability::MaybeIncorrect, edits)
}

fn read_fix_where_made(handle: Handled<'_>, mut applicability: Applicability) -> Option<Fix> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let joins = events.iter().any(|event| event.origins.len() > 1);
    if joins || may_change_meanwhile(subject) {
        applicability = Applicability::MaybeIncorrect;
    }
    let title = "buffer the reads: wrap the handle in `BufReader`";
    let mut imports = Imports::default();
    let name = if origin.ty.handle() == Handle::AsyncFile {
        // The crate may have another name in this package.
        let path = "tokio::io::BufReader";
        let written = subject.text.contains("tokio::").then(|| path.to_owned());
        in_scope(context, subject, path).or(written)?
    } else {
        item(context, subject, "std::io::BufReader", &mut imports)
    };
    if is_mapped(subject, origin) {
        // `File::open(path).map(Reader::new)` goes on as a chain, if what it ends in takes any reader.
        let any = |event: &&Event| match &event.kind {
            EventKind::Argument {
                callee, parameter, ..
            } => takes_any(context, *callee, *parameter),
            EventKind::Effect { .. } => true,
            _ => false,
        };
        if !events.iter().all(any) || leaves(&with_wrappers(subject, events)) {
            return None;
        }
        let mut edits = vec![insertion(
            subject,
            origin.range.end,
            format!(".map({name}::new)"),
        )];
        edits.append(&mut imports.edits);
        return fix(title, applicability, edits);
    }
    if !is_opened(handle) || leaves(&with_wrappers(subject, events)) {
        return None;
    }
    let mut edits = argument_edits(context, subject, events, false)?;
    let lends = edits.iter().any(|edit| edit.replacement.contains("mut"));
    edits.extend(match &origin.binding {
        Some(binding) if joins && !is_boxed(subject, origin, binding) => {
            joined_files(handle)?;
            shadow(subject, binding, &name, lends)?
        }
        _ => wrap(subject, origin, &name, lends)?,
    });
    edits.append(&mut imports.edits);
    fix(title, applicability, edits)
}

/// Whether the expression that is wrapped yields the handle itself, and not a result or option of it.
fn is_opened(handle: Handled<'_>) -> bool {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let in_place = origin.binding.is_some()
        || events
            .iter()
            .all(|event| without_loan(subject, event.at) == origin.opened);
    let text = subject.text_of(origin.opened);
    let rest =
        &subject.text[origin.range.end as usize..origin.opened.end.max(origin.range.end) as usize];
    let unwrapped = rest.contains('?')
        || rest.contains(".unwrap")
        || rest.contains(".expect(")
        || text.starts_with("match ")
        || text.starts_with("try!(");
    let plain = match origin.kind {
        OriginKind::CallResult(callee) => {
            let returns = context.index.function(callee).function.returns.as_ref();
            matches!(returns, Some(TypeRef::Path(path)) if !matches!(path.last(), "Result" | "Option"))
        }
        _ => false,
    };
    in_place && (unwrapped || plain)
}

/// What is lent by `&` or `&mut`, or the expression as it is.
pub(crate) fn without_loan(subject: Subject<'_>, at: TextRange) -> TextRange {
    let text = subject.text_of(at);
    let lent = ["&mut ", "&"]
        .into_iter()
        .find(|sign| text.starts_with(sign));
    let length = lent.map_or(0, str::len);
    TextRange::new(at.start + u32::try_from(length).unwrap_or(0), at.end)
}

/// Whether the handle, or what holds it, outlives the function: its type is then written down elsewhere.
pub(super) fn leaves(uses: &[&Event]) -> bool {
    uses.iter().any(|event| {
        matches!(
            event.kind,
            EventKind::Returned
                | EventKind::Stored { .. }
                | EventKind::Escape { by_value: true, .. }
        )
    })
}

/// Whether the call is followed by a `map` that puts the handle into something.
fn is_mapped(subject: Subject<'_>, origin: &Origin) -> bool {
    origin.opened == origin.range && subject.text[origin.range.end as usize..].starts_with(".map(")
}

/// `BufWriter` round a handle that this function creates, flushed behind its last use.
pub(crate) fn write_fix(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let handle = Handled {
        context,
        subject,
        origin,
        events: &events,
    };
    let applicability = trust(handle)?;
    write_fix_where_made(handle, applicability).or_else(|| {
        let mut imports = Imports::default();
        let name = item(context, subject, "std::io::BufWriter", &mut imports);
        let mut edits = buffer_in_written_field(handle, &name, &mut imports)?;
        edits.append(&mut imports.edits);
        let title = "buffer the writes: let the field hold a `BufWriter`, and flush it in the end";
        fix(title, Applicability::MaybeIncorrect, edits)
    })
}

/// `BufWriter` where the handle is made, in a function that drops it.
fn write_fix_where_made(handle: Handled<'_>, mut applicability: Applicability) -> Option<Fix> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    // Where branches join, the others change too: what they yield gets one buffer, or each ends in a box. In another closure
    // it may run at another time.
    let joins = events.iter().any(|event| event.origins.len() > 1);
    let boxed = origin
        .binding
        .as_ref()
        .is_some_and(|binding| is_boxed(subject, origin, binding));
    let behind_branches = joins && !boxed;
    if behind_branches {
        joined_files(handle)?;
    }
    if events.iter().any(|event| event.deferred != origin.deferred) {
        return None;
    }
    if joins || !fails_as_before(handle) {
        applicability = Applicability::MaybeIncorrect;
    }
    let title = "buffer the writes: wrap the handle in `BufWriter` and flush it";
    let mut imports = Imports::default();
    let name = item(context, subject, "std::io::BufWriter", &mut imports);
    if origin.binding.is_none()
        && let Some(mut edits) = held_write(handle, &name, &mut imports)
    {
        edits.append(&mut imports.edits);
        return fix(title, Applicability::MaybeIncorrect, edits);
    }
    if !is_opened(handle) {
        return None;
    }
    let Some(binding) = &origin.binding else {
        let (mut edits, seen) = inline_write(handle, &name, &mut imports)?;
        edits.append(&mut imports.edits);
        return fix(title, applicability.min(seen), edits);
    };
    let uses = with_wrappers(subject, events);
    if has_other_mentions(subject, binding, &uses) || leaves(&uses) {
        return None;
    }
    let used = Handled {
        events: &uses,
        ..handle
    };
    let given_up = ends_in_a_flush(handle, binding);
    let mut edits = if given_up {
        Vec::new()
    } else {
        argument_edits(context, subject, events, true)?
    };
    edits.extend(if behind_branches {
        shadow(subject, binding, &name, !given_up)?
    } else {
        wrap(subject, origin, &name, !given_up)?
    });
    if !given_up {
        edits.extend(flush_edits(used, binding, &mut imports)?);
    }
    if somebody_may_look(used) {
        applicability = Applicability::MaybeIncorrect;
    }
    edits.append(&mut imports.edits);
    fix(title, applicability, edits)
}

/// Whether each branch that a handle may come from opens a file that can be trusted as this one is.
fn joined_files(handle: Handled<'_>) -> Option<()> {
    let subject = handle.subject;
    let mut all = joined(subject, handle.origin, handle.events)?.into_iter();
    all.all(|id| {
        let other = Handled {
            origin: subject.flow.origin(id),
            ..handle
        };
        trust(other).is_some() && is_opened(other)
    })
    .then_some(())
}

/// Whether the handle is given away for good to a function that flushes it.
fn ends_in_a_flush(handle: Handled<'_>, binding: &Binding) -> bool {
    let (context, subject) = (handle.context, handle.subject);
    let [event] = handle.events else { return false };
    match &event.kind {
        EventKind::Argument {
            callee,
            parameter,
            by_value: true,
        } => {
            subject.text_of(event.at) == binding.name
                && takes_any(context, *callee, *parameter)
                && flushes_itself(context, *callee, *parameter)
        }
        _ => false,
    }
}

/// The events of a handle and of what holds it: a serializer made of it writes until its own last use.
pub(crate) fn with_wrappers<'a>(subject: Subject<'a>, events: &[&'a Event]) -> Vec<&'a Event> {
    let mut all: Vec<&Event> = events.to_vec();
    let mut at = 0;
    while at < all.len() {
        if let EventKind::Effect {
            result: Some(result),
            ..
        } = &all[at].kind
        {
            all.extend(subject.flow.events_on(*result));
        }
        at += 1;
    }
    all
}

/// Takes the wrapper away: the call becomes its argument.
pub(crate) fn unwrap_fix(
    subject: Subject<'_>,
    outer: TextRange,
    argument: TextRange,
    title: &str,
    applicability: Applicability,
) -> Option<Fix> {
    let dropped = [
        TextRange::new(outer.start, argument.start),
        TextRange::new(argument.end, outer.end),
    ];
    if dropped
        .iter()
        .any(|range| super::has_comment(subject.text_of(*range)))
    {
        return None;
    }
    let edits = dropped
        .into_iter()
        .filter(|range| range.start < range.end)
        .map(|range| edit(subject, range, ""));
    fix(title, applicability, edits.collect())
}

/// How far a buffer round a handle that was made and is used this way may be trusted; `None` for handles that others hold too.
fn trust(handle: Handled<'_>) -> Option<Applicability> {
    let Handled {
        context,
        origin,
        events,
        ..
    } = handle;
    let made = match &origin.kind {
        OriginKind::Open { api } => match api.as_str() {
            "std::fs::File::open"
            | "std::fs::File::create"
            | "std::fs::File::create_new"
            | "tokio::fs::File::open" => Applicability::MachineApplicable,
            "std::fs::OpenOptions::open"
            | "fs_err::File::open"
            | "fs_err::File::create"
            | "fs_err::OpenOptions::open" => Applicability::MaybeIncorrect,
            _ => return None,
        },
        OriginKind::CallResult(_) if !origin.borrowed => Applicability::MaybeIncorrect,
        _ => return None,
    };
    // What only the source of a dependency says, nobody has read.
    let unread = |event: &&Event| match event.kind {
        EventKind::Effect { row, .. } => context.effects.row(row).proof.is_some(),
        _ => false,
    };
    let used = if events.iter().any(unread) {
        Applicability::MaybeIncorrect
    } else {
        Applicability::MachineApplicable
    };
    Some(made.min(used))
}
