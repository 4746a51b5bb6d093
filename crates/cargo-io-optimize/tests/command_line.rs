//! What the command line accepts and refuses, and the request it ends in.

mod support;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use cargo_io_optimize::cli;
use cargo_io_optimize::request::{AuditRequest, Command, Format, Request, SizeHint, Verify};
use cargo_io_optimize::shell::{Color, Verbosity};
use clap::error::ErrorKind;
use model::{Applicability, Confidence, Operation, Types};

fn parse(line: &str) -> Result<Request, clap::Error> {
    let program = ["cargo-io-optimize"].into_iter();
    cli::parse(
        program.chain(line.split_whitespace()).map(OsString::from),
        &support::table(),
    )
}

fn audit(line: &str) -> AuditRequest {
    match parse(line)
        .unwrap_or_else(|error| panic!("`{line}` is refused: {error}"))
        .command
    {
        Command::Audit(request) => *request,
        other => panic!("`{line}` is {other:?}"),
    }
}

fn names(request: &AuditRequest) -> Vec<&str> {
    request.rules.iter().map(|rule| rule.name).collect()
}

#[test]
fn definitions_are_consistent() {
    cli::command().debug_assert();
}

#[test]
fn nothing_means_the_documented_defaults() {
    let request = audit("");
    assert_eq!(names(&request), ["unbuffered_write", "manual_copy_loop"]);
    assert_eq!((request.operation, request.size), (None, None));
    assert_eq!(
        (request.types, request.may_start_processes),
        (Types::Rustc, true)
    );
    let bench = request.bench.expect("it measures");
    assert_eq!(
        (bench.directory, bench.budget),
        (None, Duration::from_secs(20))
    );
    assert!((request.min_gain - 1.05).abs() < f64::EPSILON);
    assert_eq!(request.apply, None);
    assert_eq!(request.applicability, Applicability::MachineApplicable);
    assert_eq!((request.format, request.report), (Format::Human, None));
    assert_eq!(
        (request.confidence, request.fail_on),
        (Confidence::Medium, None)
    );
    assert_eq!(request.cargo, toolchain::CargoOptions::default());
}

#[test]
fn cargo_passes_the_name_of_the_subcommand() {
    assert_eq!(audit("io-optimize copy").operation, Some(Operation::Copy));
    assert!(matches!(
        parse("io-optimize rules").unwrap().command,
        Command::Rules
    ));
    assert!(parse("io-optimize io-optimize").is_err());
}

#[test]
fn positional_arguments_stand_in_either_order() {
    let size = SizeHint::Bytes(2 << 30);
    for (line, operation, hint) in [
        ("copy", Some(Operation::Copy), None),
        ("all", None, None),
        ("large", None, Some(SizeHint::Large)),
        ("64KiB", None, Some(SizeHint::Bytes(65_536))),
        ("copy 2GiB", Some(Operation::Copy), Some(size)),
        ("2GiB copy", Some(Operation::Copy), Some(size)),
        ("small all", None, Some(SizeHint::Small)),
        (
            "write --fast medium",
            Some(Operation::Write),
            Some(SizeHint::Medium),
        ),
        ("--no-bench network", Some(Operation::Network), None),
    ] {
        let request = audit(line);
        assert_eq!(
            (request.operation, request.size),
            (operation, hint),
            "{line}"
        );
    }
}

#[test]
fn rules_follow_the_operation_and_the_selection() {
    for (line, expected) in [
        ("write", &["unbuffered_write"] as &[&str]),
        ("network", &["manual_copy_loop"]),
        ("--rule unbuffered_write", &["unbuffered_write"]),
        ("--rule unbuffered-write", &["unbuffered_write"]),
        (
            "--rule unbuffered_write,manual_copy_loop",
            &["unbuffered_write", "manual_copy_loop"],
        ),
        ("--skip unbuffered_write", &["manual_copy_loop"]),
    ] {
        assert_eq!(names(&audit(line)), expected, "{line}");
    }
}

