//! Small reads of tokio's file, each of which goes to another thread: records of 16 bytes, two calls each.

use std::fs;
use std::io;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use tokio::runtime::{Builder, Runtime};

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

/// Bytes of each record: a count and a value.
const RECORD: u64 = 16;

pub(crate) const PATTERN: Pattern<Task, u64> = Pattern {
    name: "async_small_io/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare,
    ways: &[
        Way::new("read_u64 on File", bare),
        Way::new("read_u64 on BufReader", buffered),
        Way::new("one spawn_blocking round fs::read", blocking),
    ],
};

/// The runtime, and where it works.
pub(crate) struct Task {
    runtime: Runtime,
    place: Place,
}

fn prepare(place: Place) -> io::Result<Task> {
    let runtime = Builder::new_current_thread().build()?;
    Ok(Task { runtime, place })
}

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size.next_multiple_of(RECORD)))
}

fn bare(task: &Task) -> io::Result<u64> {
    task.runtime.block_on(async {
        let mut file = File::open(&task.place.source).await?;
        sum(&mut file, task.place.size).await
    })
}

fn buffered(task: &Task) -> io::Result<u64> {
    task.runtime.block_on(async {
        let mut reader = BufReader::new(File::open(&task.place.source).await?);
        sum(&mut reader, task.place.size).await
    })
}

fn blocking(task: &Task) -> io::Result<u64> {
    task.runtime.block_on(async {
        let path = task.place.source.clone();
        let bytes = tokio::task::spawn_blocking(move || fs::read(path)).await??;
        sum(&mut bytes.as_slice(), task.place.size).await
    })
}

async fn sum<R: AsyncRead + Unpin>(reader: &mut R, size: u64) -> io::Result<u64> {
    let mut sum = 0_u64;
    for _ in 0..size.div_ceil(RECORD) {
        let count = reader.read_u64().await?;
        let value = reader.read_u64().await?;
        sum = sum.rotate_left(7).wrapping_add(count ^ value);
    }
    Ok(sum)
}
