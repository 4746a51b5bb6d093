//! The host as the JSON report shows it.

use model::{Capability, Environment};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct WireHost<'a> {
    system: &'a str,
    architecture: &'a str,
    processor: &'a str,
    cores: u32,
    memory_bytes: u64,
    memory_limit_bytes: Option<u64>,
    page_bytes: u32,
    io_uring: WireCapability<'a>,
    file_system: WireFileSystem<'a>,
}

#[derive(Serialize)]
struct WireFileSystem<'a> {
    directory: &'a str,
    kind: &'a str,
    mount_point: &'a str,
    device: &'a str,
    network: bool,
    available_bytes: u64,
    reflink: WireCapability<'a>,
    copy_file_range: WireCapability<'a>,
    direct_io: WireCapability<'a>,
    direct_io_memory_alignment: Option<u32>,
    direct_io_offset_alignment: Option<u32>,
}

#[derive(Serialize)]
struct WireCapability<'a> {
    status: &'static str,
    reason: Option<&'a str>,
}

impl<'a> WireHost<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        let file_system = &environment.file_system;
        Self {
            system: &environment.system,
            architecture: &environment.architecture,
            processor: &environment.processor,
            cores: environment.cores,
            memory_bytes: environment.memory_bytes,
            memory_limit_bytes: environment.memory_limit_bytes,
            page_bytes: environment.page_bytes,
            io_uring: WireCapability::new(&environment.io_uring),
            file_system: WireFileSystem {
                directory: &file_system.directory,
                kind: &file_system.kind,
                mount_point: &file_system.mount_point,
                device: &file_system.device,
                network: file_system.network,
                available_bytes: file_system.available_bytes,
                reflink: WireCapability::new(&file_system.reflink),
                copy_file_range: WireCapability::new(&file_system.copy_file_range),
                direct_io: WireCapability::new(&file_system.direct_io.capability),
                direct_io_memory_alignment: file_system.direct_io.memory_alignment,
                direct_io_offset_alignment: file_system.direct_io.offset_alignment,
            },
        }
    }
}

impl<'a> WireCapability<'a> {
    fn new(capability: &'a Capability) -> Self {
        match capability {
            Capability::Supported => Self {
                status: "supported",
                reason: None,
            },
            Capability::Refused(reason) => Self {
                status: "refused",
                reason: Some(reason),
            },
            Capability::Unknown(reason) => Self {
                status: "unknown",
                reason: Some(reason),
            },
        }
    }
}
