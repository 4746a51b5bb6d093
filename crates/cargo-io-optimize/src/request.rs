//! What the user asks for, as plain values: every flag checked, every default filled in, no clap type left.

use std::path::PathBuf;
use std::time::Duration;

use model::{Applicability, Confidence, Operation, RuleMeta, Types};
use toolchain::CargoOptions;

use crate::shell::{Color, Verbosity};

/// One invocation.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to do.
    pub command: Command,
    /// `--color`, if given.
    pub color: Option<Color>,
    /// `-q` and `-v`.
    pub verbosity: Verbosity,
}

/// What to do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Audit, and with `apply` rewrite, a project.
    Audit(Box<AuditRequest>),
    /// List the rules.
    Rules,
    /// Print a rule's page.
    Explain(&'static RuleMeta),
    /// Say what the host can do.
    Preflight(PreflightRequest),
    /// Measure the models of the rules without a project.
    Bench(BenchRequest),
    /// Write benchmarks and tests of the patterns into the project.
    Emit(Box<EmitRequest>),
    /// Finish or undo an interrupted `--apply`.
    Recover(RecoverRequest),
    /// Print a completion script.
    Completions(clap_complete::Shell),
}

/// The default command.
#[derive(Debug, Clone)]
pub struct AuditRequest {
    /// The rules to run: never empty.
    pub rules: Vec<&'static RuleMeta>,
    /// The operation the user named, if any; `rules` follows it already.
    pub operation: Option<Operation>,
    /// The file size the user has in mind.
    pub size: Option<SizeHint>,
    /// Where the types of receivers come from.
    pub types: Types,
    /// Whether other programs may be started; without, manifests are read as TOML and nothing is verified.
    pub may_start_processes: bool,
    /// How to measure; `None` measures nothing.
    pub bench: Option<BenchOptions>,
    /// How many times faster a rewrite must measure, with its whole interval, to be worth it.
    pub min_gain: f64,
    /// How to write the fixes to the tree; `None` only shows them.
    pub apply: Option<ApplyOptions>,
    /// Where rewrites onto the runtime crate take it from.
    pub runtime: Runtime,
    /// The least trustworthy fix that is taken.
    pub applicability: Applicability,
    /// What goes to stdout.
    pub format: Format,
    /// Where the report goes; `None` is `io-optimize/report.md` in the target directory.
    pub report: Option<PathBuf>,
    /// Findings below are left out.
    pub confidence: Confidence,
    /// Findings from here on make the run end with [`crate::exit::ExitCode::Findings`].
    pub fail_on: Option<Confidence>,
    /// What cargo is told.
    pub cargo: CargoOptions,
}

/// Where rewrites onto the runtime crate take it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// There are none: rewrites use the standard library.
    None,
    /// A copy in the workspace.
    Vendored,
    /// What the registry has under the version of this program, if it is what is bundled.
    Registry,
    /// A folder that is there.
    Path(PathBuf),
}

/// How to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchOptions {
    /// Directory whose file system is measured; `None` leaves the choice to the run.
    pub directory: Option<PathBuf>,
    /// Time for all measurements together.
    pub budget: Duration,
}

/// How to write the fixes to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplyOptions {
    /// A person is asked about each fix.
    pub interactive: bool,
    /// How the result is tried.
    pub verify: Verify,
    /// Write over changes that are not committed.
    pub allow_dirty: bool,
    /// Write over changes that are staged.
    pub allow_staged: bool,
    /// Write where there is no version control.
    pub allow_no_vcs: bool,
}

/// How a patched tree is tried before it is handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Verify {
    /// It compiles.
    Check,
    /// It compiles, and the tests pass that passed before.
    Test,
    /// Not at all.
    None,
}

/// What goes to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// Schema version 1.
    Json,
    /// The report for a pull request.
    Markdown,
    /// The report as one page.
    Html,
    /// A unified diff of the suggested fixes.
    Patch,
}

/// The file size the user has in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeHint {
    /// Files of 64 KiB.
    Small,
    /// Files of 16 MiB.
    Medium,
    /// Files of 1 GiB.
    Large,
    /// Files of so many bytes.
    Bytes(u64),
}

impl SizeHint {
    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Small => 64 << 10,
            Self::Medium => 16 << 20,
            Self::Large => 1 << 30,
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// The `preflight` command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightRequest {
    /// Whose file system is looked at, `None` being the working directory, and how long.
    pub options: BenchOptions,
    /// What to print.
    pub format: HostFormat,
}

/// How the host is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum HostFormat {
    /// For a person at a terminal.
    Human,
    /// As in the field `host` of an audit's JSON.
    Json,
}

/// The `bench` command.
#[derive(Debug, Clone)]
pub struct BenchRequest {
    /// The rules whose models are measured: never empty.
    pub rules: Vec<&'static RuleMeta>,
    /// The file size the user has in mind.
    pub size: Option<SizeHint>,
    /// How to measure.
    pub options: BenchOptions,
}

/// `bench --emit` and `bench --emit-tests`.
#[derive(Debug, Clone)]
pub struct EmitRequest {
    /// Write benchmarks.
    pub benchmarks: bool,
    /// Write tests.
    pub tests: bool,
    /// Over what may be written.
    pub write: ApplyOptions,
    /// How the patterns are found.
    pub audit: AuditRequest,
}

/// The `recover` command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoverRequest {
    /// The manifest that names the project; `None` looks upward from the working directory.
    pub manifest_path: Option<PathBuf>,
    /// The `--target-dir` of the run that was cut off.
    pub target_dir: Option<PathBuf>,
}
