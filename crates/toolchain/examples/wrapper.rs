//! The least program that can stand in for rustc: the tests of the oracle use it in place of the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    toolchain::run_as_wrapper_if_asked().unwrap_or(ExitCode::from(2))
}
