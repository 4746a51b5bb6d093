//! Figures of earlier runs, one JSON file per workload and host.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use model::{Cache, Environment, Measurement, Ratio, WorkloadId};
use serde::{Deserialize, Serialize};

/// Rises whenever what a workload does, or how it is sampled, changes: older figures are not used then.
const WORKLOAD_VERSION: u32 = 2;

/// What figures depend on. Figures are used again only where all of it is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    workload_version: u32,
    crate_version: String,
    optimized: bool,
    rule: String,
    variant: String,
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
            optimized: !cfg!(debug_assertions),
            rule: workload.rule.to_owned(),
            variant: workload.variant.to_owned(),
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

#[derive(Serialize, Deserialize)]
struct Entry {
    key: Key,
    rows: Vec<Row>,
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

/// The figures kept under that key. A file that is missing, cannot be read or holds something else counts as none: the
/// workload is measured again and the file written anew.
pub(crate) fn load(directory: &Path, key: &Key) -> Option<Vec<Measurement>> {
    let text = fs::read(key.file(directory).ok()?).ok()?;
    let entry: Entry = serde_json::from_slice(&text).ok()?;
    let sane = |row: &Row| row.ratio_low <= row.ratio && row.ratio <= row.ratio_high;
    let usable = entry.key == *key && !entry.rows.is_empty() && entry.rows.iter().all(sane);
    usable.then(|| entry.rows.into_iter().map(measurement).collect())
}

/// Keeps the figures under that key. The file is replaced whole, so that a reader never sees half of it.
///
/// # Errors
/// If the directory or a file in it cannot be made.
pub(crate) fn store(directory: &Path, key: &Key, rows: &[Measurement]) -> anyhow::Result<()> {
    let doing = || format!("cannot keep benchmark figures in {}", directory.display());
    fs::create_dir_all(directory).with_context(doing)?;
    let entry = Entry {
        key: key.clone(),
        rows: rows.iter().map(row).collect(),
    };
    let mut file = tempfile::NamedTempFile::new_in(directory).with_context(doing)?;
    file.write_all(&serde_json::to_vec_pretty(&entry)?)
        .with_context(doing)?;
    file.persist(key.file(directory)?).with_context(doing)?;
    Ok(())
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
