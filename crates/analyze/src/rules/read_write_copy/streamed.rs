//! A file that is read into a buffer for one write, copied into the writer instead.

use model::{Applicability, Edit, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, Imports, edit, has_comment, item};
use crate::flow::{Event, Origin, OriginKind};
use crate::syntax::{Block, Expr, Statement, StatementKind, TextRange, walk};
use crate::words::{count_of, has_word, is_part, is_word};

/// `file.read_to_end(&mut bytes)?; … writer.write_all(&bytes)?;` and `let bytes = fs::read(path)?; writer.write_all(&bytes)?;`
/// become `io::copy`.
pub(super) fn fix(
    context: &Context<'_>,
    subject: Subject<'_>,
    held: &Origin,
    write: &Event,
) -> Option<Fix> {
    let binding = held.binding.as_ref()?;
    let name = binding.name.as_str();
    let (writer, written) = method(subject, write.range, &["write_all", "write"])?;
    let target = lent(subject, subject.text_of(writer.range))?;
    if !is_all_of(subject.text_of(written.range), name) || !writes_by_std(context, subject) {
        return None;
    }
    let (block, at) = edits::home(subject.body, write.range)?;
    if !is_first(&block.statements[at], write.range) {
        return None;
    }
    let mut imports = Imports::default();
    let mut removed = Vec::new();
    let (source, first) = match &held.kind {
        OriginKind::Content { .. } => {
            let first = position(block, binding.statement)?;
            let call = subject.text_of(held.range);
            let path = call.split_once("read(")?.1.strip_suffix(')')?;
            let suffix = subject.text_of(held.opened).strip_prefix(call)?;
            let whole = format!("let {name} = {call}{suffix};");
            if !matches!(suffix, "?" | ".unwrap()")
                || first + 1 != at
                || subject.text_of(binding.statement) != whole
                || path.contains('\n')
            {
                return None;
            }
            let file = item(context, subject, "std::fs::File", &mut imports);
            (format!("&mut {file}::open({path}){suffix}"), first)
        }
        _ => {
            let (first, reader) = filled(subject, block, at, name)?;
            removed.push(binding.statement);
            let between = TextRange::new(
                block.statements[first].range.end,
                block.statements[at].range.start,
            );
            if has_word(subject.text_of(between), reader)
                || touches_files(context, subject, between)
            {
                return None;
            }
            (lent(subject, reader)?, first)
        }
    };
    removed.push(block.statements[first].range);
    let cleared = block.statements.get(at + 1).map(|next| next.range);
    let cleared = cleared.filter(|next| subject.text_of(*next) == format!("{name}.clear();"));
    removed.extend(cleared);
    // The `let`, what fills it, what writes it and what empties it are all that names it.
    let known = removed.len() + 1;
    if count_of(subject.text_of(subject.data.function.range), name) != known {
        return None;
    }
    let short = context.index.means(subject.data.module, "io", "std::io");
    let copy = if short { "io::copy" } else { "std::io::copy" };
    let call = format!("{copy}({source}, {target})");
    let line = subject.text_of(TextRange::new(
        write.range.start,
        block.statements[at].range.end,
    ));
    let behind = line.lines().next()?.len();
    let indent = edits::indentation(subject.text, write.range.start).len();
    let old = subject.text_of(write.range);
    if old.contains('\n') || indent + behind + call.len() - old.len().min(behind) > 100 {
        return None;
    }
    let mut changes = vec![edit(subject, write.range, call)];
    for statement in removed {
        changes.push(removal(subject, statement)?);
    }
    changes.append(&mut imports.edits);
    edits::fix(
        "copy it with `io::copy`",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// Receiver and only argument of the call of a method on exactly that range.
fn method<'a>(
    subject: Subject<'a>,
    range: TextRange,
    names: &[&str],
) -> Option<(&'a Expr, &'a Expr)> {
    let (receiver, name, only) = walk::method_of_one(subject.body, range)?;
    names.contains(&name).then_some((receiver, only))
}

/// Whether an argument hands over all bytes of what a name stands for.
fn is_all_of(argument: &str, name: &str) -> bool {
    let views = [".as_ref()", ".as_slice()", ".as_bytes()"];
    argument == format!("&{name}")
        || argument == format!("&{name}[..]")
        || argument == format!("&*{name}")
        || argument
            .strip_prefix(name)
            .is_some_and(|view| views.contains(&view))
}

/// Whether `write_all` is that of `std::io::Write` here.
fn writes_by_std(context: &Context<'_>, subject: Subject<'_>) -> bool {
    context
        .index
        .means(subject.data.module, "Write", "std::io::Write")
}

fn position(block: &Block, statement: TextRange) -> Option<usize> {
    let mut statements = block.statements.iter();
    statements.position(|known| known.range == statement)
}

/// Whether a statement begins with an expression, has no value, and passes failures on.
fn is_first(statement: &Statement, range: TextRange) -> bool {
    let is_call = matches!(
        statement.kind,
        StatementKind::Expr {
            semicolon: true,
            ..
        }
    );
    is_call && statement.range.start == range.start
}

/// The statement before another one that reads all of something into a name, and the name of what it reads.
fn filled<'a>(
    subject: Subject<'a>,
    block: &Block,
    before: usize,
    name: &str,
) -> Option<(usize, &'a str)> {
    let at = (0..before)
        .rev()
        .find(|at| has_word(subject.text_of(block.statements[*at].range), name))?;
    let statement = &block.statements[at];
    let text = subject.text_of(statement.range);
    // A text that is read is checked for UTF-8: a copy takes anything.
    let call = format!(".read_to_end(&mut {name})");
    let (reader, rest) = text.split_once(&call)?;
    let end = statement.range.start + u32::try_from(text.len() - rest.len()).ok()?;
    let call = TextRange::new(statement.range.start, end);
    let reader_end = statement.range.start + u32::try_from(reader.len()).ok()?;
    let reader = TextRange::new(statement.range.start, reader_end);
    let passed_on = subject.text_of(TextRange::new(call.end, statement.range.end));
    let passes_on = passed_on.ends_with("?;") || passed_on == ".unwrap();";
    let reader: &'a str = subject.text.get(reader.at())?;
    (is_first(statement, call) && passes_on && is_word(reader)).then_some((at, reader))
}