#[test]
fn flags_reach_the_request() {
    let request = audit(
        "--apply --interactive --unsafe-fixes --verify none --allow-dirty --allow-staged --allow-no-vcs --format json \
         --report out/report.md --confidence low --fail-on low --min-gain 1.5 --bench-dir /data \
         --bench-budget 500ms --types syntax",
    );
    let apply = request.apply.expect("it applies");
    assert_eq!(apply.verify, Verify::None);
    assert!(apply.interactive);
    assert!(apply.allow_dirty && apply.allow_staged && apply.allow_no_vcs);
    assert_eq!(request.applicability, Applicability::MaybeIncorrect);
    assert_eq!(request.format, Format::Json);
    assert_eq!(request.report.as_deref(), Some(Path::new("out/report.md")));
    assert_eq!(
        (request.confidence, request.fail_on),
        (Confidence::Low, Some(Confidence::Low))
    );
    let bench = request.bench.expect("it measures");
    assert_eq!(bench.directory.as_deref(), Some(Path::new("/data")));
    assert_eq!(bench.budget, Duration::from_millis(500));
    assert!((request.min_gain - 1.5).abs() < f64::EPSILON);
    assert_eq!(
        (request.types, request.may_start_processes),
        (Types::Syntax, true)
    );
}

#[test]
fn fast_is_syntax_without_measuring_or_processes() {
    let request = audit("--fast");
    assert_eq!(
        (request.types, request.may_start_processes),
        (Types::Syntax, false)
    );
    assert!(request.bench.is_none());
    assert!(audit("--no-bench").bench.is_none());
    assert!(audit("--no-bench").may_start_processes);
    assert!(
        audit("--fast --apply --verify none --allow-no-vcs")
            .apply
            .is_some()
    );
}

#[test]
fn what_the_run_fails_on_is_shown() {
    for (line, shown) in [
        ("--fail-on low", Confidence::Low),
        ("--fail-on high", Confidence::Medium),
        ("--fail-on high --confidence high", Confidence::High),
        ("--fail-on medium --confidence low", Confidence::Low),
    ] {
        assert_eq!(audit(line).confidence, shown, "{line}");
    }
}

#[test]
fn cargo_flags_keep_cargos_meaning() {
    let cargo = audit(
        "-p one --package two --workspace --exclude three --lib --bins --bin a --bin b  --examples \
         --tests --benches --all-targets -F x --features y,z --all-features \
         --no-default-features --target t --target-dir td -r --locked --offline --frozen \
         --config a.b=1 -j 4 --manifest-path m/Cargo.toml",
    )
    .cargo;
    assert_eq!(cargo.packages, ["one", "two"]);
    assert_eq!(cargo.exclude, ["three"]);
    assert_eq!(cargo.bin, ["a", "b"]);
    assert_eq!(cargo.features, ["x", "y,z"]);
    assert_eq!(cargo.target.as_deref(), Some("t"));
    assert_eq!(cargo.target_dir.as_deref(), Some(Path::new("td")));
    assert_eq!(
        cargo.manifest_path.as_deref(),
        Some(Path::new("m/Cargo.toml"))
    );
    assert_eq!(cargo.config, ["a.b=1"]);
    assert_eq!(cargo.jobs.as_deref(), Some("4"));
    let switches = [
        cargo.workspace,
        cargo.lib,
        cargo.bins,
        cargo.examples,
        cargo.tests,
        cargo.benches,
        cargo.all_targets,
        cargo.all_features,
        cargo.no_default_features,
        cargo.release,
        cargo.locked,
        cargo.offline,
        cargo.frozen,
    ];
    assert_eq!(switches, [true; 13]);
    assert_eq!(
        audit("--profile bench -j -1").cargo.jobs.as_deref(),
        Some("-1")
    );
    assert_eq!(
        audit("--profile bench").cargo.profile.as_deref(),
        Some("bench")
    );
}

#[test]
fn cargo_prints_as_much_as_asked_for() {
    let cargo = audit("--color always -vv").cargo;
    assert_eq!(
        (cargo.color.as_deref(), cargo.quiet, cargo.verbose),
        (Some("always"), false, 2)
    );
    assert!(audit("-q").cargo.quiet);
}

#[test]
fn output_flags_stand_anywhere() {
    for line in [
        "--color never -q rules",
        "rules --color never -q",
        "--color=never rules -q",
    ] {
        let request = parse(line).unwrap_or_else(|error| panic!("`{line}` is refused: {error}"));
        assert_eq!(
            (request.color, request.verbosity),
            (Some(Color::Never), Verbosity::Quiet)
        );
        assert!(matches!(request.command, Command::Rules));
    }
    assert_eq!(parse("-vv").unwrap().verbosity, Verbosity::Verbose);
}

