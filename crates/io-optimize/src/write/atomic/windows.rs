//! Renaming and removing temporary files where the standard library's functions do something else.

// A call of the system with pointers to what it reads.
#![allow(unsafe_code)]

use std::fs;
use std::io;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::MoveFileExW;

use crate::windows_path::wide;

/// Renames, unless something has the name. True: the system can always do it.
///
/// Source: [MoveFileExW](https://learn.microsoft.com/en-us/windows/win32/api/winbase/nf-winbase-movefileexw).
pub(super) fn rename_unless_taken(from: &Path, to: &Path) -> io::Result<bool> {
    let (from, to) = (wide(from)?, wide(to)?);
    // SAFETY: both paths end with a zero and live until the call has returned.
    if unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), 0) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(true)
}

/// Removes this crate's own temporary file, which may be read-only as what it was copied from.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let mut permissions = fs::symlink_metadata(path)?.permissions();
            // The attribute of Windows; Unix, where this would let everybody write, has no such module.
            #[allow(clippy::permissions_set_readonly_false)]
            permissions.set_readonly(false);
            fs::set_permissions(path, permissions)?;
            fs::remove_file(path)
        }
        result => result,
    }
}
