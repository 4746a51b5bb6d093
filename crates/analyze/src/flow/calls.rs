//! Calls of functions by path.

use super::{ActKind, Evaluation, EventKind, OriginKind, Value};
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Expr, ExprKind, TextRange};
use crate::types::{Handle, Ty};

/// A trait with more implementations is not followed.
pub(super) const MOST_IMPLEMENTATIONS: usize = 16;

impl Evaluation<'_> {
    pub(super) fn call(&mut self, expr: &Expr, callee: &Expr, arguments: &[Expr]) -> Value {
        let ExprKind::Path(path) = &callee.kind else {
            self.acts(ActKind::Others, expr.range);
            self.expr(callee);
            let values = self.all(arguments);
            self.escape_all(&values, arguments, "a call", expr.range);
            return Value::default();
        };
        let values = self.all(arguments);
        let local = path
            .single()
            .is_some_and(|name| self.scopes.iter().any(|scope| scope.contains_key(name)));
        if let Some(functions) = path.single().and_then(|name| self.listed_as(name)) {
            for function in functions {
                match function {
                    Meaning::Function(function) => self.calls(function, expr.range),
                    Meaning::External(external) => self.external_acts(&external, expr.range),
                    _ => self.acts(ActKind::Others, expr.range),
                }
            }
            self.escape_all(&values, arguments, "a call", expr.range);
            return Value::default();
        }
        let meaning = if local {
            // A closure or a function value: it may do anything.
            self.acts(ActKind::Others, expr.range);
            self.called_by_name(path.last());
            if let Some(named) = path.single().and_then(|name| self.closure_of(name)) {
                // What the closure declares may be no other type.
                self.escape_all(&values, arguments, "a closure", expr.range);
                return self.call_closure(&named, values);
            }
            Meaning::Unknown
        } else {
            self.resolve(path)
        };
        match meaning {
            Meaning::Function(function) => {
                let skip = usize::from(self.world.index.function(function).function.has_self);
                let rest = arguments.get(skip..).unwrap_or_default();
                self.call_function(
                    function,
                    rest,
                    values.into_iter().skip(skip).collect(),
                    expr.range,
                )
            }
            Meaning::Type(of) => {
                for (position, (value, argument)) in values.into_iter().zip(arguments).enumerate() {
                    self.ask_for_field(of, &position.to_string(), &value, argument);
                    self.event(
                        EventKind::Stored {
                            of,
                            field: position.to_string(),
                        },
                        &value,
                        expr.range,
                        argument.range,
                    );
                }
                Value::of(Ty::Local(of, Vec::new()))
            }
            Meaning::Associated(of, name) if self.world.index.type_data(of).is_enum => {
                for (position, (value, argument)) in values.into_iter().zip(arguments).enumerate() {
                    let field = format!("{name}.{position}");
                    self.event(
                        EventKind::Stored { of, field },
                        &value,
                        expr.range,
                        argument.range,
                    );
                }
                Value::of(Ty::Local(of, Vec::new()))
            }
            Meaning::External(external) => {
                self.call_external(&external, arguments, values, expr.range)
            }
            Meaning::Associated(of, name)
                if matches!(name.as_str(), "default" | "from" | "new") =>
            {
                self.escape_all(&values, arguments, &name, expr.range);
                Value::of(Ty::Local(of, Vec::new()))
            }
            _ => {
                let how = path.last().to_owned();
                // `serde_json::to_writer` of a crate that the manifest does not name is still that function.
                let written: Vec<&str> = path
                    .segments
                    .iter()
                    .map(|segment| segment.name.as_str())
                    .collect();
                let written = written.join("::");
                self.external_runs(&written, arguments, expr.range);
                if self.row_of(&written).is_some() {
                    return self.call_external(&written, arguments, values, expr.range);
                }
                if let Some(value) = self.call_of_trait(&written, arguments, &values, expr.range) {
                    return value;
                }
                self.escape_all(&values, arguments, &how, expr.range);
                Value::default()
            }
        }
    }

    pub(super) fn escape_all(
        &mut self,
        values: &[Value],
        arguments: &[Expr],
        how: &str,
        range: TextRange,
    ) {
        for (value, argument) in values.iter().zip(arguments) {
            let kind = EventKind::Escape {
                how: how.to_owned(),
                by_value: !is_borrowed(value, argument),
            };
            self.event(kind, value, range, argument.range);
        }
    }

    /// Whether a function takes whatever can be read or written as that parameter.
    pub(super) fn takes_any(&self, callee: FunctionId, parameter: usize) -> bool {
        let signature = self.world.index.signature(callee);
        signature.parameters.get(parameter).is_some_and(is_any)
    }

    /// What stands for a type parameter in a field decides what is done with the field.
    pub(super) fn ask_for_field(
        &mut self,
        of: crate::index::TypeId,
        name: &str,
        value: &Value,
        expr: &Expr,
    ) {
        if is_any(&self.world.index.field_ty(of, name)) {
            self.ask(value, expr);
        }
    }

    pub(super) fn call_function(
        &mut self,
        callee: FunctionId,
        arguments: &[Expr],
        values: Vec<Value>,
        range: TextRange,
    ) -> Value {
        self.calls(callee, range);
        self.callee_runs(callee, arguments);
        for (parameter, (value, argument)) in values.iter().zip(arguments).enumerate() {
            let by_value = !is_borrowed(value, argument);
            if !by_value {
                self.kept_by(callee, parameter, argument);
            }
            if self.takes_any(callee, parameter) {
                self.ask(value, argument);
            }
            self.event(
                EventKind::Argument {
                    callee,
                    parameter,
                    by_value,
                },
                value,
                range,
                argument.range,
            );
        }
        let declared = &self.world.index.signature(callee).returns;
        let known = self.world.returns.get(&callee);
        let ty = match known {
            Some(known) if says_little(declared) && known.ty.is_known() => known.ty.clone(),
            Some(known) => declared.clone().holding(&known.ty.element()),
            None => declared.clone(),
        };
        // What stands for a type parameter depends on the call.
        let ty = decided_by_caller(ty);
        let mut value = Value::of(ty.clone());
        if let Some(known) = known {
            let passed = known
                .parameters
                .iter()
                .filter_map(|position| values.get(*position));
            value.origins = passed
                .flat_map(|passed| passed.origins.iter().copied())
                .collect();
        }
        if value.origins.is_empty() && !matches!(ty, Ty::Unknown | Ty::Local(..)) {
            let name = &self.world.index.function(callee).function.name;
            let content = OriginKind::Content {
                api: name.clone(),
                over: Vec::new(),
            };
            let is_content = known.is_some_and(|known| known.content);
            let is_bytes = ty.handle() == Handle::Memory;
            let kind = if is_content && is_bytes {
                content
            } else {
                OriginKind::CallResult(callee)
            };
            value = self.made(kind, ty, range);
        }
        value
    }

    /// A method of a type parameter or trait object: any implementation in the workspace may run.
    pub(super) fn trait_calls(
        &mut self,
        ty: &Ty,
        name: &str,
        walked: &[FunctionId],
        range: TextRange,
    ) {
        if !matches!(ty, Ty::Abstract(_)) {
            return;
        }
        let index = self.world.index;
        let implementations = index.trait_functions(name);
        if implementations.len() > MOST_IMPLEMENTATIONS {
            return;
        }
        for callee in implementations {
            if index.function(*callee).function.body.is_some() && !walked.contains(callee) {
                self.calls(*callee, range);
            }
        }
    }

    /// A method that a trait of the workspace adds to what can be read or written: any fitting implementation may run.
    pub(super) fn trait_method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
        values: &[Value],
    ) -> Option<Value> {
        if value.origins.is_empty() || value.ty.handle() == Handle::Memory {
            return None;
        }
        let index = self.world.index;
        let candidates: Vec<FunctionId> = index
            .trait_functions(name)
            .iter()
            .copied()
            .filter(|callee| self.adds_to(*callee, &value.ty))
            .take(MOST_IMPLEMENTATIONS)
            .collect();
        if !candidates.is_empty() {
            self.trait_calls(&value.ty, name, &candidates, expr.range);
        }
        let mut result: Option<Value> = None;
        for callee in candidates {
            let lent = !index.function(callee).function.consumes_self || value.borrowed;
            self.receives(callee, value, !lent, expr.range, receiver.range);
            let mut value_of = self.call_function(callee, arguments, values.to_vec(), expr.range);
            let returns = self.world.returns.get(&callee);
            if returns.is_some_and(|known| known.parameters.contains(&super::RECEIVER)) {
                value_of.origins.clone_from(&value.origins);
            }
            result = Some(match result {
                Some(known) => known.or(value_of),
                None => value_of,
            });
        }
        result
    }

    fn receives(
        &mut self,
        callee: FunctionId,
        value: &Value,
        by_value: bool,
        range: TextRange,
        at: TextRange,
    ) {
        let kind = EventKind::Argument {
            callee,
            parameter: super::RECEIVER,
            by_value,
        };
        self.event(kind, value, range, at);
    }

    /// Whether a function of a trait is a method of values of a type that is not the workspace's.
    fn adds_to(&self, callee: FunctionId, ty: &Ty) -> bool {
        let index = self.world.index;
        let data = index.function(callee);
        if !data.function.has_self || data.function.body.is_none() {
            return false;
        }
        let is_stream = ty.handle() != Handle::Other;
        match (&data.of_external, ty) {
            (Some(Ty::External(of, _)), Ty::External(path, _)) => of == path,
            (Some(Ty::External(..)), Ty::Abstract(known)) => data
                .of_trait
                .as_ref()
                .is_some_and(|of| known.iter().any(|bound| bound.ends_with(of))),
            // What is known by its bounds has the methods of these.
            (Some(Ty::Abstract(bounds)), Ty::Abstract(known)) => {
                bounds.iter().any(|bound| known.contains(bound))
                    || data
                        .of_trait
                        .as_ref()
                        .is_some_and(|of| known.iter().any(|bound| bound.ends_with(of)))
            }
            (Some(of @ Ty::Abstract(_)), _) => {
                is_stream && matches!(of.handle(), Handle::Abstract { .. })
            }
            _ => false,
        }
    }

    /// `Trait::name(…)` of a trait of the workspace, or `u8::name(…)` that such a trait adds: any implementation may run.
    pub(super) fn call_of_trait(
        &mut self,
        path: &str,
        arguments: &[Expr],
        values: &[Value],
        range: TextRange,
    ) -> Option<Value> {
        let name = path.rsplit("::").next()?;
        let implementations = self.world.index.trait_functions(name).to_vec();
        for callee in implementations.iter().take(MOST_IMPLEMENTATIONS) {
            let skip = usize::from(self.world.index.function(*callee).function.has_self);
            for (position, (value, argument)) in values.iter().zip(arguments).enumerate().skip(skip)
            {
                if self.takes_any(*callee, position - skip) {
                    self.ask(value, argument);
                }
            }
        }
        let given = values
            .iter()
            .position(|value| !value.origins.is_empty() && value.ty.handle() != Handle::Other)?;
        let mut found = false;
        for callee in implementations.into_iter().take(MOST_IMPLEMENTATIONS) {
            let data = self.world.index.function(callee);
            let skip = usize::from(data.function.has_self);
            let Some(position) = given.checked_sub(skip) else {
                if self.adds_to(callee, &values[given].ty) {
                    let by_value = !is_borrowed(&values[given], &arguments[given]);
                    self.receives(
                        callee,
                        &values[given],
                        by_value,
                        range,
                        arguments[given].range,
                    );
                    found = true;
                }
                continue;
            };
            let Some(ty) = self.world.index.signature(callee).parameters.get(position) else {
                continue;
            };
            if !matches!(ty.handle(), Handle::Abstract { .. }) {
                continue;
            }
            let by_value = !is_borrowed(&values[given], &arguments[given]);
            let kind = EventKind::Argument {
                callee,
                parameter: position,
                by_value,
            };
            self.event(kind, &values[given], range, arguments[given].range);
            found = true;
        }
        found.then(Value::default)
    }

    /// A value of a type of the workspace that is read or written stands for the bare handles in its fields.
    pub(super) fn with_fields(&mut self, value: Value, range: TextRange) -> Value {
        let (Ty::Local(of, _), true) = (&value.ty, value.origins.is_empty()) else {
            return value;
        };
        let of = *of;
        let names: Vec<String> = self
            .world
            .index
            .type_data(of)
            .fields
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let mut expanded = value;
        for name in names {
            if self.world.index.field_ty(of, &name).handle().is_bare() {
                let field = self.field_value(of, &name, range);
                expanded.origins.extend(field.origins);
            }
        }
        expanded
    }

    /// The entry whose path, or which itself, a value is; or a path that may be one's, as far as is known here.
    pub(super) fn entry_behind(&self, value: &Value) -> Option<super::OriginId> {
        value
            .origins
            .iter()
            .find_map(|id| match &self.flow.origin(*id).kind {
                OriginKind::Entry { .. } => Some(*id),
                OriginKind::EntryPath { of } => Some(*of),
                OriginKind::KeptPath => Some(*id),
                OriginKind::Parameter(_) if is_path(&self.flow.origin(*id).ty) => Some(*id),
                _ => None,
            })
    }

    pub(super) fn is_dependency(&self, name: &str) -> bool {
        let module = self.world.index.module(self.module);
        let own = self
            .world
            .index
            .crates
            .iter()
            .filter(|known| known.name == module.crate_name);
        own.into_iter().any(|known| {
            known
                .dependencies
                .values()
                .any(|dependency| dependency == name)
        })
    }
}

