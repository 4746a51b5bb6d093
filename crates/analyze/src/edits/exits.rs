//! The ways out of a block that a flush has to stand before.

use crate::context::Subject;
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange, walk};

/// The statements that leave the block around `between` without an error; `None` if something leaves it from within an
/// expression, where no flush can stand before it.
pub(super) fn early_exits(subject: Subject<'_>, between: &[Statement]) -> Option<Vec<TextRange>> {
    let mut exits = Vec::new();
    for statement in between {
        let mut search = Search {
            subject,
            home: subject.text_of(statement.range),
            exits: Vec::new(),
            hidden: false,
        };
        search.statement(statement, 0);
        if search.hidden {
            return None;
        }
        exits.append(&mut search.exits);
    }
    Some(exits)
}

struct Search<'a> {
    subject: Subject<'a>,
    /// The statement that is searched.
    home: &'a str,
    exits: Vec<TextRange>,
    /// Something leaves from within an expression.
    hidden: bool,
}

impl Search<'_> {
    fn statement(&mut self, statement: &Statement, loops: u32) {
        match &statement.kind {
            StatementKind::Let {
                initializer,
                otherwise,
                ..
            } => {
                for expr in initializer.iter().chain(otherwise.as_deref()) {
                    self.expr(expr, loops);
                }
            }
            StatementKind::Expr { expr, .. } if self.leaves(expr, loops) => {
                self.hidden |= !starts_line(self.subject.text, statement.range.start);
                self.exits.push(statement.range);
            }
            StatementKind::Expr { expr, .. } => self.expr(expr, loops),
            StatementKind::Item => {}
        }
    }

    fn leaves(&self, expr: &Expr, loops: u32) -> bool {
        match &expr.kind {
            ExprKind::Return(value) => !value.as_ref().is_some_and(|value| is_error(value)),
            // A labelled one leaves if its loop is not among the statements themselves.
            ExprKind::Break(_) | ExprKind::Continue => {
                let text = self.subject.text_of(expr.range);
                let label = text.split_whitespace().find(|word| word.starts_with('\''));
                match label {
                    Some(label) => !self.home.contains(&format!("{label}:")),
                    None => loops == 0,
                }
            }
            _ => false,
        }
    }

    fn expr(&mut self, expr: &Expr, loops: u32) {
        if matches!(expr.kind, ExprKind::Closure(_) | ExprKind::Async(_)) {
            return;
        }
        self.hidden |= self.leaves(expr, loops);
        let inside = loops + u32::from(matches!(expr.kind, ExprKind::Loop { .. }));
        match block_of(expr) {
            Some(block) => {
                block
                    .statements
                    .iter()
                    .for_each(|statement| self.statement(statement, inside));
                if let ExprKind::If {
                    condition,
                    otherwise,
                    ..
                } = &expr.kind
                {
                    self.expr(condition, loops);
                    otherwise.iter().for_each(|expr| self.expr(expr, inside));
                }
                if let ExprKind::Loop {
                    condition,
                    iterated,
                    ..
                } = &expr.kind
                {
                    condition
                        .iter()
                        .chain(iterated)
                        .for_each(|expr| self.expr(expr, loops));
                }
            }
            None => {
                let mut children = Vec::new();
                walk::children(expr, &mut |child| children.push(child), &mut |_| {});
                children
                    .into_iter()
                    .for_each(|child| self.expr(child, inside));
            }
        }
    }
}

/// Whether nothing but white space stands before an offset on its line.
fn starts_line(text: &str, at: u32) -> bool {
    text[..at as usize]
        .lines()
        .next_back()
        .is_none_or(|line| line.trim().is_empty())
}

/// The block that an expression is made of, whose statements are looked at as such.
fn block_of(expr: &Expr) -> Option<&Block> {
    match &expr.kind {
        ExprKind::Block(block) => Some(block),
        ExprKind::If { then, .. } => Some(then),
        ExprKind::Loop { body, .. } => Some(body),
        _ => None,
    }
}

fn is_error(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Path(path) if path.last() == "Err")
        }
        _ => false,
    }
}
