//! `--runtime`: rewrites onto the runtime crate in the place of those onto the standard library.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use model::{Audit, Cache, DependencySource, Finding, Fix, Outcome, Requirement};
use semver::VersionReq;
use toolchain::{Package, Workspace};

use crate::bundled;
use crate::request::{AuditRequest, Runtime};
use crate::shell::Shell;

mod registry;

/// Where the runtime crate is taken from, after everything that stands against it has been asked.
pub(super) struct Source {
    from: DependencySource,
    version: String,
}

/// The source that the user named; none for the standard library alone.
///
/// # Errors
/// A sentence that says which package cannot have the crate from there, or why there is no such crate.
pub(super) fn source(
    request: &AuditRequest,
    workspace: &Workspace,
    shell: &Shell,
) -> Result<Option<Source>> {
    let source = match &request.runtime {
        Runtime::None => return Ok(None),
        Runtime::Vendored => vendored(workspace)?,
        Runtime::Registry => registry::pinned(),
        Runtime::Path(folder) => in_folder(workspace, folder)?,
    };
    for package in request.cargo.selected_packages(workspace)? {
        fits(request, package)?;
    }
    if request.runtime == Runtime::Registry {
        registry::compare(request, workspace, shell)?;
    }
    Ok(Some(source))
}

/// A copy in the workspace: the one that is there, or one that is to be made.
fn vendored(workspace: &Workspace) -> Result<Source> {
    let mut packages = workspace.packages.iter();
    let in_crates = packages.any(|package| package.root.starts_with(workspace.root.join("crates")));
    // Not `vendor`, in which `cargo vendor` has every folder end in a checksum.
    let folder = if in_crates {
        format!("crates/{}", bundled::NAME)
    } else {
        bundled::NAME.to_owned()
    };
    let version = bundled::VERSION.to_owned();
    let path = workspace.root.join(&folder);
    if path.symlink_metadata().is_err() {
        return Ok(Source {
            from: DependencySource::Bundled(folder),
            version,
        });
    }
    let copy = toolchain::package_at(&path.join("Cargo.toml"))
        .ok()
        .flatten();
    if copy.is_some_and(|copy| copy.bundled && copy.version == version) {
        // It is in a package that is not published, where a path is enough.
        return Ok(Source {
            from: DependencySource::Path(folder),
            version: String::new(),
        });
    }
    bail!(
        "`--runtime vendored` would copy {} {version} to {folder}, which is there and is no such copy: move it away, or \
         name it by `--runtime path={folder}`",
        bundled::NAME
    )
}

fn in_folder(workspace: &Workspace, folder: &Path) -> Result<Source> {
    let shown = folder.display();
    let folder =
        std::path::absolute(folder).with_context(|| format!("`--runtime path={shown}`"))?;
    let folder = toolchain::normalise(&folder);
    let package = toolchain::package_at(&folder.join("Cargo.toml"))
        .with_context(|| format!("`--runtime path={shown}` is not the folder of a package"))?;
    let Some(package) = package.filter(|package| package.name == bundled::NAME) else {
        bail!(
            "{shown} is not the package {0}: give `--runtime path=DIR` the folder of its manifest",
            bundled::NAME
        );
    };
    let path = match workspace.relative(&folder) {
        Some(path) => path,
        None => folder
            .to_str()
            .with_context(|| format!("{shown} cannot be named in a manifest: it is not Unicode"))?
            .to_owned(),
    };
    // A version that the package inherits is not known here.
    let known = package.version != "0.0.0";
    Ok(Source {
        from: DependencySource::Path(path),
        version: if known {
            package.version
        } else {
            String::new()
        },
    })
}

