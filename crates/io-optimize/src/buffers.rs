//! Buffers that are used again, and buffers that find their size.

mod adaptive;
mod aligned;
mod memory;
mod pool;
mod size;

pub use adaptive::AdaptiveBuffer;
pub(crate) use aligned::AlignedBuffer;
pub use aligned::BUFFER_ALIGNMENT;
pub use pool::{BufferPool, PooledBuffer};
pub use size::AdaptiveSize;
