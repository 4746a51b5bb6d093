//! The opening and the reading as one call.

use model::{Applicability, Fix};

use super::Read;
use crate::context::{Context, Subject};
use crate::edits::{self, CHAIN, block_at, edit, has_comment, indentation};
use crate::flow::{Binding, Origin, OriginKind};
use crate::syntax::{Block, StatementKind, TextRange};
use crate::words::places_of;

/// `let mut file = open; let mut text = String::new(); file.read_to_string(&mut text)?;` in this order, or with the first
/// two the other way round, becomes one `let`.
pub(super) fn fix(context: &Context<'_>, subject: Subject<'_>, read: Read<'_>) -> Option<Fix> {
    let Read {
        origin,
        event,
        target,
        function,
    } = read;
    let buffer = target.binding.as_ref()?;
    let block = block_at(subject.body, buffer.block)?;
    let reading = edits::position_in(block, event.range)?;
    let statement = &block.statements[reading];
    let StatementKind::Expr {
        expr,
        semicolon: true,
    } = &statement.kind
    else {
        return None;
    };
    if expr.range.start != event.range.start {
        return None;
    }
    let read_suffix = joined(subject, event.range.end, expr.range.end);
    let open_suffix = joined(subject, origin.range.end, origin.opened.end);
    if origin.opened.start != origin.range.start || open_suffix.is_empty() || read_suffix.is_empty()
    {
        return None;
    }
    let first = statements_before(subject, block, reading, origin, buffer)?;
    // As the value of the block it needs no name.
    let next = block.statements.get(reading + 1);
    let returned = next.filter(|next| subject.text_of(next.range) == buffer.name);
    let end = returned.map_or(statement.range.end, |tail| tail.range.end);
    let whole = TextRange::new(block.statements[first].range.start, end);
    if has_comment(subject.text_of(whole)) {
        return None;
    }
    let reader = if matches!(&origin.kind, OriginKind::Open { api } if api.starts_with("fs_err")) {
        format!("fs_err::{function}")
    } else {
        module_function(context, subject, function)
    };
    let call = format!("{reader}({})", open_argument(subject, origin)?);
    let indent = indentation(subject.text, whole.start);
    let text = match returned {
        Some(_) => chain(&call, &open_suffix, indent, 0)?,
        None => {
            let mutable = if changes_later(subject, buffer, whole.end) {
                "mut "
            } else {
                ""
            };
            let head = format!("let {mutable}{} = ", buffer.name);
            let below = format!("{indent}    {call}{open_suffix};");
            let on_one_line = indent.len() + head.len() + call.len() + open_suffix.len() < 100;
            if !on_one_line && calls(&open_suffix) < 2 && below.len() <= 100 {
                // rustfmt would rather have the whole value on a line of its own than break one call from it.
                format!("{}\n{below}", head.trim_end())
            } else {
                let value = chain(&call, &open_suffix, indent, head.len() + 1)?;
                format!("{head}{value};")
            }
        }
    };
    // Where both failures were treated alike, they still are.
    let applicability = if open_suffix == read_suffix {
        Applicability::MachineApplicable
    } else {
        Applicability::MaybeIncorrect
    };
    edits::fix(
        format!("read the file with `fs::{function}`"),
        applicability,
        vec![edit(subject, whole, text)],
    )
}

/// What stands between two places, on one line: rustfmt breaks before the dots of calls.
fn joined(subject: Subject<'_>, start: u32, end: u32) -> String {
    let lines = subject.text_of(TextRange::new(start, end)).lines();
    lines.map(str::trim).collect()
}

/// How many calls follow in a chain.
fn calls(suffix: &str) -> usize {
    suffix.matches(").").count() + usize::from(suffix.starts_with('.'))
}

/// A call and what follows it, as rustfmt breaks a chain; `None` if it would break that further.
fn chain(call: &str, suffix: &str, indent: &str, around: usize) -> Option<String> {
    let one_line = format!("{call}{suffix}");
    let calls = calls(suffix);
    let fits = indent.len() + around + one_line.len() <= 100;
    if fits && (calls < 2 || one_line.len() <= CHAIN) {
        return Some(one_line);
    }
    let broken = calls == 1
        && indent.len() + 5 + suffix.len() <= 100
        && indent.len() + around + call.len() <= 100;
    broken.then(|| format!("{call}\n{indent}    {suffix}"))
}

