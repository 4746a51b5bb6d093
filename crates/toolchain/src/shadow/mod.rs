//! A copy of the workspace in which a patched tree is checked and tested.
//!
//! It lies in `io-optimize/shadow` in the target directory and is built into `io-optimize/target` beside it, a target directory of its own:
//! cargo names what it makes for a member by the member's place in its workspace, so the shadow's would take the place of the user's.
//! Between runs both stay, and only what differs is copied and checked again.
//!
//! The copy has everything but version control, target directories and other tagged caches; `node_modules` and, unless tests
//! may write to them, files of 16 MiB and more are links to the originals. Its manifests differ in two things:
//! the root is a workspace of its own, and paths that leave the workspace are absolute.

mod manifest;
mod sync;
mod test;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
pub use test::Tested;

use crate::messages::{self, CargoRun, CompileError};
use crate::{CargoOptions, Workspace, lock};

/// What cargo names its lock file.
const LOCK_FILE: &str = "Cargo.lock";

/// The copy. No other run uses it while this value lives.
#[derive(Debug)]
pub struct Shadow<'a> {
    workspace: &'a Workspace,
    root: PathBuf,
    target_directory: PathBuf,
    data: sync::Data,
    /// Files whose text is not the workspace's.
    written: BTreeSet<String>,
    _lock: File,
}

/// What a check of the shadow said.
#[derive(Debug, Clone)]
pub struct CheckOutcome {
    /// Whether everything compiles.
    pub success: bool,
    /// The errors in code. Offsets count in the shadow's texts, paths are the workspace's.
    pub errors: Vec<CompileError>,
    /// What the compiler warns of, with offsets and paths as those of the errors.
    pub warnings: Vec<CompileError>,
    /// What cargo said when it failed without an error in code: a manifest, the lock file, a build script.
    pub other: Option<String>,
    /// The command line that was executed.
    pub command: String,
}

impl<'a> Shadow<'a> {
    /// Makes the shadow, or brings the one of an earlier run in step with the workspace.
    ///
    /// # Errors
    /// If the target directory cannot be written, or the workspace cannot be read.
    pub fn create(workspace: &'a Workspace) -> Result<Self> {
        Self::with(workspace, sync::Data::Linked)
    }

