//! Each rule on functions that it reports, leaves alone and cannot fix.
#![expect(
    clippy::disallowed_methods,
    reason = "the fixed fixtures are written to a folder of this test and compiled there"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use analyze::Analysis;
use model::{Confidence, Finding, Fix, FixAvailability, TargetKind};

use crate::support::marks::{self, Fixes, Found, Kind, Report};
use crate::support::{Project, apply, line, place, shown};

const KINDS: [&str; 3] = ["positive", "negative", "unfixable"];

/// What the fixtures call their dependencies.
const DEPENDENCIES: [(&str, &str); 13] = [
    ("bincode", "bincode"),
    ("byteorder", "byteorder"),
    ("ciborium", "ciborium"),
    ("csv", "csv"),
    ("flate2", "flate2"),
    ("indicatif", "indicatif"),
    ("rayon", "rayon"),
    ("rmp_serde", "rmp_serde"),
    ("serde", "serde"),
    ("serde_json", "serde_json"),
    ("tempfile", "tempfile"),
    ("tokio", "tokio"),
    ("walkdir", "walkdir"),
];

/// What the fixtures ask of tokio.
const TOKIO: [&str; 8] = [
    "fs",
    "io-util",
    "macros",
    "net",
    "process",
    "rt-multi-thread",
    "sync",
    "time",
];

/// What the compiler says of fixed fixtures and ought not to.
const KNOWN_WARNINGS: [(&str, &str); 2] = [
    ("double_buffering/positive.rs", "unused import: `BufWriter`"),
    (
        "double_buffering/positive.rs",
        "variable does not need to be mutable",
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules")
}

/// `rule/kind.rs` and the text with its marks.
fn fixtures() -> Vec<(String, String)> {
    let mut fixtures = Vec::new();
    for rule in analyze::rules() {
        for kind in KINDS {
            let path = format!("{}/{kind}.rs", rule.name);
            let text = fs::read_to_string(folder().join(&path))
                .unwrap_or_else(|error| panic!("fixtures/rules/{path}: {error}"));
            fixtures.push((path, text));
        }
    }
    fixtures
}

/// Name and version of each package in the fixtures' lock file.
fn versions() -> Vec<(String, String)> {
    let text = fs::read_to_string(folder().join("Cargo.lock")).unwrap();
    let lock: toml::Table = text.parse().unwrap();
    let text = |package: &toml::Value, key: &str| package[key].as_str().unwrap().to_owned();
    lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(package, "name"), text(package, "version")))
        .collect()
}

/// Reads a text as the root of a library.
fn analysis(path: &str, text: &str) -> Analysis {
    let analysis = Project::default()
        .file(path, text)
        .target("rule_fixtures", TargetKind::Library, path, &DEPENDENCIES)
        .features("tokio", &TOKIO)
        .load_with(&versions());
    assert_eq!(analysis.not_analysed(), [], "{path}");
    if path.starts_with("streaming_no_hint/") {
        return analysis.for_files_of(1 << 30);
    }
    analysis
}

/// The text without marks, after all fixes that are offered at the default confidence and not known to be wrong.
fn fixed(path: &str, marked: &str) -> Result<String, String> {
    fixed_by(path, marked, |finding| finding.suggestion)
}

/// The same with the alternatives of findings that have one which needs no dependency.
fn fixed_otherwise(path: &str, marked: &str) -> Result<String, String> {
    fixed_by(path, marked, |mut finding| {
        finding.alternatives.retain(|fix| fix.requires.is_empty());
        finding.alternatives.pop().or(finding.suggestion)
    })
}

fn fixed_by(
    path: &str,
    marked: &str,
    fix: impl Fn(Finding) -> Option<Fix>,
) -> Result<String, String> {
    let text = marks::strip(marked);
    let marks = marks::read(marked);
    let analysis = analysis(path, &text);
    let fixes = shown(&analysis).into_iter().filter_map(|finding| {
        let found = Found::of(analysis.sources(), &finding);
        let wrong = marks.iter().any(|mark| mark.denies_fix_of(&found));
        fix(finding).filter(|_| !wrong)
    });
    apply(&text, fixes.flat_map(|fix| fix.edits)).map_err(|error| format!("{path}: {error}"))
}

