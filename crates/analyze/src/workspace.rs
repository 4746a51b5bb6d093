//! From the roots of a workspace's crates to an index of everything below them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use model::{FileId, NotAnalysed, SourceFile, Sources, TargetKind};
use rustc_hash::FxHashMap;
use semver::Version;

use crate::index::{CrateRoot, Index, ModuleId};
use crate::syntax::{self, Condition, Context, Item, TextRange, UseStatement};

mod files;

use files::{Ahead, Place, join, parent};

/// Files larger than this, in bytes, are not parsed: no one writes them by hand, and parsing takes 150 times the memory.
/// A generated file of a million lines is below.
pub const LARGEST_FILE: u64 = 32 * 1024 * 1024;

/// One file is at most that many modules of a crate.
const MOST_MODULES_OF_A_FILE: u32 = 16;

/// Where source text comes from.
pub trait Loader: Sync {
    /// The content of a file of the workspace of at most [`LARGEST_FILE`] bytes, by its path relative to the root, `/`-separated; `None` if there is none.
    ///
    /// # Errors
    /// A sentence saying why the file cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;

    /// Whether something stands at a path that [`Loader::read`] would not call nothing.
    fn exists(&self, path: &str) -> bool {
        !matches!(self.read(path), Ok(None))
    }
}

/// One compilation target.
#[derive(Debug, Clone)]
pub struct CrateInput {
    /// The package's name.
    pub package: String,
    /// The crate's name in code.
    pub name: String,
    /// What cargo builds from it.
    pub kind: TargetKind,
    /// The oldest compiler that its package is for.
    pub rust_version: Option<Version>,
    /// Path of its root file relative to the workspace root, `/`-separated.
    pub root: String,
    /// What the dependencies are called in code, and the crates they are.
    pub dependencies: Vec<(String, String)>,
    /// The features of them that the manifest asks for, by what each is called in code.
    pub features: Vec<(String, Vec<String>)>,
    /// Whether findings in it are wanted, or it is read for what it says about others.
    pub selected: bool,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) index: Index,
    pub(crate) sources: Sources,
    pub(crate) not_analysed: Vec<NotAnalysed>,
    /// Per file: its `use` statements, whether it is selected, whether it is generated.
    pub(crate) files: Vec<FileFacts>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct FileFacts {
    pub(crate) selected: bool,
    pub(crate) generated: bool,
    /// The oldest compiler that one of its packages is for.
    pub(crate) rust_version: Option<Version>,
    /// The one that it names itself, for the crate whose root it is.
    named_rust_version: Option<Version>,
    pub(crate) uses: Vec<UseStatement>,
    /// What in it is compiled under a condition only.
    pub(crate) conditions: Vec<(TextRange, Condition)>,
    /// The whole file is.
    pub(crate) conditional: bool,
    /// How often its code needs each of the imports that a fix may make needless; counted when a fix asks for it.
    pub(crate) users: OnceLock<Vec<usize>>,
}

struct Waiting {
    krate: usize,
    path: String,
    module: Vec<String>,
    parent: Option<ModuleId>,
    /// The folder in which its `mod name;` are looked for.
    folder: String,
    /// Within `mod name { … }`, so that `#[path]` starts from the folder of that name.
    inline: bool,
    test: bool,
    /// Left out on Unix.
    elsewhere: bool,
    /// Declared under a `#[cfg]`.
    conditional: bool,
}

/// A file and what is in it, until a module takes that; `None` if there is none that can be read.
type Read = Option<(FileId, Option<Vec<Item>>)>;

pub(crate) fn load(crates: &[CrateInput], loader: &dyn Loader) -> Loaded {
    let mut loaded = Loaded {
        index: Index::default(),
        sources: Sources::default(),
        not_analysed: Vec::new(),
        files: Vec::new(),
    };
    let mut parsed: BTreeMap<String, Read> = BTreeMap::new();
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut uses: FxHashMap<(usize, String), u32> = FxHashMap::default();
    let mut named_versions: Vec<Option<Version>> = vec![None; crates.len()];
    for (krate, input) in crates.iter().enumerate() {
        let folder = parent(&input.root).to_owned();
        let path = input.root.clone();
        waiting.push(Waiting {
            krate,
            path,
            module: Vec::new(),
            parent: None,
            folder,
            inline: false,
            test: matches!(input.kind, TargetKind::Test | TargetKind::Benchmark),
            elsewhere: false,
            conditional: false,
        });
    }
    let ahead = Ahead::of(crates.iter().map(|input| input.root.as_str()), loader);
    while !waiting.is_empty() {
        add_files(&waiting, crates, &ahead, &mut parsed, &mut loaded);
        add_versions(
            &waiting,
            crates,
            &parsed,
            &mut named_versions,
            &mut loaded.files,
        );
        let mut next = Vec::new();
        for task in waiting {
            // A file that includes itself under two names would never end.
            let times = uses.entry((task.krate, task.path.clone())).or_insert(0u32);
            *times += 1;
            if *times > MOST_MODULES_OF_A_FILE {
                continue;
            }
            let input = &crates[task.krate];
            let Some(Some((file, items))) = parsed.get_mut(&task.path) else {
                continue;
            };
            let file = *file;
            // Several targets share files; one crate alone has few modules of one file, so that it need not keep a copy of all.
            let items = if crates.len() > 1 {
                items.clone()
            } else {
                items.take().or_else(|| {
                    let text = &loaded.sources.file(file).text;
                    Some(syntax::parse(text).ok()?.items)
                })
            };
            let id = loaded.index.add_module(
                file,
                &input.name,
                task.module.clone(),
                task.parent,
                task.test,
            );
            loaded.index.modules[id.0 as usize].elsewhere |= task.elsewhere;
            if task.parent.is_none() {
                let dependencies: FxHashMap<_, _> = input.dependencies.iter().cloned().collect();
                let is_library = matches!(input.kind, TargetKind::Library | TargetKind::ProcMacro);
                loaded.index.crates.push(CrateRoot {
                    name: input.name.clone(),
                    root: id,
                    is_library,
                    dependencies,
                    features: input.features.iter().cloned().collect(),
                });
            }
            add_items(
                &mut loaded.index,
                items.unwrap_or_default(),
                id,
                &task,
                loader,
                &mut next,
            );
        }
        // A module that contains itself by `#[path]` would never end.
        next.retain(|task: &Waiting| task.module.len() < 64);
        waiting = next;
    }
    loaded.index.link();
    loaded
}

