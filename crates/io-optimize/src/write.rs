//! Writing: in blocks, to the standard output, in place of a whole file, and down to the device.

mod buffered;
mod deliver;

pub use buffered::{BufferedWriter, FinishError};
