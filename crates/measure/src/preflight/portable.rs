//! What the standard library tells on systems other than Linux.

use std::path::Path;

use model::{Capability, DirectIo, Environment, FileSystem};

/// The host as far as the standard library knows it; no probe is tried.
pub(super) fn environment(directory: &Path, _scratch: &Path) -> Environment {
    Environment {
        system: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processor: std::env::consts::ARCH.to_owned(),
        cores: super::cores(),
        memory_bytes: 0,
        memory_limit_bytes: None,
        load_hundredths: None,
        page_bytes: 0,
        io_uring: unknown(),
        file_system: FileSystem {
            directory: directory.display().to_string(),
            kind: "unknown".to_owned(),
            mount_point: String::new(),
            device: String::new(),
            network: false,
            available_bytes: None,
            reflink: unknown(),
            copy_file_range: unknown(),
            direct_io: DirectIo {
                capability: unknown(),
                memory_alignment: None,
                offset_alignment: None,
            },
        },
    }
}

/// Not told here.
pub(super) fn memory_left() -> Option<u64> {
    None
}

fn unknown() -> Capability {
    Capability::Unknown(format!("not probed on {}", std::env::consts::OS))
}