/// A finding whose fix has to make it disappear: each function of a fixture is one case.
fn case(finding: &Finding) -> (String, &'static str) {
    (finding.function.clone(), finding.rule.name)
}

/// Calls `check` with each fixture of these kinds, and fails with all that went wrong.
fn for_each(kinds: &[&str], check: impl Fn(&mut Report, &str, &str)) {
    let fixtures = fixtures();
    let mut report = Report::default();
    for (path, text) in &fixtures {
        if kinds
            .iter()
            .any(|kind| path.ends_with(&format!("/{kind}.rs")))
        {
            check(&mut report, path, text);
        }
    }
    report.finish();
}

#[test]
fn reports_exactly_the_marked_lines() {
    for_each(&KINDS, |report, path, text| {
        let analysis = analysis(path, &marks::strip(text));
        let found: Vec<_> = shown(&analysis)
            .iter()
            .map(|finding| Found::of(analysis.sources(), finding))
            .collect();
        let marks = marks::read(text);
        report.compare(path, &marks, &found);
        // What other rules find there too may have a fix or none.
        let rule = path.split('/').next().unwrap();
        let own: Vec<_> = found
            .into_iter()
            .filter(|found| found.rule == rule)
            .collect();
        if path.ends_with("/positive.rs") {
            let only_reports = analyze::rules().any(|known| {
                known.name == rule
                    && matches!(known.fix, FixAvailability::None | FixAvailability::Runtime)
            });
            let fixes = if only_reports {
                Fixes::None
            } else {
                Fixes::All
            };
            report.compare_fixes(path, &marks, &own, fixes);
        } else if path.ends_with("/unfixable.rs") {
            report.compare_fixes(path, &marks, &own, Fixes::None);
        }
    });
}

#[test]
fn every_rule_is_marked_in_what_it_reports_and_not_in_what_it_leaves_alone() {
    for (path, text) in fixtures() {
        let rule = path.split('/').next().unwrap();
        let marked = marks::read(&text)
            .iter()
            .any(|mark| mark.what == rule && mark.kind != Kind::False);
        let is_negative = path.ends_with("/negative.rs");
        assert!(marked != is_negative, "fixtures/rules/{path}: {rule}");
    }
}

#[test]
fn findings_name_their_evidence_and_their_place() {
    for_each(&["positive", "unfixable"], |report, path, text| {
        let analysis = analysis(path, &marks::strip(text));
        let shown = shown(&analysis);
        let mut ids: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &shown {
            let place = place(analysis.sources(), finding);
            if finding.evidence.is_empty() {
                report.fail(format!("{place}: nothing is said for it"));
            }
            if let Some(other) = ids.insert(&finding.id.0, finding) {
                let other = line(analysis.sources(), other);
                report.fail(format!(
                    "{place}: has the name of the finding in line {other}"
                ));
            }
            let sentences = [finding.message.as_str()].into_iter().chain(
                finding
                    .evidence
                    .iter()
                    .map(|evidence| evidence.note.as_str()),
            );
            for sentence in sentences {
                if sentence.is_empty() || sentence.ends_with('.') {
                    report.fail(format!("{place}: is no clause: `{sentence}`"));
                }
            }
        }
    });
}

#[test]
fn fixes_parse_and_leave_nothing_to_fix() {
    for_each(&["positive"], |report, path, text| {
        let after = match fixed(path, text) {
            Ok(after) => after,
            Err(error) => return report.fail(error),
        };
        if let Err(error) = syn::parse_file(&after) {
            let start = error.span().start();
            return report.fail(format!(
                "{path}: fixed, line {}, column {}: {error}\n{after}",
                start.line, start.column
            ));
        }
        let before = analysis(path, &marks::strip(text));
        let marks = marks::read(text);
        let without_fix: Vec<_> = shown(&before)
            .iter()
            .filter(|finding| {
                let found = Found::of(before.sources(), finding);
                !found.fix || marks.iter().any(|mark| mark.denies_fix_of(&found))
            })
            .map(case)
            .collect();
        let again = analysis(path, &after);
        for finding in again.run(&[]).findings {
            let shown = finding.confidence >= Confidence::Medium;
            if (shown || finding.suggestion.is_some()) && !without_fix.contains(&case(&finding)) {
                let place = place(again.sources(), &finding);
                let code = again.sources().text(finding.span);
                report.fail(format!("{place}: found after the fixes: `{code}`"));
            }
        }
    });
}

