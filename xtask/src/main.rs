//! Tasks of the project's developers: `cargo xtask`.
#![expect(
    clippy::print_stderr,
    reason = "a task talks to the developer and has no data to print"
)]

mod apply_corpus;
mod apply_faults;
mod bench_cross_check;
mod bench_emit_agreement;
mod bench_method;
mod bench_runtime;
mod ci;
mod codegen;
mod corpus;
mod cross;
mod figures;
mod fuzz;
mod maintainer_fixes;
mod new_rule;
mod project;
mod published;
mod runtime_faults;
mod tidy;
mod tools;
mod typed_cost;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser as _;

const USAGE: &str = "usage: cargo xtask TASK

tasks:
  apply-corpus [OPTION]... [PACKAGE]...
                     apply the fixes to published crates, check the trees, run their tests; with --help, its options
  apply-faults       fail, kill and interrupt every system call with which `--apply` writes: some minutes
  bench-cross-check [OPTION]...
                     compare our figures with those of hyperfine, fio and strace; with --help, its options
  bench-emit-agreement [OPTION]... PACKAGE...
                     compare the benchmarks that `bench --emit` writes with the report; with --help, its options
  bench-method TRIAL [OPTION]...
                     try the method of measuring on itself: does a figure come out again; with --help, its options
  bench-runtime [OPTION]...
                     time the runtime crate against std and the programs that people use; with --help, its options
  ci                 everything a change must pass: formatting, generated files, tidiness, clippy, tests
  codegen [--check]  write the pages of the rules and the reference of the command line; with --check, compare
  corpus [OPTION]... run the audit over published crates; with --help, its options
  cross [OPTION]...  type-check the runtime crate for macOS, run its tests for Windows under Wine; with --help, its options
  fuzz [OPTION]...   feed arbitrary and mutated sources to the analysis; with --help, its options
  figures [RULE]...  measure the models of the rules, or of these, for the rules' pages
  maintainer-fixes [OPTION]...
                     compare our edits with what maintainers did at the real cases; with --help, its options
  new-rule NAME      make the files of a new rule
  runtime-faults     fail and kill every system call of the runtime crate, and copy between all file systems: some minutes
  tidy               find orphans, overlong files, paths in documents that lead nowhere, files without a module doc
  typed-cost [OPTION]... PACKAGE...
                     time the audit with types against `cargo clippy`; with --help, its options";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    let root = project::root();
    match arguments {
        ["apply-corpus", ..] => {
            apply_corpus::run(&root, &apply_corpus::Options::parse_from(arguments))
        }
        ["apply-faults"] => apply_faults::run(&root),
        ["bench-cross-check", ..] => {
            bench_cross_check::run(&root, &bench_cross_check::Options::parse_from(arguments))
        }
        ["bench-emit-agreement", ..] => {
            bench_emit_agreement::run(&bench_emit_agreement::Options::parse_from(arguments))
        }
        ["bench-method", ..] => {
            bench_method::run(&root, &bench_method::Options::parse_from(arguments))
        }
        ["bench-runtime", ..] => {
            bench_runtime::run(&root, &bench_runtime::Options::parse_from(arguments))
        }
        ["ci"] => ci::run(&root),
        ["codegen"] => codegen::write(&root),
        ["codegen", "--check"] => codegen::check(&root),
        ["corpus", ..] => corpus::run(&root, &corpus::Options::parse_from(arguments)),
        ["cross", ..] => cross::run(&root, &cross::Options::parse_from(arguments)),
        ["fuzz", ..] => fuzz::run(&root, &fuzz::Options::parse_from(arguments)),
        ["figures", rules @ ..] => figures::run(&root, rules),
        ["maintainer-fixes", ..] => {
            maintainer_fixes::run(&root, &maintainer_fixes::Options::parse_from(arguments))
        }
        ["new-rule", name] => new_rule::run(&root, name),
        ["runtime-faults"] => runtime_faults::run(&root),
        ["tidy"] => tidy::run(&root),
        ["typed-cost", ..] => typed_cost::run(&typed_cost::Options::parse_from(arguments)),
        _ => bail!("{USAGE}"),
    }
}
