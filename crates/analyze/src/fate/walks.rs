//! Iterators over the pieces, from the method that begins the walk to the one that runs it.

use super::{Following, Hold, Pieces, Use};
use crate::flow::is_opener;
use crate::syntax::{Expr, ExprKind};

/// Adaptors that hand the same pieces on.
const SAME: &[&str] = &[
    "enumerate",
    "skip",
    "step_by",
    "fuse",
    "peekable",
    "by_ref",
    "flatten",
    "zip",
    "chain",
    "into_iter",
    "iter",
    "cloned",
    "copied",
    "with_position",
    "intersperse",
    "iter_mut",
];

/// Adaptors whose closure is lent a piece and decides on it.
const CHOOSES: &[&str] = &["filter", "inspect", "skip_while", "take_while", "filter_ok"];

/// Adaptors whose closure is given each piece and makes something of it.
const MAPS: &[&str] = &[
    "map",
    "filter_map",
    "flat_map",
    "map_while",
    "map_ok",
    "scan",
    "and_then",
];

/// Methods that take one piece or few from the front.
const TAKES_FIRST: &[&str] = &["next", "nth", "peek", "next_if", "peek_mut", "next_if_eq"];

/// Methods that run to the end and keep no piece.
const RUNS: &[&str] = &[
    "for_each",
    "try_for_each",
    "fold",
    "try_fold",
    "any",
    "all",
    "find",
    "find_map",
    "position",
    "count",
    "last",
    "max",
    "min",
    "max_by_key",
    "min_by_key",
    "max_by",
    "min_by",
    "sum",
    "product",
    "try_find",
    "process_results",
    "fold_ok",
    "sum_ok",
];

/// Batches of pieces up to this many are a fixed handful.
const HANDFUL: u64 = 64;

impl Following<'_, '_> {
    pub(super) fn of_walk(
        &mut self,
        expr: &Expr,
        hold: Hold,
        name: &str,
        arguments: &[Expr],
    ) -> Hold {
        if SAME.contains(&name) {
            self.others(arguments);
            self.numbered |= name == "enumerate";
            return hold;
        }
        let element = match (hold, self.pieces) {
            (Hold::Walk, _) => Hold::Piece,
            _ => Hold::Nothing,
        };
        if CHOOSES.contains(&name) {
            let lent = match self.pieces {
                Pieces::Owned => Hold::Nothing,
                Pieces::Borrowed => element,
            };
            for argument in arguments {
                if let ExprKind::Closure(closure) = &argument.kind {
                    self.closure(closure, lent);
                }
            }
            return hold;
        }
        if name == "take" {
            self.fate.bounded |= arguments
                .iter()
                .any(|it| matches!(it.kind, ExprKind::Integer(Some(count)) if count <= HANDFUL));
            return hold;
        }
        if MAPS.contains(&name) {
            return self.mapped(expr, hold, element, arguments);
        }
        if TAKES_FIRST.contains(&name) {
            self.others(arguments);
            // In a loop each turn takes one.
            let turns = self.loops.len() > self.begun_in;
            let is_far = name == "nth"
                && !matches!(
                    arguments,
                    [Expr {
                        kind: ExprKind::Integer(_),
                        ..
                    }]
                );
            let what = match self.pieces {
                _ if turns => Use::Walked,
                // The first line is a small part of a text, its first word may be all of it.
                Pieces::Borrowed if !self.by_lines || is_far => Use::Kept,
                _ => Use::Begun,
            };
            if hold == Hold::Walk || turns {
                self.see(what, expr.range);
            }
            return element;
        }
        if RUNS.contains(&name) {
            self.see(Use::Walked, expr.range);
            let mut result = Hold::Nothing;
            for argument in arguments {
                let value = match &argument.kind {
                    ExprKind::Closure(closure) => self.closure(closure, element),
                    ExprKind::Path(path) if element == Hold::Piece => {
                        self.through_function(path.last(), element, argument.range)
                    }
                    _ => self.expr(argument),
                };
                result = result.max(value);
            }
            // What a fold carries on from turn to turn is kept meanwhile.
            if matches!(name, "fold" | "try_fold") {
                self.keep(result, expr.range);
                return Hold::Nothing;
            }
            return match name {
                "find" | "last" | "max" | "min" | "max_by_key" | "min_by_key" | "max_by"
                | "min_by" => element,
                _ => result.min(Hold::Piece),
            };
        }
        self.others(arguments);
        match hold {
            Hold::Walk if name.starts_with("collect") && self.pieces == Pieces::Borrowed => {
                Hold::Parts
            }
            Hold::Walk if matches!(name, "size_hint" | "is_empty") => Hold::Nothing,
            // Something else may walk on with what is left.
            Hold::Walk if matches!(name, "into_inner" | "get_mut" | "reader") => Hold::Nothing,
            Hold::Walk => {
                self.see(Use::Kept, expr.range);
                Hold::Nothing
            }
            // What is collected from all pieces is about as much.
            _ if self.pieces == Pieces::Borrowed => {
                self.see(Use::Kept, expr.range);
                Hold::Nothing
            }
            _ => {
                self.see(Use::Walked, expr.range);
                Hold::Nothing
            }
        }
    }

    fn mapped(&mut self, expr: &Expr, hold: Hold, element: Hold, arguments: &[Expr]) -> Hold {
        let mut made = Hold::Nothing;
        for argument in arguments {
            let value = match &argument.kind {
                ExprKind::Closure(closure) => self.closure(closure, element),
                ExprKind::Path(path) if is_opener(path.last()) => element,
                ExprKind::Path(_) if element == Hold::Piece => {
                    let callee = self.text_of(argument.range);
                    let last = callee.rsplit("::").next().unwrap_or(callee);
                    self.through_function(last, element, expr.range)
                }
                _ => self.expr(argument),
            };
            made = made.max(value);
        }
        match made {
            Hold::Piece => hold,
            Hold::Nothing | Hold::Copy | Hold::Mapped => Hold::Mapped,
            // A walk within each piece.
            Hold::Walk | Hold::Whole | Hold::Parts => {
                self.keep(made, expr.range);
                Hold::Mapped
            }
        }
    }
}
