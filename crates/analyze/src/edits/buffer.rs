//! Putting a buffer round a handle, and taking one away.

use model::{Applicability, Edit, Fix};

use super::flush::{flush_edits, home};
use super::{Imports, edit, fix, indentation, insertion, item};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, Origin, OriginId, OriginKind};
use crate::index::FunctionId;
use crate::syntax::{ExprKind, GenericParameter, Path, StatementKind, TextRange, TypeRef, walk};
use crate::usage::Place;

/// A line that an edit makes longer than this is broken differently by rustfmt.
pub(super) const LINE: usize = 100;

/// `BufReader` round a handle that this function opens.
pub(crate) fn read_fix(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let mut applicability = trust(origin)?;
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    if events.iter().any(|event| event.origins.len() > 1) {
        applicability = Applicability::MaybeIncorrect;
    }
    let title = "buffer the reads: wrap the handle in `BufReader`";
    let mut imports = Imports::default();
    let name = item(context, subject, "std::io::BufReader", &mut imports);
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
    edits.extend(wrap(subject, origin, &name, lends)?);
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
    let in_place = origin.binding.is_some() || events.iter().all(|event| event.at == origin.opened);
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

/// Whether the handle, or what holds it, outlives the function: its type is then written down elsewhere.
fn leaves(uses: &[&Event]) -> bool {
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
    let mut applicability = trust(origin)?;
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    // Where branches join, the other one would have to change too; in another closure it may run at another time.
    if events
        .iter()
        .any(|event| event.origins.len() > 1 || event.deferred != origin.deferred)
    {
        return None;
    }
    if !is_opened(context, subject, origin, &events) {
        return None;
    }
    let title = "buffer the writes: wrap the handle in `BufWriter` and flush it";
    let mut imports = Imports::default();
    let name = item(context, subject, "std::io::BufWriter", &mut imports);
    let Some(binding) = &origin.binding else {
        let mut edits = inline_write(context, subject, origin, &events, &name, &mut imports)?;
        edits.append(&mut imports.edits);
        return fix(title, applicability, edits);
    };
    if has_other_mentions(subject, binding, &with_wrappers(subject, &events)) {
        return None;
    }
    let mut edits = argument_edits(context, subject, &events, true)?;
    edits.extend(wrap(subject, origin, &name, true)?);
    let uses = with_wrappers(subject, &events);
    if leaves(&uses) {
        return None;
    }
    edits.extend(flush_edits(
        context,
        subject,
        origin,
        binding,
        &uses,
        &mut imports,
    )?);
    if somebody_may_look(context, subject, origin, &uses) {
        applicability = Applicability::MaybeIncorrect;
    }
    edits.append(&mut imports.edits);
    fix(title, applicability, edits)
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

/// Whether the handle is mentioned anywhere that no event accounts for.
fn has_other_mentions(subject: Subject<'_>, binding: &Binding, events: &[&Event]) -> bool {
    let mut mentioned = false;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Path(path) = &expr.kind
            && path.single() == Some(&binding.name)
            && binding.block.contains(expr.range)
            && binding.statement.end <= expr.range.start
        {
            mentioned |= !events
                .iter()
                .any(|event| event.at.contains(expr.range) || event.range.contains(expr.range));
        }
        true
    });
    mentioned
}

/// How far a buffer round a handle that was made this way may be trusted; `None` for handles that others hold too.
fn trust(origin: &Origin) -> Option<Applicability> {
    match &origin.kind {
        OriginKind::Open { api } => match api.as_str() {
            "std::fs::File::open" | "std::fs::File::create" | "std::fs::File::create_new" => {
                Some(Applicability::MachineApplicable)
            }
            "std::fs::OpenOptions::open"
            | "fs_err::File::open"
            | "fs_err::File::create"
            | "fs_err::OpenOptions::open" => Some(Applicability::MaybeIncorrect),
            _ => None,
        },
        OriginKind::CallResult(_) if !origin.borrowed => Some(Applicability::MaybeIncorrect),
        _ => None,
    }
}

