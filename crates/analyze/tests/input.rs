//! Text that nobody expects, and what callers rely on whatever the text is.
#![expect(
    clippy::disallowed_methods,
    reason = "the thread count is read from the environment, so each one gets a process"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use model::{NotAnalysed, TargetKind};

use crate::support::{Project, place, shown};

const LINES: &str = r#"use std::{fs::File, io::{Result, Write}};
pub fn f(v: &[u32]) -> Result<()> {
    let mut out = File::create("a")?;
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#;

/// A crate of a good file and another one.
fn beside(text: impl AsRef<[u8]>) -> Project {
    Project::library(&[
        ("src/lib.rs", "mod good;\nmod other;\n"),
        ("src/good.rs", LINES),
    ])
    .file("src/other.rs", text)
}

/// What is said of the other file, when the good one is judged all the same.
fn reason(project: &Project) -> String {
    let analysis = project.load();
    assert_eq!(project.places(), ["src/good.rs:3 unbuffered_write"]);
    match analysis.not_analysed() {
        [NotAnalysed { path, reason }] if path == "src/other.rs" => reason.clone(),
        other => panic!("one file is left out: {other:?}"),
    }
}

#[test]
fn bytes_that_are_not_utf_8() {
    let reason = reason(&beside(b"fn f() {}\n// \xff\n"));
    assert_eq!(
        reason,
        "it is not UTF-8: the first wrong byte is at offset 13"
    );
}

#[test]
fn text_that_does_not_parse_is_told_with_its_place() {
    let cases = [
        (
            "plain",
            "fn f() {}\nfn g() {\n    let = 3;\n}\n",
            "line 3, column 9",
        ),
        (
            "windows",
            "\u{feff}fn f() {}\r\nfn g() {\r\n    let = 3;\r\n}\r\n",
            "line 3, column 9",
        ),
        (
            "script",
            "#!/usr/bin/env run\nfn g() {\n    let = 3;\n}\n",
            "line 3, column 9",
        ),
        ("first line", "\u{feff}fn ()\n", "line 1, column 4"),
        (
            "wide characters",
            "fn é() { \"→\"; let = 3; }\n",
            "line 1, column 19",
        ),
        ("never closed", "fn f() {\n", "line 1, column 8"),
    ];
    for (name, text, expected) in cases {
        let reason = reason(&beside(text));
        assert!(reason.contains(expected), "{name}: {expected}: {reason}");
    }
}

#[test]
fn nesting_that_would_exhaust_the_stack() {
    for depth in [10_000, 100_000] {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        let reason = reason(&beside(format!("const A: u8 = {open}1{close};\n")));
        assert!(reason.contains("nest"), "{depth}: {reason}");
    }
}

#[test]
fn brackets_in_texts_and_comments_do_not_nest() {
    let mut text = String::from("pub const OPEN: &[&str] = &[\n");
    for _ in 0..2_000 {
        text.push_str("    \"({[\", // ([{\n");
    }
    text.push_str("];\npub const CHARACTERS: &[char] = &[");
    text.push_str(&"'(', ".repeat(2_000));
    text.push_str("];\n");
    let analysis = beside(text).load();
    assert_eq!(analysis.not_analysed(), []);
}

#[test]
fn long_expressions_without_brackets() {
    let cases = [
        ("sums", format!("const A: u64 = {}1;", "1 + ".repeat(2_000))),
        (
            "negations",
            format!("const A: bool = {}true;", "!".repeat(2_000)),
        ),
        (
            "references",
            format!("type A = {}u8;", "&'static ".repeat(2_000)),
        ),
        (
            "calls",
            format!(
                "fn f(v: Vec<u8>) {{ v.iter(){}; }}",
                ".by_ref()".repeat(2_000)
            ),
        ),
        (
            "choices",
            format!(
                "fn f(x: u32) {{ {} {{}} }}",
                "if x == 1 {} else ".repeat(2_000)
            ),
        ),
        (
            "generics",
            format!("type A = {}u8{};", "Box<".repeat(2_000), ">".repeat(2_000)),
        ),
        (
            "closures",
            format!("fn f() {{ let _ = {}1; }}", "|| ".repeat(2_000)),
        ),
        ("uses", format!("use {}z;", "a::".repeat(2_000))),
    ];
    for (name, text) in cases {
        // Whether such a file is judged or left out does not matter: the others are judged.
        let places = beside(text).places();
        assert_eq!(places, ["src/good.rs:3 unbuffered_write"], "{name}");
    }
}

#[test]
fn more_megabytes_than_anybody_writes() {
    let reason = reason(&beside("// Nothing.\n".repeat(3 * 1024 * 1024)));
    assert_eq!(
        reason,
        "it is 36 MiB large, too large to have been written by hand"
    );
}

#[test]
fn a_hundred_thousand_lines_of_constants() {
    let mut text = String::new();
    for number in 0..100_000 {
        let _ = writeln!(text, "pub const C{number}: [u8; 4] = [1, 2, 3, 4];");
    }
    let project = beside(text);
    assert_eq!(project.load().not_analysed(), []);
    assert_eq!(project.places(), ["src/good.rs:3 unbuffered_write"]);
}

#[test]
fn generated_and_empty_files_are_silent() {
    let generated = format!("// This file is @generated by a tool. Do not edit.\n{LINES}");
    for text in [
        "",
        "\u{feff}",
        "#!/bin/run",
        "// nothing",
        "\r\n\r\n",
        &generated,
    ] {
        let project = beside(text);
        assert_eq!(
            project.places(),
            ["src/good.rs:3 unbuffered_write"],
            "{text:?}"
        );
        assert_eq!(project.load().not_analysed(), [], "{text:?}");
    }
}

#[test]
fn spans_count_bytes_of_the_file_as_it_is() {
    let windows = LINES.replace('\n', "\r\n");
    let texts = [
        LINES.to_owned(),
        format!("\u{feff}{LINES}"),
        windows.clone(),
        format!("\u{feff}{windows}"),
        format!("#!/usr/bin/env run\n{LINES}"),
        format!("\u{feff}#!/usr/bin/env run\r\n{windows}"),
        format!("#![allow(unused)]\n{LINES}"),
        format!("//! äöü → 𝄞\n/* 語 */ {LINES}"),
        LINES.replace("(\"a\")", "(\"ä→𝄞\")"),
    ];
    for text in texts {
        let analysis = Project::library(&[("src/lib.rs", &text)]).load();
        let [finding] = &shown(&analysis)[..] else {
            panic!("one finding: {text:?}");
        };
        let code = analysis.sources().text(finding.span);
        assert!(
            code.starts_with("File::create(") && code.ends_with(')'),
            "{text:?}: {code:?}"
        );
        for evidence in &finding.evidence {
            if let Some(span) = evidence.span {
                let file = analysis.sources().file(span.file);
                let range = span.start as usize..span.end as usize;
                assert!(file.text.get(range).is_some(), "{text:?}: {evidence:?}");
            }
        }
        let fix = finding.suggestion.clone().expect("it has a fix");
        let fixed = crate::support::apply(&text, fix.edits.into_iter()).unwrap();
        let again = Project::library(&[("src/lib.rs", &fixed)]);
        assert_eq!(again.places(), [""; 0], "{fixed}");
    }
}

#[test]
fn files_that_are_not_there() {
    let project = Project::library(&[("src/lib.rs", &format!("mod gone;\n{LINES}"))]);
    assert_eq!(project.places(), ["src/lib.rs:4 unbuffered_write"]);

    let project = project.target("tool", TargetKind::Binary, "src/main.rs", &[]);
    assert_eq!(project.places(), ["src/lib.rs:4 unbuffered_write"]);
    let said: Vec<_> = project.load().not_analysed().to_vec();
    assert!(
        said.iter().any(|said| said.path == "src/main.rs"),
        "{said:?}"
    );
}

#[test]
fn files_that_cannot_be_read() {
    let project = beside("").unreadable("src/other.rs", "permission denied");
    assert_eq!(reason(&project), "permission denied");
}

#[test]
fn modules_that_contain_themselves_end() {
    let once = format!("#[path = \"lib.rs\"]\nmod again;\n{LINES}");
    let project = Project::library(&[("src/lib.rs", &once)]);
    assert_eq!(project.places(), ["src/lib.rs:5 unbuffered_write"]);

    let ring = Project::library(&[
        ("src/lib.rs", "mod a;\n"),
        (
            "src/a.rs",
            &format!("#[path = \"lib.rs\"]\nmod back;\n{LINES}"),
        ),
    ]);
    assert_eq!(ring.places(), ["src/a.rs:5 unbuffered_write"]);
}

#[test]
fn a_file_of_two_targets_is_reported_once() {
    let project = Project::library(&[
        ("src/lib.rs", "mod shared;\n"),
        ("src/main.rs", "mod shared;\nfn main() {}\n"),
        ("src/shared.rs", LINES),
    ])
    .target("tool", TargetKind::Binary, "src/main.rs", &[("app", "app")]);
    assert_eq!(project.places(), ["src/shared.rs:3 unbuffered_write"]);
}

/// Everything that is said of all fixtures.
fn everything() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules");
    let mut project = Project::default();
    for rule in analyze::rules() {
        for kind in ["positive", "negative", "unfixable"] {
            let path = format!("{}/{kind}.rs", rule.name);
            project = project.file(&path, fs::read(folder.join(&path)).unwrap());
        }
    }
    let analysis = project
        .file("lib.rs", fs::read(folder.join("lib.rs")).unwrap())
        .target(
            "app",
            TargetKind::Library,
            "lib.rs",
            &[("csv", "csv"), ("serde_json", "serde_json")],
        )
        .load();
    let outcome = analysis.run(&[]);
    let mut text = String::new();
    for finding in &outcome.findings {
        let _ = writeln!(text, "{}\n{finding:?}", place(analysis.sources(), finding));
    }
    let _ = writeln!(text, "{:?}\n{:?}", outcome.fine, outcome.questions);
    text
}

