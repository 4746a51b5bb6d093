//! Files that the kernel makes when they are opened: few, small, and often links.

use crate::context::{Context, Subject};
use crate::index::FunctionId;

/// How deep callers are followed to one that names such a file.
const DEEPEST: u32 = 3;

/// Whether code names such a file.
pub(crate) fn is_named(code: &str) -> bool {
    ["\"/proc", "\"/sys", "\"/dev/fd", "\"/dev/null"]
        .iter()
        .any(|start| code.contains(start))
}

/// Whether a function, or each that calls it, names such a file.
pub(crate) fn is_meant(context: &Context<'_>, subject: Subject<'_>) -> bool {
    is_named(subject.text_of(subject.body.range)) || is_asked_of(context, subject.id)
}

/// Whether each function that calls this one has such files in mind; the code of tests left out.
pub(crate) fn is_asked_of(context: &Context<'_>, id: FunctionId) -> bool {
    is_asked_within(context, id, DEEPEST)
}

fn is_asked_within(context: &Context<'_>, id: FunctionId, depth: u32) -> bool {
    let callers = context.calls_of(id).map(|(caller, _)| caller);
    let mut callers = callers
        .filter(|caller| !context.index.is_test(*caller))
        .peekable();
    let names_one = |caller: FunctionId| {
        let subject = context.subject(caller);
        subject.is_some_and(|caller| is_named(caller.text_of(caller.body.range)))
    };
    depth > 0
        && callers.peek().is_some()
        && callers.all(|caller| names_one(caller) || is_asked_within(context, caller, depth - 1))
}