fn is_path(ty: &Ty) -> bool {
    ty.is("std::path::Path") || ty.is("std::path::PathBuf")
}

/// Whether an argument lends what it names.
pub(super) fn is_borrowed(value: &Value, argument: &Expr) -> bool {
    match &argument.kind {
        ExprKind::Reference { .. } => true,
        ExprKind::Method { name, .. } => {
            matches!(
                name.as_str(),
                "by_ref" | "as_mut" | "as_ref" | "get_mut" | "borrow_mut"
            ) || value.borrowed
        }
        _ => value.borrowed,
    }
}

/// Whether a type can be any that is read or written; a parameter that is bound elsewhere has no bound here.
fn is_any(ty: &Ty) -> bool {
    match ty {
        Ty::Abstract(bounds) => {
            matches!(ty.handle(), Handle::Abstract { buffered: false })
                || bounds.iter().all(|bound| {
                    let name = bound.rsplit("::").next().unwrap_or(bound);
                    matches!(name, "Sized" | "Send" | "Sync" | "Debug" | "Unpin")
                })
        }
        _ => false,
    }
}

/// Whether what a call yields says more than a declared type.
pub(super) fn says_little(declared: &Ty) -> bool {
    matches!(declared, Ty::Unknown | Ty::Abstract(_))
}

fn decided_by_caller(ty: Ty) -> Ty {
    match ty {
        Ty::Abstract(_) => Ty::Unknown,
        Ty::Tuple(all) => Ty::Tuple(all.into_iter().map(decided_by_caller).collect()),
        other => other,
    }
}
