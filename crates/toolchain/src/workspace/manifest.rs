//! Manifests and lock files as plain TOML.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use semver::Version;
use toml::{Table, Value};

use super::{BUNDLED_METADATA, Dependency, Package, merged, targets};

/// Reads a TOML file.
///
/// # Errors
/// If it cannot be read, or is not TOML: then the error names the line.
pub(super) fn read(path: &Path) -> Result<Table> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    text.parse::<Table>().map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        anyhow!(
            "{}:{line}: not valid TOML: {}",
            path.display(),
            error.message()
        )
    })
}

/// Takes `.` and `..` out of a path without looking at the disk, as cargo does.
#[must_use]
pub fn normalise(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if result.file_name().is_some() => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// The package that a manifest tells of, which inherits nothing; `None` for a manifest without one.
///
/// # Errors
/// If the manifest cannot be read or is not one.
pub fn package_at(path: &Path) -> Result<Option<Package>> {
    let table = read(path)?;
    let manifest = Manifest {
        path,
        table: &table,
        workspace: None,
    };
    manifest.to_package()
}

/// The manifest of a package, with what it inherits from the workspace's manifest.
pub(super) struct Manifest<'a> {
    pub(super) path: &'a Path,
    pub(super) table: &'a Table,
    /// The `[workspace]` table of the root.
    pub(super) workspace: Option<&'a Table>,
}

impl Manifest<'_> {
    fn package(&self) -> Option<&Table> {
        self.table
            .get("package")
            .or_else(|| self.table.get("project"))?
            .as_table()
    }

    /// A key of `[package]`, taken from `[workspace.package]` where it says `workspace = true`.
    fn key(&self, key: &str) -> Option<&Value> {
        let value = self.package()?.get(key)?;
        if inherits(value) {
            return self.workspace?.get("package")?.get(key);
        }
        Some(value)
    }

    /// The package; `None` for a manifest without one.
    ///
    /// # Errors
    /// If `[package]` has no name.
    pub(super) fn to_package(&self) -> Result<Option<Package>> {
        let Some(package) = self.package() else {
            return Ok(None);
        };
        let name = package
            .get("name")
            .and_then(Value::as_str)
            .with_context(|| {
                format!("{}: [package] has no `name`: add one", self.path.display())
            })?;
        let root = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let text = |key, default: &str| {
            self.key(key)
                .and_then(Value::as_str)
                .unwrap_or(default)
                .to_owned()
        };
        let edition = text("edition", "2015");
        Ok(Some(Package {
            targets: targets::discover(&root, name, &edition, self.table),
            version: text("version", "0.0.0"),
            publish: match self.key("publish") {
                Some(Value::Boolean(publish)) => *publish,
                Some(Value::Array(registries)) => !registries.is_empty(),
                // Without a version nothing can be published.
                _ => self.key("version").is_some(),
            },
            rust_version: self
                .key("rust-version")
                .and_then(Value::as_str)
                .and_then(whole_version),
            bundled: package
                .get("metadata")
                .and_then(|metadata| metadata.get(BUNDLED_METADATA)?.get("bundled")?.as_bool())
                == Some(true),
            dependencies: self.dependencies(),
            name: name.to_owned(),
            manifest_path: self.path.to_owned(),
            edition,
            root,
        }))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let own = self.table.get("dependencies").and_then(Value::as_table);
        let mentions = dependency_tables(self.table).flat_map(|table| {
            let everywhere = own.is_some_and(|known| std::ptr::eq(known, table));
            table
                .iter()
                .map(move |(key, value)| (everywhere, key, value))
        });
        let dependency = |(everywhere, key, value): (bool, &String, &Value)| {
            let inherited = self.inherited(key, value);
            let renamed = |value: &Value| {
                value
                    .get("package")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            let package = renamed(value)
                .or_else(|| inherited.and_then(renamed))
                .unwrap_or_else(|| key.clone());
            let optional = value.get("optional").and_then(Value::as_bool) == Some(true);
            let always = everywhere && !optional;
            let features = |value: &Value| match value.get("features").and_then(Value::as_array) {
                Some(features) if always => features
                    .iter()
                    .filter_map(|feature| feature.as_str().map(str::to_owned))
                    .collect(),
                _ => Vec::new(),
            };
            let mut asked: Vec<String> = features(value);
            asked.extend(inherited.map(features).into_iter().flatten());
            Dependency {
                name: key.replace('-', "_"),
                package,
                features: asked,
            }
        };
        merged(mentions.map(dependency))
    }

    fn inherited(&self, key: &str, value: &Value) -> Option<&Value> {
        inherits(value)
            .then(|| self.workspace?.get("dependencies")?.get(key))
            .flatten()
    }

    /// Folders of the path dependencies, without `.` and `..`.
    pub(super) fn path_dependencies(&self, workspace_root: &Path) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let path = |base: &Path, value: &Value| {
            let path = value.get("path")?.as_str()?;
            Some(normalise(&base.join(path)))
        };
        dependency_tables(self.table)
            .flatten()
            .filter_map(|(key, value)| match self.inherited(key, value) {
                Some(inherited) => path(workspace_root, inherited),
                None => path(folder, value),
            })
            .collect()
    }
}

/// A version of the compiler, of which manifests may leave the last numbers out.
pub(super) fn whole_version(written: &str) -> Option<Version> {
    let missing = 2_usize.saturating_sub(written.matches('.').count());
    Version::parse(&format!("{written}{}", ".0".repeat(missing))).ok()
}

fn inherits(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

fn dependency_tables(table: &Table) -> impl Iterator<Item = &Table> {
    const KINDS: [&str; 5] = [
        "dependencies",
        "dev-dependencies",
        "dev_dependencies",
        "build-dependencies",
        "build_dependencies",
    ];
    let platforms = table.get("target").and_then(Value::as_table);
    let platforms = platforms
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    std::iter::once(table)
        .chain(platforms)
        .flat_map(|table| KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table()))
}
