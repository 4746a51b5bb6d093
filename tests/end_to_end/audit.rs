//! The default run: findings, then figures, then the report.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use crate::support::{Project, findings, repository};

#[test]
fn findings_come_before_figures_and_the_report_is_named() {
    let project = Project::fixture("example");
    let run = project.run(&["--bench-budget", "5s"]).ended(0);
    let finding = run
        .stdout
        .find("warning[unbuffered_serde]")
        .expect("a finding");
    let figure = run.stdout.find("x faster [").expect("a figure");
    assert!(finding < figure, "{run}");
    let named = run
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("report: "));
    let report = project.read(named.expect("the report is named"));
    for section in [
        "## Performance Summary",
        "## Findings",
        "## Code Changes",
        "## Benchmark Results",
        "## Recommendations",
        "## How to Reproduce",
    ] {
        assert!(report.contains(section), "{section} is missing:\n{report}");
    }
    assert!(report.contains("x faster ["), "{report}");
}

#[test]
fn the_example_has_the_patterns_that_are_frequent_in_real_projects() {
    let run = Project::fixture("example")
        .run(&["--no-bench", "--format", "json"])
        .ended(0);
    let json = run.json();
    let found: Vec<&str> = findings(&json)
        .iter()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    for rule in [
        "unbuffered_serde",
        "unbuffered_write",
        "unbuffered_read",
        "stdout_unbuffered",
        "verbose_file_read",
        "metadata_per_entry",
        "bufwriter_no_flush",
        "manual_copy_loop",
    ] {
        assert!(found.contains(&rule), "{rule} is missing among {found:?}");
    }
    let functions: Vec<&str> = findings(&json)
        .iter()
        .filter_map(|finding| finding["function"].as_str())
        .collect();
    for fine in ["summary", "add"] {
        let reported = functions
            .iter()
            .any(|function| function.ends_with(&format!("::{fine}")));
        assert!(!reported, "{fine} is fine: {functions:?}");
    }
}

// Otherwise the tests, and nobody else, would need the network.
#[test]
fn the_example_needs_no_other_versions_than_the_program_itself() {
    let locked = |path: &str| -> BTreeMap<String, Vec<String>> {
        let text = fs::read_to_string(repository().join(path)).expect(path);
        let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for package in text.split("[[package]]").skip(1) {
            let field = |name: &str| {
                let start = format!("{name} = \"");
                let line = package
                    .lines()
                    .find_map(|line| line.strip_prefix(start.as_str()));
                line.and_then(|line| line.strip_suffix('"'))
                    .map(str::to_owned)
            };
            if let (Some(name), Some(version), Some(_)) =
                (field("name"), field("version"), field("source"))
            {
                versions.entry(name).or_default().push(version);
            }
        }
        versions
    };
    let own = locked("Cargo.lock");
    let example = locked("fixtures/projects/example/Cargo.lock");
    assert!(!example.is_empty());
    for (name, versions) in example {
        let known = own.get(&name).map_or(&[][..], Vec::as_slice);
        assert!(
            versions.iter().all(|version| known.contains(version)),
            "{name} {versions:?} against {known:?}: run `cargo update` in one of the two"
        );
    }
}

#[test]
fn a_second_run_takes_the_figures_of_the_first() {
    let project = Project::small();
    let measured = || {
        let json = project.run(&["--format", "json"]).ended(0).json();
        let [finding] = findings(&json) else {
            panic!("{json:#}")
        };
        finding["measurements"].to_string()
    };
    let first = measured();
    assert!(first.contains("ratio"), "{first}");
    assert_eq!(measured(), first);
}

#[test]
fn without_measurements_there_is_no_figure_anywhere() {
    for flags in [&["--no-bench"][..], &["--bench-budget", "0s"]] {
        let project = Project::fixture("example");
        let run = project.run(flags).ended(0);
        let report = project.read("target/io-optimize/report.md");
        for text in [&run.stdout, &report] {
            assert!(text.contains("unbuffered_write"), "{run}");
            for word in ["faster", "slower", "no clear difference", "MiB/s", "95 %"] {
                assert!(!text.contains(word), "{flags:?}: `{word}` in\n{text}");
            }
        }
        let json = project
            .run(&[flags, &["--format", "json"]].concat())
            .ended(0)
            .json();
        for finding in findings(&json) {
            assert!(finding["measurement"].is_null(), "{finding}");
            assert_eq!(finding["measurements"], serde_json::json!([]), "{finding}");
        }
    }
}

#[test]
fn nothing_found_makes_no_report() {
    let project = Project::small();
    project.write(
        "src/lib.rs",
        "pub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n",
    );
    let run = project.run(&[]).ended(0);
    assert!(run.stdout.contains("0 findings"), "{run}");
    assert!(!project.root().join("target/io-optimize/report.md").exists());
}

#[test]
fn findings_at_or_over_fail_on_end_with_1() {
    let project = Project::small();
    project.run(&["--no-bench", "--fail-on", "high"]).ended(1);
    project
        .run(&[
            "--no-bench",
            "--fail-on",
            "high",
            "--skip",
            "unbuffered_write",
        ])
        .ended(0);
}

#[test]
fn what_is_applied_counts_no_more_for_fail_on() {
    let project = Project::small().committed();
    project
        .run(&["--no-bench", "--fail-on", "high", "--apply"])
        .ended(0);
}

#[test]
fn a_pipe_gets_no_escape_codes_unless_told() {
    let project = Project::small();
    let run = project.run(&["--no-bench"]).ended(0);
    assert!(
        !run.stdout.contains('\x1b') && !run.stderr.contains('\x1b'),
        "{run}"
    );
    let run = project.run(&["--no-bench", "--color", "always"]).ended(0);
    assert!(run.stdout.contains("\x1b["), "{run}");
}

#[test]
fn a_reader_that_closes_the_pipe_has_what_it_wants() {
    let project = Project::fixture("example");
    let mut command = project.program(&["--no-bench"]);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(
        project
            .root()
            .join("target/io-optimize/report.md")
            .is_file()
    );
}

#[cfg(unix)]
#[test]
fn cargo_finds_it_as_a_subcommand() {
    let project = Project::small();
    let folder = project.outside();
    let program = env!("CARGO_BIN_EXE_cargo-io-optimize-under-test");
    std::os::unix::fs::symlink(program, folder.join("cargo-io-optimize")).expect("links work");
    let path = std::env::var("PATH").unwrap_or_default();
    let run = project.run_cargo(
        &["io-optimize", "--fast", "--format", "json"],
        &format!("{}:{path}", folder.display()),
    );
    assert_eq!(findings(&run.ended(0).json()).len(), 1);
}
