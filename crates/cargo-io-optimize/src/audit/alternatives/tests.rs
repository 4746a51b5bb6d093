//! Which figures stand beside which alternatives.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use analyze::{Analysis, CrateInput, Loader};
use model::{Cache, Finding, Ratio, TargetKind, WorkloadId};

use super::*;

fn way(method: &str, size: u64, low: f64, high: f64) -> Headline {
    Headline {
        workload: WorkloadId::new("unbuffered_serde", "json-read"),
        method: method.to_owned(),
        size,
        baseline_ns: 1000,
        optimized_ns: (1000.0 / low) as u64,
        ratio: Ratio {
            median: f64::midpoint(low, high),
            low,
            high,
        },
        samples: 9,
        cache: Cache::Warm,
        worth_it: true,
    }
}

fn titles(alternatives: &[Fix]) -> Vec<&str> {
    alternatives.iter().map(|fix| fix.title.as_str()).collect()
}

#[test]
fn only_what_is_clearly_faster_at_the_same_size_becomes_an_alternative_the_fastest_first() {
    let suggested = way("BufReader", 100, 2.0, 3.0);
    let ways = vec![
        suggested.clone(),
        way("better", 100, 3.1, 4.0),
        way("perhaps better", 100, 2.9, 5.0),
        way("best", 100, 8.0, 9.0),
        way("at another size", 1, 8.0, 9.0),
    ];
    let mut alternatives = Vec::new();
    weigh_one(&mut alternatives, &suggested, None, ways);
    assert_eq!(
        titles(&alternatives),
        [
            "do it by `best`, which measured faster here",
            "do it by `better`, which measured faster here"
        ]
    );
    let best = alternatives[0].headline.as_ref().expect("its own figure");
    assert_eq!(best.method, "best");
    assert!(!alternatives[0].has_text());
}

/// An alternative that has a text, for the way of that name.
fn written(method: Option<&str>) -> Fix {
    Fix {
        title: "written down".to_owned(),
        method: method.map(str::to_owned),
        headline: None,
        ..in_words(way("any", 1, 1.0, 1.0))
    }
}

fn figures(alternatives: &[Fix]) -> Vec<Option<&str>> {
    let figures = alternatives.iter().map(|fix| fix.headline.as_ref());
    figures
        .map(|way| way.map(|way| way.method.as_str()))
        .collect()
}

#[test]
fn an_alternative_that_has_a_text_gets_the_figure_of_its_way_and_is_not_said_twice() {
    let buffered = way("BufReader", 100, 2.0, 3.0);
    let whole = |low| way("from_slice(fs::read)", 100, low, low + 1.0);
    // Slower than what is suggested it is an alternative still.
    for low in [8.0, 0.5] {
        let mut alternatives = vec![
            written(Some("from_slice(fs::read)")),
            written(Some("not measured")),
        ];
        let ways = vec![buffered.clone(), whole(low), way("another", 100, 9.0, 9.1)];
        weigh_one(&mut alternatives, &buffered, Some("BufReader"), ways);
        assert_eq!(
            titles(&alternatives),
            [
                "written down",
                "written down",
                "do it by `another`, which measured faster here"
            ]
        );
        assert_eq!(
            figures(&alternatives),
            [Some("from_slice(fs::read)"), None, Some("another")]
        );
        assert_eq!(alternatives[0].headline, Some(whole(low)));
    }

    // With `--runtime`, what std offers stands beside the suggestion: the way that names none.
    let (std, ours) = ("fs::copy", "io_optimize::copy");
    let ways = vec![way(std, 100, 2.0, 3.0), way(ours, 100, 8.0, 9.0)];
    let mut alternatives = vec![written(None)];
    weigh_one(&mut alternatives, &ways[1], Some(std), ways.clone());
    assert_eq!(figures(&alternatives), [Some(std)]);
}

/// The crates that the fixtures of rules name.
const CRATES: [&str; 5] = ["bincode", "ciborium", "rmp_serde", "serde", "serde_json"];

struct Fixtures;

impl Loader for Fixtures {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules");
        let text =
            fs::read_to_string(folder.join(path)).map_err(|error| format!("{path}: {error}"))?;
        // Marks are comments, which keep some fixes away.
        let unmarked = |line: &str| {
            line.split("//~")
                .next()
                .map(|code| format!("{}\n", code.trim_end()))
        };
        let text: String = text.lines().filter_map(unmarked).collect();
        Ok(Some(text.into_bytes()))
    }
}

/// What is found in the code that rules are tried on.
fn findings_of_fixtures() -> Vec<Finding> {
    let findings = |root: String| {
        let library = CrateInput {
            package: "fixtures".to_owned(),
            name: "fixtures".to_owned(),
            kind: TargetKind::Library,
            rust_version: None,
            root,
            dependencies: CRATES
                .map(|name| (name.to_owned(), name.to_owned()))
                .to_vec(),
            features: Vec::new(),
            selected: true,
        };
        let analysis = Analysis::load(&[library], &[], &Fixtures, Path::new("/project"));
        assert_eq!(analysis.not_analysed(), []);
        analysis.run(&[]).findings
    };
    let roots = |rule: &model::RuleMeta| {
        ["positive", "unfixable"].map(|kind| format!("{}/{kind}.rs", rule.name))
    };
    analyze::rules()
        .flat_map(roots)
        .flat_map(findings)
        .collect()
}

#[test]
fn each_way_that_a_rewrite_names_is_measured() {
    let directory = tempfile::tempdir().expect("a folder for this test");
    let mut named = BTreeSet::new();
    for finding in findings_of_fixtures() {
        let alternatives = finding.alternatives.into_iter();
        for method in alternatives.filter_map(|fix| fix.method) {
            let id = finding.workload.expect("a model that measures it");
            measure::alone(id, &method, directory.path(), 1000, 0)
                .unwrap_or_else(|error| panic!("{error:#}"));
            named.insert((finding.rule.name, method));
        }
    }
    let named: Vec<_> = named
        .iter()
        .map(|(rule, method)| (*rule, method.as_str()))
        .collect();
    let known = [
        ("copy_off_fast_path", "io_optimize::io_copy"),
        ("lines_alloc", "io_optimize::LineReader"),
        ("manual_copy_loop", "io_optimize::io_copy"),
        ("read_write_copy", "io_optimize::copy"),
        ("tree_copy", "io_optimize::TreeOptions"),
        ("unbuffered_serde", "bincode::deserialize(fs::read)"),
        ("unbuffered_serde", "ciborium::from_reader(fs::read)"),
        ("unbuffered_serde", "rmp_serde::from_slice(fs::read)"),
        ("unbuffered_serde", "serde_json::from_slice(fs::read)"),
    ];
    assert_eq!(named, known);
}

#[test]
fn the_runtime_crate_is_named_only_where_it_beats_all_that_std_offers() {
    let suggested = way("read_line", 100, 2.0, 3.0);
    let ours = way("io_optimize::LineReader", 100, 8.0, 9.0);
    let offered = |other: Headline| {
        let mut alternatives = Vec::new();
        weigh_one(
            &mut alternatives,
            &suggested,
            None,
            vec![ours.clone(), other],
        );
        let needs = alternatives.iter().map(|fix| fix.requires.len());
        needs.collect::<Vec<_>>()
    };
    assert_eq!(offered(way("read_until", 100, 4.0, 5.0)), [1, 0]);
    assert_eq!(offered(way("read_until", 100, 7.0, 8.5)), [0]);
}
