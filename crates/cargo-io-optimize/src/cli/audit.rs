//! The default command: audit, and with `--apply` rewrite, a project.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use model::{Confidence, Types};

use super::cargo::CargoArgs;
use super::values::{self, Word, WordParser};
use crate::request::{Format, Runtime, Verify};

/// What the default command accepts.
#[derive(Debug, Clone, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    pub(super) words: Words,

    /// Write the fixes to the source files
    #[arg(long, help_heading = APPLY)]
    pub(super) apply: bool,
    /// Also take fixes that may change error kinds, permissions, memory growth or what others see meanwhile
    #[arg(long, help_heading = APPLY)]
    pub(super) unsafe_fixes: bool,
    /// Rewrite onto the crate io-optimize where std measures slower: `vendored` copies it into the workspace, `path=DIR` takes it from a
    /// folder, `registry` from crates.io, where it has to be the bundled one byte for byte [default: none]
    #[arg(long, value_name = "SOURCE", value_parser = values::runtime, help_heading = APPLY)]
    pub(super) runtime: Option<Runtime>,
    /// Ask about each fix of --apply before any is tried: its diff, then yes, no, all or none of its rule, or quit
    #[arg(long, requires = "apply", help_heading = APPLY)]
    pub(super) interactive: bool,
    /// How to try the result of --apply: `check` compiles it, `test` also runs the tests, and fixes that fail are taken out again
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Verify::Check, requires = "apply", help_heading = APPLY)]
    pub(super) verify: Verify,
    /// Apply over changes that are not committed
    #[arg(long, requires = "apply", help_heading = APPLY)]
    pub(super) allow_dirty: bool,
    /// Apply over changes that are staged
    #[arg(long, requires = "apply", help_heading = APPLY)]
    pub(super) allow_staged: bool,
    /// Apply where there is no version control
    #[arg(long, requires = "apply", help_heading = APPLY)]
    pub(super) allow_no_vcs: bool,

    /// Read the syntax only: takes milliseconds and starts no other program, so that trees you do not trust are safe to audit
    #[arg(long, conflicts_with_all = MEASURING, help_heading = ANALYSIS)]
    pub(super) fast: bool,
    /// Ask rustc for types that syntax leaves open, or do without [default: rustc]
    #[arg(long, value_name = "SOURCE", value_parser = types(), help_heading = ANALYSIS)]
    pub(super) types: Option<Types>,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    /// Leave out findings that are less sure [default: medium, or what --fail-on names if that is lower]
    #[arg(long, value_name = "LEVEL", value_parser = values::confidence(), help_heading = ANALYSIS)]
    pub(super) confidence: Option<Confidence>,
    /// Exit with 1 if findings at least this sure are left
    #[arg(long, value_name = "LEVEL", value_parser = values::confidence(), help_heading = ANALYSIS)]
    pub(super) fail_on: Option<Confidence>,

    /// Measure nothing
    #[arg(long, conflicts_with_all = MEASURING, help_heading = MEASUREMENT)]
    pub(super) no_bench: bool,
    /// Apply only rewrites that measure at least so many times faster, with the whole interval
    #[arg(long, value_name = "RATIO", value_parser = values::gain, default_value = "1.05", help_heading = MEASUREMENT)]
    pub(super) min_gain: f64,
    #[command(flatten)]
    pub(super) bench: BenchArgs,

    /// What to print to stdout
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human, help_heading = super::OUTPUT)]
    pub(super) format: Format,
    /// Where to write the report: HTML if the path ends in .html, otherwise Markdown [default: io-optimize/report.md in the target directory; with --fast, nowhere]
    #[arg(long, value_name = "PATH", help_heading = super::OUTPUT)]
    pub(super) report: Option<PathBuf>,

    #[command(flatten)]
    pub(super) cargo: CargoArgs,
}

/// The two positional arguments, in either order.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Words {
    /// all, copy, read, write, streaming, random-access, metadata, network or async [default: all]
    #[arg(value_name = "OPERATION", value_parser = WordParser, hide_possible_values = true)]
    pub(super) first: Option<Word>,
    /// Size of the files you have in mind: small (64 KiB), medium (16 MiB), large (1 GiB), or as in 200MB or 2GiB
    #[arg(value_name = "SIZE_HINT", value_parser = WordParser, hide_possible_values = true)]
    pub(super) second: Option<Word>,
}

/// Which rules run.
#[derive(Debug, Clone, Args)]
pub(super) struct RuleArgs {
    /// Run this rule only; may be repeated
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = ANALYSIS)]
    pub(super) rule: Vec<String>,
    /// Do not run this rule; may be repeated
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = ANALYSIS)]
    pub(super) skip: Vec<String>,
}

/// Where and how long to measure.
#[derive(Debug, Clone, Args)]
pub(super) struct BenchArgs {
    /// Directory whose file system is measured [default: the target directory; of `bench`, the working directory]
    #[arg(long, value_name = "DIR", help_heading = MEASUREMENT)]
    pub(super) bench_dir: Option<PathBuf>,
    /// Time for all measurements together, as in 500ms or 20s
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "20s", help_heading = MEASUREMENT)]
    pub(super) bench_budget: Duration,
}

const APPLY: &str = "Rewriting";
const ANALYSIS: &str = "Analysis";
const MEASUREMENT: &str = "Measurement";
const MEASURING: [&str; 3] = ["min_gain", "bench_dir", "bench_budget"];

fn types() -> impl clap::builder::TypedValueParser<Value = Types> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(["rustc", "syntax"]).map(|name| {
        if name == "rustc" {
            Types::Rustc
        } else {
            Types::Syntax
        }
    })
}
