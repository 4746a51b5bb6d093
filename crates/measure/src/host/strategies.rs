//! Ways to do the same, against what std does.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use io_optimize::{
    AccessPattern, CopyOptions, MappedWords, RandomAccessFile, ReadRequest, Strategy,
};

use super::RULE;
use crate::data;
use crate::statistics::Random;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

pub(super) const ALL: &[Workload] = &[
    Workload {
        rule: RULE,
        variants: &["copy"],
        description: concat!(
            "copies a file to a new file by each strategy of io-optimize ",
            env!("CARGO_PKG_VERSION")
        ),
        sizes: Sizes::These(&[64 * KIB, MIB, 64 * MIB]),
        throughput: true,
        pieces: None,
        set_up: set_up_copy,
    },
    Workload {
        rule: RULE,
        variants: &["buffer"],
        description: "reads a file through a buffer of each size",
        sizes: Sizes::These(&[16 * MIB]),
        throughput: true,
        pieces: None,
        set_up: set_up_buffer,
    },
    Workload {
        rule: RULE,
        variants: &["read"],
        description: "goes through all bytes of a file",
        sizes: Sizes::These(&[MIB, 64 * MIB]),
        throughput: true,
        pieces: None,
        set_up: set_up_read,
    },
    Workload {
        rule: RULE,
        variants: &["random-read"],
        description: "reads an eighth of the blocks of 4 KiB of a file, at random places",
        sizes: Sizes::These(&[16 * MIB]),
        throughput: true,
        pieces: None,
        set_up: set_up_random,
    },
];

/// Adds up the words of some bytes: as fast as memory is read.
fn sum(total: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let words = words.fold(total, u64::wrapping_add);
    rest.iter()
        .fold(words, |total, byte| total.wrapping_add(u64::from(*byte)))
}

fn set_up_copy(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let target: Rc<Path> = directory.join("target").into();
    let mut candidates = vec![{
        let (source, target) = (source.clone(), target.clone());
        Candidate::new(Role::Baseline, "fs::copy", move || {
            fs::copy(&source, &target).map(|_| Written(target.clone()))
        })
    }];
    let strategies = [
        ("a shared copy (reflink)", Strategy::Reflink),
        ("copy_file_range", Strategy::CopyFileRange),
        ("splice through a pipe", Strategy::Splice),
        (
            "positioned reads and writes by several threads",
            Strategy::Positioned,
        ),
        ("read and write", Strategy::ReadWrite),
        ("mmap and write", Strategy::Mmap),
        ("O_DIRECT", Strategy::Direct),
    ];
    for (method, strategy) in strategies {
        let options = CopyOptions::new().strategy(strategy);
        // A strategy that does not work here leaves the copy to another one.
        let works = options
            .copy(&source, &target)
            .is_ok_and(|report| report.strategy == strategy);
        if target.exists() {
            fs::remove_file(&target)?;
        }
        if works {
            let (source, target) = (source.clone(), target.clone());
            candidates.push(Candidate::new(Role::Alternative, method, move || {
                options
                    .copy(&source, &target)
                    .map(|_| Written(target.clone()))
            }));
        }
    }
    Ok(Setup { size, candidates })
}

fn set_up_buffer(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let through = |role, method, bytes: usize| {
        let source = source.clone();
        Candidate::new(role, method, move || {
            let mut file = File::open(&source)?;
            let mut buffer = vec![0; bytes];
            let mut total = 0;
            loop {
                // Whole words, so that the sum does not depend on where the pieces end.
                match file.read(&mut buffer)? {
                    0 => return Ok(total),
                    read => total = sum(total, &buffer[..read]),
                }
            }
        })
    };
    let alternative = |method, bytes| through(Role::Alternative, method, bytes);
    Ok(Setup {
        size,
        candidates: vec![
            through(Role::Baseline, "8 KiB", 8 << 10),
            alternative("512 bytes", 512),
            alternative("4 KiB", 4 << 10),
            alternative("16 KiB", 16 << 10),
            alternative("64 KiB", 64 << 10),
            alternative("256 KiB", 256 << 10),
            alternative("1 MiB", 1 << 20),
            alternative("4 MiB", 4 << 20),
        ],
    })
}

fn set_up_read(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let (whole, shared) = (source.clone(), source.clone());
    let mut candidates = vec![
        {
            let source = source.clone();
            Candidate::new(Role::Baseline, "read with a buffer of 64 KiB", move || {
                let mut file = File::open(&source)?;
                through(&mut file, &mut vec![0; 64 << 10])
            })
        },
        Candidate::new(Role::Alternative, "fs::read", move || {
            Ok(sum(0, &fs::read(&whole)?))
        }),
        Candidate::new(
            Role::Alternative,
            "positioned reads by all cores",
            move || by_all_cores(&shared, size),
        ),
    ];
    if MappedWords::map(&source, AccessPattern::Sequential).is_ok() {
        let source = source.clone();
        candidates.push(Candidate::new(
            Role::Alternative,
            "mmap, told to be sequential",
            move || Ok(MappedWords::map(&source, AccessPattern::Sequential)?.sum(0..size as usize)),
        ));
    }
    #[cfg(target_os = "linux")]
    if direct::open(&source).is_ok() && size.is_multiple_of(direct::UNIT as u64) {
        candidates.push(Candidate::new(
            Role::Alternative,
            "O_DIRECT, 1 MiB at a time",
            move || {
                let mut memory = direct::memory();
                through(&mut direct::open(&source)?, direct::aligned(&mut memory)?)
            },
        ));
    }
    Ok(Setup { size, candidates })
}

