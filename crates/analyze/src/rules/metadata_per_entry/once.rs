//! One look-up in the place of two.

use model::{Applicability, Fix};

use crate::context::Subject;
use crate::edits::{self, CHAIN, LINE, edit, has_comment, indentation, insertion};
use crate::flow::Lookup;
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange, walk};
use crate::words::{has_word, places_of};

/// The attributes that the second look-up asks for, and what their failure does.
struct Attributes<'a> {
    /// The look-up with what takes its result out.
    opened: TextRange,
    /// The look-up itself.
    range: TextRange,
    /// The whole statement and its name, where a variable is bound to them and nothing else.
    bound: Option<(TextRange, &'a str)>,
}

/// Both questions answered by the attributes, where a failed look-up leads to the same place as before.
pub(super) fn fix(subject: Subject<'_>, first: &Lookup, again: &Lookup) -> Option<Fix> {
    if !matches!(first.how.as_str(), "is_dir" | "is_file" | "exists") || again.how != "metadata" {
        return None;
    }
    let asks = walk::method_at(subject.body, first.range)?;
    if in_macro(subject, first.range) || in_macro(subject, again.range) {
        return None;
    }
    let around = condition_of(subject, first.range)?;
    let attributes = opened(subject, again.range)?;
    let text = subject.text_of(TextRange::new(around.range.start, attributes.opened.end));
    if subject.text_of(attributes.opened).contains('\n') || has_comment(text) {
        return None;
    }
    let ExprKind::If {
        condition,
        then,
        otherwise,
    } = &around.kind
    else {
        return None;
    };
    let name = match attributes.bound {
        Some((_, name)) => name,
        None => free_name(subject)?,
    };
    let is_negated =
        |expr: &Expr| matches!(&expr.kind, ExprKind::Unary(inner) if inner.range == asks.range);
    // Where the look-up fails, the second one is the next thing that is done: it fails instead.
    let comes_next = match otherwise.as_deref() {
        _ if is_negated(condition) => starts_with(then, attributes.opened),
        _ if condition.range != asks.range => is_next_in(condition, asks, attributes.opened),
        Some(Expr {
            kind: ExprKind::If { condition, .. },
            ..
        }) => condition.range.start == attributes.opened.start,
        Some(Expr {
            kind: ExprKind::Block(block),
            ..
        }) => starts_with(block, attributes.opened),
        _ => false,
    };
    if comes_next && first.how != "exists" {
        return before(subject, around, first, &attributes, name);
    }
    if condition.range != asks.range || !then.range.contains(attributes.opened) {
        return None;
    }
    // Where it fails, nothing was done with the attributes.
    let look_up = subject.text_of(attributes.range);
    let taken = match first.how.as_str() {
        "exists" => format!("let Ok({name}) = {look_up}"),
        how => {
            let chain = format!("{look_up}.ok().filter(|found| found.{how}())");
            let free = !has_word(look_up, "found");
            if chain.chars().count() > CHAIN || !free {
                return None;
            }
            format!("let Some({name}) = {chain}")
        }
    };
    let line = edits::line_at(subject, around.range.start);
    let length = line.chars().count() + taken.chars().count();
    if length > LINE + subject.text_of(condition.range).chars().count() {
        return None;
    }
    let mut changes = vec![edit(subject, condition.range, taken)];
    changes.push(replaced(subject, &attributes, name)?);
    finished(changes)
}

/// The look-up moved before the `if`.
fn before(
    subject: Subject<'_>,
    around: &Expr,
    first: &Lookup,
    attributes: &Attributes<'_>,
    name: &str,
) -> Option<Fix> {
    let line = edits::line_at(subject, around.range.start);
    let starts_line = line.trim_start().starts_with("if ");
    let mut stands = false;
    edits::visit_blocks(subject.body, &mut |block| {
        stands |= block.statements.iter().any(|statement| {
            statement.range.start == around.range.start
                && matches!(&statement.kind, StatementKind::Expr { expr, .. } if expr.range == around.range)
        });
    });
    if !starts_line || !stands {
        return None;
    }
    let indent = indentation(subject.text, around.range.start);
    let look_up = subject.text_of(attributes.opened);
    let statement = format!("let {name} = {look_up};");
    if indent.chars().count() + statement.chars().count() > LINE {
        return None;
    }
    let start = around.range.start;
    finished(vec![
        insertion(subject, start, format!("{statement}\n{indent}")),
        edit(subject, first.range, format!("{name}.{}()", first.how)),
        replaced(subject, attributes, name)?,
    ])
}

