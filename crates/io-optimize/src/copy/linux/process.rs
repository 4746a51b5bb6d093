//! Whether this process is still the one that it was.
// The mark lies in memory that the kernel clears in a new process, which safe code cannot ask for.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::OnceLock;

use rustix::mm::{madvise, mmap_anonymous, munmap, Advice, MapFlags, ProtFlags};

/// Any length below a page takes a page.
const LENGTH: usize = 1;

/// Whether no fork has come between the first call and this one. `false` also where the kernel cannot tell
/// (before Linux 4.14).
///
/// Source: [madvise(2)](https://man7.org/linux/man-pages/man2/madvise.2.html), `MADV_WIPEONFORK`.
pub(super) fn is_own_process() -> bool {
    static MARK: OnceLock<Option<&'static AtomicU8>> = OnceLock::new();
    let mark = MARK.get_or_init(mark);
    mark.is_some_and(|mark| mark.load(Ordering::Relaxed) == 1)
}

/// A mark of 1 that is 0 in every process that is forked from now on.
fn mark() -> Option<&'static AtomicU8> {
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the address is null, so the kernel chooses a place where nothing is mapped.
    let page =
        unsafe { mmap_anonymous(ptr::null_mut(), LENGTH, protection, MapFlags::PRIVATE) }.ok()?;
    // SAFETY: the page was mapped above, and nothing refers to it yet.
    let wiped = unsafe { madvise(page, LENGTH, Advice::LinuxWipeOnFork) };
    if wiped.is_err() {
        // SAFETY: as above.
        let _ = unsafe { munmap(page, LENGTH) };
        return None;
    }
    // SAFETY: the page is mapped for reading and writing, aligned, and never unmapped from here on. It is
    // zeroed, which is a valid value, and only looked at through the atomic.
    let mark: &'static AtomicU8 = unsafe { &*page.cast::<AtomicU8>() };
    mark.store(1, Ordering::Relaxed);
    Some(mark)
}
