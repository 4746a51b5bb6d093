//! The files of modules: where they are, and what is in them.

use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::Scope;
use rustc_hash::FxHashMap;

use super::{LARGEST_FILE, Loader};
use crate::syntax::{self, Item, Module, Tree};

/// The text and the tree of a file, or why there is none.
pub(super) type Parsed = Result<(Arc<str>, Tree), String>;

/// Where a module declares others.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The file.
    pub(super) path: &'a str,
    /// The folder in which its `mod name;` are looked for.
    pub(super) folder: &'a str,
    /// Within `mod name { … }`, so that `#[path]` starts from the folder of that name.
    pub(super) inline: bool,
}

impl Place<'_> {
    /// The file of a module that is declared here, and the folder in which the module looks for its own.
    pub(super) fn file_of(self, module: &Module, loader: &dyn Loader) -> Option<(String, String)> {
        let from = match self.inline {
            true => self.folder,
            false => parent(self.path),
        };
        let folder = join(self.folder, &module.name);
        let candidates = match &module.path {
            Some(written) => vec![normalized(&join(from, written))],
            None => vec![format!("{folder}.rs"), join(&folder, "mod.rs")],
        };
        let mut candidates = candidates.into_iter();
        let file = candidates.find(|path| loader.exists(path))?;
        let inner = match file.ends_with("/mod.rs") || module.path.is_some() {
            true => parent(&file).to_owned(),
            false => folder,
        };
        Some((file, inner))
    }
}

/// Files that are read and parsed before they are asked for, each as soon as a module declares it, so that no thread waits for
/// the largest file of a level of modules. `None` stands for one that is being parsed.
pub(super) struct Ahead<'a> {
    loader: &'a dyn Loader,
    files: Mutex<FxHashMap<String, Option<Option<Parsed>>>>,
}

impl<'a> Ahead<'a> {
    /// Parses these files and all that they declare.
    pub(super) fn of<'r>(
        roots: impl Iterator<Item = &'r str> + Send,
        loader: &'a dyn Loader,
    ) -> Self {
        let ahead = Self {
            loader,
            files: Mutex::default(),
        };
        rayon::scope(|scope| {
            for root in roots {
                ahead.start(scope, root.to_owned(), parent(root).to_owned());
            }
        });
        ahead
    }

    /// What is in a file; `None` if there is none.
    pub(super) fn take(&self, path: &str) -> Option<Parsed> {
        let known = self.files().remove(path).flatten();
        known.unwrap_or_else(|| read_and_parse(path, self.loader))
    }

    fn files(&self) -> MutexGuard<'_, FxHashMap<String, Option<Option<Parsed>>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start<'s>(&'s self, scope: &Scope<'s>, path: String, folder: String) {
        match self.files().entry(path.clone()) {
            Entry::Occupied(_) => return,
            Entry::Vacant(entry) => entry.insert(None),
        };
        scope.spawn(move |scope| {
            let parsed = read_and_parse(&path, self.loader);
            if let Some(Ok((_, tree))) = &parsed {
                let place = Place {
                    path: &path,
                    folder: &folder,
                    inline: false,
                };
                self.follow(scope, place, &tree.items);
            }
            self.files().insert(path, Some(parsed));
        });
    }

    fn follow<'s>(&'s self, scope: &Scope<'s>, place: Place<'_>, items: &[Item]) {
        for item in items {
            let Item::Module(module) = item else { continue };
            match &module.content {
                Some(content) => {
                    let folder = join(place.folder, &module.name);
                    let inside = Place {
                        folder: &folder,
                        inline: true,
                        ..place
                    };
                    self.follow(scope, inside, content);
                }
                None => {
                    if let Some((file, folder)) = place.file_of(module, self.loader) {
                        self.start(scope, file, folder);
                    }
                }
            }
        }
    }
}

fn read_and_parse(path: &str, loader: &dyn Loader) -> Option<Parsed> {
    let bytes = match loader.read(path) {
        Ok(bytes) => bytes?,
        Err(reason) => return Some(Err(reason)),
    };
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        let megabytes = bytes.len() / (1024 * 1024);
        return Some(Err(format!(
            "it is {megabytes} MiB large, too large to have been written by hand"
        )));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            return Some(Err(format!(
                "it is not UTF-8: the first wrong byte is at offset {at}"
            )));
        }
    };
    Some(syntax::parse(&text).map(|tree| (Arc::from(text), tree)))
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
