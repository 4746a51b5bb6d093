//! Methods that are called on the value, or that it is given to.

use super::{Following, Hold, Pieces, Use};
use crate::flow::is_opener;
use crate::syntax::{Expr, ExprKind};

/// Methods of a hasher that takes its input in pieces.
const FEEDS: &[&str] = &["update", "input", "chain", "chain_update", "consume"];

/// Methods that put an argument into what they are called on.
const COLLECTS: &[&str] = &[
    "push",
    "push_back",
    "push_front",
    "insert",
    "extend",
    "entry",
    "append",
    "send",
    "add",
    "or_insert",
    "replace",
    "set",
];

/// Methods that ask something of a whole text and leave it as it is.
const ASKS: &[&str] = &[
    "len",
    "is_empty",
    "clear",
    "capacity",
    "reserve",
    "shrink_to_fit",
];

/// Methods of which the pieces of a text come, in order.
const WALKS: &[&str] = &[
    "lines",
    "split",
    "split_whitespace",
    "split_ascii_whitespace",
    "split_terminator",
    "split_inclusive",
    "bytes",
    "iter",
    "into_iter",
    "chunks",
    "chunks_exact",
    "byte_lines",
    "lines_with_terminator",
];

/// Methods that yield the same text in another form.
const VIEWS: &[&str] = &[
    "as_bytes",
    "as_str",
    "as_slice",
    "as_ref",
    "to_vec",
    "to_string",
    "to_owned",
    "into_owned",
    "into_bytes",
    "into",
    "clone",
    "trim",
    "trim_end",
    "trim_start",
    "borrow",
    "deref",
    "as_deref",
    "into_string",
    "to_str_lossy",
    "by_ref",
];

/// Methods of a piece of text whose value is a copy of it.
const COPIES: &[&str] = &[
    "to_string",
    "to_owned",
    "into_owned",
    "to_vec",
    "into",
    "to_lowercase",
    "to_uppercase",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "replace",
    "into_string",
];

/// Methods of a piece of text whose value has nothing of it.
const ENDS: &[&str] = &[
    "parse",
    "len",
    "is_empty",
    "contains",
    "starts_with",
    "ends_with",
    "eq",
    "cmp",
    "count",
    "any",
    "all",
    "position",
    "find_map",
    "sum",
    "is_some",
    "is_none",
    "is_ok",
    "is_err",
    "eq_ignore_ascii_case",
    "is_match",
    "rfind",
];

/// Methods of a result that hand its value on, and have to do with its failure only.
const PASSES_ON: &[&str] = &[
    "map_err",
    "or_else",
    "unwrap_or",
    "unwrap_or_else",
    "unwrap_or_default",
    "context",
    "with_context",
    "wrap_err",
    "wrap_err_with",
    "change_context",
    "inspect_err",
];

