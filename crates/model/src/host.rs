//! What the host itself does in a few seconds, without any pattern.

use crate::measurement::{Cache, Outcome};

/// A thing that the host was made to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostWork {
    /// Bytes copied within memory, by one thread.
    MemoryCopy,
    /// The shortest read that there is: what a system call costs whatever it moves.
    SystemCall,
    /// A file read from its start to its end.
    SequentialRead,
    /// A new file written from its start to its end, and not synchronised.
    SequentialWrite,
    /// The same, and synchronised.
    SynchronisedWrite,
    /// A file copied to a new one by `std::fs::copy`.
    Copy,
    /// 4 KiB read from a random place of a file.
    RandomRead,
    /// 4 KiB written to the end of a file, and synchronised.
    Sync,
}

impl HostWork {
    /// All of it.
    pub const ALL: [Self; 8] = [
        Self::MemoryCopy,
        Self::SystemCall,
        Self::SequentialRead,
        Self::SequentialWrite,
        Self::SynchronisedWrite,
        Self::Copy,
        Self::RandomRead,
        Self::Sync,
    ];

    /// Its name in data and in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MemoryCopy => "memory copy",
            Self::SystemCall => "system call",
            Self::SequentialRead => "sequential read",
            Self::SequentialWrite => "sequential write",
            Self::SynchronisedWrite => "synchronised write",
            Self::Copy => "copy",
            Self::RandomRead => "random read of 4 KiB",
            Self::Sync => "synchronised append of 4 KiB",
        }
    }
}

/// What one thing took.
#[derive(Debug, Clone, PartialEq)]
pub struct HostFigure {
    /// What was done.
    pub work: HostWork,
    /// Bytes that it moved each time.
    pub bytes: u64,
    /// Whether the file was in the page cache, where there is one to be read.
    pub cache: Option<Cache>,
    /// The median time of one, in nanoseconds.
    pub time_ns: u64,
    /// The times below and above which a quarter of the samples lie, in nanoseconds.
    pub quartiles_ns: (u64, u64),
    /// How many samples.
    pub samples: u32,
}

impl HostFigure {
    /// Bytes per second at the median.
    #[must_use]
    pub fn bytes_per_second(&self) -> f64 {
        self.bytes as f64 / self.time_ns.max(1) as f64 * 1e9
    }
}

/// The host's own figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostFigures {
    /// One for each thing that could be done here.
    pub figures: Vec<HostFigure>,
    /// Ways to do the same, against what std does: which pays, and at which size.
    pub strategies: Vec<Outcome>,
    /// What was not measured, and why.
    pub notes: Vec<String>,
}

impl HostFigures {
    /// The figure of one thing.
    #[must_use]
    pub fn figure(&self, work: HostWork, cache: Option<Cache>) -> Option<&HostFigure> {
        let mut figures = self.figures.iter();
        figures.find(|figure| figure.work == work && figure.cache == cache)
    }
}
