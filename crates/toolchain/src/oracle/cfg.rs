//! What `#[cfg]` is true of in a unit.

use std::ffi::OsString;
use std::fs;
use std::process::{Command, Stdio};

use super::job::{self, Job};
use super::unit::Unit;
use super::wrapper::JOB_VARIABLE;

/// The conditions that hold, as rustc prints them, one each: `unix`, `feature="x"`. None where rustc does not say.
///
/// They follow from the compiler and its arguments, and are kept by these.
pub(super) fn of(job: &Job, unit: &Unit, compiler: &OsString) -> Vec<String> {
    let arguments = unit.configuring_arguments();
    let mut hasher = blake3::Hasher::new();
    for argument in arguments.iter().chain([compiler]) {
        hasher.update(argument.as_encoded_bytes()).update(b"\0");
    }
    let folder = job.cache.join("cfg");
    let path = folder.join(&hasher.finalize().to_hex()[..32]);
    let printed = fs::read_to_string(&path).ok().or_else(|| {
        let output = Command::new(compiler)
            .args(["--print", "cfg"])
            .args(arguments)
            .env_remove(JOB_VARIABLE)
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let text = output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).ok())??;
        let _ = fs::create_dir_all(&folder);
        let _ = job::write_whole(&path, text.as_bytes());
        Some(text)
    });
    let lines = printed.iter().flat_map(|text| text.lines());
    lines.map(str::to_owned).collect()
}
