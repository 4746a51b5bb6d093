//! Every module, type and function of the workspace, and what a path means where it stands.

mod build;
mod declared;
mod exports;
mod resolve;

pub(crate) use declared::Signature;
pub(crate) use exports::Exported;

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::{Function, GenericParameter, TypeRef, Use};
use crate::types::Ty;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ModuleId(pub(crate) u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub(crate) u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FunctionId(pub(crate) u32);

#[derive(Debug)]
pub(crate) struct ModuleData {
    pub(crate) file: model::FileId,
    pub(crate) crate_name: String,
    /// Names of the modules from the crate's root down.
    pub(crate) path: Vec<String>,
    pub(crate) parent: Option<ModuleId>,
    names: FxHashMap<String, Definition>,
    /// What it brings in, by the name that it is visible under.
    uses: FxHashMap<String, Vec<Use>>,
    globs: Vec<Use>,
    pub(crate) test: bool,
    /// Left out on Unix.
    pub(crate) elsewhere: bool,
    /// The inside of a function body: what it does not know it asks the module around it.
    pub(crate) is_body: bool,
}

#[derive(Debug)]
pub(crate) struct TypeData {
    pub(crate) name: String,
    pub(crate) module: ModuleId,
    pub(crate) generics: Vec<GenericParameter>,
    /// Fields of a struct, or of all variants of an enum as `Variant.field`.
    pub(crate) fields: Vec<(String, TypeRef)>,
    pub(crate) is_enum: bool,
    methods: FxHashMap<String, FunctionId>,
    /// Last segments of the traits it implements.
    traits: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct FunctionData {
    pub(crate) function: Function,
    pub(crate) module: ModuleId,
    /// The type in whose `impl` it stands.
    pub(crate) of: Option<TypeId>,
    /// The type in whose `impl` it stands, where that is not one of the workspace.
    pub(crate) of_external: Option<Ty>,
    /// Last segment of the trait it implements or declares.
    pub(crate) of_trait: Option<String>,
    /// It stands in the trait itself: every implementation without one of its own has it.
    pub(crate) is_default: bool,
    pub(crate) outer_generics: Vec<GenericParameter>,
    signature: OnceLock<Signature>,
}

#[derive(Debug)]
struct AliasData {
    module: ModuleId,
    generics: Vec<GenericParameter>,
    to: TypeRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Definition {
    Module(ModuleId),
    Type(TypeId),
    Function(FunctionId),
    Alias(u32),
    Trait,
}

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    Module(ModuleId),
    Type(TypeId),
    Function(FunctionId),
    /// A function, constant or variant of a type of the workspace.
    Associated(TypeId, String),
    /// Outside the workspace.
    External(String),
    Alias(u32),
    Unknown,
}

/// A crate of the workspace to index: one compilation target.
#[derive(Debug)]
pub(crate) struct CrateRoot {
    pub(crate) name: String,
    pub(crate) root: ModuleId,
    /// Libraries can be named by others.
    pub(crate) is_library: bool,
    /// What dependencies are called in code, and the crates they are.
    pub(crate) dependencies: FxHashMap<String, String>,
    /// The features of them that the manifest asks for, by what they are called in code.
    pub(crate) features: FxHashMap<String, Vec<String>>,
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) modules: Vec<ModuleData>,
    pub(crate) types: Vec<TypeData>,
    pub(crate) functions: Vec<FunctionData>,
    aliases: Vec<AliasData>,
    pub(crate) crates: Vec<CrateRoot>,
    /// Names of the macros that the workspace defines.
    pub(crate) macros: FxHashSet<String>,
    /// Functions of traits and of their implementations, by name.
    trait_functions: FxHashMap<String, Vec<FunctionId>>,
    implementations: Vec<(ModuleId, crate::syntax::Impl)>,
    /// Traits whose functions do not know yet what `self` is: what the trait asks for, and the functions.
    traits: Vec<(ModuleId, Vec<crate::syntax::Path>, Vec<FunctionId>)>,
}

impl TypeData {
    /// Whether it implements a trait of that name.
    pub(crate) fn implements(&self, name: &str) -> bool {
        self.traits.iter().any(|known| known == name)
    }
}

impl Index {
    pub(crate) fn module(&self, id: ModuleId) -> &ModuleData {
        &self.modules[id.0 as usize]
    }

    pub(crate) fn type_data(&self, id: TypeId) -> &TypeData {
        &self.types[id.0 as usize]
    }

    /// Whether a function stands in test code.
    pub(crate) fn is_test(&self, id: FunctionId) -> bool {
        let data = self.function(id);
        data.function.context.test || self.module(data.module).test
    }

    /// Whether others than this workspace may call a function.
    pub(crate) fn is_exported(&self, id: FunctionId) -> bool {
        let data = self.function(id);
        let mut root = self.named(data.module);
        while let Some(parent) = self.module(root).parent {
            root = parent;
        }
        let mut libraries = self.crates.iter().filter(|known| known.is_library);
        data.function.is_public && libraries.any(|library| library.root == root)
    }

    /// Whether a function is left out on Unix, by itself or with a module around it.
    pub(crate) fn is_elsewhere(&self, id: FunctionId) -> bool {
        let data = self.function(id);
        data.function.context.elsewhere || self.module(self.named(data.module)).elsewhere
    }

    pub(crate) fn function(&self, id: FunctionId) -> &FunctionData {
        &self.functions[id.0 as usize]
    }

    pub(crate) fn function_ids(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..u32::try_from(self.functions.len()).unwrap_or(u32::MAX)).map(FunctionId)
    }

    pub(crate) fn file_of(&self, id: FunctionId) -> model::FileId {
        self.module(self.function(id).module).file
    }

    /// `module::path::Type::name`.
    pub(crate) fn qualified_name(&self, id: FunctionId) -> String {
        let data = self.function(id);
        let module = self.module(data.module);
        let mut parts = vec![module.crate_name.clone()];
        parts.extend(module.path.iter().cloned());
        if let Some(of) = data.of {
            parts.push(self.type_data(of).name.clone());
        }
        parts.push(data.function.name.clone());
        parts.join("::")
    }

    /// The function that a method call on a type runs: its own, or the default of a trait that it implements.
    pub(crate) fn method(&self, of: TypeId, name: &str) -> Option<FunctionId> {
        let data = self.type_data(of);
        data.methods.get(name).copied().or_else(|| {
            let candidates = self.trait_functions(name).iter().copied();
            let mut defaults = candidates.filter(|id| {
                let function = self.function(*id);
                let declared_by = function.of_trait.as_ref();
                function.is_default && declared_by.is_some_and(|it| data.traits.contains(it))
            });
            defaults.next()
        })
    }

    /// The functions in a type's own `impl` blocks, in no order.
    pub(crate) fn methods(&self, of: TypeId) -> impl Iterator<Item = FunctionId> {
        self.type_data(of).methods.values().copied()
    }

    /// The functions of that name in traits of the workspace and their implementations.
    pub(crate) fn trait_functions(&self, name: &str) -> &[FunctionId] {
        self.trait_functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The one function of that name in traits of the workspace and their implementations, if there is just one.
    pub(crate) fn only_trait_function(&self, name: &str) -> Option<FunctionId> {
        let with_body = self.trait_functions.get(name)?.iter().copied();
        let mut with_body = with_body.filter(|id| self.function(*id).function.body.is_some());
        let first = with_body.next()?;
        with_body.next().is_none().then_some(first)
    }
}
