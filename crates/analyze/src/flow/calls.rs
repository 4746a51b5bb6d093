//! Calls of functions by path.

use super::standard::{self, Standard};
use super::{Amount, Call, Direction, Evaluation, EventKind, OriginKind, Value};
use crate::effects::Usage;
use crate::index::{FunctionId, Meaning};
use crate::syntax::{Expr, ExprKind, TextRange};
use crate::types::{Handle, Ty};

/// A trait with more implementations is not followed.
const MOST_IMPLEMENTATIONS: usize = 16;

impl Evaluation<'_> {
    pub(super) fn call(&mut self, expr: &Expr, callee: &Expr, arguments: &[Expr]) -> Value {
        let ExprKind::Path(path) = &callee.kind else {
            self.acts(expr.range);
            self.expr(callee);
            let values = self.all(arguments);
            self.escape_all(&values, arguments, "a call", expr.range);
            return Value::default();
        };
        let values = self.all(arguments);
        let local = path
            .single()
            .is_some_and(|name| self.scopes.iter().any(|scope| scope.contains_key(name)));
        let meaning = if local {
            // A closure or a function value: it may do anything.
            self.acts(expr.range);
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
                if self.world.effects.function(&written).is_some() {
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
    fn takes_any(&self, callee: FunctionId, parameter: usize) -> bool {
        let index = self.world.index;
        let data = index.function(callee);
        let of = index.self_ty(callee);
        data.function
            .parameters
            .get(parameter)
            .is_some_and(|parameter| {
                let ty = index.ty(
                    data.module,
                    &parameter.declared,
                    &index.generics_of(callee),
                    of.as_ref(),
                );
                matches!(ty.handle(), Handle::Abstract { buffered: false })
            })
    }

    pub(super) fn call_function(
        &mut self,
        callee: FunctionId,
        arguments: &[Expr],
        values: Vec<Value>,
        range: TextRange,
    ) -> Value {
        self.flow.calls.push(Call {
            callee,
            range,
            loops: self.loops.clone(),
        });
        for (parameter, (value, argument)) in values.iter().zip(arguments).enumerate() {
            let by_value = !is_borrowed(value, argument);
            if value.origins.is_empty() && !value.ty.is_known() && self.takes_any(callee, parameter)
            {
                self.flow.questions.push(super::OpenQuestion {
                    range: argument.range,
                });
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
        let index = self.world.index;
        let data = index.function(callee);
        let declared = data
            .function
            .returns
            .as_ref()
            .map_or(Ty::Unknown, |returns| {
                let of = index.self_ty(callee);
                index.ty(
                    data.module,
                    returns,
                    &index.generics_of(callee),
                    of.as_ref(),
                )
            });
        let known = self.world.returns.get(&callee);
        let ty = match (&declared, known) {
            (Ty::Unknown | Ty::Abstract(_), Some(known)) if known.ty.is_known() => known.ty.clone(),
            _ => declared,
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
            value = self.made(OriginKind::CallResult(callee), ty, range);
        }
        value
    }

    pub(super) fn call_external(
        &mut self,
        path: &str,
        arguments: &[Expr],
        values: Vec<Value>,
        range: TextRange,
    ) -> Value {
        self.external_acts(path, range);
        let types: Vec<Ty> = values.iter().map(|value| value.ty.clone()).collect();
        if let Some(standard) = standard::call(path, &types) {
            return self.call_standard(path, standard, arguments, values, range);
        }
        if let Some(row) = self.world.effects.function(path) {
            return self.call_with_effect(row, path, arguments, &values, range);
        }
        if let Some(value) = self.call_of_trait(path, arguments, &values, range) {
            return value;
        }
        self.escape_all(&values, arguments, path, range);
        Value::of(constructed(path, types))
    }

    /// A function of a dependency that the table knows.
    pub(super) fn call_with_effect(
        &mut self,
        row: usize,
        path: &str,
        arguments: &[Expr],
        values: &[Value],
        range: TextRange,
    ) -> Value {
        let effect = self.world.effects.row(row).clone();
        let at = effect.position();
        let held = at
            .and_then(|at| values.get(at))
            .cloned()
            .unwrap_or_default();
        let mut result = Value::of(constructed(
            path,
            values.iter().map(|value| value.ty.clone()).collect(),
        ));
        let mut wrapper = None;
        if let (true, Some(argument)) = (effect.is_wrapper(), at.and_then(|at| arguments.get(at))) {
            let kind = OriginKind::Wrapper {
                over: held.origins.clone(),
                row,
                argument: argument.range,
            };
            let ty = match constructed(path, Vec::new()) {
                Ty::External(path, _) => Ty::External(path, vec![held.ty.clone()]),
                other => other,
            };
            result = self.made(kind, ty, range);
            wrapper = result.origins.first().copied();
        }
        for (position, (value, argument)) in values.iter().zip(arguments).enumerate() {
            let by_value = !is_borrowed(value, argument);
            if Some(position) == at {
                let value = &self.with_fields(value.clone(), argument.range);
                if value.origins.is_empty()
                    && !value.ty.is_known()
                    && matches!(effect.usage, Usage::Small | Usage::Seeks)
                {
                    self.flow.questions.push(super::OpenQuestion {
                        range: argument.range,
                    });
                }
                self.event(
                    EventKind::Effect {
                        row,
                        by_value,
                        result: wrapper,
                    },
                    value,
                    range,
                    argument.range,
                );
            } else {
                let how = path.to_owned();
                self.event(
                    EventKind::Escape { how, by_value },
                    value,
                    range,
                    argument.range,
                );
            }
        }
        result
    }

    /// `Trait::name(…)` of a trait of the workspace, or `u8::name(…)` that such a trait adds: any implementation may run.
    fn call_of_trait(
        &mut self,
        path: &str,
        arguments: &[Expr],
        values: &[Value],
        range: TextRange,
    ) -> Option<Value> {
        let given = values
            .iter()
            .position(|value| !value.origins.is_empty() && value.ty.handle() != Handle::Other)?;
        let name = path.rsplit("::").next()?;
        let implementations = self.world.index.trait_functions(name).to_vec();
        let mut found = false;
        for callee in implementations.into_iter().take(MOST_IMPLEMENTATIONS) {
            let data = self.world.index.function(callee);
            let skip = usize::from(data.function.has_self);
            let Some(position) = given.checked_sub(skip) else {
                continue;
            };
            let Some(parameter) = data.function.parameters.get(position) else {
                continue;
            };
            let of = self.world.index.self_ty(callee);
            let generics = self.world.index.generics_of(callee);
            let ty = self
                .world
                .index
                .ty(data.module, &parameter.declared, &generics, of.as_ref());
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

    fn call_standard(
        &mut self,
        path: &str,
        standard: Standard,
        arguments: &[Expr],
        mut values: Vec<Value>,
        range: TextRange,
    ) -> Value {
        let api = path.to_owned();
        match standard {
            Standard::Handle(ty) => self.made(OriginKind::Open { api }, ty, range),
            Standard::Buffer { kind, argument } => {
                let Some(at) = arguments.get(argument) else {
                    return Value::default();
                };
                let capacity = (argument == 1)
                    .then(|| super::loops::integer(&arguments[0]))
                    .flatten();
                let over = values.swap_remove(argument);
                let ty = standard::buffer_ty(kind, over.ty.clone(), path.starts_with("tokio::"));
                self.buffer(kind, ty, &over, at, capacity, range)
            }
            Standard::Content(ty) => self.made(
                OriginKind::Content {
                    api,
                    over: Vec::new(),
                },
                ty,
                range,
            ),
            Standard::Fresh(ty) => self.made(
                OriginKind::Fresh {
                    bytes: None,
                    empty: true,
                },
                ty,
                range,
            ),
            Standard::Same => {
                let mut value = values.into_iter().next().unwrap_or_default();
                // `Box::new(&mut file)` lends, `Ok(file)` gives.
                value.borrowed |= arguments
                    .first()
                    .is_some_and(|argument| is_borrowed(&value, argument));
                if let Some(inner) = arguments.first() {
                    self.opened(&value, inner.range, inner.range);
                }
                value
            }
            Standard::Copy => {
                let directions = [Direction::Read, Direction::Write];
                for ((value, argument), direction) in values.iter().zip(arguments).zip(directions) {
                    let kind = EventKind::Transfer {
                        direction,
                        amount: Amount::Bulk,
                        how: api.clone(),
                    };
                    self.event(kind, value, range, argument.range);
                }
                Value::default()
            }
            Standard::ReadAll => {
                let over = values.into_iter().next().unwrap_or_default();
                let kind = EventKind::Transfer {
                    direction: Direction::Read,
                    amount: Amount::Bulk,
                    how: api.clone(),
                };
                self.event(kind, &over, range, range);
                self.made(
                    OriginKind::Content {
                        api,
                        over: over.origins,
                    },
                    Ty::external("std::string::String"),
                    range,
                )
            }
            Standard::Drop => {
                for (value, argument) in values.iter().zip(arguments) {
                    self.event(EventKind::Dropped, value, range, argument.range);
                }
                Value::default()
            }
            Standard::WriteWhole | Standard::Attributes => {
                self.escape_all(&values, arguments, path, range);
                let entry = values.first().and_then(|value| self.entry_behind(value));
                match (standard, entry) {
                    (Standard::Attributes, Some(of)) => {
                        let kind = OriginKind::Attributes { api, of };
                        self.made(kind, Ty::external("std::fs::Metadata"), range)
                    }
                    (Standard::Attributes, None) => Value::of(Ty::external("std::fs::Metadata")),
                    _ => Value::default(),
                }
            }
            Standard::Value(ty) => {
                self.escape_all(&values, arguments, path, range);
                Value::of(ty)
            }
        }
    }

    pub(super) fn buffer(
        &mut self,
        kind: super::BufferKind,
        ty: Ty,
        over: &Value,
        at: &Expr,
        capacity: Option<u64>,
        range: TextRange,
    ) -> Value {
        if !over.ty.is_known() && over.origins.is_empty() {
            self.flow
                .questions
                .push(super::OpenQuestion { range: at.range });
        }
        let origin = OriginKind::Buffer {
            kind,
            over: over.origins.clone(),
            argument: at.range,
            capacity,
        };
        let value = self.made(origin, ty, range);
        let by = value.origins[0];
        self.event(
            EventKind::Buffered {
                by,
                by_value: !is_borrowed(over, at),
            },
            over,
            range,
            at.range,
        );
        value
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

    /// The entry whose path, or which itself, a value is.
    pub(super) fn entry_behind(&self, value: &Value) -> Option<super::OriginId> {
        value
            .origins
            .iter()
            .find_map(|id| match &self.flow.origin(*id).kind {
                OriginKind::Entry { .. } => Some(*id),
                OriginKind::EntryPath { of } => Some(*of),
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

/// `Type::function` of another crate yields a `Type`, more often than not.
fn constructed(path: &str, arguments: Vec<Ty>) -> Ty {
    let Some((of, name)) = path.rsplit_once("::") else {
        return Ty::Unknown;
    };
    let type_name = of.rsplit("::").next().unwrap_or(of);
    let is_type = type_name.starts_with(|c: char| c.is_uppercase());
    let makes = name.starts_with("new")
        || name.starts_with("from_")
        || name.starts_with("with_")
        || matches!(
            name,
            "open" | "create" | "default" | "try_new" | "pretty" | "builder"
        );
    if is_type && makes {
        Ty::External(of.to_owned(), arguments)
    } else {
        Ty::Unknown
    }
}

fn decided_by_caller(ty: Ty) -> Ty {
    match ty {
        Ty::Abstract(_) => Ty::Unknown,
        Ty::Tuple(all) => Ty::Tuple(all.into_iter().map(decided_by_caller).collect()),
        other => other,
    }
}