/// The edits of the places that use the handle: what lends a plain reference has to lend a mutable one.
///
/// `None` if a use would not compile or not mean the same with a buffer in between.
fn argument_edits(
    context: &Context<'_>,
    subject: Subject<'_>,
    events: &[&Event],
    writes: bool,
) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for event in events {
        let text = subject.text_of(event.at);
        match &event.kind {
            EventKind::Transfer { .. } | EventKind::Flush | EventKind::Mentioned => {
                if text.starts_with("(&") || text.starts_with("&") && !text.starts_with("&mut ") {
                    edits.push(lend_mutably(subject, event.at)?);
                }
            }
            EventKind::Argument {
                callee,
                parameter,
                by_value,
            } => {
                if !takes_any(context, *callee, *parameter) {
                    return None;
                }
                let place = Place::Parameter(*callee, *parameter);
                let usage = context.usages.of(&place);
                // What keeps a writer flushes it at a time of its own; what is handed back has the reader's type in its own.
                let keeps = usage.is_some_and(|usage| usage.kept)
                    && (writes || is_handed_back(subject, event));
                if keeps || usage.is_some_and(|usage| usage.sought) {
                    return None;
                }
                edits.extend(given(subject, event, *by_value, writes)?);
            }
            EventKind::Effect { by_value, .. } => {
                edits.extend(given(subject, event, *by_value, writes)?);
            }
            _ => return None,
        }
    }
    Some(edits)
}

/// Whether the result of a call is what the function returns.
fn is_handed_back(subject: Subject<'_>, event: &Event) -> bool {
    let tail = subject
        .body
        .tail()
        .is_some_and(|tail| tail.range.contains(event.range));
    tail || subject
        .flow
        .events
        .iter()
        .any(|other| matches!(other.kind, EventKind::Returned) && other.range.contains(event.range))
}

/// The edit of an argument that is lent or given away.
fn given(
    subject: Subject<'_>,
    event: &Event,
    by_value: bool,
    writes: bool,
) -> Option<Option<Edit>> {
    let text = subject.text_of(event.at);
    if text.starts_with("&mut ") {
        return Some(None);
    }
    if text.starts_with('&') {
        return lend_mutably(subject, event.at).map(Some);
    }
    let plain_name = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    match (writes && by_value, plain_name) {
        // What is given away cannot be flushed afterwards: lend it instead.
        (true, true) => {
            let is_reference = subject.text.contains(&format!("let ref mut {text} "));
            let lend = if is_reference { "&mut *" } else { "&mut " };
            Some(Some(insertion(subject, event.at.start, lend)))
        }
        (true, false) => None,
        (false, _) => Some(None),
    }
}

fn lend_mutably(subject: Subject<'_>, at: TextRange) -> Option<Edit> {
    let text = subject.text_of(at);
    let rest = text.strip_prefix('&')?;
    rest.chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then(|| edit(subject, TextRange::new(at.start, at.start + 1), "&mut "))
}

/// Whether a function takes whatever implements a trait in that place.
pub(crate) fn takes_any(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let declared = context
        .index
        .function(callee)
        .function
        .parameters
        .get(parameter);
    declared.is_some_and(|parameter| {
        is_generic(&parameter.declared, &context.index.generics_of(callee))
    })
}

fn is_generic(declared: &TypeRef, generics: &[GenericParameter]) -> bool {
    match declared {
        TypeRef::ImplTrait(bounds) | TypeRef::DynTrait(bounds) => are_met(bounds),
        TypeRef::Reference { inner, .. } => is_generic(inner, generics),
        TypeRef::Path(path) => match path.single() {
            Some(name) => generics
                .iter()
                .any(|parameter| parameter.name == name && are_met(&parameter.bounds)),
            None => false,
        },
        _ => false,
    }
}

/// Whether std's buffers implement what is asked for.
fn are_met(bounds: &[Path]) -> bool {
    const MET: [&str; 9] = [
        "Read", "Write", "Seek", "BufRead", "Send", "Sync", "Sized", "Debug", "Unpin",
    ];
    bounds.iter().all(|bound| MET.contains(&bound.last()))
}

