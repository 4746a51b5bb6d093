//! Cargo's own flags, as this program takes and passes them on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, bail};
use model::TargetKind;

use crate::workspace::{Package, Target, Workspace};

/// Cargo's flags. The default is what cargo does without any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoOptions {
    /// `--manifest-path`.
    pub manifest_path: Option<PathBuf>,
    /// `-p`: names, `name@version`, or shell patterns.
    pub packages: Vec<String>,
    /// `--workspace`.
    pub workspace: bool,
    /// `--exclude`, which goes with `--workspace`.
    pub exclude: Vec<String>,
    /// `--lib`.
    pub lib: bool,
    /// `--bins`.
    pub bins: bool,
    /// `--bin NAME`.
    pub bin: Vec<String>,
    /// `--examples`.
    pub examples: bool,
    /// `--tests`.
    pub tests: bool,
    /// `--test NAME`.
    pub test: Vec<String>,
    /// `--benches`.
    pub benches: bool,
    /// `--bench NAME`.
    pub bench: Vec<String>,
    /// `--all-targets`.
    pub all_targets: bool,
    /// `--features`.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
    /// `--target TRIPLE`.
    pub target: Option<String>,
    /// `--target-dir`.
    pub target_dir: Option<PathBuf>,
    /// `--release`.
    pub release: bool,
    /// `--profile NAME`.
    pub profile: Option<String>,
    /// `--locked`.
    pub locked: bool,
    /// `--offline`.
    pub offline: bool,
    /// `--frozen`.
    pub frozen: bool,
    /// `--config KEY=VALUE` or `--config FILE`.
    pub config: Vec<String>,
    /// `--jobs`.
    pub jobs: Option<String>,
    /// `--color`.
    pub color: Option<String>,
    /// `--quiet`.
    pub quiet: bool,
    /// How many times `-v` was given.
    pub verbose: u8,
}

impl CargoOptions {
    /// Whether a flag names kinds of targets, so that cargo's default choice does not hold.
    fn names_targets(&self) -> bool {
        self.lib
            || self.bins
            || !self.bin.is_empty()
            || self.examples
            || self.tests
            || !self.test.is_empty()
            || self.benches
            || !self.bench.is_empty()
            || self.all_targets
    }

    /// The same without any choice of packages and targets.
    #[must_use]
    pub fn without_selection(&self) -> Self {
        Self {
            packages: Vec::new(),
            workspace: false,
            exclude: Vec::new(),
            lib: false,
            bins: false,
            bin: Vec::new(),
            examples: false,
            tests: false,
            test: Vec::new(),
            benches: false,
            bench: Vec::new(),
            all_targets: false,
            ..self.clone()
        }
    }

    /// The flags that say how cargo gets its dependencies and settings. Every subcommand takes them.
    pub(crate) fn settings(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for (on, flag) in [
            (self.locked, "--locked"),
            (self.offline, "--offline"),
            (self.frozen, "--frozen"),
        ] {
            if on {
                arguments.push(flag.to_owned());
            }
        }
        for value in &self.config {
            arguments.extend(["--config".to_owned(), value.clone()]);
        }
        arguments
    }

    /// The flags that choose packages, targets, features and profile, as `cargo check` takes them.
    ///
    /// Paths, output and verbosity are left to the caller.
    pub(crate) fn selection(&self) -> Vec<String> {
        let mut arguments = self.settings();
        for (on, flag) in [
            (self.workspace, "--workspace"),
            (self.lib, "--lib"),
            (self.bins, "--bins"),
            (self.examples, "--examples"),
            (self.tests, "--tests"),
            (self.benches, "--benches"),
            (self.all_targets, "--all-targets"),
            (self.all_features, "--all-features"),
            (self.no_default_features, "--no-default-features"),
            (self.release, "--release"),
        ] {
            if on {
                arguments.push(flag.to_owned());
            }
        }
        for (values, flag) in [
            (&self.packages, "--package"),
            (&self.exclude, "--exclude"),
            (&self.bin, "--bin"),
            (&self.test, "--test"),
            (&self.bench, "--bench"),
            (&self.features, "--features"),
        ] {
            for value in values {
                arguments.extend([flag.to_owned(), value.clone()]);
            }
        }
        for (value, flag) in [
            (&self.target, "--target"),
            (&self.profile, "--profile"),
            (&self.jobs, "--jobs"),
        ] {
            if let Some(value) = value {
                arguments.extend([flag.to_owned(), value.clone()]);
            }
        }
        arguments
    }