/// `fs::read` under whatever name `std::fs` has here.
pub(super) fn module_function(
    context: &Context<'_>,
    subject: Subject<'_>,
    function: &str,
) -> String {
    let short = context.index.means(subject.data.module, "fs", "std::fs");
    if short {
        format!("fs::{function}")
    } else {
        format!("std::fs::{function}")
    }
}

/// Index of the first of the statements that make the handle, a buffer round it and the target, right before the one that
/// reads; `None` if another statement stands between them.
fn statements_before(
    subject: Subject<'_>,
    block: &Block,
    reading: usize,
    origin: &Origin,
    buffer: &Binding,
) -> Option<usize> {
    let around = subject.flow.origins.iter().filter(|other| {
        matches!(&other.kind, OriginKind::Buffer { over, .. } if over.iter().any(|id| subject.flow.origin(*id).range == origin.range))
    });
    let inline = block.statements[reading].range;
    let mut needed: Vec<TextRange> = vec![buffer.statement];
    for made in around.chain(std::iter::once(origin)) {
        match &made.binding {
            Some(binding) => needed.push(binding.statement),
            None if inline.contains(made.range)
                || needed
                    .iter()
                    .any(|statement| statement.contains(made.range)) => {}
            None => return None,
        }
    }
    needed.sort_unstable();
    needed.dedup();
    let first = reading.checked_sub(needed.len())?;
    let before: Vec<TextRange> = block.statements[first..reading]
        .iter()
        .map(|statement| statement.range)
        .collect();
    let whole_value = origin.binding.as_ref().is_none_or(|handle| {
        subject
            .text_of(handle.statement)
            .trim_end_matches(';')
            .trim_end_matches(')')
            .ends_with(subject.text_of(origin.opened).trim_end_matches(')'))
    });
    (before == needed && whole_value).then_some(first)
}

pub(super) fn open_argument<'a>(subject: Subject<'a>, origin: &Origin) -> Option<&'a str> {
    let call = &subject.text[origin.range.at()];
    let open = call.find('(')?;
    let argument = call[open + 1..]
        .strip_suffix(')')?
        .trim()
        .trim_end_matches(',');
    (!argument.contains('\n')).then_some(argument)
}

/// Whether the buffer may be changed after it was filled, so that it stays `mut`: each later mention has to be one that is
/// known to leave it alone.
pub(super) fn changes_later(subject: Subject<'_>, buffer: &Binding, from: u32) -> bool {
    const READS: [&str; 24] = [
        "len",
        "lines",
        "as_bytes",
        "as_str",
        "trim",
        "split",
        "contains",
        "starts_with",
        "ends_with",
        "is_empty",
        "iter",
        "chars",
        "bytes",
        "parse",
        "split_whitespace",
        "to_string",
        "to_owned",
        "clone",
        "as_ref",
        "as_slice",
        "get",
        "first",
        "find",
        "windows",
    ];
    let rest = &subject.text[from as usize..subject.body.range.end as usize];
    places_of(rest, &buffer.name).any(|at| {
        let (before, after) = (&rest[..at], &rest[at + buffer.name.len()..]);
        if before.ends_with('.') {
            return false;
        }
        let compared = ["==", "!="].iter().any(|operator| {
            before.trim_end().ends_with(operator) || after.trim_start().starts_with(operator)
        });
        if before.ends_with('&') || compared {
            return false;
        }
        match after.strip_prefix('.') {
            Some(method) => !READS.iter().any(|read| {
                method
                    .strip_prefix(read)
                    .is_some_and(|rest| rest.starts_with('('))
            }),
            None => {
                !after
                    .trim_start()
                    .starts_with([')', ',', ';', '}', '?', ':'])
                    && !before.ends_with('{')
            }
        }
    })
}