/// Whether a package can have the crate.
fn fits(request: &AuditRequest, package: &Package) -> Result<()> {
    let name = &package.name;
    if is_runtime(package) {
        return Ok(());
    }
    if request.runtime == Runtime::Vendored && package.publish {
        bail!(
            "`--runtime vendored` is not for `{name}`, which its manifest lets be published: what is published cannot depend \
             on a folder of its workspace; say `publish = false` there, or leave the package out"
        );
    }
    let needed = bundled::rust_version();
    let runs_it = VersionReq::parse(&format!(">={needed}")).expect("it is a version");
    if let Some(version) = package
        .rust_version
        .as_ref()
        .filter(|it| !runs_it.matches(it))
    {
        bail!(
            "`{name}` is for Rust {version} and later, and {} needs {needed}: raise its `rust-version`, or leave `--runtime` \
             out",
            bundled::NAME
        );
    }
    if package.edition == "2015" {
        bail!(
            "`{name}` is of the edition 2015, in which a dependency needs `extern crate`: leave `--runtime` out, or move it to \
             a later edition"
        );
    }
    Ok(())
}

fn is_runtime(package: &Package) -> bool {
    package.name == bundled::NAME
}

/// Makes the rewrites onto the runtime crate the suggestions, and those onto std, where there are any, their alternatives.
pub(super) fn prefer(source: &Source, audit: &mut Audit) {
    let Audit {
        findings, sources, ..
    } = audit;
    for finding in findings {
        if sources.file(finding.span.file).package == bundled::NAME {
            continue;
        }
        let mut alternatives = finding.alternatives.iter();
        let Some(position) = alternatives.position(needs_runtime) else {
            continue;
        };
        let mut fix = finding.alternatives.remove(position);
        for requirement in &mut fix.requires {
            if let Requirement::Dependency {
                version,
                source: from,
                ..
            } = requirement
            {
                version.clone_from(&source.version);
                *from = source.from.clone();
            }
        }
        if let Some(std) = finding.suggestion.replace(fix) {
            finding.alternatives.insert(position, std);
        }
    }
}

pub(super) fn needs_runtime(fix: &Fix) -> bool {
    fix.requires.iter().any(|requirement| {
        matches!(requirement, Requirement::Dependency { name, .. } if name == bundled::NAME)
    })
}

/// Gives findings whose rewrite onto the runtime crate was measured its figure, and those std's rewrite back, or none, where it does
/// not beat the best of std; counts the latter.
pub(super) fn keep_what_pays(audit: &mut Audit, min_gain: f64) -> usize {
    let mut returned = 0;
    for finding in &mut audit.findings {
        let suggestion = finding.suggestion.as_ref().filter(|fix| needs_runtime(fix));
        let Some(ours) = suggestion.and_then(|fix| fix.method.as_deref()) else {
            continue;
        };
        let Some(outcome) = Outcome::of(finding, &audit.outcomes) else {
            continue;
        };
        match beats_std(outcome, ours) {
            None => {}
            Some(true) => {
                finding.headline =
                    measure::headline_of(outcome, min_gain, |row| row.method == ours);
            }
            Some(false) => {
                give_back(finding);
                returned += 1;
            }
        }
    }
    returned
}

/// Puts std's rewrite back in its place, or none.
fn give_back(finding: &mut Finding) {
    let mut alternatives = finding.alternatives.iter();
    let std = alternatives.position(|fix| fix.method.is_none());
    let position = std.unwrap_or_default();
    let std = std.map(|position| finding.alternatives.remove(position));
    if let Some(runtime) = std::mem::replace(&mut finding.suggestion, std) {
        finding.alternatives.insert(position, runtime);
    }
}

/// Whether a measured way is one of the runtime crate.
pub(super) fn is_ours(method: &str) -> bool {
    method.starts_with("io_optimize::")
}

/// Whether `ours`, a way of the runtime crate, is faster than the best of the others in the figure that stands beside a finding:
/// that of the largest size and of a warm cache before a cold one, with its whole interval above theirs. Unknown where it was
/// not measured.
fn beats_std(outcome: &Outcome, ours: &str) -> Option<bool> {
    let rows = &outcome.measurements;
    let ours = rows
        .iter()
        .filter(|row| row.method == ours)
        .max_by_key(|row| (row.size, row.cache == Cache::Warm))?;
    let mut others = rows.iter().filter(|row| {
        row.size == ours.size && row.cache == ours.cache && row.method != ours.method
    });
    Some(others.all(|row| row.ratio.high < ours.ratio.low))
}

#[cfg(test)]
mod tests;
