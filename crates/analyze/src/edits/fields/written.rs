//! A file in a private field that is only written to: the field holds the file's buffer, and whoever makes the struct flushes it,
//! or the method in which the struct ends does.

use model::Edit;

use super::{Held, is_lent_or_bare};
use crate::context::Subject;
use crate::edits::errors::{ignores_failure, suffix_at};
use crate::edits::exits::early_exits;
use crate::edits::flush::flush_edits;
use crate::edits::holders::uses;
use crate::edits::stored::is_named_in_other_files;
use crate::edits::{Handled, Imports, NamedValue, named_value, takes_any};
use crate::flow::{Binding, Call, Direction, Event, EventKind, Origin, OriginKind};
use crate::index::FunctionId;
use crate::syntax::{Block, TextRange, TypeRef};
use crate::types::Ty;
use crate::words::{count_of, has_word, places_of};

/// The writes that a buffered writer does as the file does.
const WRITES: [&str; 5] = ["write_all", "write", "write_fmt", "write!", "writeln!"];

/// The edits of the declaration, of the one place that makes the struct, and of the flushes.
///
/// `None` unless every value of the struct is bound to a variable by which it is used until it is flushed: all that is done with
/// the field are writes, nothing but the file can name the struct, and its one constructor is only called for such a variable.
pub(in crate::edits) fn buffer_in_written_field(
    handle: Handled<'_>,
    wrapper: &str,
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let Handled {
        context,
        origin,
        events,
        ..
    } = handle;
    let (stored, before) = events.split_last()?;
    let EventKind::Stored { of, field } = &stored.kind else {
        return None;
    };
    let held = Held::of(handle, stored, before, *of, field)?;
    let data = context.index.type_data(*of);
    if data.implements("Drop") || held.is_type_named_elsewhere() || !held.is_only(Held::is_written)
    {
        return None;
    }
    let sites = held.sites()?;
    let mut edits = held.buffered(origin, stored, before.is_empty(), wrapper)?;
    for site in &sites {
        edits.extend(held.ended(site, imports)?);
    }
    Some(edits)
}

/// A variable that a call of the constructor makes.
struct Site<'a> {
    subject: Subject<'a>,
    /// The block that has the variable.
    block: &'a Block,
    holder: &'a str,
    binding: Binding,
    made: Origin,
}

impl<'a> Held<'a> {
    /// Whether another file names the type, among those that can.
    fn is_type_named_elsewhere(&self) -> bool {
        let (context, text) = (self.context, self.subject.text);
        let mut declared = places_of(text, self.name).map(|at| text[..at].trim_end());
        if declared.any(|before| before.ends_with("struct") && !is_private(before)) {
            return is_named_in_other_files(context, self.subject.file, self.name);
        }
        let mut below = self.files_below().into_iter();
        below.any(|file| has_word(&context.sources.file(file).text, self.name))
    }

    /// Whether a mention of the field writes to it, flushes it, or lends it to what takes any writer.
    fn is_written(&self, subject: Subject<'_>, at: TextRange) -> bool {
        let events = subject.flow.events.iter();
        let mut events = events
            .filter(|event| is_lent_or_bare(subject, event, at))
            .peekable();
        let lent = |event: &Event| subject.text_of(event.at).starts_with("&mut ");
        events.peek().is_some()
            && events.all(|event| {
                !event.deferred
                    && event.origins.iter().all(|id| self.is_it(subject, *id))
                    && match &event.kind {
                        EventKind::Transfer {
                            direction: Direction::Write,
                            how,
                            ..
                        } => {
                            let plain = WRITES.contains(&how.as_str()) && event.at == at;
                            plain && !ignores_failure(subject.text, event.range)
                        }
                        EventKind::Flush => event.at == at,
                        EventKind::Argument {
                            callee,
                            parameter,
                            by_value: false,
                        } => lent(event) && takes_any(self.context, *callee, *parameter),
                        _ => false,
                    }
            })
    }

