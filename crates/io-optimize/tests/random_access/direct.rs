//! Many reads past the page cache, by io_uring where the crate has the feature: the outcome is the same
//! without it, and whatever the kernel refuses.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use crate::common::{bytes, expected};
use io_optimize::{BufferPool, PooledBuffer, RandomAccessError, RandomAccessFile, ReadRequest};
use rustix::fs::OFlags;
use tempfile::TempDir;

const PATH: &str = "IO_OPTIMIZE_TEST_DIRECT";
/// Bytes of one read.
const BLOCK: usize = 4096;
/// More than the kernel is given at once.
const BLOCKS: usize = 700;

/// Opens the file for direct I/O; `None`, with a word on stderr, where the file system has none.
fn open_direct(path: &Path) -> Option<RandomAccessFile> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags(OFlags::DIRECT.bits() as i32);
    match options.open(path) {
        Ok(file) => Some(RandomAccessFile::from(file)),
        Err(_) => {
            skip("reading past the page cache", "a file system with O_DIRECT");
            None
        }
    }
}

fn skip(what: &str, needs: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} needs {needs}");
}

fn file_of(contents: &[u8]) -> (TempDir, std::path::PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, contents).unwrap();
    File::open(&path).unwrap().sync_all().unwrap();
    (directory, path)
}

fn buffers(count: usize, size: usize) -> Vec<PooledBuffer> {
    let pool = BufferPool::new(size, count);
    (0..count).map(|_| pool.take()).collect()
}

/// A place of the file for each block, all over it and some twice.
fn offsets() -> Vec<u64> {
    (0..BLOCKS)
        .map(|at| (at * 7919 % BLOCKS / 2 * BLOCK) as u64)
        .collect()
}

fn read_all(file: &RandomAccessFile, contents: &[u8]) {
    let offsets = offsets();
    let mut buffers = buffers(BLOCKS, BLOCK);
    let mut requests: Vec<ReadRequest<'_>> = offsets
        .iter()
        .zip(&mut buffers)
        .map(|(&offset, buffer)| ReadRequest { offset, buffer })
        .collect();
    file.read_many(&mut requests).unwrap();
    for (&offset, buffer) in offsets.iter().zip(&buffers) {
        assert!(**buffer == *expected(contents, offset, BLOCK), "{offset}");
    }
}

#[test]
fn every_buffer_gets_its_block() {
    let contents = bytes(BLOCKS * BLOCK);
    let (_directory, path) = file_of(&contents);
    let Some(file) = open_direct(&path) else {
        return;
    };
    read_all(&file, &contents);
    // Larger ones, of which not all are given to the kernel at once.
    let size = 2 << 20;
    let mut buffers = buffers(24, size);
    let mut requests: Vec<ReadRequest<'_>> = buffers
        .iter_mut()
        .enumerate()
        .map(|(at, buffer)| ReadRequest {
            offset: (at % 10 * BLOCK) as u64,
            buffer,
        })
        .collect();
    file.read_many(&mut requests).unwrap();
    for (at, buffer) in buffers.iter().enumerate() {
        assert!(**buffer == *expected(&contents, (at % 10 * BLOCK) as u64, size));
    }
}

#[test]
fn the_first_that_fails_is_reported_and_those_before_it_are_read() {
    // The last block is not whole.
    let contents = bytes(20 * BLOCK + 100);
    let (_directory, path) = file_of(&contents);
    let Some(file) = open_direct(&path) else {
        return;
    };
    for bad in [20 * BLOCK as u64, 40 * BLOCK as u64, u64::MAX] {
        let mut buffers = buffers(20, BLOCK);
        let mut requests: Vec<ReadRequest<'_>> = buffers
            .iter_mut()
            .enumerate()
            .map(|(at, buffer)| ReadRequest {
                offset: if at == 10 { bad } else { (at * BLOCK) as u64 },
                buffer,
            })
            .collect();
        let error = file.read_many(&mut requests).unwrap_err();
        let details: &RandomAccessError = error.get_ref().unwrap().downcast_ref().unwrap();
        // Whether that is the end, or its alignment is refused, the system decides.
        let end = bad.max(contents.len() as u64);
        assert_eq!(details.offset(), Some(end), "{error}");
        for (at, buffer) in buffers.iter().enumerate().take(10) {
            assert!(**buffer == *expected(&contents, (at * BLOCK) as u64, BLOCK));
        }
    }
}

/// Runs the child under strace with these arguments; `false` without strace or direct I/O.
fn child_succeeds(arguments: &[&str]) -> bool {
    if Command::new("strace").arg("-V").output().is_err() {
        skip("injecting errors into system calls", "strace");
        return false;
    }
    let (_directory, path) = file_of(&bytes(BLOCKS * BLOCK));
    if open_direct(&path).is_none() {
        return false;
    }
    let output = Command::new("strace")
        .args(["-f", "-qq"])
        .args(arguments)
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "direct::in_a_child"])
        .env(PATH, &path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

#[test]
#[ignore = "the other tests of this file run it under strace"]
fn in_a_child() {
    let path = env::var_os(PATH).unwrap();
    let file = open_direct(Path::new(&path)).unwrap();
    read_all(&file, &bytes(BLOCKS * BLOCK));
}

#[test]
fn what_the_kernel_refuses_is_read_without_it() {
    for injection in [
        "io_uring_setup:error=ENOSYS",
        "io_uring_setup:error=EPERM",
        "io_uring_setup:error=ENOMEM",
        "io_uring_enter:error=EPERM",
        "io_uring_enter:error=EAGAIN",
        // In the middle, with reads under way.
        "io_uring_enter:error=EPERM:when=2+",
        "io_uring_enter:error=EPERM:when=5+",
        "io_uring_enter:error=EAGAIN:when=2",
        "io_uring_enter:error=EBUSY:when=2+2",
        "io_uring_enter:error=EINTR:when=1",
        "io_uring_enter:error=EINTR:when=1+2",
    ] {
        let inject = format!("inject={injection}");
        if !child_succeeds(&["-o", "/dev/null", "-e", &inject]) {
            return;
        }
    }
}

/// The kernel gives no ring to whom seccomp or a setting forbids it; that is told by the capabilities.
#[test]
fn the_ring_is_used_where_it_is_there() {
    let directory = TempDir::new().unwrap();
    let log = directory.path().join("log");
    let arguments = ["-e", "trace=pread64", "-o", log.to_str().unwrap()];
    if !child_succeeds(&arguments) {
        return;
    }
    let log = fs::read_to_string(&log).unwrap();
    let reads = log.lines().filter(|line| line.ends_with("= 4096")).count();
    let capabilities = io_optimize::Capabilities::of(directory.path()).unwrap();
    if capabilities.io_uring == io_optimize::Support::Available {
        assert_eq!(reads, 0, "{log}");
    } else {
        assert_eq!(reads, BLOCKS, "{log}");
    }
}
