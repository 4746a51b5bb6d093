//! Putting a buffer round a handle, and taking one away.

use model::{Applicability, Fix};

use super::arguments::{argument_edits, has_other_mentions, takes_any};
use super::at_use::read_at_use;
use super::flush::flush_edits;
use super::holders::held_write;
use super::imports::in_scope;
use super::inline::inline_write;
use super::joins::joined;
use super::own_flush::flushes_itself;
use super::variants::buffer_in_variant;
use super::wrap::{is_boxed, shadow, wrap};
use super::{Imports, edit, fix, insertion, item};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::{TextRange, TypeRef};
use crate::types::Handle;

/// `BufReader` round a handle that this function opens.
pub(crate) fn read_fix(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    read_fix_where_made(context, subject, id)
        .or_else(|| read_fix_where_used(context, subject, id))
        .or_else(|| read_fix_in_variant(context, subject, id))
}

fn read_fix_in_variant(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    trust(context, origin, &events)?;
    let mut imports = Imports::default();
    let name = item(context, subject, "std::io::BufReader", &mut imports);
    let mut edits = buffer_in_variant(context, subject, origin, &events, &name)?;
    edits.append(&mut imports.edits);
    let title = "buffer the reads: let the variant hold a `BufReader`";
    fix(title, Applicability::MaybeIncorrect, edits)
}

fn read_fix_where_used(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    trust(context, origin, &events)?;
    if origin.ty.handle() != Handle::File {
        return None;
    }
    let mut imports = Imports::default();
    let name = item(context, subject, "std::io::BufReader", &mut imports);
    let mut edits = read_at_use(context, subject, origin, &events, &name)?;
    edits.append(&mut imports.edits);
    let title = "buffer the reads: wrap the handle in `BufReader` where it is read last";
    fix(title, Applicability::MaybeIncorrect, edits)
}

