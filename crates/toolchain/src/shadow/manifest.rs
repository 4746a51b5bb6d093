//! The manifest of a package as it has to read in the shadow.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::workspace::normalise;

/// Where a path of the workspace's manifests or links leads in the shadow.
pub(super) struct Move<'a> {
    pub(super) workspace: &'a Path,
    pub(super) shadow: &'a Path,
}

impl Move<'_> {
    /// A path that is written in a folder of the workspace, for the same folder of the shadow: paths that leave the
    /// workspace become absolute, absolute ones into the workspace lead into the shadow, others stay (`None`).
    pub(super) fn path(&self, folder: &Path, written: &Path) -> Option<std::path::PathBuf> {
        let absolute = normalise(&folder.join(written));
        match (absolute.strip_prefix(self.workspace), written.is_absolute()) {
            (Ok(_), false) | (Err(_), true) => None,
            (Ok(inside), true) => Some(self.shadow.join(inside)),
            (Err(_), false) => Some(absolute),
        }
    }

    /// The text of a manifest in a folder of the workspace, for the shadow.
    ///
    /// The root is made a workspace of its own, as the shadow may lie in somebody else's. Text that is not TOML stays.
    pub(super) fn manifest(&self, folder: &Path, text: &str) -> String {
        let Ok(mut document) = text.parse::<DocumentMut>() else {
            return text.to_owned();
        };
        let mut changed = false;
        if folder == self.workspace && !document.contains_key("workspace") {
            document.insert("workspace", Item::Table(Table::new()));
            changed = true;
        }
        self.table(folder, document.as_table_mut(), &mut changed);
        if changed {
            document.to_string()
        } else {
            text.to_owned()
        }
    }

    fn table(&self, folder: &Path, table: &mut dyn TableLike, changed: &mut bool) {
        for (key, item) in table.iter_mut() {
            if key.get() == "metadata" {
                continue;
            }
            if key.get() == "path"
                && let Some(written) = item.as_str()
            {
                let moved = self.path(folder, Path::new(written));
                if let Some(moved) = moved.as_deref().and_then(Path::to_str) {
                    *item = Item::Value(Value::from(moved));
                    *changed = true;
                }
            } else if let Some(tables) = item.as_array_of_tables_mut() {
                for table in tables.iter_mut() {
                    self.table(folder, table, changed);
                }
            } else if let Some(table) = item.as_table_like_mut() {
                self.table(folder, table, changed);
            }
        }
    }
}
