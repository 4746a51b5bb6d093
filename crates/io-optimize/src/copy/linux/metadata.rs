//! What is kept beside the contents, by open descriptors: no path can lead elsewhere meanwhile.

use std::ffi::{CStr, OsStr};
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{fchown, MetadataExt, PermissionsExt};

use rustix::fs::{
    fgetxattr, flistxattr, flistxattr_query, fremovexattr, fsetxattr, futimens, Timespec,
    Timestamps, XattrFlags,
};
use rustix::io::Errno;

use super::{keeps_no_permissions, ACCESS_BITS, SPECIAL_BITS};
use crate::copy::preserve::{Attribute, NotKept, Preserve};
use crate::failure::Failure;

/// The longest value and the longest list of names that Linux has, in bytes.
const LONGEST: usize = 64 * 1024;
const SET_ID_BITS: u32 = 0o6000;
const GROUP_BITS: u32 = 0o070;
const ACCESS_ACL: &CStr = c"system.posix_acl_access";
const DEFAULT_ACL: &CStr = c"system.posix_acl_default";

/// Sets what is to be kept of a file whose contents are whole, and adds to `not_kept` what is refused.
///
/// The owner comes first, as a change of it takes away the capabilities among the extended attributes
/// and the set-id bits. Then come the attributes, while the owner may still write. Permission bits
/// come after the access control list, which contains some of them, and the times after all that.
///
/// Sources: [chown(2)](https://man7.org/linux/man-pages/man2/chown.2.html),
/// [xattr(7)](https://man7.org/linux/man-pages/man7/xattr.7.html),
/// [acl(5)](https://man7.org/linux/man-pages/man5/acl.5.html),
/// [futimens(3)](https://man7.org/linux/man-pages/man3/futimens.3.html).
pub(crate) fn keep(
    source: &File,
    metadata: &Metadata,
    destination: &File,
    preserve: Preserve,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    let mut mode = metadata.mode() & (ACCESS_BITS | SPECIAL_BITS);
    if !preserve.beyond_mode_and_times() {
        if preserve.mode && mode & SPECIAL_BITS != 0 {
            // Writing clears them; the others were set before the first byte.
            set_mode(destination, mode)?;
        }
        return keep_times(metadata, destination, preserve, not_kept);
    }
    if preserve.owner && !keep_owner(metadata, destination, not_kept)? {
        mode &= !SET_ID_BITS;
    }
    if preserve.xattr || preserve.acl {
        let acl_is_kept = keep_attributes(source, destination, preserve, not_kept)?;
        if !acl_is_kept {
            mode &= !GROUP_BITS | (mode << 3);
        }
    }
    if preserve.keeps_mode() {
        set_mode(destination, mode)?;
    }
    keep_times(metadata, destination, preserve, not_kept)
}

/// Sets the times, if they are to be kept.
pub(crate) fn keep_times(
    metadata: &Metadata,
    destination: &File,
    preserve: Preserve,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    if !preserve.times {
        return Ok(());
    }
    match futimens(destination, &times(metadata)) {
        Ok(()) => Ok(()),
        Err(errno) => {
            let problem = "cannot set the destination's times";
            refused(Attribute::Times, errno, problem, not_kept)
        }
    }
}

/// Sets the permission bits, if the file system keeps any.
///
/// Source: [fchmod(2)](https://man7.org/linux/man-pages/man2/chmod.2.html).
pub(crate) fn set_mode(file: &File, mode: u32) -> Result<(), Failure> {
    match file.set_permissions(Permissions::from_mode(mode)) {
        // A file system that keeps no permission bits has none to get wrong.
        Err(error) if keeps_no_permissions(&error) => Ok(()),
        result => result.map_err(Failure::while_("cannot set the destination's permissions")),
    }
}

pub(crate) fn times(metadata: &Metadata) -> Timestamps {
    let timespec = |seconds, nanoseconds: i64| Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds as _,
    };
    Timestamps {
        last_access: timespec(metadata.atime(), metadata.atime_nsec()),
        last_modification: timespec(metadata.mtime(), metadata.mtime_nsec()),
    }
}

/// Whether both the owner and the group are those of the source now.
fn keep_owner(
    metadata: &Metadata,
    destination: &File,
    not_kept: &mut Vec<NotKept>,
) -> Result<bool, Failure> {
    let failed = "cannot set the destination's owner";
    let made = destination
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?;
    let (user, group) = (metadata.uid(), metadata.gid());
    if (made.uid(), made.gid()) == (user, group) {
        return Ok(true);
    }
    let Err(errno) = change_owner(destination, Some(user), group) else {
        return Ok(true);
    };
    if made.uid() == user {
        refused(Attribute::Group, errno, failed, not_kept)?;
        return Ok(false);
    }
    refused(Attribute::Owner, errno, failed, not_kept)?;
    if made.gid() != group {
        if let Err(errno) = change_owner(destination, None, group) {
            refused(Attribute::Group, errno, failed, not_kept)?;
        }
    }
    Ok(false)
}

