//! The sources of dependencies, as cargo has unpacked them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use model::TargetKind;

use crate::CargoOptions;
use crate::messages::{cargo, shown};
use crate::workspace::{self, Locked, Package, Workspace};

/// The folders in which cargo unpacks what registries hold.
#[derive(Debug, Clone)]
pub struct Registry {
    folders: Vec<PathBuf>,
}

impl Registry {
    /// That of the user: in `CARGO_HOME`, or in `.cargo` of the home directory.
    #[must_use]
    pub fn of_user() -> Self {
        let named = env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
        let home = named
            .map(PathBuf::from)
            .or_else(|| Some(env::home_dir()?.join(".cargo")));
        // What the tree that is looked at could choose is no place to look for others' sources.
        let home = home.filter(|home| home.is_absolute());
        let none = Self {
            folders: Vec::new(),
        };
        home.map_or(none, |home| Self::in_home(&home))
    }

    /// That of a cargo home.
    #[must_use]
    pub fn in_home(home: &Path) -> Self {
        let entries = fs::read_dir(home.join("registry/src"));
        let entries = entries.into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        folders.sort();
        Self { folders }
    }

    /// The folder of a locked package; `None` if it comes from elsewhere, or is not unpacked, or not to its end.
    #[must_use]
    pub fn folder(&self, locked: &Locked) -> Option<PathBuf> {
        // A lock file that nobody trusts must not lead elsewhere.
        let plain = |text: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
            !text.is_empty() && !text.contains("..") && text.chars().all(fits)
        };
        if !locked.is_from_registry() || !plain(&locked.name) || !plain(&locked.version) {
            return None;
        }
        let name = format!("{}-{}", locked.name, locked.version);
        let mut candidates = self.folders.iter().map(|folder| folder.join(&name));
        // Cargo makes this file when it has unpacked everything.
        candidates.find(|folder| folder.join(".cargo-ok").is_file())
    }
}

/// The package in a folder, as its manifest tells it, if it has a library.
#[must_use]
pub fn library_in(folder: &Path) -> Option<Package> {
    let package = workspace::package_at(&folder.join("Cargo.toml")).ok()??;
    let has_library = |package: &Package| {
        let mut targets = package.targets.iter();
        targets.any(|target| target.kind == TargetKind::Library)
    };
    Some(package).filter(has_library)
}

/// Has cargo write the lock file of a workspace, or bring it up to date, and unpack the dependencies that this platform
/// needs, as any build would. Returns the command line.
///
/// # Errors
/// If cargo does not start or does not get that far; the error carries its words.
pub fn bring_dependencies(workspace: &Workspace, options: &CargoOptions) -> Result<String> {
    let mut command = cargo();
    // `cargo fetch` would bring those of all other platforms as well.
    command.args(["tree", "--quiet", "--workspace", "--manifest-path"]);
    command.arg(&workspace.manifest_path);
    command.args(options.settings());
    if let Some(target) = &options.target {
        command.args(["--target", target]);
    }
    let shown = shown(&command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{shown}`: is cargo installed?"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed: {}", words.trim());
    }
    Ok(shown)
}
