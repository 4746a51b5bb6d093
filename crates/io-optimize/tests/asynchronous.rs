//! With the feature `tokio`: the same results as without, and a runtime that is not held up.
#![cfg(feature = "tokio")]

use std::collections::BTreeSet;
use std::fs;
use std::future::{poll_fn, Future};
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::pin::{pin, Pin};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use io_optimize::{
    asynchronous, AtomicWriteOptions, CancelToken, CopyError, CopyOptions, Durability, Progress,
    RandomAccessFile, ReadError, Replace, TreeOptions, WriteError,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task;

const MIB: usize = 1 << 20;
/// Far more than anything here takes: who waits so long waits for ever.
const FOR_EVER: Duration = Duration::from_secs(120);

/// One that runs all tasks on the thread that waits, and one with threads for them.
fn each_runtime(test: impl Fn(Runtime)) {
    test(Builder::new_current_thread().build().unwrap());
    let mut builder = Builder::new_multi_thread();
    test(builder.worker_threads(2).build().unwrap());
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

#[test]
fn copies_are_those_of_the_other_functions() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("tree")).unwrap();
        for length in [0, 1, 100_000, 3 * MIB] {
            let contents = bytes(length);
            fs::write(path("from"), &contents).unwrap();
            fs::write(path("tree/file"), &contents).unwrap();
            let (options, trees) = (
                CopyOptions::new().workers(1),
                TreeOptions::new().merge(true),
            );
            let trees = trees.existing(io_optimize::Existing::Replace);
            runtime.block_on(async {
                let copied = asynchronous::copy(path("from"), path("a")).await.unwrap();
                assert_eq!(copied, length as u64);
                let report = options.copy_async(path("from"), path("b")).await.unwrap();
                assert_eq!(report.bytes, length as u64);
                let to = path(&format!("tree of {length}"));
                let report = asynchronous::copy_tree(path("tree"), &to).await.unwrap();
                assert_eq!((report.files, report.bytes), (1, length as u64));
                let report = trees.copy_async(path("tree"), &to).await.unwrap();
                assert_eq!(report.files, 1);
            });
            let tree = format!("tree of {length}/file");
            for to in ["a", "b", &tree] {
                assert!(fs::read(path(to)).unwrap() == contents, "{to}");
            }
        }
    });
}

#[test]
fn what_is_read_and_written_is_the_contents() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("a");
        let options = AtomicWriteOptions::new().durability(Durability::None);
        runtime.block_on(async {
            let fill = |writer: &mut io_optimize::BufferedWriter<fs::File>| {
                writer.write_all(b"one\ntwo\r\nthree")?;
                Ok(3)
            };
            let options = &options;
            assert_eq!(asynchronous::atomic_write(&path, fill).await.unwrap(), 3);
            assert_eq!(options.write_async(&path, fill).await.unwrap(), 3);
            let read = asynchronous::read(&path).await.unwrap();
            assert_eq!(read, b"one\ntwo\r\nthree");

            let lines = Arc::new(Mutex::new(Vec::new()));
            let kept = Arc::clone(&lines);
            let each = move |line: &[u8]| {
                kept.lock().unwrap().push(line.to_vec());
                Ok(match line {
                    b"two" => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                })
            };
            asynchronous::for_each_line(&path, each).await.unwrap();
            assert_eq!(*lines.lock().unwrap(), [b"one", b"two"]);

            let file = Arc::new(RandomAccessFile::open(&path).unwrap());
            let wanted = vec![(4, vec![0; 3]), (0, vec![0; 1]), (14, Vec::new())];
            let read = asynchronous::read_many(file, wanted).await.unwrap();
            assert_eq!(read, [&b"two"[..], b"o", b""]);
        });
    });
}

#[test]
fn errors_are_those_of_the_other_functions() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let missing = directory.path().join("missing");
        let to = missing.join("too");
        runtime.block_on(async {
            let error = asynchronous::copy(&missing, &to).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
            let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
            assert_eq!(details.unwrap().from(), missing);
            let error = asynchronous::copy_tree(&missing, &to).await.unwrap_err();
            assert!(error.get_ref().unwrap().is::<CopyError>());
            let error = asynchronous::read(&missing).await.unwrap_err();
            assert!(error.get_ref().unwrap().is::<ReadError>());
            let each = |_: &[u8]| Ok(ControlFlow::Continue(()));
            let error = asynchronous::for_each_line(&missing, each).await;
            assert!(error.unwrap_err().get_ref().unwrap().is::<ReadError>());
            let error = asynchronous::atomic_write(&to, |_| Ok(())).await;
            assert!(error.unwrap_err().get_ref().unwrap().is::<WriteError>());
        });
    });
}

/// Holds up a copy at its first step, until it is let go.
struct Gate {
    arrived: Mutex<Sender<()>>,
    opened: Mutex<Receiver<()>>,
}

impl Gate {
    /// And what is told of the arrival, and what opens it.
    fn new() -> (Arc<Self>, Receiver<()>, Sender<()>) {
        let (arrived, told) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        let gate = Self {
            arrived: Mutex::new(arrived),
            opened: Mutex::new(opened),
        };
        (Arc::new(gate), told, open)
    }
}

impl Progress for Gate {
    fn advance(&self, _bytes: u64) {
        // Nobody may be listening to a second step any more.
        let _ = self.arrived.lock().unwrap().send(());
        let opened = self.opened.lock().unwrap().recv_timeout(FOR_EVER);
        assert_ne!(opened, Err(mpsc::RecvTimeoutError::Timeout));
    }
}

