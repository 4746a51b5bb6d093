//! What there is to look at: packages, their targets, their dependencies.

mod clippy;
mod discover;
mod from_cargo;
pub(crate) mod locked;
mod manifest;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use model::TargetKind;
use semver::Version;

pub use discover::load_without_cargo;
pub use from_cargo::load;
pub use locked::Locked;

/// The table of `[package.metadata]` in which the manifest of a copied crate says that it is one, by `bundled = true`.
pub const BUNDLED_METADATA: &str = "cargo-io-optimize";

/// A cargo workspace, or the single package that stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The folder of the workspace's manifest.
    pub root: PathBuf,
    /// The manifest that was given or found: the workspace's, or that of one package in it.
    pub manifest_path: PathBuf,
    /// Where cargo puts what it builds.
    pub target_directory: PathBuf,
    /// The members, sorted by name.
    pub packages: Vec<Package>,
    /// Indices of the packages that cargo works on when none is named.
    pub default_packages: Vec<usize>,
    /// The packages in the lock file, sorted; empty without one.
    pub locked: Vec<Locked>,
}

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its manifest.
    pub manifest_path: PathBuf,
    /// The folder of its manifest.
    pub root: PathBuf,
    /// Its edition, for example `2021`.
    pub edition: String,
    /// Whether its manifest allows it to be published.
    pub publish: bool,
    /// The oldest compiler that its manifest says it needs.
    pub rust_version: Option<Version>,
    /// Whether it is a copy of sources that are bundled with this program, as its manifest says under
    /// [`BUNDLED_METADATA`].
    pub bundled: bool,
    /// Its targets, sorted by kind and name.
    pub targets: Vec<Target>,
    /// Its dependencies of every kind, sorted and without repetition.
    pub dependencies: Vec<Dependency>,
}

/// Something cargo builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name in the manifest.
    pub name: String,
    /// Its name in code.
    pub crate_name: String,
    /// What it is.
    pub kind: TargetKind,
    /// The file of its crate root.
    pub source: PathBuf,
}

/// A dependency that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The name in code, `_` for `-`.
    pub name: String,
    /// The package's name.
    pub package: String,
    /// The features that the manifest asks for whenever the package is built, sorted and without repetition: those of tests,
    /// of build scripts, of optional dependencies and of some platforms only are left out.
    pub features: Vec<String>,
}

/// One dependency for each name and package, with the features of all its mentions.
fn merged(mentions: impl Iterator<Item = Dependency>) -> Vec<Dependency> {
    let mut merged: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for mention in mentions {
        let features = merged.entry((mention.name, mention.package)).or_default();
        features.extend(mention.features);
    }
    let dependency = |((name, package), features): (_, BTreeSet<String>)| Dependency {
        name,
        package,
        features: features.into_iter().collect(),
    };
    merged.into_iter().map(dependency).collect()
}

impl Workspace {
    /// The package whose folder is the closest one around a file.
    #[must_use]
    pub fn package_of(&self, path: &Path) -> Option<&Package> {
        self.packages
            .iter()
            .filter(|package| path.starts_with(&package.root))
            .max_by_key(|package| package.root.as_os_str().len())
    }

    /// A path in the workspace, relative to its root and separated by `/`; `None` for one outside.
    #[must_use]
    pub fn relative(&self, path: &Path) -> Option<String> {
        relative_to(&self.root, path)
    }

    /// A member of the workspace, as the lock file has it.
    #[must_use]
    pub fn locked_member(&self, name: &str) -> Option<&Locked> {
        let mut locked = self.locked.iter();
        locked.find(|it| it.name == name && it.source.is_none())
    }

    /// The dependencies of a package in the lock file.
    #[must_use]
    pub fn locked_dependencies(&self, of: &Locked) -> Vec<&Locked> {
        let found = of.dependencies.iter().filter_map(|(name, version)| {
            let is_it = |it: &&Locked| {
                it.name == *name
                    && version
                        .as_ref()
                        .is_none_or(|version| it.version == *version)
            };
            self.locked.iter().find(is_it)
        });
        found.collect()
    }

    /// Reads the lock file again, which cargo writes and brings up to date when it builds; whether it says something else now.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn read_lock_file_again(&mut self) -> Result<bool> {
        let locked = locked::read(&self.root)?;
        let is_other = locked != self.locked;
        self.locked = locked;
        Ok(is_other)
    }

    /// Where this program keeps what it makes for the workspace, below cargo's target directory.
    #[must_use]
    pub fn scratch_directory(&self) -> PathBuf {
        self.target_directory.join("io-optimize")
    }

    /// Makes the [`Self::scratch_directory`], and the target directory around it as cargo would.
    ///
    /// # Errors
    /// If it cannot be made.
    #[expect(
        clippy::disallowed_methods,
        reason = "the tag goes into a target directory that is made here"
    )]
    pub fn make_scratch_directory(&self) -> Result<PathBuf> {
        // Cargo tags a target directory as a cache, which backups leave out, only when it makes it.
        const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
            # This file is a cache directory tag created by cargo.\n\
            # For information about cache directory tags see https://bford.info/cachedir/\n";
        let scratch = self.scratch_directory();
        let failed = || {
            format!(
                "cannot make the folder {}: give --target-dir",
                scratch.display()
            )
        };
        let is_new = !self.target_directory.exists();
        fs::create_dir_all(&scratch).with_context(failed)?;
        if is_new {
            fs::write(self.target_directory.join("CACHEDIR.TAG"), TAG).with_context(failed)?;
        }
        Ok(scratch)
    }
}

pub use manifest::{normalise, package_at};

pub(crate) fn relative_to(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<_>> = relative
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    Some(parts?.join("/"))
}
