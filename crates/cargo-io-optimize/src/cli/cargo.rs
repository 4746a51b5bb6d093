//! Cargo's own flags, under cargo's names.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use toolchain::CargoOptions;

use super::values;
use crate::shell::Color;

/// Cargo's own flags.
#[derive(Debug, Clone, Args)]
pub(super) struct CargoArgs {
    /// Package to audit, by its name or package ID; may be repeated
    #[arg(short, long = "package", value_name = "SPEC", help_heading = PACKAGES)]
    packages: Vec<String>,
    /// Audit all packages of the workspace
    #[arg(long, help_heading = PACKAGES)]
    workspace: bool,
    /// Package to leave out of --workspace; may be repeated
    #[arg(long, value_name = "SPEC", requires = "workspace", help_heading = PACKAGES)]
    exclude: Vec<String>,

    /// Audit the library [default: library, binaries and build scripts]
    #[arg(long, help_heading = TARGETS)]
    lib: bool,
    /// Audit all binaries
    #[arg(long, help_heading = TARGETS)]
    bins: bool,
    /// Audit this binary; may be repeated
    #[arg(long, value_name = "NAME", help_heading = TARGETS)]
    bin: Vec<String>,
    /// Audit all examples
    #[arg(long, help_heading = TARGETS)]
    examples: bool,
    /// Audit all tests
    #[arg(long, help_heading = TARGETS)]
    tests: bool,
    /// Audit all benchmarks
    #[arg(long, help_heading = TARGETS)]
    benches: bool,
    /// Audit all targets
    #[arg(long, help_heading = TARGETS)]
    all_targets: bool,

    /// Features to activate, separated by spaces or commas; may be repeated
    #[arg(short = 'F', long, value_name = "FEATURES", help_heading = FEATURES)]
    features: Vec<String>,
    /// Activate all features
    #[arg(long, help_heading = FEATURES)]
    all_features: bool,
    /// Do not activate the `default` feature
    #[arg(long, help_heading = FEATURES)]
    no_default_features: bool,

    /// Build for this target triple
    #[arg(long, value_name = "TRIPLE", help_heading = COMPILATION)]
    target: Option<String>,
    /// Directory for what cargo builds and for the report
    #[arg(long, value_name = "DIRECTORY", help_heading = COMPILATION)]
    target_dir: Option<PathBuf>,
    /// Build with the release profile
    #[arg(short, long, conflicts_with = "profile", help_heading = COMPILATION)]
    release: bool,
    /// Build with this profile
    #[arg(long, value_name = "NAME", help_heading = COMPILATION)]
    profile: Option<String>,
    /// Number of jobs cargo runs at once
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = values::jobs, help_heading = COMPILATION)]
    jobs: Option<String>,

    /// Path to Cargo.toml [default: of the working directory or above it]
    #[arg(long, value_name = "PATH", help_heading = MANIFEST)]
    manifest_path: Option<PathBuf>,
    /// Require that Cargo.lock is up to date
    #[arg(long, help_heading = MANIFEST)]
    locked: bool,
    /// Do not use the network
    #[arg(long, help_heading = MANIFEST)]
    offline: bool,
    /// Same as --locked and --offline
    #[arg(long, help_heading = MANIFEST)]
    frozen: bool,
    /// A value of cargo's configuration, or a file of them; may be repeated
    #[arg(long, value_name = "KEY=VALUE|PATH", help_heading = MANIFEST)]
    config: Vec<String>,
}

const PACKAGES: &str = "Packages";
const TARGETS: &str = "Targets";
const FEATURES: &str = "Features";
const COMPILATION: &str = "Compilation";
const MANIFEST: &str = "Manifest and cargo";

impl CargoArgs {
    /// The flags as plain values; how much cargo prints follows the flags of this program.
    pub(super) fn options(self, color: Option<Color>, quiet: bool, verbose: u8) -> CargoOptions {
        let color = color.and_then(|color| color.to_possible_value());
        CargoOptions {
            manifest_path: self.manifest_path,
            packages: self.packages,
            workspace: self.workspace,
            exclude: self.exclude,
            lib: self.lib,
            bins: self.bins,
            bin: self.bin,
            examples: self.examples,
            tests: self.tests,
            test: Vec::new(),
            benches: self.benches,
            bench: Vec::new(),
            all_targets: self.all_targets,
            features: self.features,
            all_features: self.all_features,
            no_default_features: self.no_default_features,
            target: self.target,
            target_dir: self.target_dir,
            release: self.release,
            profile: self.profile,
            locked: self.locked,
            offline: self.offline,
            frozen: self.frozen,
            config: self.config,
            jobs: self.jobs,
            color: color.map(|value| value.get_name().to_owned()),
            quiet,
            verbose,
        }
    }
}
