//! What clippy's configuration says of compilers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use toml::Table;

use super::manifest::whole_version;
use super::{Package, Workspace};

/// The file that counts if a folder has both comes first.
const NAMES: [&str; 2] = [".clippy.toml", "clippy.toml"];

/// A longer file, in bytes, was not written by hand.
const LONGEST: u64 = 1 << 20;

impl Workspace {
    /// The oldest compiler that a package is for: the `rust-version` of its manifest, or the `msrv` of clippy's configuration where
    /// that is older or the manifest has none.
    ///
    /// The configuration is looked for as clippy does: in `CLIPPY_CONF_DIR` or the package's folder, and then in the folders above.
    /// One that cannot be read or says something else counts as none: telling so is clippy's task.
    #[must_use]
    pub fn oldest_compiler(&self, package: &Package) -> Option<Version> {
        let named = env::var_os("CLIPPY_CONF_DIR").filter(|folder| !folder.is_empty());
        let folder = match named {
            Some(folder) => self.root.join(folder),
            None => package.root.clone(),
        };
        let versions = [package.rust_version.clone(), msrv_around(&folder)];
        versions.into_iter().flatten().min()
    }
}

fn msrv_around(folder: &Path) -> Option<Version> {
    let path = configuration(folder)?;
    let text = fs::read_to_string(path).ok()?;
    let table: Table = text.parse().ok()?;
    whole_version(table.get("msrv")?.as_str()?)
}

/// The first regular file of such a name, from the folder upwards.
fn configuration(folder: &Path) -> Option<PathBuf> {
    let mut paths = folder
        .ancestors()
        .flat_map(|folder| NAMES.map(|name| folder.join(name)));
    paths.find(|path| {
        let metadata = path.metadata();
        metadata.is_ok_and(|it| it.is_file() && it.len() <= LONGEST)
    })
}
