//! Statements, the names they bind, and what they stand in.

use rustc_hash::FxHashMap;

use super::{Binding, Evaluation, Loop, Value};
use crate::syntax::{
    Block, Expr, ExprKind, LoopKind, Pattern, Statement, StatementKind, TextRange, TypeRef,
};
use crate::types::{Handle, Ty};

impl Evaluation<'_> {
    pub(super) fn bind(&mut self, name: &str, mut value: Value) {
        value.ty = self.with_kept_variable(name, value.ty);
        self.scopes
            .last_mut()
            .expect("a scope is open")
            .insert(name.to_owned(), value);
        self.closures
            .last_mut()
            .expect("a scope is open")
            .remove(name);
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn scoped<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(FxHashMap::default());
        self.closures.push(FxHashMap::default());
        self.scope_loops.push(self.loops.len());
        let result = walk(self);
        self.walk_closures_left();
        self.scope_loops.pop();
        self.closures.pop();
        self.scopes.pop();
        result
    }

    /// A closure that nothing mentions is mentioned where the walk does not look: in what a macro is given.
    fn walk_closures_left(&mut self) {
        let named = self.closures.last().expect("a scope is open").values();
        let mut left: Vec<_> = named.filter(|named| !named.walked.get()).cloned().collect();
        left.sort_by_key(|named| named.closure.body.range);
        for named in left {
            self.walk_once(&named);
        }
    }

    /// Walks something that runs once for each of many things.
    pub(super) fn repeated<T>(
        &mut self,
        range: TextRange,
        kind: Option<LoopKind>,
        at_most: Option<u64>,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let id = u32::try_from(self.flow.loops.len()).expect("fewer than 2^32 loops");
        self.flow.loops.push(Loop {
            range,
            kind,
            at_most,
            runs_own_code: false,
            element: Ty::Unknown,
        });
        self.loops.push(id);
        let result = walk(self);
        self.loops.pop();
        result
    }

    /// Walks the body of a closure or async block: `return` and `?` leave it, and not what is around it.
    pub(super) fn framed<T>(
        &mut self,
        body: TextRange,
        is_async: bool,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.frames.push(body);
        self.enter_frame(body, is_async);
        let result = walk(self);
        self.leave_frame();
        self.frames.pop();
        result
    }

    pub(super) fn deferred<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.deferred += 1;
        let result = walk(self);
        self.deferred -= 1;
        result
    }

    pub(super) fn block(&mut self, block: &Block) -> Value {
        self.blocks.push(block.range);
        let value = self.scoped(|this| {
            let mut last = Value::default();
            for statement in &block.statements {
                last = this.statement(statement);
            }
            last
        });
        self.blocks.pop();
        value
    }

    pub(super) fn statement(&mut self, statement: &Statement) -> Value {
        match &statement.kind {
            StatementKind::Let {
                pattern,
                initializer,
                otherwise,
            } => {
                let first_new = self.flow.origins.len();
                if let (Some(name), Some(ExprKind::Closure(closure))) =
                    (pattern.name(), initializer.as_ref().map(|expr| &expr.kind))
                {
                    self.name_closure(name, closure);
                    self.name_callable(pattern, initializer.as_ref());
                    return Value::default();
                }
                let mut value = initializer
                    .as_ref()
                    .map(|expr| self.expr(expr))
                    .unwrap_or_default();
                if let Some(otherwise) = otherwise {
                    self.expr(otherwise);
                }
                if let Some(declared) = pattern.declared() {
                    if let Some(initializer) = initializer {
                        self.ask_before_coercion(&value, declared, initializer);
                    }
                    value.ty = self.prefer(value.ty, declared);
                }
                self.value_acts(&value.ty, statement.range);
                self.name_callable(pattern, initializer.as_ref());
                self.name_new_origins(&value, pattern, statement.range, first_new);
                self.bind_pattern(pattern, value);
                Value::default()
            }
            StatementKind::Expr { expr, semicolon } => {
                let value = self.expr(expr);
                if *semicolon { Value::default() } else { value }
            }
            StatementKind::Item => Value::default(),
        }
    }

    /// What is coerced to a trait object keeps its type: it is that of what goes into the box.
    pub(super) fn ask_before_coercion(
        &mut self,
        value: &Value,
        declared: &TypeRef,
        initializer: &Expr,
    ) {
        let is_open = value.origins.is_empty() && !value.ty.is_known();
        if !is_open
            || !matches!(
                self.ty(declared).handle(),
                Handle::Abstract { buffered: false }
            )
        {
            return;
        }
        let mut inner = initializer;
        loop {
            inner = match &inner.kind {
                ExprKind::Call { arguments, .. } if arguments.len() == 1 => &arguments[0],
                ExprKind::Reference { inner, .. } => inner,
                _ => break,
            };
        }
        self.flow
            .questions
            .push(super::OpenQuestion { range: inner.range });
    }

    /// What a declared type adds to what the value says: an abstract type does not hide a known one.
    pub(super) fn prefer(&self, known: Ty, declared: &TypeRef) -> Ty {
        let declared = self.ty(declared);
        match (&known, &declared) {
            (Ty::Unknown, _) => declared,
            (_, Ty::Unknown | Ty::Abstract(_)) => known,
            (Ty::External(a, arguments), Ty::External(b, _)) if a == b && !arguments.is_empty() => {
                known
            }
            _ => declared.holding(&known.element()),
        }
    }

    pub(super) fn name_new_origins(
        &mut self,
        value: &Value,
        pattern: &Pattern,
        statement: TextRange,
        first_new: usize,
    ) {
        let Some(name) = pattern.name() else { return };
        let block = self.blocks.last().copied().unwrap_or(statement);
        for id in &value.origins {
            let origin = &mut self.flow.origins[id.0 as usize];
            if origin.binding.is_none()
                && id.0 as usize >= first_new
                && statement.contains(origin.range)
            {
                let name = name.to_owned();
                origin.binding = Some(Binding {
                    name,
                    mutable: pattern.is_mutable(),
                    typed: pattern.declared().is_some(),
                    statement,
                    block,
                });
            }
        }
    }
}
