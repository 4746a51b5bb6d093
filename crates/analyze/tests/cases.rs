//! Places in published crates, restated in `fixtures/cases`: what the audit answers at each of them today.

use std::fs;
use std::path::Path;

use analyze::Analysis;
use model::TargetKind;

use crate::support::marks::{self, Found, Kind, Report};
use crate::support::{Project, shown};

/// Names and versions of what the cases depend on: some answers change with a version.
const DEPENDENCIES: [(&str, &str); 26] = [
    ("age", "0.12.1"),
    ("bincode", "1.3.3"),
    ("byteorder", "1.5.0"),
    ("ciborium", "0.2.2"),
    ("csv", "1.4.0"),
    ("flate2", "1.1.11"),
    ("futures", "0.3.34"),
    ("glob", "0.3.4"),
    ("image", "0.10.4"),
    ("matroska", "0.30.1"),
    ("md5", "0.8.0"),
    ("noodles_bgzf", "0.45.0"),
    ("npyz", "0.8.4"),
    ("parquet", "60.1.0"),
    ("serde", "1.0.229"),
    ("serde_json", "1.0.154"),
    ("serde_norway", "0.9.42"),
    ("serde_yaml", "0.9.34"),
    ("sha2", "0.10.9"),
    ("tabwriter", "1.4.1"),
    ("tar", "0.4.46"),
    ("tempfile", "3.27.0"),
    ("tokio", "1.54.1"),
    ("toml", "1.1.6"),
    ("walkdir", "2.5.0"),
    ("zip", "9.1.1"),
];

/// File name and marked text of each case, in order.
fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    cases.sort();
    cases
}

/// Reads a case as the root of a library.
fn analysis(name: &str, text: &str) -> Analysis {
    let called = DEPENDENCIES.map(|(name, _)| (name, name));
    let versions = DEPENDENCIES.map(|(name, version)| (name.to_owned(), version.to_owned()));
    let analysis = Project::default()
        .file(name, text)
        .target("case", TargetKind::Library, name, &called)
        .load_with(&versions);
    assert_eq!(analysis.not_analysed(), [], "{name}");
    analysis
}

#[test]
fn answers_are_those_that_the_score_counts() {
    let mut report = Report::default();
    for (name, text) in cases() {
        let analysis = analysis(&name, &marks::strip(&text));
        let found: Vec<_> = shown(&analysis)
            .iter()
            .map(|finding| Found::of(analysis.sources(), finding))
            .collect();
        report.compare(&name, &marks::read(&text), &found);
    }
    report.finish();
}

/// A case that stands for another place, or for none, would keep an answer that nobody asked about.
#[test]
fn cases_say_where_they_are_from_and_what_is_expected() {
    let mut report = Report::default();
    let cases = cases();
    let mut negatives = 0;
    for (name, text) in &cases {
        let (id, _) = name.split_once('_').unwrap_or_default();
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with(&format!("//! {}, ", id.to_uppercase())) {
            report.fail(format!(
                "{name}: the first line names another case: {first}"
            ));
        }
        let marks = marks::read(text);
        let expected = |kind| marks.iter().any(|mark| mark.kind == kind);
        let is_negative = id.starts_with('n');
        negatives += usize::from(is_negative);
        if is_negative && !marks.is_empty() {
            report.fail(format!("{name}: is fine, and yet holds a mark"));
        }
        if !is_negative && !expected(Kind::Expected) && !expected(Kind::Missing) {
            report.fail(format!("{name}: holds no mark"));
        }
        for mark in marks {
            if mark.kind == Kind::Expected && mark.confidence.is_none() {
                report.fail(format!("{name}:{}: at which confidence?", mark.line));
            }
        }
    }
    report.finish();
    assert!(cases.len() >= 60 && negatives >= 20, "cases were lost");
}
