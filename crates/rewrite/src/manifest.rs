//! Adds dependencies to manifests, and changes nothing else of their text.

mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use model::{DependencySource, NewFile};
pub use targets::{DevDependency, NewTarget, NewTargetKind, add_targets, obstacle};
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::additions::Manifests;

/// A dependency that a package has to have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    /// Index of the package's manifest.
    pub(crate) manifest: usize,
    /// The table that it belongs in.
    pub(crate) table: &'static str,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) source: DependencySource,
}

impl Need {
    /// The files that are added with it.
    pub(crate) fn files<'a>(
        &'a self,
        bundled: &'a [NewFile],
    ) -> impl Iterator<Item = NewFile> + 'a {
        let folder = match &self.source {
            DependencySource::Bundled(folder) => Some(folder),
            DependencySource::Registry | DependencySource::Path(_) => None,
        };
        folder.into_iter().flat_map(|folder| {
            bundled.iter().map(move |file| NewFile {
                path: format!("{folder}/{}", file.path),
                contents: file.contents.clone(),
            })
        })
    }
}

/// Manifests that are being edited.
pub(crate) struct Documents<'a> {
    manifests: &'a Manifests,
    read: BTreeMap<usize, Document>,
    /// Names of the dependencies whose sources were named in a manifest.
    named: BTreeSet<String>,
}

impl<'a> Documents<'a> {
    pub(crate) fn of(manifests: &'a Manifests) -> Self {
        Self {
            manifests,
            read: BTreeMap::new(),
            named: BTreeSet::new(),
        }
    }

    /// Adds a dependency, unless it is there; the manifests that hold a part of it then, were they changed for it or for
    /// an equal need before.
    ///
    /// It is inherited if the workspace has it already, or if most of the package's dependencies are.
    pub(crate) fn add(&mut self, need: &Need) -> Result<BTreeSet<usize>, String> {
        // A dependency of the program is one of its tests too.
        let enough: &[&str] = match need.table {
            "dev-dependencies" => &["dependencies", "dev-dependencies"],
            table => &[table],
        };
        let member = self.document(need.manifest)?;
        let has = |table: &&str| member.entry(&[table], &need.name).is_some();
        if enough.iter().any(has) {
            return Ok(self.touched(need));
        }
        let mostly_inherited = member.mostly_inherits(need.table);
        let root = self.document(0)?;
        let is_in_workspace = root.entry(SHARED, &need.name).is_some();
        let inherits = is_in_workspace || (mostly_inherited && root.table(SHARED).is_some());
        if inherits && !is_in_workspace {
            let value = self.value(0, need);
            self.document(0)?.insert(SHARED, &need.name, value)?;
        }
        let value = match inherits {
            true => Form::Inherited,
            false => self.value(need.manifest, need),
        };
        self.document(need.manifest)?
            .insert(&[need.table], &need.name, value)?;
        Ok(self.touched(need))
    }

    /// Whether a manifest now names the source of a need, which none did before.
    pub(crate) fn names_source_of(&self, need: &Need) -> bool {
        self.named.contains(&need.name)
    }

    /// The manifests that were changed so that a need is met.
    fn touched(&self, need: &Need) -> BTreeSet<usize> {
        let changed = |index: &usize| {
            let document = self.read.get(index);
            document.is_some_and(|document| document.added.contains(&need.name))
        };
        [0, need.manifest].into_iter().filter(changed).collect()
    }

    /// The new texts of those that changed.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (usize, String)> {
        let changed = self.read.iter().filter(|(_, it)| !it.added.is_empty());
        changed.map(|(index, document)| (*index, document.text()))
    }

    fn document(&mut self, index: usize) -> Result<&mut Document, String> {
        if !self.read.contains_key(&index) {
            let manifest = &self.manifests.all[index];
            let document = Document::read(&manifest.text)
                .map_err(|reason| format!("{} {reason}", manifest.path))?;
            self.read.insert(index, document);
        }
        Ok(self.read.get_mut(&index).expect("it was inserted"))
    }

    /// What stands behind the name of a dependency in a manifest.
    fn value(&mut self, manifest: usize, need: &Need) -> Form {
        self.named.insert(need.name.clone());
        let folder = match &need.source {
            DependencySource::Registry => return Form::Value(need.version.clone().into()),
            DependencySource::Path(folder) | DependencySource::Bundled(folder) => folder,
        };
        let to = self.manifests.root.join(folder);
        let manifest = &self.manifests.all[manifest].absolute;
        let mut table = InlineTable::new();
        let path = relative(manifest.parent().unwrap_or(Path::new("")), &to);
        table.insert("path", path.into());
        // What is published needs a version too.
        if matches!(need.source, DependencySource::Path(_)) && !need.version.is_empty() {
            table.insert("version", need.version.clone().into());
        }
        Form::Value(Value::InlineTable(table))
    }
}

