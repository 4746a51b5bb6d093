//! Block clones, which ReFS has: the copy shares the clusters of its source until one of them is written to.

// Calls of the system with pointers to what it reads or fills.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io;
use std::mem::size_of;
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::ptr;

use windows_sys::Wdk::Storage::FileSystem::{
    FileEaInformation, NtQueryInformationFile, FILE_EA_INFORMATION,
};
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Storage::FileSystem::{
    FileBasicInfo, FileStreamInfo, GetFileInformationByHandleEx, GetVolumeInformationByHandleW,
    SetFileInformationByHandle, FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_COMPRESSED,
    FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_ENCRYPTED, FILE_ATTRIBUTE_HIDDEN,
    FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, FILE_ATTRIBUTE_OFFLINE, FILE_ATTRIBUTE_READONLY,
    FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS, FILE_ATTRIBUTE_RECALL_ON_OPEN,
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_ATTRIBUTE_SPARSE_FILE, FILE_ATTRIBUTE_SYSTEM,
    FILE_BASIC_INFO,
};
use windows_sys::Win32::System::Ioctl::{
    DUPLICATE_EXTENTS_DATA, FILE_SET_SPARSE_BUFFER, FSCTL_DUPLICATE_EXTENTS_TO_FILE,
    FSCTL_GET_INTEGRITY_INFORMATION, FSCTL_GET_INTEGRITY_INFORMATION_BUFFER, FSCTL_SET_SPARSE,
};
use windows_sys::Win32::System::IO::{DeviceIoControl, IO_STATUS_BLOCK};

use super::identity;
use crate::copy::report::LeaveReason;
use crate::failure::Failure;

/// `FILE_SUPPORTS_BLOCK_REFCOUNTING` of winnt.h.
const SHARES_CLUSTERS: u32 = 0x0800_0000;
/// One call clones fewer bytes than this.
const LIMIT: u64 = 1 << 32;
/// What another way to copy could hide, and what leaves nothing else to try: `ERROR_CRC`,
/// `ERROR_HANDLE_DISK_FULL`, `ERROR_DISK_FULL`, `ERROR_DATA_CHECKSUM_ERROR`, `ERROR_IO_DEVICE`,
/// `ERROR_DISK_QUOTA_EXCEEDED`.
const FINAL: [i32; 6] = [23, 39, 112, 323, 1117, 1295];
/// Files that are stored in a way of their own, or not here.
const STORED_OTHERWISE: u32 = FILE_ATTRIBUTE_COMPRESSED
    | FILE_ATTRIBUTE_DIRECTORY
    | FILE_ATTRIBUTE_ENCRYPTED
    | FILE_ATTRIBUTE_OFFLINE
    | FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS
    | FILE_ATTRIBUTE_RECALL_ON_OPEN
    | FILE_ATTRIBUTE_REPARSE_POINT;
/// Onto files that have one of them `CopyFileExW` does not copy.
const PROTECTED: u32 = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_SYSTEM;
/// What `CopyFileExW` gives the copy of the source's attributes, beside how it is stored.
const KEPT: u32 = PROTECTED | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

/// Makes `to` a clone of the source that has the same attributes and time of last modification, and
/// returns its length in bytes; or says why not, and then a destination that exists has its contents or,
/// where the system refused the clone itself, is empty.
///
/// Source: [FSCTL_DUPLICATE_EXTENTS_TO_FILE](https://learn.microsoft.com/en-us/windows/win32/api/winioctl/ni-winioctl-fsctl_duplicate_extents_to_file).
pub(super) fn clone(from: &Path, to: &Path) -> Result<Result<u64, LeaveReason>, Failure> {
    let source = File::open(from).map_err(Failure::while_("cannot open the source"))?;
    if !shares_clusters(&source) {
        return Ok(Err(LeaveReason::CannotShare));
    }
    let examined = (|| {
        let length = source.metadata()?.len();
        io::Result::Ok((length, basic_information(&source)?, cluster_size(&source)?))
    })();
    let (length, basic, cluster) = match examined {
        Ok(examined) => examined,
        Err(error) => return refused(error),
    };
    if !cluster.is_power_of_two() {
        return Ok(Err(LeaveReason::CannotShare));
    }
    if length == 0 {
        return Ok(Err(LeaveReason::NoLength));
    }
    if basic.FileAttributes & STORED_OTHERWISE != 0 || !is_contents_alone(&source) {
        return Ok(Err(LeaveReason::KeepsLess));
    }
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        // What is there may turn out to be the source.
        .truncate(false)
        .open(to);
    let destination = match opened {
        Ok(destination) => destination,
        Err(error) => return refused(error),
    };
    if identity::is_one((&source, from), (&destination, to)) {
        return Err(Failure::same_file());
    }
    let volumes = [&source, &destination].map(|file| identity::id(file).map(|(volume, _)| volume));
    if volumes[0] != volumes[1] {
        return Ok(Err(LeaveReason::CannotShare));
    }
    let attributes = match basic_information(&destination) {
        Ok(basic) => basic.FileAttributes,
        Err(error) => return refused(error),
    };
    if attributes & (STORED_OTHERWISE | PROTECTED) != 0 || !is_contents_alone(&destination) {
        return Ok(Err(LeaveReason::KeepsLess));
    }

    let was_sparse = attributes & FILE_ATTRIBUTE_SPARSE_FILE != 0;
    let is_sparse = basic.FileAttributes & FILE_ATTRIBUTE_SPARSE_FILE != 0;
    let cloned = destination.set_len(0).and_then(|()| {
        if was_sparse != is_sparse {
            set_sparse(&destination, is_sparse)?;
        }
        destination.set_len(length)?;
        for (offset, count) in pieces(length, cluster) {
            duplicate(&source, &destination, offset, count)?;
        }
        Ok(())
    });
    if let Err(error) = cloned {
        // The next way to copy empties it too; what fails here does so there.
        let _ = destination.set_len(0);
        if was_sparse != is_sparse {
            let _ = set_sparse(&destination, was_sparse);
        }
        return refused(error);
    }
    keep(&destination, &basic)
        .map_err(Failure::while_("cannot set the destination's attributes"))?;
    Ok(Ok(length))
}

