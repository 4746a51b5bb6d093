//! What a loop opens or makes in each turn, moved before the loop.

use model::{Applicability, Edit, Fix};

use crate::context::{Context, Subject};
use crate::edits::{Imports, LINE, edit, fix, home, indentation, insertion, item, statement_lines};
use crate::effects::Usage;
use crate::flow::{Direction, Event, EventKind, PathUse, PathUseKind};
use crate::syntax::{Expr, ExprKind, LoopKind, Pattern, Statement, StatementKind, TextRange};
use crate::words::{count_of, has_word, is_word, words};

/// The fix where a whole statement of the loop's body does it, whose names all stand before the loop.
///
/// `None` where a turn may leave before it comes to the statement, and where more is done with the file than to write to it.
pub(super) fn hoisted(
    context: &Context<'_>,
    subject: Subject<'_>,
    one: &PathUse,
    whole: &Expr,
) -> Option<Fix> {
    // Before one of several loops it would still be in the others.
    if one.loops.len() != 1 {
        return None;
    }
    let place = Place::of(subject, one, whole)?;
    match one.kind {
        PathUseKind::CreateDirectory => directory(subject, one, &place),
        PathUseKind::Options => file(context, subject, one, &place),
        _ => None,
    }
}

/// A statement of a loop's body, and the loop as a statement.
struct Place<'a> {
    statement: &'a Statement,
    /// The lines that only the statement is on.
    lines: TextRange,
    around: TextRange,
    /// What runs behind the loop, in all blocks around it.
    behind: &'a str,
    indent: &'a str,
    /// The statement as it stands before the loop.
    moved: String,
    /// What follows the call: `?;` or `.unwrap();`.
    suffix: &'a str,
}

impl<'a> Place<'a> {
    fn of(subject: Subject<'a>, one: &PathUse, whole: &'a Expr) -> Option<Self> {
        let ExprKind::Loop {
            kind: LoopKind::For,
            iterated: Some(iterated),
            body,
            ..
        } = &whole.kind
        else {
            return None;
        };
        let mut statements = body.statements.iter();
        let statement = statements.find(|it| it.range.contains(one.range))?;
        let (block, at) = home(subject.body, whole.range)?;
        let around = block.statements[at].range;
        let indent = indentation(subject.text, around.start);
        let line = subject.text[..around.start as usize].rsplit('\n').next()?;
        let is_alone = line == indent && subject.text_of(around).starts_with("for ");
        let before = subject.text_of(TextRange::new(around.start, statement.range.start));
        let leaves = ["continue", "break", "return"];
        let text = subject.text_of(statement.range);
        if !is_alone
            || around.start != whole.range.start
            || leaves.iter().any(|word| has_word(before, word))
            || names_of_turn(subject, whole, iterated, &body.statements, statement)
                .any(|name| has_word(text, name))
            || is_read_by(subject, one, iterated)
        {
            return None;
        }
        let behind = TextRange::new(around.end, subject.body.range.end);
        let suffix = TextRange::new(one.range.end, statement.range.end);
        Some(Self {
            statement,
            lines: statement_lines(subject, statement.range)?,
            around,
            behind: subject.text.get(behind.at())?,
            indent,
            moved: moved(
                text,
                indentation(subject.text, statement.range.start),
                indent,
            )?,
            suffix: subject.text.get(suffix.at())?.trim_start(),
        })
    }

    /// The edits that take the statement out of the loop and put lines before that.
    fn replaced(&self, subject: Subject<'_>, lines: &str) -> Vec<Edit> {
        let before = format!("{lines}\n{}", self.indent);
        vec![
            edit(subject, self.lines, ""),
            insertion(subject, self.around.start, before),
        ]
    }
}

/// The names that the loop brings, or a statement of its body before that one.
fn names_of_turn<'a>(
    subject: Subject<'a>,
    whole: &Expr,
    iterated: &Expr,
    statements: &'a [Statement],
    statement: &Statement,
) -> impl Iterator<Item = &'a str> {
    let text = subject.text;
    let pattern = TextRange::new(whole.range.start, iterated.range.start);
    let end = statement.range.start;
    let before = statements.iter().take_while(move |it| it.range.end <= end);
    let bound = before.map(move |it| {
        let text = &text[it.range.at()];
        match it.kind {
            StatementKind::Let { .. } => text.split('=').next().unwrap_or(text),
            StatementKind::Item => text,
            StatementKind::Expr { .. } => "",
        }
    });
    let bound = std::iter::once(&text[pattern.at()]).chain(bound);
    let names = bound.flat_map(words).map(|(_, word)| word);
    names.filter(|word| !matches!(*word, "for" | "in" | "let" | "mut"))
}

/// Whether the loop's head says something of the path: it may read what the statement makes.
fn is_read_by(subject: Subject<'_>, one: &PathUse, iterated: &Expr) -> bool {
    let head = subject.text_of(iterated.range);
    let mut path = words(subject.text_of(one.path));
    path.any(|(_, word)| word != "self" && has_word(head, word))
}

