//! `for line in reader.lines()` as a loop that reads every line into the same `String`.

use model::{Applicability, Fix};

use super::lent::is_only_lent;
use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, LINE, edit, insertion};
use crate::flow::{Walk, WalkKind};
use crate::syntax::{Block, Expr, ExprKind, Pattern, StatementKind, TextRange, TypeRef};
use crate::words::{has_word, is_part, places_of};

/// Names for a reader that has none, of which the first is taken that the function does not know.
pub(super) const NAMES: [&str; 3] = ["reader", "input", "source"];

/// The loop over a walk, taken apart.
pub(super) struct Turns<'a> {
    /// The whole statement.
    pub(super) range: TextRange,
    /// `'label: `, or nothing.
    pub(super) label: &'a str,
    /// The counter of an `enumerate`.
    pub(super) counter: Option<&'a str>,
    /// The variable that holds each line.
    pub(super) name: &'a str,
    /// What follows a read to get at its value; `None` where the loop ends at the first error.
    pub(super) habit: Option<&'a str>,
    pub(super) body: &'a Block,
    /// Where the part begins that works on the line.
    pub(super) work: u32,
}

/// `None` where the line is more than lent, or the reader may be something that cannot be read line by line where it stands.
pub(super) fn line_fix(context: &Context<'_>, subject: Subject<'_>, walk: &Walk) -> Option<Fix> {
    let turns = turns_of(subject, walk)?;
    let (made, read, end) = match walk.kind {
        WalkKind::Lines => ("String", "read_line(".to_owned(), None),
        WalkKind::Split => {
            let end = delimiter(subject, walk)?;
            ("Vec", format!("read_until({end}, "), Some(end))
        }
        WalkKind::Records(_) => return None,
    };
    let Turns { name, range, .. } = turns;
    let head = TextRange::new(range.start, turns.work);
    let work = TextRange::new(turns.work, turns.body.range.end);
    let home = home_of(subject, range)?;
    let behind = subject.text_of(TextRange::new(range.end, subject.body.range.end));
    let indent = edits::indentation(subject.text, range.start);
    let starts_line = subject.text[..range.start as usize].ends_with(&format!("\n{indent}"));
    if edits::has_comment(subject.text_of(head))
        || has_word(behind, name)
        || !starts_line
        || !is_only_lent(subject, turns.body, work, name)
    {
        return None;
    }
    let reader = reader_of(context, subject, walk, home, range)?;
    let inner = match indent.contains('\t') {
        true => format!("{indent}\t"),
        false => format!("{indent}    "),
    };
    let deeper = format!("{inner}{}", &inner[indent.len()..]);
    let call = format!("{}.{read}&mut {name})", reader.name);
    let test = match turns.habit {
        Some(habit) => format!("if {call}{habit} == 0 {{"),
        None => format!("if !matches!({call}, Ok(1..)) {{"),
    };
    let opening = match turns.counter {
        Some(counter) => format!("for {counter} in 0usize.. {{"),
        None => "loop {".to_owned(),
    };
    let made = format!("let mut {name} = {made}::new();");
    let trimmed = match end {
        None => vec![
            format!("{inner}if {name}.ends_with('\\n') {{"),
            format!("{deeper}{name}.pop();"),
            format!("{deeper}if {name}.ends_with('\\r') {{"),
            format!("{deeper}{}{name}.pop();", &inner[indent.len()..]),
            format!("{deeper}}}"),
            format!("{inner}}}"),
        ],
        Some(end) => vec![
            format!("{inner}if {name}.last() == Some(&{end}) {{"),
            format!("{deeper}{name}.pop();"),
            format!("{inner}}}"),
        ],
    };
    let mut lines = vec![
        format!("{indent}{made}"),
        format!("{indent}{}{opening}", turns.label),
        format!("{inner}{name}.clear();"),
        format!("{inner}{test}"),
        format!("{deeper}break;"),
        format!("{inner}}}"),
    ];
    lines.splice(0..0, reader.made.map(|made| format!("{indent}{made}")));
    lines.extend(trimmed);
    let is_broken = turns
        .habit
        .is_some_and(|habit| habit != "?" && call.len() + habit.len() > CHAIN);
    if is_broken || lines.iter().any(|line| line.len() > LINE) {
        return None;
    }
    let text = lines.join("\n");
    let mut all = vec![edit(subject, head, text.trim_start().to_owned())];
    all.extend(
        reader
            .makes_mutable
            .map(|at| insertion(subject, at, "mut ")),
    );
    // The reader is now closed at the end of the block, and no longer behind the loop.
    let rest = TextRange::new(range.end, home.range.end);
    let applicability = match edits::acts_within(context, subject, rest) {
        true => Applicability::MaybeIncorrect,
        false => Applicability::MachineApplicable,
    };
    let title = format!("read into one `{name}` in every turn");
    edits::fix(title, applicability, all)
}

