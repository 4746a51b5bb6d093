//! Reading at offsets, seeking inside a buffer, blocks and buffers: against a vector of bytes.

mod block_cache;
mod buffers;
mod common;
#[cfg(target_os = "linux")]
mod direct;
mod files;
mod seek_reader;
