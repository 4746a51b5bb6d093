//! Small writes of tokio's file, each of which goes to another thread: records of 16 bytes, two calls each.

use std::fs;
use std::io;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::runtime::{Builder, Runtime};

use super::pattern::{Input, Pattern, Place, Way, Written};

/// Bytes of each record: a count and a value.
const RECORD: u64 = 16;

pub(crate) const PATTERN: Pattern<Task, Written> = Pattern {
    name: "async_small_io/write",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare,
    ways: &[
        Way::new("write_u64 on File", bare),
        Way::new("write_u64 on BufWriter", buffered),
        Way::new(
            "into memory, then one spawn_blocking round fs::write",
            blocking,
        ),
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
    Ok(Place::new(directory, size.next_multiple_of(RECORD)))
}

fn bare(task: &Task) -> io::Result<Written> {
    task.runtime.block_on(async {
        let mut file = File::create(&task.place.target).await?;
        fill(&mut file, task.place.size).await
    })?;
    Ok(Written::at(&task.place))
}

fn buffered(task: &Task) -> io::Result<Written> {
    task.runtime.block_on(async {
        let mut writer = BufWriter::new(File::create(&task.place.target).await?);
        fill(&mut writer, task.place.size).await
    })?;
    Ok(Written::at(&task.place))
}

fn blocking(task: &Task) -> io::Result<Written> {
    task.runtime.block_on(async {
        let path = task.place.target.clone();
        let mut bytes = Vec::new();
        fill(&mut bytes, task.place.size).await?;
        tokio::task::spawn_blocking(move || fs::write(path, bytes)).await?
    })?;
    Ok(Written::at(&task.place))
}

async fn fill<W: AsyncWrite + Unpin>(writer: &mut W, size: u64) -> io::Result<()> {
    for number in 0..size.div_ceil(RECORD) {
        writer.write_u64(number).await?;
        writer.write_u64(number.rotate_left(7)).await?;
    }
    writer.flush().await
}
