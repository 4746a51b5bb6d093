//! A file in a private field of a struct, which holds the file's buffer instead.

use model::{Edit, FileId};
use rustc_hash::FxHashSet;

use super::arguments::takes_any;
use super::buffer::without_loan;
use super::stored::{READS, functions_in, is_file_kept_near, leaves_alone};
use super::wrap::{LINE, around, line_length, wrap};
use super::{Handled, edit, insertion, line_at};
use crate::context::{Context, Subject};
use crate::flow::{Direction, Event, EventKind, Origin, OriginId, OriginKind};
use crate::index::TypeId;
use crate::syntax::{ExprKind, Path, TextRange, walk};
use crate::words::{is_part, places_of};

mod written;

pub(super) use written::buffer_in_written_field;

/// The edits of the declaration and of the one place that makes the struct.
///
/// `None` where code in another file can name the field, where a pattern takes the struct apart, or where the file in it
/// is used for anything but reads.
pub(super) fn buffer_in_field(handle: Handled<'_>, wrapper: &str) -> Option<Vec<Edit>> {
    let Handled { origin, events, .. } = handle;
    let (stored, before) = events.split_last()?;
    let EventKind::Stored { of, field } = &stored.kind else {
        return None;
    };
    let held = Held::of(handle, stored, before, *of, field)?;
    held.is_only(Held::is_read).then_some(())?;
    held.buffered(origin, stored, before.is_empty(), wrapper)
}

/// A field of a struct, looked at from the function that fills it.
struct Held<'a> {
    context: &'a Context<'a>,
    subject: Subject<'a>,
    of: TypeId,
    name: &'a str,
    field: &'a str,
}

impl<'a> Held<'a> {
    /// A field of a struct that only its own file can name, which one literal makes.
    fn of(
        handle: Handled<'a>,
        stored: &Event,
        before: &[&Event],
        of: TypeId,
        field: &'a str,
    ) -> Option<Self> {
        let Handled {
            context, subject, ..
        } = handle;
        let data = context.index.type_data(of);
        let before_alone = before
            .iter()
            .all(|event| leaves_alone(event) && !event.deferred && event.origins.len() == 1);
        let held = Held {
            context,
            subject,
            of,
            name: &data.name,
            field,
        };
        let fits = !data.is_enum
            && is_file_kept_near(handle, of)
            && before_alone
            && !held.is_named_elsewhere()
            && held.is_made_once(stored);
        fits.then_some(held)
    }

    /// The edits of the declaration and of the literal.
    fn buffered(
        &self,
        origin: &Origin,
        stored: &Event,
        is_only_stored: bool,
        wrapper: &str,
    ) -> Option<Vec<Edit>> {
        let subject = self.subject;
        let declared = self.declared()?;
        let line = line_length(subject.text, declared.start) + wrapper.len() + 2;
        if line > LINE {
            return None;
        }
        let mut edits = made(subject, origin, stored, is_only_stored, self.field, wrapper)?;
        edits.push(insertion(subject, declared.start, format!("{wrapper}<")));
        edits.push(insertion(subject, declared.end, ">"));
        Some(edits)
    }

    /// The type in the declaration of the field, if the field is private.
    fn declared(&self) -> Option<TextRange> {
        let text = self.subject.text;
        let head = format!("struct {}", self.name);
        let mut found = places_of(text, &head);
        let (Some(at), None) = (found.next(), found.next()) else {
            return None;
        };
        let from = at + text[at..].find('{')?;
        let between = &text[at + head.len()..from];
        let is_plain = between.trim().is_empty()
            || between.starts_with("<'") && between.trim_end().ends_with('>');
        let is_repr = text[..at].rsplit("\n\n").next()?.contains("repr(");
        if !is_plain || between.contains(';') || is_repr {
            return None;
        }
        let end = from + text[from..].find("\n}")?;
        let mut declared = places_of(&text[from..end], self.field).filter_map(|at| {
            let at = from + at;
            // A word before it is its visibility.
            let is_first = text[..at].rsplit('\n').next()?.trim().is_empty();
            let rest = text[at + self.field.len()..end].strip_prefix(": ")?;
            let written = rest.lines().next()?.trim_end().strip_suffix(',')?;
            let is_file = matches!(written, "File" | "fs::File" | "std::fs::File");
            let start = end - rest.len();
            (is_first && is_file)
                .then(|| TextRange::new(offset(start), offset(start + written.len())))
        });
        let only = declared.next()?;
        declared.next().is_none().then_some(only)
    }

