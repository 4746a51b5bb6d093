//! The reference of the command line, from the definitions that the program parses with.

use std::fmt::Write as _;

use crate::cli;
use crate::exit::ExitCode;

const WIDTH: usize = 100;

/// The reference, as Markdown.
#[must_use]
pub fn command_line() -> String {
    let mut command = cli::command().term_width(WIDTH);
    command.build();
    let mut text = String::from(
        "# Command line\n\n\
        `cargo io-optimize …` and `cargo-io-optimize …` are the same. What is asked for goes to stdout, everything else \
        to stderr.\n\n\
        ## `cargo io-optimize`\n\n",
    );
    push_help(&mut text, &mut command);
    for subcommand in command.get_subcommands_mut() {
        text.push_str(&format!(
            "\n## `cargo io-optimize {}`\n\n",
            subcommand.get_name()
        ));
        push_help(&mut text, subcommand);
    }
    text.push_str("\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n");
    let mut codes = ExitCode::BY_PRECEDENCE;
    codes.sort_by_key(|code| code.number());
    for code in codes {
        let _infallible = writeln!(text, "| {} | {} |", code.number(), code.meaning());
    }
    let order: Vec<_> = ExitCode::BY_PRECEDENCE
        .iter()
        .map(|code| code.number().to_string())
        .collect();
    let _infallible = writeln!(
        text,
        "\nWhere several apply, the first of {} is taken.",
        order.join(", ")
    );
    text
}

fn push_help(text: &mut String, command: &mut clap::Command) {
    let help = command.render_help().to_string();
    text.push_str("```text\n");
    for line in help.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str("```\n");
}