#[test]
#[ignore = "the_outcome_does_not_depend_on_threads runs it in processes of its own"]
fn prints_everything() {
    println!("{}", everything());
}

#[test]
fn the_outcome_does_not_depend_on_threads() {
    let of = |threads: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "input::prints_everything",
                "--ignored",
                "--nocapture",
            ])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !line.starts_with("test result: "))
            .map(str::to_owned)
            .collect();
        assert!(lines.len() > 100, "{threads} threads: {text}");
        lines
    };
    let one = of("1");
    for threads in ["2", "7"] {
        let other = of(threads);
        let differs = one.iter().zip(&other).find(|(one, other)| one != other);
        assert_eq!(differs, None, "one thread, then {threads}");
        assert_eq!(one.len(), other.len(), "{threads} threads");
    }
}

fn ids(text: &str) -> Vec<String> {
    let analysis = Project::library(&[("src/lib.rs", text)]).load();
    shown(&analysis)
        .into_iter()
        .map(|finding| finding.id.0)
        .collect()
}

#[test]
fn names_of_findings_last() {
    let twice =
        "    let mut out = File::create(\"a\")?;\n    for x in v { writeln!(out, \"{x}\")?; }\n";
    let text = LINES.replace("    Ok(())", &format!("{twice}    Ok(())"));
    let before = ids(&text);
    assert_eq!(before.len(), 2, "{text}");
    assert_eq!(
        before.iter().collect::<BTreeSet<_>>().len(),
        2,
        "equal lines have different names"
    );
    let moved = format!(
        "//! Comments.\n\n{}",
        text.replace("pub fn", "// Above.\npub fn")
    );
    assert_eq!(ids(&moved), before, "lines above do not matter");
    assert_eq!(
        ids(&text.replace("    let", "        let")),
        before,
        "blanks do not matter"
    );
    assert_ne!(
        ids(&text.replace("\"a\"", "\"b\"")),
        before,
        "what stands there matters"
    );
    assert_ne!(
        ids(&text.replace("fn f", "fn g")),
        before,
        "where it stands matters"
    );
}

#[test]
fn imports_that_lead_back_to_themselves_come_to_an_end() {
    let twice = "use crate::edits::{self, edit};\n".repeat(4);
    let text = format!("{twice}fn f(at: edits::Place) {{ edits::visit(at, edit); }}\n");
    let project = Project::library(&[("src/lib.rs", text.as_str())]);
    assert!(project.places().is_empty());
}
