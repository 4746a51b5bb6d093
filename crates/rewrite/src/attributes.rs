//! Extended attributes, access control lists among them, of a file that takes another's place.

use std::fs::File;
use std::io;

/// Gives `new` the extended attributes of `old`, as far as the system lets this process.
///
/// The new file may have got some from its folder, such as a default access control list: what the old one had not goes.
///
/// # Errors
/// When an attribute cannot be carried over for another reason than that it is not allowed or not taken there.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn keep(old: &File, new: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    let tolerated = |result: Result<(), Errno>| match result {
        Err(Errno::PERM | Errno::ACCESS | Errno::NOTSUP | Errno::NODATA | Errno::INVAL) => Ok(()),
        result => result.map_err(io::Error::from),
    };
    let wanted = names(old)?;
    for name in names(new)?.iter().filter(|name| !wanted.contains(name)) {
        tolerated(fremovexattr(new, name.as_str()))?;
    }
    let mut value = vec![0; LARGEST];
    for name in &wanted {
        let copied = fgetxattr(old, name.as_str(), value.as_mut_slice()).and_then(|length| {
            fsetxattr(new, name.as_str(), &value[..length], XattrFlags::empty())
        });
        tolerated(copied)?;
    }
    Ok(())
}

/// Linux has no longer value and no longer list of names.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LARGEST: usize = 1 << 16;

/// The names that can be told as text, which are all that programs make.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn names(file: &File) -> io::Result<Vec<String>> {
    use rustix::io::Errno;

    let mut list = vec![0; LARGEST];
    let length = match rustix::fs::flistxattr(file, list.as_mut_slice()) {
        Err(Errno::NOTSUP | Errno::NOSYS) => 0,
        length => length?,
    };
    let names = list[..length].split(|&byte| byte == 0);
    Ok(names
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Elsewhere they are lost.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn keep(_old: &File, _new: &File) -> io::Result<()> {
    Ok(())
}
