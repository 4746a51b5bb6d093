//! Reads, writes and synchronising against fio. Both call the same functions of the system; of fio's times only those within
//! the calls are taken, since it does more between them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use model::{Cache, HostWork};
use serde_json::Value;

use super::{Measuring, Table, Unit};
use crate::tools::{make, median};

/// Bytes of a piece of a file that is gone through, as in our figures.
const PIECE: u64 = 128 << 10;
/// How fio calls what it tells of the times of one job.
const MEAN: &str = "mean";
const MEDIAN: &str = "percentile/50.000000";
/// Processes of fio for each thing in each round.
const PASSES: usize = 5;

/// Measures everything once, by both.
pub(super) fn compare(how: &Measuring<'_>, table: &mut Table) -> Result<()> {
    let host = measure::host(&how.options(None), &mut |_| {});
    let length = host
        .figure(HostWork::SequentialRead, Some(Cache::Warm))
        .map_or(0, |figure| figure.bytes);
    ensure!(length >= PIECE, "nothing was measured: {:?}", host.notes);
    let file = how.dir.join("fio-read");
    make(&file, length)?;
    let fio = Fio {
        dir: how.dir,
        file: &file,
    };
    let pieces = (length / PIECE) as f64;
    let mib = length >> 20;
    let bs = format!("--bs={PIECE}");
    let mut add = |what: &str, work, cache, theirs: f64| match host.figure(work, cache) {
        Some(ours) => table.add(what, ours.time_ns as f64, "fio", theirs, Unit::Nanoseconds),
        None => eprintln!("SKIPPED: no figure of our own of {what}"),
    };
    let one_by_one = |invalidate| fio.read(&["--rw=read", &bs, invalidate], MEAN);
    let what = |cache| format!("reading {mib} MiB one after another, {cache}");
    let (warm, cold) = (one_by_one("--invalidate=0")?, one_by_one("--invalidate=1")?);
    let work = HostWork::SequentialRead;
    add(&what("warm"), work, Some(Cache::Warm), warm * pieces);
    add(&what("cold"), work, Some(Cache::Cold), cold * pieces);

    let random = [
        "--rw=randread",
        "--bs=4096",
        "--randrepeat=0",
        "--norandommap=1",
    ];
    let what = |cache| format!("reading 4 KiB at a random place, {cache}");
    let work = HostWork::RandomRead;
    // An interrupt takes as long as many of these.
    let warm = fio.read(&[&random[..], &["--invalidate=0"]].concat(), MEDIAN)?;
    add(&what("warm"), work, Some(Cache::Warm), warm);
    // As many as ours: what is read is warm afterwards.
    let few = ["--invalidate=1", "--number_ios=64"];
    let cold = fio.read(&[&random[..], &few].concat(), MEAN)?;
    add(&what("cold"), work, Some(Cache::Cold), cold);
    fs::remove_file(&file).with_context(|| format!("could not remove {}", file.display()))?;

    let size = format!("--size={length}");
    let write = fio.write(&["--rw=write", &bs, &size], |job| {
        Ok(number(job, "/write/clat_ns/mean")? * pieces)
    })?;
    let what = format!("writing {mib} MiB");
    add(&what, HostWork::SequentialWrite, None, write);
    // After its last write fio makes none.
    let fsync = format!("--fsync={}", pieces - 1.0);
    let write = fio.write(&["--rw=write", &bs, &size, &fsync], |job| {
        let write = number(job, "/write/clat_ns/mean")? * pieces;
        Ok(write + number(job, "/sync/lat_ns/mean")?)
    })?;
    let what = format!("writing {mib} MiB and fsync");
    add(&what, HostWork::SynchronisedWrite, None, write);
    let append = ["--rw=write", "--bs=4096", "--size=262144", "--fdatasync=1"];
    // One in some of these takes ten times as long, so that only a median compares with ours.
    let write = fio.write(&append, |job| {
        let median = |of| number(job, &format!("/{of}/{MEDIAN}"));
        Ok(median("write/clat_ns")? + median("sync/lat_ns")?)
    })?;
    add("writing 4 KiB and fdatasync", HostWork::Sync, None, write);
    Ok(())
}

struct Fio<'a> {
    dir: &'a Path,
    /// What is read.
    file: &'a Path,
}

impl Fio<'_> {
    /// The time within a read, in nanoseconds: the median of several processes.
    fn read(&self, arguments: &[&str], of_each: &str) -> Result<f64> {
        let pass = || {
            let job = run(self.file, arguments)?;
            number(&job, &format!("/read/clat_ns/{of_each}"))
        };
        let passes = (0..PASSES).map(|_| pass()).collect::<Result<Vec<f64>>>()?;
        Ok(median(&passes))
    }

    /// What is told of a job that writes a new file: the median of several processes.
    fn write(&self, arguments: &[&str], told: impl Fn(&Value) -> Result<f64>) -> Result<f64> {
        let target = self.dir.join("fio-written");
        let mut arguments = arguments.to_vec();
        arguments.extend(["--create_on_open=1", "--fallocate=none"]);
        let pass = || {
            let job = run(&target, &arguments)?;
            fs::remove_file(&target)
                .with_context(|| format!("could not remove {}", target.display()))?;
            told(&job)
        };
        let passes = (0..PASSES).map(|_| pass()).collect::<Result<Vec<f64>>>()?;
        Ok(median(&passes))
    }
}

/// Runs one job, and returns what it says of it.
fn run(file: &Path, arguments: &[&str]) -> Result<Value> {
    let output = Command::new("fio")
        .args([
            "--name=job",
            "--ioengine=psync",
            "--direct=0",
            "--output-format=json",
        ])
        // Ours gives the kernel no hint.
        .args(["--fadvise_hint=0", "--thread"])
        .arg(format!("--filename={}", file.display()))
        .args(arguments)
        .output()
        .context("could not start fio")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "fio {arguments:?} failed: {said}");
    let json: Value =
        serde_json::from_slice(&output.stdout).context("fio printed something else")?;
    let job = json
        .pointer("/jobs/0")
        .context("fio says nothing of the job")?;
    Ok(job.clone())
}

fn number(job: &Value, field: &str) -> Result<f64> {
    job.pointer(field)
        .and_then(Value::as_f64)
        .with_context(|| format!("fio says nothing of {field}"))
}
