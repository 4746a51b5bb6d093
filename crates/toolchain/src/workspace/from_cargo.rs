//! The workspace as `cargo metadata` tells it.

use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, TargetKind as Kind};
use model::TargetKind;

use super::{BUNDLED_METADATA, Dependency, Package, Target, Workspace, discover, locked, merged};
use crate::CargoOptions;

/// Asks cargo about the workspace around `--manifest-path`, or around the current directory.
///
/// Runs `cargo metadata --no-deps`, which reads manifests and settings, fetches nothing and writes nothing.
///
/// # Errors
/// If there is no manifest, or cargo does not start or refuses the workspace; the error carries cargo's words.
pub fn load(options: &CargoOptions) -> Result<Workspace> {
    let manifest_path = discover::starting_manifest(options.manifest_path.as_deref())?;
    let mut command = MetadataCommand::new();
    command
        .no_deps()
        .manifest_path(&manifest_path)
        .other_options(options.settings());
    let metadata = command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            anyhow::anyhow!(
                "cargo cannot read {}: {}",
                manifest_path.display(),
                stderr.trim()
            )
        }
        other => anyhow::Error::new(other).context(format!(
            "cargo metadata failed for {}",
            manifest_path.display()
        )),
    })?;
    let root = metadata.workspace_root.clone().into_std_path_buf();
    let mut packages: Vec<(bool, Package)> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let is_default = metadata.workspace_default_members.contains(&package.id);
            (is_default, convert(package))
        })
        .collect();
    packages.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    let mut workspace = Workspace {
        locked: locked::read(&root)?,
        target_directory: match &options.target_dir {
            Some(directory) => std::path::absolute(directory)
                .with_context(|| format!("--target-dir {}", directory.display()))?,
            None => metadata.target_directory.clone().into_std_path_buf(),
        },
        default_packages: Vec::new(),
        manifest_path,
        packages: Vec::new(),
        root,
    };
    let defaults: Vec<bool> = packages.iter().map(|(is_default, _)| *is_default).collect();
    workspace.packages = packages.into_iter().map(|(_, package)| package).collect();
    let from_root = || {
        (0..defaults.len())
            .filter(|&index| defaults[index])
            .collect()
    };
    workspace.default_packages =
        discover::package_at_manifest(&workspace).map_or_else(from_root, |index| vec![index]);
    Ok(workspace)
}

fn convert(package: &cargo_metadata::Package) -> Package {
    let manifest_path = package.manifest_path.clone().into_std_path_buf();
    let mut targets: Vec<Target> = package.targets.iter().map(target).collect();
    targets.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    let dependencies = package.dependencies.iter().map(|dependency| {
        let always = dependency.kind == DependencyKind::Normal
            && dependency.target.is_none()
            && !dependency.optional;
        Dependency {
            name: dependency
                .rename
                .as_ref()
                .unwrap_or(&dependency.name)
                .replace('-', "_"),
            package: dependency.name.clone(),
            features: match always {
                true => dependency.features.clone(),
                false => Vec::new(),
            },
        }
    });
    let dependencies = merged(dependencies);
    Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        root: manifest_path.parent().unwrap_or(Path::new("")).to_owned(),
        manifest_path,
        edition: package.edition.as_str().to_owned(),
        publish: package
            .publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty()),
        rust_version: package.rust_version.clone(),
        bundled: package
            .metadata
            .get(BUNDLED_METADATA)
            .and_then(|table| table.get("bundled")?.as_bool())
            == Some(true),
        targets,
        dependencies,
    }
}

fn target(target: &cargo_metadata::Target) -> Target {
    let kind = match target.kind.first() {
        Some(Kind::Bin) => TargetKind::Binary,
        Some(Kind::CustomBuild) => TargetKind::BuildScript,
        Some(Kind::ProcMacro) => TargetKind::ProcMacro,
        Some(Kind::Example) => TargetKind::Example,
        Some(Kind::Test) => TargetKind::Test,
        Some(Kind::Bench) => TargetKind::Benchmark,
        _ => TargetKind::Library,
    };
    Target {
        crate_name: target.name.replace('-', "_"),
        name: target.name.clone(),
        kind,
        source: target.src_path.clone().into_std_path_buf(),
    }
}