    /// Whether another file can get at the private field, and has its name behind a dot or takes the struct apart.
    fn is_named_elsewhere(&self) -> bool {
        self.files_below().into_iter().any(|file| {
            let text = &self.context.sources.file(file).text;
            accesses(text, self.field).next().is_some()
                || before_braces(text, self.name).next().is_some()
        })
    }

    /// The other files with code inside the module that declares the struct.
    fn files_below(&self) -> FxHashSet<FileId> {
        let index = self.context.index;
        let own = index.module(index.type_data(self.of).module);
        let below = index.function_ids().filter(|id| {
            let module = index.module(index.function(*id).module);
            module.crate_name == own.crate_name && module.path.starts_with(&own.path)
        });
        let mut files: FxHashSet<FileId> = below.map(|id| index.file_of(id)).collect();
        files.remove(&self.subject.file);
        files
    }

    /// Whether one literal makes the struct, in which the file is stored, and no pattern takes it apart.
    fn is_made_once(&self, stored: &Event) -> bool {
        let text = self.subject.text;
        let mut made = 0;
        let mut whole = false;
        let mut by_self = 0;
        for id in functions_in(self.context, self.subject.file) {
            let data = self.context.index.function(id);
            let Some(body) = &data.function.body else {
                continue;
            };
            let is_own = data.of == Some(self.of);
            walk::block_expressions(body, &mut |expr| {
                if let ExprKind::Struct { path, base, .. } = &expr.kind
                    && self.names(path, is_own)
                {
                    made += 1;
                    whole |= base.is_none() && expr.range.contains(stored.at);
                }
                true
            });
            if is_own {
                by_self += before_braces(self.subject.text_of(body.range), "Self").count();
            }
        }
        let declares = |at: &usize| {
            let before = text[..*at].trim_end();
            ["struct", "impl", "for", "->", ">"]
                .iter()
                .any(|word| before.ends_with(word))
        };
        let by_name = before_braces(text, self.name).filter(|at| !declares(at));
        made == 1 && whole && by_self + by_name.count() == 1
    }

    fn names(&self, path: &Path, is_own: bool) -> bool {
        path.last() == self.name || is_own && path.single() == Some("Self")
    }