/// What members of the workspace inherit from.
const SHARED: &[&str] = &["workspace", "dependencies"];

enum Form {
    Value(Value),
    Inherited,
}

/// One manifest.
struct Document {
    toml: DocumentMut,
    byte_order_mark: bool,
    crlf: bool,
    /// Whether the last line of the text has no end.
    open_end: bool,
    /// Names of the dependencies that were added.
    added: BTreeSet<String>,
}

impl Document {
    /// Refuses a text that would not come back as it is.
    fn read(text: &str) -> Result<Self, String> {
        let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
        let crlf = unmarked.contains("\r\n");
        let plain = unmarked.replace("\r\n", "\n");
        let document = Self {
            toml: plain
                .parse()
                .map_err(|_| "is not valid TOML: correct it and run again".to_owned())?,
            byte_order_mark: unmarked.len() != text.len(),
            crlf,
            open_end: !unmarked.is_empty() && !unmarked.ends_with('\n'),
            added: BTreeSet::new(),
        };
        if document.text() != text {
            return Err(
                "cannot be edited without changing lines that are none of the fix's: add the dependency by hand"
                    .to_owned(),
            );
        }
        Ok(document)
    }

    fn text(&self) -> String {
        let mut text = self.toml.to_string();
        if self.open_end && text.ends_with('\n') {
            text.pop();
        }
        if self.crlf {
            text = text.replace('\n', "\r\n");
        }
        if self.byte_order_mark {
            text.insert(0, '\u{feff}');
        }
        text
    }

    fn table(&self, path: &[&str]) -> Option<&dyn TableLike> {
        let mut table: &dyn TableLike = self.toml.as_table();
        for key in path {
            table = table.get(key)?.as_table_like()?;
        }
        Some(table)
    }

    fn entry(&self, path: &[&str], name: &str) -> Option<&Item> {
        self.table(path)?.get(name)
    }

    fn mostly_inherits(&self, table: &str) -> bool {
        let Some(table) = self.table(&[table]) else {
            return false;
        };
        let inherited = table.iter().filter(|(_, item)| is_inherited(item)).count();
        inherited * 2 > table.len()
    }

    fn insert(&mut self, path: &[&str], name: &str, form: Form) -> Result<(), String> {
        let odd = || {
            format!(
                "has no table at `{}`: correct it and run again",
                path.join(".")
            )
        };
        let mut table: &mut dyn TableLike = self.toml.as_table_mut();
        let mut inline = false;
        for key in path {
            let next = table.entry(key).or_insert_with(|| match inline {
                true => Item::Value(Value::InlineTable(InlineTable::new())),
                false => Item::Table(Table::new()),
            });
            inline |= next.is_inline_table();
            table = next.as_table_like_mut().ok_or_else(odd)?;
        }
        let is_sorted = table.iter().map(|(key, _)| key).is_sorted();
        let dotted = !inline && table.iter().any(|(_, item)| is_dotted(item));
        let mut item = match form {
            Form::Value(value) => Item::Value(value),
            Form::Inherited if dotted => {
                let mut entry = Table::new();
                entry.set_dotted(true);
                entry.insert("workspace", true.into());
                Item::Table(entry)
            }
            Form::Inherited => {
                let mut entry = InlineTable::new();
                entry.insert("workspace", true.into());
                Item::Value(entry.into())
            }
        };
        if inline {
            // The space before the closing brace belongs to the last value.
            let last = table.iter_mut().last();
            if let Some(last) = last.and_then(|(_, item)| item.as_value_mut())
                && let Some(value) = item.as_value_mut()
                && let Some(space) = last.decor().suffix().cloned()
            {
                value.decor_mut().set_prefix(" ");
                value.decor_mut().set_suffix(space);
                last.decor_mut().set_suffix("");
            }
        }
        table.insert(name, item);
        if is_sorted && !inline {
            table.sort_values();
        }
        self.added.insert(name.to_owned());
        Ok(())
    }
}

fn is_inherited(item: &Item) -> bool {
    let workspace = item
        .as_table_like()
        .and_then(|table| table.get("workspace"));
    workspace.and_then(Item::as_bool) == Some(true)
}

fn is_dotted(item: &Item) -> bool {
    item.as_table().is_some_and(Table::is_dotted)
}

/// The way from one folder to another, as manifests write it; as it is where there is none, from drive to drive.
fn relative(from: &Path, to: &Path) -> String {
    let parts = |path: &Path| {
        path.components()
            .map(|it| it.as_os_str().to_owned())
            .collect()
    };
    let (here, there): (Vec<_>, Vec<_>) = (parts(from), parts(to));
    let shared = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let path: PathBuf = if shared == 0 {
        to.to_owned()
    } else {
        let up = here[shared..]
            .iter()
            .map(|_| Component::ParentDir.as_os_str());
        up.chain(there[shared..].iter().map(AsRef::as_ref))
            .collect()
    };
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests;
