//! Names, patterns and places that hold the value.

use super::{Following, Hold, Named, Pieces, Use};
use crate::syntax::{Expr, ExprKind, Pattern, TextRange};
use crate::words::{has_word, words};

impl Following<'_, '_> {
    pub(super) fn named(&self, name: &str) -> Hold {
        let mut known = self
            .scopes
            .iter()
            .rev()
            .flat_map(|scope| scope.iter().rev());
        known
            .find(|known| known.name == name)
            .map_or(Hold::Nothing, |known| known.hold)
    }

    pub(super) fn bind_name(&mut self, name: &str, hold: Hold) {
        let scope = self.scopes.last_mut().expect("a scope is open");
        scope.push(Named {
            name: name.to_owned(),
            hold,
        });
    }

    /// Whether the text of a range names something that holds the value.
    pub(super) fn mentions(&self, range: TextRange) -> bool {
        let text = self.text_of(range);
        words(text).any(|(_, word)| self.named(word) != Hold::Nothing)
    }

    pub(super) fn bind(&mut self, pattern: &Pattern, hold: Hold) {
        match pattern {
            Pattern::Binding { name, inner, .. } => {
                if let Some(inner) = inner {
                    self.bind(inner, hold);
                }
                self.bind_name(name, hold);
            }
            Pattern::Typed { pattern, .. } => self.bind(pattern, hold),
            Pattern::Tuple(elements) => {
                let numbered = self.numbered && hold == Hold::Piece && elements.len() == 2;
                for (at, element) in elements.iter().enumerate() {
                    let part = if numbered && at == 0 {
                        Hold::Nothing
                    } else {
                        hold
                    };
                    self.bind(element, part);
                }
            }
            Pattern::TupleStruct { path, elements } => {
                let part = if path.last() == "Err" {
                    Hold::Nothing
                } else {
                    hold
                };
                elements.iter().for_each(|element| self.bind(element, part));
            }
            Pattern::Struct { fields, .. } => {
                fields.iter().for_each(|(_, field)| self.bind(field, hold));
            }
            Pattern::Or(all) | Pattern::Slice(all) => {
                all.iter().for_each(|one| self.bind(one, hold));
            }
            Pattern::Other => {}
        }
    }

    pub(super) fn assign(&mut self, left: &Expr, right: &Expr, range: TextRange) {
        let hold = self.expr(right);
        let ExprKind::Path(path) = &left.kind else {
            if let ExprKind::Index { base, index } = &left.kind {
                let target = self.expr(base);
                self.expr(index);
                if matches!(target, Hold::Whole | Hold::Parts) {
                    self.see(Use::Kept, range);
                }
            }
            self.keep(hold, range);
            return;
        };
        let Some(name) = path.single() else {
            self.keep(hold, range);
            return;
        };
        if hold == Hold::Piece && self.outlives_turn(name, left.range) {
            self.see(Use::Kept, range);
        }
        let known = self
            .scopes
            .iter_mut()
            .rev()
            .flat_map(|scope| scope.iter_mut().rev());
        match known.into_iter().find(|known| known.name == name) {
            Some(known) => known.hold = hold,
            None => self.bind_name(name, hold),
        }
    }

    /// Whether a variable that is given a value in a loop is read in a later turn, or behind the loop.
    fn outlives_turn(&self, name: &str, left: TextRange) -> bool {
        let Some(body) = self.loops.last() else {
            return false;
        };
        let declared_inside = self.text_of(TextRange::new(body.start, left.start));
        let function = self.context.index.function(self.id).function.range;
        let behind = self.text_of(TextRange::new(body.end, function.end.max(body.end)));
        has_word(declared_inside, name)
            && !declared_inside.contains(&format!("let {name}"))
            && !declared_inside.contains(&format!("let mut {name}"))
            || has_word(behind, name)
    }

    pub(super) fn index(&mut self, base: &Expr, index: &Expr, range: TextRange) -> Hold {
        let hold = self.expr(base);
        self.expr(index);
        match hold {
            Hold::Whole => match &index.kind {
                ExprKind::Range { start: None, .. } => Hold::Whole,
                _ => {
                    self.see(Use::Kept, range);
                    Hold::Nothing
                }
            },
            Hold::Parts => {
                let first = matches!(index.kind, ExprKind::Integer(Some(0)));
                let begins = first && self.by_lines;
                self.see(if begins { Use::Begun } else { Use::Kept }, range);
                if first { Hold::Piece } else { Hold::Nothing }
            }
            Hold::Piece if self.pieces == Pieces::Borrowed => Hold::Piece,
            _ => Hold::Nothing,
        }
    }

    pub(super) fn binary(&mut self, left: &Expr, right: &Expr, range: TextRange) {
        let (before, after) = (self.expr(left), self.expr(right));
        let operator = self.text_of(TextRange::new(left.range.end, right.range.start));
        let adds = operator.trim_start().starts_with('+');
        if before == Hold::Piece && self.pieces == Pieces::Owned && adds {
            self.see(Use::Kept, range);
        }
        if before == Hold::Whole || after == Hold::Whole {
            self.see(Use::Kept, range);
        }
    }
}