fn through(reader: &mut File, buffer: &mut [u8]) -> io::Result<u64> {
    let mut total = 0;
    loop {
        match reader.read(buffer)? {
            0 => return Ok(total),
            read => total = sum(total, &buffer[..read]),
        }
    }
}

fn by_all_cores(path: &Path, size: u64) -> io::Result<u64> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let file = RandomAccessFile::open(path)?;
    let share = (size / cores / 8 * 8).max(8);
    let part = |first: u64, end: u64| -> io::Result<u64> {
        let mut buffer = vec![0; 256 << 10];
        let (mut at, mut total) = (first, 0);
        while at < end {
            let length = (end - at).min(buffer.len() as u64) as usize;
            file.read_exact_at(at, &mut buffer[..length])?;
            total = sum(total, &buffer[..length]);
            at += length as u64;
        }
        Ok(total)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|core| {
                let first = (core * share).min(size);
                let end = if core + 1 == cores {
                    size
                } else {
                    (first + share).min(size)
                };
                scope.spawn(move || part(first, end))
            })
            .collect();
        threads.into_iter().try_fold(0_u64, |total, thread| {
            let part = thread
                .join()
                .map_err(|_| io::Error::other("a thread panicked"))??;
            Ok(total.wrapping_add(part))
        })
    })
}

fn set_up_random(directory: &Path, size: u64) -> io::Result<Setup> {
    const BLOCK: u64 = 4096;
    let source = data::source(directory, size.next_multiple_of(BLOCK))?;
    let blocks = size.div_ceil(BLOCK);
    let mut random = Random::new(size);
    let mut offsets: Vec<u64> = (0..blocks).map(|block| block * BLOCK).collect();
    random.shuffle(&mut offsets);
    offsets.truncate((blocks as usize / 8).max(1));
    let offsets: Rc<[u64]> = offsets.into();
    let (one_by_one, many, mapped) = (offsets.clone(), offsets.clone(), offsets.clone());
    let (file, advised) = (
        RandomAccessFile::open(&source)?,
        RandomAccessFile::open(&source)?,
    );
    let mut candidates = vec![
        Candidate::new(Role::Baseline, "read_exact_at, one by one", move || {
            let mut block = vec![0; BLOCK as usize];
            one_by_one.iter().try_fold(0, |total, offset| {
                file.read_exact_at(*offset, &mut block)?;
                Ok(sum(total, &block))
            })
        }),
        Candidate::new(
            Role::Alternative,
            "RandomAccessFile::read_many (told to the kernel before)",
            move || read_many(&advised, &many, &mut vec![0; many.len() * BLOCK as usize]),
        ),
    ];
    if MappedWords::map(&source, AccessPattern::Random).is_ok() {
        let source = source.clone();
        candidates.push(Candidate::new(
            Role::Alternative,
            "mmap, told to be random",
            move || {
                // Made anew each time: a map that is kept would keep its pages from leaving the cache.
                let words = MappedWords::map(&source, AccessPattern::Random)?;
                let sums = mapped.iter().map(|offset| {
                    let offset = *offset as usize;
                    words.sum(offset..offset + BLOCK as usize)
                });
                Ok(sums.fold(0, u64::wrapping_add))
            },
        ));
    }
    #[cfg(target_os = "linux")]
    if let Ok(file) = direct::open(&source) {
        let file = RandomAccessFile::from(file);
        candidates.push(Candidate::new(
            Role::Alternative,
            "RandomAccessFile::read_many (O_DIRECT by io_uring)",
            move || {
                let mut memory = vec![0; offsets.len() * BLOCK as usize + direct::UNIT];
                let start = memory.as_ptr().align_offset(direct::UNIT);
                let length = offsets.len() * BLOCK as usize;
                let buffer = memory.get_mut(start..start + length);
                read_many(&file, &offsets, buffer.ok_or_else(direct::no_memory)?)
            },
        ));
    }
    Ok(Setup {
        size: blocks * BLOCK,
        candidates,
    })
}

fn read_many(file: &RandomAccessFile, offsets: &[u64], buffer: &mut [u8]) -> io::Result<u64> {
    let block = buffer.len() / offsets.len();
    let mut requests: Vec<ReadRequest<'_>> = offsets
        .iter()
        .zip(buffer.chunks_mut(block))
        .map(|(offset, buffer)| ReadRequest {
            offset: *offset,
            buffer,
        })
        .collect();
    file.read_many(&mut requests)?;
    Ok(sum(0, buffer))
}

#[cfg(target_os = "linux")]
mod direct {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;

    use rustix::fs::OFlags;

    /// A multiple of every block size in use, in bytes.
    pub(super) const UNIT: usize = 4096;
    const PIECE: usize = 1 << 20;

    pub(super) fn open(path: &Path) -> io::Result<File> {
        let flags = i32::try_from(OFlags::DIRECT.bits()).map_err(io::Error::other)?;
        OpenOptions::new().read(true).custom_flags(flags).open(path)
    }

    pub(super) fn memory() -> Vec<u8> {
        vec![0; PIECE + UNIT]
    }

    /// The part of the memory that direct reads can go to.
    pub(super) fn aligned(memory: &mut [u8]) -> io::Result<&mut [u8]> {
        let start = memory.as_ptr().align_offset(UNIT);
        memory.get_mut(start..start + PIECE).ok_or_else(no_memory)
    }

    pub(super) fn no_memory() -> io::Error {
        io::Error::other("no aligned memory")
    }
}
