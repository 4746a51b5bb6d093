//! A record whose variable is declared before the loop that fills it.

use crate::context::Subject;
use crate::edits;
use crate::syntax::{Expr, ExprKind, StatementKind, TextRange};
use crate::words::count_of;

/// Where a variable is declared without a value.
pub(super) struct Declared {
    /// In the block of the loop itself: the variable can be made there.
    pub(super) in_same_block: bool,
    /// The lines of the declaration, if it can be taken out.
    pub(super) lines: Option<TextRange>,
}

/// The variable of `record = result?;`, if it is declared before the loop as `let mut record;` and is named nowhere else outside it.
pub(super) fn declared<'a>(
    subject: Subject<'a>,
    assignment: &'a Expr,
    looped: TextRange,
) -> Option<(&'a str, Declared)> {
    let ExprKind::Assign { left, .. } = &assignment.kind else {
        return None;
    };
    let ExprKind::Path(path) = &left.kind else {
        return None;
    };
    let name = path.single()?;
    let mut found = None;
    edits::visit_blocks(subject.body, &mut |block| {
        for statement in &block.statements {
            if let StatementKind::Let {
                pattern,
                initializer: None,
                ..
            } = &statement.kind
                && pattern.name() == Some(name)
                && pattern.is_mutable()
            {
                let mut around = block.statements.iter();
                let in_same_block = around.any(|other| other.range == looped);
                let declared = Declared {
                    in_same_block,
                    lines: edits::statement_lines(subject, statement.range),
                };
                found = Some((statement.range, declared));
            }
        }
    });
    let (statement, declared) = found?;
    let before = TextRange::new(subject.data.function.range.start, looped.start);
    let is_before = statement.end <= looped.start;
    (is_before && count_of(subject.text_of(before), name) == 1).then_some((name, declared))
}
