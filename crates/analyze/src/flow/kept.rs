//! Lists that hold the paths of directory entries.

use std::hash::Hash;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evaluation, OriginKind, Value};
use crate::index::{FunctionId, TypeId};
use crate::syntax::{Expr, ExprKind, TextRange};
use crate::types::Ty;

/// What is put into lists, by the variable or the field that has the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    variables: FxHashMap<FunctionId, FxHashMap<String, Ty>>,
    fields: FxHashMap<TypeId, FxHashMap<String, Ty>>,
}

impl Kept {
    fn variable(&self, function: FunctionId, name: &str) -> Option<&Ty> {
        self.variables.get(&function)?.get(name)
    }

    fn field(&self, of: TypeId, name: &str) -> Option<&Ty> {
        self.fields.get(&of)?.get(name)
    }

    /// The functions and types of whose lists something else is known.
    pub(crate) fn differences(&self, other: &Self) -> (FxHashSet<FunctionId>, FxHashSet<TypeId>) {
        (
            differing(&self.variables, &other.variables),
            differing(&self.fields, &other.fields),
        )
    }

    /// Adds what another function puts into lists.
    pub(crate) fn add(&mut self, other: &Self) {
        for (function, names) in &other.variables {
            let known = self.variables.entry(*function).or_default();
            known.extend(names.iter().map(|(name, ty)| (name.clone(), ty.clone())));
        }
        for (of, names) in &other.fields {
            let known = self.fields.entry(*of).or_default();
            known.extend(names.iter().map(|(name, ty)| (name.clone(), ty.clone())));
        }
    }
}

fn differing<K: Copy + Eq + Hash, V: PartialEq>(
    one: &FxHashMap<K, V>,
    other: &FxHashMap<K, V>,
) -> FxHashSet<K> {
    let all = one.keys().chain(other.keys()).copied();
    all.filter(|key| one.get(key) != other.get(key)).collect()
}

impl Evaluation<'_> {
    /// What a list that is bound to a name holds.
    pub(super) fn with_kept_variable(&self, name: &str, ty: Ty) -> Ty {
        match self.world.kept.variable(self.id, name) {
            Some(element) => ty.holding(element),
            None => ty,
        }
    }

    /// What a list in a field holds.
    pub(super) fn with_kept_field(&mut self, of: TypeId, name: &str, ty: Ty) -> Ty {
        if !ty.may_hold_paths() {
            return ty;
        }
        self.flow.asked.lists.push(of);
        match self.world.kept.field(of, name) {
            Some(element) => ty.holding(element),
            None => ty,
        }
    }

    /// `push`, `extend` and the like; and what takes one element out of a list.
    pub(super) fn kept_method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        values: &[Value],
    ) -> Option<Value> {
        match (name, values) {
            ("push" | "push_back" | "push_front" | "insert", [.., element]) => {
                self.keep(receiver, &element.ty.clone());
                None
            }
            ("extend" | "append", [elements]) => {
                self.keep(receiver, &elements.ty.element());
                None
            }
            (
                "pop" | "pop_front" | "pop_back" | "next" | "next_back" | "remove" | "swap_remove",
                _,
            ) => {
                value.ty.element().entry_of_path()?;
                Some(self.element(value, expr.range))
            }
            _ => None,
        }
    }

    /// Notes that paths of entries are put into the list that an expression names.
    pub(super) fn keep(&mut self, list: &Expr, element: &Ty) {
        if element.entry_of_path().is_none() {
            return;
        }
        match &list.kind {
            ExprKind::Reference { inner, .. } | ExprKind::Deref(inner) => {
                self.keep(inner, element);
            }
            ExprKind::Path(path) => {
                if let Some(name) = path.single() {
                    let names = self.flow.kept.variables.entry(self.id).or_default();
                    names.insert(name.to_owned(), element.clone());
                }
            }
            ExprKind::Field { base, name } => {
                if let ExprKind::Path(path) = &base.kind
                    && let Some(Ty::Local(of, _)) = path
                        .single()
                        .and_then(|of| self.variable(of))
                        .map(|value| &value.ty)
                {
                    let of = *of;
                    self.keep_in_field(of, name, element);
                }
            }
            _ => {}
        }
    }

    pub(super) fn keep_in_field(&mut self, of: TypeId, name: &str, element: &Ty) {
        if element.entry_of_path().is_some() {
            let names = self.flow.kept.fields.entry(of).or_default();
            names.insert(name.to_owned(), element.clone());
        }
    }

    /// A function that puts paths of entries into a list that it is lent.
    pub(super) fn kept_by(&mut self, callee: FunctionId, parameter: usize, list: &Expr) {
        let function = &self.world.index.function(callee).function;
        let name = function
            .parameters
            .get(parameter)
            .and_then(|parameter| parameter.pattern.name());
        if let Some(element) = name.and_then(|name| self.world.kept.variable(callee, name)) {
            self.keep(list, &element.clone());
        }
    }

    /// A path that comes out of a list of the paths of entries, alone or beside other things.
    pub(super) fn kept_path(&mut self, ty: Ty, range: TextRange) -> Option<Value> {
        let path = match &ty {
            Ty::Tuple(all) => all.iter().find(|part| part.entry_of_path().is_some())?,
            one => one,
        };
        path.entry_of_path()?;
        let made = self.made(OriginKind::KeptPath, path.clone(), range);
        Some(Value { ty, ..made })
    }
}
