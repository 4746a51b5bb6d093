//! System calls that the models make, as strace counts them.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use model::WorkloadId;

use super::{Table, Unit};
use crate::tools::succeeds;

const SIZE: u64 = 1 << 20;
/// Bytes of a line or a record of the models.
const LINE: u64 = 32;
/// Bytes of a record that is synchronised.
const RECORD: u64 = 4096;
/// Bytes of std's buffers.
const BUFFER: u64 = 8 << 10;

/// A way of a model, and how many calls the rule's page and the model's description promise.
struct Promise {
    rule: &'static str,
    method: &'static str,
    call: &'static str,
    count: u64,
}

const PROMISES: [Promise; 9] = [
    // Two values, a blank between them and the end of the line.
    promise(
        "unbuffered_write",
        "writeln! on File",
        "write",
        4 * SIZE / LINE,
    ),
    promise(
        "unbuffered_write",
        "writeln! on BufWriter",
        "write",
        SIZE / BUFFER,
    ),
    promise(
        "unbuffered_write",
        "writeln! on BufWriter of 64 KiB",
        "write",
        SIZE / (64 << 10),
    ),
    promise(
        "unbuffered_write",
        "writeln! on Vec, then fs::write",
        "write",
        1,
    ),
    promise(
        "unbuffered_read",
        "read_exact on File",
        "read",
        5 * SIZE / LINE,
    ),
    promise(
        "unbuffered_read",
        "read_exact on BufReader",
        "read",
        SIZE / BUFFER,
    ),
    // The end of the file takes a read of its own.
    promise(
        "unbuffered_read",
        "fs::read, then read_exact on the slice",
        "read",
        2,
    ),
    promise(
        "fsync_in_loop",
        "sync_data after each record",
        "fdatasync",
        SIZE / RECORD,
    ),
    promise(
        "fsync_in_loop",
        "one sync_data for all records",
        "fdatasync",
        1,
    ),
];

const fn promise(
    rule: &'static str,
    method: &'static str,
    call: &'static str,
    count: u64,
) -> Promise {
    Promise {
        rule,
        method,
        call,
        count,
    }
}

/// Counts the calls of each way that has a promise.
pub(super) fn compare(dir: &Path, table: &mut Table) -> Result<()> {
    for promise in PROMISES {
        // What the process does besides the work is the same in both.
        let counted = traced(&promise, dir, 2)? - traced(&promise, dir, 1)?;
        table.add(
            &format!("`{}` calls of {} for 1 MiB", promise.call, promise.method),
            promise.count as f64,
            "strace",
            counted,
            Unit::Calls,
        );
    }
    Ok(())
}

/// Does the work so many times: what a process does that is traced.
pub(super) fn alone(rule: &str, method: &str, dir: &Path, size: u64, runs: u32) -> Result<()> {
    let known = PROMISES.iter().find(|promise| promise.rule == rule);
    let rule = known
        .with_context(|| format!("no promise is made of `{rule}`"))?
        .rule;
    measure::alone(WorkloadId::new(rule, "default"), method, dir, size, runs)?;
    Ok(())
}

fn traced(promise: &Promise, dir: &Path, runs: u32) -> Result<f64> {
    let counts = dir.join("calls");
    let own = env::current_exe().context("could not find this program")?;
    let mut command = Command::new("strace");
    command
        .args(["--follow-forks", "--summary-only", "--output"])
        .arg(&counts)
        .arg(format!("--trace={}", promise.call))
        .arg(own)
        .arg("bench-cross-check")
        .arg("--dir")
        .arg(dir)
        .args(["--alone", promise.rule, promise.method])
        .args([SIZE.to_string(), runs.to_string()]);
    succeeds(&mut command)?;
    let text = fs::read_to_string(&counts).context("strace wrote no counts")?;
    fs::remove_file(&counts).context("could not remove what strace wrote")?;
    Ok(count(&text, promise.call))
}

/// The calls of that name in a summary of strace; none where it has no line of them.
fn count(summary: &str, call: &str) -> f64 {
    let line = summary
        .lines()
        .find(|line| line.split_whitespace().next_back() == Some(call));
    line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read() {
        let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 99.99    0.250000           1    131072           write
  0.01    0.000010           1         7         2 read
------ ----------- ----------- --------- --------- ----------------
100.00    0.250010           1    131079         2 total
";
        assert_eq!(count(summary, "write"), 131_072.0);
        assert_eq!(count(summary, "read"), 7.0);
        assert_eq!(count(summary, "fdatasync"), 0.0);
    }
}