/// A statement with another indentation; `None` if that would change more than a chain of calls.
fn moved(text: &str, from: &str, to: &str) -> Option<String> {
    let mut lines = text.split('\n');
    let mut moved = lines.next()?.to_owned();
    for line in lines {
        let rest = line.strip_prefix(from)?;
        if !rest.trim_start().starts_with('.') {
            return None;
        }
        moved.push('\n');
        moved.push_str(to);
        moved.push_str(rest);
    }
    Some(moved)
}

/// Whether what follows a call opens its result, and says how.
fn unwraps(suffix: &str) -> bool {
    let message = suffix.strip_prefix(".expect(\"");
    suffix == "?;"
        || suffix == ".unwrap();"
        || message.is_some_and(|rest| rest.find('"') == Some(rest.len().saturating_sub(3)))
}

fn directory(subject: Subject<'_>, one: &PathUse, place: &Place<'_>) -> Option<Fix> {
    let is_all = place.statement.range.start == one.range.start && unwraps(place.suffix);
    // Who takes it away wants it made again.
    let is_removed = subject.text_of(place.around).contains("remove_dir");
    if !is_all || is_removed {
        return None;
    }
    let title = "make the directory once, before the loop";
    let edits = place.replaced(subject, &place.moved);
    fix(title, Applicability::MaybeIncorrect, edits)
}

fn file(
    context: &Context<'_>,
    subject: Subject<'_>,
    one: &PathUse,
    place: &Place<'_>,
) -> Option<Fix> {
    let StatementKind::Let {
        pattern:
            Pattern::Binding {
                name,
                mutable: true,
                inner: None,
                ..
            },
        initializer: Some(opened),
        otherwise: None,
    } = &place.statement.kind
    else {
        return None;
    };
    // Written over, it would hold the last turn's bytes alone.
    let appends = subject.text_of(one.range).contains(".append(true)");
    let all = subject.text_of(place.around);
    let outside = count_of(subject.text_of(subject.body.range), name) - count_of(all, name);
    let path = subject.text_of(one.path);
    // Whoever has `self` may use the path of a field.
    let path_behind = words(path).any(|(_, word)| has_word(place.behind, word));
    let leaves = has_word(all, "return") || all.contains("break '");
    if !appends
        || opened.range.start != one.range.start
        || !unwraps(place.suffix)
        || outside > 0
        || path_behind
        || leaves
        || !is_word(name)
    {
        return None;
    }
    let flow = subject.flow;
    let id = flow.ids().find(|id| flow.origin(*id).range == one.range)?;
    let events: Vec<&Event> = flow.events_on(id).collect();
    let rest = TextRange::new(place.statement.range.end, place.around.end);
    let mut places: Vec<TextRange> = events.iter().map(|event| event.at).collect();
    places.dedup();
    if events.is_empty() || places.len() != count_of(subject.text_of(rest), name) {
        return None;
    }
    let uses: Option<Vec<bool>> = events.iter().map(|it| is_write(context, it)).collect();
    let in_pieces = uses?.contains(&true);
    if !in_pieces {
        let edits = place.replaced(subject, &place.moved);
        let title = "open the file once, before the loop";
        return fix(title, Applicability::MaybeIncorrect, edits);
    }
    let mut imports = Imports::default();
    let wrapper = item(context, subject, "std::io::BufWriter", &mut imports);
    let head = format!("let mut {name} = ");
    let call = place.moved.strip_prefix(&head)?.strip_suffix(';')?;
    let in_one = format!("{head}{wrapper}::new({call});");
    let lines = if !call.contains('\n') && place.indent.len() + in_one.len() <= LINE {
        in_one
    } else {
        let indent = place.indent;
        format!("let {name} = {call};\n{indent}{head}{wrapper}::new({name});")
    };
    let flush = imports.write_method(context, subject, name, "flush");
    let mut edits = place.replaced(subject, &lines);
    // What an `expect` says of the opening is not true of the flush.
    let opened = if place.suffix == "?;" {
        "?;"
    } else {
        ".unwrap();"
    };
    let flushed = format!("\n{}{flush}{opened}", place.indent);
    edits.push(insertion(subject, place.around.end, flushed));
    edits.append(&mut imports.edits);
    let title = "open the file once, before the loop, and buffer what is written to it";
    fix(title, Applicability::MaybeIncorrect, edits)
}

/// Whether an event writes in pieces that a buffer would gather; `None` if it does anything but write.
fn is_write(context: &Context<'_>, event: &Event) -> Option<bool> {
    if event.deferred || event.origins.len() > 1 {
        return None;
    }
    match &event.kind {
        EventKind::Transfer {
            direction: Direction::Write,
            how,
            ..
        } => (!how.contains("_at")).then_some(true),
        EventKind::Effect {
            row,
            by_value: false,
            result: None,
        } => Some(context.effects.row(*row).usage != Usage::Bulk),
        _ => None,
    }
}
