//! Where a buffered writer is flushed.

use model::{Applicability, Edit, Fix};

use super::{Imports, block_at, fix, indentation, insertion};
use crate::context::{Context, Subject};
use crate::flow::{Binding, Event, EventKind, Origin, OriginId};
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange, TypeRef, walk};

/// The flush of a writer that lives in `binding`, behind the last statement that uses it.
///
/// `None` where a way out of the scope would pass it by, other than one on which an error is already under way: there the
/// destructor writes what is left, and the error that is returned is the one that was returned before.
pub(crate) fn flush_edits(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: &Origin,
    binding: &Binding,
    events: &[&Event],
    imports: &mut Imports,
) -> Option<Vec<Edit>> {
    let block = block_at(subject.body, binding.block)?;
    let first = block
        .statements
        .iter()
        .position(|statement| statement.range == binding.statement)?;
    let uses = |statement: &Statement| {
        events
            .iter()
            .any(|event| statement.range.contains(event.range))
    };
    let last = block
        .statements
        .iter()
        .rposition(uses)
        .filter(|last| *last > first)?;
    let between = &block.statements[first + 1..=last];
    if subject.text_of(block.range).contains("process::exit") {
        return None;
    }
    let exits = early_exits(subject, between)?;
    let statement = &block.statements[last];
    let final_event = events.iter().max_by_key(|event| event.range.end)?;
    let flushes = matches!(final_event.kind, EventKind::Flush);
    if flushes && exits.is_empty() && statement.range.start == final_event.range.start {
        return Some(Vec::new());
    }
    let suffix = error_habit(subject, origin, events)?;
    let call = imports.write_method(context, subject, &binding.name, "flush");
    let indent = indentation(subject.text, statement.range.start);
    let is_tail = last + 1 == block.statements.len();
    let mut edits: Vec<Edit> = exits
        .iter()
        .map(|exit| {
            let indent = indentation(subject.text, exit.start);
            insertion(subject, exit.start, format!("{call}{suffix};\n{indent}"))
        })
        .collect();
    let at = behind_comment(subject.text, statement.range.end);
    match &statement.kind {
        StatementKind::Expr {
            expr,
            semicolon: false,
        } if is_tail && !is_unit(expr) => {
            // The block's value: it must be the function's, and carry nothing but success.
            if matches!(expr.kind, ExprKind::Loop { .. }) {
                return None;
            }
            let returns = subject.data.function.returns.as_ref();
            if block.range != subject.body.range
                || !returns.is_some_and(returns_unit)
                || suffix != "?"
            {
                return None;
            }
            let rest = if returns.is_some_and(is_io_result) && is_io_tail(context, final_event) {
                format!("?;\n{indent}{call}")
            } else {
                format!("?;\n{indent}{call}?;\n{indent}Ok(())")
            };
            edits.push(insertion(subject, at, rest));
        }
        _ => edits.push(insertion(subject, at, format!("\n{indent}{call}{suffix};"))),
    }
    Some(edits)
}

/// The end of the line, where only a comment follows a statement on it: the comment stays with the statement.
fn behind_comment(text: &str, at: u32) -> u32 {
    let line = text[at as usize..].lines().next().unwrap_or("");
    let comment = line.trim_start().starts_with("//");
    if comment {
        at + u32::try_from(line.len()).unwrap_or(0)
    } else {
        at
    }
}

/// A flush for a writer that has none.
pub(crate) fn flush_fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    origin: OriginId,
    applicability: Applicability,
) -> Option<Fix> {
    let made = subject.flow.origin(origin);
    let binding = made.binding.as_ref()?;
    if made.deferred || !binding.mutable {
        return None;
    }
    let events: Vec<&Event> = subject.flow.events_on(origin).collect();
    let by_value = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::Argument { by_value: true, .. } | EventKind::Effect { by_value: true, .. }
        )
    };
    if events.iter().any(by_value) {
        return None;
    }
    let mut imports = Imports::default();
    let mut edits = flush_edits(
        context,
        subject,
        made,
        binding,
        &super::with_wrappers(subject, &events),
        &mut imports,
    )?;
    if edits.is_empty() {
        return None;
    }
    edits.append(&mut imports.edits);
    fix(
        "flush the writer, so that its last error is not lost",
        applicability,
        edits,
    )
}

