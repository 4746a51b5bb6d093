//! The pool that all copies and chunked reads of the process take their blocks from.

use std::sync::OnceLock;

use super::{BufferPool, PooledBuffer};

/// The most that anybody may ask for, in bytes.
pub(crate) const LARGEST: usize = 1 << 20;
/// How many of that size are kept, those in use included: for more threads than copy at the same time.
const KEPT: usize = 32;

static POOL: OnceLock<BufferPool> = OnceLock::new();

/// A buffer of 1 MiB, of which the pages need not be fetched and cleared again where it is used again. It
/// may hold what was copied last; whoever takes it tells how much of it is used.
fn take() -> PooledBuffer {
    POOL.get_or_init(|| BufferPool::new(LARGEST, KEPT)).take()
}

/// One that holds zeros, for code of another crate: a reader may look at what it is given, or say that it
/// read more than it did.
pub(super) fn take_clean() -> PooledBuffer {
    let mut buffer = take();
    if let Some(memory) = buffer.memory() {
        memory.clear();
    }
    buffer
}

/// Calls `work` with the first bytes of a buffer, so many of them, for the kernel to overwrite.
pub(crate) fn with_buffer<T>(length: usize, work: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = take();
    if let Some(memory) = buffer.memory() {
        memory.use_up_to(length);
    }
    work(&mut buffer[..length])
}

/// Calls `work` with so many zeros, for code of another crate to overwrite. It returns besides its outcome
/// how many of them it had overwritten: what a small copy used is soon cleared.
pub(crate) fn with_clean_buffer<T>(length: usize, work: impl FnOnce(&mut [u8]) -> (T, usize)) -> T {
    let mut buffer = take_clean();
    if let Some(memory) = buffer.memory() {
        // Should it panic.
        memory.use_up_to(length);
    }
    let (outcome, used) = work(&mut buffer[..length]);
    if let Some(memory) = buffer.memory() {
        memory.set_used(used);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{with_buffer, with_clean_buffer, LARGEST};

    fn check_clean() {
        with_clean_buffer(LARGEST, |buffer| {
            assert!(buffer.iter().all(|&byte| byte == 0));
            ((), 0)
        });
    }

    #[test]
    fn what_is_clean_holds_zeros_whatever_came_before() {
        for length in [1, 4096, 100_000, LARGEST] {
            with_buffer(length, |buffer| buffer.fill(1));
            // Less than before, which must not be forgotten.
            with_buffer(1, |buffer| buffer.fill(1));
            check_clean();
            with_clean_buffer(LARGEST, |buffer| {
                buffer[..length].fill(2);
                ((), length)
            });
            check_clean();
            let panicked = catch_unwind(|| {
                with_clean_buffer::<()>(length, |buffer| {
                    buffer.fill(3);
                    panic!("as a reader may");
                });
            });
            assert!(panicked.is_err());
            check_clean();
        }
    }
}