fn read_fix_where_made(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let mut applicability = trust(context, origin, &events)?;
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
        if !events.iter().all(any) || leaves(&with_wrappers(subject, &events)) {
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
    if !is_opened(context, subject, origin, &events) || leaves(&with_wrappers(subject, &events)) {
        return None;
    }
    let mut edits = argument_edits(context, subject, &events, false)?;
    let lends = edits.iter().any(|edit| edit.replacement.contains("mut"));
    edits.extend(match &origin.binding {
        Some(binding) if joins && !is_boxed(subject, origin, binding) => {
            joined_files(context, subject, origin, &events)?;
            shadow(subject, binding, &name, lends)?
        }
        _ => wrap(subject, origin, &name, lends)?,
    });
    edits.append(&mut imports.edits);
    fix(title, applicability, edits)
}

/// Whether the expression that is wrapped yields the handle itself, and not a result or option of it.
fn is_opened(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    events: &[&Event],
) -> bool {
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
pub(super) fn without_loan(subject: Subject<'_>, at: TextRange) -> TextRange {
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
    let mut applicability = trust(context, origin, &events)?;
    // Where branches join, the others change too: what they yield gets one buffer, or each ends in a box. In another closure
    // it may run at another time.
    let joins = events.iter().any(|event| event.origins.len() > 1);
    let boxed = origin
        .binding
        .as_ref()
        .is_some_and(|binding| is_boxed(subject, origin, binding));
    let behind_branches = joins && !boxed;
    if behind_branches {
        joined_files(context, subject, origin, &events)?;
    }
    if events.iter().any(|event| event.deferred != origin.deferred) {
        return None;
    }
    if joins {
        applicability = Applicability::MaybeIncorrect;
    }
    let title = "buffer the writes: wrap the handle in `BufWriter` and flush it";
    let mut imports = Imports::default();
    let name = item(context, subject, "std::io::BufWriter", &mut imports);
    if origin.binding.is_none()
        && let Some(mut edits) = held_write(context, subject, origin, &events, &name, &mut imports)
    {
        edits.append(&mut imports.edits);
        return fix(title, Applicability::MaybeIncorrect, edits);
    }
    if !is_opened(context, subject, origin, &events) {
        return None;
    }
    let Some(binding) = &origin.binding else {
        let (mut edits, seen) =
            inline_write(context, subject, origin, &events, &name, &mut imports)?;
        edits.append(&mut imports.edits);
        return fix(title, applicability.min(seen), edits);
    };
    if has_other_mentions(subject, binding, &with_wrappers(subject, &events)) {
        return None;
    }
    let uses = with_wrappers(subject, &events);
    if leaves(&uses) {
        return None;
    }
    let given_up = ends_in_a_flush(context, subject, binding, &events);
    let mut edits = if given_up {
        Vec::new()
    } else {
        argument_edits(context, subject, &events, true)?
    };
    edits.extend(if behind_branches {
        shadow(subject, binding, &name, !given_up)?
    } else {
        wrap(subject, origin, &name, !given_up)?
    });
    if !given_up {
        edits.extend(flush_edits(
            context,
            subject,
            origin,
            binding,
            &uses,
            &mut imports,
        )?);
    }
    if somebody_may_look(context, subject, origin, &uses) {
        applicability = Applicability::MaybeIncorrect;
    }
    edits.append(&mut imports.edits);
    fix(title, applicability, edits)
}

/// Whether each branch that a handle may come from opens a file that can be trusted as this one is.
fn joined_files(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    events: &[&Event],
) -> Option<()> {
    let all = joined(subject, origin, events)?;
    all.into_iter()
        .map(|id| subject.flow.origin(id))
        .all(|other| {
            trust(context, other, events).is_some() && is_opened(context, subject, other, events)
        })
        .then_some(())
}

/// Whether the handle is given away for good to a function that flushes it.
fn ends_in_a_flush(
    context: &Context<'_>,
    subject: Subject<'_>,
    binding: &Binding,
    events: &[&Event],
) -> bool {
    let [event] = events else { return false };
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
fn trust(context: &Context<'_>, origin: &Origin, events: &[&Event]) -> Option<Applicability> {
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

/// Whether the function may write to the file that it reads: one that it opens and does not empty may be the same.
fn may_change_meanwhile(subject: Subject<'_>) -> bool {
    let flow = subject.flow;
    flow.events.iter().filter(|event| writes(event)).any(|event| {
        let opened = |id: &OriginId| matches!(&flow.origin(*id).kind, OriginKind::Open { api } if api.ends_with("OpenOptions::open"));
        event.origins.iter().any(opened)
    })
}

fn writes(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Transfer {
            direction: Direction::Write,
            ..
        }
    )
}

/// Whether something else is written or printed between: when a write fails that is only made by the flush, more of it has
/// been.
fn others_are_written(
    context: &Context<'_>,
    subject: Subject<'_>,
    events: &[&Event],
    between: TextRange,
) -> bool {
    let flow = subject.flow;
    let own = |event: &Event| events.iter().any(|own| own.range == event.range);
    let is_kept = |id: &OriginId| flow.origin(*id).ty.handle() != Handle::Memory;
    let mut others = flow
        .events
        .iter()
        .filter(|event| between.contains(event.range) && writes(event) && !own(event));
    others.any(|event| event.origins.iter().any(is_kept))
        || flow
            .prints
            .iter()
            .any(|print| between.contains(print.range))
        || flow
            .calls
            .iter()
            .any(|call| between.contains(call.range) && context.usages.prints(call.callee))
}

/// Whether what is written may be looked at before the flush, or tells of a failure: the statements between name the path,
/// start something or write elsewhere.
fn somebody_may_look(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    events: &[&Event],
) -> bool {
    let Some(last) = events
        .iter()
        .map(|event| event.range)
        .max_by_key(|range| range.end)
    else {
        return false;
    };
    // The flush stands behind the whole statement: in a loop, what follows a write comes before the next one.
    let home = origin
        .binding
        .as_ref()
        .and_then(|binding| super::block_at(subject.body, binding.block));
    let statement = home.and_then(|home| {
        home.statements
            .iter()
            .find(|statement| statement.range.contains(last))
    });
    let end = statement.map_or(last.end, |statement| statement.range.end);
    let device = subject.text_of(origin.range).contains("\"/dev/");
    if device || end <= origin.range.end {
        return device;
    }
    let between = TextRange::new(origin.range.end, end);
    acts_within(context, subject, between) || others_are_written(context, subject, events, between)
}

/// Whether code touches files by path, processes or threads, itself or in what it calls.
pub(crate) fn acts_within(context: &Context<'_>, subject: Subject<'_>, range: TextRange) -> bool {
    let flow = subject.flow;
    flow.acts.iter().any(|act| range.contains(act.range))
        || flow
            .calls
            .iter()
            .any(|call| range.contains(call.range) && context.usages.acts(call.callee))
}
