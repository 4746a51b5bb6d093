//! The workspace as its manifests tell it, read as TOML. No process is started.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use toml::{Table, Value};

use super::manifest::{self, Manifest};
use super::{Package, Workspace, locked};

/// Reads the workspace around a manifest, or around the current directory, without starting a process.
///
/// Follows cargo's rules for members (patterns, path dependencies, `exclude`), inheritance and target discovery, and is
/// lenient where a tree is a part of a larger one: members that are missing are left out. The target directory is that
/// of `CARGO_TARGET_DIR`, otherwise `target` beside the workspace's manifest; settings files are not read.
///
/// # Errors
/// If there is no manifest, or one cannot be read or is not TOML.
pub fn load_without_cargo(manifest_path: Option<&Path>) -> Result<Workspace> {
    let manifest_path = starting_manifest(manifest_path)?;
    let mut tables = Tables::default();
    let mut root_manifest = find_root(&manifest_path, &mut tables)?;
    let mut packages = members(&root_manifest, &mut tables)?;
    if manifest_path != root_manifest && !packages.contains_key(&manifest_path) {
        // A package that happens to lie in somebody else's workspace, as an unpacked one does, stands for itself.
        root_manifest = manifest_path.clone();
        packages = members(&root_manifest, &mut tables)?;
    }
    let root = folder(&root_manifest).to_owned();
    let workspace_table = tables
        .get(&root_manifest)?
        .get("workspace")
        .and_then(Value::as_table);
    let mut packages: Vec<Package> = packages.into_values().collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let mut workspace = Workspace {
        target_directory: env::var_os("CARGO_TARGET_DIR")
            .filter(|directory| !directory.is_empty())
            .map(std::path::absolute)
            .transpose()
            .context("CARGO_TARGET_DIR")?
            .unwrap_or_else(|| root.join("target")),
        locked: locked::read(&root)?,
        default_packages: Vec::new(),
        manifest_path,
        packages,
        root,
    };
    workspace.default_packages = match package_at_manifest(&workspace) {
        Some(index) => vec![index],
        None => default_packages(&workspace, workspace_table)?,
    };
    Ok(workspace)
}

/// The packages of a workspace by their manifests.
fn members(root_manifest: &Path, tables: &mut Tables) -> Result<BTreeMap<PathBuf, Package>> {
    let root = folder(root_manifest);
    let root_table = tables.get(root_manifest)?.clone();
    let workspace = root_table.get("workspace").and_then(Value::as_table);
    let mut pending = vec![root_manifest.to_owned()];
    if let Some(table) = workspace {
        pending.extend(expand(root, table, "members")?);
    }
    let mut packages = BTreeMap::new();
    while let Some(path) = pending.pop() {
        let is_left_out =
            path != root_manifest && workspace.is_some_and(|table| is_excluded(root, table, &path));
        if is_left_out || packages.contains_key(&path) || !path.is_file() {
            continue;
        }
        let manifest = Manifest {
            path: &path,
            table: tables.get(&path)?,
            workspace,
        };
        if workspace.is_some() {
            let dependencies = manifest.path_dependencies(root).into_iter();
            let inside = dependencies.filter(|folder| folder.starts_with(root));
            pending.extend(inside.map(|folder| folder.join("Cargo.toml")));
        }
        if let Some(package) = manifest.to_package()? {
            packages.insert(path, package);
        }
    }
    Ok(packages)
}

/// The absolute path of the manifest to start from: the given one, or the closest one around the current directory.
pub(super) fn starting_manifest(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        let absolute = std::path::absolute(path)
            .with_context(|| format!("--manifest-path {}", path.display()))?;
        if absolute.is_dir() {
            bail!(
                "{} is a folder: --manifest-path takes its Cargo.toml",
                path.display()
            );
        }
        if !absolute.is_file() {
            bail!("no manifest at {}: check --manifest-path", path.display());
        }
        return Ok(manifest::normalise(&absolute));
    }
    let start = env::current_dir().context("the current directory cannot be read")?;
    start
        .ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|path| path.is_file())
        .with_context(|| {
            format!(
                "no Cargo.toml in {} or a folder above it: run in a cargo project or give --manifest-path",
                start.display()
            )
        })
}