#[test]
fn fixes_read_as_a_person_would_write_them() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (path, text) in fixtures() {
            if let Some(rule) = path.strip_suffix("/positive.rs") {
                let fixed = fixed(&path, &text).unwrap();
                let otherwise = fixed_otherwise(&path, &text).unwrap();
                if otherwise != fixed {
                    insta::assert_snapshot!(format!("{rule}_otherwise"), otherwise);
                }
                insta::assert_snapshot!(rule, fixed);
            }
        }
    });
}

#[test]
fn fixed_fixtures_compile() {
    compile("fixed-rules", fixed);
}

#[test]
fn fixtures_with_alternatives_compile() {
    compile("fixed-rules-otherwise", fixed_otherwise);
}

fn compile(folder_name: &str, fixed: impl Fn(&str, &str) -> Result<String, String>) {
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let copy = copies.join(folder_name);
    for name in ["Cargo.toml", "Cargo.lock", "lib.rs"] {
        fs::create_dir_all(&copy).unwrap();
        fs::write(copy.join(name), fs::read(folder().join(name)).unwrap()).unwrap();
    }
    for (path, text) in fixtures() {
        let text = fixed(&path, &text).unwrap_or_else(|error| panic!("{error}"));
        let target = copy.join(&path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, text).unwrap();
    }
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--locked", "--message-format=short"])
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", copies.join("fixed-rules/target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo starts");
    let messages = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && messages.contains("--offline") {
        let mut log = io::stderr();
        let _ = writeln!(
            log,
            "SKIPPED: compiling the fixed fixtures needs `cargo fetch --manifest-path fixtures/rules/Cargo.toml`"
        );
        return;
    }
    assert!(
        output.status.success(),
        "in {}:\n{messages}",
        copy.display()
    );
    // Who denies warnings could not build with them.
    let warnings: Vec<&str> = messages
        .lines()
        .filter(|line| line.contains(".rs:") && line.contains(" warning: "))
        .collect();
    let says =
        |line: &str, (path, what): &(&str, &str)| line.starts_with(path) && line.contains(what);
    let unknown = warnings
        .iter()
        .filter(|line| !KNOWN_WARNINGS.iter().any(|known| says(line, known)));
    assert_eq!(
        unknown.collect::<Vec<_>>(),
        [&""; 0],
        "in {}",
        copy.display()
    );
    let resolved = KNOWN_WARNINGS
        .iter()
        .filter(|known| !warnings.iter().any(|line| says(line, known)));
    assert_eq!(
        resolved.collect::<Vec<_>>(),
        [&("", ""); 0],
        "no longer said: take them off the list"
    );
}

#[test]
fn a_dozen_writes_are_less_certain_where_no_loop_makes_the_file() {
    let text = r#"use std::{fs::File, io::{self, Write}};
fn head(path: &str, age: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    writeln!(file, "{age} {age} {age}")?;
    writeln!(file, "{age} {age} {age}")?;
    writeln!(file, "{age} {age} {age}")?;
    writeln!(file, "{age} {age} {age}")
}
"#;
    let once = "pub fn once() -> io::Result<()> { head(\"a\", 1) }\n";
    let each = "pub fn each(names: &[String]) -> io::Result<()> { for name in names { head(name, 1)?; } Ok(()) }\n";
    for (caller, confidence) in [(once, Confidence::Medium), (each, Confidence::High)] {
        let analysis = analysis("lib.rs", &format!("{text}{caller}"));
        let found: Vec<_> = analysis.run(&[]).findings;
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.rule.name, one.confidence))
            .collect();
        assert_eq!(found, [("unbuffered_write", confidence)]);
    }
}
