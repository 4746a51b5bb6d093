//! Models are of the crates that a package uses: one of another major version has no figures, and each format has its own.

use serde_json::Value;

use crate::support::{Project, findings};

/// A crate as it is used, with a stand-in for it, since tests have no network.
struct Used {
    name: &'static str,
    version: &'static str,
    /// Its source.
    source: &'static str,
    /// What is done with `file` and `numbers`.
    call: &'static str,
}

const JSON: Used = Used {
    name: "serde_json",
    version: "1.0.7",
    source: "pub fn to_writer<W>(_: W, _: &[u32]) -> std::io::Result<()> {\n    Ok(())\n}\n",
    call: "serde_json::to_writer(file, numbers)?",
};

const OLD_JSON: Used = Used {
    version: "0.9.7",
    ..JSON
};

/// A package whose functions write files by these crates.
fn project(used: &[Used]) -> Project {
    let project = Project::of(&[]);
    let mut manifest = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                        [workspace]\nexclude = [\"stand-ins\"]\n\n[dependencies]\n"
        .to_owned();
    let mut lock = "version = 4\n".to_owned();
    let mut code = "use std::fs::File;\nuse std::io;\n".to_owned();
    for Used {
        name,
        version,
        source,
        call,
    } in used
    {
        let folder = format!("stand-ins/{name}");
        manifest += &format!("{name} = {{ path = \"{folder}\" }}\n");
        lock += &format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let package = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\n[workspace]\n"
        );
        project.write(&format!("{folder}/Cargo.toml"), &package);
        project.write(&format!("{folder}/src/lib.rs"), source);
        let function = name.replace('-', "_");
        code += &format!(
            "\npub fn by_{function}(numbers: &[u32]) -> io::Result<()> {{\n    \
             let mut file = File::create(\"numbers\")?;\n    {call};\n    Ok(())\n}}\n"
        );
    }
    let names: String = used
        .iter()
        .map(|used| format!(" \"{}\",\n", used.name))
        .collect();
    lock += &format!(
        "\n[[package]]\nname = \"small\"\nversion = \"0.1.0\"\ndependencies = [\n{names}]\n"
    );
    project.write("Cargo.toml", &manifest);
    project.write("Cargo.lock", &lock);
    project.write("src/lib.rs", &code);
    project
}

/// The findings, and the report. Nothing is measured: what is asked here does not depend on time.
fn audited(project: &Project) -> (Value, String) {
    let flags = ["--rule", "unbuffered_serde", "--types", "syntax"];
    let arguments = [&flags[..], &["--bench-budget", "0s", "--format", "json"]].concat();
    let json = project.run(&arguments).ended(0).json();
    (json, project.read("target/io-optimize/report.md"))
}

#[test]
fn a_model_of_the_same_major_version_stands_for_the_code_and_says_its_own() {
    let (json, report) = audited(&project(&[JSON]));
    assert_eq!(findings(&json).len(), 1, "{json:#}");
    assert!(report.contains("unbuffered_serde/json-write"), "{report}");
    assert!(report.contains("built with serde_json 1."), "{report}");
}

#[test]
fn a_model_of_another_major_version_has_no_figures_and_the_report_says_why() {
    let (json, report) = audited(&project(&[OLD_JSON]));
    let [finding] = findings(&json) else {
        panic!("{json:#}")
    };
    assert!(finding["measurement"].is_null(), "{finding:#}");
    let note = finding["measurement_note"].as_str().expect("a note");
    for words in [
        "the model is built with serde_json 1.",
        "`small` uses 0.9.7",
    ] {
        assert!(note.contains(words), "{note}");
    }
    assert!(report.contains("uses 0.9.7"), "{report}");
    assert!(!report.contains("unbuffered_serde/json-write"), "{report}");
}

#[test]
fn a_benchmark_of_another_major_version_is_not_emitted() {
    let project = project(&[OLD_JSON]).committed();
    let run = project.run(&["bench", "--emit-tests"]).ended(0);
    assert!(run.stderr.contains("uses 0.9.7"), "{run}");
    assert!(!project.root().join("tests").exists());
}

#[test]
fn each_format_has_a_model_of_its_own_or_none() {
    let (json, report) = audited(&project(&[
        JSON,
        Used {
            name: "bincode",
            version: "1.3.0",
            source: "pub fn serialize_into<W>(_: W, _: &[u32]) -> std::io::Result<()> {\n    Ok(())\n}\n",
            call: "bincode::serialize_into(file, numbers)?",
        },
        Used {
            name: "ciborium",
            version: "0.2.0",
            source: "pub fn into_writer<W>(_: &[u32], _: W) -> std::io::Result<()> {\n    Ok(())\n}\n",
            call: "ciborium::into_writer(numbers, file)?",
        },
        Used {
            name: "postcard",
            version: "1.1.0",
            source: "pub fn to_io<W>(_: &[u32], writer: W) -> std::io::Result<W> {\n    Ok(writer)\n}\n",
            call: "postcard::to_io(numbers, &mut file)?",
        },
        Used {
            name: "rmp-serde",
            version: "1.1.0",
            source: "pub mod encode {\n    pub fn write<W>(_: &mut W, _: &[u32]) -> std::io::Result<()> {\n        Ok(())\n    }\n}\n",
            call: "rmp_serde::encode::write(&mut file, numbers)?",
        },
    ]));
    for model in ["bincode-1", "cbor", "json", "messagepack"] {
        let name = format!("unbuffered_serde/{model}-write");
        assert!(report.contains(&name), "no {name} in {report}");
    }
    assert!(!report.contains("there is no model"), "{report}");
    let without: Vec<&Value> = findings(&json)
        .iter()
        .filter(|finding| finding["measurement_note"] == "no model of this pattern")
        .map(|finding| &finding["function"])
        .collect();
    assert_eq!(without, ["small::by_postcard"], "{json:#}");
}
