//! What becomes of a manifest's text.

use model::DependencySource;

use super::{Documents, Need};
use crate::additions::{Manifest, Manifests};

fn manifests(texts: &[(&str, &str)]) -> Manifests {
    let root = std::env::temp_dir().join("workspace");
    let manifest = |(path, text): &(&str, &str)| Manifest {
        path: (*path).to_owned(),
        absolute: root.join(path),
        text: (*text).to_owned(),
        package: None,
    };
    Manifests {
        all: texts.iter().map(manifest).collect(),
        root: root.clone(),
        bundled: Vec::new().into(),
    }
}

fn need(manifest: usize, table: &'static str, source: DependencySource) -> Need {
    Need {
        manifest,
        table,
        name: "io-optimize".to_owned(),
        version: "=0.1.0".to_owned(),
        source,
    }
}

fn registry(manifest: usize) -> Need {
    need(manifest, "dependencies", DependencySource::Registry)
}

/// The texts after these needs, of those manifests that change.
fn after(texts: &[(&str, &str)], needs: &[Need]) -> Result<Vec<(usize, String)>, String> {
    let manifests = manifests(texts);
    let mut documents = Documents::of(&manifests);
    for need in needs {
        documents.add(need)?;
    }
    Ok(documents.texts().collect())
}

/// The text of the only manifest of a package after it needs the dependency from the registry.
#[track_caller]
fn alone(text: &str) -> String {
    let changed = after(&[("Cargo.toml", text)], &[registry(0), registry(0)]).unwrap();
    assert_eq!(changed.len(), 1, "{changed:?}");
    changed[0].1.clone()
}

