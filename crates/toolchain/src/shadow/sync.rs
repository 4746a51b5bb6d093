//! Brings the shadow in step with the workspace.
#![expect(clippy::disallowed_methods, reason = "the shadow copy is kept here")]

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use walkdir::WalkDir;

use super::manifest::Move;
use crate::Workspace;

/// Files from this size on are data.
const DATA_FROM: u64 = 16 << 20;

/// What becomes of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// Links to the originals, which are only read.
    Linked,
    /// Copies, which may be written to.
    Copied,
}

/// Makes the shadow what the workspace is, but for the files `written`: writes what differs, removes what is gone.
///
/// # Errors
/// If the shadow cannot be written, or the workspace's folders cannot be read.
pub(super) fn sync(
    workspace: &Workspace,
    shadow: &Path,
    data: Data,
    written: &BTreeSet<String>,
) -> Result<()> {
    let moved = Move {
        workspace: &workspace.root,
        shadow,
    };
    let written: HashSet<PathBuf> = written.iter().map(PathBuf::from).collect();
    let mut kept = written.clone();
    kept.extend(
        written
            .iter()
            .flat_map(|path| path.ancestors().map(Path::to_owned)),
    );
    let mut walk = WalkDir::new(&workspace.root).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            // What we may not read, cargo may not read either; the check says so if it matters.
            Err(error) if is_denied(&error) => continue,
            Err(error) => return Err(error).context("cannot read the workspace"),
        };
        let relative = entry
            .path()
            .strip_prefix(&workspace.root)
            .unwrap_or(entry.path());
        let to = shadow.join(relative);
        if written.contains(relative) {
            continue;
        }
        if entry.file_type().is_dir() {
            if is_left_out(entry.path(), relative, workspace, shadow) {
                walk.skip_current_dir();
                continue;
            }
            if entry.file_name() == "node_modules" {
                walk.skip_current_dir();
                link(entry.path(), entry.path(), &to)?;
            } else {
                make_folder(&to)?;
            }
        } else if entry.file_type().is_symlink() {
            copy_link(&moved, entry.path(), &to)?;
        } else if entry.file_type().is_file() {
            if !copy_file(&moved, entry.path(), &to, data)? {
                continue;
            }
        } else {
            continue;
        }
        kept.insert(relative.to_owned());
    }
    let mut walk = WalkDir::new(shadow).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.context("cannot read the shadow")?;
        let relative = entry.path().strip_prefix(shadow).unwrap_or(entry.path());
        if !kept.contains(relative) {
            remove(entry.path())?;
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        }
    }
    Ok(())
}

/// Brings one file in step; removes the copy when there is no such file, and the folders that it was alone in. The copy is new for cargo if it changes.
pub(super) fn sync_file(
    workspace: &Workspace,
    shadow: &Path,
    data: Data,
    relative: &str,
) -> Result<()> {
    let moved = Move {
        workspace: &workspace.root,
        shadow,
    };
    let from = workspace.root.join(relative);
    let to = shadow.join(relative);
    match from.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => copy_link(&moved, &from, &to),
        Ok(_) => copy_file(&moved, &from, &to, data).map(|_| ()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            clear(&to)?;
            remove_empty_folders(workspace, shadow, Path::new(relative))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", from.display())),
    }
}

/// Removes the folders round a file that is gone which the workspace does not have: cargo takes one that a pattern of members
/// finds for a package.
fn remove_empty_folders(workspace: &Workspace, shadow: &Path, relative: &Path) -> Result<()> {
    let around = relative.ancestors().skip(1);
    for folder in around.take_while(|folder| !workspace.root.join(folder).exists()) {
        match fs::remove_dir(shadow.join(folder)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => break,
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot remove {} from the shadow", folder.display())
                });
            }
        }
    }
    Ok(())
}

/// Writes a text into the shadow.
pub(super) fn write_text(
    workspace: &Workspace,
    shadow: &Path,
    relative: &str,
    text: &str,
) -> Result<()> {
    let to = shadow.join(relative);
    let folder = to.parent().unwrap_or(shadow);
    let failed = || format!("cannot make the folder {}", folder.display());
    fs::create_dir_all(folder).with_context(failed)?;
    // Behind a link there may be the user's own file.
    let (real, shadow_real) = (fs::canonicalize(folder), fs::canonicalize(shadow));
    if !real
        .with_context(failed)?
        .starts_with(shadow_real.with_context(failed)?)
    {
        bail!("{relative} lies behind a link out of the workspace: patch the original by hand");
    }
    let moved = Move {
        workspace: &workspace.root,
        shadow,
    };
    write_if_changed(
        &to,
        for_shadow(&moved, &workspace.root.join(relative), text.into()).as_slice(),
    )
}

