//! What the host can do, found by trying it in the directory that benchmarks will use.

use std::path::Path;

use anyhow::{Context, bail};
use model::Environment;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod probes;

#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(not(target_os = "linux"))]
use portable as platform;

/// Describes the host and the file system behind `directory`.
///
/// Whatever depends on the file system is tried with temporary files in `directory`, which are removed before this
/// returns. On systems other than Linux the capabilities are [`model::Capability::Unknown`] and sizes that the standard
/// library does not tell are 0.
///
/// # Errors
/// If `directory` does not exist, is not a directory, or files cannot be made in it or removed from it.
pub fn preflight(directory: &Path) -> anyhow::Result<Environment> {
    let shown = directory.display();
    let metadata = std::fs::metadata(directory).with_context(|| {
        format!("cannot look at the benchmark directory {shown} (create it or name another)")
    })?;
    if !metadata.is_dir() {
        bail!("the benchmark directory {shown} is not a directory: name another");
    }
    let directory = directory
        .canonicalize()
        .with_context(|| format!("cannot resolve the benchmark directory {shown}"))?;
    let scratch = crate::scratch::create(&directory)?;
    let environment = platform::environment(&directory, scratch.path());
    scratch.close().with_context(|| {
        format!("cannot remove the temporary files in {shown} (remove them by hand)")
    })?;
    Ok(environment)
}

/// Bytes of memory that this process may still take before the machine, or a control group, has none left; pages of files do
/// not count as taken. None where the system does not tell.
pub(crate) fn memory_left() -> Option<u64> {
    platform::memory_left()
}

/// Cores this process may use; at least one.
fn cores() -> u32 {
    std::thread::available_parallelism()
        .map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}
