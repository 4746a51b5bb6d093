//! Copies of a file against `cp`, which hyperfine times.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use model::{Cache, Measurement, WorkloadId};
use serde::Deserialize;

use super::{Measuring, Table, Unit};
use crate::tools::{make, median, succeeds};

const MIB: u64 = 1 << 20;
/// Bytes that `cp` reads at a time.
const PIECE: u64 = 128 << 10;
/// The largest file, in bytes; ours is smaller where there is no time for it, and what is copied by both has the size of ours.
const LARGEST: u64 = 100 * MIB;
/// How often `cp` is run in each round for a size.
const fn runs(size: u64) -> usize {
    if size > 8 * MIB { 15 } else { 200 }
}

/// Ways of ours with what `cp` is to be told to do the same, and how the table calls that. `io_optimize::copy` is none of them:
/// no flag makes `cp` splice.
const WAYS: [(&str, &str, &str); 2] = [
    (
        "fs::copy",
        "--reflink=auto",
        "`cp` in hyperfine, less that of an empty file",
    ),
    (
        "loop of 128 KiB",
        "--reflink=never",
        "`cp --reflink=never` in hyperfine, less that of an empty file",
    ),
];

#[derive(Deserialize)]
struct Export {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    /// Seconds of each run.
    times: Vec<f64>,
}

/// Measures all ways at all sizes once, by both.
pub(super) fn compare(how: &Measuring<'_>, table: &mut Table) -> Result<()> {
    let models = [
        WorkloadId::new("read_write_copy", "default"),
        WorkloadId::new("manual_copy_loop", "default").in_pieces(Some(PIECE)),
    ];
    let mut rows: Vec<Measurement> = Vec::new();
    for model in models {
        let outcomes = measure::measure(&[model], &how.options(Some(LARGEST)), &mut |_| {});
        rows.extend(outcomes.into_iter().flat_map(|it| it.measurements));
    }
    rows.retain(|row| row.cache == Cache::Warm && row.size >= MIB);
    for (method, flag, tool) in WAYS {
        // All that is not the copying of bytes: starting, opening, making the new file.
        let start = seconds(how.dir, flag, 0)?;
        for row in rows.iter().filter(|row| row.method == method) {
            let theirs = seconds(how.dir, flag, row.size)? - start;
            let what = format!("{method}, {} MiB", row.size / MIB);
            table.add(
                &what,
                row.time_ns as f64,
                tool,
                theirs * 1e9,
                Unit::Nanoseconds,
            );
        }
    }
    Ok(())
}

/// The median time in which `cp` copies a file of so many bytes to a new one.
fn seconds(dir: &Path, flag: &str, size: u64) -> Result<f64> {
    let (from, to) = (dir.join("from"), dir.join("to"));
    make(&from, size)?;
    let (source, target) = (text(&from)?, text(&to)?);
    let export = dir.join("hyperfine.json");
    let mut command = Command::new("hyperfine");
    command
        .args(["--shell=none", "--style=none", "--warmup=3"])
        .args(["--runs", &runs(size).to_string()])
        .args(["--prepare", &format!("rm -f {target}")])
        .arg("--export-json")
        .arg(&export)
        .arg(format!("cp {flag} {source} {target}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    succeeds(&mut command)?;
    let json = fs::read(&export).context("hyperfine wrote no figures")?;
    for path in [&export, &from, &to] {
        fs::remove_file(path).with_context(|| format!("could not remove {}", path.display()))?;
    }
    let export: Export = serde_json::from_slice(&json).context("hyperfine wrote something else")?;
    ensure!(export.results.len() == 1, "hyperfine timed something else");
    Ok(median(&export.results[0].times))
}

fn text(path: &Path) -> Result<&str> {
    let text = path.to_str().context("a path that is not UTF-8")?;
    ensure!(
        !text.contains(char::is_whitespace),
        "{text} has a blank, at which hyperfine would cut it: name another --dir"
    );
    Ok(text)
}
