//! The host as the JSON report shows it.

use model::{Capability, Environment, HostFigure, HostFigures};
use serde::Serialize;

use super::finding::WireMeasurement;
use crate::{figures, host};

#[derive(Serialize)]
pub(super) struct WireHost<'a> {
    system: &'a str,
    architecture: &'a str,
    processor: &'a str,
    cores: u32,
    memory_bytes: u64,
    memory_limit_bytes: Option<u64>,
    load: Option<f64>,
    page_bytes: u32,
    io_uring: WireCapability<'a>,
    file_system: WireFileSystem<'a>,
    figures: Vec<WireFigure>,
    strategies: Vec<WireStrategy<'a>>,
    limits: Vec<String>,
    advice: Vec<String>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct WireFigure {
    work: &'static str,
    bytes: u64,
    cache: Option<&'static str>,
    time_ns: u64,
    quartiles_ns: [u64; 2],
    bytes_per_s: f64,
    samples: u32,
}

#[derive(Serialize)]
struct WireStrategy<'a> {
    work: &'a str,
    description: &'a str,
    measurements: Vec<WireMeasurement<'a>>,
}

#[derive(Serialize)]
struct WireFileSystem<'a> {
    directory: &'a str,
    kind: &'a str,
    mount_point: &'a str,
    device: &'a str,
    network: bool,
    available_bytes: Option<u64>,
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
    pub(super) fn new(environment: &'a Environment, host: &'a HostFigures) -> Self {
        let file_system = &environment.file_system;
        Self {
            system: &environment.system,
            architecture: &environment.architecture,
            processor: &environment.processor,
            cores: environment.cores,
            memory_bytes: environment.memory_bytes,
            memory_limit_bytes: environment.memory_limit_bytes,
            load: environment
                .load_hundredths
                .map(|load| f64::from(load) / 100.0),
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
            figures: host.figures.iter().map(WireFigure::new).collect(),
            strategies: host
                .strategies
                .iter()
                .map(|outcome| WireStrategy {
                    work: outcome.workload.variant,
                    description: &outcome.description,
                    measurements: outcome
                        .measurements
                        .iter()
                        .map(WireMeasurement::new)
                        .collect(),
                })
                .collect(),
            limits: host::host_limits(host),
            advice: host::host_advice(host),
            notes: &host.notes,
        }
    }
}

impl WireFigure {
    fn new(figure: &HostFigure) -> Self {
        Self {
            work: figure.work.name(),
            bytes: figure.bytes,
            cache: figure.cache.map(figures::cache),
            time_ns: figure.time_ns,
            quartiles_ns: [figure.quartiles_ns.0, figure.quartiles_ns.1],
            bytes_per_s: figure.bytes_per_second(),
            samples: figure.samples,
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
