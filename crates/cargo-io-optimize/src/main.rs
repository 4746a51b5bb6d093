//! The program `cargo-io-optimize`, which cargo runs as `cargo io-optimize`.

use std::env;
use std::ffi::OsString;
use std::process;

use cargo_io_optimize::exit::{ExitCode, Interrupted};
use cargo_io_optimize::interrupt::Interrupt;
use cargo_io_optimize::shell::{Shell, Verbosity};
use cargo_io_optimize::{cli, commands};

fn main() -> process::ExitCode {
    // Cargo calls this program in rustc's place when types are asked for.
    if let Some(code) = toolchain::run_as_wrapper_if_asked() {
        return code;
    }
    run(&env::args_os().collect::<Vec<_>>()).into()
}

fn run(args: &[OsString]) -> ExitCode {
    let request = match cli::parse(args.iter().cloned(), &commands::rules()) {
        Ok(request) => request,
        Err(error) => return explain(args, &error),
    };
    let shell = Shell::new(request.color, request.verbosity);
    let result = commands::run(request, &shell, &Interrupt::install());
    result.unwrap_or_else(|error| {
        shell.error(&error);
        if error.is::<Interrupted>() {
            ExitCode::Interrupted
        } else {
            ExitCode::Failed
        }
    })
}

/// Prints what clap has to say: help and version are data, a usage error is talk.
fn explain(args: &[OsString], error: &clap::Error) -> ExitCode {
    let shell = Shell::new(cli::color_of(args), Verbosity::Normal);
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        shell.usage(&text);
        return ExitCode::Failed;
    }
    match shell.data(&text) {
        Ok(()) => ExitCode::Done,
        Err(error) => {
            shell.error(&error);
            ExitCode::Failed
        }
    }
}
