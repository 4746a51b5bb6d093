//! Adds a benchmark or a test to a package's manifest, with the dependencies that its code needs.

use model::{FindingId, Patch};
use toml_edit::{Array, ArrayOfTables, Item, Table, TableLike, Value};

use super::{Document, Documents, Form, SHARED, is_inherited};
use crate::additions::Manifests;

/// A benchmark or test of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// The package.
    pub package: String,
    /// The package's edition, for example `2021`.
    pub edition: String,
    /// What it is.
    pub kind: NewTargetKind,
    /// Its name; its file is `main.rs` in a folder of that name.
    pub name: &'static str,
    /// Whether the package has others of the kind, whether or not its manifest lists them.
    pub has_others: bool,
    /// What its code needs.
    pub dependencies: Vec<DevDependency>,
}

/// What is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewTargetKind {
    /// A benchmark with a `main` of its own.
    Benchmark,
    /// A test.
    Test,
}

impl NewTargetKind {
    const fn table(self) -> &'static str {
        match self {
            Self::Benchmark => "bench",
            Self::Test => "test",
        }
    }

    const fn discovery(self) -> &'static str {
        match self {
            Self::Benchmark => "autobenches",
            Self::Test => "autotests",
        }
    }
}

/// A dependency of tests and benchmarks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DevDependency {
    /// The crate's name.
    pub name: &'static str,
    /// The version that is asked for where the package does not name one already.
    pub version: &'static str,
    /// Features that the code needs.
    pub features: &'static [&'static str],
}

/// Why a package cannot have a dependency as its tests and benchmarks need it, as a clause; `None` if it can.
#[must_use]
pub fn obstacle(
    manifests: &Manifests,
    package: &str,
    dependency: &DevDependency,
) -> Option<String> {
    let mut documents = Documents::of(manifests);
    let added =
        index(manifests, package).and_then(|index| documents.add_dev(index, package, dependency));
    added.err()
}

/// The patches of the manifests that then have these targets; those that need no change are left out. `owner` stands in
/// each patch for the fix that it belongs to.
///
/// # Errors
/// What stands against it, as a sentence without its full stop.
pub fn add_targets(
    manifests: &Manifests,
    targets: &[NewTarget],
    owner: &FindingId,
) -> Result<Vec<Patch>, String> {
    let mut documents = Documents::of(manifests);
    for target in targets {
        let index = index(manifests, &target.package)?;
        for dependency in &target.dependencies {
            documents.add_dev(index, &target.package, dependency)?;
        }
        let path = &manifests.all[index].path;
        let document = documents.document(index)?;
        document
            .add_target(target)
            .map_err(|reason| format!("{path} {reason}"))?;
    }
    let patches = documents.read.iter().map(|(index, document)| {
        let manifest = &manifests.all[*index];
        Patch {
            path: manifest.path.clone(),
            absolute: manifest.absolute.clone(),
            before: Some(manifest.text.clone()),
            after: document.text(),
            findings: vec![owner.clone()],
        }
    });
    let changed = |patch: &Patch| patch.before.as_ref() != Some(&patch.after);
    Ok(patches.filter(changed).collect())
}

fn index(manifests: &Manifests, package: &str) -> Result<usize, String> {
    let mut all = manifests.all.iter();
    let found = all.position(|it| it.package.as_deref() == Some(package));
    found.ok_or_else(|| format!("the manifest of `{package}` could not be read"))
}

impl Documents<'_> {
    /// Adds a dependency of tests and benchmarks, unless the package has it as they need it.
    fn add_dev(
        &mut self,
        index: usize,
        package: &str,
        needed: &DevDependency,
    ) -> Result<(), String> {
        let name = needed.name;
        let shared = self.document(0)?.entry(SHARED, name).cloned();
        let member = self.document(index)?;
        if let Some(other) = member.alias(name) {
            return Err(format!("`{package}` calls the crate {name} `{other}`"));
        }
        let has_all = |item: &Item| {
            let inherited = shared.as_ref().filter(|_| is_inherited(item));
            let own = features(item)
                .chain(inherited.into_iter().flat_map(features))
                .collect::<Vec<_>>();
            let has = |feature: &&str| own.contains(feature) || own.contains(&"full");
            needed.features.iter().all(has)
        };
        if let Some(item) = member.entry(&["dev-dependencies"], name) {
            if has_all(item) {
                return Ok(());
            }
            let missing = needed.features.join("`, `");
            return Err(format!(
                "the dev-dependency {name} of `{package}` lacks the features `{missing}`"
            ));
        }
        let item = match member.entry(&["dependencies"], name) {
            Some(item) if !is_optional(item) && has_all(item) => return Ok(()),
            Some(item) => widened(item, needed.features),
            None => {
                let inherits = shared.is_some()
                    || (member.mostly_inherits("dev-dependencies")
                        && self.document(0)?.table(SHARED).is_some());
                if inherits && shared.is_none() {
                    let version = Form::Value(needed.version.into());
                    self.document(0)?.insert(SHARED, name, version)?;
                }
                if inherits && needed.features.is_empty() {
                    let member = self.document(index)?;
                    return member.insert(&["dev-dependencies"], name, Form::Inherited);
                }
                let mut item = toml_edit::InlineTable::new();
                match inherits {
                    true => item.insert("workspace", true.into()),
                    false => item.insert("version", needed.version.into()),
                };
                widened(&Item::Value(item.into()), needed.features)
            }
        };
        let member = self.document(index)?;
        member.insert(&["dev-dependencies"], name, Form::Value(item))
    }
}

