//! What fixes need besides their edits: dependencies in the manifests, and new files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use model::{FindingId, Fix, NewFile, Patch, Requirement, Sources, TargetKind};

use crate::manifest::{Documents, Need};
use crate::plan::PlannedFix;

/// A manifest of the workspace as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Where it was read from.
    pub absolute: PathBuf,
    /// The whole text, unchanged.
    pub text: String,
    /// Name of the package it is of; none of a workspace's own.
    pub package: Option<String>,
}

/// The manifests that fixes may add dependencies to.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The workspace root.
    pub root: PathBuf,
    /// The manifest of the workspace, then those of its packages but for one that the workspace's is.
    pub all: Vec<Manifest>,
    /// The sources that a [`model::DependencySource::Bundled`] is made of, their paths relative to its folder.
    pub bundled: Arc<[NewFile]>,
}

impl Manifests {
    /// What a fix needs, or why it cannot be had.
    pub(crate) fn needs(&self, fix: &Fix, sources: &Sources) -> Result<Vec<Need>, String> {
        let mut needs = BTreeSet::new();
        for requirement in &fix.requires {
            let (name, version, source) = match requirement {
                Requirement::Dependency {
                    name,
                    version,
                    source,
                } => (name, version, source),
                Requirement::Feature(name) => {
                    return Err(format!(
                        "the fix needs the feature `{name}`, which has to be turned on by hand"
                    ));
                }
            };
            for edit in &fix.edits {
                let file = sources.file(edit.span.file);
                let mut manifests = self.all.iter();
                let manifest = manifests
                    .position(|it| it.package.as_ref() == Some(&file.package))
                    .ok_or_else(|| {
                        format!(
                            "the fix needs the dependency `{name}`, and the manifest of `{}` could not be read: add it by hand",
                            file.package
                        )
                    })?;
                needs.insert(Need {
                    manifest,
                    table: match file.target {
                        TargetKind::BuildScript => "build-dependencies",
                        TargetKind::Example | TargetKind::Test | TargetKind::Benchmark => {
                            "dev-dependencies"
                        }
                        TargetKind::Library | TargetKind::Binary | TargetKind::ProcMacro => {
                            "dependencies"
                        }
                    },
                    name: name.clone(),
                    version: version.clone(),
                    source: source.clone(),
                });
            }
        }
        Ok(needs.into_iter().collect())
    }

    /// What stands against a fix with these needs and new files beside those that are planned.
    pub(crate) fn obstacle(
        &self,
        planned: &[PlannedFix],
        needs: &[Need],
        creates: &[NewFile],
    ) -> Option<String> {
        let known = planned.iter().flat_map(|fix| &fix.creates);
        for file in creates {
            if known.clone().any(|it| it.path == file.path && it != file) {
                let path = &file.path;
                return Some(format!("another fix adds another file {path}"));
            }
        }
        if needs.is_empty() {
            return None;
        }
        let mut documents = Documents::of(self);
        let known = planned.iter().flat_map(|fix| &fix.needs);
        known
            .chain(needs)
            .find_map(|need| documents.add(need).err())
    }

    /// The patches of what these fixes need: the manifests, then the new files, each in the order of the paths.
    pub(crate) fn patches<'a>(&self, fixes: impl Iterator<Item = &'a PlannedFix>) -> Vec<Patch> {
        let mut documents = Documents::of(self);
        let mut owners: BTreeMap<usize, BTreeSet<&FindingId>> = BTreeMap::new();
        let mut new: BTreeMap<String, (String, BTreeSet<&FindingId>)> = BTreeMap::new();
        for fix in fixes {
            let mut creates = fix.creates.clone();
            for need in &fix.needs {
                // What stands against it was found when the fix was planned.
                for manifest in documents.add(need).unwrap_or_default() {
                    owners.entry(manifest).or_default().insert(&fix.id);
                }
                if documents.names_source_of(need) {
                    creates.extend(need.files(&self.bundled));
                }
            }
            for file in creates {
                let entry = new.entry(file.path);
                let (_, owners) = entry.or_insert_with(|| (file.contents, BTreeSet::new()));
                owners.insert(&fix.id);
            }
        }
        let list = |owners: BTreeSet<&FindingId>| owners.into_iter().cloned().collect();
        let manifests = documents.texts().map(|(index, after)| {
            let manifest = &self.all[index];
            Patch {
                path: manifest.path.clone(),
                absolute: manifest.absolute.clone(),
                before: Some(manifest.text.clone()),
                after,
                findings: list(owners.remove(&index).unwrap_or_default()),
            }
        });
        let mut patches: Vec<Patch> = manifests.collect();
        patches.sort_by(|a, b| a.path.cmp(&b.path));
        patches.extend(new.into_iter().map(|(path, (after, owners))| Patch {
            absolute: self.root.join(&path),
            path,
            before: None,
            after,
            findings: list(owners),
        }));
        patches
    }
}