#[test]
fn a_sorted_table_stays_sorted_and_comments_and_spaces_stay_where_they_are() {
    let text = "\
[package] # mine
name = 'small'

[dependencies]
# Errors.
anyhow  =  \"1\"   # the best
serde = { version = \"1\",
  features = [\"derive\"] }

[[bin]]
name = \"x\"
";
    let line = "io-optimize = \"=0.1.0\"\n";
    let (before, behind) = text.split_at(text.find("serde").unwrap());
    assert_eq!(alone(text), format!("{before}{line}{behind}"));
}

#[test]
fn a_table_that_was_not_sorted_grows_at_its_end() {
    let text = "[dependencies]\nserde = \"1\"\nanyhow = \"1\"\n\n[profile.release]\nlto = true\n";
    assert_eq!(
        alone(text),
        "[dependencies]\nserde = \"1\"\nanyhow = \"1\"\nio-optimize = \"=0.1.0\"\n\n[profile.release]\nlto = true\n"
    );
}

#[test]
fn tables_of_every_form_take_it() {
    for (text, expected) in [
        (
            "[package]\nname = \"a\"\n",
            "[package]\nname = \"a\"\n\n[dependencies]\nio-optimize = \"=0.1.0\"\n",
        ),
        (
            "dependencies = { anyhow = \"1\" }\n\n[package]\nname = \"a\"\n",
            "dependencies = { anyhow = \"1\", io-optimize = \"=0.1.0\" }\n\n[package]\nname = \"a\"\n",
        ),
        (
            "dependencies.anyhow = \"1\"\n\n[package]\nname = \"a\"\n",
            "dependencies.anyhow = \"1\"\ndependencies.io-optimize = \"=0.1.0\"\n\n[package]\nname = \"a\"\n",
        ),
        (
            "[package]\nname = \"a\"\n[dependencies.anyhow]\nversion = \"1\"\n",
            "[package]\nname = \"a\"\n\n[dependencies]\nio-optimize = \"=0.1.0\"\n[dependencies.anyhow]\nversion = \"1\"\n",
        ),
        (
            "[dependencies]\nanyhow.version = \"1\"\n",
            "[dependencies]\nanyhow.version = \"1\"\nio-optimize = \"=0.1.0\"\n",
        ),
    ] {
        let after = alone(text);
        assert_eq!(after, expected);
        after.parse::<toml_edit::DocumentMut>().unwrap();
    }
}

#[test]
fn the_ends_of_lines_and_of_the_text_stay() {
    let text = "[dependencies]\na = \"1\"\n";
    let expected = "[dependencies]\na = \"1\"\nio-optimize = \"=0.1.0\"\n";
    assert_eq!(
        alone(&format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        format!("\u{feff}{}", expected.replace('\n', "\r\n"))
    );
    assert_eq!(alone(text.trim_end()), expected.trim_end());
    let mixed = "[dependencies]\r\na = \"1\"\n";
    let reason = after(&[("Cargo.toml", mixed)], &[registry(0)]).unwrap_err();
    assert!(
        reason.starts_with("Cargo.toml cannot be edited"),
        "{reason}"
    );
}

#[test]
fn what_is_there_is_left_as_it_is() {
    for text in [
        "[dependencies]\nio-optimize = { path = \"x\" }\n",
        "[dependencies.io-optimize]\nversion = \"0.1\"\n",
    ] {
        assert_eq!(
            after(&[("Cargo.toml", text)], &[registry(0)]),
            Ok(Vec::new())
        );
    }
    let tests = need(0, "dev-dependencies", DependencySource::Registry);
    let text = "[dependencies]\nio-optimize = \"0.1\"\n";
    assert_eq!(after(&[("Cargo.toml", text)], &[tests]), Ok(Vec::new()));
    let text = "[dev-dependencies]\nio-optimize = \"0.1\"\n";
    assert!(alone(text).contains("[dependencies]\nio-optimize"));
}

#[test]
fn a_path_leads_from_the_manifest_that_has_it() {
    let bundled = DependencySource::Bundled("crates/io-optimize".to_owned());
    let texts = [
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/app/Cargo.toml", "[package]\nname = \"app\"\n"),
    ];
    let changed = after(&texts, &[need(1, "dependencies", bundled)]).unwrap();
    assert_eq!(
        changed,
        [(
            1,
            "[package]\nname = \"app\"\n\n[dependencies]\nio-optimize = { path = \"../io-optimize\" }\n".to_owned()
        )]
    );
    let outside = std::env::temp_dir().join("elsewhere");
    let path = DependencySource::Path(outside.to_str().unwrap().to_owned());
    let changed = after(&texts, &[need(1, "dependencies", path)]).unwrap();
    assert!(
        changed[0]
            .1
            .ends_with("io-optimize = { path = \"../../../elsewhere\", version = \"=0.1.0\" }\n"),
        "{changed:?}"
    );
}

#[test]
fn what_the_workspace_has_and_what_its_members_mostly_inherit_is_inherited() {
    let bundled = || DependencySource::Bundled("crates/io-optimize".to_owned());
    let root = "[workspace]\nmembers = [\"app\"]\n\n[workspace.dependencies]\nanyhow = \"1\"\nserde = \"1\"\n";
    let changed = after(
        &[
            ("Cargo.toml", root),
            (
                "app/Cargo.toml",
                "[dependencies]\nanyhow.workspace = true\nserde.workspace = true\n",
            ),
            (
                "lib/Cargo.toml",
                "[dependencies]\nserde = { workspace = true }\n",
            ),
        ],
        &[
            need(1, "dependencies", bundled()),
            need(2, "dependencies", bundled()),
        ],
    )
    .unwrap();
    let texts: Vec<&str> = changed.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "[workspace]\nmembers = [\"app\"]\n\n[workspace.dependencies]\nanyhow = \"1\"\n\
             io-optimize = { path = \"crates/io-optimize\" }\nserde = \"1\"\n",
            "[dependencies]\nanyhow.workspace = true\nio-optimize.workspace = true\nserde.workspace = true\n",
            "[dependencies]\nio-optimize = { workspace = true }\nserde = { workspace = true }\n",
        ]
    );
    let root = "[workspace.dependencies]\nio-optimize = \"0.1\"\n";
    let member = "[dependencies]\nanyhow = \"1\"\nserde = \"1\"\n";
    let changed = after(
        &[("Cargo.toml", root), ("app/Cargo.toml", member)],
        &[registry(1)],
    )
    .unwrap();
    assert_eq!(
        changed,
        [(
            1,
            "[dependencies]\nanyhow = \"1\"\nio-optimize = { workspace = true }\nserde = \"1\"\n"
                .to_owned()
        )]
    );
}

#[test]
fn a_manifest_that_is_no_toml_is_named() {
    let reason = after(&[("Cargo.toml", "[dependencies\n")], &[registry(0)]).unwrap_err();
    assert!(
        reason.starts_with("Cargo.toml is not valid TOML"),
        "{reason}"
    );
}
