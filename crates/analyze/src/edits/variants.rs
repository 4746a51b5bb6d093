//! A file in a variant of a private enum, which holds the file's buffer instead.

use model::Edit;

use super::stored::{READS, functions_in, is_file_kept_near, is_named_in_other_files};
use super::wrap::{CHAIN, LINE, around, line_length};
use super::{Handled, edit, indentation, insertion};
use crate::context::{Context, Subject};
use crate::flow::{Event, EventKind, Origin};
use crate::index::TypeId;
use crate::syntax::{Block, Expr, ExprKind, Path, Pattern, TextRange, walk};
use crate::words::{count_of, is_part, words};

/// The edits of the declaration and of the one place that makes the variant.
///
/// `None` where another module may name the enum, or where the file in it is used for anything but reads.
pub(super) fn buffer_in_variant(handle: Handled<'_>, wrapper: &str) -> Option<Vec<Edit>> {
    let Handled {
        context,
        subject,
        origin,
        events,
    } = handle;
    let [event] = events else { return None };
    let EventKind::Stored { of, field } = &event.kind else {
        return None;
    };
    let variant = field.strip_suffix(".0")?;
    let data = context.index.type_data(*of);
    if !data.is_enum || !is_file_kept_near(handle, *of) {
        return None;
    }
    let held = declared_file(context, subject, *of, variant)?;
    let mut seen = Seen {
        enumeration: &data.name,
        variant,
        patterns: 0,
        makers: 0,
        only_read: true,
    };
    for id in functions_in(context, subject.file) {
        if let Some(body) = &context.index.function(id).function.body {
            seen.block(subject, body);
        }
    }
    let all = mentions(subject.text, &data.name, variant);
    if !seen.only_read || seen.makers != 1 || seen.makers + seen.patterns != all {
        return None;
    }
    let mut edits = made(subject, origin, event, wrapper)?;
    edits.extend(around_type(subject, held, wrapper)?);
    Some(edits)
}

/// The type in the declaration of a variant of an enum that only its own file can name.
fn declared_file(
    context: &Context<'_>,
    subject: Subject<'_>,
    of: TypeId,
    variant: &str,
) -> Option<TextRange> {
    let name = &context.index.type_data(of).name;
    let head = format!("enum {name} {{");
    let mut found = subject.text.match_indices(&head);
    let (Some((at, _)), None) = (found.next(), found.next()) else {
        return None;
    };
    let line_start = subject.text[..at]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let others_name_it = is_named_in_other_files(context, subject.file, name);
    // A name that a `use` shortens is not looked for.
    let is_shortened = [
        format!("{name}::*"),
        format!("{name}::{{"),
        format!("{name} as "),
        format!("= {name};"),
    ]
    .iter()
    .any(|written| subject.text.contains(written));
    if !subject.text[line_start..at].trim().is_empty() || others_name_it || is_shortened {
        return None;
    }
    let from = at + head.len();
    let body = &subject.text[from..from + subject.text[from..].find('}')?];
    let mut declared = body.match_indices(variant).filter(|(at, _)| {
        let before = body[..*at].chars().next_back();
        before.is_none_or(char::is_whitespace) && body[at + variant.len()..].starts_with('(')
    });
    let (Some((at, _)), None) = (declared.next(), declared.next()) else {
        return None;
    };
    let start = from + at + variant.len() + 1;
    let length = subject.text[start..].find(')')?;
    let written = &subject.text[start..start + length];
    matches!(written, "File" | "fs::File" | "std::fs::File").then(|| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        TextRange::new(offset(start), offset(start + length))
    })
}

fn around_type(subject: Subject<'_>, held: TextRange, wrapper: &str) -> Option<Vec<Edit>> {
    let line = line_length(subject.text, held.start) + wrapper.len() + 2;
    (line <= LINE).then(|| {
        vec![
            insertion(subject, held.start, format!("{wrapper}<")),
            insertion(subject, held.end, ">"),
        ]
    })
}

/// How often code names a variant; in comments as well, so that no use is left out.
fn mentions(text: &str, enumeration: &str, variant: &str) -> usize {
    let all: Vec<(usize, &str)> = words(text).collect();
    all.windows(2)
        .filter(|pair| {
            let (at, name) = pair[0];
            pair[1].1 == variant
                && (name == enumeration || name == "Self")
                && text[at + name.len()..pair[1].0].trim() == "::"
        })
        .count()
}

struct Seen<'a> {
    enumeration: &'a str,
    variant: &'a str,
    patterns: usize,
    makers: usize,
    only_read: bool,
}