fn refused(error: io::Error) -> Result<Result<u64, LeaveReason>, Failure> {
    match error.raw_os_error() {
        Some(errno) if !FINAL.contains(&errno) => Ok(Err(LeaveReason::Refused { errno })),
        _ => Err(Failure::new("reflink failed", error)),
    }
}

/// Offsets and lengths that cover the file's last cluster whole, as the system wants them; it keeps to the
/// length that the destination was given.
fn pieces(length: u64, cluster: u64) -> impl Iterator<Item = (u64, u64)> {
    let end = length.div_ceil(cluster) * cluster;
    let most = LIMIT - cluster;
    (0..end.div_ceil(most)).map(move |index| {
        let offset = index * most;
        (offset, most.min(end - offset))
    })
}

/// Whether the volume says that its files can share clusters.
///
/// Source: [GetVolumeInformationByHandleW](https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-getvolumeinformationbyhandlew).
fn shares_clusters(file: &File) -> bool {
    let mut flags = 0;
    // SAFETY: the handle is open as long as `file`; only the flags are asked for, and what is not may be
    // null, with a length of zero.
    let known = unsafe {
        GetVolumeInformationByHandleW(
            file.as_raw_handle() as HANDLE,
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            &mut flags,
            ptr::null_mut(),
            0,
        )
    };
    known != 0 && flags & SHARES_CLUSTERS != 0
}

fn basic_information(file: &File) -> io::Result<FILE_BASIC_INFO> {
    let mut basic = FILE_BASIC_INFO::default();
    // SAFETY: the handle is open as long as `file`, and the structure is the one that this class of
    // information fills, of the length that is told.
    let known = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle() as HANDLE,
            FileBasicInfo,
            ptr::from_mut(&mut basic).cast(),
            size_of::<FILE_BASIC_INFO>() as u32,
        )
    };
    succeeded(known).map(|()| basic)
}

/// Gives the copy what `CopyFileExW` gives it. As there it is marked as not archived yet.
fn keep(destination: &File, of_source: &FILE_BASIC_INFO) -> io::Result<()> {
    let basic = FILE_BASIC_INFO {
        LastWriteTime: of_source.LastWriteTime,
        FileAttributes: of_source.FileAttributes & KEPT | FILE_ATTRIBUTE_ARCHIVE,
        // What is zero stays as it is.
        ..FILE_BASIC_INFO::default()
    };
    // SAFETY: the handle is open as long as `destination`, and the structure is the one that this class of
    // information reads, of the length that is told.
    let set = unsafe {
        SetFileInformationByHandle(
            destination.as_raw_handle() as HANDLE,
            FileBasicInfo,
            ptr::from_ref(&basic).cast(),
            size_of::<FILE_BASIC_INFO>() as u32,
        )
    };
    succeeded(set)
}

