//! What the tests share: a child process that runs one ignored test of this program, and a mount.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Arguments that make this program run one ignored test and nothing else.
pub(crate) fn child_arguments(test: &str) -> [&str; 4] {
    ["--ignored", "--exact", "--nocapture", test]
}

/// This program, to run one ignored test in a process of its own.
pub(crate) fn child(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(child_arguments(test));
    command
}

/// Says on stderr, past the capture of the test harness, what a test left out.
pub(crate) fn skip(what: &str, needs: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED: {what} needs {needs}");
}

#[cfg(target_os = "linux")]
/// Whether the program can be started.
pub(crate) fn has_program(name: &str) -> bool {
    Command::new(name).arg("-V").output().is_ok()
}

/// A tmpfs mounted for one test, unmounted when dropped.
pub(crate) struct Tmpfs {
    path: PathBuf,
}

impl Tmpfs {
    /// Of this many KiB; `None`, with a word on stderr, where mounting is not permitted.
    pub(crate) fn new(path: &Path, kibibytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o"]);
        let output = mount
            .args([&format!("size={kibibytes}k"), "tmpfs"])
            .arg(path)
            .output();
        match output {
            Ok(output) if output.status.success() => Some(Self {
                path: path.to_path_buf(),
            }),
            _ => {
                skip("a test on another file system", "root");
                None
            }
        }
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}
