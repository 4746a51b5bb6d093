//! The buffer of a thread that copies.

use std::cell::Cell;

use super::AlignedBuffer;

/// The most that anybody may ask for, in bytes.
pub(crate) const LARGEST: usize = 1 << 20;

thread_local! {
    /// The buffer of the last copy on this thread: its pages need not be fetched and cleared again.
    static BUFFER: Cell<Option<AlignedBuffer>> = const { Cell::new(None) };
}

/// Calls `copy` with this thread's buffer, of so many bytes. Where that is in use, or gone because the
/// thread is about to end, with another.
pub(crate) fn with_buffer<T>(length: usize, copy: impl FnOnce(&mut [u8]) -> T) -> T {
    let kept = BUFFER.try_with(Cell::take).ok().flatten();
    let mut buffer = kept.unwrap_or_else(|| AlignedBuffer::new(LARGEST));
    let result = copy(&mut buffer.bytes_mut()[..length]);
    let _ = BUFFER.try_with(|kept| kept.set(Some(buffer)));
    result
}
