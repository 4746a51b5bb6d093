//! Whether two open files are one: by number, or where a file system has no numbers for its files, by path.

// Calls of the system with pointers to what it fills.
#![allow(unsafe_code)]

use std::fs::{self, File};
use std::mem::size_of;
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Storage::FileSystem::{
    FileIdInfo, GetFileInformationByHandle, GetFileInformationByHandleEx, GetFileType,
    BY_HANDLE_FILE_INFORMATION, FILE_ID_INFO, FILE_TYPE_DISK,
};

/// By number, and where a file system has none for its files, by the whole path.
pub(super) fn is_one(a: (&File, &Path), b: (&File, &Path)) -> bool {
    have_one_number(a.0, b.0).unwrap_or_else(|| {
        matches!(
            (fs::canonicalize(a.1), fs::canonicalize(b.1)),
            (Ok(a), Ok(b)) if a == b
        )
    })
}

/// Whether both are one file, where the system numbers both in the same way.
///
/// A local volume and a server can number one file differently, the server perhaps by less.
pub(crate) fn have_one_number(a: &File, b: &File) -> Option<bool> {
    if let (Some(a), Some(b)) = (id(a), id(b)) {
        return Some(a == b);
    }
    match (index(a), index(b)) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    }
}

/// The numbers of the volume and of the file on it; none where the file system has none.
pub(super) fn id(file: &File) -> Option<(u64, [u8; 16])> {
    let mut id = FILE_ID_INFO::default();
    // SAFETY: the handle is open as long as `file`, and the structure is the one that this class of
    // information fills, of the length that is told.
    let known = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle() as HANDLE,
            FileIdInfo,
            ptr::from_mut(&mut id).cast(),
            size_of::<FILE_ID_INFO>() as u32,
        )
    };
    let is_known = known != 0 && id.FileId.Identifier != [0; 16];
    is_known.then_some((id.VolumeSerialNumber, id.FileId.Identifier))
}

/// Whether it is no device and no pipe.
pub(super) fn is_on_disk(file: &File) -> bool {
    // SAFETY: the handle is open as long as `file`.
    let kind = unsafe { GetFileType(file.as_raw_handle() as HANDLE) };
    kind == FILE_TYPE_DISK
}

/// The older and shorter numbers.
fn index(file: &File) -> Option<(u32, u64)> {
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open as long as `file`, and the structure is the one that is filled.
    let known =
        unsafe { GetFileInformationByHandle(file.as_raw_handle() as HANDLE, &mut information) };
    let number = u64::from(information.nFileIndexHigh) << 32 | u64::from(information.nFileIndexLow);
    let is_known = known != 0 && number != 0;
    is_known.then_some((information.dwVolumeSerialNumber, number))
}