/// Index of the package that the starting manifest belongs to, if it is one below the workspace's own manifest.
pub(super) fn package_at_manifest(workspace: &Workspace) -> Option<usize> {
    if workspace.manifest_path.parent() == Some(&workspace.root) {
        return None;
    }
    workspace
        .packages
        .iter()
        .position(|package| package.manifest_path == workspace.manifest_path)
}

fn default_packages(workspace: &Workspace, table: Option<&Table>) -> Result<Vec<usize>> {
    let indices_of = |manifests: &[PathBuf]| {
        let packages = workspace.packages.iter().enumerate();
        packages
            .filter(|(_, package)| manifests.contains(&package.manifest_path))
            .map(|(index, _)| index)
            .collect::<Vec<_>>()
    };
    if let Some(table) = table.filter(|table| table.contains_key("default-members")) {
        return Ok(indices_of(&expand(
            &workspace.root,
            table,
            "default-members",
        )?));
    }
    let root_package = indices_of(&[workspace.root.join("Cargo.toml")]);
    if root_package.is_empty() {
        return Ok((0..workspace.packages.len()).collect());
    }
    Ok(root_package)
}

fn folder(manifest: &Path) -> &Path {
    manifest.parent().unwrap_or(Path::new(""))
}

/// The manifest of the workspace that a manifest belongs to; itself, if it belongs to none.
fn find_root(manifest_path: &Path, tables: &mut Tables) -> Result<PathBuf> {
    let table = tables.get(manifest_path)?;
    if table.contains_key("workspace") {
        return Ok(manifest_path.to_owned());
    }
    if let Some(root) = named_root(manifest_path, table) {
        if !root.is_file() {
            bail!(
                "{}: `package.workspace` names {}, which is not there: correct it",
                manifest_path.display(),
                root.display()
            );
        }
        return Ok(root);
    }
    for candidate in folder(manifest_path).ancestors().skip(1) {
        let candidate = candidate.join("Cargo.toml");
        if !candidate.is_file() {
            continue;
        }
        let Ok(table) = tables.get(&candidate) else {
            continue;
        };
        if let Some(workspace) = table.get("workspace").and_then(Value::as_table) {
            if is_excluded(folder(&candidate), workspace, manifest_path) {
                break;
            }
            return Ok(candidate);
        }
        if let Some(root) = named_root(&candidate, table) {
            return Ok(root);
        }
    }
    Ok(manifest_path.to_owned())
}

fn named_root(manifest_path: &Path, table: &Table) -> Option<PathBuf> {
    let root = table.get("package")?.get("workspace")?.as_str()?;
    Some(manifest::normalise(
        &folder(manifest_path).join(root).join("Cargo.toml"),
    ))
}

/// Whether `exclude` leaves a manifest out. What `members` names is in all the same.
fn is_excluded(root: &Path, workspace: &Table, manifest_path: &Path) -> bool {
    let starts_with = |key: &str| {
        let paths = workspace.get(key).and_then(Value::as_array);
        let mut paths = paths.into_iter().flatten().filter_map(Value::as_str);
        paths.any(|path| manifest_path.starts_with(manifest::normalise(&root.join(path))))
    };
    starts_with("exclude") && !starts_with("members")
}

/// The manifests that the patterns under a key of `[workspace]` find.
fn expand(root: &Path, workspace: &Table, key: &str) -> Result<Vec<PathBuf>> {
    let patterns = workspace.get(key).and_then(Value::as_array);
    let mut manifests = Vec::new();
    for pattern in patterns.into_iter().flatten().filter_map(Value::as_str) {
        let folder = root.to_string_lossy();
        let pattern = format!("{}/{pattern}", glob::Pattern::escape(&folder));
        let found = glob::glob(&pattern).with_context(|| {
            format!(
                "{}: bad pattern in `workspace.{key}`",
                root.join("Cargo.toml").display()
            )
        })?;
        for path in found.flatten() {
            manifests.push(manifest::normalise(&path.join("Cargo.toml")));
        }
    }
    Ok(manifests)
}

/// Manifests that have been read.
#[derive(Default)]
struct Tables(BTreeMap<PathBuf, Table>);

impl Tables {
    fn get(&mut self, path: &Path) -> Result<&Table> {
        if !self.0.contains_key(path) {
            self.0.insert(path.to_owned(), manifest::read(path)?);
        }
        Ok(&self.0[path])
    }
}
