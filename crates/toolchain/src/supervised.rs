//! Runs a program that may never end by itself, with all that it starts.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How long a look at the clock and at the interrupt flag may wait.
const LOOK: Duration = Duration::from_millis(50);

/// How long the output is waited for once the program has ended: what it started may keep the pipes open for ever.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a program wrote, and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    ByItself,
    /// It was ended, as it took longer than the limit.
    TooLate,
    /// It was ended, as the flag was raised.
    Interrupted,
}

#[derive(Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

/// Runs a program until it ends, the limit is over or the flag is raised; ends what it started with it.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn run(
    command: &mut Command,
    limit: Option<Duration>,
    interrupted: &AtomicBool,
) -> Result<Ended> {
    // A group of its own, to be ended as one; so it does not hear the terminal's Ctrl-C, and has to be told.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let began = Instant::now();
    let (sender, receiver) = channel();
    let stdout = child.stdout.take().context("the program has no output")?;
    let stderr = child.stderr.take().context("the program has no output")?;
    forward(stdout, Stream::Stdout, sender.clone());
    forward(stderr, Stream::Stderr, sender);
    let mut output = Output::default();
    let how = loop {
        if interrupted.load(Ordering::SeqCst) {
            break How::Interrupted;
        }
        if limit.is_some_and(|limit| began.elapsed() > limit) {
            break How::TooLate;
        }
        output.receive(&receiver, LOOK);
        if child.try_wait().context("cannot wait for cargo")?.is_some() {
            break How::ByItself;
        }
    };
    if how != How::ByItself {
        end(&mut child);
        child.wait().context("cannot wait for cargo")?;
    }
    let ended = Instant::now();
    while output.is_open && ended.elapsed() < LAST_WORDS {
        output.receive(&receiver, LOOK);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ended {
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        how,
    })
}

struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    is_open: bool,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            stdout: Vec::new(),
            stderr: Vec::new(),
            is_open: true,
        }
    }
}

impl Output {
    /// Takes the next piece, or waits for one that long.
    fn receive(&mut self, receiver: &Receiver<(Stream, Vec<u8>)>, wait: Duration) {
        match receiver.recv_timeout(wait) {
            Ok((Stream::Stdout, piece)) => self.stdout.extend(piece),
            Ok((Stream::Stderr, piece)) => self.stderr.extend(piece),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                // The wait is over at once then, but the program need not be.
                if !self.is_open {
                    thread::sleep(wait);
                }
                self.is_open = false;
            }
        }
    }
}

fn forward(mut from: impl Read + Send + 'static, stream: Stream, to: Sender<(Stream, Vec<u8>)>) {
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if to.send((stream, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
    });
}

/// Ends a program that has not been waited for, and on Unix what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        let _or_it_has_ended = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _or_it_has_ended = child.kill();
}
