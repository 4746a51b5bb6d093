//! Functions that the value is given to.

use super::{DEEPEST, Following, Hold, Pieces, Seen, Use, parts};
use crate::effects::{EffectDirection, Usage};
use crate::flow::{Direction, EventKind};
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Expr, ExprKind, Path, Pattern, TextRange};

impl Following<'_, '_> {
    pub(super) fn call(&mut self, expr: &Expr, callee: &Expr, arguments: &[Expr]) -> Hold {
        let ExprKind::Path(path) = &callee.kind else {
            self.expr(callee);
            self.others(arguments);
            return Hold::Nothing;
        };
        let holds: Vec<Hold> = arguments.iter().map(|it| self.expr(it)).collect();
        let hold = holds.iter().copied().max().unwrap_or_default();
        if hold == Hold::Nothing {
            return Hold::Nothing;
        }
        let name = path.last();
        if path
            .single()
            .is_some_and(|name| self.named(name) != Hold::Nothing)
        {
            self.see(Use::Kept, expr.range);
            return Hold::Nothing;
        }
        if let Some(callee) = self.callee(expr.range) {
            // `Type::method(value, …)`: the receiver is no parameter.
            let skip = usize::from(self.context.index.function(callee).function.has_self);
            let receiver = holds.iter().take(skip).copied().max().unwrap_or_default();
            self.keep(receiver, expr.range);
            let rest = holds.get(skip..).unwrap_or_default().to_vec();
            return self.followed(callee, &rest, expr.range);
        }
        if let Some(what) = self.external(expr.range, hold, path) {
            self.see(what, expr.range);
            return Hold::Nothing;
        }
        match name {
            "drop" | "forget" | "black_box" => Hold::Nothing,
            "from_utf8" | "from_utf8_lossy" | "from_utf8_unchecked" | "from_utf8_owned" => hold,
            // A reader over bytes in memory.
            "new" if hold == Hold::Whole && is_memory_reader(path) => hold,
            "new" if hold == Hold::Piece && self.pieces == Pieces::Borrowed => Hold::Nothing,
            _ => self.through_function(name, hold, expr.range),
        }
    }

    /// What a function, named only, makes of it.
    pub(super) fn through_function(&mut self, name: &str, hold: Hold, range: TextRange) -> Hold {
        let wraps = matches!(name, "Ok" | "Some" | "unwrap" | "expect" | "ok")
            || name.starts_with(|c: char| c.is_uppercase());
        if wraps {
            return hold;
        }
        match (hold, self.pieces) {
            (Hold::Piece, Pieces::Borrowed) => {
                let views = matches!(
                    name,
                    "trim" | "trim_end" | "trim_start" | "as_bytes" | "split_whitespace"
                );
                if views { Hold::Piece } else { Hold::Nothing }
            }
            _ => {
                self.keep(hold, range);
                Hold::Nothing
            }
        }
    }

    /// The function of the workspace that a call runs.
    pub(super) fn callee(&self, range: TextRange) -> Option<FunctionId> {
        let mut calls = self.flow.calls.iter();
        calls
            .find(|call| call.range == range)
            .map(|call| call.callee)
    }

    /// What a function of another crate does with the whole of it, where that is known.
    fn external(&self, range: TextRange, hold: Hold, path: &Path) -> Option<Use> {
        if hold != Hold::Whole {
            return None;
        }
        let index = self.context.index;
        let meaning = index.resolve(index.function(self.id).module, path);
        if let Meaning::External(path) = meaning
            && self.context.effects.hashes(&path)
        {
            return Some(Use::Hashed);
        }
        let mut events = self.flow.events.iter().filter(|event| event.range == range);
        events.find_map(|event| match event.kind {
            EventKind::Effect { row, .. } => {
                let effect = self.context.effects.row(row);
                let reads = effect.direction == EffectDirection::Read && !effect.serde;
                let streams = matches!(effect.usage, Usage::Buffers | Usage::Lines);
                (reads && streams && effect.is_wrapper()).then_some(Use::Streamed)
            }
            EventKind::Transfer {
                direction: Direction::Read,
                ref how,
                ..
            } if how == "std::io::copy" => Some(Use::Streamed),
            _ => None,
        })
    }

    /// Follows what a function of the workspace is given; the result is what it hands back.
    pub(super) fn followed(
        &mut self,
        callee: FunctionId,
        holds: &[Hold],
        range: TextRange,
    ) -> Hold {
        let given = holds.iter().copied().max().unwrap_or_default();
        if matches!(given, Hold::Nothing | Hold::Copy) {
            return Hold::Nothing;
        }
        if given == Hold::Piece && self.pieces == Pieces::Borrowed {
            let returns = self.returns_parts(callee);
            return if returns { Hold::Piece } else { Hold::Nothing };
        }
        let Some((body, flow)) = parts(self.context, callee).filter(|_| self.depth < DEEPEST)
        else {
            self.keep(given, range);
            return Hold::Nothing;
        };
        let mut inner = Following::new(self.context, callee, flow, self.pieces, self.depth + 1);
        inner.numbered = self.numbered;
        let function = &self.context.index.function(callee).function;
        for (parameter, hold) in function.parameters.iter().zip(holds) {
            inner.bind(&parameter.pattern, *hold);
            let destructured = !matches!(
                parameter.pattern,
                Pattern::Binding { .. } | Pattern::Typed { .. }
            );
            if destructured {
                inner.keep(*hold, range);
            }
        }
        let result = inner.block(body);
        self.fate.bounded |= inner.fate.bounded;
        let again = self.loops.len() > self.made_in;
        self.fate.passes += inner.fate.passes * if again { 2 } else { 1 };
        let seen = inner.fate.seen.into_iter();
        self.fate
            .seen
            .extend(seen.map(|seen| Seen { range, ..seen }));
        result
    }

    /// Whether a function may hand back parts of what it borrows.
    fn returns_parts(&self, callee: FunctionId) -> bool {
        let index = self.context.index;
        let function = &index.function(callee).function;
        let Some(body) = &function.body else {
            return true;
        };
        let text = &self.context.sources.file(index.file_of(callee)).text;
        let head = text
            .get(function.range.start as usize..body.range.start as usize)
            .unwrap_or_default();
        let returns = head.rsplit_once("->").map_or("", |(_, returns)| returns);
        returns.contains('&') || returns.contains('\'')
    }
}

/// `Cursor::new`, `BufReader::new`.
fn is_memory_reader(path: &Path) -> bool {
    let of = path.segments.iter().rev().nth(1);
    of.is_some_and(|of| matches!(of.name.as_str(), "Cursor" | "BufReader"))
}
