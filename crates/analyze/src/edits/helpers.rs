//! Functions of the workspace that name `File` for a parameter, and would do with any reader or writer.

use model::{Edit, FileId};

use super::imports::in_scope;
use super::wrap::{LINE, line_length};
use super::{arguments::takes_any, edit};
use crate::context::{Context, Subject};
use crate::flow::{Direction, Event, EventKind, Origin, OriginKind, RECEIVER};
use crate::index::FunctionId;
use crate::syntax::{ExprKind, TextRange, TypeRef, walk};
use crate::types::{Handle, Ty};
use crate::words::{count_of, is_part, places_of};

/// The edits by which a function, and those it passes the parameter on to, take any reader or writer instead of a `File`.
///
/// `None` where somebody outside the workspace may call one of them, where its body does what only a `File` can, or where
/// a caller gives what merely turns into a `File`.
pub(super) fn open_up(
    context: &Context<'_>,
    callee: FunctionId,
    parameter: usize,
    writes: bool,
) -> Option<Vec<Edit>> {
    let mut seen = Vec::new();
    let mut edits = Vec::new();
    follow(context, callee, parameter, writes, &mut seen, &mut edits)?;
    leaves_no_import_unused(context, &edits).then_some(edits)
}

fn follow(
    context: &Context<'_>,
    callee: FunctionId,
    parameter: usize,
    writes: bool,
    seen: &mut Vec<(FunctionId, usize)>,
    edits: &mut Vec<Edit>,
) -> Option<()> {
    if seen.contains(&(callee, parameter)) {
        return Some(());
    }
    seen.push((callee, parameter));
    // A file may be part of several targets, which all have the function.
    let data = context.index.function(callee);
    let file = context.index.file_of(callee);
    let mut twins = context.index.function_ids().filter(|id| {
        context.index.function(*id).function.range == data.function.range
            && context.index.file_of(*id) == file
    });
    let facts = &context.files[file.0 as usize];
    let fixed = data.of_trait.is_some()
        || data.function.is_async
        // Another function of that name may stand in for it elsewhere.
        || data.function.context.conditional
        || !facts.selected
        || facts.generated;
    let is_own = |id: FunctionId| {
        !context.index.is_exported(id) && callers_give_files(context, id, parameter)
    };
    if fixed || parameter == RECEIVER || !twins.all(is_own) {
        return None;
    }
    let subject = context.subject(callee)?;
    let pattern = &data.function.parameters.get(parameter)?.pattern;
    let name = pattern.name()?;
    edits.push(any_instead_of_file(context, subject, parameter, writes)?);
    let origin = subject.flow.parameter(parameter)?;
    let events: Vec<&Event> = subject.flow.events_on(origin).collect();
    for event in &events {
        let at = subject.text_of(event.at);
        let lends = at.starts_with('&');
        let plain = at.strip_prefix("&mut ").unwrap_or(at);
        if plain != name || event.deferred || event.origins.len() > 1 {
            return None;
        }
        match &event.kind {
            EventKind::Transfer { direction, how, .. } => {
                let own = (*direction == Direction::Write) == writes;
                if !own || how.contains("_at") {
                    return None;
                }
            }
            EventKind::Flush if writes => {}
            EventKind::Effect { .. } => {}
            EventKind::Argument {
                callee, parameter, ..
            } if takes_any(context, *callee, *parameter) => {}
            EventKind::Argument {
                callee, parameter, ..
            } => {
                // One that calls itself with a loan of a loan would be another function each time.
                if lends && seen.iter().any(|(known, _)| known == callee) {
                    return None;
                }
                follow(context, *callee, *parameter, writes, seen, edits)?;
            }
            _ => return None,
        }
    }
    all_accounted_for(subject, name, &events).then_some(())
}

/// Whether every mention of a parameter belongs to one of the events.
fn all_accounted_for(subject: Subject<'_>, name: &str, events: &[&Event]) -> bool {
    let mut all = true;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::Path(path) = &expr.kind
            && path.single() == Some(name)
        {
            all &= events
                .iter()
                .any(|event| event.at.contains(expr.range) || event.range.contains(expr.range));
        }
        true
    });
    all
}

