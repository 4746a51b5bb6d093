//! Cold reads of 4 KiB at random places of a large file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use io_optimize::{RandomAccessFile, ReadRequest};
use rustix::fs::Advice;

use super::{Candidate, Options, compete, head, make, rounds};

/// Bytes of one read.
const BLOCK: usize = 4096;
const READS: usize = 4096;

pub(super) fn run(dir: &Path, options: &Options) -> Result<()> {
    let mut out = io::stdout();
    let length = options.largest.min(1024) << 20;
    head(&mut out, "4,096 random reads of 4 KiB, cold")?;
    let path = dir.join("blocks");
    make(&path, length)?;
    let file = RandomAccessFile::open(&path)?;
    let plain = File::open(&path)?;
    let mut random = fastrand::Rng::with_seed(1);
    let offsets: Vec<u64> = (0..READS)
        .map(|_| random.u64(0..length / BLOCK as u64) * BLOCK as u64)
        .collect();
    let cold = |read: &mut dyn FnMut(&mut [u8]) -> io::Result<()>| -> Result<Duration> {
        rustix::fs::fadvise(&plain, 0, None, Advice::DontNeed)?;
        let mut blocks = vec![0; READS * BLOCK];
        let started = Instant::now();
        read(&mut blocks).with_context(|| format!("could not read {}", path.display()))?;
        Ok(started.elapsed())
    };
    let mut candidates = [
        Candidate {
            name: "RandomAccessFile::read_many",
            run: Box::new(|| {
                cold(&mut |blocks| {
                    let mut requests: Vec<ReadRequest<'_>> = offsets
                        .iter()
                        .zip(blocks.chunks_exact_mut(BLOCK))
                        .map(|(&offset, buffer)| ReadRequest { offset, buffer })
                        .collect();
                    file.read_many(&mut requests)
                })
            }),
        },
        Candidate {
            name: "one read_exact_at after the other",
            run: Box::new(|| {
                cold(&mut |blocks| {
                    let mut blocks = blocks.chunks_exact_mut(BLOCK).zip(&offsets);
                    blocks.try_for_each(|(block, &offset)| file.read_exact_at(offset, block))
                })
            }),
        },
    ];
    compete(&mut out, "4 KiB", rounds(9, options), &mut candidates)?;
    std::fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))
}
