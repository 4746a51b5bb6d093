//! Paths as the system's own functions take them.

// A call of the system with pointers to what it reads and fills.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Storage::FileSystem::GetFullPathNameW;

/// From this many units on the system refuses a path in its usual form, the terminator and a short name
/// of a file in a directory included.
const LONGEST_USUAL_PATH: usize = 247;

/// The path as the system takes it, ending with a zero; of any length.
pub(crate) fn wide(path: &Path) -> io::Result<Vec<u16>> {
    let mut given: Vec<u16> = path.as_os_str().encode_wide().collect();
    if given.contains(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a path has a zero character in it",
        ));
    }
    given.push(0);
    let starts = |path: &[u16], start: &str| {
        path.iter()
            .copied()
            .zip(start.encode_utf16())
            .all(|(a, b)| a == b)
    };
    if [r"\\?\", r"\\.\", r"\??\"]
        .iter()
        .any(|start| starts(&given, start))
        || (path.is_absolute() && given.len() <= LONGEST_USUAL_PATH)
    {
        return Ok(given);
    }
    let full = full(&given)?;
    if full.len() <= LONGEST_USUAL_PATH {
        return Ok(given);
    }
    let (prefix, rest) = if starts(&full, r"\\") {
        (r"\\?\UNC\", &full[2..])
    } else {
        (r"\\?\", &full[..])
    };
    Ok(prefix.encode_utf16().chain(rest.iter().copied()).collect())
}

/// The path from its root on, with a zero at its end as the one that is given must have.
fn full(path: &[u16]) -> io::Result<Vec<u16>> {
    let mut full = vec![0; 512];
    loop {
        let capacity = u32::try_from(full.len()).unwrap_or(u32::MAX);
        // SAFETY: the path ends with a zero, the buffer has the capacity that is told, and where the
        // last part of the path begins is not asked for.
        let length = unsafe {
            GetFullPathNameW(path.as_ptr(), capacity, full.as_mut_ptr(), ptr::null_mut())
        };
        match length as usize {
            0 => return Err(io::Error::last_os_error()),
            // Without the zero.
            length if length < full.len() => {
                full.truncate(length + 1);
                return Ok(full);
            }
            // What it needs; more, should another thread have changed the current directory.
            needed => full.resize(needed + 1, 0),
        }
    }
}
