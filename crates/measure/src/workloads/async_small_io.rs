//! Small reads and writes of tokio's file, each of which goes to another thread, beside the same through a buffer.

use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

/// Bytes of each record: a count and a value.
const RECORD: u64 = 16;

pub(super) const READ: Workload = Workload {
    rule: "async_small_io",
    variants: &["default"],
    description: "reads a file of 16-byte records with two calls of read_u64 a record, on a single-threaded tokio",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up: set_up_read,
};

pub(super) const WRITE: Workload = Workload {
    rule: "async_small_io",
    variants: &["write"],
    description: "writes a file of 16-byte records with two calls of write_u64 a record and a flush at the end, on a \
                  single-threaded tokio",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up: set_up_write,
};

fn set_up_read(directory: &Path, size: u64) -> io::Result<Setup> {
    let size = size.next_multiple_of(RECORD);
    let source = data::source(directory, size)?;
    let runtime = Rc::new(Builder::new_current_thread().build()?);
    let records = size / RECORD;
    let candidates = vec![
        reading(
            Role::Baseline,
            "read_u64 on File",
            &runtime,
            &source,
            async move |path: &Path| sum(&mut File::open(path).await?, records).await,
        ),
        reading(
            Role::Suggested,
            "read_u64 on BufReader",
            &runtime,
            &source,
            async move |path: &Path| {
                let mut reader = BufReader::new(File::open(path).await?);
                sum(&mut reader, records).await
            },
        ),
        reading(
            Role::Alternative,
            "one spawn_blocking round fs::read",
            &runtime,
            &source,
            async move |path: &Path| {
                let path = path.to_path_buf();
                let bytes = spawn_blocking(move || fs::read(path)).await??;
                sum(&mut bytes.as_slice(), records).await
            },
        ),
    ];
    Ok(Setup { size, candidates })
}

fn reading(
    role: Role,
    method: &'static str,
    runtime: &Rc<Runtime>,
    source: &Rc<Path>,
    run: impl AsyncFn(&Path) -> io::Result<u64> + 'static,
) -> Candidate {
    let (runtime, source) = (runtime.clone(), source.clone());
    Candidate::new(role, method, move || runtime.block_on(run(&source)))
}

async fn sum(reader: &mut (impl AsyncRead + Unpin), records: u64) -> io::Result<u64> {
    let mut sum = 0_u64;
    for _ in 0..records {
        let count = reader.read_u64().await?;
        let value = reader.read_u64().await?;
        sum = sum.rotate_left(7).wrapping_add(count ^ value);
    }
    Ok(sum)
}

fn set_up_write(directory: &Path, size: u64) -> io::Result<Setup> {
    let size = size.next_multiple_of(RECORD);
    let target: Rc<Path> = directory.join("output").into();
    let runtime = Rc::new(Builder::new_current_thread().build()?);
    let records = size / RECORD;
    let candidates = vec![
        writing(
            Role::Baseline,
            "write_u64 on File",
            &runtime,
            &target,
            async move |path: &Path| fill(&mut File::create(path).await?, records).await,
        ),
        writing(
            Role::Suggested,
            "write_u64 on BufWriter",
            &runtime,
            &target,
            async move |path: &Path| {
                let mut writer = BufWriter::new(File::create(path).await?);
                fill(&mut writer, records).await
            },
        ),
        writing(
            Role::Alternative,
            "into memory, then one spawn_blocking round fs::write",
            &runtime,
            &target,
            async move |path: &Path| {
                let path = path.to_path_buf();
                let mut bytes = Vec::new();
                fill(&mut bytes, records).await?;
                spawn_blocking(move || fs::write(path, bytes)).await?
            },
        ),
    ];
    Ok(Setup { size, candidates })
}

fn writing(
    role: Role,
    method: &'static str,
    runtime: &Rc<Runtime>,
    target: &Rc<Path>,
    run: impl AsyncFn(&Path) -> io::Result<()> + 'static,
) -> Candidate {
    let (runtime, target) = (runtime.clone(), target.clone());
    Candidate::new(role, method, move || {
        runtime.block_on(run(&target))?;
        Ok(Written(target.clone()))
    })
}

async fn fill(writer: &mut (impl AsyncWrite + Unpin), records: u64) -> io::Result<()> {
    for number in 0..records {
        writer.write_u64(number).await?;
        writer.write_u64(number.rotate_left(7)).await?;
    }
    writer.flush().await
}
