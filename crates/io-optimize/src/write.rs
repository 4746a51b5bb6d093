//! Writing: in blocks, to the standard output, in place of a whole file, and down to the device.

mod buffered;
mod deliver;
mod stdout;

pub use buffered::{BufferedWriter, FinishError};
pub use stdout::{stdout, Stdout};