/// How the function treats a failed write or open: what follows such a call, or `?` where it returns errors of any kind.
///
/// `None` where it ignores failures, or says something of them that is true of one write only.
fn error_habit(subject: Subject<'_>, origin: &Origin, events: &[&Event]) -> Option<String> {
    let writes = || {
        events
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Transfer { .. } | EventKind::Flush))
    };
    if writes().any(|event| ignores_failure(subject.text, event.range)) {
        return None;
    }
    let written = writes()
        .map(|event| event.range.end)
        .find_map(|end| suffix_at(subject.text, end));
    // Another crate's error is of another type: only what does not look at it fits an I/O error too.
    let given = events.iter().filter(|event| {
        matches!(
            event.kind,
            EventKind::Effect { .. } | EventKind::Argument { .. }
        )
    });
    let given = given
        .filter_map(|event| suffix_at(subject.text, event.range.end))
        .find(|suffix| suffix.contains("|_|"));
    let opened = (origin.opened.start == origin.range.start)
        .then(|| suffix_at(subject.text, origin.range.end))
        .flatten();
    let opened = opened.filter(|suffix| suffix == "?" || suffix == ".unwrap()");
    let habit = written.or(given).or(opened).or_else(|| {
        let returns = subject.data.function.returns.as_ref()?;
        (!origin.deferred && takes_io_errors(returns)).then(|| "?".to_owned())
    });
    let before = TextRange::new(subject.data.function.range.start, origin.range.start);
    habit.filter(|habit| holds_anywhere(habit, subject.text_of(before)))
}

/// Whether a failed write is anything but passed on: `let _ = write!(…)`, `write!(…).ok()`, `if let Err(_) = write!(…)`.
fn ignores_failure(text: &str, write: TextRange) -> bool {
    let after = text[write.end as usize..].trim_start();
    // As the value of a block, a match arm or a closure it goes on to where that goes.
    let closure = text[..write.start as usize].trim_end().ends_with('|') && after.starts_with(')');
    let is_value = closure || after.is_empty() || after.starts_with(['}', ',']);
    !is_value && suffix_at(text, write.end).is_none()
}

/// Whether a suffix names nothing that may not exist where the flush stands: only its own parameter, paths and calls, and
/// what `before`, the function up to the writer, names already.
fn holds_anywhere(suffix: &str, before: &str) -> bool {
    let Some((_, argument)) = suffix.split_once('(') else {
        return true;
    };
    let (parameter, body) = match argument.split_once('|') {
        Some((_, closure)) => closure.split_once('|').unwrap_or(("", closure)),
        None => ("", argument),
    };
    if body.contains('{') {
        return false;
    }
    let mut outside_text = body.split('"').step_by(2);
    outside_text.all(|code| names_only(code, parameter.trim(), before))
}

/// Whether every word of some code is a type, a number, something called, `parameter`, or a word of `before`.
fn names_only(code: &str, parameter: &str, before: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code;
    while let Some(start) = rest.find(is_word) {
        let word_end = rest[start..]
            .find(|c| !is_word(c))
            .map_or(rest.len(), |length| start + length);
        let (word, after) = (&rest[start..word_end], &rest[word_end..]);
        let known = word == parameter
            || word.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
            || after.starts_with(['(', '!', ':'])
            || before.split(|c| !is_word(c)).any(|known| known == word);
        if !known {
            return false;
        }
        rest = after;
    }
    true
}

/// `?`, `.unwrap()`, `.expect(…)` or `.map_err(…)?` at an offset, if it stands on one line.
fn suffix_at(text: &str, end: u32) -> Option<String> {
    let rest = text[end as usize..].trim_start().lines().next()?;
    for simple in ["?", ".unwrap()"] {
        if rest.starts_with(simple) {
            return Some(simple.to_owned());
        }
    }
    let call = [".expect(", ".map_err(", ".context(", ".with_context("]
        .into_iter()
        .find(|call| rest.starts_with(call))?;
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if c == ')' && depth == 0 {
            let passes_on = rest[at + 1..].starts_with('?');
            let length = at + 1 + usize::from(passes_on);
            return (call == ".expect(" || passes_on).then(|| rest[..length].to_owned());
        }
    }
    None
}

/// Whether `?` turns an I/O error into what the function returns.
fn takes_io_errors(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let names: Vec<&str> = path
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    let error = path.segments.last().and_then(|last| last.generics.get(1));
    let boxed =
        matches!(error, Some(TypeRef::Path(error)) if error.last() == "Box" || error_is_io(error));
    boxed
        || [["io", "Result"], ["anyhow", "Result"], ["eyre", "Result"]]
            .iter()
            .any(|known| names.ends_with(known))
}

fn error_is_io(error: &crate::syntax::Path) -> bool {
    let names: Vec<&str> = error
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    names.ends_with(&["io", "Error"])
}