/// Whether code makes, removes or opens files: an earlier read would then have failed before, or found another file.
fn touches_files(context: &Context<'_>, subject: Subject<'_>, range: TextRange) -> bool {
    let flow = subject.flow;
    let opens = |made: &&Origin| matches!(made.kind, OriginKind::Open { .. });
    let mut opened = flow.origins.iter().filter(opens);
    let mut calls = flow.calls.iter();
    opened.any(|made| range.contains(made.range))
        || flow.acts.iter().any(|act| range.contains(act.range))
        || calls.any(|call| range.contains(call.range) && context.usages.acts(call.callee))
}

/// How a name is lent: what is `mut` is lent, what is not is a reference already.
fn lent(subject: Subject<'_>, name: &str) -> Option<String> {
    let function = subject.text_of(subject.data.function.range);
    let declared = function
        .match_indices(&format!("mut {name}"))
        .any(|(at, found)| {
            !function[at + found.len()..].starts_with(is_part) && !function[..at].ends_with('&')
        });
    is_word(name).then(|| match declared {
        true => format!("&mut {name}"),
        false => name.to_owned(),
    })
}

/// The lines of a statement taken out, with one of two empty lines; `None` where a comment belongs to it.
fn removal(subject: Subject<'_>, statement: TextRange) -> Option<Edit> {
    let text = subject.text;
    let (before, after) = (
        &text[..statement.start as usize],
        &text[statement.end as usize..],
    );
    let start = before.rfind('\n')? + 1;
    let length = after.find('\n')? + 1;
    let above = before[..start].lines().next_back().unwrap_or("").trim();
    let alone = before[start..].trim().is_empty() && after[..length].trim().is_empty();
    if !alone || above.starts_with("//") || has_comment(subject.text_of(statement)) {
        return None;
    }
    let next = after[length..].lines().next().unwrap_or("").trim();
    let blank = if next.is_empty() && (above.is_empty() || above.ends_with('{')) {
        after[length..].find('\n')? + 1
    } else {
        0
    };
    let end = statement.end as usize + length + blank;
    let range = TextRange::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    Some(edit(subject, range, ""))
}
