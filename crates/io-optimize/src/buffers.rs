//! Buffers that are used again, and buffers that find their size.

mod adaptive;
mod aligned;
mod memory;
mod pool;
mod size;
mod thread;

pub use adaptive::AdaptiveBuffer;
pub(crate) use aligned::AlignedBuffer;
pub use aligned::BUFFER_ALIGNMENT;
pub(crate) use memory::available as available_memory;
pub use pool::{BufferPool, PooledBuffer};
pub use size::AdaptiveSize;
pub(crate) use thread::with_buffer;
#[cfg(target_os = "linux")]
pub(crate) use thread::LARGEST;
