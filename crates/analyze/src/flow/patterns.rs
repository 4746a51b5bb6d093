//! Binding patterns to values.

use super::{Evaluation, Value};
use crate::index::Meaning;
use crate::syntax::Pattern;
use crate::types::Ty;

impl Evaluation<'_> {
    pub(super) fn bind_pattern(&mut self, pattern: &Pattern, value: Value) {
        match pattern {
            Pattern::Binding { name, inner, .. } => {
                if let Some(inner) = inner {
                    self.bind_pattern(inner, value.clone());
                }
                self.bind(name, value);
            }
            Pattern::Typed { pattern, to } => {
                let ty = self.prefer(value.ty, to);
                self.bind_pattern(pattern, Value { ty, ..value });
            }
            Pattern::Tuple(elements) => {
                for (position, element) in elements.iter().enumerate() {
                    let part = match &value.ty {
                        Ty::Tuple(all) => {
                            let ty = all.get(position).cloned().unwrap_or_default();
                            let origins = value.origins.iter().copied();
                            let origins = origins
                                .filter(|id| self.flow.origin(*id).ty == ty)
                                .collect();
                            Value {
                                ty,
                                origins,
                                borrowed: value.borrowed,
                            }
                        }
                        _ => Value::default(),
                    };
                    self.bind_pattern(element, part);
                }
            }
            Pattern::TupleStruct { path, elements } => {
                if let ([only], "Ok" | "Some") = (elements.as_slice(), path.last()) {
                    self.bind_pattern(only, value);
                    return;
                }
                if let ([only], "Err") = (elements.as_slice(), path.last()) {
                    self.bind_pattern(only, Value::default());
                    return;
                }
                for (position, element) in elements.iter().enumerate() {
                    let name = position.to_string();
                    let part = self.part(path, &name, &value);
                    self.bind_pattern(element, part);
                }
            }
            Pattern::Struct { path, fields } => {
                for (name, field) in fields {
                    let part = self.part(path, name, &value);
                    self.bind_pattern(field, part);
                }
            }
            Pattern::Or(cases) => {
                for case in cases {
                    self.bind_pattern(case, value.clone());
                }
            }
            Pattern::Slice(elements) => {
                for element in elements {
                    self.bind_pattern(element, Value::of(value.ty.element()));
                }
            }
            Pattern::Other => {}
        }
    }

    fn part(&mut self, path: &crate::syntax::Path, name: &str, value: &Value) -> Value {
        let range = value
            .origins
            .first()
            .map_or_else(Default::default, |id| self.flow.origin(*id).range);
        match self.resolve(path) {
            Meaning::Type(of) => self.field_value(of, name, range),
            Meaning::Associated(of, variant) => {
                self.field_value(of, &format!("{variant}.{name}"), range)
            }
            _ => Value::default(),
        }
    }
}
