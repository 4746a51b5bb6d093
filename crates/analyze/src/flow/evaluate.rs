//! The walk over statements and expressions.

use rustc_hash::FxHashMap;

use super::calls::says_little;
use super::runs::RunState;
use super::{
    ActKind, Evaluation, Event, EventKind, Flow, Origin, OriginId, OriginKind, Returns, Value,
    World,
};
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Expr, ExprKind, Path, TextRange, TypeRef};
use crate::types::{Handle, Ty};

impl<'a> Evaluation<'a> {
    pub(super) fn new(world: World<'a>, id: FunctionId) -> Self {
        let module = world.index.function(id).module;
        Self {
            world,
            id,
            module,
            file: world.index.file_of(id),
            of: world.index.self_ty(id),
            generics: world.index.generics_of(id),
            flow: Flow::default(),
            scopes: vec![FxHashMap::default()],
            closures: vec![FxHashMap::default()],
            listed: Vec::new(),
            scope_loops: vec![0],
            loops: Vec::new(),
            blocks: Vec::new(),
            deferred: 0,
            frames: Vec::new(),
            runs: RunState::default(),
            returned: Vec::new(),
            called: 0,
            walks: 0,
        }
    }

    pub(super) fn run(mut self) -> Flow {
        let index = self.world.index;
        let data = index.function(self.id);
        let Some(body) = &data.function.body else {
            return self.flow;
        };
        if let Some(ty) = index.self_ty(self.id).filter(|_| data.function.has_self) {
            let range = TextRange::new(data.function.range.start, data.function.range.start);
            let value = self.parameter(super::RECEIVER, ty, true, range);
            self.bind("self", value);
        }
        for (position, parameter) in data.function.parameters.iter().enumerate() {
            let ty = index.signature(self.id).parameters[position].clone();
            let borrowed = matches!(parameter.declared, TypeRef::Reference { .. });
            let range = parameter
                .pattern
                .name_range()
                .unwrap_or(data.function.range);
            let value = self.parameter(position, ty, borrowed, range);
            self.name_parameter(&parameter.pattern, position);
            self.bind_pattern(&parameter.pattern, value);
        }
        let result = self.block(body);
        if let Some(tail) = body.tail() {
            self.give_back(result, tail.range);
        }
        self.finish_returns();
        self.finish_runs();
        self.flow.index_events();
        self.flow
    }

    fn parameter(&mut self, position: usize, ty: Ty, borrowed: bool, range: TextRange) -> Value {
        let mut value = Value {
            ty,
            origins: Vec::new(),
            borrowed,
        };
        if !matches!(value.ty, Ty::Unknown | Ty::Local(..)) {
            let origin = self.origin(OriginKind::Parameter(position), value.ty.clone(), range);
            self.flow.origins[origin.0 as usize].borrowed = borrowed;
            value.origins.push(origin);
        }
        value
    }

    fn finish_returns(&mut self) {
        let mut returns = Returns::default();
        let says_little = says_little(&self.world.index.signature(self.id).returns);
        for value in std::mem::take(&mut self.returned) {
            if says_little || value.ty.element().entry_of_path().is_some() {
                returns.ty = returns.ty.or(value.ty);
            }
            let mut origins = value.origins;
            while let Some(id) = origins.pop() {
                let origin = self.flow.origin(id);
                match &origin.kind {
                    OriginKind::Open { .. } if origin.ty.handle().is_bare() => {
                        returns.made.push((self.file, origin.range));
                    }
                    OriginKind::Parameter(position) => returns.parameters.push(*position),
                    OriginKind::Content { .. } => returns.content = true,
                    OriginKind::Fresh { empty: true, .. } => {
                        returns.content |= self.is_filled_whole(id);
                    }
                    OriginKind::CallResult(callee) => {
                        if let Some(inner) = self.world.returns.get(callee) {
                            returns.made.extend(inner.made.iter().copied());
                        }
                    }
                    OriginKind::Buffer { over, .. } => origins.extend(over.iter().copied()),
                    _ => {}
                }
            }
        }
        returns.made.sort_unstable();
        returns.made.dedup();
        returns.parameters.sort_unstable();
        returns.parameters.dedup();
        self.flow.returns = returns;
    }

    /// Whether everything that a reader has is read into a buffer.
    fn is_filled_whole(&self, id: OriginId) -> bool {
        self.flow.events.iter().any(|event| {
            let fills = matches!(&event.kind, EventKind::Method { how } if how == "read_to_end into" || how == "read_to_string into");
            fills && event.origins.contains(&id)
        })
    }

    pub(super) fn ty(&self, from: &TypeRef) -> Ty {
        let index = self.world.index;
        let of = self.of.as_ref();
        index.ty(self.module, from, &self.generics, of)
    }

    pub(super) fn resolve(&self, path: &Path) -> Meaning {
        if path
            .segments
            .first()
            .is_some_and(|first| first.name == "Self")
        {
            let of = self.world.index.function(self.id).of;
            return match (of, path.segments.as_slice()) {
                (Some(of), [_]) => Meaning::Type(of),
                (Some(of), [_, name]) => match self.world.index.method(of, &name.name) {
                    Some(function) => Meaning::Function(function),
                    None => Meaning::Associated(of, name.name.clone()),
                },
                _ => Meaning::Unknown,
            };
        }
        self.world.index.resolve(self.module, path)
    }