impl Following<'_, '_> {
    pub(super) fn method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        name: &str,
        arguments: &[Expr],
    ) -> Hold {
        let hold = self.expr(receiver);
        match hold {
            Hold::Nothing | Hold::Copy => self.given(expr, name, arguments),
            Hold::Whole => self.of_whole(expr, name, arguments),
            Hold::Walk | Hold::Mapped => self.of_walk(expr, hold, name, arguments),
            Hold::Parts => self.of_parts(expr, name, arguments),
            Hold::Piece => self.of_piece(expr, name, arguments),
        }
    }

    /// A method of something else, with the value among its arguments.
    fn given(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Hold {
        let holds: Vec<Hold> = arguments.iter().map(|it| self.expr(it)).collect();
        let hold = holds.iter().copied().max().unwrap_or_default();
        if hold == Hold::Nothing || matches!(name, "read_to_end" | "read_to_string") {
            return Hold::Nothing;
        }
        if matches!(name, "zip" | "chain") && hold == Hold::Walk {
            self.numbered |= name == "zip";
            return hold;
        }
        if let Some(callee) = self.callee(expr.range) {
            return self.followed(callee, &holds, expr.range);
        }
        match hold {
            Hold::Whole if FEEDS.contains(&name) => self.see(Use::Hashed, expr.range),
            // Copies of all pieces are as large as what they are copied from.
            Hold::Piece | Hold::Copy if self.pieces == Pieces::Borrowed => {
                if COLLECTS.contains(&name) {
                    self.see(Use::Kept, expr.range);
                }
            }
            _ => self.keep(hold, expr.range),
        }
        Hold::Nothing
    }

    pub(super) fn others(&mut self, arguments: &[Expr]) {
        for argument in arguments {
            let hold = match &argument.kind {
                ExprKind::Closure(closure) => self.closure(closure, Hold::Nothing),
                _ => self.expr(argument),
            };
            self.leaves(hold, argument.range);
        }
    }

    fn of_whole(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Hold {
        if matches!(
            name,
            "map" | "and_then" | "map_or" | "map_or_else" | "is_ok_and" | "is_some_and"
        ) && let Some((last, rest)) = arguments.split_last()
        {
            self.others(rest);
            return match &last.kind {
                ExprKind::Closure(closure) => self.closure(closure, Hold::Whole),
                ExprKind::Path(path) => self.through_function(path.last(), Hold::Whole, expr.range),
                _ => {
                    self.see(Use::Kept, expr.range);
                    Hold::Nothing
                }
            };
        }
        self.others(arguments);
        match name {
            _ if WALKS.contains(&name) => {
                self.pass();
                self.begun_in = self.loops.len();
                let argument = arguments.first().map_or("", |it| self.text_of(it.range));
                self.by_lines = name.contains("lines") || argument.contains("'\\n'");
                Hold::Walk
            }
            _ if VIEWS.contains(&name) || is_opener(name) => Hold::Whole,
            _ if ASKS.contains(&name) => Hold::Nothing,
            "starts_with" => {
                self.see(Use::Begun, expr.range);
                Hold::Nothing
            }
            "is_ok" | "is_err" | "is_some" | "is_none" => Hold::Nothing,
            _ => {
                self.see(Use::Kept, expr.range);
                Hold::Nothing
            }
        }
    }

    fn of_parts(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Hold {
        self.others(arguments);
        let begun = if self.by_lines { Use::Begun } else { Use::Kept };
        let zero = matches!(
            arguments.first().map(|it| &it.kind),
            Some(ExprKind::Integer(Some(0)))
        );
        match name {
            "is_empty" | "len" => Hold::Nothing,
            "first" => {
                self.see(begun, expr.range);
                Hold::Piece
            }
            "get" if zero => {
                self.see(begun, expr.range);
                Hold::Piece
            }
            _ => {
                self.see(Use::Kept, expr.range);
                Hold::Nothing
            }
        }
    }

    fn of_piece(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Hold {
        let maps = matches!(
            name,
            "map" | "and_then" | "map_or" | "map_or_else" | "is_ok_and" | "is_some_and" | "filter"
        );
        if let (true, Some((last, rest))) = (maps, arguments.split_last()) {
            self.others(rest);
            let result = match &last.kind {
                ExprKind::Closure(closure) => self.closure(closure, Hold::Piece),
                ExprKind::Path(path) => self.through_function(path.last(), Hold::Piece, expr.range),
                _ => Hold::Nothing,
            };
            return if name == "filter" {
                Hold::Piece
            } else {
                result
            };
        }
        self.others(arguments);
        match self.pieces {
            Pieces::Owned if is_opener(name) && !is_lending(name) => Hold::Piece,
            Pieces::Owned if name.starts_with("into") || PASSES_ON.contains(&name) => Hold::Piece,
            Pieces::Owned => Hold::Nothing,
            Pieces::Borrowed if ENDS.contains(&name) => Hold::Nothing,
            Pieces::Borrowed if COPIES.contains(&name) => Hold::Copy,
            Pieces::Borrowed => Hold::Piece,
        }
    }
}

/// Methods that lend what they are called on instead of handing it on.
fn is_lending(name: &str) -> bool {
    matches!(
        name,
        "as_ref"
            | "as_mut"
            | "as_deref"
            | "as_deref_mut"
            | "borrow"
            | "borrow_mut"
            | "get_mut"
            | "get_ref"
            | "as_slice"
            | "as_mut_slice"
            | "as_str"
            | "trim"
            | "trim_end"
            | "clone"
            | "to_owned"
            | "as_path"
            | "to_path_buf"
            | "deref"
            | "deref_mut"
    )
}
