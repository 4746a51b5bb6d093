//! Buffers of one size that are used again.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::AlignedBuffer;

/// Buffers of one size, aligned to [`BUFFER_ALIGNMENT`](crate::BUFFER_ALIGNMENT), which are used again
/// after they are dropped.
///
/// Fresh memory costs: the system hands it out page by page and clears it. A buffer that is used again
/// costs a lock. The pool never holds more buffers than its capacity, those in use included; what is
/// taken past that by [`take`](BufferPool::take) is given back to the system when it is dropped. Nothing
/// here waits for another thread to return a buffer, and `take` not even for one that takes or returns one in
/// that moment: it may be a thread that a `fork` left behind.
///
/// The functions of this crate that copy, or read in chunks, share a pool of 32 buffers of 1 MiB.
///
/// Clones share their buffers. Buffers may outlive the pool and be dropped by any thread.
///
/// ```
/// use io_optimize::{BufferPool, BUFFER_ALIGNMENT};
/// let pool = BufferPool::new(64 * 1024, 2);
/// let mut first = pool.take();
/// first[..5].copy_from_slice(b"bytes");
/// assert_eq!(first.len(), 64 * 1024);
/// assert_eq!(first.as_ptr() as usize % BUFFER_ALIGNMENT, 0);
/// let second = pool.try_take().unwrap();
/// assert!(pool.try_take().is_none());
/// drop(second);
/// assert!(pool.try_take().is_some());
/// ```
#[derive(Debug, Clone)]
pub struct BufferPool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    buffer_size: usize,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    idle: Vec<AlignedBuffer>,
    in_use: usize,
}

impl BufferPool {
    /// A pool of at most `capacity` buffers of `buffer_size` bytes each. They are allocated when they are
    /// first needed.
    #[must_use]
    pub fn new(buffer_size: usize, capacity: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                buffer_size,
                capacity,
                state: Mutex::new(State {
                    idle: Vec::new(),
                    in_use: 0,
                }),
            }),
        }
    }

    /// Takes a buffer: one that was used before, or a new one, past the capacity too.
    ///
    /// A new buffer holds zeros, another what its last user left in it. Where another thread is at the pool in
    /// the same moment, this is a new one, which does not count as in use.
    ///
    /// # Panics
    /// If a buffer of this size exceeds [`isize::MAX`] bytes with its alignment. Like every allocation,
    /// it ends the process where there is no memory.
    #[must_use]
    pub fn take(&self) -> PooledBuffer {
        match self.shared.state.try_lock() {
            Ok(state) => self.lend(state),
            Err(TryLockError::Poisoned(poisoned)) => self.lend(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => PooledBuffer::of_no_pool(self.shared.buffer_size),
        }
    }

    /// Takes a buffer as [`take`](BufferPool::take) does, or none if as many as the capacity are in use.
    ///
    /// # Panics
    /// Those of [`take`](BufferPool::take).
    #[must_use]
    pub fn try_take(&self) -> Option<PooledBuffer> {
        let state = self.shared.state();
        (state.in_use < self.shared.capacity).then(|| self.lend(state))
    }

    /// How many bytes each buffer holds.
    #[must_use]
    pub fn buffer_size(&self) -> usize {
        self.shared.buffer_size
    }

    /// How many buffers are kept at most, those in use included.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.capacity
    }

    fn lend(&self, mut state: MutexGuard<'_, State>) -> PooledBuffer {
        state.in_use += 1;
        let mut lent = PooledBuffer {
            buffer: state.idle.pop(),
            home: Some(Arc::clone(&self.shared)),
        };
        drop(state);
        // Inside the guard, which counts the buffer as returned should the allocation panic.
        let size = self.shared.buffer_size;
        lent.buffer.get_or_insert_with(|| AlignedBuffer::new(size));
        lent
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // What the lock guards is right after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer of a [`BufferPool`], to which it returns when dropped. It is read and written as a slice.
///
/// ```
/// let pool = io_optimize::BufferPool::new(4096, 4);
/// let mut buffer = pool.take();
/// buffer.fill(7);
/// let sum = std::thread::spawn(move || buffer.iter().map(|&byte| u32::from(byte)).sum::<u32>());
/// assert_eq!(sum.join().unwrap(), 7 * 4096);
/// ```
pub struct PooledBuffer {
    /// Missing only while it is taken and dropped.
    buffer: Option<AlignedBuffer>,
    /// The pool that counts it.
    home: Option<Arc<Shared>>,
}

impl PooledBuffer {
    /// One that is given back to the system when it is dropped.
    pub(super) fn of_no_pool(size: usize) -> Self {
        Self {
            buffer: Some(AlignedBuffer::new(size)),
            home: None,
        }
    }

    /// What it holds, for [`shared`](super::shared).
    pub(super) fn memory(&mut self) -> Option<&mut AlignedBuffer> {
        self.buffer.as_mut()
    }
}

impl Deref for PooledBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.as_ref().map_or(&[], AlignedBuffer::bytes)
    }
}

impl DerefMut for PooledBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.buffer {
            Some(buffer) => buffer.bytes_mut(),
            None => &mut [],
        }
    }
}

impl fmt::Debug for PooledBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledBuffer")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        let Some(home) = &self.home else {
            return;
        };
        let buffer = self.buffer.take();
        let mut state = home.state();
        state.in_use -= 1;
        if state.in_use + state.idle.len() < home.capacity {
            state.idle.extend(buffer);
        }
    }
}
