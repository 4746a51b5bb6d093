//! The type that reading the directory has told, in the place of a look-up.

use model::{Applicability, Edit, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, LINE, edit, indentation, insertion};
use crate::flow::{Binding, Event, EventKind, Origin, OriginId, OriginKind};
use crate::syntax::{Closure, Expr, ExprKind, TextRange, walk};
use crate::words::{count_of, has_word, is_word, places_of};

/// So much longer the question to the entry may be.
const LONGEST: usize = 60;
const TITLE: &str = "ask the entry for its type";

/// Methods that take a result or an option apart and hand back what is in it, or leave.
const OPENING: &[&str] = &["unwrap", "expect", "map_err", "context", "with_context"];

/// Attributes become the entry's type. `DirEntry::metadata` does not follow a symbolic link either, but where a directory may
/// be listed and not searched, only that fails.
pub(super) fn attributes(
    subject: Subject<'_>,
    id: OriginId,
    api: &str,
    of: OriginId,
) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    // A type has no type of its own.
    let asks_again = subject
        .flow
        .events_on(id)
        .any(|event| matches!(&event.kind, EventKind::Method { how } if how == "file_type"));
    if asks_again || origin.binding.as_ref().is_some_and(|binding| binding.typed) {
        return None;
    }
    let source = subject.flow.origin(of);
    let (entry, listed) = match &source.kind {
        OriginKind::Entry { api } => (of, api.as_str()),
        OriginKind::EntryPath { of } => match &subject.flow.origin(*of).kind {
            OriginKind::Entry { api } => (*of, api.as_str()),
            _ => return None,
        },
        _ => return None,
    };
    let text = subject.text_of(origin.range);
    let changed = match (api, listed) {
        ("DirEntry::metadata", "std::fs::DirEntry") => {
            let at = origin.range.start + u32::try_from(text.rfind("metadata")?).ok()?;
            edit(subject, TextRange::new(at, at + 8), "file_type")
        }
        ("DirEntry::metadata", "walkdir::DirEntry") => of_a_walk(subject, origin)?,
        // Of a link that leads nowhere there are no attributes: whoever looks at the failure means that.
        _ if origin.opened != origin.range && !speaks_of_links(subject) => {
            let name = entry_of(text)?;
            if is_gone(subject, entry) || api.contains("symlink") {
                return None;
            }
            match listed {
                "std::fs::DirEntry" => edit(subject, origin.range, format!("{name}.file_type()")),
                "walkdir::DirEntry" => edit(subject, origin.opened, format!("{name}.file_type()")),
                _ => return None,
            }
        }
        _ => return None,
    };
    edits::fix(TITLE, Applicability::MaybeIncorrect, vec![changed])
}

/// The name of the entry in `fs::metadata(entry.path())`, `entry.path().metadata()`.
fn entry_of(text: &str) -> Option<&str> {
    let path = match text.strip_suffix(".metadata()") {
        Some(path) => path,
        None => text.split_once("metadata(")?.1.strip_suffix(')')?,
    };
    let name = path.trim_start_matches('&').strip_suffix(".path()")?;
    is_word(name).then_some(name)
}

/// walkdir's `metadata` can fail where its `file_type` cannot: what looks at the failure goes as well.
fn of_a_walk(subject: Subject<'_>, origin: &Origin) -> Option<Edit> {
    let text = subject.text_of(origin.range);
    let entry = text.strip_suffix(".metadata()")?;
    if entry.contains('\n') {
        return None;
    }
    if origin.opened != origin.range {
        return Some(edit(subject, origin.opened, format!("{entry}.file_type()")));
    }
    // `entry.metadata().map(|m| m.is_dir()).unwrap_or(false)` and the like.
    let (outer, how) = asked_by_closure(subject, origin.range)?;
    Some(edit(subject, outer, format!("{entry}.file_type().{how}()")))
}

