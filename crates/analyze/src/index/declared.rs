//! From types as they are written to what they are.

use super::{FunctionId, Index, Meaning, ModuleId, TypeId};
use crate::syntax::{GenericParameter, Path, TypeRef};
use crate::types::Ty;

/// The declared types of a function's parameters, without `self`, and of what it returns.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Ty>,
    pub(crate) returns: Ty,
}

impl Index {
    /// The type that a type's text means in a module. `of` is what `Self` stands for.
    pub(crate) fn ty(
        &self,
        module: ModuleId,
        from: &TypeRef,
        generics: &[GenericParameter],
        of: Option<&Ty>,
    ) -> Ty {
        self.ty_through(module, from, generics, of, 0)
    }

    /// `depth` counts the aliases that were followed, which may form a circle.
    pub(super) fn ty_through(
        &self,
        module: ModuleId,
        from: &TypeRef,
        generics: &[GenericParameter],
        of: Option<&Ty>,
        depth: u32,
    ) -> Ty {
        let inner = |inner: &TypeRef| self.ty_through(module, inner, generics, of, depth);
        match from {
            TypeRef::Reference { inner: to, .. } => inner(to),
            TypeRef::Slice(element) | TypeRef::Array(element) => {
                Ty::Slice(Box::new(inner(element)))
            }
            TypeRef::Tuple(all) => Ty::Tuple(all.iter().map(inner).collect()),
            TypeRef::ImplTrait(bounds) | TypeRef::DynTrait(bounds) => {
                self.abstract_ty(module, bounds)
            }
            TypeRef::Unknown => Ty::Unknown,
            TypeRef::Path(path) => self.path_ty(module, path, generics, of, depth),
        }
    }

    pub(super) fn abstract_ty(&self, module: ModuleId, bounds: &[Path]) -> Ty {
        Ty::Abstract(
            bounds
                .iter()
                .map(|bound| self.trait_name(module, bound))
                .collect(),
        )
    }

    fn trait_name(&self, module: ModuleId, bound: &Path) -> String {
        match self.resolve(module, bound) {
            Meaning::External(path) => path,
            _ => bound.last().to_owned(),
        }
    }

    fn path_ty(
        &self,
        module: ModuleId,
        path: &Path,
        generics: &[GenericParameter],
        of: Option<&Ty>,
        depth: u32,
    ) -> Ty {
        if path.qualified_self.is_some() {
            return Ty::Unknown;
        }
        let arguments = || -> Vec<Ty> {
            let last = path.segments.last();
            last.map(|last| {
                last.generics
                    .iter()
                    .map(|inner| self.ty_through(module, inner, generics, of, depth))
                    .collect()
            })
            .unwrap_or_default()
        };
        if let Some(name) = path.single() {
            if name == "Self" {
                return of.cloned().unwrap_or_default();
            }
            if let Some(parameter) = generics.iter().find(|parameter| parameter.name == name) {
                return self.abstract_ty(module, &parameter.bounds);
            }
            if is_primitive(name) {
                return Ty::external(name);
            }
        }
        if path.last() == "Result" || path.last() == "Option" {
            return arguments().into_iter().next().unwrap_or_default();
        }
        match self.resolve_through(module, path, depth) {
            Meaning::Type(id) => Ty::Local(id, arguments()),
            Meaning::External(external) => Ty::applied(external, arguments()),
            Meaning::Alias(id) => {
                let alias = &self.aliases[id as usize];
                match self.ty_through(alias.module, &alias.to, &alias.generics, None, depth + 1) {
                    Ty::Unknown => arguments().into_iter().next().unwrap_or_default(),
                    known => known,
                }
            }
            _ => Ty::Unknown,
        }
    }

    /// The declared type of a field.
    pub(crate) fn field_ty(&self, of: TypeId, name: &str) -> Ty {
        let data = self.type_data(of);
        let field = data.fields.iter().find(|(field, _)| field == name);
        field.map_or(Ty::Unknown, |(_, declared)| {
            self.ty(data.module, declared, &data.generics, None)
        })
    }

    /// What `Self` stands for in a function.
    pub(crate) fn self_ty(&self, id: FunctionId) -> Option<Ty> {
        let data = self.function(id);
        data.of
            .map(|of| Ty::Local(of, Vec::new()))
            .or_else(|| data.of_external.clone())
    }

    /// The declared types of a function's parameters and of what it returns.
    pub(crate) fn signature(&self, id: FunctionId) -> &Signature {
        let data = self.function(id);
        data.signature.get_or_init(|| {
            let (of, generics) = (self.self_ty(id), self.generics_of(id));
            let ty = |declared| self.ty(data.module, declared, &generics, of.as_ref());
            let parameters = data.function.parameters.iter();
            Signature {
                parameters: parameters
                    .map(|parameter| ty(&parameter.declared))
                    .collect(),
                returns: data.function.returns.as_ref().map(ty).unwrap_or_default(),
            }
        })
    }

    /// The generics that are in scope in a function.
    pub(crate) fn generics_of(&self, id: FunctionId) -> Vec<GenericParameter> {
        let data = self.function(id);
        data.function
            .generics
            .iter()
            .chain(&data.outer_generics)
            .cloned()
            .collect()
    }
}

fn is_primitive(name: &str) -> bool {
    matches!(
        name,
        "u8" | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "bool"
            | "char"
            | "str"
            | "f32"
            | "f64"
    )
}
