//! The block cache against a vector of bytes, over what counts, comes in pieces and fails.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use crate::common::{bytes, expected};
use io_optimize::{BlockCache, RandomAccessFile, ReadAt, BUFFER_ALIGNMENT};
use proptest::prelude::*;

/// Counts its reads, reads at most some bytes, and fails by a list.
struct Unreliable {
    contents: Vec<u8>,
    at_most: usize,
    reads: AtomicUsize,
    failures: Mutex<Vec<bool>>,
}

impl Unreliable {
    fn new(length: usize, failures: Vec<bool>) -> Self {
        Self {
            contents: bytes(length),
            at_most: usize::MAX,
            reads: AtomicUsize::new(0),
            failures: Mutex::new(failures),
        }
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

impl ReadAt for Unreliable {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.failures.lock().unwrap().pop() == Some(true) {
            buffer.fill(0xee);
            return Err(io::Error::other("unreliable"));
        }
        let length = buffer.len().min(self.at_most);
        let read = self.contents.read_at(offset, &mut buffer[..length])?;
        buffer[read..].fill(0xee);
        Ok(read)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn reads_are_parts_of_the_contents(
        length in 0_usize..1000,
        block_size in 1_usize..=64,
        capacity in 0_usize..20,
        at_most in 1_usize..100,
        failures in prop::collection::vec(prop::bool::weighted(0.1), 0..200),
        reads in prop::collection::vec((0_u64..1200, 0_usize..200), 1..60),
    ) {
        let mut inner = Unreliable::new(length, failures);
        inner.at_most = at_most;
        let cache = BlockCache::new(inner, block_size, capacity);
        for (offset, size) in reads {
            let wanted = expected(&cache.get_ref().contents, offset, size);
            let mut buffer = vec![0xaa; size];
            match cache.read_at(offset, &mut buffer) {
                Ok(read) => {
                    prop_assert_eq!(&buffer[..read], &wanted[..read]);
                    // A failure of a later block shortens the read, and only to the start of it.
                    let at_block = (offset + read as u64) % block_size as u64 == 0;
                    prop_assert!(read == wanted.len() || read > 0 && at_block);
                }
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Other),
            }
        }
        // What failed once is right afterwards.
        cache.get_ref().failures.lock().unwrap().clear();
        let mut whole = vec![0; length];
        cache.read_exact_at(0, &mut whole).unwrap();
        prop_assert_eq!(&whole, &cache.get_ref().contents);
    }

    /// As many reads as there are blocks, whatever is asked for, if all of them fit.
    #[test]
    fn each_block_is_read_once(
        blocks in 1_usize..20,
        block_size in 1_usize..=64,
        reads in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..200), 1..60),
    ) {
        let length = blocks * block_size;
        let cache = BlockCache::new(Unreliable::new(length, Vec::new()), block_size, blocks);
        for (offset, size) in reads {
            let offset = offset.index(length);
            let mut buffer = vec![0; size.min(length - offset)];
            cache.read_exact_at(offset as u64, &mut buffer).unwrap();
        }
        prop_assert!(cache.get_ref().reads() <= blocks);
    }
}

#[test]
fn the_least_recently_used_block_goes() {
    let cache = BlockCache::new(Unreliable::new(40, Vec::new()), 10, 2);
    let read = |offset| {
        let before = cache.get_ref().reads();
        cache.read_exact_at(offset, &mut [0; 5]).unwrap();
        cache.get_ref().reads() - before
    };
    assert_eq!([0, 10, 0, 20, 0, 10].map(read), [1, 1, 0, 1, 0, 1]);
    cache.clear();
    assert_eq!([10, 10].map(read), [1, 0]);
}