/// The expression that asks a result for what a closure asks, and says no where it failed.
fn asked_by_closure(subject: Subject<'_>, range: TextRange) -> Option<(TextRange, String)> {
    let mut found: Option<(TextRange, String, bool)> = None;
    let mut defaulted = None;
    walk::block_expressions(subject.body, &mut |expr| {
        let ExprKind::Method {
            receiver,
            name,
            arguments,
            ..
        } = &expr.kind
        else {
            return true;
        };
        if receiver.range == range {
            let (closure, complete) = match (name.as_str(), arguments.as_slice()) {
                ("is_ok_and", [closure]) => (closure, true),
                ("map_or", [no, closure]) if subject.text_of(no.range) == "false" => {
                    (closure, true)
                }
                ("map", [closure]) => (closure, false),
                _ => return true,
            };
            if let Some(how) = asks_type(closure) {
                found = Some((expr.range, how.to_owned(), complete));
            }
        }
        let says_no = match (name.as_str(), arguments.as_slice()) {
            ("unwrap_or", [no]) => subject.text_of(no.range) == "false",
            ("unwrap_or_default", []) => true,
            _ => false,
        };
        if says_no && receiver.range.start == range.start && receiver.range.contains(range) {
            defaulted = Some((receiver.range, expr.range));
        }
        true
    });
    let (asked, how, complete) = found?;
    match defaulted {
        _ if complete => Some((asked, how)),
        Some((receiver, outer)) if receiver == asked => Some((outer, how)),
        _ => None,
    }
}

/// `|metadata| metadata.is_dir()`
fn asks_type(closure: &Expr) -> Option<&str> {
    let ExprKind::Closure(Closure {
        parameters, body, ..
    }) = &closure.kind
    else {
        return None;
    };
    let [parameter] = parameters.as_slice() else {
        return None;
    };
    match &body.kind {
        ExprKind::Method { receiver, name, .. } if super::is_type_question(name) => {
            let asks =
                matches!(&receiver.kind, ExprKind::Path(path) if path.single() == parameter.name());
            (asks && name != "file_type").then_some(name)
        }
        _ => None,
    }
}

/// Whether following links may be the point of a function, or of what lies where it looks.
fn speaks_of_links(subject: Subject<'_>) -> bool {
    const WORDS: [&str; 5] = [
        "\"/dev",
        ".is_symlink()",
        "follow_links",
        "follow_symlinks",
        "read_link",
    ];
    let text = subject.text_of(subject.body.range);
    WORDS.iter().any(|word| text.contains(word))
}

fn is_gone(subject: Subject<'_>, entry: OriginId) -> bool {
    subject.flow.events_on(entry).any(|event| {
        matches!(
            event.kind,
            EventKind::Dropped
                | EventKind::Escape { by_value: true, .. }
                | EventKind::Argument { by_value: true, .. }
        )
    })
}

/// `path.is_dir()` becomes a question to the entry, which does not follow a symbolic link.
pub(super) fn question(
    context: &Context<'_>,
    subject: Subject<'_>,
    id: OriginId,
    asked: &[(&Event, &str)],
    entry: OriginId,
) -> Option<Fix> {
    let only_of_links = asked.iter().all(|(_, how)| *how == "is_symlink");
    if is_gone(subject, entry) || !only_of_links && speaks_of_links(subject) {
        return None;
    }
    let OriginKind::Entry { api } = &subject.flow.origin(entry).kind else {
        return None;
    };
    let origin = subject.flow.origin(id);
    // What is pushed to the path leads elsewhere.
    if origin
        .binding
        .as_ref()
        .is_some_and(|binding| binding.mutable)
    {
        return None;
    }
    let made = subject.text_of(origin.range).strip_suffix(".path()")?;
    let is_name = is_word(made);
    let mut changes = Vec::new();
    let name = match &origin.binding {
        _ if is_name => made.to_owned(),
        Some(binding) => {
            let (name, mut edits) = kept_entry(subject, id, binding, asked)?;
            changes.append(&mut edits);
            name
        }
        None if asked.len() == 1 && is_made_by_value(subject, origin.range) => made.to_owned(),
        None => return None,
    };
    let mut named: Vec<&str> = Vec::new();
    let succeeds = match edits::knows(context, subject.file, "is_ok_and") {
        true => "is_ok_and(",
        false => "map_or(false, ",
    };
    for (event, how) in asked {
        let text = match api.as_str() {
            "walkdir::DirEntry" => format!("{name}.file_type().{how}()"),
            "std::fs::DirEntry" => format!("{name}.file_type().{succeeds}|kind| kind.{how}())"),
            _ => return None,
        };
        if text.chars().count() > CHAIN {
            return None;
        }
        let grows = text
            .len()
            .saturating_sub(subject.text_of(event.range).len());
        if edits::line_at(subject, event.range.start).chars().count() + grows <= LINE {
            changes.push(edit(subject, event.range, text));
            continue;
        }
        // rustfmt would break the line: the answer gets a line of its own, behind the path.
        let binding = origin.binding.as_ref()?;
        let body = subject.text_of(subject.data.function.range);
        let is_free = places_of(body, how).all(|at| body[..at].ends_with('.'));
        if !is_free {
            return None;
        }
        if !named.contains(how) {
            let indent = indentation(subject.text, binding.statement.start);
            let line = format!("\n{indent}let {how} = {text};");
            changes.push(insertion(subject, binding.statement.end, line));
            named.push(how);
        }
        changes.push(edit(subject, event.range, *how));
    }
    // Each answer is behind the path, and there is one place for the first of them only.
    if named.len() > 1 {
        return None;
    }
    edits::fix(TITLE, Applicability::MaybeIncorrect, changes)
}

