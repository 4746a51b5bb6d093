//! A loop that reads into a buffer and hands its bytes to the writer one by one.

use super::read_buffer;
use crate::context::{Context, Subject};
use crate::flow::{Direction, Event, EventKind, OriginKind};
use crate::index::FunctionId;
use crate::syntax::{Block, Expr, ExprKind, LoopKind, Operator, TextRange, walk};

/// The read and the write of a loop that does nothing else.
pub(super) fn copies<'a>(
    context: &Context<'_>,
    subject: Subject<'a>,
    id: u32,
    range: TextRange,
) -> Option<(&'a Event, &'a Event)> {
    let inside = || {
        subject
            .flow
            .events
            .iter()
            .filter(|event| range.contains(event.range))
    };
    let transfers = |event: &&Event, wanted: Direction| matches!(&event.kind, EventKind::Transfer { direction, .. } if *direction == wanted);
    let mut reads = inside().filter(|event| transfers(event, Direction::Read));
    let read = reads.next().filter(|read| {
        read.loops.last() == Some(&id)
            && matches!(&read.kind, EventKind::Transfer { how, .. } if how == "read")
    })?;
    if reads.next().is_some() {
        return None;
    }
    let buffer = read_buffer(subject, read)?;
    let (inner, byte) = byte_loop(subject, range, &buffer)?;
    let mut writes = inside().filter(|event| {
        transfers(event, Direction::Write) || matches!(event.kind, EventKind::Argument { .. })
    });
    let write = writes.next().filter(|write| inner.contains(write.range))?;
    let whole = match &write.kind {
        EventKind::Transfer { how, .. } => {
            is_write(how) && writes_only(subject.text_of(write.range), &byte)
        }
        EventKind::Argument {
            callee, parameter, ..
        } => passes_byte_on(context, *callee, *parameter),
        _ => false,
    };
    let alone = writes.next().is_none()
        && !does_more(subject, range, &buffer)
        && mentions(subject.body, inner, &byte) == 1;
    (whole && alone).then_some((read, write))
}

fn is_write(how: &str) -> bool {
    matches!(how, "write" | "write_all")
}

/// `writer.write_all(&[*byte])` and the like.
fn writes_only(call: &str, byte: &str) -> bool {
    let text: String = call.split_whitespace().collect();
    [format!("(&[*{byte}])"), format!("(&[{byte}])")]
        .iter()
        .any(|ending| text.ends_with(ending))
}

/// `for byte in &buffer[..read]`.
fn byte_loop(subject: Subject<'_>, range: TextRange, buffer: &str) -> Option<(TextRange, String)> {
    let mut found = None;
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        if range.contains(expr.range)
            && let ExprKind::Loop {
                kind: LoopKind::For,
                pattern: Some(pattern),
                iterated: Some(iterated),
                ..
            } = &expr.kind
        {
            let text = subject.text_of(iterated.range).trim_end_matches(".iter()");
            let slice = text.trim_start_matches('&');
            let of_buffer = [format!("{buffer}[.."), format!("{buffer}[0..")]
                .iter()
                .any(|start| slice.starts_with(start) && slice.ends_with(']'));
            if let (true, Some(byte)) = (of_buffer, pattern.name()) {
                found = Some((expr.range, byte.to_owned()));
            }
        }
        true
    });
    found
}

/// Whether a function writes one of its other parameters to that one as it is, and does nothing else with it.
fn passes_byte_on(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let Some(flow) = context.flows.get(&callee) else {
        return false;
    };
    let writer = flow.ids().find(
        |id| matches!(flow.origin(*id).kind, OriginKind::Parameter(position) if position == parameter),
    );
    let Some(writer) = writer else { return false };
    let mut events = flow.events_on(writer);
    let (Some(only), None) = (events.next(), events.next()) else {
        return false;
    };
    let text = &context.sources.file(context.index.file_of(callee)).text;
    let call = text.get(only.range.at()).unwrap_or_default();
    let parameters = &context.index.function(callee).function.parameters;
    let body = context.index.function(callee).function.body.as_ref();
    let passes = parameters
        .iter()
        .filter_map(|one| one.pattern.name())
        .any(|name| {
            writes_only(call, name)
                && body.is_some_and(|body| mentions(body, body.range, name) == 1)
        });
    passes
        && matches!(&only.kind, EventKind::Transfer { direction: Direction::Write, how, .. } if is_write(how))
}

/// How often a name is spoken within a range: who compares a byte does not write each.
fn mentions(body: &Block, range: TextRange, name: &str) -> usize {
    let mut count = 0;
    walk::block_expressions(body, &mut |expr: &Expr| {
        if let ExprKind::Path(path) = &expr.kind {
            count += usize::from(range.contains(expr.range) && path.single() == Some(name));
        }
        true
    });
    count
}

/// Whether a loop does anything besides: other calls than those that make a handle, other uses of the bytes, assignments.
fn does_more(subject: Subject<'_>, range: TextRange, buffer: &str) -> bool {
    let makes =
        |range: TextRange| {
            subject.flow.origins.iter().any(|origin| {
                origin.range == range && matches!(origin.kind, OriginKind::Open { .. })
            })
        };
    let (mut calls, mut mentions, mut more) = (0, 0, false);
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        if !range.contains(expr.range) {
            return true;
        }
        match &expr.kind {
            ExprKind::Method { name, .. } => {
                calls += usize::from(
                    !super::passes_on(name) && !matches!(name.as_str(), "iter" | "lock"),
                );
            }
            ExprKind::Call { callee, .. } => {
                calls += usize::from(!makes(expr.range) && !super::wraps(callee));
            }
            ExprKind::Path(path) => mentions += usize::from(path.single() == Some(buffer)),
            ExprKind::Macro(_) | ExprKind::Assign { .. } => more = true,
            ExprKind::Binary {
                operator: Operator::Assign,
                ..
            } => more = true,
            _ => {}
        }
        true
    });
    more || calls != 2 || mentions != 2
}
