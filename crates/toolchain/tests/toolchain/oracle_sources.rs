//! Crates whose sources make a copy of them hard to compile.

use toolchain::KnownType;

use crate::support::Project;

#[test]
fn files_are_found_from_the_copy() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"a-b\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        ("data/text.txt", "text"),
        (
            "shared/part.rs",
            "pub fn f(f: &std::fs::File) { let _ = &/*part*/(f); }\n",
        ),
        (
            "src/included.rs",
            "fn included(f: std::fs::File) { let _ = &/*included*/(f); }\n",
        ),
        (
            "src/lib.rs",
            "#[path = \"../shared/part.rs\"] mod part;\nmod deep;\ninclude!(\"included.rs\");\n\
             pub const T: &str = include_str!(\"../data/text.txt\");\n\
             pub const U: &str = include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data/text.txt\"));\n// no newline",
        ),
        ("src/deep/mod.rs", "mod deeper;\n"),
        (
            "src/deep/deeper.rs",
            "pub fn f(f: std::fs::File) { let _ = &/*deeper*/(f); }\n",
        ),
        (
            "build.rs",
            "fn main() { let f = std::fs::File::open(\"Cargo.toml\"); /*build script*/(f).unwrap(); }\n",
        ),
    ]);
    let paths = [
        "shared/part.rs",
        "src/included.rs",
        "src/deep/deeper.rs",
        "build.rs",
    ];
    let (answers, run) = project.ask(&project.options(), &paths);
    assert_eq!(run.asked, ["a_b", "build_script_build"]);
    for (name, found) in &answers[..3] {
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0].known, [KnownType::File], "{name}");
    }
    assert_eq!(answers[3].1.len(), 1);
    assert!(
        answers[3].1[0].text.contains("Result<"),
        "{:?}",
        answers[3].1
    );
}

#[test]
fn strict_old_and_bare_crates_are_answered() {
    let crates = [
        (
            "strict",
            "2024",
            "#![deny(warnings)]\n#![forbid(unsafe_code)]\n#![deny(missing_docs)]\n//! Docs.\n",
        ),
        (
            "violated",
            "2021",
            "#![deny(warnings)]\n#![deny(missing_docs)]\npub struct Undocumented;\nfn unused() {}\n",
        ),
        ("old", "2015", ""),
        ("bare", "2021", "#![no_std]\nextern crate std;\n"),
    ];
    for (name, edition, head) in crates {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n");
        let code =
            format!("{head}/// A.\npub fn f(f: ::std::fs::File) {{ let _ = &/*file*/(f); }}\n");
        let code = if name == "bare" {
            code.replace("::std", "std")
        } else {
            code
        };
        let project = Project::new(&[("Cargo.toml", &manifest), ("src/lib.rs", &code)]);
        let (answers, run) = project.ask(&project.options(), &["src/lib.rs"]);
        assert!(run.failed.is_empty(), "{name}: {:?}", run.failed);
        assert_eq!(answers[0].1.len(), 1, "{name}");
        assert_eq!(answers[0].1[0].known, [KnownType::File], "{name}");
    }
}

#[test]
fn a_place_that_takes_no_probe_costs_only_its_own_answer() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "src/lib.rs",
            "macro_rules! name { ($i:ident) => { let _ = &$i; }; }\npub struct S { f: u8 }\n\
             pub fn f(f: u8) -> S { name!(/*identifier*/f); let _ = &/*other*/(f); S { f } }\n",
        ),
    ]);
    let text = project.read("src/lib.rs").expect("it is there");
    let workspace = project.load();
    let options = project.options();
    let at = |pattern: &str, offset: usize| {
        let start = u32::try_from(text.find(pattern).expect(pattern) + offset).expect("small");
        toolchain::Question {
            path: "src/lib.rs".into(),
            start,
            end: start + 1,
        }
    };
    let questions = [
        at("/*identifier*/f", 14),
        at("S { f }", 4),
        at("/*other*/(f", 10),
    ];
    let oracle = toolchain::oracle::Oracle {
        workspace: &workspace,
        options: &options,
        cache_directory: workspace.scratch_directory().join("oracle"),
        wrapper: crate::support::wrapper(),
    };
    let answers = oracle
        .ask(
            &|path| project.read(path),
            toolchain::Inquiry {
                questions: &questions,
                ..Default::default()
            },
        )
        .expect("cargo runs")
        .answers;
    assert!(answers[0].is_empty());
    assert!(answers[1].is_empty());
    assert_eq!(answers[2].len(), 1);
    assert_eq!(answers[2][0].text, "u8");
}

#[test]
fn tokio_without_its_file_type_does_not_cost_answers() {
    let manifest = |name: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{dependencies}"
        )
    };
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\", \"tokio\"]\nresolver = \"2\"\n",
        ),
        (
            "a/Cargo.toml",
            &manifest("a", "[dependencies]\ntokio = { path = \"../tokio\" }\n"),
        ),
        (
            "a/src/lib.rs",
            "pub fn f(f: std::fs::File) { let _ = &/*file*/(f); }\n",
        ),
        ("tokio/Cargo.toml", &manifest("tokio", "")),
        ("tokio/src/lib.rs", "pub mod io {}\n"),
    ]);
    let (answers, _) = project.ask(&project.options(), &["a/src/lib.rs"]);
    assert_eq!(answers[0].1.len(), 1);
    assert_eq!(answers[0].1[0].known, [KnownType::File]);
}

#[test]
fn a_copy_that_cannot_be_checked_is_named() {
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "src/lib.rs",
            "macro_rules! include { ($($t:tt)*) => {}; }\npub fn f(f: u8) { let _ = &/*file*/(f); }\n",
        ),
    ]);
    for _ in 0..2 {
        let (answers, run) = project.ask(&project.options(), &["src/lib.rs"]);
        assert!(answers[0].1.is_empty());
        assert!(run.failed.is_empty());
        assert_eq!(run.unclear.len(), 1, "{:?}", run.unclear);
        assert_eq!(run.unclear[0].0, "a");
    }
}
