//! Calls of functions outside the workspace.

use super::calls::is_borrowed;
use super::standard::{self, Standard};
use super::{Amount, Copying, Direction, Evaluation, EventKind, OriginKind, Value};
use crate::effects::{LearnedRows, Usage};
use crate::syntax::{Expr, TextRange};
use crate::types::{Handle, Ty};

impl Evaluation<'_> {
    pub(super) fn call_external(
        &mut self,
        path: &str,
        arguments: &[Expr],
        values: Vec<Value>,
        range: TextRange,
    ) -> Value {
        self.external_acts(path, range);
        self.external_path_use(path, arguments, range);
        self.external_runs(path, arguments, range);
        let types: Vec<Ty> = values.iter().map(|value| value.ty.clone()).collect();
        if let Some(standard) = standard::call(path, &types) {
            return self.call_standard(path, standard, arguments, values, range);
        }
        if let Some(row) = self.row_of(path) {
            return self.call_with_effect(row, path, arguments, &values, range);
        }
        if let Some(value) = self.call_of_trait(path, arguments, &values, range) {
            return value;
        }
        self.silent(path, &values);
        self.escape_all(&values, arguments, path, range);
        Value::of(constructed(path, types))
    }

    /// The row of a function by its full path: the table's, or else what its source says.
    pub(super) fn row_of(&mut self, path: &str) -> Option<usize> {
        let listed = self.world.effects.listed(path);
        listed.or_else(|| self.learned(path).function)
    }

    /// What the source of a dependency says about a path; later it may say more.
    pub(super) fn learned(&mut self, path: &str) -> LearnedRows {
        let rows = self.world.effects.learned(path);
        if !path.starts_with("std::") {
            self.flow.asked.rows.push((path.to_owned(), rows));
        }
        rows
    }

    /// Notes that a function of a dependency is given a handle, and that nothing is known of it.
    pub(super) fn silent(&mut self, path: &str, values: &[Value]) {
        let is_handle = |value: &Value| {
            let handle = value.ty.handle();
            let streams = handle != Handle::Other && handle != Handle::Memory;
            streams && !value.origins.is_empty()
        };
        if !path.starts_with("std::") && values.iter().any(is_handle) {
            self.flow.silent.push(path.to_owned());
        }
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
                if matches!(effect.usage, Usage::Small | Usage::Seeks) {
                    self.ask(value, argument);
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

    pub(super) fn call_standard(
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
                    self.ask(value, argument);
                    let kind = EventKind::Transfer {
                        direction,
                        amount: Amount::Bulk,
                        how: api.clone(),
                    };
                    self.event(kind, value, range, argument.range);
                }
                if let ([from, to], [from_at, to_at]) = (values.as_slice(), arguments) {
                    self.flow.copies.push(Copying {
                        range,
                        from: from.clone(),
                        from_at: from_at.range,
                        to: to.clone(),
                        to_at: to_at.range,
                        loops: self.loops.clone(),
                    });
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
        self.ask(over, at);
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