#[test]
fn subcommands_reach_the_request() {
    let explain = parse("explain unbuffered_write").unwrap().command;
    assert!(matches!(explain, Command::Explain(rule) if rule.name == "unbuffered_write"));
    let preflight = parse("preflight --bench-dir /data").unwrap().command;
    assert!(matches!(preflight, Command::Preflight(of) if of.options.directory.is_some()));
    let bench = parse("bench copy 1MB --bench-budget 1s").unwrap().command;
    assert!(matches!(bench, Command::Bench(of)
        if of.rules.len() == 1 && of.size == Some(SizeHint::Bytes(1_000_000))
            && of.options.budget == Duration::from_secs(1)));
    let recover = parse("recover --manifest-path Cargo.toml").unwrap().command;
    assert!(matches!(recover, Command::Recover(of) if of.manifest_path.is_some()));
    let completions = parse("completions bash").unwrap().command;
    assert!(matches!(
        completions,
        Command::Completions(clap_complete::Shell::Bash)
    ));
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for (line, says) in [
        ("frobnicate", "no operation"),
        ("copy write", "two operations"),
        ("all copy", "two operations"),
        ("1MB large", "two sizes"),
        ("copy 1MB write", "unexpected argument"),
        ("12parsecs", "no unit of size"),
        ("0", "at least one byte"),
        ("async", "no rule is about `async`"),
        ("write --rule manual_copy_loop", "leave no rule"),
        ("--rule unbufered_write", "did you mean `unbuffered_write`?"),
        ("--rule nothing_like_it", "there is no rule"),
        ("--skip unbuffered_write,manual_copy_loop", "leave no rule"),
        ("--verify none", "--apply"),
        ("--interactive", "--apply"),
        ("--allow-dirty", "--apply"),
        ("--allow-staged", "--apply"),
        ("--allow-no-vcs", "--apply"),
        ("--fast --types rustc", "leave `--types rustc` out"),
        ("--fast --bench-budget 1s", "cannot be used with"),
        ("--no-bench --bench-dir /data", "cannot be used with"),
        ("--no-bench --min-gain 2", "cannot be used with"),
        ("--fast --apply", "add `--verify none --allow-no-vcs`"),
        ("--fast --apply --verify none", "could neither ask git"),
        ("--fail-on low --confidence medium", "lower `--confidence`"),
        ("--exclude one", "--workspace"),
        ("--release --profile dev", "cannot be used with"),
        ("-j 0", "whole number but zero"),
        ("-q -v", "cannot be used with"),
        ("--min-gain 0.5", "from 1 on"),
        ("--min-gain NaN", "from 1 on"),
        ("--bench-budget 20", "unit is missing"),
        ("--format sarif", "invalid value"),
        ("--verify tests --apply", "invalid value"),
        ("--confidence certain", "invalid value"),
        ("--color sometimes", "invalid value"),
        (
            "--fast rules",
            "`--fast` cannot stand before the subcommand `rules`",
        ),
        ("copy rules", "cannot stand before the subcommand `rules`"),
        ("explain", "required"),
        (
            "explain unbufered_write",
            "did you mean `unbuffered_write`?",
        ),
        ("completions tcsh", "invalid value"),
        ("trace", "no subcommand"),
        ("lsp", "no subcommand"),
        ("--example one", "unexpected argument"),
        ("--trace file", "unexpected argument"),
        ("--baseline file", "unexpected argument"),
        ("--runtime crates.io", "say `none`, `vendored`"),
        ("--runtime path=", "`path=DIR`"),
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
        let text = error.to_string();
        assert!(text.contains(says), "`{line}` says:\n{text}");
        assert!(text.starts_with("error: "), "`{line}` says:\n{text}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for (line, kind) in [
        ("--help", ErrorKind::DisplayHelp),
        ("-h", ErrorKind::DisplayHelp),
        ("io-optimize --help", ErrorKind::DisplayHelp),
        ("explain --help", ErrorKind::DisplayHelp),
        ("--version", ErrorKind::DisplayVersion),
    ] {
        let shown = parse(line).expect_err(line);
        assert_eq!((shown.kind(), shown.exit_code()), (kind, 0), "{line}");
    }
}

#[test]
fn colour_of_a_line_that_does_not_parse() {
    let color = |line: &str| {
        cli::color_of(
            &line
                .split_whitespace()
                .map(OsString::from)
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        color("cargo-io-optimize --color never --nonsense"),
        Some(Color::Never)
    );
    assert_eq!(
        color("cargo-io-optimize --nonsense --color=always"),
        Some(Color::Always)
    );
    assert_eq!(
        color("cargo-io-optimize --color never --color always"),
        Some(Color::Always)
    );
    assert_eq!(color("cargo-io-optimize --color"), None);
    assert_eq!(color("cargo-io-optimize --colorful never"), None);
}

#[test]
fn help_reads_as_reviewed() {
    insta::assert_snapshot!(cargo_io_optimize::reference::command_line());
}
