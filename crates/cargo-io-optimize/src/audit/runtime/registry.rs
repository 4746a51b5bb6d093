//! The runtime crate as the registry has it: taken only where it is what this program carries.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use model::DependencySource;
use toml::{Table, Value};
use toolchain::{Published, Workspace};

use super::Source;
use crate::bundled::{self, NAME, VERSION};
use crate::request::AuditRequest;
use crate::shell::Shell;

/// What packing adds, cargo writes when it unpacks, or only the crate's own development needs.
const APART: [&str; 5] = [
    ".cargo-checksum.json",
    ".cargo-ok",
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "clippy.toml",
];
const WRITTEN_MANIFEST: &str = "Cargo.toml.orig";
/// What the manifest of a packed library has, besides its tests.
const TABLES: [&str; 8] = [
    "dependencies",
    "dev-dependencies",
    "features",
    "lib",
    "lints",
    "package",
    "target",
    "test",
];

pub(super) fn pinned() -> Source {
    Source {
        from: DependencySource::Registry,
        version: format!("={VERSION}"),
    }
}

/// Compares what the registry has with what is bundled, and says by which checksum it is held to that.
///
/// # Errors
/// A sentence that says what the registry does not have, or has otherwise.
pub(super) fn compare(request: &AuditRequest, workspace: &Workspace, shell: &Shell) -> Result<()> {
    if !request.may_start_processes {
        bail!(
            "`--runtime registry` has cargo ask the registry for {NAME}, and `--fast` starts nothing: leave one of both out"
        );
    }
    let published = toolchain::published(NAME, VERSION, workspace, &request.cargo)
        .with_context(|| {
            format!(
                "`--runtime registry` needs {NAME} {VERSION}, which cannot be had from there (say `vendored`, or `path=DIR`)"
            )
        })?;
    if let Some(difference) = difference(&published)? {
        bail!(
            "{NAME} {VERSION} of the registry is not the one that this program carries and measures, {difference}: say \
             `vendored`, or look at {}",
            published.folder.display()
        );
    }
    shell.say(format_args!(
        "{NAME} {VERSION} of the registry is byte for byte the one that this program carries; its checksum, \
         which Cargo.lock keeps, is {}",
        published.checksum
    ));
    Ok(())
}

/// What is not as bundled, in words; `None` where nothing is.
fn difference(published: &Published) -> Result<Option<String>> {
    let bundled = |path: &str| {
        let mut files = bundled::FILES.iter();
        files
            .find(|(known, _)| *known == path)
            .map(|(_, text)| *text)
    };
    let files = published.files()?;
    for path in &files {
        let expected = match path.as_str() {
            "Cargo.toml" => continue,
            WRITTEN_MANIFEST => Some(bundled::MANIFEST),
            // No package that depends on it builds them.
            path if APART.contains(&path) || path.starts_with("tests/") => continue,
            path => bundled(path),
        };
        let Some(expected) = expected else {
            return Ok(Some(format!("it has {path} besides")));
        };
        if read(&published.folder.join(path))? != expected.as_bytes() {
            return Ok(Some(format!("its {path} differs")));
        }
    }
    let needed = bundled::FILES.iter().map(|(path, _)| *path);
    // Packing takes no files from outside its folder, where the licences lie.
    let mut needed = needed.filter(|path| !path.starts_with("LICENSE-"));
    let is_missing = |path: &&str| !files.iter().any(|known| known == path);
    let missing = needed.find(is_missing);
    let missing = missing.or_else(|| Some(WRITTEN_MANIFEST).filter(is_missing));
    if let Some(path) = missing {
        return Ok(Some(format!("it has no {path}")));
    }
    let manifest = read(&published.folder.join("Cargo.toml"))?;
    let manifest = std::str::from_utf8(&manifest).ok();
    let manifest = manifest.and_then(|text| text.parse::<Table>().ok());
    let is_packed = manifest.is_some_and(|manifest| is_packed(&manifest));
    Ok((!is_packed).then(|| "its Cargo.toml was not made from the bundled one".to_owned()))
}

/// Whether a manifest asks for what the bundled one asks for, and builds the library alone: packing rewrites it.
fn is_packed(manifest: &Table) -> bool {
    let written = bundled::parsed();
    let is_same = |key: &str| manifest.get(key) == written.get(key);
    let package = |key: &str| manifest.get("package").and_then(|package| package.get(key));
    let is_written = |key: &str| package(key) == written["package"].get(key);
    let text = |key: &str| package(key).and_then(Value::as_str);
    let library = Table::from_iter([
        ("name".to_owned(), NAME.replace('-', "_").into()),
        ("path".to_owned(), "src/lib.rs".into()),
    ]);
    manifest.keys().all(|key| TABLES.contains(&key.as_str()))
        && ["dependencies", "features", "target"]
            .into_iter()
            .all(is_same)
        && ["name", "edition", "rust-version"]
            .into_iter()
            .all(is_written)
        && text("version") == Some(VERSION)
        && package("build").is_none_or(|build| build.as_bool() == Some(false))
        && manifest
            .get("lib")
            .is_none_or(|lib| lib.as_table() == Some(&library))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
