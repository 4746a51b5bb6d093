//! How many threads share a piece of work, and whose they are.

use std::panic;
use std::thread;

use crate::processors::processors;

/// How many threads share a piece of work, and whose they are.
///
/// A number stands for threads of the call's own, the calling one counted, which end with it; 0, the
/// default, leaves the number to the function that is called. `Workers::rayon`, with the feature `rayon`,
/// stands for those of a thread pool that the program has already.
///
/// ```
/// use io_optimize::Workers;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "text")?;
/// let read = |workers: Workers| io_optimize::for_each_chunk(&path, workers, |_offset, _chunk| ());
/// assert_eq!(read(Workers::default())?, 4);
/// assert_eq!(read(Workers::from(2))?, 4);
/// assert_eq!(io_optimize::for_each_chunk(&path, 2, |_offset, _chunk| ())?, 4);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Workers {
    /// 0 for as many as pay.
    count: usize,
    #[cfg(feature = "rayon")]
    of_rayon: bool,
}

/// Threads of the call's own, the calling one counted.
impl From<usize> for Workers {
    fn from(count: usize) -> Self {
        Self {
            count,
            #[cfg(feature = "rayon")]
            of_rayon: false,
        }
    }
}

impl Workers {
    /// With the feature `rayon`: the threads of the pool that the call is made in, at most as many as
    /// would be chosen of the call's own, and no other ones.
    ///
    /// That is the pool of which the calling thread is a worker, as within
    /// [`ThreadPool::install`](rayon::ThreadPool::install), and elsewhere rayon's global pool. The calling
    /// thread takes part, and does itself what no other thread has begun. A pool of one thread will do, and
    /// so will calls from within the pool.
    ///
    /// A worker that waits for the others to end takes up other work of its pool meanwhile, as in
    /// [`rayon::scope`]: hold no lock during the call that such work takes too. A calling thread that is
    /// not of the pool waits, when all work is done, until the pool has come to see that none is left.
    ///
    /// # Panics
    /// The call panics where the calling thread is in no pool and rayon cannot start its global one.
    ///
    /// ```
    /// use io_optimize::Workers;
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("a");
    /// # std::fs::write(&path, "three\nshort\nlines\n")?;
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    /// let lines = pool.install(|| {
    ///     let count = |lines: &mut u64, _line: &[u8]| *lines += 1;
    ///     io_optimize::fold_lines(&path, Workers::rayon(), || 0, count, |lines, more| *lines += more)
    /// })?;
    /// assert_eq!(lines, 3);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "rayon")]
    #[must_use]
    pub fn rayon() -> Self {
        Self {
            count: 0,
            of_rayon: true,
        }
    }

    /// How many were asked for; 0 where the function that is called is to choose.
    pub(crate) fn asked(self) -> usize {
        self.count
    }

    /// How many there can be at once where none were asked for.
    pub(crate) fn available(self) -> usize {
        #[cfg(feature = "rayon")]
        if self.of_rayon {
            return rayon::current_num_threads();
        }
        processors()
    }

    /// So many, of the same threads.
    #[cfg(target_os = "linux")]
    pub(crate) fn chosen(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Calls `work` on this thread and on up to so many others at the same time, and returns when all
    /// have returned. Every call must do whatever there is left to do: the others may begin late, or, where
    /// the system has no thread left, never.
    ///
    /// A panic in any of them is the caller's when all have ended.
    pub(crate) fn share(self, others: usize, work: impl Fn() + Sync) {
        let work = &work;
        #[cfg(feature = "rayon")]
        if self.of_rayon {
            // In place: from outside of the pool, the calling thread takes part all the same.
            rayon::in_place_scope(|scope| {
                for _ in 0..others {
                    scope.spawn(move |_| work());
                }
                work();
            });
            return;
        }
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for _ in 0..others {
                match thread::Builder::new().spawn_scoped(scope, work) {
                    Ok(thread) => threads.push(thread),
                    Err(_) => break,
                }
            }
            work();
            for thread in threads {
                // The scope by itself would tell of a panic, but not of its payload.
                if let Err(panic) = thread.join() {
                    panic::resume_unwind(panic);
                }
            }
        });
    }
}
