//! Cold reads of 4 KiB at random places of a large file.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use io_optimize::{BufferPool, RandomAccessFile, ReadRequest};
use rustix::fs::{Advice, OFlags};

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
    let many = |file: &RandomAccessFile, blocks: &mut [u8]| {
        let mut requests: Vec<ReadRequest<'_>> = offsets
            .iter()
            .zip(blocks.chunks_exact_mut(BLOCK))
            .map(|(&offset, buffer)| ReadRequest { offset, buffer })
            .collect();
        file.read_many(&mut requests)
    };
    let one_by_one = || Candidate {
        name: "one read_exact_at after the other",
        run: Box::new(|| {
            cold(&mut |blocks| {
                let mut blocks = blocks.chunks_exact_mut(BLOCK).zip(&offsets);
                blocks.try_for_each(|(block, &offset)| file.read_exact_at(offset, block))
            })
        }),
    };
    let mut candidates = [
        Candidate {
            name: "RandomAccessFile::read_many",
            run: Box::new(|| cold(&mut |blocks| many(&file, blocks))),
        },
        one_by_one(),
    ];
    compete(&mut out, "4 KiB", rounds(9, options), &mut candidates)?;
    let direct = File::options()
        .read(true)
        .custom_flags(OFlags::DIRECT.bits().cast_signed())
        .open(&path);
    // Not every file system has direct I/O.
    if let Ok(direct) = direct {
        let direct = RandomAccessFile::from(direct);
        let pool = BufferPool::new(READS * BLOCK, 1);
        let mut candidates = [
            Candidate {
                name: "RandomAccessFile::read_many, O_DIRECT by io_uring",
                run: Box::new(|| {
                    // One for each run, as the others have, and aligned.
                    let mut blocks = pool.take();
                    cold(&mut |_| many(&direct, &mut blocks))
                }),
            },
            one_by_one(),
        ];
        let what = "4 KiB, O_DIRECT by io_uring";
        compete(&mut out, what, rounds(9, options), &mut candidates)?;
    }
    std::fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))
}
