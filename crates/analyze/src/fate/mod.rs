//! What becomes of a value inside one function: looked at, walked over piece by piece, or kept.
//!
//! A function's body is walked once, from top to bottom, with the names that hold the value. What is kept in any branch is
//! kept. What cannot be followed counts as kept.

mod bodies;
mod calls;
mod methods;
mod places;
mod walks;

use rustc_hash::FxHashMap;

use crate::context::Context;
use crate::flow::Flow;
use crate::index::FunctionId;
use crate::syntax::{Block, Expr, ExprKind, Statement, StatementKind, TextRange};

/// What an expression's value has of the value that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Hold {
    #[default]
    Nothing,
    /// A copy of one of its pieces.
    Copy,
    /// An iterator over values that are made from the pieces, one at a time.
    Mapped,
    /// One of its pieces.
    Piece,
    /// All its pieces, collected.
    Parts,
    /// An iterator over its pieces, in order.
    Walk,
    /// All of it.
    Whole,
}

/// What the pieces of a walk are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// Values of their own: who wants one takes it.
    Owned,
    /// Parts of the value that is followed: who keeps one keeps that.
    Borrowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Walked to the end, or until something is found.
    Walked,
    /// Only its beginning is looked at.
    Begun,
    /// Fed to a hasher.
    Hashed,
    /// Given to something that reads it as a stream.
    Streamed,
    /// Kept, changed, needed whole, or not known.
    Kept,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) what: Use,
    pub(crate) range: TextRange,
}

#[derive(Debug, Default)]
pub(crate) struct Fate {
    pub(crate) seen: Vec<Seen>,
    /// How often the value is gone through.
    pub(crate) passes: usize,
    /// A fixed number of pieces ends the walk.
    pub(crate) bounded: bool,
}

impl Fate {
    pub(crate) fn has(&self, what: Use) -> bool {
        self.seen.iter().any(|seen| seen.what == what)
    }

    pub(crate) fn first(&self, what: Use) -> Option<TextRange> {
        let mut of_kind = self.seen.iter().filter(|seen| seen.what == what);
        of_kind.next().map(|seen| seen.range)
    }
}

/// Calls are followed so deep.
const DEEPEST: u32 = 3;

/// Follows what the expression of that range yields.
pub(crate) fn of(
    context: &Context<'_>,
    id: FunctionId,
    range: TextRange,
    hold: Hold,
    pieces: Pieces,
) -> Fate {
    let Some((body, flow)) = parts(context, id) else {
        return Fate::default();
    };
    let mut following = Following::new(context, id, flow, pieces, 0);
    following.seeds.insert(range, hold);
    let result = following.block(body);
    following.leaves(result, body.range);
    following.fate
}

fn parts<'a>(context: &Context<'a>, id: FunctionId) -> Option<(&'a Block, &'a Flow)> {
    let body = context.index.function(id).function.body.as_ref()?;
    Some((body, context.flows.get(&id)?))
}

#[derive(Debug, Clone)]
struct Named {
    name: String,
    hold: Hold,
}

struct Following<'c, 'a> {
    context: &'c Context<'a>,
    id: FunctionId,
    text: &'a str,
    flow: &'a Flow,
    pieces: Pieces,
    seeds: FxHashMap<TextRange, Hold>,
    scopes: Vec<Vec<Named>>,
    /// Bodies of the loops around.
    loops: Vec<TextRange>,
    /// Loops around the place where the walk begins.
    begun_in: usize,
    /// Loops around the place where the value is made.
    made_in: usize,
    /// The walk is by lines.
    by_lines: bool,
    /// What a turn yields is a number and a piece.
    numbered: bool,
    fate: Fate,
    depth: u32,
}

impl<'c, 'a> Following<'c, 'a> {
    fn new(
        context: &'c Context<'a>,
        id: FunctionId,
        flow: &'a Flow,
        pieces: Pieces,
        depth: u32,
    ) -> Self {
        Self {
            context,
            id,
            text: &context.sources.file(context.index.file_of(id)).text,
            flow,
            pieces,
            seeds: FxHashMap::default(),
            scopes: vec![Vec::new()],
            loops: Vec::new(),
            begun_in: 0,
            made_in: 0,
            by_lines: false,
            numbered: false,
            fate: Fate::default(),
            depth,
        }
    }

