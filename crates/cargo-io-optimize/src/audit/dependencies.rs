//! What dependencies do with a handle that the workspace gives them, read from their own source at the locked version.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use analyze::{Analysis, CrateInput, Loader, Outcome, Summary, TypeAnswer};
use model::{NotAnalysed, TargetKind};
use serde::{Deserialize, Serialize};
use toolchain::{Locked, Package, Registry, Store, Workspace};

use super::inputs::DiskLoader;
use super::recorded;

/// A crate with more source text than that is not read: it would take longer than the workspace.
const MOST_BYTES: u64 = 3 * 1024 * 1024;

/// What a dependency says can lead to another that it exports.
const ROUNDS: usize = 3;

/// Whether the source of a dependency was there when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Asked {
    name: String,
    version: String,
    found: bool,
}

/// The dependencies of a workspace, as far as they were asked for.
pub(super) struct Dependencies<'a> {
    workspace: &'a Workspace,
    registry: Registry,
    store: Option<Store>,
    done: BTreeSet<String>,
    asked: BTreeSet<Asked>,
    lacks_sources: bool,
    damaged: Vec<NotAnalysed>,
}

impl<'a> Dependencies<'a> {
    pub(super) fn of(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            registry: Registry::of_user(),
            store: Store::of_user("dependencies"),
            done: BTreeSet::new(),
            asked: BTreeSet::new(),
            lacks_sources: false,
            damaged: Vec::new(),
        }
    }

    /// Judges the workspace, by what its dependencies do where that decides.
    pub(super) fn judge(&mut self, analysis: &mut Analysis, answers: &[TypeAnswer]) -> Outcome {
        let mut outcome = analysis.run(answers);
        for _ in 0..ROUNDS {
            if !self.learn(analysis, &outcome.silent, None) {
                break;
            }
            outcome = analysis.run(answers);
        }
        outcome
    }

    /// What was looked for.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.iter().cloned().collect()
    }

    /// Whether something was looked for that a registry has, and that cargo has not unpacked or not even locked.
    pub(super) fn lacks_sources(&self) -> bool {
        self.lacks_sources
    }

    /// Whether something was there and could not be read.
    pub(super) fn is_damaged(&self) -> bool {
        !self.damaged.is_empty()
    }

    /// Whether what was looked for is there, or missing, as it was.
    pub(super) fn are_as_they_were(&self, asked: &[Asked]) -> bool {
        asked.iter().all(|one| {
            let mut locked = self.workspace.locked.iter();
            let locked = locked.find(|it| it.name == one.name && it.version == one.version);
            locked.is_some_and(|locked| self.registry.folder(locked).is_some() == one.found)
        })
    }

    /// What was there and could not be read.
    pub(super) fn damaged(self) -> Vec<NotAnalysed> {
        self.damaged
    }

    /// Tells an analysis what crates do with what they are given, as far as that is known; whether there was anything to tell.
    fn learn(
        &mut self,
        analysis: &mut Analysis,
        crates: &[String],
        of: Option<&'a Locked>,
    ) -> bool {
        let mut news = false;
        for krate in crates {
            let versions = match of {
                Some(dependency) => self.named_by(dependency, krate),
                None if self.done.insert(krate.clone()) => self.versions(krate),
                None => continue,
            };
            let summaries = versions
                .iter()
                .map(|locked| Some((&locked.version, self.summary(locked, of.is_some())?)));
            // What one of several versions does that is not known decides as much as the others.
            let Some(summaries) = summaries.collect::<Option<Vec<_>>>() else {
                continue;
            };
            for (version, summary) in summaries {
                news |= !summary.is_empty();
                analysis.learn(krate, version, &summary);
            }
        }
        news
    }

    /// The packages of that name that the workspace's own name, or if there is none such, all that are locked.
    fn versions(&mut self, krate: &str) -> Vec<&'a Locked> {
        let workspace = self.workspace;
        let is_member = |locked: &&Locked| {
            let mut members = workspace.packages.iter();
            locked.source.is_none() && members.any(|member| member.name == locked.name)
        };
        let members = workspace.locked.iter().filter(is_member);
        let mut direct: Vec<&Locked> = members
            .flat_map(|member| self.named_by(member, krate))
            .collect();
        if direct.is_empty() {
            let all = workspace.locked.iter();
            direct = all.filter(|locked| called(locked) == krate).collect();
        }
        if direct.is_empty() {
            let mut named = workspace.packages.iter().flat_map(|it| &it.dependencies);
            self.lacks_sources |= named.any(|it| it.package.replace('-', "_") == krate);
        }
        direct.sort();
        direct.dedup();
        direct
    }

    /// Those dependencies of a locked package that code calls by that name.
    fn named_by(&self, locked: &Locked, krate: &str) -> Vec<&'a Locked> {
        let mut needed = self.workspace.locked_dependencies(locked);
        needed.retain(|needed| called(needed) == krate);
        needed
    }

    /// What a locked package does with what it is given, by its own source and, unless it `is_nested` itself, by that of its
    /// dependencies; `None` if its source is not there or cannot be read.
    fn summary(&mut self, locked: &'a Locked, is_nested: bool) -> Option<Summary> {
        let folder = self.registry.folder(locked);
        let asked = |locked: &Locked, found: bool| Asked {
            name: locked.name.clone(),
            version: locked.version.clone(),
            found,
        };
        self.asked.insert(asked(locked, folder.is_some()));
        self.lacks_sources |= folder.is_none() && locked.is_from_registry();
        let folder = folder?;
        let needed = self.workspace.locked_dependencies(locked);
        let mut key = format!("{} {is_nested} {locked:?}", recorded::program()?);
        for needed in &needed {
            let found = !is_nested && self.registry.folder(needed).is_some();
            if !is_nested {
                self.asked.insert(asked(needed, found));
            }
            key.push_str(&format!(" {} {} {found}", needed.name, needed.version));
        }
        let store = self.store.clone();
        let kept = store.as_ref().and_then(|store| store.get(&key));
        if let Some(kept) = kept.and_then(|kept| serde_json::from_slice(&kept).ok()) {
            return Some(kept);
        }
        let summary = match self.read(&folder, locked, &needed, is_nested) {
            Ok(summary) => summary,
            Err(missed) => {
                self.damaged.push(missed);
                return None;
            }
        };
        // Without a sum nobody can tell whether it is the same again.
        if let (Some(store), Ok(bytes), Some(_)) =
            (store, serde_json::to_vec(&summary), &locked.checksum)
        {
            store.put(&key, &bytes);
        }
        Some(summary)
    }

    fn read(
        &mut self,
        folder: &Path,
        locked: &'a Locked,
        needed: &[&Locked],
        is_nested: bool,
    ) -> Result<Summary, NotAnalysed> {
        let missed = |file: &str, reason: &str| NotAnalysed {
            path: folder.join(file).display().to_string(),
            reason: format!(
                "{reason}; what this dependency does with a file stays open: remove its folder, and cargo unpacks it again"
            ),
        };
        let input = toolchain::library_in(folder).and_then(|package| input(&package));
        let input = input.ok_or_else(|| missed("Cargo.toml", "it tells of no library"))?;
        let versions: Vec<_> = needed
            .iter()
            .map(|it| (it.name.clone(), it.version.clone()))
            .collect();
        let loader = Bounded {
            disk: DiskLoader::new(folder),
            bytes: AtomicU64::new(0),
        };
        let mut analysis = Analysis::load(&[input], &versions, &loader, folder);
        if loader.bytes.load(Ordering::Relaxed) > MOST_BYTES {
            return Ok(Summary::default());
        }
        if let Some(first) = analysis.not_analysed().first() {
            return Err(missed(&first.path, &first.reason));
        }
        let (mut summary, silent) = analysis.summary();
        if !is_nested && self.learn(&mut analysis, &silent, Some(locked)) {
            (summary, _) = analysis.summary();
        }
        // The process ends soon: taking all trees apart would only delay it.
        std::mem::forget(analysis);
        Ok(summary)
    }
}

