//! What a path means where it stands.

use std::cell::RefCell;

use super::{CrateRoot, Definition, Index, Meaning, ModuleId, Use};
use crate::syntax::Path;
use crate::types::Ty;

/// Names are looked up through globs up to this depth of indirection.
const GLOBS_END: u32 = 8;

/// Libraries with another name than their package, and the package as it would be called.
const LIBRARIES: [(&str, &str); 1] = [("md5", "md_5")];

impl Index {
    /// What a path means in a module.
    pub(crate) fn resolve(&self, module: ModuleId, path: &Path) -> Meaning {
        self.resolve_through(module, path, 0)
    }

    pub(super) fn resolve_through(&self, module: ModuleId, path: &Path, depth: u32) -> Meaning {
        let names: Vec<&str> = path
            .segments
            .iter()
            .map(|segment| segment.name.as_str())
            .collect();
        self.resolve_names(module, &names, path.global, depth)
    }

    pub(super) fn resolve_names(
        &self,
        module: ModuleId,
        names: &[&str],
        global: bool,
        depth: u32,
    ) -> Meaning {
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
            "self" => Meaning::Module(self.named(module)),
            "super" => {
                let mut at = self.module(self.named(module)).parent;
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

    /// The module itself, or the one around a function body.
    pub(crate) fn named(&self, module: ModuleId) -> ModuleId {
        let data = self.module(module);
        match data.parent {
            Some(around) if data.is_body => self.named(around),
            _ => module,
        }
    }

    fn step(&self, meaning: Meaning, name: &str, depth: u32) -> Meaning {
        match meaning {
            Meaning::Module(id) => self.lookup(id, name, false, depth),
            Meaning::Type(id) => match self.method(id, name) {
                Some(function) => Meaning::Function(function),
                None => Meaning::Associated(id, name.to_owned()),
            },
            Meaning::External(path) => Meaning::External(standard_path(joined(path, name))),
            Meaning::Alias(id) => {
                let alias = &self.aliases[id as usize];
                match self.ty_through(alias.module, &alias.to, &alias.generics, None, depth + 1) {
                    Ty::Local(of, _) => self.step(Meaning::Type(of), name, depth),
                    Ty::External(path, _) => Meaning::External(joined(path, name)),
                    _ => Meaning::Unknown,
                }
            }
            Meaning::Function(_) | Meaning::Associated(..) | Meaning::Unknown => Meaning::Unknown,
        }
    }

    pub(super) fn lookup(
        &self,
        module: ModuleId,
        name: &str,
        outward: bool,
        depth: u32,
    ) -> Meaning {
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
        let leaves = data.uses.get(name).map(|leaves| &leaves[..]);
        let under_way = leaves.and_then(UnderWay::begin);
        let leaves = leaves.filter(|_| under_way.is_some());
        for leaf in leaves.into_iter().flatten() {
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
            // In the edition of 2015 such a path starts at the crate's root.
            let root = self.crate_of(module).map(|own| own.root);
            if let Some(root) = root.filter(|root| *root != module) {
                let meaning = self.resolve_names(root, &path, false, depth + 1);
                if meaning != Meaning::Unknown {
                    return meaning;
                }
            }
        }
        let globs = (depth < GLOBS_END).then_some(&data.globs);
        for leaf in globs.into_iter().flatten() {
            let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
            // Where a glob leads is not looked up through other globs: that would take time without bound.
            let found = match self.resolve_names(module, &path, leaf.global, GLOBS_END) {
                Meaning::Module(id) if id != module && self.offers(id, name, module) => {
                    self.lookup(id, name, false, depth + 4)
                }
                Meaning::External(path) => glob_member(&path, name),
                _ => Meaning::Unknown,
            };
            if found != Meaning::Unknown {
                return found;
            }
        }
        if let (true, Some(around)) = (data.is_body, data.parent) {
            return self.lookup(around, name, outward, depth);
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

    /// Whether a glob over one module brings a name into another: a private import is seen in the module itself and below.
    fn offers(&self, module: ModuleId, name: &str, to: ModuleId) -> bool {
        let data = self.module(module);
        let imports = data.uses.get(name).map_or(&[][..], |leaves| &leaves[..]);
        let is_below = || {
            let parent = |id: &ModuleId| self.module(*id).parent;
            std::iter::successors(Some(to), parent).any(|id| id == module)
        };
        data.names.contains_key(name)
            || imports.is_empty()
            || imports.iter().any(|leaf| !leaf.is_private)
            || is_below()
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
        // A manifest that nobody resolved tells packages, not what their libraries are called.
        let package = LIBRARIES.iter().find(|(library, _)| *library == name);
        if package.is_some_and(|(_, package)| {
            own.is_some_and(|own| own.dependencies.contains_key(*package))
        }) {
            return Meaning::External(name.to_owned());
        }
        Meaning::Unknown
    }

    pub(crate) fn crate_of(&self, module: ModuleId) -> Option<&CrateRoot> {
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

    /// Whether a name is free to stand for that std item in a module: it means it already.
    pub(crate) fn means(&self, module: ModuleId, name: &str, path: &str) -> bool {
        self.lookup(module, name, true, 0) == Meaning::External(path.to_owned())
    }

    /// Whether a full path of something outside the workspace can be written as it is in a module.
    pub(crate) fn reaches(&self, module: ModuleId, path: &str) -> bool {
        let names: Vec<&str> = path.split("::").collect();
        self.resolve_names(module, &names, false, 0) == Meaning::External(path.to_owned())
    }

    /// Whether a name means anything in a module.
    pub(crate) fn is_taken(&self, module: ModuleId, name: &str) -> bool {
        self.lookup(module, name, true, 0) != Meaning::Unknown
    }
}

thread_local! {
    /// Where the imports lie that a look-up of this thread is following.
    static FOLLOWED: RefCell<Vec<*const Use>> = const { RefCell::new(Vec::new()) };
}

/// Imports that are being followed. Those that lead back to themselves are not followed again: with two of one name, each
/// level would double the time.
struct UnderWay;

impl UnderWay {
    /// `None` if they are being followed already.
    fn begin(leaves: &[Use]) -> Option<Self> {
        let place = leaves.as_ptr();
        let is_new = FOLLOWED.with_borrow_mut(|followed| {
            let is_new = !followed.contains(&place);
            if is_new {
                followed.push(place);
            }
            is_new
        });
        // A value made for nothing would end what is under way.
        is_new.then(|| Self)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        FOLLOWED.with_borrow_mut(Vec::pop);
    }
}

/// std re-exports some items under several paths; one is enough.
fn standard_path(path: String) -> String {
    match path.strip_prefix("std::") {
        Some("os::unix::io") => "std::os::fd".to_owned(),
        Some(rest) => match rest.strip_prefix("io::prelude::") {
            Some(name) => format!("std::io::{name}"),
            None => path,
        },
        None => path,
    }
}

fn joined(mut path: String, name: &str) -> String {
    path.reserve(2 + name.len());
    path.push_str("::");
    path.push_str(name);
    path
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
