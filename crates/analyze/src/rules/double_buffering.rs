//! A buffer over something that has one.

use model::{Applicability, EvidenceKind, Operation};

use crate::context::{Context, Draft, Subject, Verdicts, evidence, workload};
use crate::edits;
use crate::effects::Usage as Row;
use crate::flow::{BufferKind, Event, EventKind, Origin, OriginId, OriginKind};
use crate::index::{FunctionId, TypeId};
use crate::syntax::TextRange;
use crate::types::{Handle, Ty};
use crate::usage::Place;

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "double_buffering",
    operations: &[Operation::Read, Operation::Write],
    summary: "a buffer over something that is buffered or in memory only copies",
    fix: model::FixAvailability::Sometimes,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "A `BufReader` over a reader that buffers already (another `BufReader`, `Stdin`), \
            or over bytes in memory (`Cursor`, `&[u8]`); a `BufWriter` over a `Vec<u8>` or another \
            `BufWriter`; and either of them given to a library that puts a buffer of its own on \
            top, such as csv or the readers of flate2. A buffer over a parameter is reported where every caller in the \
            workspace of which that is known hands over something buffered.",
        why_slow: "Every byte is copied once more and eight kilobytes are allocated for a buffer \
            that saves no system call.",
        when_not_faster: "The gain is small, a few per cent where data is streamed, and disappears \
            beside any real work on it: large reads and writes pass through the outer buffer \
            without a copy. The clearest gain is the allocation, where many short-lived readers \
            are made. A buffer that was given a size of its own (`with_capacity`) is not reported \
            for being given to a library that has one. Over something buffered it is reported, \
            although a larger outer buffer can save system calls there.",
        fix_safety: "The fix replaces the buffer by what it stands on. It is machine-applicable \
            for a reader that is made and used in this function over something of a known type \
            that is buffered or in memory and that nobody else reads from. Taking away a writer's buffer, one under a library that \
            has its own, or one over a parameter of a generic type changes the size and the moment \
            of the calls underneath and is `maybe-incorrect`. There is none when a method is \
            called that only the wrapper has (`into_inner`, `get_ref`, `buffer`), when its type is \
            written out, when others than this workspace may call the function whose parameter \
            it stands on, when it or a parser made of it is returned, stored or passed on to a \
            function that takes this type only, or when its name is that of what it stands on. The \
            outer buffer took more from the inner reader than it gave out; without it, those bytes \
            are left for whoever reads from the inner one afterwards. A `use` that loses its last \
            user (`BufReader`, `BufWriter`) goes too.",
        example: model::Example {
            before: r"use std::io::{self, BufRead, BufReader, Cursor};

pub fn count_lines(bytes: Vec<u8>) -> io::Result<usize> {
    let reader = BufReader::new(Cursor::new(bytes));
    let mut lines = 0;
    for line in reader.lines() {
        line?;
        lines += 1;
    }
    Ok(lines)
}
",
            after: r"use std::io::{self, BufRead, Cursor};

pub fn count_lines(bytes: Vec<u8>) -> io::Result<usize> {
    let reader = Cursor::new(bytes);
    let mut lines = 0;
    for line in reader.lines() {
        line?;
        lines += 1;
    }
    Ok(lines)
}
",
        },
        references: &[
            "[std::io::BufReader: when it does not help](https://doc.rust-lang.org/std/io/struct.BufReader.html)",
            "[csv::Reader buffers by itself](https://docs.rs/csv/latest/csv/struct.Reader.html)",
            "[rust-lang/rust-clippy#6755: BufReader over Stdin](https://github.com/rust-lang/rust-clippy/issues/6755)",
        ],
    },
};