fn finished(changes: Vec<model::Edit>) -> Option<Fix> {
    edits::fix(
        "answer both by one `metadata`",
        Applicability::MaybeIncorrect,
        changes,
    )
}

/// The second look-up replaced by the variable, or the statement taken out that binds it.
fn replaced(subject: Subject<'_>, attributes: &Attributes<'_>, name: &str) -> Option<model::Edit> {
    let Some((statement, _)) = attributes.bound else {
        return Some(edit(subject, attributes.opened, name));
    };
    let whole = edits::statement_lines(subject, statement)?;
    Some(edit(subject, whole, ""))
}

/// The `if` in whose condition a place stands.
fn condition_of<'a>(subject: Subject<'a>, place: TextRange) -> Option<&'a Expr> {
    let mut found = None;
    walk::block_expressions(subject.body, &mut |expr| {
        if let ExprKind::If { condition, .. } = &expr.kind
            && condition.range.contains(place)
        {
            found = Some(expr);
        }
        true
    });
    found
}

/// `!asks && look_up…`
fn is_next_in(condition: &Expr, asks: &Expr, next: TextRange) -> bool {
    let ExprKind::Binary { left, right, .. } = &condition.kind else {
        return false;
    };
    let negated = matches!(&left.kind, ExprKind::Unary(inner) if inner.range == asks.range);
    negated && right.range.start == next.start
}

/// Whether a place is what the first statement of a block does first.
fn starts_with(block: &Block, place: TextRange) -> bool {
    match block.statements.first().map(|first| &first.kind) {
        Some(StatementKind::Let {
            initializer: Some(value),
            ..
        }) => value.range.start == place.start,
        Some(StatementKind::Expr { expr, .. }) => {
            expr.range.start == place.start
                || matches!(&expr.kind, ExprKind::If { condition, .. } if condition.range.start == place.start)
        }
        _ => false,
    }
}

/// The look-up with the `?` or `unwrap` behind it; `None` where its failure is something else.
fn opened<'a>(subject: Subject<'a>, range: TextRange) -> Option<Attributes<'a>> {
    let mut opened = None;
    walk::block_expressions(subject.body, &mut |expr| {
        let inner = match &expr.kind {
            ExprKind::Try(inner) => Some(inner),
            ExprKind::Method { receiver, name, .. }
                if matches!(name.as_str(), "unwrap" | "expect") =>
            {
                Some(receiver)
            }
            _ => None,
        };
        if inner.is_some_and(|inner| inner.range == range) {
            opened = Some(expr.range);
        }
        opened.is_none()
    });
    let opened = opened?;
    let mut bound = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for Statement { kind, range } in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer: Some(value),
                otherwise: None,
            } = kind
                && value.range == opened
                && pattern.declared().is_none()
                && !pattern.is_mutable()
                && let Some(name) = pattern.name()
            {
                bound = Some((*range, name, block.range));
            }
        }
    });
    let bound = match bound {
        // It becomes visible sooner, where the name may be another's.
        Some((_, name, block)) if !is_only_in(subject, name, block) => return None,
        Some((statement, name, _)) => Some((statement, name)),
        None => None,
    };
    Some(Attributes {
        opened,
        range,
        bound,
    })
}

/// Whether a function has a name in one block only.
fn is_only_in(subject: Subject<'_>, name: &str, block: TextRange) -> bool {
    let whole = subject.data.function.range;
    let text = subject.text_of(whole);
    let inside = (block.start - whole.start) as usize..(block.end - whole.start) as usize;
    places_of(text, name).all(|at| inside.contains(&at) || text[..at].ends_with(['.', ':']))
}

/// A name for the attributes that the function does not use.
fn free_name(subject: Subject<'_>) -> Option<&'static str> {
    let text = subject.text_of(subject.data.function.range);
    ["metadata", "attributes"]
        .into_iter()
        .find(|name| places_of(text, name).all(|at| text[..at].ends_with(['.', ':'])))
}

fn in_macro(subject: Subject<'_>, place: TextRange) -> bool {
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr| {
        found |= matches!(expr.kind, ExprKind::Macro(_)) && expr.range.contains(place);
        !found
    });
    found
}