fn home_of(subject: Subject<'_>, statement: TextRange) -> Option<&Block> {
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        if block.statements.iter().any(|it| it.range == statement) {
            found = Some(block);
        }
    });
    found
}

pub(super) fn turns_of<'a>(subject: Subject<'a>, walk: &Walk) -> Option<Turns<'a>> {
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Expr { expr, .. } = &statement.kind
                && let ExprKind::Loop {
                    pattern: Some(pattern),
                    iterated: Some(iterated),
                    body,
                    ..
                } = &expr.kind
                && iterated.range.contains(walk.range)
            {
                found = found
                    .take()
                    .or_else(|| turns(subject, walk, statement.range, pattern, iterated, body));
            }
        }
    });
    found
}

fn turns<'a>(
    subject: Subject<'a>,
    walk: &Walk,
    range: TextRange,
    pattern: &'a Pattern,
    iterated: &Expr,
    body: &'a Block,
) -> Option<Turns<'a>> {
    let whole: &'a str = &subject.text[range.at()];
    let label = match whole.strip_prefix('\'') {
        Some(_) => &whole[..whole.find("for ")?],
        None => "",
    };
    if !whole[label.len()..].starts_with("for ") || label.contains('\n') {
        return None;
    }
    let ends_at_error = |expr: &Expr| {
        matches!(&expr.kind, ExprKind::Method { receiver, name, arguments, .. }
            if receiver.range == walk.range && name == "map_while"
                && arguments.iter().all(|it| subject.text_of(it.range) == "Result::ok"))
    };
    let counts = |expr: &Expr| {
        matches!(&expr.kind, ExprKind::Method { receiver, name, .. }
            if receiver.range == walk.range && name == "enumerate")
    };
    let (counter, pattern) = match pattern {
        Pattern::Tuple(both) if counts(iterated) => match both.as_slice() {
            [counter, line] => (Some(plain_name(counter)?), line),
            _ => return None,
        },
        _ => (None, pattern),
    };
    let turn = plain_name(pattern)?;
    if ends_at_error(iterated) {
        let open = body.range.start + 1;
        return Some(Turns {
            range,
            label,
            counter,
            name: turn,
            habit: None,
            body,
            work: open,
        });
    }
    if !counts(iterated) && iterated.range != walk.range {
        return None;
    }
    let first = body.statements.first()?;
    let StatementKind::Let {
        pattern,
        otherwise: None,
        ..
    } = &first.kind
    else {
        return None;
    };
    let name = plain_name(pattern)?;
    let text: &'a str = &subject.text[first.range.at()];
    let value = text.strip_prefix("let ")?;
    let value = value.strip_prefix("mut ").unwrap_or(value);
    let value = value.strip_prefix(name)?.strip_prefix(" = ")?;
    let habit = value.strip_prefix(turn)?.strip_suffix(';')?;
    let work = TextRange::new(first.range.end, body.range.end);
    let alone = name == turn || !has_word(subject.text_of(work), turn);
    let names_itself = has_word(habit, name) || has_word(habit, turn);
    (is_habit(habit) && alone && !names_itself).then_some(Turns {
        range,
        label,
        counter,
        name,
        habit: Some(habit),
        body,
        work: first.range.end,
    })
}

/// The name of a pattern that is nothing else.
fn plain_name(pattern: &Pattern) -> Option<&str> {
    match pattern {
        Pattern::Binding {
            name, inner: None, ..
        } => Some(name),
        _ => None,
    }
}

/// Whether what follows a result gives its value, or leaves with its error, whatever the value is.
fn is_habit(text: &str) -> bool {
    let changes_error = [".map_err(", ".context(", ".with_context("]
        .iter()
        .any(|call| text.starts_with(call));
    !text.contains('\n')
        && (text == "?"
            || text == ".unwrap()"
            || text.starts_with(".expect(") && text.ends_with(')') && !text.contains(").")
            || changes_error && text.ends_with(")?"))
}

