//! The tests of a patched tree, run in the copy.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use toolchain::{CargoOptions, Shadow, TestCount, Tested};

use crate::support::Project;

const MANIFEST: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

/// Adds two numbers; the documentation test and both others pass.
const LIBRARY: &str = "\
/// ```
/// assert_eq!(app::add(1, 2), 3);
/// ```
pub fn add(a: u8, b: u8) -> u8 { a + b }
#[test]
fn adds() { assert_eq!(add(1, 2), 3); }
";

/// Leaves a file in the folder, and fails where there is one.
const LEAVES: &str = "\
#[test]
fn leaves_a_file() { std::fs::File::create_new(\"left.txt\").unwrap(); }
";

fn run(shadow: &Shadow<'_>, options: &CargoOptions, limit: Option<Duration>) -> Tested {
    let interrupted = AtomicBool::new(false);
    shadow
        .test(options, limit, &interrupted)
        .expect("cargo runs")
}

#[track_caller]
fn results(tested: Tested) -> toolchain::TestResults {
    match tested {
        Tested::Ran { results, .. } => results,
        Tested::NotBuilt(outcome) => panic!("{outcome:?}"),
    }
}

#[test]
fn tests_run_in_the_copy_and_leave_nothing_there_or_in_the_tree() {
    let project = Project::new(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", LIBRARY),
        ("tests/leaves.rs", LEAVES),
    ]);
    let options = project.options();
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let mut shadow = Shadow::create_for_tests(&workspace).expect("it can be written");
    let before = results(run(&shadow, &options, None));
    assert_eq!(
        before.totals(),
        TestCount {
            passed: 3,
            failed: 0
        }
    );
    assert!(!project.root().join("left.txt").exists());
    assert!(!project.root().join("target/debug").exists());

    let broken = LIBRARY.replace("a + b", "a - b.min(a)");
    shadow
        .write("src/lib.rs", &broken)
        .expect("it can be written");
    let now = results(run(&shadow, &options, None));
    assert_eq!(now.broken_since(&before), ["adds", "src/lib.rs - add"]);
    assert_eq!(
        fs::read_to_string(shadow.root().join("src/lib.rs")).expect("it is there"),
        broken,
        "the patch stays"
    );
}

#[test]
fn tests_that_do_not_build_say_where() {
    let project = Project::new(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", LIBRARY),
        (
            "tests/uses.rs",
            "#[test]\nfn uses() { let _: u8 = app::add(1, 2); }\n",
        ),
    ]);
    let options = project.options();
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let mut shadow = Shadow::create_for_tests(&workspace).expect("it can be written");
    shadow
        .write(
            "src/lib.rs",
            "pub fn add(a: u8, b: u8) -> u16 { u16::from(a) + u16::from(b) }\n",
        )
        .expect("it can be written");
    match run(&shadow, &options, None) {
        Tested::NotBuilt(outcome) => assert_eq!(outcome.errors[0].places[0].path, "tests/uses.rs"),
        Tested::Ran { .. } => panic!("types differ"),
    }
}

#[test]
fn tests_that_do_not_end_are_ended() {
    let project = Project::new(&[
        ("Cargo.toml", MANIFEST),
        (
            "src/lib.rs",
            "#[test]\nfn waits() { loop { std::thread::park(); } }\n",
        ),
    ]);
    let options = project.options();
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let shadow = Shadow::create_for_tests(&workspace).expect("it can be written");
    match run(&shadow, &options, Some(Duration::ZERO)) {
        Tested::Ran {
            in_time, results, ..
        } => {
            assert!(!in_time);
            assert_eq!(results.totals().passed, 0);
        }
        Tested::NotBuilt(outcome) => panic!("{outcome:?}"),
    }
    let raised = AtomicBool::new(true);
    let interrupted = shadow.test(&options, None, &raised);
    assert!(interrupted.is_err());
}

#[test]
fn a_test_that_writes_to_a_large_file_writes_to_a_copy() {
    let project = Project::new(&[
        ("Cargo.toml", MANIFEST),
        (
            "src/lib.rs",
            "#[test]\nfn writes() {\n    use std::io::Write;\n    let file = std::fs::OpenOptions::new().append(true).open(\"data.bin\");\n    file.unwrap().write_all(b\"more\").unwrap();\n}\n",
        ),
    ]);
    let data = project.root().join("data.bin");
    let file = fs::File::create(&data).expect("it can be written");
    file.set_len(16 << 20).expect("it can be written");
    let options = project.options();
    let workspace = toolchain::load(&options).expect("cargo reads it");
    // A run that only checked has left links.
    drop(Shadow::create(&workspace).expect("it can be written"));
    let shadow = Shadow::create_for_tests(&workspace).expect("it can be written");
    assert_eq!(results(run(&shadow, &options, None)).totals().passed, 1);
    let length = |path| fs::metadata(path).expect("it is there").len();
    assert_eq!(length(data), 16 << 20);
    assert_eq!(length(shadow.root().join("data.bin")), (16 << 20) + 4);
}

#[test]
fn what_the_compiler_warns_of_is_told_with_its_place_each_time() {
    let text = "use std::fs::File;\npub fn f() {}\n";
    let project = Project::new(&[("Cargo.toml", MANIFEST), ("src/lib.rs", text)]);
    let options = project.options();
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let shadow = Shadow::create(&workspace).expect("it can be written");
    for _ in 0..2 {
        let outcome = shadow.check(&options).expect("cargo runs");
        assert!(outcome.success);
        assert_eq!(outcome.warnings.len(), 1, "{:?}", outcome.warnings);
        let place = &outcome.warnings[0].places[0];
        assert_eq!(
            &text[place.start as usize..place.end as usize],
            "std::fs::File"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_test_finds_no_repository_above_the_copy() {
    let project = Project::new(&[
        ("Cargo.toml", MANIFEST),
        (
            "src/lib.rs",
            "#[test]\nfn looks() {\n    let git = std::process::Command::new(\"git\").args([\"rev-parse\", \"--git-dir\"]).output();\n    assert!(git.is_ok_and(|output| output.status.success()));\n}\n",
        ),
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".git/objects/empty", ""),
        (".git/refs/empty", ""),
    ]);
    let options = project.options();
    let workspace = toolchain::load(&options).expect("cargo reads it");
    let shadow = Shadow::create_for_tests(&workspace).expect("it can be written");
    assert_eq!(results(run(&shadow, &options, None)).totals().failed, 1);
}
