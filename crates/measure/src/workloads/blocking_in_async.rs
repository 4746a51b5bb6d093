//! What the other tasks of an executor wait while one of them reads a file.

use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, spawn_blocking, yield_now};

use crate::data;
use crate::workload::{Answer, Candidate, Role, Setup, Sizes, Workload};

/// So many short tasks wait for their turn.
const OTHERS: u64 = 16;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "blocking_in_async",
    variants: &["default"],
    description: "one task of a single-threaded tokio reads a file whole, in pieces of 8 KiB and hashed, and 16 \
                  others are ready to run; the time is that until the 16 are done, not that of the job",
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up,
};

/// What the short tasks answer, and the job that may still run.
struct Served {
    runtime: Rc<Runtime>,
    others: u64,
    job: JoinHandle<io::Result<blake3::Hash>>,
}

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let path = data::file(directory, "input", &data::noise(size))?;
    let runtime = Rc::new(Builder::new_current_thread().build()?);
    let candidate = |role, method, away: bool| {
        let (runtime, path) = (runtime.clone(), path.clone());
        Candidate::new(role, method, move || {
            let path = path.to_path_buf();
            let job = async move {
                match away {
                    true => spawn_blocking(move || job(&path)).await?,
                    false => job(&path),
                }
            };
            serve(&runtime, job)
        })
    };
    let candidates = vec![
        candidate(Role::Baseline, "on the executor's thread", false),
        candidate(Role::Suggested, "spawn_blocking", true).in_threads(),
    ];
    Ok(Setup { size, candidates })
}

fn job(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize())
}

fn serve(
    runtime: &Rc<Runtime>,
    job: impl Future<Output = io::Result<blake3::Hash>> + Send + 'static,
) -> io::Result<Served> {
    runtime.block_on(async {
        let job = tokio::spawn(job);
        let others: Vec<JoinHandle<u64>> = (0..OTHERS)
            .map(|number| {
                tokio::spawn(async move {
                    yield_now().await;
                    number
                })
            })
            .collect();
        let mut sum = 0;
        for other in others {
            sum += other.await?;
        }
        let runtime = runtime.clone();
        Ok(Served {
            runtime,
            others: sum,
            job,
        })
    })
}

impl Answer for Served {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        hasher.update(&self.others.to_le_bytes());
        Ok(())
    }

    /// The job ends outside the time measured.
    fn discard(self) -> io::Result<()> {
        self.runtime.block_on(self.job)?.map(drop)
    }
}
