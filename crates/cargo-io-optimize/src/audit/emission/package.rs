//! What one package gets: its files, and its part of the manifest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use measure::emit::{self, Emission, EmittedFile, TARGET, Template};
use model::{Audit, Patch, TargetKind};
use rewrite::{DevDependency, Manifests, NewTarget, NewTargetKind};
use toolchain::{Package, Workspace};

use super::owner;
use crate::audit::versions;
use crate::shell::Shell;

/// What one package gets of one kind.
pub(super) struct Emitted<'a> {
    pub(super) package: &'a Package,
    pub(super) kind: NewTargetKind,
}

impl Emitted<'_> {
    fn folder(&self) -> PathBuf {
        self.package.root.join(self.parent()).join(TARGET)
    }

    const fn parent(&self) -> &'static str {
        match self.kind {
            NewTargetKind::Benchmark => "benches",
            NewTargetKind::Test => "tests",
        }
    }

    pub(super) fn command(&self, is_one_of_many: bool) -> String {
        let mut command = match self.kind {
            NewTargetKind::Benchmark => "cargo bench".to_owned(),
            NewTargetKind::Test => "cargo test".to_owned(),
        };
        if is_one_of_many {
            // Writing to a string cannot fail.
            let _infallible = write!(command, " -p {}", self.package.name);
        }
        let flag = match self.kind {
            NewTargetKind::Benchmark => "--bench",
            NewTargetKind::Test => "--test",
        };
        format!("{command} {flag} {TARGET}")
    }

    pub(super) fn say_left_out(&self, emission: &Emission, shell: &Shell) {
        if let Some(reason) = &emission.left_out {
            let name = emission.template.workload.name();
            let package = &self.package.name;
            shell.say(format_args!(
                "{name} is left out of the {} of {package}: {reason}",
                self.parent()
            ));
        }
    }

    /// The patterns that are found in the package, and those that an earlier run has written: a rewrite that is done is
    /// no reason to lose its figures.
    pub(super) fn emissions(
        &self,
        audit: &Audit,
        workspace: &Workspace,
        manifests: &Manifests,
    ) -> Result<Vec<Emission>> {
        let mut found: BTreeMap<model::WorkloadId, (Template, Vec<String>)> = BTreeMap::new();
        for template in emit::known(self.names()?.iter().map(String::as_str)) {
            found.insert(template.workload, (template, Vec::new()));
        }
        for finding in &audit.findings {
            let file = audit.sources.file(finding.span.file);
            let template = finding.workload.and_then(emit::template);
            let Some(template) = template
                .filter(|_| file.package == self.package.name && finding.suppressed.is_none())
            else {
                continue;
            };
            let (_, places) = found
                .entry(template.workload)
                .or_insert_with(|| (template, Vec::new()));
            let place = format!("{}, `{}`", file.path, finding.function);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let emission = |(template, places): (Template, Vec<String>)| Emission {
            left_out: versions::other_version(workspace, &self.package.name, template.workload)
                .or_else(|| self.obstacle(&template, manifests)),
            template,
            places,
        };
        Ok(found.into_values().map(emission).collect())
    }

    fn obstacle(&self, template: &Template, manifests: &Manifests) -> Option<String> {
        if !emit::compiles_in(template, &self.package.edition) {
            return Some(format!(
                "it uses other crates, which this program writes for the editions from 2018 on, and not for {}",
                self.package.edition
            ));
        }
        template.crates.iter().find_map(|name| {
            let dependency = dependency(template, name);
            let has = self
                .package
                .dependencies
                .iter()
                .any(|it| it.package == *name);
            // A format brings `serde`, whose attribute the model needs.
            let comes_along = *name == "serde";
            if !has && !comes_along {
                return Some(format!("the package does not use the crate {name}"));
            }
            rewrite::obstacle(manifests, &self.package.name, &dependency)
        })
    }

    /// Names of the files that are in the folder.
    fn names(&self) -> Result<Vec<String>> {
        let folder = self.folder();
        let unreadable = || format!("cannot list {}", folder.display());
        let entries = match fs::read_dir(&folder) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound) => return Ok(Vec::new()),
            entries => entries.with_context(unreadable)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.with_context(unreadable)?.file_name();
            names.extend(name.into_string());
        }
        names.sort();
        Ok(names)
    }

    pub(super) fn patches(
        &self,
        workspace: &Workspace,
        emissions: &[Emission],
        hint: Option<u64>,
    ) -> Result<Vec<Patch>> {
        let other = self.folder().with_extension("rs");
        ensure!(
            !other.exists(),
            "{} has the name of what would be written: rename it and run again; nothing was written",
            other.display()
        );
        let files = match self.kind {
            NewTargetKind::Benchmark => emit::benchmark(emissions, &self.package.edition, hint),
            NewTargetKind::Test => emit::test(emissions),
        };
        files
            .into_iter()
            .map(|file| self.patch(workspace, file))
            .collect()
    }

    fn patch(&self, workspace: &Workspace, file: EmittedFile) -> Result<Patch> {
        let absolute = self.folder().join(&file.name);
        let path = workspace
            .relative(&absolute)
            .with_context(|| format!("{} lies outside the workspace", absolute.display()))?;
        let before = read(&absolute)?;
        if let Some(before) = &before {
            ensure!(
                emit::is_unchanged(before),
                "{path} was not written by this program, or has been changed since: rename it or remove it and run again; \
                 nothing was written"
            );
        }
        let is_same = |before: &String| before.replace("\r\n", "\n") == file.text;
        let after = match &before {
            // As it was checked out.
            Some(before) if is_same(before) => before.clone(),
            _ => file.text,
        };
        Ok(Patch {
            path,
            absolute,
            before,
            after,
            findings: vec![owner()],
        })
    }

    pub(super) fn manifest_entry(&self, emissions: &[Emission]) -> NewTarget {
        let (criterion, kind) = match self.kind {
            NewTargetKind::Benchmark => (Some(CRITERION), TargetKind::Benchmark),
            NewTargetKind::Test => (None, TargetKind::Test),
        };
        let emitted = emissions.iter().filter(|it| it.left_out.is_none());
        let needed = emitted.flat_map(|it| {
            let crates = it.template.crates.iter();
            crates.map(|name| dependency(&it.template, name))
        });
        let mut dependencies: Vec<DevDependency> = criterion.into_iter().chain(needed).collect();
        dependencies.sort();
        dependencies.dedup();
        let others = self.package.targets.iter();
        NewTarget {
            package: self.package.name.clone(),
            edition: self.package.edition.clone(),
            kind: self.kind,
            name: TARGET,
            has_others: others
                .filter(|target| target.kind == kind)
                .any(|target| target.name != TARGET),
            dependencies,
        }
    }
}

const CRITERION: DevDependency = DevDependency {
    name: "criterion",
    version: "0.8",
    features: &[],
};

/// What the code of a template needs of a crate: the version that the model was built with, or what any version of `serde` gives.
fn dependency(template: &Template, name: &'static str) -> DevDependency {
    let mut libraries = measure::libraries(template.workload).iter();
    let library = libraries.find(|library| library.name == name);
    let version = library.map_or("1", measure::Library::requirement);
    let features: &[&str] = match (name, version) {
        ("bincode", "2") => &["serde", "std"],
        ("serde", _) => &["derive"],
        ("tokio", _) => &["fs", "io-util", "rt"],
        _ => &[],
    };
    DevDependency {
        name,
        version,
        features,
    }
}

/// The text of a file, if it is there.
fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(String::new())),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