    fn text_of(&self, range: TextRange) -> &'a str {
        self.text.get(range.at()).unwrap_or_default()
    }

    fn see(&mut self, what: Use, range: TextRange) {
        if matches!(what, Use::Hashed | Use::Streamed) {
            self.pass();
        }
        self.fate.seen.push(Seen { what, range });
    }

    /// The whole value is gone through: many times in a loop that it is made outside of.
    fn pass(&mut self) {
        self.fate.passes += if self.loops.len() > self.made_in {
            2
        } else {
            1
        };
    }

    /// The value goes where it is not followed.
    fn keep(&mut self, hold: Hold, range: TextRange) {
        match (hold, self.pieces) {
            (Hold::Nothing | Hold::Copy, _) => {}
            // Whoever gets the iterator walks over values that were made from the pieces.
            (Hold::Mapped, Pieces::Owned) => self.see(Use::Walked, range),
            _ => self.see(Use::Kept, range),
        }
    }

    /// A single piece may leave the function or the loop: the others do not.
    fn leaves(&mut self, hold: Hold, range: TextRange) {
        if hold != Hold::Piece {
            self.keep(hold, range);
        }
    }

    fn scoped<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Vec::new());
        let result = walk(self);
        self.scopes.pop();
        result
    }

    fn block(&mut self, block: &Block) -> Hold {
        self.scoped(|this| {
            let mut last = Hold::Nothing;
            for statement in &block.statements {
                last = this.statement(statement);
            }
            last
        })
    }

    fn statement(&mut self, statement: &Statement) -> Hold {
        match &statement.kind {
            StatementKind::Let {
                pattern,
                initializer,
                otherwise,
            } => {
                let hold = initializer
                    .as_ref()
                    .map_or(Hold::Nothing, |it| self.expr(it));
                if let Some(otherwise) = otherwise {
                    self.expr(otherwise);
                }
                self.bind(pattern, hold);
                Hold::Nothing
            }
            StatementKind::Expr { expr, semicolon } => {
                let hold = self.expr(expr);
                if *semicolon { Hold::Nothing } else { hold }
            }
            StatementKind::Item => Hold::Nothing,
        }
    }

    fn expr(&mut self, expr: &Expr) -> Hold {
        if let Some(hold) = self.seeds.get(&expr.range) {
            self.begun_in = self.loops.len();
            self.made_in = self.loops.len();
            return *hold;
        }
        match &expr.kind {
            ExprKind::Path(path) => path.single().map_or(Hold::Nothing, |name| self.named(name)),
            ExprKind::Reference { inner, .. } => {
                let hold = self.expr(inner);
                let lends = hold == Hold::Piece && self.pieces == Pieces::Owned;
                if lends { Hold::Nothing } else { hold }
            }
            ExprKind::Deref(inner) | ExprKind::Try(inner) => self.expr(inner),
            ExprKind::Unary(inner)
            | ExprKind::Cast { inner, .. }
            | ExprKind::Field { base: inner, .. } => {
                let hold = self.expr(inner);
                let field = matches!(expr.kind, ExprKind::Field { .. });
                if field && hold == Hold::Piece {
                    hold
                } else {
                    Hold::Nothing
                }
            }
            ExprKind::Await(inner) => {
                let hold = self.expr(inner);
                self.keep(hold, expr.range);
                Hold::Nothing
            }
            ExprKind::Call { callee, arguments } => self.call(expr, callee, arguments),
            ExprKind::Method {
                receiver,
                name,
                arguments,
                ..
            } => self.method(expr, receiver, name, arguments),
            ExprKind::Macro(mac) => self.macro_call(mac, expr.range),
            ExprKind::Closure(closure) => {
                self.free_closure(closure, expr.range);
                Hold::Nothing
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Async(block) => {
                let hold = self.block(block);
                self.keep(hold, block.range);
                Hold::Nothing
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => self.scoped(|this| {
                this.expr(condition);
                let hold = this.block(then);
                hold.max(otherwise.as_ref().map_or(Hold::Nothing, |it| this.expr(it)))
            }),
            ExprKind::Let { pattern, scrutinee } => {
                let hold = self.expr(scrutinee);
                self.bind(pattern, hold);
                Hold::Nothing
            }
            ExprKind::Match { scrutinee, arms } => {
                let matched = self.expr(scrutinee);
                let mut result = Hold::Nothing;
                for arm in arms {
                    let hold = self.scoped(|this| {
                        this.bind(&arm.pattern, matched);
                        if let Some(guard) = &arm.guard {
                            this.expr(guard);
                        }
                        this.expr(&arm.body)
                    });
                    result = result.max(hold);
                }
                result
            }
            ExprKind::Loop {
                kind,
                condition,
                pattern,
                iterated,
                body,
            } => {
                let over = iterated.as_ref().map_or(Hold::Nothing, |it| self.expr(it));
                self.scoped(|this| this.looped(expr, *kind, condition, pattern, over, body));
                Hold::Nothing
            }
            ExprKind::Assign { left, right } => {
                self.assign(left, right, expr.range);
                Hold::Nothing
            }
            ExprKind::Return(inner) | ExprKind::Break(inner) => {
                if let Some(inner) = inner {
                    let hold = self.expr(inner);
                    self.leaves(hold, inner.range);
                }
                Hold::Nothing
            }
            ExprKind::Struct { fields, base, .. } => {
                for (_, field) in fields {
                    let hold = self.expr(field);
                    self.keep(hold, field.range);
                }
                base.iter().for_each(|base| {
                    self.expr(base);
                });
                Hold::Nothing
            }
            ExprKind::Index { base, index } => self.index(base, index, expr.range),
            ExprKind::Tuple(all) | ExprKind::Array(all) => {
                let holds = all.iter().map(|one| self.expr(one));
                let hold = holds.max().unwrap_or_default();
                // Whoever walks over that gets all of the value in one turn.
                if hold == Hold::Whole {
                    self.keep(hold, expr.range);
                    return Hold::Nothing;
                }
                hold
            }
            ExprKind::Repeat { value, length } => {
                self.expr(length);
                self.expr(value)
            }
            ExprKind::Binary { left, right, .. } => {
                self.binary(left, right, expr.range);
                Hold::Nothing
            }
            ExprKind::Range { start, end } => {
                for side in start.iter().chain(end) {
                    self.expr(side);
                }
                Hold::Nothing
            }
            ExprKind::Integer(_)
            | ExprKind::Text(_)
            | ExprKind::Bytes(_)
            | ExprKind::Literal
            | ExprKind::Continue
            | ExprKind::Other => Hold::Nothing,
        }
    }
}