impl Seen<'_> {
    fn names(&self, path: &Path) -> bool {
        match path.segments.as_slice() {
            [.., of, last] => {
                last.name == self.variant && (of.name == self.enumeration || of.name == "Self")
            }
            _ => false,
        }
    }

    fn block(&mut self, subject: Subject<'_>, body: &Block) {
        walk::block_expressions(body, &mut |expr| {
            match &expr.kind {
                ExprKind::Path(path) if self.names(path) => self.makers += 1,
                ExprKind::Match { arms, .. } => {
                    for arm in arms.iter().filter(|arm| arm.guard.is_none()) {
                        let mut read = Reads::of(self.bound(&arm.pattern));
                        walk::expressions(&arm.body, &mut |expr| read.see(expr));
                        self.count(subject.text_of(arm.body.range), &read);
                    }
                }
                ExprKind::If {
                    condition, then, ..
                } => {
                    if let ExprKind::Let { pattern, .. } = &condition.kind {
                        let mut read = Reads::of(self.bound(pattern));
                        walk::block_expressions(then, &mut |expr| read.see(expr));
                        self.count(subject.text_of(then.range), &read);
                    }
                }
                _ => {}
            }
            true
        });
    }

    /// The name by which a pattern gets at the file; what it does in any other way is not counted, and so found to be missing.
    fn bound<'p>(&self, pattern: &'p Pattern) -> Option<&'p str> {
        match pattern {
            Pattern::TupleStruct { path, elements } if self.names(path) => {
                match elements.as_slice() {
                    [
                        Pattern::Binding {
                            name, inner: None, ..
                        },
                    ] => Some(name),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn count(&mut self, body: &str, reads: &Reads<'_>) {
        if let Some(name) = reads.of {
            self.patterns += 1;
            self.only_read &= count_of(body, name) == reads.count;
        }
    }
}

/// So many reads of what a pattern binds.
struct Reads<'a> {
    of: Option<&'a str>,
    count: usize,
}

impl<'a> Reads<'a> {
    fn of(name: Option<&'a str>) -> Self {
        Self { of: name, count: 0 }
    }

    fn see(&mut self, expr: &Expr) -> bool {
        if let ExprKind::Method { receiver, name, .. } = &expr.kind
            && READS.contains(&name.as_str())
            && matches!(&receiver.kind, ExprKind::Path(path) if path.single() == self.of)
            && self.of.is_some()
        {
            self.count += 1;
        }
        true
    }
}

/// The buffer round the file where that goes into the variant.
fn made(subject: Subject<'_>, origin: &Origin, event: &Event, wrapper: &str) -> Option<Vec<Edit>> {
    // Under a name it has been opened before: the variant would hold nothing else.
    let stored = subject.text_of(event.at);
    let is_named = stored.chars().all(is_part);
    if is_named || event.at == origin.opened && origin.opened.end > origin.range.end {
        let line = line_length(subject.text, event.at.start) + wrapper.len() + 7;
        let fits = line <= LINE && !subject.text_of(event.range).contains('\n');
        return fits.then(|| around(subject, event.at, wrapper));
    }
    // `File::open(path).map(Source::File)`
    let chain = subject.text_of(event.range);
    let rest = chain.strip_prefix(subject.text_of(origin.range))?;
    if !rest.starts_with(".map(") || chain.contains('\n') || event.range.start != origin.range.start
    {
        return None;
    }
    let mapped = format!(".map({wrapper}::new)");
    let behind = &subject.text[event.range.end as usize..];
    let ends = behind.starts_with([';', '?', ',', ')', '\n', '\r']) || behind.starts_with(" {");
    let passed = if behind.starts_with('?') { 1 } else { 0 };
    let line = line_length(subject.text, origin.range.start) + mapped.len();
    if ends && chain.len() + mapped.len() + passed <= CHAIN && line <= LINE {
        return Some(vec![insertion(subject, origin.range.end, mapped)]);
    }
    // rustfmt gives each call of a long chain a line, and the arms' brace one of its own.
    let before = &subject.text[..event.range.start as usize];
    if !before.ends_with("match ") || !behind.starts_with(" {\n") {
        return None;
    }
    let indent = indentation(subject.text, event.range.start);
    let lines = format!("\n{indent}    {mapped}\n{indent}    {rest}\n{indent}");
    let replaced = TextRange::new(origin.range.end, event.range.end + 1);
    Some(vec![edit(subject, replaced, lines)])
}
