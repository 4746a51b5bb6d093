//! Buffers that are used again, and buffers that find their size.

mod adaptive;
mod aligned;
mod memory;
mod pool;
mod shared;
mod size;

pub use adaptive::AdaptiveBuffer;
use aligned::AlignedBuffer;
pub use aligned::BUFFER_ALIGNMENT;
pub(crate) use memory::available as available_memory;
pub use pool::{BufferPool, PooledBuffer};
#[cfg(target_os = "linux")]
pub(crate) use shared::LARGEST;
pub(crate) use shared::{with_buffer, with_clean_buffer};
pub use size::AdaptiveSize;
