//! What a crate offers to others, under every path that leads to it.

use rustc_hash::FxHashMap;

use super::{FunctionId, Index, Meaning, ModuleId};
use crate::types::Ty;

/// One module is entered under at most that many paths.
const MOST_PATHS_OF_A_MODULE: u32 = 4;

/// Longer paths are not followed.
const DEEPEST: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exported {
    Function(FunctionId),
    /// Of another crate, by its full path.
    Elsewhere(String),
}

impl Index {
    /// Functions by their paths below a module. What nobody outside can name is among it and does no harm.
    pub(crate) fn exports(&self, root: ModuleId) -> Vec<(String, Exported)> {
        let mut found = Vec::new();
        let mut entered: FxHashMap<ModuleId, u32> = FxHashMap::default();
        let mut waiting: Vec<(ModuleId, Vec<String>)> = vec![(root, Vec::new())];
        while let Some((id, path)) = waiting.pop() {
            let times = entered.entry(id).or_insert(0);
            *times += 1;
            let data = self.module(id);
            if *times > MOST_PATHS_OF_A_MODULE || path.len() > DEEPEST || data.test {
                continue;
            }
            let mut names: Vec<&String> = data.names.keys().chain(data.uses.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let mut path = path.clone();
                path.push(name.clone());
                match self.lookup(id, name, false, 0) {
                    Meaning::Module(inner) => waiting.push((inner, path)),
                    meaning => self.export(meaning, &path, &mut found),
                }
            }
            for leaf in &data.globs {
                let names: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
                match self.resolve_names(id, &names, leaf.global, 0) {
                    Meaning::Module(inner) => waiting.push((inner, path.clone())),
                    meaning @ Meaning::External(_) => self.export(meaning, &path, &mut found),
                    _ => {}
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup_by(|a, b| a.0 == b.0);
        found
    }

    fn export(&self, meaning: Meaning, path: &[String], found: &mut Vec<(String, Exported)>) {
        let written = path.join("::");
        let of = match meaning {
            Meaning::Function(id) => {
                found.push((written, Exported::Function(id)));
                return;
            }
            Meaning::External(to) => {
                if !to.starts_with("std::") && to != "std" {
                    found.push((written, Exported::Elsewhere(to)));
                }
                return;
            }
            Meaning::Type(of) => of,
            Meaning::Alias(id) => {
                let alias = &self.aliases[id as usize];
                match self.ty_through(alias.module, &alias.to, &alias.generics, None, 1) {
                    Ty::Local(of, _) => of,
                    _ => return,
                }
            }
            Meaning::Module(_) | Meaning::Associated(..) | Meaning::Unknown => return,
        };
        for (name, id) in &self.type_data(of).methods {
            found.push((format!("{written}::{name}"), Exported::Function(*id)));
        }
    }
}