#[test]
fn other_tasks_go_on_during_a_copy() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&from, bytes(3 * MIB)).unwrap();
        let (gate, told, open) = Gate::new();
        let other = runtime.spawn(async move {
            while told.try_recv().is_err() {
                task::yield_now().await;
            }
            drop(open);
        });
        let options = CopyOptions::new().progress(gate);
        let report = runtime.block_on(options.copy_async(&from, &to)).unwrap();
        assert_eq!(report.bytes, 3 * MIB as u64);
        runtime.block_on(other).unwrap();
    });
}

/// Polls once, which must not be enough.
async fn begin<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => panic!("it waited for nothing"),
        Poll::Pending => Poll::Ready(()),
    })
    .await;
}

#[test]
fn dropping_ends_a_copy_and_leaves_the_old_file() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&from, bytes(64 * MIB)).unwrap();
        fs::write(&to, "old").unwrap();
        let (gate, told, open) = Gate::new();
        let token = CancelToken::new();
        let options = CopyOptions::new().replace(Replace::Atomically);
        let options = options.progress(gate).cancel(token.clone());
        runtime.block_on(async {
            let mut copy = Box::pin(options.copy_async(&from, &to));
            begin(copy.as_mut()).await;
            told.recv_timeout(FOR_EVER).unwrap();
            drop(copy);
            drop(open);
        });
        // Waits for the pool.
        drop(runtime);
        assert_eq!(fs::read(&to).unwrap(), b"old");
        assert_eq!(
            names(directory.path()),
            ["a", "b"].map(str::to_owned).into()
        );
        assert!(!token.is_cancelled(), "others may have it");
    });
}

#[test]
fn dropping_ends_the_copy_of_a_tree() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::create_dir(&from).unwrap();
        for number in 0..20 {
            fs::write(from.join(number.to_string()), "whole").unwrap();
        }
        let (gate, told, open) = Gate::new();
        let options = TreeOptions::new().workers(1).progress(gate);
        runtime.block_on(async {
            let mut copy = Box::pin(options.copy_async(&from, &to));
            begin(copy.as_mut()).await;
            told.recv_timeout(FOR_EVER).unwrap();
            drop(copy);
            drop(open);
        });
        // Waits for the pool.
        drop(runtime);
        let copied = names(&to);
        assert!(copied.len() < 20, "{copied:?}");
        for name in copied {
            assert_eq!(fs::read(to.join(name)).unwrap(), b"whole");
        }
    });
}

#[test]
fn the_callers_token_ends_a_copy() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&from, bytes(MIB)).unwrap();
        let token = CancelToken::new();
        token.cancel();
        let options = CopyOptions::new().cancel(token);
        let error = runtime
            .block_on(options.copy_async(&from, &to))
            .unwrap_err();
        let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
        assert!(details.unwrap().is_cancelled());
    });
}

#[test]
fn dropping_ends_lines() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "line\n".repeat(1000)).unwrap();
        let (gate, told, open) = Gate::new();
        let count = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&count);
        let each = move |_: &[u8]| {
            *counted.lock().unwrap() += 1;
            gate.advance(1);
            Ok(ControlFlow::Continue(()))
        };
        runtime.block_on(async {
            let mut lines = Box::pin(asynchronous::for_each_line(&path, each));
            begin(lines.as_mut()).await;
            told.recv_timeout(FOR_EVER).unwrap();
            drop(lines);
            drop(open);
        });
        drop(runtime);
        assert_eq!(*count.lock().unwrap(), 1);
    });
}

#[test]
fn what_has_not_begun_is_not_begun_after_a_drop() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    let (open, opened) = mpsc::channel::<()>();
    runtime.block_on(async {
        // Takes the only thread.
        let first = task::spawn_blocking(move || opened.recv_timeout(FOR_EVER));
        let mut write = Box::pin(asynchronous::atomic_write(&path, |_| Ok(())));
        begin(write.as_mut()).await;
        drop(write);
        // Never polled.
        drop(asynchronous::atomic_write(&path, |_| Ok(())));
        drop(open);
        first.await.unwrap().unwrap_err();
    });
    drop(runtime);
    assert!(names(directory.path()).is_empty());
}

#[test]
fn a_panic_is_the_callers() {
    each_runtime(|runtime| {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "old").unwrap();
        let fill = |_: &mut _| -> io::Result<()> { panic!("in the middle") };
        let run = || runtime.block_on(asynchronous::atomic_write(&path, fill));
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"in the middle"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["a".to_owned()].into());
    });
}

#[test]
fn a_runtime_that_is_shut_down_is_an_error() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let handle = runtime.handle().clone();
    runtime.shutdown_background();
    let _entered = handle.enter();
    let mut job = pin!(asynchronous::blocking(|| Ok(())));
    let outcome = poll(job.as_mut());
    assert!(matches!(outcome, Poll::Ready(Err(error)) if error.kind() == ErrorKind::Other));
}

#[test]
fn outside_of_a_runtime_it_panics() {
    let mut job = pin!(asynchronous::blocking(|| Ok(())));
    let run = || poll(job.as_mut()).is_ready();
    catch_unwind(AssertUnwindSafe(run)).unwrap_err();
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    future.poll(&mut Context::from_waker(&Arc::new(Nobody).into()))
}

#[test]
fn futures_can_be_sent_to_other_threads() {
    fn check<F: Future + Send>(_: F) {}
    check(asynchronous::copy("a", "b"));
    check(CopyOptions::new().copy_async("a", "b"));
    check(TreeOptions::new().copy_async("a", "b"));
    check(asynchronous::atomic_write("a", |_| Ok(())));
    check(asynchronous::for_each_line("a", |_| {
        Ok(ControlFlow::Break(()))
    }));
}
