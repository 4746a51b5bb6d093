//! Pieces of fixes: names in scope, imports, buffers and flushes, as edits of the original text.

mod arguments;
mod at_use;
mod broken;
mod buffer;
mod errors;
mod exits;
mod fields;
mod flush;
mod helpers;
mod holders;
mod imports;
mod in_callee;
mod in_place;
mod inline;
mod joins;
mod kept_result;
mod last_use;
mod layout;
mod lent;
mod onlookers;
mod own_flush;
mod runtime;
mod rust_version;
mod stdout;
mod stored;
mod unused;
mod use_order;
mod use_tree;
mod variants;
mod wrap;

pub(crate) use arguments::{has_other_mentions, takes_any};

pub(crate) use buffer::{read_fix, unwrap_fix, with_wrappers, without_loan, write_fix};
pub(crate) use errors::suffix_at;
pub(crate) use flush::flush_fix;
pub(crate) use imports::{Imports, in_scope, item};
pub(crate) use last_use::without_import;
pub(crate) use layout::keeps_layout;
pub(crate) use onlookers::acts_within;
pub(crate) use runtime::{is_copied_from, is_copied_to, onto_runtime};
pub(crate) use rust_version::{fits, knows};
pub(crate) use stdout::{stdout_fix, stdout_handle_fix};
pub(crate) use unused::{bare, methods_of, without_unused_imports};
pub(crate) use wrap::{CHAIN, LINE};

use model::{Applicability, Edit, Fix, Verified};

use crate::context::{Context, Subject};
use crate::flow::{Event, Origin, OriginId};
use crate::syntax::{Block, Expr, Pattern, Statement, StatementKind, TextRange, walk};
use crate::words::has_word;

/// A handle, and all that a function does with it.
#[derive(Clone, Copy)]
pub(crate) struct Handled<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) subject: Subject<'a>,
    pub(crate) origin: &'a Origin,
    pub(crate) events: &'a [&'a Event],
}

impl<'a> Handled<'a> {
    /// A handle of the function; `events` are those on it.
    pub(crate) fn of(
        context: &'a Context<'a>,
        subject: Subject<'a>,
        id: OriginId,
        events: &'a [&'a Event],
    ) -> Self {
        Self {
            context,
            subject,
            origin: subject.flow.origin(id),
            events,
        }
    }
}

pub(crate) fn edit(subject: Subject<'_>, range: TextRange, replacement: impl Into<String>) -> Edit {
    Edit {
        span: subject.span(range),
        replacement: replacement.into(),
    }
}

pub(crate) fn insertion(subject: Subject<'_>, at: u32, text: impl Into<String>) -> Edit {
    edit(subject, TextRange::new(at, at), text)
}

/// A fix from its edits, which are brought into order; `None` if two of them overlap.
pub(crate) fn fix(
    title: impl Into<String>,
    applicability: Applicability,
    mut edits: Vec<Edit>,
) -> Option<Fix> {
    edits.sort();
    edits.dedup();
    let overlap = edits.windows(2).any(|pair| {
        pair[0].span.file == pair[1].span.file && pair[0].span.end > pair[1].span.start
    });
    (!overlap).then(|| Fix {
        title: title.into(),
        applicability,
        edits,
        creates: Vec::new(),
        requires: Vec::new(),
        verified: Verified::No,
        method: None,
        headline: None,
    })
}

/// The first of some names that a function does not mention.
pub(crate) fn free_name<'a>(subject: Subject<'_>, names: &[&'a str]) -> Option<&'a str> {
    let lines = subject.text_of(subject.data.function.range).lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = code.collect();
    let is_free = |name: &&&str| !code.iter().any(|line| has_word(line, name));
    names.iter().find(is_free).copied()
}

/// The white space a line starts with.
pub(crate) fn indentation(text: &str, at: u32) -> &str {
    let before = &text[..at as usize];
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = &text[line..];
    let length = rest
        .find(|c: char| c != ' ' && c != '\t')
        .unwrap_or(rest.len());
    &rest[..length]
}

/// The line in which a place is.
pub(crate) fn line_at<'a>(subject: Subject<'a>, at: u32) -> &'a str {
    let start = subject.text[..at as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    subject.text[start..].lines().next().unwrap_or_default()
}

