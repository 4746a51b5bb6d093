//! Writing in blocks, to the standard output, in place of a file, and down to the device.

mod buffered;
mod common;
mod stdout;
