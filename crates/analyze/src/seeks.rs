//! Reads at chosen places: what the two rules about seeking have in common.

use model::{Edit, Evidence, EvidenceKind, Label, Span};

use crate::context::{Context, Subject, evidence};
use crate::edits;
use crate::flow::{Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::{Expr, ExprKind, TextRange, walk};
use crate::types::{Handle, Ty};
use crate::usage::Place;
use crate::words::words;

/// What a handle that is sought and read stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// Each seek and each read is a system call.
    File,
    /// std's buffered reader.
    Buffer,
    /// A type parameter, of which the workspace says as much.
    AnyFile,
    AnyBuffer,
    /// A type parameter of which the workspace says nothing.
    Unknown,
    /// Nothing that seeking costs.
    Other,
}

impl Device {
    pub(crate) fn is_file(self) -> bool {
        matches!(self, Self::File | Self::AnyFile)
    }
}

pub(crate) fn device(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Device {
    let origin = subject.flow.origin(id);
    match origin.ty.handle() {
        Handle::File => Device::File,
        Handle::BufferedReader if is_over_file(&origin.ty) => Device::Buffer,
        Handle::Abstract { buffered } => {
            let place = match &origin.kind {
                OriginKind::Parameter(position) => Place::Parameter(subject.id, *position),
                OriginKind::Field { of, name } => Place::Field(*of, name.clone()),
                _ => return Device::Unknown,
            };
            let given = context.usages.given(context.index, context.flows, &place);
            let any = |wanted: Handle| given.iter().any(|ty| ty.handle() == wanted);
            if any(Handle::File) {
                Device::AnyFile
            } else if buffered && given.is_empty() || any(Handle::BufferedReader) {
                Device::AnyBuffer
            } else if given.is_empty() || given.iter().any(|ty| !ty.is_known()) {
                Device::Unknown
            } else {
                Device::Other
            }
        }
        _ => Device::Other,
    }
}

/// A buffer over memory refills from memory.
fn is_over_file(ty: &Ty) -> bool {
    let inner = ty
        .arguments()
        .first()
        .is_none_or(|inner| !matches!(inner.handle(), Handle::Memory | Handle::BufferedReader));
    inner && !ty.path().is_some_and(|path| path.starts_with("tokio::"))
}

/// Where a seek leads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    Start(&'a Expr),
    End,
    /// Relative to where the handle stands.
    Current(&'a Expr),
    /// Nowhere: only the position is asked.
    Here,
    Unknown,
}

pub(crate) fn target<'a>(subject: Subject<'a>, event: &Event) -> Target<'a> {
    let Some(Expr {
        kind: ExprKind::Method {
            name, arguments, ..
        },
        ..
    }) = walk::method_at(subject.body, event.range)
    else {
        return Target::Unknown;
    };
    let ("seek", [argument]) = (name.as_str(), arguments.as_slice()) else {
        return match name.as_str() {
            "stream_position" => Target::Here,
            _ => Target::Unknown,
        };
    };
    let ExprKind::Call { callee, arguments } = &argument.kind else {
        return Target::Unknown;
    };
    match (&callee.kind, arguments.as_slice()) {
        (ExprKind::Path(path), [to]) => match path.last() {
            "Start" => Target::Start(to),
            "Current" if matches!(to.kind, ExprKind::Integer(Some(0))) => Target::Here,
            "Current" => Target::Current(to),
            "End" => Target::End,
            _ => Target::Unknown,
        },
        _ => Target::Unknown,
    }
}

/// Each seek with the read that follows it in the same turn of the same loops.
pub(crate) fn pairs<'a>(
    context: &Context<'_>,
    subject: Subject<'a>,
    id: OriginId,
) -> Vec<(&'a Event, &'a Event)> {
    let events: Vec<&Event> = subject
        .flow
        .events_on(id)
        .filter(|event| !matches!(event.kind, EventKind::Query { .. } | EventKind::Mentioned))
        .collect();
    let mut pairs = Vec::new();
    for pair in events.windows(2) {
        let (seek, read) = (pair[0], pair[1]);
        let moves =
            matches!(&seek.kind, EventKind::Seek { how } if how == "seek" || how == "rewind");
        if moves
            && reads_a_piece(context, read)
            && seek.loops == read.loops
            && seek.frame == read.frame
        {
            pairs.push((seek, read));
        }
    }
    pairs
}