pub(crate) fn check(context: &Context<'_>, subject: Subject<'_>, verdicts: &mut Verdicts) {
    for id in subject.flow.ids() {
        let origin = subject.flow.origin(id);
        let OriginKind::Buffer {
            kind,
            over,
            argument,
            capacity: _,
        } = &origin.kind
        else {
            continue;
        };
        if *kind == BufferKind::Lines {
            continue;
        }
        // Where branches join, the buffer is what makes them one type.
        if subject
            .flow
            .events_on(id)
            .any(|event| event.origins.len() > 1)
        {
            continue;
        }
        let below = below(*kind, origin.ty.arguments().first());
        let by_callers = by_callers(context, subject, *kind, over);
        // What others pass to a function decides whether they miss its buffer.
        let others = below.is_none() && matches!(by_callers, Some((Callers::Some, _)));
        let of_parameter = by_callers.is_some();
        let below = below.or_else(|| by_callers.map(|(_, reason)| reason));
        let sized = subject.text_of(origin.range).contains("with_capacity");
        let reason = below.clone().or_else(|| {
            (!sized)
                .then(|| above(context, subject, *kind, id))
                .flatten()
        });
        let Some(reason) = reason.filter(|_| is_used(context, subject, id)) else {
            continue;
        };
        let span = subject.span(origin.range);
        let variant = if *kind == BufferKind::Reader {
            "read"
        } else {
            "write"
        };
        let applicability = match (kind, &origin.ty.arguments().first()) {
            (BufferKind::Reader, Some(ty))
                if below.is_some()
                    && !matches!(ty, Ty::Abstract(_))
                    && !is_read_afterwards(subject, over, *argument) =>
            {
                Applicability::MachineApplicable
            }
            _ => Applicability::MaybeIncorrect,
        };
        // Where the buffer's type is written down, or its own methods are called, taking it away does not compile.
        let kept = subject.flow.events_on(id).any(|event| match &event.kind {
            EventKind::Effect {
                result: Some(result),
                ..
            } => subject.flow.events_on(*result).any(|event| {
                matches!(
                    event.kind,
                    EventKind::Returned
                        | EventKind::Stored { .. }
                        | EventKind::Argument { by_value: true, .. }
                )
            }),
            _ => false,
        });
        let typed = origin.binding.as_ref().is_some_and(|binding| binding.typed);
        // Where a type has the buffer in it, whatever is made of it may have that type.
        let named = ["BufReader<", "BufWriter<"]
            .iter()
            .any(|buffer| subject.text.contains(&format!("<{buffer}")));
        let needed = kept || typed || others || named && of_parameter;
        let replaceable = !needed && subject.flow.events_on(id).all(|event| {
            matches!(event.kind, EventKind::Transfer { .. } | EventKind::Effect { .. } | EventKind::Flush | EventKind::Mentioned)
                || matches!(&event.kind, EventKind::Argument { callee, parameter, .. } if edits::takes_any(context, *callee, *parameter))
        });
        let title = "take the second buffer away";
        let fix = edits::unwrap_fix(subject, origin.range, *argument, title, applicability)
            .filter(|_| replaceable && !is_name(subject, origin, *argument));
        verdicts.drafts.push(Draft {
            rule: &META,
            operation: if *kind == BufferKind::Reader {
                Operation::Read
            } else {
                Operation::Write
            },
            function: subject.id,
            span,
            message: "this buffer copies every byte once more: there is a buffer already"
                .to_owned(),
            related: Vec::new(),
            evidence: vec![
                evidence(EvidenceKind::Constructor, span, "the buffer is made here"),
                evidence(EvidenceKind::ResolvedPath, span, reason),
            ],
            alternatives: Vec::new(),
            workload: Some(workload(META.name, variant)),
            fix,
        });
    }
}

/// Whether others may read from what the buffer stands on, and so miss what it took ahead: it is lent, or is the standard
/// input, which the file names again.
fn is_read_afterwards(subject: Subject<'_>, over: &[OriginId], argument: TextRange) -> bool {
    let text = subject.text_of(argument);
    text.starts_with("&mut ")
        || text.ends_with(".by_ref()")
        || text.contains("stdin()") && subject.text.matches("stdin()").count() > 1
        || over.iter().any(|id| subject.flow.origin(*id).borrowed)
}

/// `let reader = BufReader::new(reader)` would become `let reader = reader`.
fn is_name(subject: Subject<'_>, origin: &Origin, argument: TextRange) -> bool {
    origin
        .binding
        .as_ref()
        .is_some_and(|binding| binding.name == subject.text_of(argument))
}

