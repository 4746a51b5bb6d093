//! Whether what is called leads to code that says such a word: processes, questions to a person.

use crate::context::{Context, Subject};
use crate::index::FunctionId;

/// How deep calls are followed.
pub(crate) const DEEPEST: u32 = 3;

/// How code begins another process, which takes longer than a system call and has output of its own.
pub(crate) const STARTS_PROCESS: &str = "Command::new(";

/// Whether a call in that loop leads to such code, or the loop is such code itself.
pub(crate) fn loop_says(
    context: &Context<'_>,
    subject: Subject<'_>,
    innermost: u32,
    words: &[&str],
    deepest: u32,
) -> bool {
    let says = |text: &str| words.iter().any(|word| text.contains(word));
    if says(subject.text_of(subject.flow.loops[innermost as usize].range)) {
        return true;
    }
    let calls = &subject.flow.calls;
    let mut waiting: Vec<(FunctionId, u32)> = calls
        .iter()
        .filter(|call| call.loops.contains(&innermost))
        .map(|call| (call.callee, 1))
        .collect();
    let mut seen: Vec<FunctionId> = Vec::new();
    while let Some((id, depth)) = waiting.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let Some(callee) = context.subject(id) else {
            continue;
        };
        if says(callee.text_of(callee.body.range)) {
            return true;
        }
        if depth < deepest {
            let calls = callee.flow.calls.iter();
            waiting.extend(calls.map(|call| (call.callee, depth + 1)));
        }
    }
    false
}