/// The wrapper round the expression that makes the handle, or in a line of its own where that is long.
fn wrap(
    subject: Subject<'_>,
    origin: &Origin,
    wrapper: &str,
    needs_mut: bool,
) -> Option<Vec<Edit>> {
    let opened = origin.opened;
    let text = subject.text_of(opened);
    let Some(binding) = &origin.binding else {
        return Some(around(subject, opened, wrapper));
    };
    if binding.typed {
        return None;
    }
    let name_at = name_position(subject, binding.statement, &binding.name)?;
    let long =
        text.contains('\n') || line_length(subject.text, opened.start) + wrapper.len() + 7 > LINE;
    let mut edits = Vec::new();
    if !long {
        edits.extend(around(subject, opened, wrapper));
        // `let file = &mut File::create(…)` lends what has no name: it needs none.
        let lent = subject
            .text_of(TextRange::new(name_at, opened.start))
            .trim_end()
            .ends_with("&mut");
        if needs_mut && !binding.mutable && !lent {
            edits.push(insertion(subject, name_at, "mut "));
        }
        return Some(edits);
    }
    // Only a handle that is the statement's whole value can be shadowed by its buffer.
    home(subject, binding)?;
    if binding.mutable {
        let before = TextRange::new(name_at.saturating_sub(4), name_at);
        if subject.text_of(before) != "mut " {
            return None;
        }
        edits.push(edit(subject, before, ""));
    }
    let indent = indentation(subject.text, binding.statement.start);
    let mutable = if needs_mut || binding.mutable {
        "mut "
    } else {
        ""
    };
    let name = &binding.name;
    let line = format!("\n{indent}let {mutable}{name} = {wrapper}::new({name});");
    edits.push(insertion(subject, binding.statement.end, line));
    Some(edits)
}

fn around(subject: Subject<'_>, range: TextRange, wrapper: &str) -> Vec<Edit> {
    vec![
        insertion(subject, range.start, format!("{wrapper}::new(")),
        insertion(subject, range.end, ")"),
    ]
}

fn line_length(text: &str, at: u32) -> usize {
    let start = text[..at as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[at as usize..]
        .find('\n')
        .map_or(text.len(), |newline| newline + at as usize);
    text[start..end].trim_end().chars().count()
}

/// Where the bound name stands in its `let`.
fn name_position(subject: Subject<'_>, statement: TextRange, name: &str) -> Option<u32> {
    let text = subject.text_of(statement);
    let rest = text.strip_prefix("let ")?;
    let rest = rest.strip_prefix("ref ").unwrap_or(rest);
    let rest = rest
        .trim_start()
        .strip_prefix("mut ")
        .map_or(rest, str::trim_start);
    let rest = rest.trim_start();
    rest.starts_with(name)
        .then(|| statement.end - u32::try_from(rest.len()).unwrap_or(0))
}

/// `to_writer(File::create(path)?, &value)?;` gets a `let` of its own for the writer.
fn inline_write(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    events: &[&Event],
    wrapper: &str,
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let [event] = events else { return None };
    let is_call = matches!(event.kind, EventKind::Effect { by_value: true, .. });
    if !is_call || event.at != origin.opened || subject.text.contains("writer") {
        return None;
    }
    let mut home = None;
    super::visit_blocks(subject.body, &mut |block| {
        if let Some(statement) = block
            .statements
            .iter()
            .find(|statement| statement.range.contains(event.range))
        {
            home = Some((block, statement));
        }
    });
    let (_, statement) = home?;
    let StatementKind::Expr {
        expr,
        semicolon: true,
    } = &statement.kind
    else {
        return None;
    };
    if expr.range.start != event.range.start || !subject.text_of(origin.opened).ends_with('?') {
        return None;
    }
    let indent = indentation(subject.text, statement.range.start);
    let open = subject.text_of(origin.opened);
    if open.contains('\n') {
        return None;
    }
    let flush = imports.write_method(context, subject, "writer", "flush");
    Some(vec![
        insertion(
            subject,
            statement.range.start,
            format!("let mut writer = {wrapper}::new({open});\n{indent}"),
        ),
        edit(subject, origin.opened, "&mut writer"),
        insertion(subject, statement.range.end, format!("\n{indent}{flush}?;")),
    ])
}

/// Whether what is written may be looked at before the flush: the statements between name the path or start something.
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
    device
        || end > origin.range.end
            && acts_within(context, subject, TextRange::new(origin.range.end, end))
}

/// Whether code touches files by path, processes or threads, itself or in what it calls.
fn acts_within(context: &Context<'_>, subject: Subject<'_>, range: TextRange) -> bool {
    let flow = subject.flow;
    flow.acts.iter().any(|act| range.contains(act.range))
        || flow
            .calls
            .iter()
            .any(|call| range.contains(call.range) && context.usages.acts(call.callee))
}
