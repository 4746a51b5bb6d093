//! Packages as registries have them.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo is asked by a package that is made for it in this program's own folder"
)]

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::MetadataCommand;
use walkdir::WalkDir;

use crate::CargoOptions;
use crate::messages::cargo;
use crate::workspace::{Workspace, locked};

/// A package that cargo has unpacked from a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its folder.
    pub folder: PathBuf,
    /// The sum of its archive, as lock files name it.
    pub checksum: String,
}

impl Published {
    /// The paths of its files relative to its folder, `/`-separated and sorted.
    ///
    /// # Errors
    /// If they cannot be listed, or one is not Unicode.
    pub fn files(&self) -> Result<Vec<String>> {
        let shown = self.folder.display();
        let mut files = Vec::new();
        for entry in WalkDir::new(&self.folder).sort_by_file_name() {
            let entry = entry.with_context(|| format!("cannot list {shown}"))?;
            if entry.file_type().is_dir() {
                continue;
            }
            let path = entry.path().strip_prefix(&self.folder)?;
            let path = path
                .to_str()
                .with_context(|| format!("a file in {shown} is not Unicode: {}", path.display()))?;
            files.push(path.replace('\\', "/"));
        }
        Ok(files)
    }
}

/// Has cargo bring one version of a package from crates.io, or from what the settings for the workspace put in its place, with
/// what it needs on this platform. Nothing of the workspace is touched but [`Workspace::scratch_directory`].
///
/// # Errors
/// If the registry has no such version, or cargo cannot get it; the error says what cargo says.
pub fn published(
    name: &str,
    version: &str,
    workspace: &Workspace,
    options: &CargoOptions,
) -> Result<Published> {
    let folder = workspace.make_scratch_directory()?.join("registry");
    let manifest = folder.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"asks-the-registry\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
         [lib]\npath = \"lib.rs\"\n\n[dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    );
    let failed = || format!("cannot write {}: give --target-dir", folder.display());
    fs::create_dir_all(&folder).with_context(failed)?;
    fs::write(&manifest, text).with_context(failed)?;
    fs::write(folder.join("lib.rs"), "").with_context(failed)?;
    // What an earlier run locked may be of another registry.
    let lock = folder.join("Cargo.lock");
    if lock.exists() {
        fs::remove_file(&lock).with_context(failed)?;
    }
    let target = match &options.target {
        Some(target) => target.clone(),
        None => host()?,
    };
    // That lock file is there for the question alone.
    let asked = CargoOptions {
        offline: options.offline || options.frozen,
        locked: false,
        frozen: false,
        config: options.config.clone(),
        ..CargoOptions::default()
    };
    let mut command = MetadataCommand::new();
    command
        .manifest_path(&manifest)
        .current_dir(&workspace.root)
        .other_options(asked.settings())
        .other_options(["--filter-platform".to_owned(), target]);
    let metadata = command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => anyhow::anyhow!(reason(&stderr)),
        other => other.into(),
    })?;
    let mut packages = metadata.packages.iter();
    let package = packages.find(|package| package.name.as_str() == name);
    let package = package.with_context(|| format!("cargo does not say where {name} is"))?;
    let known = locked::read(&folder)?;
    let known = known.into_iter().find(|it| it.name == name);
    let Some(checksum) = known.and_then(|it| it.checksum.filter(|_| package.source.is_some()))
    else {
        bail!(
            "cargo takes {name} from {}, and from no registry",
            package.manifest_path
        );
    };
    let mut folder = package.manifest_path.clone().into_std_path_buf();
    folder.pop();
    Ok(Published { folder, checksum })
}

/// What cargo could not do, and why in the end, without the steps between.
fn reason(words: &str) -> String {
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let is_chain = words.contains("Caused by:");
    match lines.next_back().filter(|_| is_chain) {
        Some(last) => format!("{first}: {last}"),
        None => first.to_owned(),
    }
}

/// The platform that cargo runs on.
fn host() -> Result<String> {
    let output = cargo().arg("-vV").output();
    let output = output.context("cannot start `cargo -vV`: is cargo installed?")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("`cargo -vV` names no host: is it cargo?")?;
    Ok(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn the_first_and_the_last_word_of_cargo_are_kept() {
        let missing = "error: no matching package named `a` found\nlocation searched: crates.io\n";
        assert_eq!(reason(missing), "no matching package named `a` found");
        let chain =
            "error: failed to get `a`\n\nCaused by:\n  in between\n\nCaused by:\n  no network\n";
        assert_eq!(reason(chain), "failed to get `a`: no network");
    }
}