/// The statements that leave the block around `between` without an error; `None` if something leaves it from within an
/// expression, where no flush can stand before it.
pub(super) fn early_exits(subject: Subject<'_>, between: &[Statement]) -> Option<Vec<TextRange>> {
    let mut exits = Vec::new();
    for statement in between {
        let mut search = Search {
            subject,
            home: subject.text_of(statement.range),
            exits: Vec::new(),
            hidden: false,
        };
        search.statement(statement, 0);
        if search.hidden {
            return None;
        }
        exits.append(&mut search.exits);
    }
    Some(exits)
}

struct Search<'a> {
    subject: Subject<'a>,
    /// The statement that is searched.
    home: &'a str,
    exits: Vec<TextRange>,
    /// Something leaves from within an expression.
    hidden: bool,
}

impl Search<'_> {
    fn statement(&mut self, statement: &Statement, loops: u32) {
        match &statement.kind {
            StatementKind::Let {
                initializer,
                otherwise,
                ..
            } => {
                for expr in initializer.iter().chain(otherwise.as_deref()) {
                    self.expr(expr, loops);
                }
            }
            StatementKind::Expr { expr, .. } if self.leaves(expr, loops) => {
                self.hidden |= !starts_line(self.subject.text, statement.range.start);
                self.exits.push(statement.range);
            }
            StatementKind::Expr { expr, .. } => self.expr(expr, loops),
            StatementKind::Item => {}
        }
    }

    fn leaves(&self, expr: &Expr, loops: u32) -> bool {
        match &expr.kind {
            ExprKind::Return(value) => !value.as_ref().is_some_and(|value| is_error(value)),
            // A labelled one leaves if its loop is not among the statements themselves.
            ExprKind::Break(_) | ExprKind::Continue => {
                let text = self.subject.text_of(expr.range);
                let label = text.split_whitespace().find(|word| word.starts_with('\''));
                match label {
                    Some(label) => !self.home.contains(&format!("{label}:")),
                    None => loops == 0,
                }
            }
            _ => false,
        }
    }

    fn expr(&mut self, expr: &Expr, loops: u32) {
        if matches!(expr.kind, ExprKind::Closure(_) | ExprKind::Async(_)) {
            return;
        }
        self.hidden |= self.leaves(expr, loops);
        let inside = loops + u32::from(matches!(expr.kind, ExprKind::Loop { .. }));
        match block_of(expr) {
            Some(block) => {
                block
                    .statements
                    .iter()
                    .for_each(|statement| self.statement(statement, inside));
                if let ExprKind::If {
                    condition,
                    otherwise,
                    ..
                } = &expr.kind
                {
                    self.expr(condition, loops);
                    otherwise.iter().for_each(|expr| self.expr(expr, inside));
                }
                if let ExprKind::Loop {
                    condition,
                    iterated,
                    ..
                } = &expr.kind
                {
                    condition
                        .iter()
                        .chain(iterated)
                        .for_each(|expr| self.expr(expr, loops));
                }
            }
            None => {
                let mut children = Vec::new();
                walk::children(expr, &mut |child| children.push(child), &mut |_| {});
                children
                    .into_iter()
                    .for_each(|child| self.expr(child, inside));
            }
        }
    }
}

/// Whether nothing but white space stands before an offset on its line.
fn starts_line(text: &str, at: u32) -> bool {
    text[..at as usize]
        .lines()
        .next_back()
        .is_none_or(|line| line.trim().is_empty())
}

/// The block that an expression is made of, whose statements are looked at as such.
fn block_of(expr: &Expr) -> Option<&Block> {
    match &expr.kind {
        ExprKind::Block(block) => Some(block),
        ExprKind::If { then, .. } => Some(then),
        ExprKind::Loop { body, .. } => Some(body),
        _ => None,
    }
}

fn is_error(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Path(path) if path.last() == "Err")
        }
        _ => false,
    }
}

fn is_unit(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Loop { kind, .. } => *kind != crate::syntax::LoopKind::Loop,
        ExprKind::If {
            otherwise: None, ..
        } => true,
        _ => false,
    }
}

fn returns_unit(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let first = path.segments.last().and_then(|last| last.generics.first());
    path.last() == "Result" && matches!(first, Some(TypeRef::Tuple(all)) if all.is_empty())
}

fn is_io_result(returns: &TypeRef) -> bool {
    let TypeRef::Path(path) = returns else {
        return false;
    };
    let names: Vec<&str> = path
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect();
    names.ends_with(&["io", "Result"])
}

/// Whether the last use yields an `io::Result`, as std's own writes do.
fn is_io_tail(_context: &Context<'_>, event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Transfer { .. } | EventKind::Argument { .. }
    )
}

/// The block a binding lives in, if it is found.
pub(crate) fn home<'a>(subject: Subject<'a>, binding: &Binding) -> Option<&'a Block> {
    block_at(subject.body, binding.block)
}
