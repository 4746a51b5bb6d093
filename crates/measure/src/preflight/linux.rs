//! The host as Linux describes it.

use std::fs;
use std::path::Path;

use model::{Environment, FileSystem};
use rustix::fs::{AtFlags, StatxFlags};

use super::{memory, mounts, probes};

/// The host, and the file system of `directory`; probes leave files in `scratch`.
pub(super) fn environment(directory: &Path, scratch: &Path) -> Environment {
    let system = rustix::system::uname();
    let sizes = rustix::system::sysinfo();
    Environment {
        system: format!(
            "{} {}",
            system.sysname().to_string_lossy(),
            system.release().to_string_lossy()
        ),
        architecture: std::env::consts::ARCH.to_owned(),
        processor: fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|cpuinfo| processor_name(&cpuinfo))
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores: super::cores(),
        memory_bytes: u64::from(sizes.mem_unit).saturating_mul(sizes.totalram),
        memory_limit_bytes: memory::limit(),
        load_hundredths: load(sizes.loads[0]),
        page_bytes: u32::try_from(rustix::param::page_size()).unwrap_or(u32::MAX),
        io_uring: probes::io_uring(),
        file_system: file_system(directory, scratch),
    }
}

fn file_system(directory: &Path, scratch: &Path) -> FileSystem {
    let mount = mount_of(directory);
    // File systems that keep no count say that they have no blocks at all.
    let sizes = rustix::fs::statvfs(directory)
        .ok()
        .filter(|sizes| sizes.f_blocks != 0);
    let kind = mount
        .as_ref()
        .map_or_else(|| type_number(directory), |mount| mount.kind.clone());
    FileSystem {
        directory: directory.display().to_string(),
        network: mounts::is_network(&kind),
        kind,
        mount_point: mount
            .as_ref()
            .map(|mount| mount.point.clone())
            .unwrap_or_default(),
        device: mount.map(|mount| mount.device).unwrap_or_default(),
        available_bytes: sizes.map(|sizes| sizes.f_bavail.saturating_mul(sizes.f_frsize)),
        reflink: probes::reflink(scratch),
        copy_file_range: probes::copy_file_range(scratch),
        direct_io: probes::direct_io(scratch),
    }
}

/// Bytes of memory that this process may still take.
pub(super) fn memory_left() -> Option<u64> {
    memory::left()
}

/// The mount that holds `directory`: by its number where the kernel (5.8) tells, else by the longest path.
fn mount_of(directory: &Path) -> Option<mounts::Mount> {
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let mounts = mounts::parse(&mountinfo);
    let id = rustix::fs::statx(
        rustix::fs::CWD,
        directory,
        AtFlags::empty(),
        StatxFlags::MNT_ID,
    )
    .ok()
    .filter(|told| told.stx_mask & StatxFlags::MNT_ID.bits() != 0)
    .map(|told| told.stx_mnt_id);
    let by_number = mounts.iter().find(|mount| Some(mount.id) == id);
    // A later mount on the same point hides the earlier one; `max_by_key` keeps the last of equals.
    let by_path = || {
        mounts
            .iter()
            .filter(|mount| directory.starts_with(&mount.point))
            .max_by_key(|mount| mount.point.len())
    };
    by_number.or_else(by_path).cloned()
}

/// The number that `statfs(2)` gives the type, for mounts that the process cannot see.
fn type_number(directory: &Path) -> String {
    rustix::fs::statfs(directory).map_or_else(
        |_| "unknown".to_owned(),
        |told| format!("{:#x}", told.f_type),
    )
}

/// The load of the last minute, as `sysinfo(2)` tells it: shifted to the left by 16 bits.
fn load(shifted: impl Into<u64>) -> Option<u32> {
    u32::try_from((shifted.into() * 100) >> 16).ok()
}

/// The processor's name in the text of `/proc/cpuinfo`; many ARM kernels give none.
fn processor_name(cpuinfo: &str) -> Option<String> {
    cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let named = ["model name", "Model", "cpu model", "uarch", "cpu"].contains(&key.trim());
        (named && !value.trim().is_empty()).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_as_the_kernel_names_it() {
        let cpuinfo = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\n";
        assert_eq!(processor_name(cpuinfo).as_deref(), Some("AMD EPYC"));
        assert_eq!(processor_name("processor\t: 0\nBogoMIPS\t: 50\n"), None);
    }
}
