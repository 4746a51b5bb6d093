//! When rustc is asked again, and what a run leaves behind.

use std::fs;
use std::process::Command;

use toolchain::{Answer, KnownType};

use crate::support::Project;

const LIBRARY: &str = "\
mod parts;
pub use parts::Parts;
pub fn open() -> std::io::Result<std::fs::File> { let f = std::fs::File::open(\"a\")?; /*library*/(f).metadata()?; Ok(f) }
";
const PARTS: &str = "pub struct Parts { pub sink: std::fs::File }\n";
const APP: &str = "fn main() { }\npub fn go(p: &library::Parts) { let _ = &/*app*/(p.sink); }\n";
const PATHS: [&str; 2] = ["app/src/main.rs", "library/src/lib.rs"];

fn project() -> Project {
    let package = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
    };
    let app = package("app") + "[dependencies]\nlibrary = { path = \"../library\" }\n";
    Project::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"app\", \"library\"]\nresolver = \"3\"\n",
        ),
        ("app/Cargo.toml", &app),
        ("app/src/main.rs", APP),
        ("library/Cargo.toml", &package("library")),
        ("library/src/lib.rs", LIBRARY),
        ("library/src/parts.rs", PARTS),
    ])
}

fn known(answers: &[(String, Vec<Answer>)], name: &str) -> Vec<KnownType> {
    let (_, found) = answers.iter().find(|(found, _)| found == name).expect(name);
    found
        .iter()
        .flat_map(|answer| answer.known.clone())
        .collect()
}

#[test]
fn what_has_been_answered_is_not_asked_again() {
    let project = project();
    let (first, run) = project.ask(&project.options(), &PATHS);
    assert_eq!(run.asked, ["app", "library"]);
    let (second, run) = project.ask(&project.options(), &PATHS);
    assert!(run.asked.is_empty(), "{:?}", run.asked);
    assert_eq!(first, second);
    let (fewer, run) = project.ask(&project.options(), &PATHS[1..]);
    assert!(run.asked.is_empty(), "{:?}", run.asked);
    assert_eq!(known(&fewer, "library"), [KnownType::File]);
}

#[test]
fn another_question_about_unchanged_code_is_asked() {
    let project = project();
    let (answers, _) = project.ask(&project.options(), &PATHS[1..]);
    assert_eq!(answers.len(), 1);
    let (answers, run) = project.ask(&project.options(), &PATHS);
    assert_eq!(run.asked, ["app"]);
    assert_eq!(known(&answers, "app"), [KnownType::File]);
    assert_eq!(known(&answers, "library"), [KnownType::File]);
}

#[test]
fn after_an_edit_inside_a_function_only_that_crate_is_asked() {
    let project = project();
    project.ask(&project.options(), &PATHS);
    project.write(
        "library/src/lib.rs",
        &LIBRARY.replace("let f", "let _more = 1; let f"),
    );
    let (answers, run) = project.ask(&project.options(), &PATHS);
    assert_eq!(run.asked, ["library"]);
    assert_eq!(run.executed.len(), 1);
    assert_eq!(known(&answers, "app"), [KnownType::File]);
    assert_eq!(known(&answers, "library"), [KnownType::File]);
}

#[test]
fn a_type_that_changes_in_a_file_without_questions_changes_the_answers() {
    let project = project();
    project.ask(&project.options(), &PATHS);
    project.write(
        "library/src/parts.rs",
        &PARTS.replace("std::fs::File", "Vec<u8>"),
    );
    let (answers, run) = project.ask(&project.options(), &PATHS);
    assert_eq!(run.asked, ["app", "library"]);
    assert_eq!(known(&answers, "app"), [KnownType::ByteVector]);
}

#[test]
fn a_cache_that_was_deleted_is_filled_again() {
    let project = project();
    let (first, _) = project.ask(&project.options(), &PATHS);
    fs::remove_dir_all(project.root().join("target/io-optimize")).expect("it is there");
    let (second, run) = project.ask(&project.options(), &PATHS);
    assert_eq!(run.asked, ["app", "library"]);
    assert_eq!(first, second);
}

#[test]
fn a_package_that_does_not_compile_is_named_and_the_others_are_answered() {
    let project = project();
    project.write(
        "app/src/main.rs",
        &APP.replace("{ }", "{ let x: u8 = \"\"; }"),
    );
    let (answers, run) = project.ask(&project.options(), &PATHS);
    assert_eq!(run.failed.len(), 1);
    assert_eq!(run.failed[0].package, "app");
    assert_eq!(run.failed[0].message, "mismatched types");
    assert_eq!(known(&answers, "library"), [KnownType::File]);
    assert!(known(&answers, "app").is_empty());
}

#[test]
fn a_project_that_cargo_refuses_is_an_error_in_cargos_words() {
    let project = project();
    let options = toolchain::CargoOptions {
        features: vec!["none".into()],
        ..project.options()
    };
    let workspace = project.load();
    let oracle = toolchain::oracle::Oracle {
        workspace: &workspace,
        options: &options,
        cache_directory: workspace.scratch_directory().join("oracle"),
        wrapper: crate::support::wrapper(),
    };
    let question = toolchain::Question {
        path: PATHS[0].into(),
        start: 0,
        end: 12,
    };
    let error = oracle
        .ask(&|path| project.read(path), &[question])
        .expect_err("no such feature");
    assert!(format!("{error:#}").contains("none"), "{error:#}");
}

#[test]
fn the_users_own_builds_stay_as_they_are() {
    let project = project();
    let build = || {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "-v", "--target-dir"])
            .arg(project.root().join("target"))
            .current_dir(project.root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    build();
    let binary = project
        .root()
        .join(format!("target/debug/app{}", std::env::consts::EXE_SUFFIX));
    let before = fs::read(&binary).expect("it was built");
    project.ask(&project.options(), &PATHS);
    assert_eq!(before, fs::read(&binary).expect("it is there"));
    let talk = build();
    assert_eq!(talk.matches("Fresh").count(), 2, "{talk}");
}

#[cfg(unix)]
#[test]
fn wrappers_of_the_user_keep_their_place() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project();
    for name in ["general", "members"] {
        let script = format!(
            "#!/bin/sh\necho \"$CARGO_PKG_NAME\" >> {}/{name}.log\nexec \"$@\"\n",
            project.root().display()
        );
        project.write(name, &script);
        let path = project.root().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let root = project.root();
    let mut options = project.options();
    options.config = vec![
        format!("build.rustc-wrapper = \"{}/general\"", root.display()),
        format!(
            "build.rustc-workspace-wrapper = \"{}/members\"",
            root.display()
        ),
    ];
    let (answers, run) = project.ask(&options, &PATHS);
    assert_eq!(known(&answers, "app"), [KnownType::File]);
    assert_eq!(run.asked, ["app", "library"]);
    for name in ["general.log", "members.log"] {
        let log = project.read(name).expect("it was called");
        assert!(
            log.contains("app") && log.contains("library"),
            "{name}: {log}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_project_behind_a_link_is_answered() {
    let project = project();
    let link = project.root().join("link");
    std::os::unix::fs::symlink(project.root(), &link).expect("links work");
    let options = toolchain::CargoOptions {
        manifest_path: Some(link.join("Cargo.toml")),
        ..project.options()
    };
    let (answers, _) = project.ask(&options, &PATHS);
    assert_eq!(known(&answers, "app"), [KnownType::File]);
    assert_eq!(known(&answers, "library"), [KnownType::File]);
}
