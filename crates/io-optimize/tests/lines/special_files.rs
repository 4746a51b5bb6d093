//! Pseudo files, FIFOs, devices and directories.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::common::{collect, oracle};
use io_optimize::{count_lines, fold_lines, for_each_line, read, LineReader, ReadError};
use tempfile::TempDir;

const ISDIR: i32 = 21;

fn folded(path: &Path) -> Vec<Vec<u8>> {
    fold_lines(
        path,
        4,
        Vec::new,
        |lines, line| lines.push(line.to_vec()),
        Extend::extend,
    )
    .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn pseudo_files_are_read_whole() {
    for path in ["/proc/cpuinfo", "/proc/filesystems", "/proc/self/mounts"] {
        let path = Path::new(path);
        let wanted = fs::read(path).unwrap();
        // The speed of a processor changes between two readings, the number of lines does not.
        let count = oracle(&wanted).len();
        assert!(count > 0);
        assert_eq!(
            collect(&mut LineReader::open(path).unwrap()).unwrap().len(),
            count
        );
        assert_eq!(folded(path).len(), count);
        assert_eq!(count_lines(path).unwrap(), count as u64);
        assert_eq!(oracle(&read(path).unwrap()).len(), count);
    }
}

#[test]
fn a_fifo_is_read_to_its_end() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("fifo");
    assert!(Command::new("mkfifo")
        .arg(&path)
        .status()
        .unwrap()
        .success());
    let contents = "a line in a pipe\r\n".repeat(20_000) + "end";
    let wanted = oracle(contents.as_bytes());
    let with_writer = |check: &dyn Fn()| {
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut fifo = fs::OpenOptions::new().write(true).open(&path).unwrap();
                // In pieces: a pipe gives what there is.
                for piece in contents.as_bytes().chunks(1013) {
                    fifo.write_all(piece).unwrap();
                }
            });
            check();
        });
    };
    with_writer(&|| {
        let mut lines = LineReader::open(&path).unwrap();
        assert!(collect(&mut lines).unwrap() == wanted);
    });
    with_writer(&|| assert!(folded(&path) == wanted));
    with_writer(&|| assert_eq!(count_lines(&path).unwrap(), wanted.len() as u64));
    with_writer(&|| assert!(read(&path).unwrap() == contents.as_bytes()));
}

#[test]
fn a_directory_is_refused_by_its_path() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    let failures = [
        for_each_line(path, |_| Ok(ControlFlow::Continue(()))).unwrap_err(),
        LineReader::open(path).unwrap().next_str().unwrap_err(),
        fold_lines(path, 2, || (), |(), _| (), |(), ()| ()).unwrap_err(),
        count_lines(path).unwrap_err(),
        read(path).unwrap_err(),
    ];
    for error in failures {
        let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
        let details = details.unwrap();
        assert_eq!(details.path(), path);
        assert_eq!(details.io_error().raw_os_error(), Some(ISDIR));
        assert_eq!(details.io_error().kind(), error.kind());
        assert!(error.to_string().starts_with("cannot read `"), "{error}");
    }
}

#[test]
fn a_device_without_contents_has_no_lines() {
    let path = Path::new("/dev/null");
    assert_eq!(folded(path), Vec::<Vec<u8>>::new());
    assert_eq!(count_lines(path).unwrap(), 0);
}