/// A read of what a buffer holds, not of all that follows.
fn reads_a_piece(context: &Context<'_>, event: &Event) -> bool {
    match &event.kind {
        EventKind::Transfer {
            direction: Direction::Read,
            how,
            ..
        } => {
            matches!(how.as_str(), "read" | "read_exact" | "read_buf")
                || how.starts_with("read_u")
                || how.starts_with("read_i")
                || how.starts_with("read_f")
        }
        EventKind::Argument {
            callee,
            parameter,
            by_value: false,
        } => {
            let usage = context.usages.of(&Place::Parameter(*callee, *parameter));
            usage.is_some_and(|usage| {
                usage.read && !usage.written && !usage.sought && usage.buffers.is_none()
            })
        }
        _ => false,
    }
}

/// Whether a function is what its users call for each element or piece.
pub(crate) fn serves(subject: Subject<'_>) -> bool {
    matches!(
        (
            subject.data.of_trait.as_deref(),
            subject.data.function.name.as_str()
        ),
        (
            Some("Iterator" | "DoubleEndedIterator"),
            "next" | "next_back"
        ) | (Some("Read"), "read")
    )
}

/// Why a function runs again and again on the same handle, in words; `None` if nothing says so.
pub(crate) fn runs_often(context: &Context<'_>, subject: Subject<'_>) -> Option<&'static str> {
    if serves(subject) {
        return Some("its users call it for each element or piece");
    }
    context
        .usages
        .is_hot(subject.id)
        .then_some("it is called from a loop")
}

/// Whether an expression names a parameter of the function.
pub(crate) fn names_parameter(subject: Subject<'_>, expr: &Expr) -> bool {
    let parameters = &subject.data.function.parameters;
    let mut found = false;
    walk::expressions(expr, &mut |inner| {
        if let ExprKind::Path(path) = &inner.kind
            && let Some(name) = path.single()
        {
            found |= parameters
                .iter()
                .any(|parameter| parameter.pattern.name() == Some(name));
        }
        !found
    });
    found
}

/// Why a place runs often for one handle.
pub(crate) fn repetition(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    event: &Event,
) -> Option<Evidence> {
    if subject.flow.repeats(&event.loops, &origin.loops) {
        let note = "it runs in a loop";
        return Some(evidence(
            EvidenceKind::Repeated,
            subject.span(event.range),
            note,
        ));
    }
    let note = outlives(origin)
        .then(|| runs_often(context, subject))
        .flatten()
        .filter(|_| serves(subject) || !has_a_handle_each_time(context, subject, origin))?;
    Some(evidence(
        EvidenceKind::Repeated,
        subject.span(event.range),
        note,
    ))
}

/// Whether a loop comes to the function by what makes the object whose handle it is: each turn then has another one.
fn has_a_handle_each_time(context: &Context<'_>, subject: Subject<'_>, origin: &Origin) -> bool {
    let OriginKind::Field { of, .. } = &origin.kind else {
        return false;
    };
    let mut at = subject.id;
    while let Some(heat) = context.usages.heat(at) {
        if heat.depth <= 1 {
            break;
        }
        at = heat.caller;
        let data = context.index.function(at);
        if data.of == Some(*of) && !data.function.has_self {
            return true;
        }
    }
    false
}

/// Whether the handle is older than the call of the function.
pub(crate) fn outlives(origin: &Origin) -> bool {
    origin.borrowed
        && matches!(
            origin.kind,
            OriginKind::Field { .. } | OriginKind::Parameter(_) | OriginKind::Opaque
        )
}

/// The call by which a loop reaches a function.
pub(crate) fn called_in_loop(context: &Context<'_>, subject: Subject<'_>) -> Option<Label> {
    let heat = context.usages.heat(subject.id)?;
    let text = match heat.depth {
        1 => "the loop around this call runs it",
        _ => "a loop further out reaches it by this call",
    };
    Some(Label {
        span: Span {
            file: context.index.file_of(heat.caller),
            start: heat.call.start,
            end: heat.call.end,
        },
        text: text.to_owned(),
    })
}

/// The import of `Seek` taken out, where none of its methods is left once the calls in `gone` are.
pub(crate) fn without_trait(
    context: &Context<'_>,
    subject: Subject<'_>,
    gone: &[TextRange],
) -> Option<Vec<Edit>> {
    let methods = edits::methods_of("std::io::Seek");
    let mut calls = words(subject.text).filter(|(_, word)| methods.contains(word));
    let is_left = calls.any(|(at, _)| !gone.iter().any(|range| range.at().contains(&at)));
    match is_left {
        true => Some(Vec::new()),
        false => edits::without_import(context, subject, "Seek", gone),
    }
}
