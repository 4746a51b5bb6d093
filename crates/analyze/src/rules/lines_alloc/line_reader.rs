//! `for line in BufReader::new(file).lines()` as a loop over the lines that the runtime crate lends from its buffer.

use model::{Applicability, Edit, Fix};

use super::as_str::uses_as_str;
use super::lent::is_only_lent;
use super::lines::{NAMES, Turns, turns_of};
use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, LINE, edit, insertion};
use crate::flow::{Walk, WalkKind};
use crate::syntax::{StatementKind, TextRange};
use crate::words::{count_of, has_word, is_word};

/// `None` where what is read is not a file of this function's own, or a line is used in a way that a `str` is not.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, walk: &Walk) -> Option<Fix> {
    if walk.kind != WalkKind::Lines {
        return None;
    }
    let turns = turns_of(subject, walk)?;
    let head = TextRange::new(turns.range.start, turns.work);
    let work = TextRange::new(turns.work, turns.body.range.end);
    let indent = edits::indentation(subject.text, turns.range.start);
    let starts_line = subject.text[..turns.range.start as usize].ends_with(&format!("\n{indent}"));
    let lent = is_only_lent(subject, turns.body, work, turns.name);
    if !starts_line || !lent || edits::has_comment(subject.text_of(head)) {
        return None;
    }
    let mut changes = uses_as_str(subject, turns.body, work, turns.name)?;
    let reader = reader(context, subject, walk)?;
    let mut text = reader
        .made
        .map_or_else(String::new, |made| format!("{made}\n{indent}"));
    let opening = opening(&turns, &reader.name, indent)?;
    text.push_str(&opening);
    changes.push(edit(subject, head, text));
    changes.extend(reader.changes);
    let title = "lend each line from an `io_optimize::LineReader`";
    let lines = changes.iter().flat_map(|change| change.replacement.lines());
    if lines
        .into_iter()
        .any(|line| indent.len() + line.len() > LINE)
    {
        return None;
    }
    let fix = edits::fix(title, Applicability::MaybeIncorrect, changes)?;
    Some(edits::onto_runtime(fix, "io_optimize::LineReader"))
}

/// The head of the loop, up to where the work on the line begins.
fn opening(turns: &Turns<'_>, reader: &str, indent: &str) -> Option<String> {
    let Turns {
        label,
        counter,
        name,
        habit,
        ..
    } = turns;
    let call = format!("{reader}.next_str()");
    let is_broken = habit.is_some_and(|habit| habit != "?" && call.len() + habit.len() > CHAIN);
    if is_broken {
        return None;
    }
    let (pattern, value) = match habit {
        Some(habit) => (format!("Some({name})"), format!("{call}{habit}")),
        None => (format!("Ok(Some({name}))"), call),
    };
    let Some(counter) = counter else {
        return Some(format!("{label}while let {pattern} = {value} {{"));
    };
    let unit = if indent.contains('\t') { "\t" } else { "    " };
    Some(format!(
        "{label}for {counter} in 0usize.. {{\n{indent}{unit}let {pattern} = {value} else {{\n\
         {indent}{unit}{unit}break;\n{indent}{unit}}};"
    ))
}

/// How the reader is made and named.
struct Reader {
    name: String,
    /// The `let` that gives it a name, right before the loop.
    made: Option<String>,
    /// What becomes of the `let` that it has.
    changes: Vec<Edit>,
}

/// A reader over a file that the function opens and gives to nobody else: it may read on as far as it likes.
fn reader(context: &Context<'_>, subject: Subject<'_>, walk: &Walk) -> Option<Reader> {
    let is_file = walk.over.is("std::io::BufReader")
        && matches!(walk.over.arguments(), [inner] if inner.is("std::fs::File"));
    if !is_file {
        return None;
    }
    let text = subject.text_of(walk.range).strip_suffix(".lines()")?;
    let known = subject.text_of(subject.data.function.range);
    if let Some(file) = buffered(text) {
        let name = NAMES.into_iter().find(|name| !has_word(known, name))?;
        let is_free = !context.index.is_taken(subject.data.module, name);
        return (is_free && is_opened(subject, file)).then(|| Reader {
            name: name.to_owned(),
            made: Some(format!(
                "let mut {name} = io_optimize::LineReader::new({file});"
            )),
            changes: Vec::new(),
        });
    }
    // Made, and walked over, and no more.
    if !is_word(text) || count_of(known, text) != 2 {
        return None;
    }
    let (statement, mutable, name_at, value) = declared(subject, text)?;
    let file = buffered(subject.text_of(value))?;
    if edits::has_comment(subject.text_of(statement)) || !is_opened(subject, file) {
        return None;
    }
    let new = format!("io_optimize::LineReader::new({file})");
    let mut changes = vec![edit(subject, value, new.clone())];
    if !mutable {
        changes.push(insertion(subject, name_at, "mut "));
    }
    let length = edits::line_at(subject, value.start).len() + new.len() + "mut ".len();
    let fits = length - subject.text_of(value).len() <= LINE;
    fits.then(|| Reader {
        name: text.to_owned(),
        made: None,
        changes,
    })
}

/// What is in a buffer that is made in one line.
fn buffered(text: &str) -> Option<&str> {
    let path = text.trim_start_matches("std::").trim_start_matches("io::");
    let file = path.strip_prefix("BufReader::new(")?.strip_suffix(')')?;
    (!file.contains('\n')).then_some(file)
}

/// Whether a file is opened there, or was by a `let` whose variable nothing else names.
fn is_opened(subject: Subject<'_>, file: &str) -> bool {
    let opens = |text: &str| {
        let path = text.trim_start_matches("std::").trim_start_matches("fs::");
        path.starts_with("File::open(")
    };
    let known = subject.text_of(subject.data.function.range);
    opens(file)
        || is_word(file)
            && count_of(known, file) == 2
            && declared(subject, file).is_some_and(|(_, _, _, value)| opens(subject.text_of(value)))
}

/// The only `let` of a name, without a type: its statement, whether it is mutable, where the name is, and its value.
fn declared(subject: Subject<'_>, name: &str) -> Option<(TextRange, bool, u32, TextRange)> {
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer: Some(value),
                otherwise: None,
            } = &statement.kind
                && pattern.name() == Some(name)
                && pattern.declared().is_none()
                && let Some(at) = pattern.name_range()
            {
                found = Some((statement.range, pattern.is_mutable(), at.start, value.range));
            }
        }
    });
    found
}
