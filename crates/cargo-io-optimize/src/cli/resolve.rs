//! From parsed arguments to a [`Request`]: what clap cannot check is checked here, once.

use model::{Applicability, Confidence, Operation, RuleMeta, Types};
use toolchain::CargoOptions;

use super::audit::{AuditArgs, BenchArgs, RuleArgs, Words};
use super::subcommands::{EmitArgs, Subcommand};
use super::values::Word;
use super::{Cli, OutputArgs};
use crate::request::{
    ApplyOptions, AuditRequest, BenchOptions, BenchRequest, Command, EmitRequest, Format,
    PreflightRequest, RecoverRequest, Request, Runtime, SizeHint, Verify,
};
use crate::rule_table;
use crate::shell::Verbosity;

/// The request, or a clause that says why there is none.
pub(super) fn request(cli: Cli, rules: &[&'static RuleMeta]) -> Result<Request, String> {
    let verbosity = match (cli.output.quiet, cli.output.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    };
    let command = match cli.command {
        None => Command::Audit(Box::new(audit(cli.audit, &cli.output, rules)?)),
        Some(Subcommand::Rules) => Command::Rules,
        Some(Subcommand::Explain { rule }) => Command::Explain(rule_table::find(rules, &rule)?),
        Some(Subcommand::Preflight {
            bench_dir,
            bench_budget,
            format,
        }) => Command::Preflight(PreflightRequest {
            options: BenchOptions {
                directory: bench_dir,
                budget: bench_budget,
            },
            format,
        }),
        Some(Subcommand::Bench {
            words,
            emit,
            rules: selection,
            bench,
            cargo,
        }) => {
            let (operation, size) = positional(words)?;
            let rules = select(rules, operation, &selection)?;
            let plain = cargo.clone().options(None, false, 0);
            if emit.emit || emit.emit_tests {
                let cargo = cargo.options(cli.output.color, cli.output.quiet, cli.output.verbose);
                Command::Emit(Box::new(emission(emit, rules, operation, size, cargo)))
            } else if plain != CargoOptions::default()
                || emit.verify.is_some()
                || emit.allow_dirty
                || emit.allow_staged
                || emit.allow_no_vcs
            {
                return Err(
                    "`bench` alone measures without a project: add `--emit` or `--emit-tests`, or leave \
                    out what is about one"
                        .to_owned(),
                );
            } else {
                Command::Bench(BenchRequest {
                    rules,
                    size,
                    options: bench.into(),
                })
            }
        }
        Some(Subcommand::Recover {
            manifest_path,
            target_dir,
        }) => Command::Recover(RecoverRequest {
            manifest_path,
            target_dir,
        }),
        Some(Subcommand::Completions { shell }) => Command::Completions(shell),
    };
    Ok(Request {
        command,
        color: cli.output.color,
        verbosity,
    })
}

/// The ordinary audit, of which the patterns are taken.
fn emission(
    args: EmitArgs,
    rules: Vec<&'static RuleMeta>,
    operation: Option<Operation>,
    size: Option<SizeHint>,
    cargo: CargoOptions,
) -> EmitRequest {
    let write = ApplyOptions {
        interactive: false,
        verify: args.verify.unwrap_or(Verify::Check),
        allow_dirty: args.allow_dirty,
        allow_staged: args.allow_staged,
        allow_no_vcs: args.allow_no_vcs,
    };
    EmitRequest {
        benchmarks: args.emit,
        tests: args.emit_tests,
        write,
        audit: AuditRequest {
            rules,
            operation,
            size,
            types: Types::Rustc,
            may_start_processes: true,
            bench: None,
            min_gain: 1.0,
            apply: None,
            runtime: Runtime::None,
            applicability: Applicability::MachineApplicable,
            format: Format::Human,
            report: None,
            confidence: Confidence::Medium,
            fail_on: None,
            cargo,
        },
    }
}

fn audit(
    args: AuditArgs,
    output: &OutputArgs,
    rules: &[&'static RuleMeta],
) -> Result<AuditRequest, String> {
    let (operation, size) = positional(args.words)?;
    if args.fast && args.apply && !(args.verify == Verify::None && args.allow_no_vcs) {
        return Err(
            "`--fast` starts no program, so `--apply` could neither ask git nor compile the \
            result: add `--verify none --allow-no-vcs`, or say `--types syntax --no-bench` instead \
            of `--fast`"
                .to_owned(),
        );
    }
    if args.fast && args.types == Some(Types::Rustc) {
        return Err("`--fast` reads the syntax only: leave `--types rustc` out".to_owned());
    }
    let default = Confidence::Medium;
    let confidence = args
        .confidence
        .unwrap_or(args.fail_on.map_or(default, |it| it.min(default)));
    if args.fail_on.is_some_and(|fail_on| fail_on < confidence) {
        return Err(
            "`--fail-on` names findings that `--confidence` leaves out: \
            lower `--confidence` to the same level"
                .to_owned(),
        );
    }
    Ok(AuditRequest {
        rules: select(rules, operation, &args.rules)?,
        operation,
        size,
        types: if args.fast {
            Types::Syntax
        } else {
            args.types.unwrap_or(Types::Rustc)
        },
        may_start_processes: !args.fast,
        bench: (!args.fast && !args.no_bench).then(|| args.bench.into()),
        min_gain: args.min_gain,
        apply: args.apply.then_some(ApplyOptions {
            interactive: args.interactive,
            verify: args.verify,
            allow_dirty: args.allow_dirty,
            allow_staged: args.allow_staged,
            allow_no_vcs: args.allow_no_vcs,
        }),
        runtime: args.runtime.unwrap_or(Runtime::None),
        applicability: if args.unsafe_fixes {
            Applicability::MaybeIncorrect
        } else {
            Applicability::MachineApplicable
        },
        format: args.format,
        report: args.report,
        confidence,
        fail_on: args.fail_on,
        cargo: args
            .cargo
            .options(output.color, output.quiet, output.verbose),
    })
}

impl From<BenchArgs> for BenchOptions {
    fn from(args: BenchArgs) -> Self {
        Self {
            directory: args.bench_dir,
            budget: args.bench_budget,
        }
    }
}

fn positional(words: Words) -> Result<(Option<Operation>, Option<SizeHint>), String> {
    let (mut operation, mut size) = (None, None);
    for word in [words.first, words.second].into_iter().flatten() {
        let twice = match word {
            Word::Operation(named) => operation.replace(named).map(|_| "operations"),
            Word::Size(hint) => size.replace(hint).map(|_| "sizes"),
        };
        if let Some(kind) = twice {
            return Err(format!(
                "two {kind} are given: give one, for example `copy 2GiB`"
            ));
        }
    }
    Ok((operation.flatten(), size))
}

fn select(
    rules: &[&'static RuleMeta],
    operation: Option<Operation>,
    selection: &RuleArgs,
) -> Result<Vec<&'static RuleMeta>, String> {
    let named = |names: &[String]| -> Result<Vec<_>, String> {
        names
            .iter()
            .map(|name| rule_table::find(rules, name))
            .collect()
    };
    let (only, skip) = (named(&selection.rule)?, named(&selection.skip)?);
    let is_in =
        |list: &[&RuleMeta], rule: &RuleMeta| list.iter().any(|each| each.name == rule.name);
    let selected: Vec<_> = rules
        .iter()
        .copied()
        .filter(|rule| operation.is_none_or(|wanted| rule.operations.contains(&wanted)))
        .filter(|rule| only.is_empty() || is_in(&only, rule))
        .filter(|rule| !is_in(&skip, rule))
        .collect();
    if !selected.is_empty() {
        return Ok(selected);
    }
    Err(match operation {
        Some(operation) if only.is_empty() && skip.is_empty() => format!(
            "no rule is about `{}` yet: `cargo io-optimize rules` lists what there is",
            operation.name()
        ),
        _ => "the operation, `--rule` and `--skip` together leave no rule: \
            `cargo io-optimize rules` lists them with their operations"
            .to_owned(),
    })
}