    /// The variables that the constructor's calls make; `None` if it is named in any other way, or nobody calls it.
    fn sites(&self) -> Option<Vec<Site<'a>>> {
        let (context, constructor) = (self.context, self.subject);
        let data = constructor.data;
        let returns = data.function.returns.as_ref()?;
        if data.of != Some(self.of) || data.function.has_self || !self.is_itself(returns) {
            return None;
        }
        let text = constructor.text;
        let call = format!("::{}(", data.function.name);
        let head = TextRange::new(data.function.range.start, constructor.body.range.start);
        let mut named = 0;
        for at in places_of(text, self.name) {
            let (before, after) = (text[..at].trim_end(), &text[at + self.name.len()..]);
            let declares = before.ends_with("struct") || before.ends_with("impl");
            let is_literal = after.trim_start().starts_with('{');
            if before.ends_with("pub struct") {
                // Others outside the workspace may make one.
                return None;
            }
            if after.starts_with(&call) {
                named += 1;
            } else if !declares && !is_literal && !head.at().contains(&at) {
                return None;
            }
        }
        named += text.matches(&format!("Self{call}")).count();
        let calls: Vec<(FunctionId, &Call)> = context.calls_of(constructor.id).collect();
        if calls.is_empty() || calls.len() != named {
            return None;
        }
        let sites = calls
            .into_iter()
            .map(|(caller, call)| self.site(caller, call));
        sites.collect()
    }

    /// Whether what a function returns is the struct, or a result of it.
    fn is_itself(&self, returns: &TypeRef) -> bool {
        let TypeRef::Path(path) = returns else {
            return false;
        };
        let is_self = |path: &crate::syntax::Path| {
            path.single() == Some("Self") || path.single() == Some(self.name)
        };
        let first = path.segments.last().and_then(|last| last.generics.first());
        is_self(path)
            || path.last() == "Result"
                && matches!(first, Some(TypeRef::Path(first)) if is_self(first))
    }

    fn site(&self, caller: FunctionId, call: &Call) -> Option<Site<'a>> {
        let (context, subject) = (self.context, self.context.subject(caller)?);
        let index = context.index;
        let own = index.module(index.type_data(self.of).module);
        let there = index.module(subject.data.module);
        let sees_field = subject.file == self.subject.file
            && there.crate_name == own.crate_name
            && there.path.starts_with(&own.path);
        let in_macro = subject.flow.macros.iter().any(|it| it.contains(call.range));
        if !sees_field || in_macro || call.frame.is_some() {
            return None;
        }
        let NamedValue {
            block,
            statement,
            pattern,
            name: holder,
            value,
        } = named_value(subject.body, call.range)?;
        let suffix = TextRange::new(call.range.end, value.range.end.max(call.range.end));
        let suffix = subject.text_of(suffix);
        let opens =
            suffix.is_empty() || suffix_at(subject.text, call.range.end).as_deref() == Some(suffix);
        if value.range.start != call.range.start || !opens {
            return None;
        }
        let binding = Binding {
            name: format!("{holder}.{}", self.field),
            mutable: pattern.is_mutable(),
            typed: pattern.declared().is_some(),
            statement: statement.range,
            block: block.range,
        };
        let made = Origin {
            kind: OriginKind::CallResult(self.subject.id),
            ty: Ty::external("std::fs::File"),
            range: call.range,
            opened: value.range,
            loops: call.loops.clone(),
            binding: Some(binding.clone()),
            borrowed: false,
            deferred: false,
            frame: None,
        };
        Some(Site {
            subject,
            block,
            holder,
            binding,
            made,
        })
    }

    /// The flush of one value: in the method in which it ends, or behind the last statement that uses it.
    fn ended(&self, site: &Site<'_>, imports: &mut Imports) -> Option<Vec<Edit>> {
        let context = self.context;
        let Site {
            subject,
            block,
            holder,
            binding,
            made,
        } = site;
        let statement = block
            .statements
            .iter()
            .find(|statement| statement.range == binding.statement)?;
        let mut used = uses(context, *subject, block, statement, holder, self.of)?;
        // The name may be another variable's further on.
        let rest = TextRange::new(statement.range.end, block.range.end);
        if count_of(subject.text_of(rest), holder) != used.len() {
            return None;
        }
        let function = |event: &Event| match event.kind {
            EventKind::Argument { callee, .. } => Some(callee),
            _ => None,
        };
        let hidden = used.iter().any(|event| {
            function(event).is_none_or(|method| self.hides_failure(*subject, method, event.range))
        });
        if hidden {
            return None;
        }
        let ends = |event: &&Event| {
            let callee = function(event).map(|callee| context.index.function(callee));
            callee.is_some_and(|data| data.function.consumes_self)
        };
        if let Some(end) = used.iter().find(ends).cloned() {
            let last = used.iter().map(|event| event.range.end).max()?;
            let is_sure = used.iter().filter(ends).count() == 1
                && end.range.end == last
                && is_always_reached(*subject, block, statement.range, end.range);
            is_sure.then_some(())?;
            return self.flushed_in(function(&end)?, imports);
        }
        if !binding.mutable {
            return None;
        }
        for event in &mut used {
            if function(event).is_some_and(|method| self.is_a_flush(method)) {
                event.kind = EventKind::Flush;
            }
        }
        let used: Vec<&Event> = used.iter().collect();
        let handle = Handled {
            context,
            subject: *subject,
            origin: made,
            events: &used,
        };
        flush_edits(handle, binding, imports)
    }

    /// The flush in the method that takes the value for good.
    fn flushed_in(&self, method: FunctionId, imports: &mut Imports) -> Option<Vec<Edit>> {
        let subject = self.context.subject(method)?;
        let mut ids = subject.flow.ids().filter(|id| self.is_it(subject, *id));
        let id = ids.next()?;
        let events: Vec<&Event> = subject.flow.events_on(id).collect();
        let first = subject.body.statements.first()?.range.start;
        let binding = Binding {
            name: format!("self.{}", self.field),
            mutable: true,
            typed: false,
            statement: TextRange::new(first, first),
            block: subject.body.range,
        };
        let handle = Handled::of(self.context, subject, id, &events);
        flush_edits(handle, &binding, imports).filter(|_| ids.next().is_none())
    }

    /// Whether a failed write is dealt with before the flush, which would tell it another time: by who calls the method, or in it.
    fn hides_failure(&self, subject: Subject<'_>, method: FunctionId, call: TextRange) -> bool {
        let Some(inside) = self.context.subject(method) else {
            return true;
        };
        match inside.data.function.returns {
            Some(_) => ignores_failure(subject.text, call),
            None => {
                !inside.flow.calls.is_empty() || inside.flow.ids().any(|id| self.is_it(inside, id))
            }
        }
    }

    /// Whether a method does nothing but flush the field, and returns what that yields.
    fn is_a_flush(&self, method: FunctionId) -> bool {
        let Some(subject) = self.context.subject(method) else {
            return false;
        };
        let written = subject.text_of(subject.body.range);
        let inside = written
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'));
        inside.is_some_and(|it| it.trim() == format!("self.{}.flush()", self.field))
    }
}

/// Whether whoever passes the first statement of a block comes to a call too, unless by an error, and passes its failure on.
fn is_always_reached(
    subject: Subject<'_>,
    block: &Block,
    from: TextRange,
    call: TextRange,
) -> bool {
    let between = block
        .statements
        .iter()
        .filter(|it| from.end <= it.range.start);
    let before: Vec<_> = between
        .take_while(|it| it.range.end <= call.start)
        .cloned()
        .collect();
    let mut statements = block.statements.iter();
    let last = statements.find(|it| it.range.contains(call));
    let starts = last.is_some_and(|it| {
        let text = subject.text_of(TextRange::new(it.range.start, call.start));
        matches!(text, "" | "Ok(" | "return ")
    });
    starts
        && early_exits(subject, &before).is_some_and(|exits| exits.is_empty())
        && !ignores_failure(subject.text, call)
        && !subject.text_of(block.range).contains("process::exit")
}

/// Whether what stands before the name in its declaration makes a type private to its module.
fn is_private(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim() == "struct"
}
