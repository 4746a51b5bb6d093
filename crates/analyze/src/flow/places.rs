//! Fields and assignments: places that outlive an expression.

use super::{Evaluation, EventKind, OriginId, OriginKind, Value};
use crate::index::{Meaning, TypeId};
use crate::syntax::{Expr, ExprKind, Path, TextRange};
use crate::types::Ty;

impl Evaluation<'_> {
    pub(super) fn field(&mut self, base: &Expr, name: &str, range: TextRange) -> Value {
        let base_value = self.expr(base);
        match &base_value.ty {
            Ty::Local(of, _) => {
                let value = self.field_value(*of, name, range);
                let own =
                    matches!(&base.kind, ExprKind::Path(path) if path.single() == Some("self"));
                // What stands for a type parameter of the struct depends on the value.
                match value.ty {
                    Ty::Abstract(_) if !own => Value::default(),
                    _ => value,
                }
            }
            Ty::Tuple(all) => {
                let position = name.parse::<usize>().unwrap_or(usize::MAX);
                let ty = all.get(position).cloned().unwrap_or_default();
                let origins = base_value.origins.iter().copied();
                let origins = origins
                    .filter(|id| self.flow.origin(*id).ty == ty)
                    .collect();
                Value {
                    ty,
                    origins,
                    borrowed: base_value.borrowed,
                }
            }
            Ty::External(path, _) if path == "std::process::Child" => {
                let ty = match name {
                    "stdin" => "std::process::ChildStdin",
                    "stdout" => "std::process::ChildStdout",
                    "stderr" => "std::process::ChildStderr",
                    _ => return Value::default(),
                };
                self.made(
                    OriginKind::Open {
                        api: format!("std::process::Child.{name}"),
                    },
                    Ty::external(ty),
                    range,
                )
            }
            _ => Value::default(),
        }
    }

    /// The value in a field; every mention in this function is the same handle.
    pub(super) fn field_value(&mut self, of: TypeId, name: &str, range: TextRange) -> Value {
        let mut ty = self.world.index.field_ty(of, name);
        if !ty.is_known() || matches!(ty, Ty::Abstract(_)) {
            let field = (of, name.to_owned());
            ty = self.world.fields.get(&field).cloned().unwrap_or(ty);
            self.flow.asked.fields.push(field);
        }
        ty = self.with_kept_field(of, name, ty);
        if matches!(ty, Ty::Unknown) {
            return Value::default();
        }
        let kind = OriginKind::Field {
            of,
            name: name.to_owned(),
        };
        let known = self
            .flow
            .origins
            .iter()
            .position(|origin| origin.kind == kind);
        let origin = match known.and_then(|position| u32::try_from(position).ok()) {
            Some(position) => OriginId(position),
            None => {
                let id = self.origin(kind, ty.clone(), range);
                let origin = &mut self.flow.origins[id.0 as usize];
                origin.borrowed = true;
                origin.loops = Vec::new();
                id
            }
        };
        Value {
            ty,
            origins: vec![origin],
            borrowed: true,
        }
    }

    pub(super) fn stored(&mut self, path: &Path, field: &str, value: Value, range: TextRange) {
        let (of, field) = match self.resolve(path) {
            Meaning::Type(of) => (of, field.to_owned()),
            Meaning::Associated(of, variant) => (of, format!("{variant}.{field}")),
            Meaning::Alias(_) | Meaning::External(_) | Meaning::Unknown => {
                self.event(
                    EventKind::Escape {
                        how: path.last().to_owned(),
                        by_value: true,
                    },
                    &value,
                    range,
                    range,
                );
                return;
            }
            Meaning::Module(_) | Meaning::Function(_) => return,
        };
        self.keep_in_field(of, &field, &value.ty.element());
        self.event(EventKind::Stored { of, field }, &value, range, range);
    }

    pub(super) fn assign(&mut self, left: &Expr, right: &Expr, range: TextRange) -> Value {
        let value = self.expr(right);
        match &left.kind {
            ExprKind::Path(path) => {
                if let Some(name) = path.single() {
                    let before = self.expr(left);
                    let how = "an assignment over it".to_owned();
                    self.event(EventKind::Method { how }, &before, range, left.range);
                    let scope = self
                        .scopes
                        .iter_mut()
                        .rev()
                        .find(|scope| scope.contains_key(name));
                    if let Some(known) = scope.and_then(|scope| scope.get_mut(name)) {
                        *known = std::mem::take(known).or(value);
                    }
                }
            }
            ExprKind::Field { base, name } => {
                let base = self.expr(base);
                if let Ty::Local(of, _) = base.ty {
                    self.keep_in_field(of, name, &value.ty.element());
                    self.event(
                        EventKind::Stored {
                            of,
                            field: name.clone(),
                        },
                        &value,
                        range,
                        right.range,
                    );
                } else {
                    self.event(
                        EventKind::Escape {
                            how: name.clone(),
                            by_value: true,
                        },
                        &value,
                        range,
                        right.range,
                    );
                }
            }
            ExprKind::Index { base, index } => {
                let target = self.expr(base);
                self.expr(index);
                let how = "an assignment into it".to_owned();
                self.event(EventKind::Method { how }, &target, range, left.range);
            }
            _ => {
                self.expr(left);
                self.event(
                    EventKind::Escape {
                        how: "an assignment".to_owned(),
                        by_value: true,
                    },
                    &value,
                    range,
                    right.range,
                );
            }
        }
        Value::default()
    }

    pub(super) fn give_back(&mut self, value: Value, range: TextRange) {
        self.event(EventKind::Returned, &value, range, range);
        self.returned.push(value);
    }
}
