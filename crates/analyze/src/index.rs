//! Every module, type and function of the workspace, and what a path means where it stands.

use rustc_hash::FxHashMap;

use crate::syntax::{Function, GenericParameter, Item, Path, TypeRef, Use};
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
    uses: Vec<Use>,
    pub(crate) test: bool,
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
    pub(crate) outer_generics: Vec<GenericParameter>,
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
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) modules: Vec<ModuleData>,
    pub(crate) types: Vec<TypeData>,
    pub(crate) functions: Vec<FunctionData>,
    aliases: Vec<AliasData>,
    pub(crate) crates: Vec<CrateRoot>,
    /// Functions of traits and of their implementations, by name.
    trait_functions: FxHashMap<String, Vec<FunctionId>>,
    implementations: Vec<(ModuleId, crate::syntax::Impl)>,
}

/// Names are looked up through globs up to this depth of indirection.
const GLOBS_END: u32 = 8;

impl Index {
    pub(crate) fn module(&self, id: ModuleId) -> &ModuleData {
        &self.modules[id.0 as usize]
    }

    pub(crate) fn type_data(&self, id: TypeId) -> &TypeData {
        &self.types[id.0 as usize]
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
            uses: Vec::new(),
            test,
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
            Item::Function(function) => {
                let name = function.name.clone();
                let id = self.add_function(module, function, None, None, None, Vec::new());
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
            Item::Trait { name, functions } => {
                self.define(module, name.clone(), Definition::Trait);
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
                    self.trait_functions.entry(called).or_default().push(id);
                }
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
            Item::Use(leaves) => self.modules[module.0 as usize].uses.extend(leaves),
            Item::Module(_) | Item::MacroRules => {}
        }
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
            outer_generics,
        });
        id
    }

    /// Binds the `impl` blocks to their types, once every module is in.
    pub(crate) fn link(&mut self) {
        for (module, item) in std::mem::take(&mut self.implementations) {
            let of = match self.ty(module, &item.of, &item.generics, None) {
                Ty::Local(id, _) => (Some(id), None),
                Ty::Unknown => (None, None),
                other => (None, Some(other)),
            };
            let of_trait = item.implements.as_ref().map(|path| path.last().to_owned());
            for function in item.functions {
                let name = function.name.clone();
                let generics = item.generics.clone();
                let id = self.add_function(
                    module,
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
    }

    pub(crate) fn method(&self, of: TypeId, name: &str) -> Option<FunctionId> {
        self.type_data(of).methods.get(name).copied()
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

    fn crate_of(&self, module: ModuleId) -> Option<&CrateRoot> {
        let name = &self.module(module).crate_name;
        let mut root = module;
        while let Some(parent) = self.module(root).parent {
            root = parent;
        }
        self.crates
            .iter()
            .find(|known| known.root == root)
            .or_else(|| self.crates.iter().find(|known| known.name == *name))
    }

    /// What a path means in a module.
    pub(crate) fn resolve(&self, module: ModuleId, path: &Path) -> Meaning {
        let names: Vec<&str> = path
            .segments
            .iter()
            .map(|segment| segment.name.as_str())
            .collect();
        self.resolve_names(module, &names, path.global, 0)
    }

    fn resolve_names(&self, module: ModuleId, names: &[&str], global: bool, depth: u32) -> Meaning {
        if depth > 2 * GLOBS_END {
            return Meaning::Unknown;
        }
        let Some((first, mut rest)) = names.split_first() else {
            return Meaning::Module(module);
        };
        let mut meaning = match *first {
            "crate" | "$crate" => self
                .crate_of(module)
                .map_or(Meaning::Unknown, |it| Meaning::Module(it.root)),
            "self" => Meaning::Module(module),
            "super" => {
                let mut at = self.module(module).parent;
                while let Some((&"super", more)) = rest.split_first() {
                    rest = more;
                    at = at.and_then(|id| self.module(id).parent);
                }
                at.map_or(Meaning::Unknown, Meaning::Module)
            }
            name if global => self.extern_crate(module, name),
            name => self.lookup(module, name, true, depth),
        };
        for name in rest {
            meaning = self.step(meaning, name, depth);
        }
        meaning
    }

    fn step(&self, meaning: Meaning, name: &str, depth: u32) -> Meaning {
        match meaning {
            Meaning::Module(id) => self.lookup(id, name, false, depth),
            Meaning::Type(id) => match self.method(id, name) {
                Some(function) => Meaning::Function(function),
                None => Meaning::Associated(id, name.to_owned()),
            },
            Meaning::External(path) => Meaning::External(standard_path(&format!("{path}::{name}"))),
            Meaning::Alias(id) => {
                let alias = &self.aliases[id as usize];
                match self.ty(alias.module, &alias.to, &alias.generics, None) {
                    Ty::Local(of, _) => self.step(Meaning::Type(of), name, depth),
                    Ty::External(path, _) => Meaning::External(format!("{path}::{name}")),
                    _ => Meaning::Unknown,
                }
            }
            Meaning::Function(_) | Meaning::Associated(..) | Meaning::Unknown => Meaning::Unknown,
        }
    }

    fn lookup(&self, module: ModuleId, name: &str, outward: bool, depth: u32) -> Meaning {
        let data = self.module(module);
        if let Some(definition) = data.names.get(name) {
            return match *definition {
                Definition::Module(id) => Meaning::Module(id),
                Definition::Type(id) => Meaning::Type(id),
                Definition::Function(id) => Meaning::Function(id),
                Definition::Alias(id) => Meaning::Alias(id),
                Definition::Trait => Meaning::External(format!("{}::{name}", data.crate_name)),
            };
        }
        for leaf in data
            .uses
            .iter()
            .filter(|leaf| leaf.name.as_deref() == Some(name))
        {
            let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
            // `use serde_json;` names itself.
            let meaning = if path == [name] {
                self.extern_crate(module, name)
            } else {
                self.resolve_names(module, &path, leaf.global, depth + 1)
            };
            if meaning != Meaning::Unknown {
                return meaning;
            }
        }
        for leaf in data
            .uses
            .iter()
            .filter(|leaf| leaf.name.is_none() && depth < GLOBS_END)
        {
            let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
            // Where a glob leads is not looked up through other globs: that would take time without bound.
            let found = match self.resolve_names(module, &path, leaf.global, GLOBS_END) {
                Meaning::Module(id) if id != module => self.lookup(id, name, false, depth + 4),
                Meaning::External(path) => glob_member(&path, name),
                _ => Meaning::Unknown,
            };
            if found != Meaning::Unknown {
                return found;
            }
        }
        if !outward {
            return Meaning::Unknown;
        }
        match self.extern_crate(module, name) {
            Meaning::Unknown => {
                prelude(name).map_or(Meaning::Unknown, |path| Meaning::External(path.to_owned()))
            }
            found => found,
        }
    }

    fn extern_crate(&self, module: ModuleId, name: &str) -> Meaning {
        if matches!(name, "std" | "core" | "alloc") {
            return Meaning::External("std".to_owned());
        }
        let own = self.crate_of(module);
        let called = own
            .and_then(|own| own.dependencies.get(name))
            .map_or(name, String::as_str);
        let library = self
            .crates
            .iter()
            .find(|known| known.is_library && known.name == called);
        if let Some(library) = library {
            return Meaning::Module(library.root);
        }
        if own.is_some_and(|own| own.dependencies.contains_key(name)) {
            return Meaning::External(called.to_owned());
        }
        Meaning::Unknown
    }

    /// The type that a type's text means in a module. `of` is what `Self` stands for.
    pub(crate) fn ty(
        &self,
        module: ModuleId,
        from: &TypeRef,
        generics: &[GenericParameter],
        of: Option<&Ty>,
    ) -> Ty {
        let inner = |inner: &TypeRef| self.ty(module, inner, generics, of);
        match from {
            TypeRef::Reference { inner: to, .. } => inner(to),
            TypeRef::Slice(element) | TypeRef::Array(element) => {
                Ty::Slice(Box::new(inner(element)))
            }
            TypeRef::Tuple(all) => Ty::Tuple(all.iter().map(inner).collect()),
            TypeRef::ImplTrait(bounds) | TypeRef::DynTrait(bounds) => {
                self.abstract_ty(module, bounds, generics, of)
            }
            TypeRef::Unknown => Ty::Unknown,
            TypeRef::Path(path) => self.path_ty(module, path, generics, of),
        }
    }

    fn abstract_ty(
        &self,
        module: ModuleId,
        bounds: &[Path],
        generics: &[GenericParameter],
        of: Option<&Ty>,
    ) -> Ty {
        // `impl Future<Output = T>` cannot be told here; an iterator's item can.
        let names = bounds
            .iter()
            .map(|bound| self.trait_name(module, bound))
            .collect();
        let _ = (generics, of);
        Ty::Abstract(names)
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
    ) -> Ty {
        if path.qualified_self.is_some() {
            return Ty::Unknown;
        }
        let arguments = || -> Vec<Ty> {
            let last = path.segments.last();
            last.map(|last| {
                last.generics
                    .iter()
                    .map(|inner| self.ty(module, inner, generics, of))
                    .collect()
            })
            .unwrap_or_default()
        };
        if let Some(name) = path.single() {
            if name == "Self" {
                return of.cloned().unwrap_or_default();
            }
            if let Some(parameter) = generics.iter().find(|parameter| parameter.name == name) {
                return self.abstract_ty(module, &parameter.bounds, &[], of);
            }
            if is_primitive(name) {
                return Ty::external(name);
            }
        }
        if path.last() == "Result" || path.last() == "Option" {
            return arguments().into_iter().next().unwrap_or_default();
        }
        match self.resolve(module, path) {
            Meaning::Type(id) => Ty::Local(id, arguments()),
            Meaning::External(external) => Ty::applied(external, arguments()),
            Meaning::Alias(id) => {
                let alias = &self.aliases[id as usize];
                match self.ty(alias.module, &alias.to, &alias.generics, None) {
                    Ty::Unknown => arguments().into_iter().next().unwrap_or_default(),
                    known => known,
                }
            }
            _ => Ty::Unknown,
        }
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

    /// What `Self` stands for in a function.
    pub(crate) fn self_ty(&self, id: FunctionId) -> Option<Ty> {
        let data = self.function(id);
        data.of
            .map(|of| Ty::Local(of, Vec::new()))
            .or_else(|| data.of_external.clone())
    }

    /// The declared type of a field.
    pub(crate) fn field_ty(&self, of: TypeId, name: &str) -> Ty {
        let data = self.type_data(of);
        let field = data.fields.iter().find(|(field, _)| field == name);
        field.map_or(Ty::Unknown, |(_, declared)| {
            self.ty(data.module, declared, &data.generics, None)
        })
    }

    /// Whether a name is free to stand for that std item in a module: it means it already.
    pub(crate) fn means(&self, module: ModuleId, name: &str, path: &str) -> bool {
        self.lookup(module, name, true, 0) == Meaning::External(path.to_owned())
    }

    /// Whether a name means anything in a module.
    pub(crate) fn is_taken(&self, module: ModuleId, name: &str) -> bool {
        self.lookup(module, name, true, 0) != Meaning::Unknown
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

/// std re-exports some items under several paths; one is enough.
fn standard_path(path: &str) -> String {
    match path {
        "std::os::unix::io" => "std::os::fd".to_owned(),
        _ => path
            .strip_prefix("std::io::prelude::")
            .map_or_else(|| path.to_owned(), |name| format!("std::io::{name}")),
    }
}

fn prelude(name: &str) -> Option<&'static str> {
    Some(match name {
        "Vec" => "std::vec::Vec",
        "String" => "std::string::String",
        "Box" => "std::boxed::Box",
        "Option" => "std::option::Option",
        "Result" => "std::result::Result",
        "Ok" => "std::result::Result::Ok",
        "Err" => "std::result::Result::Err",
        "Some" => "std::option::Option::Some",
        "None" => "std::option::Option::None",
        "drop" => "std::mem::drop",
        "Iterator" => "std::iter::Iterator",
        "IntoIterator" => "std::iter::IntoIterator",
        "AsRef" => "std::convert::AsRef",
        "Into" => "std::convert::Into",
        "From" => "std::convert::From",
        _ => return None,
    })
}

/// What a glob over a module of std brings in, as far as I/O is concerned.
fn glob_member(module: &str, name: &str) -> Meaning {
    let members: &[&str] = match module {
        "std::io" => &[
            "BufReader",
            "BufWriter",
            "LineWriter",
            "Read",
            "Write",
            "BufRead",
            "Seek",
            "SeekFrom",
            "Cursor",
            "Stdout",
            "StdoutLock",
            "Stdin",
            "StdinLock",
            "Stderr",
            "copy",
            "stdout",
            "stdin",
            "stderr",
            "sink",
            "empty",
            "Take",
        ],
        "std::io::prelude" => &["Read", "Write", "BufRead", "Seek"],
        "std::fs" => &[
            "File",
            "OpenOptions",
            "DirEntry",
            "ReadDir",
            "read",
            "write",
            "read_to_string",
            "read_dir",
            "metadata",
            "symlink_metadata",
            "copy",
            "create_dir_all",
            "remove_file",
            "rename",
            "canonicalize",
        ],
        "std::net" => &["TcpStream", "TcpListener", "UdpSocket"],
        "std::path" => &["Path", "PathBuf"],
        "byteorder" => &["ReadBytesExt", "WriteBytesExt"],
        _ => &[],
    };
    if members.contains(&name) {
        let module = module.strip_suffix("::prelude").unwrap_or(module);
        Meaning::External(format!("{module}::{name}"))
    } else {
        Meaning::Unknown
    }
}
