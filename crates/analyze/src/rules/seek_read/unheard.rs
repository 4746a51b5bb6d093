//! Questions for the position whose answers nobody hears.

use model::{Applicability, Fix};

use crate::context::{Context, Subject};
use crate::edits::{self, LINE, edit, has_comment};
use crate::flow::Event;
use crate::seeks;
use crate::syntax::{Block, Expr, ExprKind, StatementKind, TextRange, walk};

/// The statements taken out that only ask where the file stands.
pub(super) fn fix<'a>(
    context: &Context<'_>,
    subject: Subject<'_>,
    asks: impl Iterator<Item = &'a Event>,
) -> Option<Fix> {
    let mut changes = Vec::new();
    let mut gone = Vec::new();
    for event in asks {
        edits::visit_blocks(subject.body, &mut |block| {
            if let Some(change) = without(subject, block, event.range) {
                changes.push(change);
                gone.push(event.range);
            }
        });
    }
    if changes.is_empty() {
        return None;
    }
    changes.extend(seeks::without_trait(context, subject, &gone)?);
    edits::fix(
        "leave out the question whose answer is not used",
        Applicability::MaybeIncorrect,
        changes,
    )
}

fn without(subject: Subject<'_>, block: &Block, asked: TextRange) -> Option<model::Edit> {
    let statement = block.statements.iter().find(|statement| {
        matches!(&statement.kind, StatementKind::Expr { expr, semicolon: true }
            if matches!(&expr.kind, ExprKind::Try(inner) if inner.range == asked))
    })?;
    let text = subject.text_of(block.range);
    match block.statements.as_slice() {
        // rustfmt writes an arm without the braces that one expression does not need.
        [first, tail] if first.range == statement.range => {
            let arm = is_arm(subject, block);
            let value = subject.text_of(tail.range);
            let open = subject.text[..block.range.start as usize]
                .lines()
                .next_back()
                .unwrap_or_default();
            let fits = open.chars().count() + value.chars().count() < LINE;
            let one_line = !value.contains('\n') && block.tail().is_some() && fits;
            if block.range == subject.body.range {
                let lines = edits::statement_lines(subject, statement.range)?;
                return Some(edit(subject, lines, ""));
            }
            let bare = !subject.text[block.range.end as usize..].starts_with(',');
            (arm && one_line && bare && !has_comment(text))
                .then(|| edit(subject, block.range, format!("{value},")))
        }
        [_, _, ..] => {
            let lines = edits::statement_lines(subject, statement.range)?;
            Some(edit(subject, lines, ""))
        }
        _ => None,
    }
}

fn is_arm(subject: Subject<'_>, block: &Block) -> bool {
    let mut found = false;
    walk::block_expressions(subject.body, &mut |expr: &Expr| {
        if let ExprKind::Match { arms, .. } = &expr.kind {
            found |= arms.iter().any(|arm| arm.body.range == block.range);
        }
        !found
    });
    found
}
