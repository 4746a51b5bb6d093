//! Wrappers of rustc that the user has set up already, so that they keep their place.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use toml::{Table, Value};

/// The user's wrapper under a key of cargo's `[build]` settings, `rustc-wrapper` or `rustc-workspace-wrapper`.
///
/// Looks where cargo looks, in its order: the environment, `--config`, then the settings files from the current
/// directory upwards and in cargo's home.
///
/// # Errors
/// If the current directory is gone.
pub(super) fn wrapper(key: &str, overrides: &[String]) -> Result<Option<PathBuf>> {
    let short = key.replace('-', "_").to_uppercase();
    for name in [short.clone(), format!("CARGO_BUILD_{short}")] {
        if let Some(value) = env::var_os(name) {
            return Ok(chosen(PathBuf::from(value)));
        }
    }
    let here = env::current_dir().context("the current directory cannot be read")?;
    for text in overrides.iter().rev() {
        let found = match text.parse::<Table>() {
            Ok(table) => lookup(&table, key, &here),
            Err(_) => in_file(&here.join(text), key),
        };
        if let Some(found) = found {
            return Ok(chosen(found));
        }
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let folders = here
        .ancestors()
        .map(|folder| folder.join(".cargo"))
        .chain(home);
    for folder in folders {
        // The name without an ending is the older one, and wins where both are there.
        for name in ["config", "config.toml"] {
            if let Some(found) = in_file(&folder.join(name), key) {
                return Ok(chosen(found));
            }
        }
    }
    Ok(None)
}

/// An empty setting switches a wrapper off.
fn chosen(wrapper: PathBuf) -> Option<PathBuf> {
    (!wrapper.as_os_str().is_empty()).then_some(wrapper)
}

fn in_file(path: &Path, key: &str) -> Option<PathBuf> {
    let table = fs::read_to_string(path).ok()?.parse::<Table>().ok()?;
    // Relative paths count from the folder that holds `.cargo`.
    lookup(&table, key, path.parent()?.parent()?)
}

fn lookup(table: &Table, key: &str, base: &Path) -> Option<PathBuf> {
    let value = table.get("build")?.get(key).and_then(Value::as_str)?;
    let is_path = value.contains('/') || value.contains('\\');
    Some(if is_path {
        base.join(value)
    } else {
        PathBuf::from(value)
    })
}

/// Where a program is that is named by a path, or found in the search path.
pub(super) fn program(name: &OsString) -> Option<PathBuf> {
    let name = Path::new(name);
    if name.components().count() > 1 {
        return Some(name.to_owned());
    }
    let folders = env::var_os("PATH")?;
    let found = env::split_paths(&folders).map(|folder| folder.join(name));
    found
        .map(|path| path.with_extension(env::consts::EXE_EXTENSION))
        .find(|path| path.is_file())
}