impl Document {
    /// The name under which the package has a crate, if that is not its own.
    fn alias(&self, package: &str) -> Option<String> {
        let tables = ["dependencies", "dev-dependencies"];
        let tables = tables.iter().filter_map(|table| self.table(&[table]));
        let mut entries = tables.flat_map(TableLike::iter);
        let is_it = |item: &Item| item.get("package").and_then(Item::as_str) == Some(package);
        let (key, _) = entries.find(|(key, item)| *key != package && is_it(item))?;
        Some(key.to_owned())
    }

    /// Lists the target where cargo does not find it by its place; the text that follows the manifest's path if it cannot be.
    fn add_target(&mut self, target: &NewTarget) -> Result<(), String> {
        let (table, discovery) = (target.kind.table(), target.kind.discovery());
        let discovers = self.entry(&["package"], discovery).and_then(Item::as_bool);
        let is_listed = self.toml.get(table).is_some();
        match self.listed(table, target.name)? {
            Some(entry) => {
                let own = format!("{}/main.rs", target.name);
                let path = entry.get("path").and_then(Item::as_str);
                let is_elsewhere = path.is_some_and(|path| !path.ends_with(&own));
                let harness = entry.get("harness").and_then(Item::as_bool).unwrap_or(true);
                let wanted = target.kind == NewTargetKind::Test;
                if is_elsewhere || harness != wanted {
                    return Err(format!(
                        "has a [[{table}]] named `{}` of another kind: give it another name and run again",
                        target.name
                    ));
                }
                return Ok(());
            }
            // Cargo finds tests by their place, and runs them as they are meant to be run.
            None if target.kind == NewTargetKind::Test
                && discovers.unwrap_or(target.edition != "2015" || !is_listed) =>
            {
                return Ok(());
            }
            None => {}
        }
        // To list one target keeps cargo from finding the others, in this edition.
        if target.edition == "2015" && target.has_others && !is_listed && discovers.is_none() {
            self.toml["package"][discovery] = toml_edit::value(true);
        }
        let mut entry = Table::new();
        entry.insert("name", toml_edit::value(target.name));
        if target.kind == NewTargetKind::Benchmark {
            entry.insert("harness", toml_edit::value(false));
        }
        entry.decor_mut().set_prefix("\n");
        let list = self
            .toml
            .entry(table)
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let list = list.as_array_of_tables_mut().ok_or_else(|| odd(table))?;
        list.push(entry);
        Ok(())
    }

    fn listed(&self, table: &str, name: &str) -> Result<Option<&Table>, String> {
        let Some(list) = self.toml.get(table) else {
            return Ok(None);
        };
        let list = list.as_array_of_tables().ok_or_else(|| odd(table))?;
        let has_name = |entry: &&Table| entry.get("name").and_then(Item::as_str) == Some(name);
        Ok(list.iter().find(has_name))
    }
}

fn odd(table: &str) -> String {
    format!("does not list its targets as [[{table}]]: write them so and run again")
}

fn is_optional(item: &Item) -> bool {
    item.get("optional").and_then(Item::as_bool) == Some(true)
}

fn features(item: &Item) -> impl Iterator<Item = &str> {
    let features = item.get("features").and_then(Item::as_array);
    features
        .into_iter()
        .flat_map(Array::iter)
        .filter_map(Value::as_str)
}

/// The same source and version with more features, and not optional.
fn widened(item: &Item, more: &[&str]) -> Value {
    let mut table = match item.as_table_like() {
        Some(table) => {
            let entries = table.iter();
            entries
                .filter(|(key, _)| !["optional", "features"].contains(key))
                .filter_map(|(key, item)| Some((key, item.clone().into_value().ok()?)))
                .collect()
        }
        None => toml_edit::InlineTable::new(),
    };
    if let Some(version) = item.as_str() {
        table.insert("version", version.into());
    }
    let mut all: Vec<&str> = features(item).collect();
    let new = more.iter().filter(|feature| !all.contains(feature));
    all.extend(new.copied().collect::<Vec<_>>());
    if !all.is_empty() {
        let list: Array = all.into_iter().collect();
        table.insert("features", list.into());
    }
    // A version alone needs no table.
    match table.get("version").and_then(Value::as_str) {
        Some(version) if table.len() == 1 => version.into(),
        _ => {
            table.fmt();
            Value::InlineTable(table)
        }
    }
}

#[cfg(test)]
mod tests;
