//! Expressions, blocks and statements.

use super::items::Lowering;
use super::patterns::{ident, member};
use super::tree::{
    Arm, Block, Closure, Expr, ExprKind, LoopKind, Operator, Pattern, Statement, StatementKind,
    TextRange,
};

impl Lowering<'_> {
    pub(super) fn boxed(&self, expr: &syn::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn all<'a>(&self, exprs: impl IntoIterator<Item = &'a syn::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    pub(super) fn expr(&self, from: &syn::Expr) -> Expr {
        let node = |kind, start: u32, end: u32| Expr {
            kind,
            range: TextRange::new(start, end),
        };
        match from {
            syn::Expr::Paren(inner) => {
                let expr = self.expr(&inner.expr);
                Expr {
                    kind: expr.kind,
                    range: self.delimited(&inner.paren_token.span),
                }
            }
            syn::Expr::Group(inner) => self.expr(&inner.expr),
            syn::Expr::Path(path) => Expr {
                kind: ExprKind::Path(self.path(&path.path, path.qself.as_ref())),
                range: self.path_range(path),
            },
            syn::Expr::Lit(literal) => Expr {
                kind: literal_kind(&literal.lit),
                range: self.range(literal.lit.span()),
            },
            syn::Expr::Call(call) => {
                let callee = self.boxed(&call.func);
                let start = callee.range.start;
                let end = self.end(call.paren_token.span.close());
                node(
                    ExprKind::Call {
                        callee,
                        arguments: self.all(&call.args),
                    },
                    start,
                    end,
                )
            }
            syn::Expr::MethodCall(call) => {
                let receiver = self.boxed(&call.receiver);
                let start = receiver.range.start;
                let turbofish = call.turbofish.as_ref();
                let kind = ExprKind::Method {
                    receiver,
                    name: ident(&call.method),
                    turbofish: turbofish
                        .map(|it| self.generic_arguments(it))
                        .unwrap_or_default(),
                    arguments: self.all(&call.args),
                };
                node(kind, start, self.end(call.paren_token.span.close()))
            }
            syn::Expr::Field(field) => {
                let base = self.boxed(&field.base);
                let start = base.range.start;
                let end = self.end(match &field.member {
                    syn::Member::Named(name) => name.span(),
                    syn::Member::Unnamed(index) => index.span,
                });
                node(
                    ExprKind::Field {
                        base,
                        name: member(&field.member),
                    },
                    start,
                    end,
                )
            }
            syn::Expr::Reference(reference) => {
                let inner = self.boxed(&reference.expr);
                let start = self.start(reference.and_token.span);
                let end = inner.range.end;
                node(ExprKind::Reference { inner }, start, end)
            }
            syn::Expr::Unary(unary) => {
                let inner = self.boxed(&unary.expr);
                let (start, end) = (self.spanned(&unary.op).start, inner.range.end);
                match unary.op {
                    syn::UnOp::Deref(_) => node(ExprKind::Deref(inner), start, end),
                    _ => node(ExprKind::Unary(inner), start, end),
                }
            }
            syn::Expr::Try(inner) => {
                let expr = self.boxed(&inner.expr);
                let start = expr.range.start;
                node(
                    ExprKind::Try(expr),
                    start,
                    self.end(inner.question_token.span),
                )
            }
            syn::Expr::Await(inner) => {
                let base = self.boxed(&inner.base);
                let start = base.range.start;
                node(
                    ExprKind::Await(base),
                    start,
                    self.end(inner.await_token.span),
                )
            }
            syn::Expr::Macro(mac) => Expr {
                kind: ExprKind::Macro(self.macro_call(&mac.mac)),
                range: self.macro_range(&mac.mac),
            },
            syn::Expr::Closure(closure) => {
                let body = self.boxed(&closure.body);
                let end = body.range.end;
                let parameters = closure
                    .inputs
                    .iter()
                    .map(|input| self.pattern(input))
                    .collect();
                let start = [
                    closure.asyncness.as_ref().map(|token| token.span),
                    closure.capture.as_ref().map(|token| token.span),
                    Some(closure.inputs_begin.spans[0]),
                ];
                let start = start
                    .into_iter()
                    .flatten()
                    .map(|span| self.start(span))
                    .min();
                let kind = ExprKind::Closure(Closure {
                    is_async: closure.asyncness.is_some(),
                    parameters,
                    body,
                });
                node(kind, start.unwrap_or(end), end)
            }
            syn::Expr::Block(block) => self.block_expr(&block.block, ExprKind::Block),
            syn::Expr::Unsafe(block) => self.block_expr(&block.block, ExprKind::Block),
            syn::Expr::Const(block) => self.block_expr(&block.block, ExprKind::Block),
            syn::Expr::TryBlock(block) => self.block_expr(&block.block, ExprKind::Block),
            syn::Expr::Async(block) => self.block_expr(&block.block, ExprKind::Async),
            syn::Expr::If(branch) => {
                let then = self.block(&branch.then_branch);
                let otherwise = branch
                    .else_branch
                    .as_ref()
                    .map(|(_, expr)| self.boxed(expr));
                let end = otherwise
                    .as_ref()
                    .map_or(then.range.end, |expr| expr.range.end);
                let start = self.start(branch.if_token.span);
                let kind = ExprKind::If {
                    condition: self.boxed(&branch.cond),
                    then,
                    otherwise,
                };
                node(kind, start, end)
            }
            syn::Expr::Let(binding) => {
                let scrutinee = self.boxed(&binding.expr);
                let start = self.start(binding.let_token.span);
                let end = scrutinee.range.end;
                let pattern = Box::new(self.pattern(&binding.pat));
                node(ExprKind::Let { pattern, scrutinee }, start, end)
            }
            syn::Expr::Match(matched) => {
                let start = self.start(matched.match_token.span);
                let end = self.end(matched.brace_token.span.close());
                let kind = ExprKind::Match {
                    scrutinee: self.boxed(&matched.expr),
                    arms: matched.arms.iter().map(|arm| self.arm(arm)).collect(),
                };
                node(kind, start, end)
            }
            syn::Expr::Loop(looped) => {
                let body = self.block(&looped.body);
                let start = self.loop_start(looped.label.as_ref(), looped.loop_token.span);
                self.loop_expr(LoopKind::Loop, None, None, None, body, start)
            }
            syn::Expr::While(looped) => {
                let body = self.block(&looped.body);
                let start = self.loop_start(looped.label.as_ref(), looped.while_token.span);
                let condition = Some(self.boxed(&looped.cond));
                self.loop_expr(LoopKind::While, condition, None, None, body, start)
            }
            syn::Expr::ForLoop(looped) => {
                let body = self.block(&looped.body);
                let start = self.loop_start(looped.label.as_ref(), looped.for_token.span);
                let pattern = Some(Box::new(self.pattern(&looped.pat)));
                let iterated = Some(self.boxed(&looped.expr));
                self.loop_expr(LoopKind::For, None, pattern, iterated, body, start)
            }
            syn::Expr::Assign(assign) => {
                let (left, right) = (self.boxed(&assign.left), self.boxed(&assign.right));
                let (start, end) = (left.range.start, right.range.end);
                node(ExprKind::Assign { left, right }, start, end)
            }
            syn::Expr::Return(inner) => {
                let token = self.range(inner.return_token.span);
                let value = inner.expr.as_ref().map(|expr| self.boxed(expr));
                let end = value.as_ref().map_or(token.end, |expr| expr.range.end);
                node(ExprKind::Return(value), token.start, end)
            }
            syn::Expr::Break(inner) => {
                let token = self.range(inner.break_token.span);
                let value = inner.expr.as_ref().map(|expr| self.boxed(expr));
                let label = inner
                    .label
                    .as_ref()
                    .map_or(token.end, |label| self.spanned(label).end);
                let end = value.as_ref().map_or(label, |expr| expr.range.end);
                node(ExprKind::Break(value), token.start, end)
            }
            syn::Expr::Continue(inner) => {
                let token = self.range(inner.continue_token.span);
                let end = inner
                    .label
                    .as_ref()
                    .map_or(token.end, |label| self.spanned(label).end);
                node(ExprKind::Continue, token.start, end)
            }
            syn::Expr::Struct(literal) => {
                let start = self.path_start(&literal.path);
                let fields = literal.fields.iter();
                let kind = ExprKind::Struct {
                    path: self.path(&literal.path, literal.qself.as_ref()),
                    fields: fields
                        .map(|field| (member(&field.member), self.expr(&field.expr)))
                        .collect(),
                    base: literal.rest.as_ref().map(|expr| self.boxed(expr)),
                };
                node(kind, start, self.end(literal.brace_token.span.close()))
            }
            syn::Expr::Index(index) => {
                let base = self.boxed(&index.expr);
                let start = base.range.start;
                let end = self.end(index.bracket_token.span.close());
                node(
                    ExprKind::Index {
                        base,
                        index: self.boxed(&index.index),
                    },
                    start,
                    end,
                )
            }
            syn::Expr::Tuple(tuple) => Expr {
                kind: ExprKind::Tuple(self.all(&tuple.elems)),
                range: self.delimited(&tuple.paren_token.span),
            },
            syn::Expr::Array(array) => Expr {
                kind: ExprKind::Array(self.all(&array.elems)),
                range: self.delimited(&array.bracket_token.span),
            },
            syn::Expr::Repeat(repeat) => Expr {
                kind: ExprKind::Repeat {
                    value: self.boxed(&repeat.expr),
                    length: self.boxed(&repeat.len),
                },
                range: self.delimited(&repeat.bracket_token.span),
            },
            syn::Expr::Cast(cast) => {
                let inner = self.boxed(&cast.expr);
                let start = inner.range.start;
                let end = self.spanned(&cast.ty).end;
                node(
                    ExprKind::Cast {
                        inner,
                        to: self.type_ref(&cast.ty),
                    },
                    start,
                    end,
                )
            }
            syn::Expr::Binary(binary) => {
                let (left, right) = (self.boxed(&binary.left), self.boxed(&binary.right));
                let (start, end) = (left.range.start, right.range.end);
                let operator = match binary.op {
                    syn::BinOp::Mul(_) => Operator::Multiply,
                    syn::BinOp::Shl(_) => Operator::ShiftLeft,
                    syn::BinOp::AddAssign(_)
                    | syn::BinOp::SubAssign(_)
                    | syn::BinOp::MulAssign(_) => Operator::Assign,
                    _ => Operator::Other,
                };
                node(
                    ExprKind::Binary {
                        left,
                        right,
                        operator,
                    },
                    start,
                    end,
                )
            }
            syn::Expr::Range(range) => {
                let start = range.start.as_ref().map(|expr| self.boxed(expr));
                let end = range.end.as_ref().map(|expr| self.boxed(expr));
                Expr {
                    kind: ExprKind::Range { start, end },
                    range: self.spanned(range),
                }
            }
            _ => Expr {
                kind: ExprKind::Other,
                range: self.spanned(from),
            },
        }
    }

    fn block_expr(&self, block: &syn::Block, kind: fn(Block) -> ExprKind) -> Expr {
        let block = self.block(block);
        let range = block.range;
        Expr {
            kind: kind(block),
            range,
        }
    }

    /// A loop begins at its label.
    fn loop_start(&self, label: Option<&syn::Label>, keyword: proc_macro2::Span) -> u32 {
        label.map_or_else(|| self.start(keyword), |label| self.spanned(label).start)
    }

    fn loop_expr(
        &self,
        kind: LoopKind,
        condition: Option<Box<Expr>>,
        pattern: Option<Box<Pattern>>,
        iterated: Option<Box<Expr>>,
        body: Block,
        start: u32,
    ) -> Expr {
        let range = TextRange::new(start, body.range.end);
        Expr {
            kind: ExprKind::Loop {
                kind,
                condition,
                pattern,
                iterated,
                body,
            },
            range,
        }
    }

    fn arm(&self, arm: &syn::Arm) -> Arm {
        let guard = match &arm.pat {
            syn::Pat::Guard(guard) => Some(self.expr(&guard.guard)),
            _ => None,
        };
        Arm {
            pattern: self.pattern(&arm.pat),
            guard,
            body: self.expr(&arm.body),
        }
    }

    pub(super) fn block(&self, block: &syn::Block) -> Block {
        Block {
            statements: block
                .stmts
                .iter()
                .map(|statement| self.statement(statement))
                .collect(),
            range: self.delimited(&block.brace_token.span),
        }
    }

    pub(super) fn statement(&self, statement: &syn::Stmt) -> Statement {
        match statement {
            syn::Stmt::Local(local) => {
                let start = self.start(local.let_token.span);
                let end = self.end(local.semi_token.span);
                let initializer = local.init.as_ref();
                let diverge = initializer.and_then(|init| init.diverge.as_ref());
                let kind = StatementKind::Let {
                    pattern: self.pattern(&local.pat),
                    initializer: initializer.map(|init| self.expr(&init.expr)),
                    otherwise: diverge.map(|(_, expr)| self.boxed(expr)),
                };
                Statement {
                    kind,
                    range: TextRange::new(start, end),
                }
            }
            syn::Stmt::Expr(expr, semicolon) => {
                let expr = self.expr(expr);
                let mut range = expr.range;
                if let Some(semicolon) = semicolon {
                    range.end = self.end(semicolon.span);
                }
                let semicolon = semicolon.is_some();
                Statement {
                    kind: StatementKind::Expr { expr, semicolon },
                    range,
                }
            }
            syn::Stmt::Macro(mac) => {
                let mut range = self.macro_range(&mac.mac);
                let expr = Expr {
                    kind: ExprKind::Macro(self.macro_call(&mac.mac)),
                    range,
                };
                if let Some(semicolon) = &mac.semi_token {
                    range.end = self.end(semicolon.span);
                }
                let semicolon = mac.semi_token.is_some();
                Statement {
                    kind: StatementKind::Expr { expr, semicolon },
                    range,
                }
            }
            syn::Stmt::Item(item) => {
                self.nested_item(item);
                Statement {
                    kind: StatementKind::Item,
                    range: self.spanned(item),
                }
            }
        }
    }
}

fn literal_kind(literal: &syn::Lit) -> ExprKind {
    match literal {
        syn::Lit::Str(text) => ExprKind::Text(text.value()),
        syn::Lit::ByteStr(bytes) => ExprKind::Bytes(bytes.value().len()),
        syn::Lit::Int(integer) => ExprKind::Integer(integer.base10_parse().ok()),
        _ => ExprKind::Literal,
    }
}
