//! What fixes ask where a file is kept in a value of the workspace.

use model::FileId;
use rustc_hash::FxHashSet;

use super::Handled;
use crate::context::Context;
use crate::flow::{Event, EventKind};
use crate::index::{FunctionId, TypeId};
use crate::types::{Handle, Ty};
use crate::words::has_word;

/// What a buffered reader does just as the file does.
pub(super) const READS: [&str; 5] = [
    "read",
    "read_exact",
    "read_to_end",
    "read_to_string",
    "read_vectored",
];

/// Whether the handle is a file, and the type that keeps it is declared in the module that opens it: the buffer is written there
/// by the same name.
pub(super) fn is_file_kept_near(handle: Handled<'_>, of: TypeId) -> bool {
    let Handled {
        context,
        subject,
        origin,
        ..
    } = handle;
    let module = context.index.type_data(of).module;
    matches!(origin.ty, Ty::External(..))
        && origin.ty.handle() == Handle::File
        && module == context.index.named(subject.data.module)
        && context.index.module(module).file == subject.file
}

/// Whether another file of the workspace names a type, or anything else by its name.
pub(super) fn is_named_in_other_files(context: &Context<'_>, own: FileId, name: &str) -> bool {
    context
        .sources
        .files
        .iter()
        .any(|file| file.id != own && file.text.contains(name) && has_word(&file.text, name))
}

/// Whether a buffer may be put round a handle behind an event: nothing else holds it, and it is not gone.
pub(super) fn leaves_alone(event: &Event) -> bool {
    match &event.kind {
        EventKind::Transfer { .. } | EventKind::Seek { .. } | EventKind::Mentioned => true,
        EventKind::Query { how } => how != "try_clone",
        _ => false,
    }
}

/// The functions of a file that have a body, each once: several targets may have the file.
pub(super) fn functions_in(context: &Context<'_>, file: FileId) -> Vec<FunctionId> {
    let index = context.index;
    let mut seen = FxHashSet::default();
    let in_file = index.function_ids().filter(|id| index.file_of(*id) == file);
    in_file
        .filter(|id| {
            let body = index.function(*id).function.body.as_ref();
            body.is_some_and(|body| seen.insert((body.range.start, body.range.end)))
        })
        .collect()
}
