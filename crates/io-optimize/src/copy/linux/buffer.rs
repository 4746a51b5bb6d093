//! The buffer of a thread that copies.

use std::cell::Cell;

use crate::buffers::AlignedBuffer;

/// The most that anybody may ask for, in bytes.
pub(super) const LARGEST: usize = 1 << 20;

thread_local! {
    /// The buffer of the last copy on this thread: its pages need not be fetched and cleared again.
    static BUFFER: Cell<Option<AlignedBuffer>> = const { Cell::new(None) };
}

/// Calls `copy` with this thread's buffer, of so many bytes.
pub(super) fn with_buffer<T>(length: usize, copy: impl FnOnce(&mut [u8]) -> T) -> T {
    BUFFER.with(|kept| {
        let mut buffer = kept.take().unwrap_or_else(|| AlignedBuffer::new(LARGEST));
        let result = copy(&mut buffer.bytes_mut()[..length]);
        kept.set(Some(buffer));
        result
    })
}