#[test]
fn the_end_is_cached_until_it_is_cleared() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "twelve bytes").unwrap();
    let cache = BlockCache::new(RandomAccessFile::open(&path).unwrap(), 10, 4);
    let mut buffer = [0; 30];
    assert_eq!(cache.read_at(0, &mut buffer).unwrap(), 12);
    std::fs::write(&path, "twelve bytes and more").unwrap();
    assert_eq!(cache.read_at(0, &mut buffer).unwrap(), 12);
    cache.clear();
    assert_eq!(cache.read_at(0, &mut buffer).unwrap(), 21);
    assert_eq!(cache.read_at(u64::MAX, &mut []).unwrap(), 0);
}

/// Waits twice in its first read.
struct Waiting {
    barrier: Barrier,
    reads: AtomicUsize,
}

impl ReadAt for Waiting {
    fn read_at(&self, _offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        if read == 0 {
            self.barrier.wait();
            self.barrier.wait();
        }
        buffer.fill(read as u8);
        Ok(buffer.len())
    }
}

#[test]
fn what_was_read_before_the_clearing_is_not_cached_after_it() {
    let inner = Waiting {
        barrier: Barrier::new(2),
        reads: AtomicUsize::new(0),
    };
    let cache = BlockCache::new(inner, 10, 2);
    let read = || {
        let mut byte = [0xaa];
        cache.read_exact_at(5, &mut byte).unwrap();
        byte[0]
    };
    thread::scope(|scope| {
        let first = scope.spawn(read);
        cache.get_ref().barrier.wait();
        cache.clear();
        cache.get_ref().barrier.wait();
        assert_eq!(first.join().unwrap(), 0);
    });
    assert_eq!((read(), read()), (1, 1));
}

#[test]
fn threads_share_the_blocks() {
    let cache = BlockCache::new(Unreliable::new(10_000, Vec::new()), 64, 20);
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            let cache = &cache;
            scope.spawn(move || {
                let mut buffer = [0; 150];
                for turn in 0..5000_u64 {
                    let offset = (turn * 31 + thread * 977) % 9850;
                    cache.read_exact_at(offset, &mut buffer).unwrap();
                    let contents = &cache.get_ref().contents;
                    assert_eq!(buffer.as_slice(), expected(contents, offset, 150));
                    if turn % 1000 == 0 {
                        cache.clear();
                    }
                }
            });
        }
    });
}

/// Takes whole sectors in aligned memory only, as direct I/O does, at the end of the file too.
struct Strict(Vec<u8>);

impl ReadAt for Strict {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let address = buffer.as_ptr() as usize;
        if offset % 512 != 0 || buffer.len() % 512 != 0 || address % BUFFER_ALIGNMENT != 0 {
            return Err(io::Error::from(ErrorKind::InvalidInput));
        }
        self.0.read_at(offset, buffer)
    }
}

#[test]
fn whole_blocks_are_read_into_aligned_memory() {
    let contents = bytes(10_001);
    let cache = BlockCache::new(Strict(contents.clone()), 4096, 2);
    for (offset, size) in [(5, 10_000), (0, 1), (9_999, 1), (10_000, 50), (8_191, 3)] {
        let mut buffer = vec![0; size];
        let read = cache.read_at(offset, &mut buffer).unwrap();
        assert_eq!(&buffer[..read], expected(&contents, offset, size));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn direct_files_are_read() {
    use std::os::unix::fs::OpenOptionsExt;
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("file");
    let contents = bytes(100_001);
    std::fs::write(&path, &contents).unwrap();
    let direct = rustix::fs::OFlags::DIRECT.bits() as i32;
    let mut options = std::fs::OpenOptions::new();
    let Ok(file) = options.read(true).custom_flags(direct).open(&path) else {
        eprintln!("SKIPPED: direct I/O needs a file system that has it");
        return;
    };
    let cache = BlockCache::new(RandomAccessFile::from(file), 8192, 4);
    let mut whole = vec![0; contents.len()];
    cache.read_exact_at(0, &mut whole).unwrap();
    assert!(whole == contents);
    let mut end = [0; 20];
    assert_eq!(cache.read_at(100_000, &mut end).unwrap(), 1);
}
