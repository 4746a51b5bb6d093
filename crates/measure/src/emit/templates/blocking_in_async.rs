//! What 16 other tasks of an executor wait while one of them reads a file whole, in pieces of 8 KiB, and hashes it.

use std::fs::File;
use std::future::Future;
use std::io;
use std::path::Path;
use std::rc::Rc;

use blake3::Hasher;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::pattern::noise;

use super::pattern::{Answer, Input, Pattern, Place, Way};

/// So many short tasks wait for their turn.
const OTHERS: u64 = 16;

pub(crate) const PATTERN: Pattern<Task, Served> = Pattern {
    name: "blocking_in_async/default",
    input: Input::File,
    writes: false,
    throughput: false,
    set_up,
    prepare,
    ways: &[
        Way::new("on the executor's thread", blocking),
        Way::new("spawn_blocking", away),
    ],
};

/// The runtime, and where it works.
pub(crate) struct Task {
    runtime: Rc<Runtime>,
    place: Place,
}

/// What the short tasks answer, and the job that may still run.
pub(crate) struct Served {
    runtime: Rc<Runtime>,
    others: u64,
    job: JoinHandle<io::Result<u64>>,
}

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn prepare(place: Place) -> io::Result<Task> {
    let runtime = Rc::new(Builder::new_current_thread().build()?);
    Ok(Task { runtime, place })
}

fn blocking(task: &Task) -> io::Result<Served> {
    let path = task.place.source.clone();
    serve(&task.runtime, async move { job(&path) })
}

fn away(task: &Task) -> io::Result<Served> {
    let path = task.place.source.clone();
    serve(&task.runtime, async move {
        tokio::task::spawn_blocking(move || job(&path)).await?
    })
}

fn job(path: &Path) -> io::Result<u64> {
    io::copy(&mut File::open(path)?, &mut Hasher::new())
}

fn serve<F>(runtime: &Rc<Runtime>, job: F) -> io::Result<Served>
where
    F: Future<Output = io::Result<u64>> + Send + 'static,
{
    runtime.block_on(async {
        let job = tokio::spawn(job);
        let other = |number| {
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                number
            })
        };
        let others: Vec<JoinHandle<u64>> = (0..OTHERS).map(other).collect();
        let mut sum = 0;
        for other in others {
            sum += other.await?;
        }
        Ok(Served {
            runtime: runtime.clone(),
            others: sum,
            job,
        })
    })
}

impl Answer for Served {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        self.others.bytes()
    }

    /// The job ends outside the time that is measured.
    fn discard(self) -> io::Result<()> {
        self.runtime.block_on(self.job)?.map(drop)
    }
}