    /// A shadow in which tests may run: it has copies of large files too.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_for_tests(workspace: &'a Workspace) -> Result<Self> {
        Self::with(workspace, sync::Data::Copied)
    }

    fn with(workspace: &'a Workspace, data: sync::Data) -> Result<Self> {
        let scratch = workspace.make_scratch_directory()?;
        let root = scratch.join("shadow");
        fs::create_dir_all(&root)
            .with_context(|| format!("cannot make the folder {}", root.display()))?;
        let lock = lock::acquire(&scratch.join("shadow.lock"))?;
        let written = BTreeSet::new();
        sync::sync(workspace, &root, data, &written)?;
        Ok(Self {
            workspace,
            root,
            target_directory: scratch.join("target"),
            data,
            written,
            _lock: lock,
        })
    }

    /// Where the copy is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Gives a file another text, by its path relative to the workspace root; folders are made as needed.
    ///
    /// # Errors
    /// If it cannot be written, or lies behind a link that leaves the workspace.
    pub fn write(&mut self, path: &str, text: &str) -> Result<()> {
        sync::write_text(self.workspace, &self.root, path, text)?;
        self.written.insert(path.to_owned());
        Ok(())
    }

    /// Makes a file what it is in the workspace, where it may not exist.
    ///
    /// # Errors
    /// If it cannot be read there or written here.
    pub fn restore(&mut self, path: &str) -> Result<()> {
        self.written.remove(path);
        sync::sync_file(self.workspace, &self.root, self.data, path)
    }

    /// Makes every file that was written what it is in the workspace.
    ///
    /// # Errors
    /// As [`Self::restore`].
    pub fn restore_all(&mut self) -> Result<()> {
        self.hold(&[])
    }

    /// Makes the copy the workspace with these texts, and no others, in it: paths relative to the root, and texts. Files that
    /// read so already are not new to cargo.
    ///
    /// # Errors
    /// As [`Self::restore`] and [`Self::write`].
    pub fn hold(&mut self, texts: &[(&str, &str)]) -> Result<()> {
        for path in self.written.clone() {
            if !texts.iter().any(|(kept, _)| *kept == path) {
                self.restore(&path)?;
            }
        }
        for (path, text) in texts {
            self.write(path, text)?;
        }
        Ok(())
    }

    /// Runs `cargo check` on the copy as it is, with the user's choice of packages, targets and features.
    ///
    /// A project that does not compile by itself is told by a check before anything is written.
    ///
    /// # Errors
    /// If cargo cannot be run. Code that does not compile is an outcome.
    pub fn check(&self, options: &CargoOptions) -> Result<CheckOutcome> {
        let mut command =
            self.cargo(&["check", "--message-format=json", "--keep-going"], options)?;
        if options.quiet {
            command.arg("--quiet");
        }
        self.build(&mut command)
    }

    /// The text of the lock file once cargo has added what the manifests of the copy, as it is, ask for.
    ///
    /// # Errors
    /// If cargo cannot be run, or finds no versions that will do.
    pub fn locked(&mut self, options: &CargoOptions) -> Result<String> {
        // A check of other manifests has changed it.
        self.restore(LOCK_FILE)?;
        let mut command = self.started_like_here(&["metadata", "--format-version=1"])?;
        command.args(absolute_settings(options)?.settings());
        let output = command.stdin(Stdio::null()).output();
        let output = output.context("cannot start cargo: is it installed?")?;
        if !output.status.success() {
            let talk = String::from_utf8_lossy(&output.stderr);
            bail!("cargo cannot add to {LOCK_FILE}: {}", talk.trim());
        }
        let path = self.root.join(LOCK_FILE);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// A command line of cargo's that works on the copy and builds beside it.
    fn cargo(&self, arguments: &[&str], options: &CargoOptions) -> Result<Command> {
        let mut command = self.started_like_here(arguments)?;
        command.args(absolute_settings(options)?.selection());
        command.arg("--target-dir").arg(&self.target_directory);
        Ok(command)
    }

    /// Cargo on the copy, in the folder of it that is this one.
    fn started_like_here(&self, arguments: &[&str]) -> Result<Command> {
        // Cargo reads settings, and rustup the toolchain, from the current directory upwards.
        let here = current_folder()?;
        let inside = here
            .strip_prefix(&self.workspace.root)
            .map(|path| self.root.join(path));
        let folder = inside
            .ok()
            .filter(|path| path.is_dir())
            .unwrap_or_else(|| self.root.clone());
        let mut command = messages::cargo();
        command.args(arguments).arg("--manifest-path");
        command.arg(self.moved(&self.workspace.manifest_path));
        command.current_dir(folder);
        Ok(command)
    }

    /// Runs a command line that only builds, and says so in JSON.
    fn build(&self, command: &mut Command) -> Result<CheckOutcome> {
        let names: BTreeMap<PathBuf, String> = self
            .workspace
            .packages
            .iter()
            .map(|package| (self.moved(&package.root), package.name.clone()))
            .collect();
        // What cargo says of a copy that is being tried would be taken for news of the project.
        let run = messages::run(command, &self.root, &names, true)?;
        let other = (!run.success && run.errors.is_empty()).then(|| run.own_error());
        let CargoRun {
            success,
            errors,
            warnings,
            command,
            ..
        } = run;
        Ok(CheckOutcome {
            success,
            errors,
            warnings,
            other,
            command,
        })
    }

    fn moved(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(&self.workspace.root) {
            Ok(inside) => self.root.join(inside),
            Err(_) => path.to_owned(),
        }
    }
}

/// The options with the files that they name told from any folder.
fn absolute_settings(options: &CargoOptions) -> Result<CargoOptions> {
    let here = current_folder()?;
    let mut options = options.clone();
    for setting in &mut options.config {
        let file = here.join(&*setting);
        if file.is_file() {
            *setting = file.display().to_string();
        }
    }
    Ok(options)
}

fn current_folder() -> Result<PathBuf> {
    env::current_dir().context("the current directory cannot be read")
}
