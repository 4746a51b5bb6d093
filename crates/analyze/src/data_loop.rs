//! Loops over data, in which the same thing is done to each of many items: not loops that wait, retry or poll.

use crate::context::Subject;
use crate::flow::Loop;
use crate::syntax::{Expr, ExprKind, LoopKind, TextRange, walk};

/// Words in a loop that waits for somebody, starts threads, or tries again.
const WAITS: &[&str] = &[
    "sleep(",
    ".recv(",
    "recv_timeout(",
    "try_recv(",
    "accept(",
    "incoming(",
    "select!",
    ".wait(",
    "park(",
    "spawn(",
    "stdin(",
    "read_line(",
    "retry",
    "retries",
    "attempt",
    "Instant::now",
    "thread::",
    "par_iter",
    "par_bridge",
    "par_chunks",
    "notify",
];

/// The innermost loop over data around a place that is within `loops`, those within `outer` left out.
pub(crate) fn data_loop<'a>(
    subject: Subject<'a>,
    loops: &[u32],
    outer: &[u32],
) -> Option<&'a Loop> {
    if !subject.flow.repeats(loops, outer) {
        return None;
    }
    let around = loops.iter().rfind(|id| !outer.contains(id))?;
    let around = &subject.flow.loops[*around as usize];
    let text = subject.text_of(around.range);
    let over_data = match around.kind {
        None | Some(LoopKind::For) => true,
        Some(LoopKind::While) => true,
        Some(LoopKind::Loop) => false,
    };
    (over_data && !WAITS.iter().any(|word| text.contains(word))).then_some(around)
}

/// The conditions under which a place is reached within `around`, as text, innermost last.
pub(crate) fn conditions<'a>(
    subject: Subject<'a>,
    around: TextRange,
    place: TextRange,
) -> Vec<&'a str> {
    let mut found = Vec::new();
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        if !expr.range.contains(place) {
            return false;
        }
        if let ExprKind::If {
            condition, then, ..
        } = &expr.kind
            && around.contains(expr.range)
            && !condition.range.contains(place)
            && (then.range.contains(place) || expr.range.contains(place))
        {
            found.push(&subject.text[condition.range.at()]);
        }
        true
    });
    found
}