fn change_owner(file: &File, user: Option<u32>, group: u32) -> Result<(), Errno> {
    fchown(file, user, Some(group)).map_err(|error| errno_of(&error))
}

/// Whether the destination has the access control list that the source has, or has none like it, or
/// none was asked for.
fn keep_attributes(
    source: &File,
    destination: &File,
    preserve: Preserve,
    not_kept: &mut Vec<NotKept>,
) -> Result<bool, Failure> {
    let names = names(source)?;
    let mut value = vec![0; if names.is_empty() { 0 } else { LONGEST }];
    let mut has_acl = false;
    let mut acl_is_kept = true;
    for name in names.split_inclusive(|&byte| byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else {
            continue;
        };
        let is_acl = name.to_bytes().starts_with(b"system.");
        if !(if is_acl { preserve.acl } else { preserve.xattr }) {
            continue;
        }
        has_acl |= name == ACCESS_ACL;
        match keep_attribute(source, destination, name, &mut value) {
            Ok(()) => {}
            Err(errno) => {
                acl_is_kept &= !is_acl;
                let attribute = Attribute::Xattr(OsStr::from_bytes(name.to_bytes()).to_owned());
                let problem = "cannot set the destination's extended attributes";
                refused(attribute, errno, problem, not_kept)?;
            }
        }
    }
    if preserve.acl && !has_acl {
        remove_acl(destination, ACCESS_ACL)?;
    }
    Ok(acl_is_kept)
}

fn keep_attribute(
    source: &File,
    destination: &File,
    name: &CStr,
    value: &mut [u8],
) -> Result<(), Errno> {
    let length = match fgetxattr(source, name, &mut *value) {
        Ok(length) => length,
        // It was removed since the names were listed.
        Err(Errno::NODATA) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    let value = &value[..length];
    let Err(errno) = fsetxattr(destination, name, value, XattrFlags::empty()) else {
        return Ok(());
    };
    // A label that the system's policy set already need not be set, and may not be.
    let mut present = vec![0; LONGEST];
    match fgetxattr(destination, name, &mut present[..]) {
        Ok(length) if &present[..length] == value => Ok(()),
        _ => Err(errno),
    }
}

/// The names, each ended by a zero byte.
fn names(source: &File) -> Result<Vec<u8>, Failure> {
    let list = |error| match error {
        // A file system without attributes has none to lose.
        Errno::OPNOTSUPP | Errno::NOSYS => Ok(Vec::new()),
        errno => Err(Failure::new(
            "cannot list the source's extended attributes",
            errno,
        )),
    };
    match flistxattr_query(source) {
        Ok(0) => return Ok(Vec::new()),
        Ok(_) => {}
        Err(errno) => return list(errno),
    }
    let mut names = vec![0; LONGEST];
    match flistxattr(source, &mut names[..]) {
        Ok(length) => {
            names.truncate(length);
            Ok(names)
        }
        Err(errno) => list(errno),
    }
}

/// Takes a list away that the destination had or inherited and that the source has not.
fn remove_acl(destination: &File, name: &CStr) -> Result<(), Failure> {
    match fremovexattr(destination, name) {
        Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(errno) => Err(Failure::new(
            "cannot remove the destination's access control list",
            errno,
        )),
    }
}

/// Takes the default list away that a directory inherited and that its source has not.
pub(crate) fn keep_default_acl(source: &File, destination: &File) -> Result<(), Failure> {
    match fgetxattr(source, DEFAULT_ACL, &mut vec![0; LONGEST][..]) {
        Err(Errno::NODATA) => remove_acl(destination, DEFAULT_ACL),
        _ => Ok(()),
    }
}

/// Adds to the list what the file system or the system's rules refuse. What is wrong with the device
/// or the system is an error.
pub(crate) fn refused(
    attribute: Attribute,
    errno: Errno,
    problem: &'static str,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    let refusals = [
        Errno::PERM,
        Errno::ACCESS,
        Errno::OPNOTSUPP,
        Errno::NOSYS,
        // A user, a name or a value that it cannot represent.
        Errno::INVAL,
        Errno::OVERFLOW,
        // ext4 has room for few attributes, and says so as if the disk were full.
        Errno::TOOBIG,
        Errno::RANGE,
        Errno::NOSPC,
        Errno::DQUOT,
    ];
    if !refusals.contains(&errno) {
        return Err(Failure::new(problem, errno));
    }
    not_kept.push(NotKept {
        attribute,
        errno: errno.raw_os_error(),
    });
    Ok(())
}

fn errno_of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
