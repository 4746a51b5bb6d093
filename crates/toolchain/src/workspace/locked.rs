//! What the lock file says, in any of its versions.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Result;
use toml::{Table, Value};

use super::manifest;

/// A package of the lock file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locked {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from; `None` for what lies in the workspace or beside it.
    pub source: Option<String>,
    /// The sum of its archive, for what comes from a registry.
    pub checksum: Option<String>,
    /// Name and, where the name alone is not enough, version of each of its dependencies.
    pub dependencies: Vec<(String, Option<String>)>,
}

impl Locked {
    /// Whether a registry has its source, and not a repository or a folder.
    #[must_use]
    pub fn is_from_registry(&self) -> bool {
        let source = self.source.as_deref().unwrap_or_default();
        source.starts_with("registry+") || source.starts_with("sparse+")
    }
}

/// The packages in the lock file of a workspace, sorted by name and version; empty when there is none.
pub(crate) fn read(root: &Path) -> Result<Vec<Locked>> {
    let path = root.join("Cargo.lock");
    match fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        _ => {}
    }
    let lock = manifest::read(&path)?;
    let sums = sums(&lock);
    let packages = lock.get("package").and_then(Value::as_array);
    let packages = packages.into_iter().flatten();
    let mut locked: Vec<Locked> = packages.filter_map(|package| one(package, &sums)).collect();
    locked.sort();
    Ok(locked)
}

fn one(package: &Value, sums: &BTreeMap<(String, String), String>) -> Option<Locked> {
    let text = |key| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let (name, version) = (text("name")?, text("version")?);
    let dependencies = package.get("dependencies").and_then(Value::as_array);
    let dependencies = dependencies.into_iter().flatten();
    let dependencies = dependencies
        .filter_map(Value::as_str)
        .filter_map(name_and_version);
    Some(Locked {
        checksum: text("checksum").or_else(|| sums.get(&(name.clone(), version.clone())).cloned()),
        source: text("source"),
        dependencies: dependencies.collect(),
        name,
        version,
    })
}

/// Lock files of the first version keep the sums apart: `"checksum NAME VERSION (SOURCE)" = "SUM"`.
fn sums(lock: &Table) -> BTreeMap<(String, String), String> {
    let metadata = lock.get("metadata").and_then(Value::as_table);
    let entries = metadata.into_iter().flatten();
    let sum = |(key, sum): (&String, &Value)| {
        let (name, version) = name_and_version(key.strip_prefix("checksum ")?)?;
        Some(((name, version?), sum.as_str()?.to_owned()))
    };
    entries.filter_map(sum).collect()
}

/// `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`.
fn name_and_version(text: &str) -> Option<(String, Option<String>)> {
    let mut words = text.split(' ');
    let name = words.next()?.to_owned();
    Some((name, words.next().map(str::to_owned)))
}