/// `File` in the declaration of a parameter as `impl Write` or `impl Read`.
fn any_instead_of_file(
    context: &Context<'_>,
    subject: Subject<'_>,
    parameter: usize,
    writes: bool,
) -> Option<Edit> {
    let function = &subject.data.function;
    let declared = function.parameters.get(parameter)?;
    let head = TextRange::new(function.range.start, subject.body.range.start);
    let signature = subject.text_of(head);
    if signature.contains("extern ") || signature.contains("const ") {
        return None;
    }
    let mut at = declared.pattern.name_range()?.end;
    let mut rest = subject.text_of(TextRange::new(at, head.end));
    let mut skip = |rest: &mut &str, prefix: &str| {
        let found = rest.strip_prefix(prefix);
        if let Some(found) = found {
            at += u32::try_from(prefix.len()).unwrap_or(0);
            *rest = found;
        }
        found.is_some()
    };
    if !skip(&mut rest, ": ") {
        return None;
    }
    let is_reference = skip(&mut rest, "&mut ");
    let length = rest.find(|c| !is_part(c) && c != ':').unwrap_or(rest.len());
    let (written, behind) = rest.split_at(length);
    let is_whole = behind.trim_start().starts_with([',', ')']);
    let is_lent = matches!(declared.declared, TypeRef::Reference { .. });
    let ty = &context.index.signature(subject.id).parameters[parameter];
    if !is_whole || is_lent != is_reference || !is_file(ty) {
        return None;
    }
    let path = if writes {
        "std::io::Write"
    } else {
        "std::io::Read"
    };
    let bound = in_scope(context, subject, path).unwrap_or_else(|| path.to_owned());
    // An import that is there for its methods only would no longer be needed.
    if bound.contains("::") && subject.text.contains(&format!("{} as _", last(path))) {
        return None;
    }
    let replacement = format!("impl {bound}");
    let line = line_length(subject.text, at) + replacement.len();
    let joined: usize = signature
        .split_whitespace()
        .map(|word| word.len() + 1)
        .sum();
    // rustfmt joins a signature that has become short enough; what it loses by that is a comma and two spaces.
    let is_joined = signature.contains('\n')
        && replacement.len() < written.len()
        && joined + replacement.len() <= LINE + written.len() + 8;
    if line > LINE + written.len() || is_joined {
        return None;
    }
    let range = TextRange::new(at, at + u32::try_from(length).ok()?);
    Some(edit(subject, range, replacement))
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

fn is_file(ty: &Ty) -> bool {
    matches!(ty, Ty::External(..)) && ty.handle() == Handle::File
}

/// Whether all that call a function give it a file itself, and nobody has it as a value.
fn callers_give_files(context: &Context<'_>, callee: FunctionId, parameter: usize) -> bool {
    let gives_file = |caller: FunctionId, call: TextRange| {
        let Some(subject) = context.subject(caller) else {
            return false;
        };
        let given = |event: &&Event| {
            event.range == call
                && matches!(&event.kind, EventKind::Argument { callee: to, parameter: as_which, .. } if *to == callee && *as_which == parameter)
        };
        let Some(event) = subject.flow.events.iter().find(given) else {
            return false;
        };
        let at = subject.text_of(event.at);
        let at = at.strip_prefix("&mut ").unwrap_or(at);
        !event.origins.is_empty()
            && event.origins.iter().all(|id| {
                let origin = subject.flow.origin(*id);
                is_file(&origin.ty) && is_itself(context, subject, origin, at)
            })
    };
    context
        .calls_of(callee)
        .all(|(caller, call)| gives_file(caller, call.range))
        && !is_a_value(context, &context.index.function(callee).function.name)
}

/// Whether what stands at a place is the file itself, and not a lock or an option that holds it.
fn is_itself(context: &Context<'_>, subject: Subject<'_>, origin: &Origin, at: &str) -> bool {
    const LAYERS: [&str; 6] = ["lock(", "borrow", "Mutex", "RefCell", "Rc::", "Arc::"];
    let plain = |declared: &TypeRef| match declared {
        TypeRef::Reference { inner } => matches!(&**inner, TypeRef::Path(path) if is_bare(path)),
        TypeRef::Path(path) => is_bare(path),
        _ => false,
    };
    match &origin.kind {
        OriginKind::Parameter(position) => {
            let parameters = &subject.data.function.parameters;
            let named = |it: &&crate::syntax::Parameter| it.pattern.name() == Some(at);
            parameters
                .get(*position)
                .filter(named)
                .is_some_and(|it| plain(&it.declared))
        }
        OriginKind::Field { of, name } => {
            let fields = &context.index.type_data(*of).fields;
            let declared = fields.iter().find(|(field, _)| field == name);
            at == format!("self.{name}") && declared.is_some_and(|(_, ty)| plain(ty))
        }
        OriginKind::Open { .. } | OriginKind::CallResult(_) => match &origin.binding {
            Some(binding) => {
                let statement = subject.text_of(binding.statement);
                at == binding.name && !LAYERS.iter().any(|layer| statement.contains(layer))
            }
            None => at == subject.text_of(origin.opened),
        },
        _ => false,
    }
}

fn is_bare(path: &crate::syntax::Path) -> bool {
    path.segments
        .iter()
        .all(|segment| segment.generics.is_empty())
}

/// Whether a function of that name may be given around as a value, or called with its generics written out.
fn is_a_value(context: &Context<'_>, name: &str) -> bool {
    context.sources.files.iter().any(|file| {
        file.text.contains(name)
            && file.text.lines().any(|line| {
                let code = line.trim_start();
                let skipped = ["//", "use ", "pub use ", "pub(crate) use "]
                    .map(|start| code.starts_with(start));
                !skipped.contains(&true) && mentions_as_value(code, name)
            })
    })
}

fn mentions_as_value(code: &str, name: &str) -> bool {
    places_of(code, name).any(|at| {
        let (before, behind) = (&code[..at], code[at + name.len()..].trim_start());
        let path = before.ends_with("::") || before.ends_with(['(', ' ', ',', '=']) || at == 0;
        path && (behind.starts_with([')', ',', ';', '.']) || behind.starts_with("::<"))
    })
}

/// Whether each file that no longer names `File` in a signature still names it, or the module it is in, elsewhere.
fn leaves_no_import_unused(context: &Context<'_>, edits: &[Edit]) -> bool {
    let named = |file: FileId, name: &str| {
        let text = &context.sources.file(file).text;
        let code = text.lines().map(str::trim_start);
        let code = code.filter(|line| !line.starts_with("//") && !line.starts_with("use "));
        code.map(|line| count_of(line, name)).sum::<usize>()
    };
    edits.iter().all(|one| {
        let written = context.sources.text(one.span);
        let first = |path: &str| path.split("::").next().unwrap_or_default().to_owned();
        let imported = first(written);
        let same = |other: &&Edit| {
            other.span.file == one.span.file && first(context.sources.text(other.span)) == imported
        };
        imported == "std" || named(one.span.file, &imported) > edits.iter().filter(same).count()
    })
}