/// The lines of a statement that has them to itself, so that it can be taken out; `None` where a blank line would be left that
/// rustfmt takes away.
pub(crate) fn statement_lines(subject: Subject<'_>, statement: TextRange) -> Option<TextRange> {
    let indent = indentation(subject.text, statement.start);
    let start = statement.start - u32::try_from(indent.len()).ok()?;
    let before = &subject.text[..start as usize];
    let after = &subject.text[statement.end as usize..];
    let newline = match after {
        text if text.starts_with("\r\n") => 2,
        text if text.starts_with('\n') => 1,
        _ => return None,
    };
    let opens = before
        .trim_end_matches([' ', '\t', '\r', '\n'])
        .ends_with('{')
        || before.ends_with("\n\n")
        || before.ends_with("\n\r\n");
    let blank = after[newline..].starts_with(['\r', '\n']);
    let own = before.is_empty() || before.ends_with('\n');
    let end = statement.end + u32::try_from(newline).ok()?;
    (own && !(opens && blank)).then(|| TextRange::new(start, end))
}

/// The block of exactly that range.
pub(crate) fn block_at(body: &Block, range: TextRange) -> Option<&Block> {
    let mut found = None;
    visit_blocks(body, &mut |block| {
        if block.range == range {
            found = Some(block);
        }
    });
    found
}

/// The innermost block with a statement that contains a place, and the position of that statement.
pub(crate) fn home(body: &Block, range: TextRange) -> Option<(&Block, usize)> {
    let mut home = None;
    // Blocks come from the outside in.
    visit_blocks(body, &mut |block| {
        home = position_in(block, range).map(|at| (block, at)).or(home);
    });
    home
}

/// The `let` of one name, with a value and without an `else`.
pub(crate) struct NamedValue<'a> {
    pub(crate) block: &'a Block,
    pub(crate) statement: &'a Statement,
    pub(crate) pattern: &'a Pattern,
    pub(crate) name: &'a str,
    pub(crate) value: &'a Expr,
}

/// The innermost statement that contains a place, if it gives a name to a value.
pub(crate) fn named_value(body: &Block, range: TextRange) -> Option<NamedValue<'_>> {
    let (block, at) = home(body, range)?;
    let statement = &block.statements[at];
    let StatementKind::Let {
        pattern: pattern @ Pattern::Binding { name, .. },
        initializer: Some(value),
        otherwise: None,
    } = &statement.kind
    else {
        return None;
    };
    pattern.name_range()?;
    Some(NamedValue {
        block,
        statement,
        pattern,
        name,
        value,
    })
}

/// The position of the statement of a block that contains a place.
pub(crate) fn position_in(block: &Block, range: TextRange) -> Option<usize> {
    let mut statements = block.statements.iter();
    statements.position(|statement| statement.range.contains(range))
}

/// Calls `visit` on a block and on every block below it.
pub(crate) fn visit_blocks<'a>(body: &'a Block, visit: &mut dyn FnMut(&'a Block)) {
    visit(body);
    walk::block_expressions(body, &mut |expr| {
        walk::children(expr, &mut |_| {}, &mut |block| visit(block));
        true
    });
}

/// Calls `visit` with each pattern that a `let` of a body binds, and what it is bound to.
pub(crate) fn visit_lets<'a>(body: &'a Block, visit: &mut dyn FnMut(&'a Pattern, &'a Expr)) {
    visit_blocks(body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer: Some(value),
                ..
            } = &statement.kind
            {
                visit(pattern, value);
            }
        }
    });
}

/// Whether code between two places has a comment, which an edit must not lose.
pub(crate) fn has_comment(text: &str) -> bool {
    text.contains("//") || text.contains("/*")
}