fn is_denied(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// Folders that no build reads: what builds make, version control, other programs' caches.
fn is_left_out(path: &Path, relative: &Path, workspace: &Workspace, shadow: &Path) -> bool {
    const VERSION_CONTROL: [&str; 4] = [".git", ".hg", ".jj", ".svn"];
    let is_named = |names: &[&str]| names.iter().any(|name| path.ends_with(name));
    path == workspace.target_directory
        || is_named(&VERSION_CONTROL)
        || is_cache(path)
        // Cargo finds the workspace's own settings from a shadow inside of it, and would add them up with a copy.
        || (relative == Path::new(".cargo") && shadow.starts_with(&workspace.root))
}

/// Whether a folder says that it is a cache, as cargo's target directories do.
fn is_cache(folder: &Path) -> bool {
    const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
    let mut start = [0; SIGNATURE.len()];
    File::open(folder.join("CACHEDIR.TAG"))
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == SIGNATURE)
}

fn make_folder(to: &Path) -> Result<()> {
    match to.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => remove(to)?,
        Err(_) => {}
    }
    fs::create_dir(to).with_context(|| format!("cannot make the folder {}", to.display()))
}

/// Whether there is a copy now; there is none of a file that may not be read.
fn copy_file(moved: &Move<'_>, from: &Path, to: &Path, data: Data) -> Result<bool> {
    let failed = || format!("cannot copy {} to {}", from.display(), to.display());
    let metadata = fs::metadata(from).with_context(failed)?;
    if metadata.len() >= DATA_FROM {
        match data {
            Data::Linked => link(from, from, to)?,
            Data::Copied => copy_data(&metadata, from, to).with_context(failed)?,
        }
        return Ok(true);
    }
    let bytes = match fs::read(from) {
        Ok(bytes) => for_shadow(moved, from, bytes),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(false),
        Err(error) => return Err(error).with_context(failed),
    };
    write_if_changed(to, &bytes)?;
    copy_rights(&metadata, to)?;
    Ok(true)
}

/// Copies a large file unless the copy is as long and as old as the original.
fn copy_data(metadata: &fs::Metadata, from: &Path, to: &Path) -> Result<()> {
    let modified = metadata.modified()?;
    if to.symlink_metadata().is_ok_and(|found| {
        found.is_file()
            && found.len() == metadata.len()
            && found.modified().is_ok_and(|time| time == modified)
    }) {
        return Ok(());
    }
    clear(to)?;
    fs::copy(from, to)?;
    copy_rights(metadata, to)?;
    let copy = File::options().write(true).open(to)?;
    Ok(copy.set_modified(modified)?)
}

/// The bytes of a file as the shadow has them.
fn for_shadow(moved: &Move<'_>, from: &Path, bytes: Vec<u8>) -> Vec<u8> {
    if !from.ends_with("Cargo.toml") {
        return bytes;
    }
    let folder = from.parent().unwrap_or(Path::new(""));
    match String::from_utf8(bytes) {
        Ok(text) => moved.manifest(folder, &text).into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

fn write_if_changed(to: &Path, bytes: &[u8]) -> Result<()> {
    let is_file = to
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_file());
    if is_file && fs::read(to).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    if !is_file {
        clear(to)?;
    }
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

fn clear(to: &Path) -> Result<()> {
    if to.symlink_metadata().is_ok() {
        remove(to)
    } else {
        Ok(())
    }
}

fn remove(path: &Path) -> Result<()> {
    let is_folder = path
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.with_context(|| format!("cannot remove {} from the shadow", path.display()))
}

/// Copies a link as a link; where it leads in the workspace, the copy leads in the shadow.
fn copy_link(moved: &Move<'_>, from: &Path, to: &Path) -> Result<()> {
    let failed = || {
        format!(
            "cannot copy the link {} to {}",
            from.display(),
            to.display()
        )
    };
    let target = fs::read_link(from).with_context(failed)?;
    let folder = from.parent().unwrap_or(Path::new(""));
    let target = moved.path(folder, &target).unwrap_or(target);
    link(from, &target, to)
}

/// Makes a link to the target in the place of `from`'s copy, unless it is there.
fn link(from: &Path, target: &Path, to: &Path) -> Result<()> {
    if fs::read_link(to).is_ok_and(|found| found == target) {
        return Ok(());
    }
    clear(to)?;
    make_link(from, target, to).with_context(|| {
        format!(
            "cannot copy the link {} to {}",
            from.display(),
            to.display()
        )
    })
}

#[cfg(unix)]
fn make_link(_: &Path, target: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, to)
}

/// Links need a privilege on Windows: a file behind one is copied, a folder is left out.
#[cfg(not(unix))]
fn make_link(from: &Path, _: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_file() {
        fs::copy(from, to).map(|_| ())
    } else {
        Ok(())
    }
}

/// Scripts stay executable; nothing stays read-only.
#[cfg(unix)]
fn copy_rights(metadata: &fs::Metadata, to: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() | 0o600;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the rights of {}", to.display()))
}

#[cfg(not(unix))]
fn copy_rights(_: &fs::Metadata, _: &Path) -> Result<()> {
    Ok(())
}