/// Whether anything may pass through the buffer: some only keep one, and take from it what is below.
fn is_used(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> bool {
    let mut events = subject.flow.events_on(id).peekable();
    events.peek().is_none()
        || events.any(|event| match &event.kind {
            EventKind::Stored { of, field } => is_used_in(context, *of, field),
            _ => !takes_below(subject, event),
        })
}

fn is_used_in(context: &Context<'_>, of: TypeId, field: &str) -> bool {
    let mut uses = context.uses_of(of, field).peekable();
    uses.peek().is_none()
        || uses.any(|(user, id)| {
            let mut events = user.flow.events_on(id);
            events.any(|event| !takes_below(user, event))
        })
}

fn takes_below(subject: Subject<'_>, event: &Event) -> bool {
    let named = subject.text_of(event.at);
    [".get_ref()", ".get_mut()", ".into_inner()"]
        .iter()
        .any(|below| named.ends_with(below))
        || matches!(&event.kind, EventKind::Finish { how } if how == "into_inner")
}

/// Why what the buffer stands on needs none.
fn below(kind: BufferKind, ty: Option<&Ty>) -> Option<String> {
    let ty = ty?;
    let handle = ty.handle();
    let reads = kind == BufferKind::Reader;
    let fits = match handle {
        Handle::Memory => !matches!(ty.path(), Some("str" | "std::io::Sink" | "std::io::Empty")),
        Handle::BufferedReader => reads,
        // `Stdin` itself is shared behind a lock: only its lock is the buffer.
        Handle::Stdin => reads && !ty.is("std::io::Stdin"),
        Handle::BufferedWriter => !reads,
        Handle::Abstract { buffered } => buffered && reads,
        _ => false,
    };
    fits.then(|| match handle {
        Handle::Memory => "what it stands on is in memory".to_owned(),
        Handle::Abstract { .. } => "what it stands on is declared as `BufRead`".to_owned(),
        _ => "what it stands on is buffered".to_owned(),
    })
}

/// Why a parameter needs no buffer: those who call in the workspace hand over something buffered.
fn by_callers(
    context: &Context<'_>,
    subject: Subject<'_>,
    kind: BufferKind,
    over: &[OriginId],
) -> Option<(Callers, String)> {
    let [over] = over else { return None };
    let OriginKind::Parameter(position) = subject.flow.origin(*over).kind else {
        return None;
    };
    let given = given(context, subject.id, position, kind, 3)?;
    let (callers, reason) = match given {
        Given::Buffered if !context.index.is_exported(subject.id) => (
            Callers::All,
            "every caller in this workspace hands over something buffered",
        ),
        Given::Buffered | Given::Either => (
            Callers::Some,
            "what calls it in this workspace hands over something buffered",
        ),
        Given::Bare => return None,
    };
    Some((callers, reason.to_owned()))
}

/// Of how many callers it is known what they hand over.
enum Callers {
    All,
    Some,
}

/// What the callers of a function hand over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Buffered,
    /// Some of it buffered, and nothing of it known not to be.
    Either,
    Bare,
}

/// What the callers of a function, up to `depth` calls away, hand over; `None` if that is known of none of them.
fn given(
    context: &Context<'_>,
    id: FunctionId,
    position: usize,
    kind: BufferKind,
    depth: u32,
) -> Option<Given> {
    let mut known: Option<Given> = None;
    let mut unknown = false;
    for (caller, origins) in context.usages.callers(id, position) {
        if context.index.is_test(*caller) {
            continue;
        }
        for origin in origins {
            let origin = context.flows[caller].origin(*origin);
            let one = match origin.kind {
                _ if below(kind, Some(&origin.ty)).is_some() => Some(Given::Buffered),
                OriginKind::Parameter(outer) if !origin.ty.handle().is_bare() => (depth > 0)
                    .then(|| given(context, *caller, outer, kind, depth - 1))
                    .flatten(),
                _ => Some(Given::Bare),
            };
            match (one, known) {
                (Some(Given::Bare), _) => return Some(Given::Bare),
                (Some(Given::Either), _) | (Some(Given::Buffered), Some(Given::Either)) => {
                    known = Some(Given::Either);
                }
                (Some(Given::Buffered), _) => known = Some(Given::Buffered),
                (None, _) => unknown = true,
            }
        }
    }
    known.map(|known| if unknown { Given::Either } else { known })
}

/// Why everything that uses the buffer has one of its own.
fn above(
    context: &Context<'_>,
    subject: Subject<'_>,
    kind: BufferKind,
    id: OriginId,
) -> Option<String> {
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let mut reason = None;
    for event in &events {
        match &event.kind {
            EventKind::Effect { row, .. } => {
                let effect = context.effects.row(*row);
                if effect.usage != Row::Buffers {
                    return None;
                }
                reason = Some(format!("`{}` has a buffer of its own", effect.name()));
            }
            EventKind::Argument {
                callee, parameter, ..
            } => {
                let usage = context.usages.of(&Place::Parameter(*callee, *parameter))?;
                usage.buffers.as_ref()?;
                if usage.witnesses().next().is_some() || usage.kept {
                    return None;
                }
                let name = &context.index.function(*callee).function.name;
                reason = Some(format!("`{name}` buffers what it is given"));
            }
            EventKind::Flush if kind == BufferKind::Writer => {}
            _ => return None,
        }
    }
    reason
}
