//! All that can go wrong under the runtime crate: the tests that take too long for every change.

use std::path::Path;

use anyhow::Result;

use crate::project;

/// The ignored tests, each with the file of tests that it is in.
const TESTS: [(&str, &str); 2] = [
    ("faults", "matrix::all_calls"),
    (
        "copy",
        "file_systems::the_whole_table_between_any_two_file_systems",
    ),
];

/// Runs them one after the other; the first one says how many faults were injected.
pub(crate) fn run(root: &Path) -> Result<()> {
    for (file, test) in TESTS {
        let arguments = [
            "test",
            "-p",
            "io-optimize",
            "--locked",
            "--test",
            file,
            "--",
            "--ignored",
            "--exact",
            "--nocapture",
            test,
        ];
        project::run_cargo(root, &arguments)?;
    }
    Ok(())
}
