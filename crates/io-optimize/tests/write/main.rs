//! Writing in blocks, to the standard output, in place of a file, and down to the device.

mod atomic;
mod buffered;
mod common;
#[cfg(target_os = "linux")]
mod crash;
mod stdout;
mod sync;
