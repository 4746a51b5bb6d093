//! Buffers that are used again, and buffers that find their size.

mod adaptive;
mod memory;
mod pool;
mod size;

pub use adaptive::AdaptiveBuffer;
pub use pool::{BufferPool, PooledBuffer, BUFFER_ALIGNMENT};
pub use size::AdaptiveSize;
