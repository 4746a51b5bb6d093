//! Figures of earlier runs, one JSON file per workload and host.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use model::{Cache, Environment, Measurement, Ratio, WorkloadId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::libraries;

/// Rises whenever what a workload does, or how it is sampled, changes: older figures are not used then.
const WORKLOAD_VERSION: u32 = 5;

/// What figures depend on. Figures are used again only where all of it is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    workload_version: u32,
    crate_version: String,
    /// Name and version of each crate that the model calls.
    built_with: Vec<(String, String)>,
    optimized: bool,
    rule: String,
    variant: String,
    piece: Option<u32>,
    sizes: Vec<u64>,
    system: String,
    architecture: String,
    processor: String,
    cores: u32,
    file_system: String,
    mount_point: String,
    device: String,
}

impl Key {
    /// What the figures of a workload at these target sizes depend on.
    pub(crate) fn new(workload: WorkloadId, sizes: &[u64], environment: &Environment) -> Self {
        Self {
            workload_version: WORKLOAD_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            built_with: libraries(workload)
                .iter()
                .map(|library| (library.name.to_owned(), library.version.to_owned()))
                .collect(),
            optimized: !cfg!(debug_assertions),
            rule: workload.rule.to_owned(),
            variant: workload.variant.to_owned(),
            piece: workload.piece,
            sizes: sizes.to_vec(),
            system: environment.system.clone(),
            architecture: environment.architecture.clone(),
            processor: environment.processor.clone(),
            cores: environment.cores,
            file_system: environment.file_system.kind.clone(),
            mount_point: environment.file_system.mount_point.clone(),
            device: environment.file_system.device.clone(),
        }
    }

    fn file(&self, directory: &Path) -> anyhow::Result<PathBuf> {
        let hash = blake3::hash(&serde_json::to_vec(self)?).to_hex();
        Ok(directory.join(format!(
            "{}-{}-{}.json",
            self.rule,
            self.variant,
            &hash[..16]
        )))
    }
}

/// For how long figures with a reservation are used again: a machine that was busy will not be so for ever.
const RESERVED: Duration = Duration::from_secs(3600);

#[derive(Serialize, Deserialize)]
struct Entry<T> {
    key: Key,
    /// Seconds since 1970.
    measured_at: u64,
    /// What there is to say against the figures.
    note: Option<String>,
    rows: Vec<T>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    method: String,
    is_baseline: bool,
    is_suggested: bool,
    size: u64,
    cold: bool,
    time_ns: u64,
    bytes_per_second: Option<f64>,
    ratio: f64,
    ratio_low: f64,
    ratio_high: f64,
    samples: u32,
}

/// Figures and what there is to say against them.
pub(crate) type Kept<T> = (Vec<T>, Option<String>);

/// The figures of a workload that are kept under that key. A file that is missing, cannot be read or holds something else counts
/// as none, and so do figures with a reservation that are older than an hour: the workload is measured again and the file
/// written anew.
pub(crate) fn load(directory: &Path, key: &Key) -> Option<Kept<Measurement>> {
    let (rows, note) = fetch::<Row>(directory, key)?;
    let sane = |row: &Row| row.ratio_low <= row.ratio && row.ratio <= row.ratio_high;
    let usable = !rows.is_empty() && rows.iter().all(sane);
    usable.then(|| (rows.into_iter().map(measurement).collect(), note))
}

/// Keeps the figures of a workload under that key.
///
/// # Errors
/// If the directory or a file in it cannot be made.
pub(crate) fn store(
    directory: &Path,
    key: &Key,
    rows: &[Measurement],
    note: Option<&str>,
) -> anyhow::Result<()> {
    keep(directory, key, rows.iter().map(row).collect(), note)
}

/// What is kept under that key; see [`load`].
pub(crate) fn fetch<T: DeserializeOwned>(directory: &Path, key: &Key) -> Option<Kept<T>> {
    let text = fs::read(key.file(directory).ok()?).ok()?;
    let entry: Entry<T> = serde_json::from_slice(&text).ok()?;
    // A clock that was set back makes an entry of the future: of no known age.
    let age = now().checked_sub(entry.measured_at);
    let is_young = age.is_some_and(|age| age < RESERVED.as_secs());
    let usable = entry.key == *key && (entry.note.is_none() || is_young);
    usable.then_some((entry.rows, entry.note))
}

/// Keeps that under that key. The file is replaced whole, so that a reader never sees half of it.
///
/// # Errors
/// If the directory or a file in it cannot be made.
pub(crate) fn keep<T: Serialize>(
    directory: &Path,
    key: &Key,
    rows: Vec<T>,
    note: Option<&str>,
) -> anyhow::Result<()> {
    let doing = || format!("cannot keep benchmark figures in {}", directory.display());
    fs::create_dir_all(directory).with_context(doing)?;
    let entry = Entry {
        key: key.clone(),
        measured_at: now(),
        note: note.map(str::to_owned),
        rows,
    };
    let mut file = tempfile::NamedTempFile::new_in(directory).with_context(doing)?;
    file.write_all(&serde_json::to_vec_pretty(&entry)?)
        .with_context(doing)?;
    file.persist(key.file(directory)?).with_context(doing)?;
    Ok(())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn measurement(row: Row) -> Measurement {
    Measurement {
        method: row.method,
        is_baseline: row.is_baseline,
        is_suggested: row.is_suggested,
        size: row.size,
        cache: if row.cold { Cache::Cold } else { Cache::Warm },
        time_ns: row.time_ns,
        bytes_per_second: row.bytes_per_second,
        ratio: Ratio {
            median: row.ratio,
            low: row.ratio_low,
            high: row.ratio_high,
        },
        samples: row.samples,
    }
}

fn row(measurement: &Measurement) -> Row {
    Row {
        method: measurement.method.clone(),
        is_baseline: measurement.is_baseline,
        is_suggested: measurement.is_suggested,
        size: measurement.size,
        cold: measurement.cache == Cache::Cold,
        time_ns: measurement.time_ns,
        bytes_per_second: measurement.bytes_per_second,
        ratio: measurement.ratio.median,
        ratio_low: measurement.ratio.low,
        ratio_high: measurement.ratio.high,
        samples: measurement.samples,
    }
}
