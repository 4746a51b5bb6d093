//! The subcommands.

use std::path::PathBuf;
use std::time::Duration;

use super::audit::{BenchArgs, RuleArgs, Words};
use super::cargo::CargoArgs;
use super::values;
use crate::request::{HostFormat, Verify};

/// What there is besides the default command.
#[derive(Debug, Clone, clap::Subcommand)]
pub(super) enum Subcommand {
    /// List the rules
    Rules,
    /// Print what a rule finds, why it is slow, and what its fix changes
    Explain {
        /// The rule
        #[arg(value_name = "RULE")]
        rule: String,
    },
    /// Say what this host and its file system can do and how fast, what limits, and which ways pay
    Preflight {
        /// Directory whose file system is looked at [default: the working directory]
        #[arg(long, value_name = "DIR")]
        bench_dir: Option<PathBuf>,
        /// Time for all measurements together, as in 500ms or 20s; with 0s only what can be done is said
        #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "12s")]
        bench_budget: Duration,
        /// What to print to stdout
        #[arg(long, value_name = "FORMAT", value_enum, default_value_t = HostFormat::Human)]
        format: HostFormat,
    },
    /// Measure the models of the rules on this host, or write them into a project
    Bench {
        #[command(flatten)]
        emit: EmitArgs,
        #[command(flatten)]
        words: Words,
        #[command(flatten)]
        rules: RuleArgs,
        #[command(flatten)]
        bench: BenchArgs,
        #[command(flatten)]
        cargo: Box<CargoArgs>,
    },
    /// Restore a tree in which --apply was cut off
    Recover {
        /// Path to Cargo.toml [default: of the working directory or above it]
        #[arg(long, value_name = "PATH")]
        manifest_path: Option<PathBuf>,
        /// The --target-dir of the run that was cut off
        #[arg(long, value_name = "DIRECTORY")]
        target_dir: Option<PathBuf>,
    },
    /// Print a completion script
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
}

/// What `bench` writes instead of measuring.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct EmitArgs {
    /// Write criterion benchmarks of the patterns that are found in the project to its benches/, instead of measuring
    #[arg(long, help_heading = EMIT)]
    pub(super) emit: bool,
    /// Write tests to its tests/ that hold that these patterns and their rewrites end alike
    #[arg(long, help_heading = EMIT)]
    pub(super) emit_tests: bool,
    /// How to try them before they are written, in a copy of the workspace: `check` compiles them, `test` also runs the tests, and
    /// each benchmark once; what fails is not written [default: check]
    #[arg(long, value_name = "HOW", value_enum, help_heading = EMIT)]
    pub(super) verify: Option<Verify>,
    /// Write over changes that are not committed
    #[arg(long, help_heading = EMIT)]
    pub(super) allow_dirty: bool,
    /// Write over changes that are staged
    #[arg(long, help_heading = EMIT)]
    pub(super) allow_staged: bool,
    /// Write where there is no version control
    #[arg(long, help_heading = EMIT)]
    pub(super) allow_no_vcs: bool,
}

const EMIT: &str = "Benchmarks and tests of a project";
