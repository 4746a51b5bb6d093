//! CopyFileExW, told of and to be ended on the way.

// Calls of the system with pointers to what it reads or fills.
#![allow(unsafe_code)]

use std::any::Any;
use std::ffi::c_void;
use std::fs;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Storage::FileSystem::{CopyFileExW, PROGRESS_CANCEL, PROGRESS_CONTINUE};

use crate::copy::monitor::Monitor;
use crate::failure::Failure;
use crate::windows_path::wide;

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
        if self.ended.is_some() || self.panic.is_some() {
            // What ended it is not told of more.
            return PROGRESS_CANCEL;
        }
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
