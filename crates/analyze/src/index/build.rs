//! Fills the index from syntax trees.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::{
    AliasData, Definition, FunctionData, FunctionId, Index, ModuleData, ModuleId, TypeData, TypeId,
};
use crate::syntax::{Function, GenericParameter, Item, TypeRef};
use crate::types::Ty;

impl Index {
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
}