    pub(super) fn origin(&mut self, kind: OriginKind, ty: Ty, range: TextRange) -> OriginId {
        let id = OriginId(u32::try_from(self.flow.origins.len()).expect("fewer than 2^32 handles"));
        self.flow.origins.push(Origin {
            kind,
            ty,
            range,
            opened: range,
            loops: self.loops.clone(),
            binding: None,
            borrowed: false,
            deferred: self.deferred > 0,
            frame: self.frames.last().copied(),
        });
        id
    }

    pub(super) fn made(&mut self, kind: OriginKind, ty: Ty, range: TextRange) -> Value {
        let origin = self.origin(kind, ty.clone(), range);
        Value {
            ty,
            origins: vec![origin],
            borrowed: false,
        }
    }

    pub(super) fn event(
        &mut self,
        kind: EventKind,
        value: &Value,
        range: TextRange,
        at: TextRange,
    ) {
        if value.origins.is_empty() {
            return;
        }
        self.flow.events.push(Event {
            kind,
            origins: value.origins.clone(),
            range,
            at,
            times: 1,
            loops: self.loops.clone(),
            deferred: self.deferred > 0,
            frame: self.frames.last().copied(),
        });
    }

    pub(super) fn all(&mut self, exprs: &[Expr]) -> Vec<Value> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Value {
        let mut value = self.expr_value(expr);
        if let Some(known) = self.world.answers.get(&(self.file, expr.range)) {
            value = self.answered(value, known.clone(), expr);
        }
        value
    }

    /// rustc's answer stands over what the text says, unless that is more.
    fn answered(&mut self, mut value: Value, known: Ty, expr: &Expr) -> Value {
        if value.ty == known {
            return value;
        }
        let kind = if known.is("std::fs::DirEntry") {
            Some(OriginKind::Entry {
                api: "std::fs::DirEntry".to_owned(),
            })
        } else {
            (known.handle() != Handle::Other).then_some(OriginKind::Opaque)
        };
        if let (true, Some(kind)) = (value.origins.is_empty(), kind) {
            let made = self.made(kind, known, expr.range);
            self.held_by_variable(expr, &made);
            return made;
        }
        if !value.ty.is_known() || matches!(value.ty, Ty::Abstract(_)) {
            value.ty = known;
        }
        value
    }

    /// A handle that a variable held already was not made by the turn of the loop that uses it, and is one for all its uses.
    fn held_by_variable(&mut self, expr: &Expr, made: &Value) {
        let mut root = expr;
        while let ExprKind::Field { base: inner, .. }
        | ExprKind::Deref(inner)
        | ExprKind::Reference { inner, .. } = &root.kind
        {
            root = inner;
        }
        let ExprKind::Path(path) = &root.kind else {
            return;
        };
        let Some(name) = path.single() else { return };
        let scope = self
            .scopes
            .iter()
            .rposition(|scope| scope.contains_key(name));
        let Some(scope) = scope else { return };
        let depth = self.scope_loops[scope];
        for origin in &made.origins {
            self.flow.origins[origin.0 as usize].loops.truncate(depth);
        }
        if std::ptr::eq(root, expr) {
            self.scopes[scope].insert(name.to_owned(), made.clone());
        }
    }

