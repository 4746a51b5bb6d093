//! What the options of the root of the crate do within asynchronous code.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{blocking, ended_by};
use crate::copy::{CopyOptions, CopyReport};
use crate::tree::{TreeOptions, TreeReport};
use crate::write::{AtomicWriteOptions, BufferedWriter};

impl CopyOptions {
    /// With the feature `tokio`: copies as [`CopyOptions::copy`] does, as one task of tokio's pool for
    /// blocking work; see [`asynchronous`](crate::asynchronous).
    ///
    /// If the future is dropped, the copy is ended as by a [`CancelToken`](crate::CancelToken): it fails at
    /// its next step, and what that leaves is for [`CopyOptions::replace`] to say, the old file with
    /// [`Replace::Atomically`](crate::Replace::Atomically). A copy that has taken its last step by then
    /// is made. A token of one's own ([`CopyOptions::cancel`]) works besides, and is not cancelled by
    /// that.
    ///
    /// ```
    /// use io_optimize::{CopyOptions, Replace};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::write(&from, "text")?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let options = CopyOptions::new().replace(Replace::Atomically);
    /// assert_eq!(options.copy_async(&from, &to).await?.bytes, 4);
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`CopyOptions::copy`], and that of [`asynchronous`](crate::asynchronous).
    ///
    /// # Panics
    /// As [`asynchronous`](crate::asynchronous) says.
    pub async fn copy_async<P, Q>(&self, from: P, to: Q) -> io::Result<CopyReport>
    where
        P: AsRef<Path>,
        Q: AsRef<Path>,
    {
        let (from, to) = (from.as_ref().to_path_buf(), to.as_ref().to_path_buf());
        let (options, token) = self.with_token();
        ended_by(token, move || options.copy(from, to)).await
    }
}

impl TreeOptions {
    /// With the feature `tokio`: copies as [`TreeOptions::copy`] does, as one task of tokio's pool for
    /// blocking work and the [`workers`](TreeOptions::workers) that it starts; see
    /// [`asynchronous`](crate::asynchronous).
    ///
    /// If the future is dropped, the copy is ended as by a [`CancelToken`](crate::CancelToken): what was
    /// copied whole stays, and a second copy completes it, as [`TreeOptions::cancel`] says. A token of one's own works
    /// besides, and is not cancelled by that.
    ///
    /// ```
    /// use io_optimize::TreeOptions;
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::create_dir(&from)?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let report = TreeOptions::new().workers(1).copy_async(&from, &to).await?;
    /// assert_eq!(report.directories, 1);
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`TreeOptions::copy`], and that of [`asynchronous`](crate::asynchronous).
    ///
    /// # Panics
    /// As [`asynchronous`](crate::asynchronous) says.
    pub async fn copy_async<P, Q>(&self, from: P, to: Q) -> io::Result<TreeReport>
    where
        P: AsRef<Path>,
        Q: AsRef<Path>,
    {
        let (from, to) = (from.as_ref().to_path_buf(), to.as_ref().to_path_buf());
        let (options, token) = self.with_token();
        ended_by(token, move || options.copy(from, to)).await
    }
}

impl AtomicWriteOptions {
    /// With the feature `tokio`: writes as [`AtomicWriteOptions::write`] does, `fill` being called in
    /// tokio's pool for blocking work; see [`asynchronous`](crate::asynchronous). If the future is dropped
    /// after it has begun, the file is replaced all the same.
    ///
    /// ```
    /// use io_optimize::{AtomicWriteOptions, Durability};
    /// use std::io::Write;
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("cache");
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let options = AtomicWriteOptions::new().durability(Durability::None);
    /// options.write_async(&path, |writer| writer.write_all(b"text")).await?;
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`AtomicWriteOptions::write`], and that of [`asynchronous`](crate::asynchronous).
    ///
    /// # Panics
    /// Where `fill` does, and as [`asynchronous`](crate::asynchronous) says.
    pub async fn write_async<P, T, F>(&self, path: P, fill: F) -> io::Result<T>
    where
        P: AsRef<Path>,
        T: Send + 'static,
        F: FnOnce(&mut BufferedWriter<File>) -> io::Result<T> + Send + 'static,
    {
        let path = path.as_ref().to_path_buf();
        let options = self.clone();
        blocking(move || options.write(path, fill)).await
    }
}