/// Whether the file is known to have no alternate stream and no extended attribute, which a clone would
/// lose.
fn is_contents_alone(file: &File) -> bool {
    /// Room for some streams, aligned as their descriptions are.
    #[repr(C, align(8))]
    struct Streams([u8; 1024]);

    let handle = file.as_raw_handle() as HANDLE;
    let mut streams = Streams([0; 1024]);
    // SAFETY: the handle is open as long as `file`, and the buffer is aligned for this class of information
    // and has the length that is told.
    let known = unsafe {
        GetFileInformationByHandleEx(
            handle,
            FileStreamInfo,
            ptr::from_mut(&mut streams).cast(),
            size_of::<Streams>() as u32,
        )
    };
    // The first field of the first is how far the next is away. More than have room are an error.
    if known == 0 || streams.0[..4] != [0; 4] {
        return false;
    }
    let (mut status, mut attributes) = (IO_STATUS_BLOCK::default(), FILE_EA_INFORMATION::default());
    // SAFETY: as above; the system's status is written too, to a structure that is made for it.
    let status = unsafe {
        NtQueryInformationFile(
            handle,
            &mut status,
            ptr::from_mut(&mut attributes).cast(),
            size_of::<FILE_EA_INFORMATION>() as u32,
            FileEaInformation,
        )
    };
    status == 0 && attributes.EaSize == 0
}

/// Bytes of a cluster, as the system says.
///
/// Source: [FSCTL_GET_INTEGRITY_INFORMATION](https://learn.microsoft.com/en-us/windows/win32/api/winioctl/ni-winioctl-fsctl_get_integrity_information).
fn cluster_size(file: &File) -> io::Result<u64> {
    let mut integrity = FSCTL_GET_INTEGRITY_INFORMATION_BUFFER::default();
    let mut returned = 0;
    // SAFETY: the handle is open as long as `file`, the structure is the one that this request fills, of
    // the length that is told, and the file was not opened for overlapped requests.
    let known = unsafe {
        DeviceIoControl(
            file.as_raw_handle() as HANDLE,
            FSCTL_GET_INTEGRITY_INFORMATION,
            ptr::null(),
            0,
            ptr::from_mut(&mut integrity).cast(),
            size_of::<FSCTL_GET_INTEGRITY_INFORMATION_BUFFER>() as u32,
            &mut returned,
            ptr::null_mut(),
        )
    };
    succeeded(known).map(|()| u64::from(integrity.ClusterSizeInBytes))
}

/// Source: [FSCTL_SET_SPARSE](https://learn.microsoft.com/en-us/windows/win32/api/winioctl/ni-winioctl-fsctl_set_sparse).
fn set_sparse(file: &File, sparse: bool) -> io::Result<()> {
    request(
        file,
        FSCTL_SET_SPARSE,
        &FILE_SET_SPARSE_BUFFER { SetSparse: sparse },
    )
}

fn duplicate(source: &File, destination: &File, offset: u64, count: u64) -> io::Result<()> {
    // No file has an offset that is larger than this type holds.
    let [offset, count] = [offset, count].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    let extents = DUPLICATE_EXTENTS_DATA {
        FileHandle: source.as_raw_handle() as HANDLE,
        SourceFileOffset: offset,
        TargetFileOffset: offset,
        ByteCount: count,
    };
    request(destination, FSCTL_DUPLICATE_EXTENTS_TO_FILE, &extents)
}

/// A request of the file system that answers nothing. `T` is the structure of that request.
fn request<T>(file: &File, code: u32, input: &T) -> io::Result<()> {
    let mut returned = 0;
    // SAFETY: the handle is open as long as `file` and, where the request has one, that of the source as
    // long as the reference that the caller took it from. The system reads the structure, of the length
    // that is told. The file was not opened for overlapped requests.
    let done = unsafe {
        DeviceIoControl(
            file.as_raw_handle() as HANDLE,
            code,
            ptr::from_ref(input).cast(),
            size_of::<T>() as u32,
            ptr::null_mut(),
            0,
            &mut returned,
            ptr::null_mut(),
        )
    };
    succeeded(done)
}

fn succeeded(done: i32) -> io::Result<()> {
    if done == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_whole_clusters_and_are_below_the_limit() {
        for cluster in [4096, 65_536] {
            for length in [
                1,
                cluster - 1,
                cluster,
                cluster + 1,
                LIMIT - cluster,
                LIMIT,
                5 * LIMIT + 1,
            ] {
                let mut end = 0;
                for (offset, count) in pieces(length, cluster) {
                    assert_eq!(offset, end);
                    assert!(count > 0 && count < LIMIT);
                    assert_eq!((offset % cluster, count % cluster), (0, 0));
                    end += count;
                }
                assert!(
                    end >= length && end - length < cluster,
                    "{length} {cluster}"
                );
            }
        }
        assert_eq!(pieces(10, 4096).collect::<Vec<_>>(), [(0, 4096)]);
    }
}
