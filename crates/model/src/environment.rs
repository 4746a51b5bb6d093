//! The host that was measured.

/// Whether something works here, as found by trying it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    /// It worked.
    Supported,
    /// It was refused, with the reason the system gave.
    Refused(String),
    /// It was not tried, with the reason.
    Unknown(String),
}

/// What direct I/O asks of its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectIo {
    /// Whether a file can be opened for it.
    pub capability: Capability,
    /// Alignment of the memory, in bytes, where the system tells.
    pub memory_alignment: Option<u32>,
    /// Alignment of the file offset, in bytes, where the system tells.
    pub offset_alignment: Option<u32>,
}

/// The file system behind a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// The directory that was asked about.
    pub directory: String,
    /// The type's name, for example `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub mount_point: String,
    /// The device, or the server, behind it.
    pub device: String,
    /// Whether every call is a round trip to another machine.
    pub network: bool,
    /// Bytes available to this user, where the system tells.
    pub available_bytes: Option<u64>,
    /// Copies that share blocks.
    pub reflink: Capability,
    /// `copy_file_range(2)`.
    pub copy_file_range: Capability,
    /// `O_DIRECT`.
    pub direct_io: DirectIo,
}

/// What a measurement was taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Operating system and its kernel's release.
    pub system: String,
    /// Processor architecture.
    pub architecture: String,
    /// The processor's name.
    pub processor: String,
    /// Cores this process may use.
    pub cores: u32,
    /// Memory of the machine, in bytes.
    pub memory_bytes: u64,
    /// Memory this process may use where a control group limits it, in bytes.
    pub memory_limit_bytes: Option<u64>,
    /// Processes that ran or waited to, the mean of the last minute, in hundredths, where the system tells.
    pub load_hundredths: Option<u32>,
    /// Page size, in bytes.
    pub page_bytes: u32,
    /// io_uring.
    pub io_uring: Capability,
    /// The file system of the benchmark directory.
    pub file_system: FileSystem,
}
