//! Whether code only lends a variable, so that its value is there for the next turn.

use crate::context::Subject;
use crate::syntax::{Block, Expr, ExprKind, StatementKind, TextRange, walk};
use crate::words::has_word;

/// Macros that take what they show by reference.
const SHOWING: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "format",
    "panic",
    "info",
    "warn",
    "error",
    "debug",
    "trace",
    "assert",
    "assert_eq",
    "assert_ne",
];

/// Whether every mention of `name` in `part` of a block borrows it, up to a statement of the block that gives its name away.
pub(super) fn is_only_lent(
    subject: Subject<'_>,
    body: &Block,
    part: TextRange,
    name: &str,
) -> bool {
    let mut check = Check {
        subject,
        name,
        fine: true,
    };
    for expr in until_renamed(body, part, name).expressions {
        check.expr(expr);
    }
    check.fine
}

/// What a part of a block does while a name in it is that of the same value.
pub(super) struct SameName<'a> {
    pub(super) expressions: Vec<&'a Expr>,
    /// The `let` that gives the name to something else, and where the name is in it.
    pub(super) renamed: Option<(TextRange, Option<TextRange>)>,
}

/// The statements in `part`, up to and with one that gives the name to something else. An item sees no variables.
pub(super) fn until_renamed<'a>(body: &'a Block, part: TextRange, name: &str) -> SameName<'a> {
    let mut found = SameName {
        expressions: Vec::new(),
        renamed: None,
    };
    for statement in body.statements.iter().filter(|it| part.contains(it.range)) {
        match &statement.kind {
            StatementKind::Let {
                pattern,
                initializer,
                otherwise,
            } => {
                let all = initializer.iter().chain(otherwise.as_deref());
                found.expressions.extend(all);
                if pattern.name() == Some(name) {
                    found.renamed = Some((statement.range, pattern.name_range()));
                    return found;
                }
            }
            StatementKind::Expr { expr, .. } => found.expressions.push(expr),
            StatementKind::Item => {}
        }
    }
    found
}

struct Check<'a> {
    subject: Subject<'a>,
    name: &'a str,
    fine: bool,
}

impl Check<'_> {
    fn is_it(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Path(path) if path.single() == Some(self.name))
    }

    fn expr(&mut self, expr: &Expr) {
        // A mention that nothing below lends.
        if self.is_it(expr) {
            self.fine = false;
            return;
        }
        let subject = self.subject;
        let text = subject.text_of(expr.range);
        match &expr.kind {
            ExprKind::Closure(_) if text.starts_with("move") => return self.mentions_none(text),
            ExprKind::Async(_) => return self.mentions_none(text),
            // What it is given may be used in any way.
            ExprKind::Macro(mac) if !SHOWING.contains(&mac.name.as_str()) => {
                return self.mentions_none(text);
            }
            _ => {}
        }
        let mut children = Vec::new();
        walk::children(expr, &mut |child| children.push(child), &mut |_| {});
        for (position, child) in children.into_iter().enumerate() {
            if !(self.is_it(child) && self.lends(expr, position)) {
                self.expr(child);
            }
        }
    }

    /// Whether an expression borrows what stands directly below it.
    fn lends(&self, expr: &Expr, position: usize) -> bool {
        match &expr.kind {
            ExprKind::Reference { .. } | ExprKind::Deref(_) | ExprKind::Macro(_) => true,
            ExprKind::Index { .. } => position == 0,
            ExprKind::Method { name, .. } => {
                let takes = ["into", "unwrap", "leak"];
                position == 0 && !takes.iter().any(|prefix| name.starts_with(prefix))
            }
            ExprKind::Binary { left, right, .. } => {
                let between = TextRange::new(left.range.end, right.range.start);
                let operator = self.subject.text_of(between).trim();
                matches!(operator, "==" | "!=" | "<" | ">" | "<=" | ">=")
            }
            _ => false,
        }
    }

    fn mentions_none(&mut self, text: &str) {
        self.fine &= !has_word(text, self.name);
    }
}
