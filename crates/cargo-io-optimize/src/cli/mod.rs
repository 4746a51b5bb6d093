//! The command line: clap's definitions and the way from there to a [`Request`].

mod audit;
mod cargo;
mod resolve;
mod subcommands;
pub mod values;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser};
use model::RuleMeta;

use crate::request::Request;
use crate::shell::Color;
use audit::AuditArgs;
use subcommands::Subcommand;

const USAGE: &str = "cargo io-optimize [OPERATION] [SIZE_HINT] [OPTIONS]\n       cargo io-optimize <COMMAND> [OPTIONS]";

/// Finds slow I/O in a Rust project, measures what a rewrite is worth on this host, and rewrites it
#[derive(Debug, Parser)]
#[command(
    name = "cargo-io-optimize",
    bin_name = "cargo io-optimize",
    version,
    override_usage = USAGE,
    styles = clap_cargo::style::CLAP_STYLING,
    disable_help_subcommand = true,
    disable_help_flag = true,
    max_term_width = 100,
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    audit: AuditArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Args)]
struct OutputArgs {
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort, help_heading = OUTPUT, display_order = 103)]
    help: (),
    /// When to use colours [default: of CARGO_TERM_COLOR, else auto]
    #[arg(long, value_name = "WHEN", value_enum, global = true, help_heading = OUTPUT, display_order = 100)]
    color: Option<Color>,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = OUTPUT, display_order = 101)]
    quiet: bool,
    /// Say more about what is done
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = OUTPUT, display_order = 102)]
    verbose: u8,
}

const OUTPUT: &str = "Output";

/// The clap command, for completions and the reference.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads a command line, program name included, whether cargo put `io-optimize` behind it or not.
///
/// `rules` is the table that names of rules are looked up in.
///
/// # Errors
/// A usage error, or what `--help` and `--version` print: [`clap::Error::exit_code`] tells them apart.
pub fn parse(
    args: impl IntoIterator<Item = OsString>,
    rules: &[&'static RuleMeta],
) -> Result<Request, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    if args.get(1).is_some_and(|first| first == "io-optimize") {
        args.remove(1);
    }
    let mut command = command();
    let matches = command.try_get_matches_from_mut(args)?;
    if let Some(subcommand) = matches.subcommand_name()
        && let Some(stray) = stray_argument(&command, &matches)
    {
        let message = format!("{stray} cannot stand before the subcommand `{subcommand}`");
        return Err(command.error(ErrorKind::ArgumentConflict, message));
    }
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    resolve::request(cli, rules)
        .map_err(|message| command.error(ErrorKind::ArgumentConflict, message))
}

/// The colour choice on a command line that may not parse, for printing why.
#[must_use]
pub fn color_of(args: &[OsString]) -> Option<Color> {
    let mut args = args.iter().map(|arg| arg.to_str().unwrap_or_default());
    let mut choice = None;
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color") {
            Some("") => args.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        choice = value
            .and_then(|value| clap::ValueEnum::from_str(value, false).ok())
            .or(choice);
    }
    choice
}

/// An argument of the default command that was given although a subcommand follows: it would do nothing.
fn stray_argument(command: &clap::Command, matches: &clap::ArgMatches) -> Option<String> {
    command
        .get_arguments()
        .filter(|argument| !argument.is_global_set())
        .find(|argument| {
            matches.value_source(argument.get_id().as_str())
                == Some(clap::parser::ValueSource::CommandLine)
        })
        .map(|argument| match argument.get_long() {
            Some(long) => format!("`--{long}`"),
            None => "an operation or a size".to_owned(),
        })
}
