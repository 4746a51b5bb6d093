//! Writing: in blocks, to the standard output, in place of a whole file, and down to the device.

mod atomic;
mod buffered;
mod deliver;
mod error;
mod stdout;
mod sync;

#[cfg(target_os = "linux")]
pub(crate) use atomic::temporary_name;
pub use atomic::{atomic_write, AtomicWriteOptions, Durability};
pub(crate) use atomic::{existing_file, folder_of, follow_links, TemporaryFile};
pub use buffered::{BufferedWriter, FinishError};
pub use error::WriteError;
pub use stdout::{stdout, Stdout};
#[cfg(not(windows))]
pub(crate) use sync::open as open_to_flush;
pub use sync::{sync_all, sync_all_files};