fn add_files(
    waiting: &[Waiting],
    crates: &[CrateInput],
    ahead: &Ahead<'_>,
    parsed: &mut BTreeMap<String, Read>,
    loaded: &mut Loaded,
) {
    let mut fresh: Vec<&Waiting> = Vec::new();
    for task in waiting {
        if !parsed.contains_key(&task.path) && !fresh.iter().any(|known| known.path == task.path) {
            fresh.push(task);
        }
    }
    for task in fresh {
        let entry = match ahead.take(&task.path) {
            None => {
                let reason = "the target's root file is missing".to_owned();
                loaded.not_analysed.push(NotAnalysed {
                    path: task.path.clone(),
                    reason,
                });
                None
            }
            Some(Err(reason)) => {
                loaded.not_analysed.push(NotAnalysed {
                    path: task.path.clone(),
                    reason,
                });
                None
            }
            Some(Ok((text, tree))) => {
                let id = FileId(
                    u32::try_from(loaded.sources.files.len()).expect("fewer than 2^32 files"),
                );
                let input = &crates[task.krate];
                loaded.files.push(FileFacts {
                    generated: is_generated(&text),
                    uses: tree.uses,
                    conditions: tree.conditions,
                    named_rust_version: tree.rust_version,
                    conditional: task.conditional,
                    ..FileFacts::default()
                });
                loaded.sources.files.push(SourceFile {
                    id,
                    path: task.path.clone(),
                    absolute: std::path::PathBuf::new(),
                    text,
                    package: input.package.clone(),
                    target: input.kind,
                });
                Some((id, Some(tree.items)))
            }
        };
        parsed.insert(task.path.clone(), entry);
    }
    for task in waiting {
        if let Some(Some((file, _))) = parsed.get(&task.path) {
            loaded.files[file.0 as usize].selected |= crates[task.krate].selected;
        }
    }
}

/// The oldest compilers: `named` are those that the roots of the crates name, which are read first.
fn add_versions(
    waiting: &[Waiting],
    crates: &[CrateInput],
    parsed: &BTreeMap<String, Read>,
    named: &mut [Option<Version>],
    files: &mut [FileFacts],
) {
    for task in waiting {
        let Some(Some((file, _))) = parsed.get(&task.path) else {
            continue;
        };
        let facts = &mut files[file.0 as usize];
        if task.parent.is_none() {
            named[task.krate].clone_from(&facts.named_rust_version);
        }
        let versions = [
            facts.rust_version.take(),
            crates[task.krate].rust_version.clone(),
            named[task.krate].clone(),
        ];
        facts.rust_version = versions.into_iter().flatten().min();
    }
}

fn is_generated(text: &str) -> bool {
    text.get(..text.floor_char_boundary(2000))
        .is_some_and(|head| head.contains("@generated"))
}

fn add_items(
    index: &mut Index,
    items: Vec<Item>,
    id: ModuleId,
    task: &Waiting,
    loader: &dyn Loader,
    next: &mut Vec<Waiting>,
) {
    for item in items {
        let Item::Module(module) = item else {
            index.add_item(id, item);
            continue;
        };
        let Context {
            test,
            elsewhere,
            conditional,
        } = module.context;
        let test = test || task.test;
        let conditional = conditional || task.conditional;
        let mut path = task.module.clone();
        path.push(module.name.clone());
        let folder = join(&task.folder, &module.name);
        if let Some(content) = module.content {
            let file = index.module(id).file;
            let crate_name = index.module(id).crate_name.clone();
            let inner = index.add_module(file, &crate_name, path.clone(), Some(id), test);
            index.modules[inner.0 as usize].elsewhere |= elsewhere;
            let inside = Waiting {
                krate: task.krate,
                path: task.path.clone(),
                module: path,
                parent: Some(inner),
                folder,
                inline: true,
                test,
                elsewhere,
                conditional,
            };
            add_items(index, content, inner, &inside, loader, next);
            continue;
        }
        let place = Place {
            path: &task.path,
            folder: &task.folder,
            inline: task.inline,
        };
        if let Some((file, inner)) = place.file_of(&module, loader) {
            next.push(Waiting {
                krate: task.krate,
                path: file,
                module: path,
                parent: Some(id),
                folder: inner,
                inline: false,
                test,
                elsewhere,
                conditional,
            });
        }
    }
}
