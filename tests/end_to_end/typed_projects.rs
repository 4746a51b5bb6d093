//! Projects of every shape under rustc's types: what is asked, what is kept, what is said where rustc has no answer.

use std::fs;

use serde_json::Value;

use crate::support::{Project, findings, places};

const FLAGS: [&str; 5] = [
    "--workspace",
    "--all-targets",
    "--no-bench",
    "--format",
    "json",
];

/// What `base::open` returns no reader of the syntax can know.
const BASE: &str = "\
#![allow(missing_docs)]
pub trait Place { type Handle; fn open(&self) -> Self::Handle; }
pub struct Disk;
impl Place for Disk {
    type Handle = std::fs::File;
    fn open(&self) -> std::fs::File { std::fs::File::create(\"numbers\").unwrap() }
}
pub fn open<P: Place>(place: &P) -> P::Handle { place.open() }
";

const SLOW: &str = "\
pub fn save(numbers: &[u32]) {
    let mut out = ::base::open(&::base::Disk);
    for number in numbers {
        ::std::io::Write::write_fmt(&mut out, ::std::format_args!(\"{}\", number)).unwrap();
        ::std::writeln!(out, \"{}\", number).unwrap();
    }
}
";

fn package(name: &str, edition: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n{more}\n")
}

/// One package of each kind, each with the same slow place.
fn every_kind() -> Project {
    let project = Project::of(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"base\", \"derive\", \"strict\", \"old\", \"bare\", \"chosen\", \"targets\"]\nresolver = \"2\"\n",
        ),
        ("base/Cargo.toml", &package("base", "2021", "")),
        ("base/src/lib.rs", BASE),
    ]);
    let on_base = "[dependencies]\nbase = { path = \"../base\" }\n";
    let member = |name: &str, edition: &str, more: &str, code: &str| {
        project.write(&format!("{name}/Cargo.toml"), &package(name, edition, more));
        project.write(&format!("{name}/src/lib.rs"), code);
    };
    let macros = format!("[lib]\nproc-macro = true\n{on_base}");
    let private = SLOW.replacen("pub fn", "fn", 1);
    let derive = format!(
        "use std::io::Write;\n#[proc_macro_derive(Nothing)]\npub fn nothing(_: proc_macro::TokenStream) -> proc_macro::TokenStream {{ save(&[1]); Default::default() }}\n{private}"
    );
    member("derive", "2021", &macros, &derive);
    let strict = format!(
        "//! Strict.\n#![deny(warnings, missing_docs)]\n#![forbid(unsafe_code)]\nuse std::io::Write;\n/// Saves.\n{SLOW}"
    );
    member("strict", "2024", on_base, &strict);
    let old = SLOW
        .replace("::std::writeln!", "writeln!")
        .replace("::std::format_args!", "format_args!");
    let old = format!("extern crate base;\nuse std::io::Write;\n{old}");
    member("old", "2015", on_base, &old);
    let bare = format!(
        "#![no_std]\n#![no_implicit_prelude]\nextern crate std;\nuse ::std::io::Write;\n{SLOW}"
    );
    member("bare", "2018", on_base, &bare);
    let features = format!("{on_base}[features]\ndefault = [\"fast\"]\nfast = []\nslow = []\n");
    let chosen = "use std::io::Write;\n#[cfg(feature = \"fast\")]\nmod fast;\n#[cfg(feature = \"slow\")]\nmod slow;\n\
        pub fn both(file: &mut std::fs::File) { let _ = file.flush(); }\n";
    member("chosen", "2021", &features, chosen);
    project.write(
        "chosen/src/fast.rs",
        &format!("use std::io::Write;\n{SLOW}"),
    );
    project.write("chosen/src/slow.rs", crate::support::SLOW);
    let targets = format!(
        "build = \"build.rs\"\n{on_base}[build-dependencies]\nbase = {{ path = \"../base\" }}\n"
    );
    let derives = "[dependencies.derive]\npath = \"../derive\"\n";
    member(
        "targets",
        "2021",
        &format!("{targets}{derives}"),
        "#[derive(derive::Nothing)]\npub struct S;\n",
    );
    let program = format!("use std::io::Write;\n{SLOW}fn main() {{ save(&[]); }}\n");
    for path in ["build.rs", "src/main.rs", "examples/one.rs"] {
        project.write(&format!("targets/{path}"), &program);
    }
    let test = format!("use std::io::Write;\n#[test]\nfn it_saves() {{ save(&[]); }}\n{SLOW}");
    project.write("targets/tests/all.rs", &test);
    project
}

fn why(finding: &Value) -> String {
    finding["why"].to_string()
}

#[test]
fn crates_of_every_kind_are_asked_about_in_one_invocation() {
    let project = every_kind();
    let low = [&FLAGS[..], &["--confidence", "low"]].concat();
    let run = project.run(&low).ended(0);
    let json = run.json();
    assert_eq!(json["analysis"]["types"], "rustc", "{run}");
    assert_eq!(json["failures"].as_array().map(Vec::len), Some(0), "{run}");
    let found: Vec<&str> = findings(&json)
        .iter()
        .filter(|finding| why(finding).contains("rustc"))
        .filter_map(|finding| finding["path"].as_str())
        .collect();
    assert_eq!(
        found,
        [
            "bare/src/lib.rs",
            "chosen/src/fast.rs",
            "derive/src/lib.rs",
            "old/src/lib.rs",
            "strict/src/lib.rs",
            "targets/build.rs",
            "targets/examples/one.rs",
            "targets/src/main.rs",
            "targets/tests/all.rs",
        ],
        "{run}"
    );
}

#[test]
fn code_that_is_not_compiled_is_said_to_go_by_syntax_and_keeps_its_fix_for_a_look() {
    let project = every_kind();
    let of_slow = |run: &crate::support::Run| {
        let json = run.json();
        let all = findings(&json).to_vec();
        all.into_iter()
            .find(|finding| finding["path"] == "chosen/src/slow.rs")
            .unwrap_or_else(|| panic!("{run}"))
    };
    let left_out = of_slow(&project.run(&FLAGS).ended(0));
    assert!(why(&left_out).contains("not compiled"), "{left_out}");
    assert_eq!(left_out["suggestion"]["applicability"], "maybe-incorrect");
    let flags = [&FLAGS[..], &["--features", "chosen/slow"]].concat();
    let compiled = of_slow(&project.run(&flags).ended(0));
    assert!(!why(&compiled).contains("not compiled"), "{compiled}");
    assert_eq!(
        compiled["suggestion"]["applicability"],
        "machine-applicable"
    );
}

#[test]
fn unchanged_sources_start_no_cargo_check_and_an_edit_asks_about_its_crate_alone() {
    let project = every_kind();
    let human = ["--workspace", "--all-targets", "--no-bench"];
    let checks = |run: &crate::support::Run| {
        let lines = run.stdout.lines();
        lines
            .filter(|line| line.starts_with("executed:"))
            .filter(|line| line.contains("cargo check"))
            .count()
    };
    let answers = || {
        let folder = project.root().join("target/io-optimize/oracle/answers");
        let entries = fs::read_dir(folder).expect("answers are kept");
        entries.count()
    };
    let first = project.run(&human).ended(0);
    assert_eq!(checks(&first), 1, "{first}");
    let before = answers();
    let again = project.run(&human).ended(0);
    assert_eq!(checks(&again), 0, "{again}");
    let text = project.read("strict/src/lib.rs");
    project.write("strict/src/lib.rs", &text.replace("{}", "{}\\n"));
    let edited = project.run(&human).ended(0);
    assert_eq!(checks(&edited), 1, "{edited}");
    // The library, and the library with its tests.
    assert_eq!(answers(), before + 2);
}

#[test]
fn members_that_compile_keep_their_types_beside_one_that_does_not() {
    let project = every_kind();
    let whole = places(&project.run(&FLAGS).ended(0).json());
    let text = project.read("strict/src/lib.rs");
    project.write(
        "strict/src/lib.rs",
        &format!("{text}/// Broken.\npub fn broken() -> u8 {{ \"\" }}\n"),
    );
    let run = project.run(&FLAGS).ended(0);
    let json = run.json();
    assert_eq!(json["analysis"]["types"], "rustc", "{run}");
    let failures = json["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 1, "{run}");
    let what = failures[0]["what"].as_str().expect("a sentence");
    assert!(
        what.contains("`strict`") && what.contains("mismatched types"),
        "{what}"
    );
    assert_eq!(failures[0]["look_with"], "cargo check --package strict");
    let left: Vec<String> = whole
        .into_iter()
        .filter(|place| !place.starts_with("strict/"))
        .collect();
    assert_eq!(places(&json), left, "{run}");
}

#[test]
fn a_project_of_which_nothing_compiles_goes_by_syntax() {
    let project = Project::small();
    let text = project.read("src/lib.rs");
    let open = "pub fn ask<T>(t: T) -> T { t }\npub fn asked() { let mut o = ask(ask); o.write_all(b\"\"); }\n";
    project.write("src/lib.rs", &format!("{text}{open}"));
    let run = project.run(&["--no-bench", "--format", "json"]).ended(0);
    let json = run.json();
    assert_eq!(json["analysis"]["types"], "syntax", "{run}");
    assert_eq!(json["failures"].as_array().map(Vec::len), Some(1), "{run}");
    assert_eq!(places(&json).len(), 1, "{run}");
}

#[cfg(unix)]
#[test]
fn wrappers_in_the_environment_are_called_too() {
    let project = every_kind();
    let log = project.outside().join("log");
    let general = project.wrapper("general", &format!("echo general >> {}", log.display()));
    let members = project.wrapper("members", &format!("echo members >> {}", log.display()));
    let expected = places(&project.run(&FLAGS).ended(0).json());
    fs::remove_dir_all(project.root().join("target")).expect("it is ours");
    let mut program = project.program(&FLAGS);
    program.env("RUSTC_WRAPPER", &general);
    program.env("RUSTC_WORKSPACE_WRAPPER", &members);
    let run = crate::support::Run::of(&mut program).ended(0);
    assert_eq!(places(&run.json()), expected, "{run}");
    let log = fs::read_to_string(log).expect("they were called");
    assert!(log.contains("general") && log.contains("members"), "{log}");
}
