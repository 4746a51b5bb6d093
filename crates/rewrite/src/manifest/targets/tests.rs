//! What is added to manifests, and what is refused.

use std::path::PathBuf;

use super::*;
use crate::additions::Manifest;

const CRITERION: DevDependency = DevDependency {
    name: "criterion",
    version: "0.8",
    features: &[],
};
const SERDE: DevDependency = DevDependency {
    name: "serde",
    version: "1",
    features: &["derive"],
};

fn manifests(texts: &[(&str, &str)]) -> Manifests {
    let manifest = |(package, text): &(&str, &str)| Manifest {
        path: format!("{package}/Cargo.toml"),
        absolute: PathBuf::from(package).join("Cargo.toml"),
        text: (*text).to_owned(),
        package: (!package.is_empty()).then(|| (*package).to_owned()),
    };
    Manifests {
        all: texts.iter().map(manifest).collect(),
        ..Manifests::default()
    }
}

fn target(edition: &str, kind: NewTargetKind) -> NewTarget {
    NewTarget {
        package: "app".to_owned(),
        edition: edition.to_owned(),
        kind,
        name: "io_optimize",
        has_others: true,
        dependencies: vec![CRITERION, SERDE],
    }
}

fn added(text: &str, edition: &str, kind: NewTargetKind) -> Result<String, String> {
    let manifests = manifests(&[("app", text)]);
    let id = FindingId("emit".to_owned());
    let patches = add_targets(&manifests, &[target(edition, kind)], &id)?;
    let after = patches.into_iter().next().map(|patch| patch.after);
    Ok(after.unwrap_or_else(|| text.to_owned()))
}

#[test]
fn a_benchmark_is_listed_and_its_dependencies_are_added() {
    let text = "[package] # kept\nname = \"app\"\n\n[dependencies]\nserde = { version = \"1.0.5\", optional = true }\n";
    let after = added(text, "2021", NewTargetKind::Benchmark).unwrap();
    let more = "\n[dev-dependencies]\ncriterion = \"0.8\"\nserde = { version = \"1.0.5\", features = [\"derive\"] }\n\n\
                [[bench]]\nname = \"io_optimize\"\nharness = false\n";
    assert_eq!(after, format!("{text}{more}"));
    assert_eq!(
        added(&after, "2021", NewTargetKind::Benchmark).unwrap(),
        after,
        "once is enough"
    );
}

#[test]
fn what_a_package_has_is_left_as_it_is() {
    let text = "[package]\nname = \"app\"\n\n[dependencies.serde]\nversion = \"1\"\nfeatures = [\"derive\"]\n\n\
                [dev-dependencies]\ncriterion = \"0.5\"\n\n[[bench]]\nname = \"io_optimize\"\nharness = false\n";
    assert_eq!(added(text, "2024", NewTargetKind::Benchmark).unwrap(), text);
    assert_eq!(added(text, "2024", NewTargetKind::Test).unwrap(), text);
}

#[test]
fn a_benchmark_of_another_kind_under_the_name_is_refused() {
    for more in ["", "harness = false\npath = \"benches/mine.rs\"\n"] {
        let text =
            format!("[package]\nname = \"app\"\n\n[[bench]]\nname = \"io_optimize\"\n{more}");
        let refused = added(&text, "2021", NewTargetKind::Benchmark).unwrap_err();
        assert!(
            refused.starts_with("app/Cargo.toml has a [[bench]]"),
            "{refused}"
        );
    }
}

#[test]
fn in_the_first_edition_other_benchmarks_are_found_as_before() {
    let text = "[package]\nname = \"app\"\n";
    let after = added(text, "2015", NewTargetKind::Benchmark).unwrap();
    assert!(after.contains("autobenches = true\n"), "{after}");
    let listed = format!("{text}\n[[test]]\nname = \"other\"\n");
    let after = added(&listed, "2015", NewTargetKind::Test).unwrap();
    assert!(
        after.contains("[[test]]\nname = \"io_optimize\"\n"),
        "{after}"
    );
}

#[test]
fn a_test_is_listed_where_cargo_does_not_look_for_tests() {
    let text = "[package]\nname = \"app\"\nautotests = false\n";
    let after = added(text, "2021", NewTargetKind::Test).unwrap();
    assert!(
        after.contains("[[test]]\nname = \"io_optimize\"\n"),
        "{after}"
    );
}

#[test]
fn what_the_workspace_has_is_inherited() {
    let root = "[workspace]\nmembers = [\"app\"]\n\n[workspace.dependencies]\ncriterion = \"0.7\"\nserde = \"1.0.1\"\n";
    let text = "[package]\nname = \"app\"\n\n[dependencies]\nserde.workspace = true\n";
    let manifests = manifests(&[("", root), ("app", text)]);
    let id = FindingId("emit".to_owned());
    let targets = [target("2021", NewTargetKind::Benchmark)];
    let patches = add_targets(&manifests, &targets, &id).unwrap();
    assert_eq!(patches.len(), 1);
    let after = &patches[0].after;
    for line in [
        "criterion = { workspace = true }\n",
        "serde = { workspace = true, features = [\"derive\"] }\n",
    ] {
        assert!(after.contains(line), "{after}");
    }
}

#[test]
fn a_crate_under_another_name_is_an_obstacle() {
    let text = "[package]\nname = \"app\"\n\n[dependencies]\ns = { package = \"serde\", version = \"1\" }\n";
    let manifests = manifests(&[("app", text)]);
    assert!(obstacle(&manifests, "app", &SERDE).is_some());
    assert!(obstacle(&manifests, "app", &CRITERION).is_none());
}
