//! Every module, type and function of the workspace, and what a path means where it stands.

mod declared;
mod exports;
mod resolve;

pub(crate) use declared::Signature;
pub(crate) use exports::Exported;

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::{Function, GenericParameter, Item, TypeRef, Use};
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

    pub(crate) fn add_module(
        &mut self,
        file: model::FileId,
        crate_name: &str,
        path: Vec<String>,
        parent: Option<ModuleId>,
        test: bool,
    ) -> ModuleId {
        let id = ModuleId(u32::try_from(self.modules.len()).expect("fewer than 2^32 modules"));
        let name = path.last().cloned();
        self.modules.push(ModuleData {
            file,
            crate_name: crate_name.to_owned(),
            path,
            parent,
            names: FxHashMap::default(),
            uses: FxHashMap::default(),
            globs: Vec::new(),
            test,
            elsewhere: parent.is_some_and(|parent| self.module(parent).elsewhere),
            is_body: false,
        });
        if let (Some(parent), Some(name)) = (parent, name) {
            self.modules[parent.0 as usize]
                .names
                .insert(name, Definition::Module(id));
        }
        id
    }

    /// Adds everything but modules, which the loader adds since it must find their files.
    pub(crate) fn add_item(&mut self, module: ModuleId, item: Item) {
        match item {
            Item::Function(mut function) => {
                let name = function.name.clone();
                let scope = self.body_scope(module, &mut function);
                let id = self.add_function(scope, function, None, None, None, Vec::new());
                self.define(module, name, Definition::Function(id));
            }
            Item::Struct(item) => {
                self.add_type(module, item.name, item.generics, item.fields, false);
            }
            Item::Enum(item) => {
                let fields = item.variants.into_iter().flat_map(|(variant, fields)| {
                    fields
                        .into_iter()
                        .map(move |(name, of)| (format!("{variant}.{name}"), of))
                });
                self.add_type(module, item.name, Vec::new(), fields.collect(), true);
            }
            Item::Impl(item) => self.implementations.push((module, item)),
            Item::Trait {
                name,
                mut supertraits,
                functions,
            } => {
                self.define(module, name.clone(), Definition::Trait);
                let mut declared = Vec::new();
                for function in functions {
                    let called = function.name.clone();
                    let id = self.add_function(
                        module,
                        function,
                        None,
                        None,
                        Some(name.clone()),
                        Vec::new(),
                    );
                    self.functions[id.0 as usize].is_default = true;
                    self.trait_functions.entry(called).or_default().push(id);
                    declared.push(id);
                }
                supertraits.push(crate::syntax::Path::of_name(name));
                self.traits.push((module, supertraits, declared));
            }
            Item::Alias { name, generics, to } => {
                let id = u32::try_from(self.aliases.len()).expect("fewer than 2^32 aliases");
                self.aliases.push(AliasData {
                    module,
                    generics,
                    to,
                });
                self.define(module, name, Definition::Alias(id));
            }
            Item::Use(leaves) => {
                let data = &mut self.modules[module.0 as usize];
                for leaf in leaves {
                    match leaf.name.clone() {
                        Some(name) => data.uses.entry(name).or_default().push(leaf),
                        None => data.globs.push(leaf),
                    }
                }
            }
            Item::MacroRules(name) => {
                self.macros.insert(name);
            }
            Item::Module(_) => {}
        }
    }

    /// The module in which a body's names are looked up: one of its own if it has items of its own.
    fn body_scope(&mut self, module: ModuleId, function: &mut Function) -> ModuleId {
        let items = std::mem::take(&mut function.items);
        if items.is_empty() {
            return module;
        }
        let around = self.module(module);
        let (file, crate_name, path, test) = (
            around.file,
            around.crate_name.clone(),
            around.path.clone(),
            around.test,
        );
        let scope = self.add_module(file, &crate_name, path, None, test);
        let data = &mut self.modules[scope.0 as usize];
        data.parent = Some(module);
        data.is_body = true;
        for item in items {
            self.add_item(scope, item);
        }
        scope
    }

    fn define(&mut self, module: ModuleId, name: String, definition: Definition) {
        self.modules[module.0 as usize]
            .names
            .entry(name)
            .or_insert(definition);
    }

    fn add_type(
        &mut self,
        module: ModuleId,
        name: String,
        generics: Vec<GenericParameter>,
        fields: Vec<(String, TypeRef)>,
        is_enum: bool,
    ) {
        let id = TypeId(u32::try_from(self.types.len()).expect("fewer than 2^32 types"));
        let methods = FxHashMap::default();
        self.types.push(TypeData {
            name: name.clone(),
            module,
            generics,
            fields,
            is_enum,
            methods,
            traits: Vec::new(),
        });
        self.define(module, name, Definition::Type(id));
    }

    fn add_function(
        &mut self,
        module: ModuleId,
        function: Function,
        of: Option<TypeId>,
        of_external: Option<Ty>,
        of_trait: Option<String>,
        outer_generics: Vec<GenericParameter>,
    ) -> FunctionId {
        let id =
            FunctionId(u32::try_from(self.functions.len()).expect("fewer than 2^32 functions"));
        self.functions.push(FunctionData {
            function,
            module,
            of,
            of_external,
            of_trait,
            is_default: false,
            outer_generics,
            signature: OnceLock::new(),
        });
        id
    }

    /// Binds the `impl` blocks to their types, once every module is in.
    pub(crate) fn link(&mut self) {
        // Bodies of methods may hold further `impl` blocks.
        while !self.implementations.is_empty() {
            for (module, item) in std::mem::take(&mut self.implementations) {
                self.link_one(module, item);
            }
        }
        for (module, bounds, functions) in std::mem::take(&mut self.traits) {
            let of = self.abstract_ty(module, &bounds);
            for id in functions {
                self.functions[id.0 as usize].of_external = Some(of.clone());
            }
        }
    }

    fn link_one(&mut self, module: ModuleId, item: crate::syntax::Impl) {
        let of = match self.ty(module, &item.of, &item.generics, None) {
            Ty::Local(id, _) => (Some(id), None),
            Ty::Unknown => (None, None),
            other => (None, Some(other)),
        };
        let of_trait = item.implements.as_ref().map(|path| path.last().to_owned());
        if let (Some(of), Some(implemented)) = (of.0, &of_trait) {
            self.types[of.0 as usize].traits.push(implemented.clone());
        }
        if let Some(of) = of.0 {
            self.lend_bounds(of, &item);
        }
        for mut function in item.functions {
            let name = function.name.clone();
            let scope = self.body_scope(module, &mut function);
            let generics = item.generics.clone();
            let id = self.add_function(
                scope,
                function,
                of.0,
                of.1.clone(),
                of_trait.clone(),
                generics,
            );
            if of_trait.is_some() {
                self.trait_functions
                    .entry(name.clone())
                    .or_default()
                    .push(id);
            }
            if let Some(of) = of.0 {
                self.types[of.0 as usize].methods.entry(name).or_insert(id);
            }
        }
    }

    /// A struct that leaves a parameter free is used through `impl` blocks that ask something of it.
    fn lend_bounds(&mut self, of: TypeId, item: &crate::syntax::Impl) {
        let TypeRef::Path(path) = &item.of else {
            return;
        };
        let Some(written) = path.segments.last() else {
            return;
        };
        let generics = &mut self.types[of.0 as usize].generics;
        for (own, given) in generics.iter_mut().zip(&written.generics) {
            let TypeRef::Path(given) = given else {
                continue;
            };
            let mut outer = item.generics.iter();
            let outer = outer.find(|outer| given.single() == Some(&outer.name));
            for bound in outer.into_iter().flat_map(|outer| &outer.bounds) {
                let is_stream = matches!(bound.last(), "Read" | "Write" | "Seek" | "BufRead");
                let known = own.bounds.iter().any(|known| known.last() == bound.last());
                if is_stream && !known {
                    own.bounds.push(bound.clone());
                }
            }
        }
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
