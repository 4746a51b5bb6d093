//! A progress bar for work that lasts: nothing is drawn in the first second, and nothing at all away from a terminal.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

const DELAY: Duration = Duration::from_secs(1);
const FRAME: Duration = Duration::from_millis(100);

/// One step of work in progress. It disappears when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    appearance: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub(crate) fn start(bars: &MultiProgress, message: String) -> Self {
        // Hidden until it appears: a line that is drawn before belongs to no group, and would stay.
        let hidden = ProgressDrawTarget::hidden();
        let bar = ProgressBar::with_draw_target(None, hidden).with_message(message);
        if bars.is_hidden() {
            return Self {
                bar,
                appearance: None,
            };
        }
        bar.set_style(template("{spinner} {msg} {elapsed}"));
        let (over, wait) = mpsc::channel();
        let (bars, later) = (bars.clone(), bar.clone());
        // A thread, because the work between two calls of `set_position` may be what takes long.
        let thread = thread::spawn(move || {
            if wait.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) {
                bars.add(later.clone());
                later.enable_steady_tick(FRAME);
            }
        });
        Self {
            bar,
            appearance: Some((over, thread)),
        }
    }

    /// Says how much is done of how much.
    pub fn set_position(&self, done: u64, total: u64) {
        if self.bar.length().is_none() {
            self.bar
                .set_style(template("{spinner} {msg} [{bar:25}] {pos}/{len} {elapsed}"));
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Says what is being done now.
    pub fn set_message(&self, message: impl Into<String>) {
        self.bar.set_message(message.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((over, thread)) = self.appearance.take() {
            drop(over);
            // A panic of the drawing thread has been printed; the work itself is not concerned.
            let _drawn = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("=> ")
}
