//! A text that a `for` walks line by line, read line by line.

use model::{Applicability, Fix};

use super::opening::{Opening, deeper, mentions};
use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, Imports, LINE, edit, has_comment, indentation, item};
use crate::flow::{Direction, EventKind, Origin};
use crate::syntax::{Block, Expr, ExprKind, LoopKind, StatementKind, TextRange};
use crate::types::Handle;
use crate::words::{has_word, is_part};

/// The loop, taken apart.
struct Turns<'a> {
    range: TextRange,
    label: &'a str,
    counter: Option<&'a str>,
    /// What each line is bound to.
    line: &'a str,
    body: &'a Block,
}

/// `for line in text.lines()` after `let text = fs::read_to_string(path)?;`, or over that itself.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, made: &Origin) -> Option<Fix> {
    let opening = Opening::of(subject, made, "std::fs::read_to_string")?;
    let binding = made.binding.as_ref();
    let (home, _) = edits::home(subject.body, made.range)?;
    let turns = turns_of(subject, home, made)?;
    let start = binding.map_or(turns.range.start, |binding| binding.statement.start);
    let (name, from) = match binding {
        Some(binding) => {
            let whole = subject.text_of(binding.statement);
            let read = format!(" = {};", subject.text_of(made.opened));
            let rest = TextRange::new(binding.statement.end, subject.body.range.end);
            let is_plain = whole.starts_with("let ") && whole.ends_with(&read);
            if binding.block != home.range
                || !is_plain
                || has_comment(whole)
                || mentions(subject, &binding.name, rest) != 1
            {
                return None;
            }
            (binding.name.as_str(), binding.statement.end)
        }
        None => (
            edits::free_name(subject, &["text", "buffer", "content"])?,
            made.opened.end,
        ),
    };
    let open = turns.body.range.start + 1;
    let head = TextRange::new(turns.range.start, open);
    // What is changed meanwhile would be read changed.
    let meanwhile = TextRange::new(from, turns.range.end);
    if edits::acts_within(context, subject, meanwhile)
        || writes_within(subject, meanwhile)
        || has_comment(subject.text_of(head))
        || has_word(turns.line, name)
    {
        return None;
    }
    let mut imports = Imports::default();
    imports.bring_trait(context, subject, "std::io::BufRead")?;
    let reader = edits::free_name(subject, &["reader", "input", "source"])?;
    let buffer = item(context, subject, "std::io::BufReader", &mut imports);
    let opened = opening.open(context, subject, &mut imports);
    let indent = indentation(subject.text, turns.range.start);
    let inner = format!("{indent}{}", deeper(indent));
    let step = deeper(indent);
    let looped = match turns.counter {
        Some(counter) => format!("for {counter} in 0usize.. {{"),
        None => "loop {".to_owned(),
    };
    let habit = opening.habit;
    let call = format!("{reader}.read_line(&mut {name}){habit}");
    let made_reader = format!("let mut {reader} = {buffer}::new({opened});");
    let lines = [
        format!("{indent}{made_reader}"),
        format!("{indent}let mut {name} = String::new();"),
        format!("{indent}{}{looped}", turns.label),
        format!("{inner}{name}.clear();"),
        format!("{inner}if {call} == 0 {{"),
        format!("{inner}{step}break;"),
        format!("{inner}}}"),
        format!(
            "{inner}let {} = {name}.lines().next().unwrap_or_default();",
            turns.line
        ),
    ];
    let is_long = habit != "?" && (call.len() > CHAIN || opened.len() > CHAIN);
    let is_free = [reader, name]
        .iter()
        .all(|name| !context.index.is_taken(subject.data.module, name));
    let starts_line = subject.text[..start as usize].ends_with(indent);
    if is_long || !is_free || !starts_line || lines.iter().any(|line| line.len() > LINE) {
        return None;
    }
    let mut changes = match binding {
        Some(binding) => vec![
            edit(subject, binding.statement, made_reader),
            edit(subject, head, lines[1..].join("\n").trim_start()),
        ],
        None => vec![edit(subject, head, lines.join("\n").trim_start())],
    };
    changes.append(&mut imports.edits);
    edits::fix(
        format!("read one line a turn into one `{name}`"),
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// Whether anything but memory and the standard output is written to.
fn writes_within(subject: Subject<'_>, range: TextRange) -> bool {
    let mut events = subject.flow.events.iter();
    events.any(|event| {
        let writes = match &event.kind {
            EventKind::Transfer { direction, .. } => *direction == Direction::Write,
            EventKind::Effect { .. } | EventKind::Argument { .. } => true,
            _ => false,
        };
        let is_elsewhere =
            |handle| !matches!(handle, Handle::Memory | Handle::Stdout | Handle::Other);
        writes
            && range.contains(event.range)
            && event
                .origins
                .iter()
                .any(|id| is_elsewhere(subject.flow.origin(*id).ty.handle()))
    })
}

fn turns_of<'a>(subject: Subject<'a>, home: &'a Block, made: &Origin) -> Option<Turns<'a>> {
    let is_text = |expr: &Expr| match (&expr.kind, &made.binding) {
        (ExprKind::Path(path), Some(binding)) => path.single() == Some(&binding.name),
        (_, None) => expr.range == made.opened,
        _ => false,
    };
    home.statements.iter().find_map(|statement| {
        let StatementKind::Expr { expr, .. } = &statement.kind else {
            return None;
        };
        let ExprKind::Loop {
            kind: LoopKind::For,
            iterated: Some(iterated),
            body,
            ..
        } = &expr.kind
        else {
            return None;
        };
        let (lines, counts) = match &iterated.kind {
            ExprKind::Method { receiver, name, .. } if name == "enumerate" => {
                (receiver.as_ref(), true)
            }
            _ => (iterated.as_ref(), false),
        };
        let ExprKind::Method { receiver, name, .. } = &lines.kind else {
            return None;
        };
        if name != "lines" || !is_text(receiver) || body.statements.is_empty() {
            return None;
        }
        let start = statement.range.start as usize;
        let head = &subject.text[start..iterated.range.start as usize];
        let at = head.find("for ")?;
        let (label, pattern) = head.split_at(at);
        let pattern = pattern.strip_prefix("for ")?.strip_suffix(" in ")?;
        let (counter, line) = match counts {
            true => {
                let both = pattern.strip_prefix('(')?.strip_suffix(')')?;
                let (counter, line) = both.split_once(", ")?;
                (Some(counter), line)
            }
            false => (None, pattern),
        };
        let is_name = |text: &str| text.chars().all(is_part);
        let is_plain = is_name(line.strip_prefix("mut ").unwrap_or(line))
            && counter.is_none_or(is_name)
            && (label.is_empty() || label.starts_with('\'') && label.ends_with(": "));
        let is_open = subject.text[body.range.start as usize + 1..].starts_with('\n');
        (is_plain && is_open && line != "_").then_some(Turns {
            range: statement.range,
            label,
            counter,
            line,
            body,
        })
    })
}
