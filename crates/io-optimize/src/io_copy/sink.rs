//! What a stream can be copied to.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Sink, Stderr, StderrLock, Stdout, StdoutLock, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::process::ChildStdin;
use std::sync::Arc;

use crate::BufferedWriter;

/// What [`io_copy`](crate::io_copy()) writes: a writer that can say where its bytes go.
///
/// The methods that are given here say that they go to no descriptor, which is right for every writer
/// and copies through [`Write::write_all`]. A wrapper that leaves the bytes as they are hands all methods
/// on to what it wraps, and keeps its own count right.
pub trait CopySink: Write {
    /// The descriptor at whose position the bytes go on, once [`settle`](Self::settle) was called.
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Writes what is buffered to the descriptor.
    ///
    /// # Errors
    /// Those of writing.
    fn settle(&mut self) -> io::Result<()> {
        self.flush()
    }

    /// How many bytes may at most be given to the descriptor before [`moved`](Self::moved) is called,
    /// and at least 1.
    fn most_at_once(&self) -> u64 {
        u64::MAX
    }

    /// So many bytes were given to the descriptor by someone else than [`Write::write`].
    fn moved(&mut self, bytes: u64) {
        let _ = bytes;
    }
}

descriptors!(
    CopySink:
    File,
    &File,
    Arc<File>,
    ChildStdin,
    Stdout,
    StdoutLock<'_>,
    Stderr,
    StderrLock<'_>,
    TcpStream,
    &TcpStream,
    #[cfg(unix)]
    UnixStream,
    #[cfg(unix)]
    &UnixStream,
);

impl CopySink for Vec<u8> {}
impl CopySink for Sink {}
impl<T> CopySink for Cursor<T> where Cursor<T>: Write {}

/// Writes blocks: for the kernel's copy give [`std::io::stdout`], after a flush of this one.
impl CopySink for crate::Stdout {}

/// Empties its own buffer and then what it wraps.
macro_rules! buffers {
    ($($writer:ident),*) => {$(
        impl<W: CopySink> CopySink for $writer<W> {
            #[cfg(unix)]
            fn descriptor(&self) -> Option<BorrowedFd<'_>> {
                self.get_ref().descriptor()
            }

            fn settle(&mut self) -> io::Result<()> {
                self.flush()?;
                self.get_mut().settle()
            }

            fn most_at_once(&self) -> u64 {
                self.get_ref().most_at_once()
            }

            fn moved(&mut self, bytes: u64) {
                self.get_mut().moved(bytes);
            }
        }
    )*};
}

buffers!(BufWriter, BufferedWriter);

/// Hands all methods on.
macro_rules! by_reference {
    ($($pointer:ty),*) => {$(
        impl<W: CopySink + ?Sized> CopySink for $pointer {
            #[cfg(unix)]
            fn descriptor(&self) -> Option<BorrowedFd<'_>> {
                (**self).descriptor()
            }

            fn settle(&mut self) -> io::Result<()> {
                (**self).settle()
            }

            fn most_at_once(&self) -> u64 {
                (**self).most_at_once()
            }

            fn moved(&mut self, bytes: u64) {
                (**self).moved(bytes);
            }
        }
    )*};
}

by_reference!(&mut W, Box<W>);
