//! A buffer for a handle of the standard output that is made in the call that it is given to.

use model::{Applicability, Edit, Fix};

use super::{TITLE, repeats};
use crate::context::{Context, Subject};
use crate::edits::arguments::{argument_edits, has_other_mentions};
use crate::edits::buffer::leaves;
use crate::edits::errors::{returns_result_of, suffix_at, takes_io_errors};
use crate::edits::exits::early_exits;
use crate::edits::flush::returns_unit;
use crate::edits::stdout::NAMES;
use crate::edits::stdout::meanwhile::Meanwhile;
use crate::edits::{Imports, edit, fix, home, indentation, insertion, item, with_wrappers};
use crate::flow::{Event, EventKind, Origin};
use crate::syntax::{Block, Expr, Statement, StatementKind, TextRange};
use crate::words::has_word;

/// `print(&mut io::stdout(), …)?;` gets a `let` of its own for the buffer, and so does `Wrapper::new(io::stdout())`.
pub(super) fn in_a_call(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    event: &Event,
) -> Option<Fix> {
    let known = subject.text_of(subject.data.function.range);
    let name = NAMES.into_iter().find(|name| !has_word(known, name))?;
    if event.frame.is_some() || !repeats(context, subject, origin, event) {
        return None;
    }
    let at = subject.text_of(event.at);
    let handle = at.strip_prefix("&mut ").unwrap_or(at);
    let plain = handle == subject.text_of(origin.range)
        || handle.strip_suffix(".lock()") == Some(subject.text_of(origin.range));
    // What is not lent has to be taken as a writer of any type.
    argument_edits(context, subject, &[event], false)?;
    let (block, position) = home(subject.body, event.range)?;
    let statement = &block.statements[position];
    let indent = indentation(subject.text, statement.range.start);
    let starts_line =
        subject.text[..statement.range.start as usize].ends_with(&format!("\n{indent}"));
    if !plain || !starts_line {
        return None;
    }
    let mut imports = Imports::default();
    let writer = item(context, subject, "std::io::BufWriter", &mut imports);
    let flush = imports.write_method(context, subject, name, "flush");
    if flush.contains("::") {
        return None;
    }
    let ends = Ends {
        context,
        subject,
        event,
        flush: &flush,
    };
    let mut edits = match &statement.kind {
        StatementKind::Expr { expr, semicolon } => {
            ends.behind_call(block, position, expr, *semicolon)?
        }
        StatementKind::Let {
            initializer: Some(value),
            otherwise: None,
            ..
        } if value.range == event.range => ends.behind_wrapper(block, position)?,
        _ => return None,
    };
    edits.extend([
        insertion(
            subject,
            statement.range.start,
            format!("let mut {name} = {writer}::new({handle});\n{indent}"),
        ),
        edit(subject, event.at, format!("&mut {name}")),
    ]);
    edits.append(&mut imports.edits);
    fix(TITLE, Applicability::MaybeIncorrect, edits)
}

/// Where the buffer that a call is given has to be flushed.
struct Ends<'a> {
    context: &'a Context<'a>,
    subject: Subject<'a>,
    /// The call.
    event: &'a Event,
    flush: &'a str,
}

impl Ends<'_> {
    fn is_undisturbed(&self, part: &[Statement], own: Vec<TextRange>) -> bool {
        let printed = self.subject.flow.prints.iter();
        let prints = printed
            .filter(|print| part.iter().any(|it| it.range.contains(print.range)))
            .count();
        let meanwhile = Meanwhile {
            context: self.context,
            subject: self.subject,
            part,
            own,
        };
        prints == 0 && meanwhile.points().is_some_and(|points| points.is_empty())
    }

    fn behind_call(
        &self,
        block: &Block,
        position: usize,
        expr: &Expr,
        semicolon: bool,
    ) -> Option<Vec<Edit>> {
        let Self {
            context,
            subject,
            event,
            flush,
        } = self;
        let statement = &block.statements[position];
        let part = std::slice::from_ref(statement);
        let acts = |id| context.usages.prints(id) || context.usages.meets_others(id);
        if expr.range.start != event.range.start
            || matches!(&event.kind, EventKind::Argument { callee, .. } if acts(*callee))
            || !self.is_undisturbed(part, vec![event.range])
        {
            return None;
        }
        let indent = indentation(subject.text, statement.range.start);
        if semicolon {
            let suffix = suffix_at(subject.text, event.range.end)?;
            let passes = suffix != "?" || takes_io_errors(context, *subject);
            let whole = format!("{}{suffix};", subject.text_of(event.range));
            let behind = format!("\n{indent}{flush}{suffix};");
            return (passes && whole == subject.text_of(statement.range))
                .then(|| vec![insertion(*subject, statement.range.end, behind)]);
        }
        let returns = subject.data.function.returns.as_ref();
        let is_value = block.range == subject.body.range
            && expr.range == event.range
            && returns.is_some_and(returns_unit)
            && returns_result_of(context, *subject, &["std::io"]);
        let behind = format!("?;\n{indent}{flush}");
        is_value.then(|| vec![insertion(*subject, statement.range.end, behind)])
    }

    /// Behind the flush of what the buffer was put into, with which its use has to end.
    fn behind_wrapper(&self, block: &Block, position: usize) -> Option<Vec<Edit>> {
        let Self { subject, event, .. } = self;
        let EventKind::Effect {
            result: Some(result),
            ..
        } = &event.kind
        else {
            return None;
        };
        let wrapper = subject.flow.origin(*result);
        let binding = wrapper.binding.as_ref()?;
        let events: Vec<&Event> = subject.flow.events_on(*result).collect();
        let uses = with_wrappers(*subject, &events);
        let end = uses.iter().max_by_key(|event| event.range.end)?;
        let last = block
            .statements
            .iter()
            .position(|statement| statement.range.contains(end.range))
            .filter(|last| *last > position)?;
        let statement = &block.statements[last];
        let own = uses.iter().map(|event| event.range).collect();
        let suffix = suffix_at(subject.text, end.range.end)?;
        let whole = format!("{}{suffix};", subject.text_of(end.range));
        let part = &block.statements[position + 1..=last];
        let exits = early_exits(*subject, part)?;
        let ends = matches!(end.kind, EventKind::Flush)
            && whole == subject.text_of(statement.range)
            && exits.is_empty()
            && !uses.iter().any(|event| event.deferred)
            && !leaves(&uses)
            && !has_other_mentions(*subject, binding, &uses)
            && argument_edits(self.context, *subject, &events, false)?.is_empty()
            && self.is_undisturbed(part, own);
        let indent = indentation(subject.text, statement.range.start);
        let behind = format!("\n{indent}{}{suffix};", self.flush);
        ends.then(|| vec![insertion(*subject, statement.range.end, behind)])
    }
}
