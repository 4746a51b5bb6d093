//! CopyFileExW, and the numbers of files.

// Calls of the system with pointers to what it reads or fills.
#![allow(unsafe_code)]

use std::any::Any;
use std::ffi::c_void;
use std::fs::{self, File};
use std::io;
use std::mem::size_of;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::AsRawHandle;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Storage::FileSystem::{
    CopyFileExW, FileIdInfo, GetFileInformationByHandle, GetFileInformationByHandleEx,
    GetFullPathNameW, BY_HANDLE_FILE_INFORMATION, FILE_ID_INFO, PROGRESS_CANCEL, PROGRESS_CONTINUE,
};

use crate::copy::monitor::Monitor;
use crate::failure::Failure;

/// From this many units on the system refuses a path in its usual form, the terminator and a short name
/// of a file in a directory included.
const LONGEST_USUAL_PATH: usize = 247;
/// The stream that is the file's contents; other numbers are alternate streams.
const CONTENTS: u32 = 1;

/// Why there is no copy.
pub(super) enum Refusal {
    /// The system's error, before the first byte.
    System(io::Error),
    /// What ended it on the way.
    Ended(Failure),
}

/// What the system is to tell of a copy under way.
struct Watch<'a> {
    monitor: Monitor<'a>,
    /// Bytes of the contents so far.
    copied: u64,
    ended: Option<Failure>,
    /// What the monitor's owner panicked with: it must not unwind through the system.
    panic: Option<Box<dyn Any + Send>>,
}

impl Watch<'_> {
    fn advance(&mut self, copied: u64) -> u32 {
        let more = copied.saturating_sub(self.copied);
        if more == 0 {
            return PROGRESS_CONTINUE;
        }
        self.copied = copied;
        let monitor = self.monitor;
        match panic::catch_unwind(AssertUnwindSafe(|| monitor.advance(more))) {
            Ok(Ok(())) => return PROGRESS_CONTINUE,
            Ok(Err(failure)) => self.ended = Some(failure),
            Err(panic) => self.panic = Some(panic),
        }
        PROGRESS_CANCEL
    }
}

/// Source: [LPPROGRESS_ROUTINE](https://learn.microsoft.com/en-us/windows/win32/api/winbase/nc-winbase-lpprogress_routine).
unsafe extern "system" fn tell(
    _total: i64,
    _total_copied: i64,
    _stream_size: i64,
    stream_copied: i64,
    stream: u32,
    _reason: u32,
    _source: HANDLE,
    _destination: HANDLE,
    watch: *const c_void,
) -> u32 {
    if stream != CONTENTS {
        return PROGRESS_CONTINUE;
    }
    // SAFETY: `copy_file` gave the system this pointer to its `Watch`, made from a mutable reference,
    // and touches it only after the system's copy, which calls from that same thread, has returned.
    let watch = unsafe { &mut *watch.cast_mut().cast::<Watch<'_>>() };
    watch.advance(u64::try_from(stream_copied).unwrap_or_default())
}

/// Copies as [`std::fs::copy`] does, but told of and to be ended on the way; returns the length of the
/// contents in bytes.
///
/// Source: [CopyFileExW](https://learn.microsoft.com/en-us/windows/win32/api/winbase/nf-winbase-copyfileexw).
pub(super) fn copy_file(from: &Path, to: &Path, monitor: Monitor<'_>) -> Result<u64, Refusal> {
    let wide = |path| wide(path).map_err(Refusal::System);
    let (source, destination) = (wide(from)?, wide(to)?);
    let mut watch = Watch {
        monitor,
        copied: 0,
        ended: None,
        panic: None,
    };
    // SAFETY: both paths end with a zero and live until the call has returned, as does `watch`, which
    // `tell` takes for what it is. No flag to cancel by is given.
    let done = unsafe {
        CopyFileExW(
            source.as_ptr(),
            destination.as_ptr(),
            Some(tell),
            ptr::from_mut(&mut watch).cast_const().cast(),
            ptr::null_mut(),
            0,
        )
    };
    let error = io::Error::last_os_error();
    if let Some(panic) = watch.panic {
        panic::resume_unwind(panic);
    }
    if let Some(failure) = watch.ended {
        return Err(Refusal::Ended(failure));
    }
    if done == 0 {
        return Err(if watch.copied == 0 {
            Refusal::System(error)
        } else {
            Refusal::Ended(Failure::new("CopyFileExW failed", error))
        });
    }
    if watch.copied == 0 {
        // Wine copies without a word.
        let bytes = fs::metadata(to).map_or(0, |metadata| metadata.len());
        monitor.advance(bytes).map_err(Refusal::Ended)?;
        return Ok(bytes);
    }
    Ok(watch.copied)
}

/// The path as the system takes it, ending with a zero; of any length.
fn wide(path: &Path) -> io::Result<Vec<u16>> {
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

/// The volume's number and the file's number on it; none where the file system has no numbers.
pub(super) fn identity(file: &File) -> Option<(u64, [u8; 16])> {
    let handle = file.as_raw_handle() as HANDLE;
    let mut id = FILE_ID_INFO::default();
    // SAFETY: the handle is open as long as `file`, and the structure is the one that this class of
    // information fills, of the length that is told.
    let known = unsafe {
        GetFileInformationByHandleEx(
            handle,
            FileIdInfo,
            ptr::from_mut(&mut id).cast(),
            size_of::<FILE_ID_INFO>() as u32,
        )
    };
    if known != 0 && id.FileId.Identifier != [0; 16] {
        return Some((id.VolumeSerialNumber, id.FileId.Identifier));
    }
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open as long as `file`, and the structure is the one that is filled.
    let known = unsafe { GetFileInformationByHandle(handle, &mut information) };
    let number = u64::from(information.nFileIndexHigh) << 32 | u64::from(information.nFileIndexLow);
    if known == 0 || number == 0 {
        return None;
    }
    let mut identifier = [0; 16];
    identifier[..8].copy_from_slice(&number.to_le_bytes());
    Some((u64::from(information.dwVolumeSerialNumber), identifier))
}