/// `let path = entry?.path();` parted, so that the entry is still there when it is asked: its name, and the edits.
fn kept_entry(
    subject: Subject<'_>,
    id: OriginId,
    binding: &Binding,
    asked: &[(&Event, &str)],
) -> Option<(String, Vec<Edit>)> {
    let origin = subject.flow.origin(id);
    let text = subject.text_of(origin.range);
    let made = text.strip_suffix(".path()")?;
    let root = made.split(['.', '?']).next()?;
    if binding.typed || text.contains('\n') || !is_made_by_value(subject, origin.range) {
        return None;
    }
    // A name that the function has for something else may be looked for behind the question.
    let body = subject.text_of(subject.data.function.range);
    let is_used = has_word(body, "entry");
    let name = match (root, is_used) {
        (root, _) if root == "entry" && binding.name != "entry" => root,
        (_, false) => "entry",
        (root, true) if root != binding.name => root,
        _ => return None,
    };
    let statement = subject.text_of(binding.statement);
    let behind = statement.strip_suffix(';')?.ends_with(text);
    let place = TextRange::new(binding.statement.end, binding.block.end);
    let uses = count_of(subject.text_of(place), &binding.name);
    if !behind || !statement.starts_with("let ") {
        return None;
    }
    let long = asked.iter().any(|(event, _)| {
        let line = edits::line_at(subject, event.range.start);
        line.chars().count() + LONGEST > LINE
    });
    if uses == asked.len() && !long {
        // Nothing but its type was asked of the path.
        let line = format!("let {name} = {made};");
        return Some((
            name.to_owned(),
            vec![edit(subject, binding.statement, line)],
        ));
    }
    let indent = indentation(subject.text, binding.statement.start);
    let line = format!("let {name} = {made};\n{indent}");
    let receiver = TextRange::new(
        origin.range.start,
        origin.range.start + u32::try_from(made.len()).ok()?,
    );
    let edits = vec![
        insertion(subject, binding.statement.start, line),
        edit(subject, receiver, name),
    ];
    Some((name.to_owned(), edits))
}

/// Whether the receiver of `path()` is a variable that is taken apart there, so that nobody else has it.
fn is_made_by_value(subject: Subject<'_>, range: TextRange) -> bool {
    let Some(Expr {
        kind: ExprKind::Method { receiver, .. },
        ..
    }) = walk::method_at(subject.body, range)
    else {
        return false;
    };
    let mut at = receiver.as_ref();
    loop {
        match &at.kind {
            ExprKind::Try(inner) => at = inner,
            ExprKind::Method { receiver, name, .. } if OPENING.contains(&name.as_str()) => {
                at = receiver;
            }
            ExprKind::Path(path) => return path.single().is_some() && at.range != receiver.range,
            _ => return false,
        }
    }
}
