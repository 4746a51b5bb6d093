//! What the analysis is given: the targets, and the text of files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use analyze::CrateInput;
use anyhow::Result;
use model::{NotAnalysed, TargetKind};
use toolchain::{Package, Target, Workspace};

use crate::request::AuditRequest;

/// The targets of a run.
pub(super) struct Crates {
    pub(super) inputs: Vec<CrateInput>,
    /// Names of the packages that were asked for.
    pub(super) packages: Vec<String>,
    pub(super) not_analysed: Vec<NotAnalysed>,
}

/// The selected targets, and the libraries of the workspace: what they do with a handle decides about their callers.
pub(super) fn crates(request: &AuditRequest, workspace: &Workspace) -> Result<Crates> {
    let selected = request.cargo.selected_targets(workspace)?;
    let is_selected = |target: &Target| {
        selected
            .iter()
            .any(|(_, known)| known.source == target.source && known.kind == target.kind)
    };
    let mut crates = Crates {
        inputs: Vec::new(),
        packages: Vec::new(),
        not_analysed: Vec::new(),
    };
    for package in &workspace.packages {
        for target in &package.targets {
            // A copy of the runtime crate is as its authors left it.
            let chosen = is_selected(target) && !package.bundled;
            if !chosen && target.kind != TargetKind::Library {
                continue;
            }
            match workspace.relative(&target.source) {
                Some(root) => crates
                    .inputs
                    .push(input(workspace, package, target, root, chosen)),
                None => crates.not_analysed.push(NotAnalysed {
                    path: target.source.display().to_string(),
                    reason: "it lies outside the workspace".to_owned(),
                }),
            }
        }
    }
    // A file that several targets share is reported for the first of them.
    crates
        .inputs
        .sort_by_key(|input| (input.kind, input.root.clone()));
    crates.packages = selected
        .iter()
        .map(|(package, _)| package.name.clone())
        .collect();
    crates.packages.sort();
    crates.packages.dedup();
    Ok(crates)
}

fn input(
    workspace: &Workspace,
    package: &Package,
    target: &Target,
    root: String,
    selected: bool,
) -> CrateInput {
    let named = |dependency: &toolchain::Dependency| {
        let member = workspace
            .packages
            .iter()
            .find(|member| member.name == dependency.package);
        let library = member.and_then(|member| {
            member
                .targets
                .iter()
                .find(|target| target.kind == TargetKind::Library)
        });
        let name = library.map_or_else(
            || dependency.package.replace('-', "_"),
            |library| library.crate_name.clone(),
        );
        (dependency.name.clone(), name)
    };
    let mut dependencies: Vec<(String, String)> = package.dependencies.iter().map(named).collect();
    // Binaries, tests and examples use their own package's library.
    let library = package
        .targets
        .iter()
        .find(|target| target.kind == TargetKind::Library);
    if let Some(library) = library
        && target.kind != TargetKind::Library
    {
        dependencies.push((library.crate_name.clone(), library.crate_name.clone()));
    }
    CrateInput {
        package: package.name.clone(),
        name: target.crate_name.clone(),
        kind: target.kind,
        rust_version: workspace.oldest_compiler(package),
        root,
        dependencies,
        features: features(package),
        selected,
    }
}

/// The features that a package asks for, by what each dependency is called in code.
fn features(package: &Package) -> Vec<(String, Vec<String>)> {
    let dependencies = package.dependencies.iter();
    dependencies
        .map(|dependency| (dependency.name.clone(), dependency.features.clone()))
        .collect()
}

/// Reads files of the workspace, and nothing else: a tree that is not trusted may hold links to anywhere, pipes and devices.
pub(super) struct DiskLoader {
    root: PathBuf,
}

impl DiskLoader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
        }
    }
}

impl analyze::Loader for DiskLoader {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
        let real = match self.root.join(path).canonicalize() {
            Ok(real) => real,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(error)),
        };
        if !real.starts_with(&self.root) {
            return Err("it lies outside the workspace".to_owned());
        }
        let metadata = real.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Ok(None);
        }
        if !metadata.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        if metadata.len() > analyze::LARGEST_FILE {
            let megabytes = metadata.len() / (1024 * 1024);
            return Err(format!(
                "it is {megabytes} MiB large, too large to have been written by hand"
            ));
        }
        std::fs::read(&real).map(Some).map_err(unreadable)
    }

    fn exists(&self, path: &str) -> bool {
        match self.root.join(path).metadata() {
            Ok(metadata) => !metadata.is_dir(),
            // What cannot be looked at is for `read` to name.
            Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        }
    }
}

/// The command line of this run, as it would be typed again.
pub(super) fn command_line() -> String {
    let quoted = std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .skip(1)
        .skip_while(|argument| argument == "io-optimize")
        .map(|argument| {
            let plain = |c: char| c.is_alphanumeric() || "-_./=:,@+".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                argument
            } else {
                format!("'{}'", argument.replace('\'', r"'\''"))
            }
        });
    std::iter::once("cargo io-optimize".to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}
