//! The tests of a patched tree.

use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{CheckOutcome, Shadow, sync};
use crate::supervised::{self, How};
use crate::{CargoOptions, TestResults, messages, test_results};

/// How the tests of the shadow went.
#[derive(Debug, Clone)]
pub enum Tested {
    /// They could not be built.
    NotBuilt(CheckOutcome),
    /// They were run.
    Ran {
        /// What each did. A test that was cut off did not pass.
        results: TestResults,
        /// Whether they came to an end within the limit.
        in_time: bool,
        /// How long they ran, without the time to build them.
        elapsed: Duration,
        /// The command line that was executed.
        command: String,
    },
}

impl Shadow<'_> {
    /// Builds and runs the tests of the copy as it is, with the user's choice of packages, targets and features.
    ///
    /// What the tests leave in the copy is gone before the next run. They run in the copy, find no repository above it, and
    /// are told its target directory, so that a test that calls git or cargo does not reach the user's. Without a limit
    /// they run until they end.
    ///
    /// # Errors
    /// If cargo cannot be run, the copy cannot be brought back to what it was, or the flag is raised meanwhile. Tests that do
    /// not build or pass are an outcome.
    pub fn test(
        &self,
        options: &CargoOptions,
        limit: Option<Duration>,
        interrupted: &AtomicBool,
    ) -> Result<Tested> {
        sync::sync(self.workspace, &self.root, self.data, &self.written)?;
        let arguments = [
            "test",
            "--no-fail-fast",
            "--no-run",
            "--message-format=json",
        ];
        let mut command = self.cargo(&arguments, options)?;
        self.keep_apart(&mut command);
        let built = self.build(&mut command)?;
        if !built.success {
            return Ok(Tested::NotBuilt(built));
        }
        let mut command = self.cargo(&["test", "--no-fail-fast", "--color=never"], options)?;
        self.keep_apart(&mut command);
        // The lines that name the programs are read.
        command
            .env("CARGO_TERM_QUIET", "false")
            .env("CARGO_TERM_VERBOSE", "false");
        let began = Instant::now();
        let ended = supervised::run(&mut command, limit, interrupted)?;
        if ended.how == How::Interrupted {
            bail!("the tests were interrupted");
        }
        let in_time = ended.how == How::ByItself;
        Ok(Tested::Ran {
            results: test_results::read(&ended.stdout, &ended.stderr, in_time),
            in_time,
            elapsed: began.elapsed(),
            command: messages::shown(&command),
        })
    }

    fn keep_apart(&self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", &self.target_directory);
        // Git goes no further up than to what lies in a folder of these.
        let above = self.root.parent().unwrap_or(&self.root);
        command.env("GIT_CEILING_DIRECTORIES", above);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
    }
}
