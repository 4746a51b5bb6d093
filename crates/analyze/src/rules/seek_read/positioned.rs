//! A seek and the read behind it as one read by offset, in code that is for Unix already.

use model::{Applicability, Edit, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, Imports, LINE, edit, has_comment, has_other_mentions, suffix_at};
use crate::flow::{Event, EventKind, OriginId, OriginKind};
use crate::seeks::{self, Target};
use crate::syntax::{Expr, ExprKind, StatementKind, TextRange, walk};
use crate::words::{has_word, words};

/// All pairs of a file that this function opens and nobody else sees, if it does nothing else that depends on its position.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, id: OriginId) -> Option<Fix> {
    let origin = subject.flow.origin(id);
    let is_own = matches!(&origin.kind, OriginKind::Open { api } if api == "std::fs::File::open");
    let binding = origin
        .binding
        .as_ref()
        .filter(|it| it.mutable && !it.typed)?;
    if !is_own || origin.deferred || !is_for_unix(context, subject) {
        return None;
    }
    let pairs = seeks::pairs(context, subject, id);
    let events: Vec<&Event> = subject.flow.events_on(id).collect();
    let is_paired = |event: &Event| {
        let mut ranges = pairs
            .iter()
            .flat_map(|(seek, read)| [seek.range, read.range]);
        ranges.any(|range| range == event.range)
    };
    let fits = |event: &&Event| {
        let asks = matches!(&event.kind, EventKind::Query { how } if how == "metadata");
        !event.deferred && event.origins.len() == 1 && (asks || is_paired(event))
    };
    if !events.iter().all(fits) || has_other_mentions(subject, binding, &events) {
        return None;
    }
    let mut changes = Vec::new();
    for (seek, read) in pairs {
        changes.extend(positioned(subject, &binding.name, seek, read)?);
    }
    // Nothing of it changes any more.
    let statement = subject.text_of(binding.statement);
    statement.strip_prefix("let mut ")?;
    let mutable = binding.statement.start + 4;
    changes.push(edit(subject, TextRange::new(mutable, mutable + 4), ""));
    let mut imports = Imports::default();
    imports.bring_trait(context, subject, "std::os::unix::fs::FileExt")?;
    changes.append(&mut imports.edits);
    edits::fix(
        "read by offset: one call, and the position stays where it is",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// Whether the file uses what only Unix has, without a condition.
fn is_for_unix(context: &Context<'_>, subject: Subject<'_>) -> bool {
    let uses = &context.files[subject.file.0 as usize].uses;
    let mut plain = uses.iter().filter(|statement| statement.plain);
    plain.any(|it| subject.text_of(it.range).starts_with("use std::os::unix::"))
}

/// The statements `file.seek(SeekFrom::Start(offset))?; file.read_exact(buffer)?;` as one, with what follows the read.
fn positioned(subject: Subject<'_>, name: &str, seek: &Event, read: &Event) -> Option<Vec<Edit>> {
    let Target::Start(offset) = seeks::target(subject, seek) else {
        return None;
    };
    let Some(Expr {
        kind:
            ExprKind::Method {
                receiver,
                name: how,
                arguments,
                ..
            },
        ..
    }) = walk::method_at(subject.body, read.range)
    else {
        return None;
    };
    let ("read_exact", [buffer]) = (how.as_str(), arguments.as_slice()) else {
        return None;
    };
    let (offset, buffer) = (subject.text_of(offset.range), subject.text_of(buffer.range));
    // The buffer is borrowed before the offset is worked out.
    let is_apart = !words(offset).any(|(_, word)| has_word(buffer, word));
    let suffix = suffix_at(subject.text, seek.range.end)?;
    let (block, at) = edits::home(subject.body, seek.range)?;
    let [first, second, ..] = &block.statements[at..] else {
        return None;
    };
    let whole = |range: TextRange, text: &str| subject.text_of(range) == text;
    let sought = format!("{}{suffix};", subject.text_of(seek.range));
    let follows = second.range.start == read.range.start
        && matches!(second.kind, StatementKind::Expr { .. })
        && suffix_at(subject.text, read.range.end).as_deref() == Some(&suffix);
    let text = subject.text_of(TextRange::new(first.range.start, read.range.end));
    let replaced = format!("{name}.read_exact_at({buffer}, {offset})");
    let grows = replaced
        .len()
        .saturating_sub(subject.text_of(read.range).len());
    let line = edits::line_at(subject, read.range.start).chars().count() + grows;
    let fits = matches!(suffix.as_str(), "?" | ".unwrap()")
        && whole(first.range, &sought)
        && whole(receiver.range, name)
        && follows
        && is_apart
        && !has_comment(text)
        && !replaced.contains('\n')
        && line <= LINE;
    fits.then(|| {
        let lines = TextRange::new(first.range.start, second.range.start);
        vec![
            edit(subject, lines, ""),
            edit(subject, read.range, replaced),
        ]
    })
}