/// What ends a piece, if it may be written down twice.
fn delimiter<'a>(subject: Subject<'a>, walk: &Walk) -> Option<&'a str> {
    let text = &subject.text[walk.range.at()];
    let at = text.rfind(".split(")?;
    let end = text[at..].strip_prefix(".split(")?.strip_suffix(')')?;
    let is_name = !end.is_empty() && end.chars().all(is_part);
    let is_byte = end.starts_with("b'") && end.ends_with('\'');
    (is_name || is_byte).then_some(end)
}

/// How the reader is named in the loop.
struct Reader {
    name: String,
    /// The `let` that gives it a name.
    made: Option<String>,
    /// Where `mut` has to be put before its name.
    makes_mutable: Option<u32>,
}

fn reader_of(
    context: &Context<'_>,
    subject: Subject<'_>,
    walk: &Walk,
    home: &Block,
    looped: TextRange,
) -> Option<Reader> {
    let text = subject.text_of(walk.range);
    let method = match walk.kind {
        WalkKind::Lines => text.rfind(".lines()")?,
        _ => text.rfind(".split(")?,
    };
    let reader = text[..method].trim_end();
    let is_name = |text: &str| text.chars().all(is_part);
    if let Some(place) = reader.strip_suffix(".by_ref()") {
        let is_place = place
            .split('.')
            .all(|part| !part.is_empty() && is_name(part));
        return is_place.then(|| Reader {
            name: place.to_owned(),
            made: None,
            makes_mutable: None,
        });
    }
    if is_name(reader) {
        return Some(Reader {
            name: reader.to_owned(),
            made: None,
            makes_mutable: mutability(subject, reader, walk.range)?,
        });
    }
    // While it is locked nobody else in the thread may read: not even behind the loop.
    let rest = TextRange::new(looped.end, home.range.end);
    let calls = subject.flow.calls.iter();
    let is_locked = reader.ends_with(".lock()");
    let reads_again = has_word(subject.text_of(rest), "stdin")
        || calls.into_iter().any(|call| rest.contains(call.range));
    let makes = is_locked && !reads_again || makes_reader(reader);
    let known = subject.text_of(subject.data.function.range);
    let name = NAMES.into_iter().find(|name| !has_word(known, name))?;
    let is_free = !context.index.is_taken(subject.data.module, name);
    (makes && is_free && !reader.contains('\n')).then(|| Reader {
        name: name.to_owned(),
        made: Some(format!("let mut {name} = {reader};")),
        makes_mutable: None,
    })
}

/// Whether an expression makes a reader of its own, which a variable has to be mutable for.
fn makes_reader(text: &str) -> bool {
    let made = ["BufReader::new(", "BufReader::with_capacity("];
    let text = text.trim_start_matches("std::").trim_start_matches("io::");
    made.iter().any(|made| text.starts_with(made)) && text.ends_with(')')
}

/// Where `mut` is missing for a variable that is a reader, `Some(None)` if nowhere; `None` if that cannot be told.
fn mutability(subject: Subject<'_>, name: &str, walk: TextRange) -> Option<Option<u32>> {
    let mut bound = subject.body.range.start;
    let mut found = Vec::new();
    edits::visit_lets(subject.body, &mut |pattern, value| {
        if pattern.name() == Some(name) {
            let text = subject.text_of(value.range);
            let owned = makes_reader(text) || text.ends_with(".lock()");
            bound = value.range.end;
            found.push((pattern, owned));
        }
    });
    // Any other pattern may give the name to something else.
    let between = TextRange::new(bound, walk.start);
    if bound > walk.start || !is_only_used(subject.text_of(between), name) {
        return None;
    }
    let missing = |pattern: &Pattern| match pattern.is_mutable() {
        true => Some(None),
        false => pattern.name_range().map(|range| Some(range.start)),
    };
    let parameters = &subject.data.function.parameters;
    let mut parameters = parameters
        .iter()
        .filter(|parameter| parameter.pattern.name() == Some(name));
    match (found.as_slice(), parameters.next()) {
        ([(pattern, owned)], None) if *owned || pattern.is_mutable() => missing(pattern),
        ([], Some(parameter)) => match &parameter.declared {
            // A slice that is lent moves on only as a variable of its own.
            TypeRef::Reference { .. } => {
                let whole = subject.text_of(subject.data.function.range);
                let lent = whole.contains(&format!("{name}: &mut "));
                lent.then_some(None)
            }
            TypeRef::ImplTrait(_) | TypeRef::Path(_) => missing(&parameter.pattern),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a name stands only where a value is used: borrowed, or before a dot.
fn is_only_used(text: &str, name: &str) -> bool {
    places_of(text, name).all(|at| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        after.starts_with('.') || before.ends_with("(&mut ") || before.ends_with("(&")
    })
}