    /// Whether each mention of the field is of a kind.
    fn is_only(&self, is_of_kind: impl Fn(&Self, Subject<'_>, TextRange) -> bool) -> bool {
        let mut seen = FxHashSet::default();
        let mut of_others = 0;
        for id in functions_in(self.context, self.subject.file) {
            let Some(subject) = self.context.subject(id) else {
                continue;
            };
            let is_other = subject.data.of.is_some_and(|of| of != self.of);
            let mut all_fit = true;
            walk::block_expressions(subject.body, &mut |expr| {
                let ExprKind::Field { base, name } = &expr.kind else {
                    return true;
                };
                if name != self.field || !seen.insert((expr.range.start, expr.range.end)) {
                    return true;
                }
                let is_self =
                    matches!(&base.kind, ExprKind::Path(path) if path.single() == Some("self"));
                if is_other && is_self || self.is_of_another(subject, expr.range) {
                    of_others += 1;
                } else {
                    all_fit &= is_of_kind(self, subject, expr.range);
                }
                true
            });
            if !all_fit {
                return false;
            }
        }
        seen.len() > of_others && seen.len() == accesses(self.subject.text, self.field).count()
    }

    /// Whether a field of that name is known to be that of another type.
    fn is_of_another(&self, subject: Subject<'_>, at: TextRange) -> bool {
        let events = subject.flow.events.iter();
        let mut origins = events
            .filter(|event| is_lent_or_bare(subject, event, at))
            .flat_map(|event| &event.origins)
            .peekable();
        origins.peek().is_some()
            && origins.all(|id| {
                matches!(&subject.flow.origin(*id).kind, OriginKind::Field { of, .. } if *of != self.of)
            })
    }

    fn is_it(&self, subject: Subject<'_>, id: OriginId) -> bool {
        matches!(&subject.flow.origin(id).kind, OriginKind::Field { of, name } if *of == self.of && name == self.field)
    }

    /// Whether a mention of the field is a read, or lends it to what takes any reader.
    fn is_read(&self, subject: Subject<'_>, at: TextRange) -> bool {
        let events = subject.flow.events.iter();
        let mut events = events
            .filter(|event| is_lent_or_bare(subject, event, at))
            .peekable();
        let written = |event: &Event| subject.text_of(event.at);
        events.peek().is_some()
            && events.all(|event| {
                event.origins.iter().all(|id| self.is_it(subject, *id))
                    && match &event.kind {
                        EventKind::Transfer {
                            direction: Direction::Read,
                            how,
                            ..
                        } => READS.contains(&how.as_str()) && event.at == at,
                        EventKind::Effect {
                            by_value: false, ..
                        } => written(event).starts_with("&mut "),
                        EventKind::Argument {
                            callee,
                            parameter,
                            by_value: false,
                        } => {
                            written(event).starts_with("&mut ")
                                && takes_any(self.context, *callee, *parameter)
                        }
                        _ => false,
                    }
            })
    }
}

/// Whether an event is about what stands at a place, or a loan of it.
fn is_lent_or_bare(subject: Subject<'_>, event: &Event, at: TextRange) -> bool {
    without_loan(subject, event.at) == at
}

/// Where a text has a name behind a dot that is no call; in comments as well, so that no use is left out.
fn accesses<'a>(text: &'a str, field: &'a str) -> impl Iterator<Item = usize> + 'a {
    places_of(text, field).filter(move |at| {
        text[..*at].trim_end().ends_with('.') && !text[at + field.len()..].starts_with('(')
    })
}

/// Where a word stands before a brace.
fn before_braces<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    places_of(text, word).filter(move |at| text[at + word.len()..].trim_start().starts_with('{'))
}

/// The buffer round the file, where that is opened if it is used for nothing else, or else where it goes into the struct.
fn made(
    subject: Subject<'_>,
    origin: &Origin,
    stored: &Event,
    is_only_stored: bool,
    field: &str,
    wrapper: &str,
) -> Option<Vec<Edit>> {
    let written = subject.text_of(stored.at);
    let Some(binding) = &origin.binding else {
        let fits = line_length(subject.text, stored.at.start) + wrapper.len() + 7 <= LINE;
        let is_whole =
            stored.at == origin.opened && !written.contains('\n') && is_alone(subject, stored);
        return (is_whole && fits && is_only_stored).then(|| around(subject, stored.at, wrapper));
    };
    if written != binding.name || !written.chars().all(is_part) || stored.deferred {
        return None;
    }
    if is_only_stored {
        return wrap(subject, origin, wrapper, false);
    }
    // rustfmt breaks a literal in one line that has become longer.
    if !is_alone(subject, stored) {
        return None;
    }
    let is_short = line_at(subject, stored.at.start).trim() == format!("{written},");
    let label = match is_short {
        true => format!("{field}: "),
        false => String::new(),
    };
    Some(vec![edit(
        subject,
        stored.at,
        format!("{label}{wrapper}::new({written})"),
    )])
}

/// Whether a field of a literal has a line to itself.
fn is_alone(subject: Subject<'_>, stored: &Event) -> bool {
    let line = line_at(subject, stored.at.start).trim();
    let value = subject.text_of(stored.at);
    line.ends_with(&format!("{value},"))
        && !line[..line.len() - value.len() - 1].contains(['{', ',', '('])
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
