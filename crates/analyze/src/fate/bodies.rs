//! Loops, closures and macros: code that runs once for each piece, later, or out of sight.

use super::{Following, Hold, Use};
use crate::syntax::{Block, Closure, Expr, LoopKind, Macro, Pattern, TextRange};

impl Following<'_, '_> {
    pub(super) fn looped(
        &mut self,
        expr: &Expr,
        kind: LoopKind,
        condition: &Option<Box<Expr>>,
        pattern: &Option<Box<Pattern>>,
        over: Hold,
        body: &Block,
    ) {
        self.loops.push(body.range);
        if let Some(condition) = condition {
            self.expr(condition);
        }
        if kind == LoopKind::For {
            let element = match over {
                Hold::Walk => {
                    self.see(Use::Walked, expr.range);
                    Hold::Piece
                }
                // Bytes are copied out.
                Hold::Whole | Hold::Mapped => {
                    if over == Hold::Whole {
                        // This loop is not around the value.
                        self.fate.passes += if self.loops.len() > self.made_in + 1 {
                            2
                        } else {
                            1
                        };
                    }
                    self.see(Use::Walked, expr.range);
                    Hold::Nothing
                }
                Hold::Parts => {
                    self.see(Use::Kept, expr.range);
                    Hold::Nothing
                }
                Hold::Piece | Hold::Copy | Hold::Nothing => over,
            };
            if let Some(pattern) = pattern {
                self.bind(pattern, element);
            }
        }
        let result = self.block(body);
        self.leaves(result, body.range);
        self.loops.pop();
    }

    /// A closure that is not known to run here, once for each piece.
    pub(super) fn free_closure(&mut self, closure: &Closure, range: TextRange) {
        // It may run more than once, or later.
        if self.mentions(range) {
            self.see(Use::Kept, range);
        }
        let hold = self.closure(closure, Hold::Nothing);
        self.keep(hold, range);
    }

    /// The value of a closure whose last parameter is given that.
    pub(super) fn closure(&mut self, closure: &Closure, given: Hold) -> Hold {
        self.scoped(|this| {
            let last = closure.parameters.len().saturating_sub(1);
            for (at, pattern) in closure.parameters.iter().enumerate() {
                this.bind(pattern, if at == last { given } else { Hold::Nothing });
            }
            this.expr(&closure.body)
        })
    }

    pub(super) fn macro_call(&mut self, mac: &Macro, range: TextRange) -> Hold {
        if let Some(body) = &mac.body {
            return self.block(body);
        }
        let holds: Vec<Hold> = mac.arguments.iter().map(|it| self.expr(it)).collect();
        let hold = holds.into_iter().max().unwrap_or_default();
        match mac.name.as_str() {
            "try" | "dbg" | "vec" => return hold,
            "matches" => return Hold::Nothing,
            _ => {}
        }
        let captured = mac.captures.iter().map(|name| self.named(name)).max();
        let hold = hold.max(captured.unwrap_or_default());
        let is_quiet = crate::flow::is_quiet_macro(&mac.name);
        let is_plain = is_quiet && hold == Hold::Piece;
        let is_hidden = !is_quiet && mac.arguments.is_empty() && self.mentions(range);
        if is_hidden {
            self.see(Use::Kept, range);
        } else if !is_plain {
            self.keep(hold, range);
        }
        Hold::Nothing
    }
}
