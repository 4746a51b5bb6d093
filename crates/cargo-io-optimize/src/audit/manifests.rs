//! The manifests that fixes may have to edit, and the lock file that follows them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use model::{FindingId, NewFile, Patch};
use rewrite::{Manifest, Manifests};
use toolchain::Workspace;

/// The manifests of the workspace and of its packages, with the sources that a copied crate is made of.
///
/// A manifest that cannot be read is left out: fixes that need it are refused then, and the others are not.
pub(super) fn read(workspace: &Workspace, bundled: &[NewFile]) -> Manifests {
    let root = workspace.root.join("Cargo.toml");
    let members = workspace.packages.iter().map(|it| &it.manifest_path);
    let others = members.filter(|path| **path != root);
    let manifest = |absolute: &Path| {
        let mut packages = workspace.packages.iter();
        Some(Manifest {
            path: workspace.relative(absolute)?,
            text: fs::read_to_string(absolute).ok()?,
            absolute: absolute.to_owned(),
            package: packages
                .find(|package| package.manifest_path == absolute)
                .map(|package| package.name.clone()),
        })
    };
    let Some(first) = manifest(&root) else {
        return Manifests::default();
    };
    Manifests {
        root: workspace.root.clone(),
        all: std::iter::once(first)
            .chain(others.filter_map(|path| manifest(path)))
            .collect(),
        bundled: bundled.into(),
    }
}

/// The workspace's lock file, where patched manifests ask for another one.
pub(super) fn lock_file(workspace: &Workspace, patches: &[Patch]) -> Result<Option<LockFile>> {
    let path = workspace.root.join(LOCK_FILE);
    let manifests = patches.iter().filter(|patch| {
        patch.before.is_some() && patch.absolute.file_name() == Some("Cargo.toml".as_ref())
    });
    let findings: BTreeSet<FindingId> = manifests
        .flat_map(|patch| patch.findings.iter().cloned())
        .collect();
    if findings.is_empty() || !path.exists() {
        return Ok(None);
    }
    Ok(Some(LockFile {
        text: fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; nothing was changed", path.display()))?,
        findings,
    }))
}

const LOCK_FILE: &str = "Cargo.lock";

/// The lock file as it is, and the findings that change it.
pub(super) struct LockFile {
    text: String,
    findings: BTreeSet<FindingId>,
}

impl LockFile {
    /// The patch that gives it its new text, unless that is the old one.
    pub(super) fn patch(self, workspace: &Workspace, after: String) -> Option<Patch> {
        (self.text != after).then(|| Patch {
            path: LOCK_FILE.to_owned(),
            absolute: workspace.root.join(LOCK_FILE),
            before: Some(self.text),
            after,
            findings: self.findings.into_iter().collect(),
        })
    }
}