/// What code calls a package's library, unless its manifest says otherwise.
fn called(locked: &Locked) -> String {
    locked.name.replace('-', "_")
}

fn input(package: &Package) -> Option<CrateInput> {
    let mut targets = package.targets.iter();
    let library = targets.find(|target| target.kind == TargetKind::Library)?;
    let root = library.source.strip_prefix(&package.root).ok()?;
    let dependencies = package.dependencies.iter();
    Some(CrateInput {
        package: package.name.clone(),
        name: library.crate_name.clone(),
        kind: TargetKind::Library,
        rust_version: None,
        root: root.to_str()?.replace('\\', "/"),
        dependencies: dependencies
            .map(|it| (it.name.clone(), it.package.replace('-', "_")))
            .collect(),
        // Nobody rewrites a dependency.
        features: Vec::new(),
        selected: false,
    })
}

/// Reads the files of a dependency, up to a bound for all of them.
struct Bounded {
    disk: DiskLoader,
    bytes: AtomicU64,
}

impl Loader for Bounded {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        if self.bytes.load(Ordering::Relaxed) > MOST_BYTES {
            return Ok(None);
        }
        let read = self.disk.read(path);
        if let Ok(Some(bytes)) = &read {
            let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.bytes.fetch_add(more, Ordering::Relaxed);
        }
        read
    }

    fn exists(&self, path: &str) -> bool {
        self.disk.exists(path)
    }
}