    fn expr_value(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Path(path) => self.path_value(path),
            ExprKind::Integer(_) | ExprKind::Literal | ExprKind::Continue | ExprKind::Other => {
                Value::default()
            }
            ExprKind::Text(_) => Value::of(Ty::external("str")),
            ExprKind::Bytes(_) => Value::of(Ty::Slice(Box::new(Ty::external("u8")))),
            ExprKind::Call { callee, arguments } => self.call(expr, callee, arguments),
            ExprKind::Method {
                receiver,
                name,
                turbofish,
                arguments,
                ..
            } => self.method(expr, receiver, name, turbofish, arguments),
            ExprKind::Field { base, name } => self.field(base, name, expr.range),
            ExprKind::Reference { inner, .. } => {
                let mut value = self.expr(inner);
                value.borrowed = true;
                value
            }
            ExprKind::Deref(inner) => self.expr(inner),
            ExprKind::Unary(inner) => {
                self.expr(inner);
                Value::default()
            }
            ExprKind::Try(inner) | ExprKind::Await(inner) => {
                if matches!(expr.kind, ExprKind::Await(_)) {
                    // Others run meanwhile.
                    self.acts(ActKind::Others, expr.range);
                    self.awaits(inner);
                }
                let value = self.expr(inner);
                self.opened(&value, inner.range, expr.range);
                value
            }
            ExprKind::Macro(mac) => self.macro_call(mac, expr.range),
            ExprKind::Closure(closure) => {
                self.unknown_call(closure);
                Value::default()
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Async(block) => {
                self.deferred(|this| this.framed(block.range, true, |this| this.block(block)))
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => self.scoped(|this| {
                this.expr(condition);
                let value = this.block(then);
                match otherwise {
                    Some(otherwise) => value.or(this.expr(otherwise)),
                    None => value,
                }
            }),
            ExprKind::Let { pattern, scrutinee } => {
                let value = self.expr(scrutinee);
                self.bind_pattern(pattern, value);
                Value::default()
            }
            ExprKind::Match { scrutinee, arms } => {
                let matched = self.expr(scrutinee);
                let mut result = Value::default();
                for arm in arms {
                    let value = self.scoped(|this| {
                        this.bind_pattern(&arm.pattern, matched.clone());
                        if let Some(guard) = &arm.guard {
                            this.expr(guard);
                        }
                        this.expr(&arm.body)
                    });
                    result = result.or(value);
                }
                self.opened(&result, scrutinee.range, expr.range);
                result
            }
            ExprKind::Loop { .. } => self.looped(expr),
            ExprKind::Assign { left, right } => self.assign(left, right, expr.range),
            ExprKind::Return(inner) => {
                if let Some(inner) = inner {
                    let value = self.expr(inner);
                    if self.frames.is_empty() {
                        self.give_back(value, inner.range);
                    }
                }
                Value::default()
            }
            ExprKind::Break(inner) => {
                if let Some(inner) = inner {
                    self.expr(inner);
                }
                Value::default()
            }
            ExprKind::Struct { path, fields, base } => {
                for (name, field) in fields {
                    let value = self.expr(field);
                    if let Meaning::Type(of) = self.resolve(path) {
                        self.ask_for_field(of, name, &value, field);
                    }
                    self.stored(path, name, value, field.range);
                }
                if let Some(base) = base {
                    self.expr(base);
                }
                match self.resolve(path) {
                    Meaning::Type(id) | Meaning::Associated(id, _) => {
                        Value::of(Ty::Local(id, Vec::new()))
                    }
                    _ => Value::default(),
                }
            }
            ExprKind::Index { base, index } => {
                let value = self.expr(base);
                self.expr(index);
                if matches!(index.kind, ExprKind::Range { .. }) {
                    let is_bytes = value.ty.handle() == Handle::Memory;
                    return if is_bytes {
                        Value {
                            borrowed: true,
                            ..value
                        }
                    } else {
                        Value::default()
                    };
                }
                Value::of(value.ty.element())
            }
            ExprKind::Tuple(all) => {
                let values = self.all(all);
                let origins = values
                    .iter()
                    .flat_map(|value| value.origins.iter().copied())
                    .collect();
                let ty = Ty::Tuple(values.into_iter().map(|value| value.ty).collect());
                Value {
                    ty,
                    origins,
                    borrowed: false,
                }
            }
            ExprKind::Array(all) => {
                let values = self.all(all);
                let element = values
                    .into_iter()
                    .next()
                    .map_or(Ty::Unknown, |value| value.ty);
                let bytes = u64::try_from(all.len()).ok();
                let ty = Ty::Slice(Box::new(element));
                self.made(
                    OriginKind::Fresh {
                        bytes,
                        empty: false,
                    },
                    ty,
                    expr.range,
                )
            }
            ExprKind::Repeat { value, length } => {
                let element = self.expr(value);
                self.expr(length);
                let bytes = super::loops::integer(length);
                let ty = Ty::Slice(Box::new(element.ty));
                self.made(
                    OriginKind::Fresh {
                        bytes,
                        empty: false,
                    },
                    ty,
                    expr.range,
                )
            }
            ExprKind::Cast { inner, to } => {
                let mut value = self.expr(inner);
                value.ty = self.prefer(value.ty, to);
                value
            }
            ExprKind::Binary { left, right, .. } => {
                for side in [left, right] {
                    let value = self.expr(side);
                    self.event(EventKind::Mentioned, &value, expr.range, side.range);
                }
                Value::default()
            }
            ExprKind::Range { start, end } => {
                for side in start.iter().chain(end) {
                    self.expr(side);
                }
                Value::of(Ty::External(
                    "std::iter::Iterator".to_owned(),
                    vec![Ty::external("usize")],
                ))
            }
        }
    }

    /// `?`, `unwrap()` and the like open what a call yields: the handle's expression reaches as far.
    pub(super) fn opened(&mut self, value: &Value, inner: TextRange, outer: TextRange) {
        for id in &value.origins {
            let origin = &mut self.flow.origins[id.0 as usize];
            if origin.opened == inner {
                origin.opened = outer;
            }
        }
    }

    fn path_value(&mut self, path: &Path) -> Value {
        let Some(name) = path.single() else {
            return Value::default();
        };
        if let Some(named) = self.closure_of(name) {
            // Whoever gets it may call it.
            self.walk_once(&named);
        }
        match self.variable(name) {
            Some(value) => value.clone(),
            // A struct without fields is written as its name.
            None => match self.resolve(path) {
                Meaning::Type(of) => Value::of(Ty::Local(of, Vec::new())),
                _ => Value::default(),
            },
        }
    }
}