    /// The packages that cargo would work on, in the order of the workspace.
    ///
    /// # Errors
    /// If a package is named that the workspace does not have, or `--exclude` comes without `--workspace`.
    pub fn selected_packages<'a>(&self, workspace: &'a Workspace) -> Result<Vec<&'a Package>> {
        if !self.exclude.is_empty() && !self.workspace {
            bail!("--exclude leaves packages out of --workspace: add --workspace");
        }
        let mut chosen = BTreeSet::new();
        if self.workspace {
            chosen.extend(0..workspace.packages.len());
            for specification in &self.exclude {
                chosen.retain(|&index| !matches(specification, &workspace.packages[index]));
            }
        } else if self.packages.is_empty() {
            chosen.extend(workspace.default_packages.iter().copied());
        }
        for specification in &self.packages {
            let before = chosen.len();
            let indices = 0..workspace.packages.len();
            chosen.extend(indices.filter(|&i| matches(specification, &workspace.packages[i])));
            if chosen.len() == before
                && !workspace
                    .packages
                    .iter()
                    .any(|package| matches(specification, package))
            {
                let names: Vec<_> = workspace.packages.iter().map(|p| p.name.as_str()).collect();
                bail!(
                    "no package `{specification}` in the workspace {}: it has {}",
                    workspace.root.display(),
                    names.join(", ")
                );
            }
        }
        Ok(chosen
            .into_iter()
            .map(|index| &workspace.packages[index])
            .collect())
    }

    /// The targets that are looked at: without a flag that names any, libraries, binaries and build scripts.
    ///
    /// # Errors
    /// As [`Self::selected_packages`], and if `--bin` names no binary of the selected packages.
    pub fn selected_targets<'a>(
        &self,
        workspace: &'a Workspace,
    ) -> Result<Vec<(&'a Package, &'a Target)>> {
        let packages = self.selected_packages(workspace)?;
        let targets: Vec<_> = packages
            .iter()
            .flat_map(|&package| package.targets.iter().map(move |target| (package, target)))
            .collect();
        for name in &self.bin {
            let is_named =
                |target: &Target| target.kind == TargetKind::Binary && target.name == *name;
            if !targets.iter().any(|(_, target)| is_named(target)) {
                bail!("no binary `{name}` in the selected packages: check --bin and -p");
            }
        }
        Ok(targets
            .into_iter()
            .filter(|(_, target)| self.selects(target))
            .collect())
    }

    fn selects(&self, target: &Target) -> bool {
        if self.all_targets {
            return true;
        }
        let default = !self.names_targets();
        match target.kind {
            TargetKind::Library | TargetKind::ProcMacro => default || self.lib,
            TargetKind::Binary => default || self.bins || self.bin.contains(&target.name),
            TargetKind::BuildScript => default,
            TargetKind::Example => self.examples,
            TargetKind::Test => self.tests || self.test.contains(&target.name),
            TargetKind::Benchmark => self.benches || self.bench.contains(&target.name),
        }
    }
}

fn matches(specification: &str, package: &Package) -> bool {
    let (name, version) = match specification.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (specification, None),
    };
    let name_fits = name == package.name
        || glob::Pattern::new(name).is_ok_and(|pattern| pattern.matches(&package.name));
    name_fits && version.is_none_or(|version| package.version == version)
}
