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
    assert!(run.executed.is_empty(), "{:?}", run.executed);
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
fn what_was_kept_and_cannot_be_read_is_asked_again() {
    let project = project();
    let (first, _) = project.ask(&project.options(), &PATHS);
    let kept = project.root().join("target/io-optimize/oracle");
    for folder in [&["remembered", "answers"][..], &["remembered", "units"]] {
        for folder in folder {
            for entry in fs::read_dir(kept.join(folder)).expect("it is there") {
                let path = entry.expect("it can be listed").path();
                fs::write(path, "{\"damaged").expect("it is ours");
            }
        }
        let (second, run) = project.ask(&project.options(), &PATHS);
        assert_eq!(first, second);
        assert_eq!(run.executed.len(), 2, "{:?}", run.executed);
        let (third, run) = project.ask(&project.options(), &PATHS);
        assert_eq!(first, third);
        assert!(run.executed.is_empty(), "{:?}", run.executed);
    }
}

#[test]
fn whatever_the_answers_depend_on_makes_cargo_look_again() {
    let project = project();
    project.write(
        "app/build.rs",
        "fn main() { println!(\"cargo:rerun-if-changed=data\"); println!(\"cargo:rerun-if-changed=build.rs\"); }",
    );
    project.write("app/data/one", "1");
    let again = |what: &str| {
        let (answers, run) = project.ask(&project.options(), &PATHS);
        assert_eq!(known(&answers, "app"), [KnownType::File], "{what}");
        assert_eq!(run.executed.len(), 1, "{what}");
        let (_, run) = project.ask(&project.options(), &PATHS);
        assert!(run.executed.is_empty(), "{what}: {:?}", run.executed);
    };
    again("the first time");
    project.write("app/data/two", "2");
    again("a file that the build script reads");
    project.write(".cargo/config.toml", "[build]\nrustflags = [\"--cfg=x\"]\n");
    again("settings that were not there");
    let manifest = project.read("app/Cargo.toml").expect("it is there");
    project.write(
        "app/Cargo.toml",
        &format!("{manifest}\n[features]\nmore = []\n"),
    );
    again("a manifest");
}

#[test]
fn bodies_without_questions_are_not_checked_unless_others_need_them() {
    let code = "\
pub struct S;
pub fn outer() { impl S { pub fn sink(&self) -> std::fs::File { todo!() } } }
pub fn asked(s: S) { let _ = &/*sink*/(s.sink()); }
pub fn opaque() -> impl Iterator<Item = u8> { std::iter::empty() }
";
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        ("src/lib.rs", code),
    ]);
    let body = |opening: &str| {
        let start = code.find(opening).expect(opening) + opening.len() - 1;
        let end = start + code[start..].find(" }\n").expect("it ends") + 2;
        toolchain::Body {
            path: "src/lib.rs".to_owned(),
            start: u32::try_from(start).expect("small"),
            end: u32::try_from(end).expect("small"),
        }
    };
    let start = u32::try_from(code.find("(s.sink())").expect("it is there")).expect("small");
    let question = toolchain::Question {
        path: "src/lib.rs".to_owned(),
        start,
        end: start + 10,
    };
    let workspace = project.load();
    let options = project.options();
    let oracle = toolchain::oracle::Oracle {
        workspace: &workspace,
        options: &options,
        cache_directory: workspace.scratch_directory().join("oracle"),
        wrapper: crate::support::wrapper(),
    };
    for unasked in [
        vec![body("opaque() -> impl Iterator<Item = u8> {")],
        vec![body("outer() {")],
    ] {
        let answers = oracle
            .ask(
                &|path| project.read(path),
                toolchain::Inquiry {
                    questions: std::slice::from_ref(&question),
                    unasked: &unasked,
                    conditional: &[],
                },
            )
            .expect("cargo runs");
        assert_eq!(answers.answers[0].len(), 1, "{answers:?}");
        assert_eq!(answers.answers[0][0].known, [KnownType::File]);
        assert!(answers.unclear.is_empty(), "{answers:?}");
    }
    let mirrored = workspace
        .scratch_directory()
        .join("oracle/mirror/src/lib.rs");
    let mirrored = fs::read_to_string(mirrored).expect("the copy is there");
    assert!(mirrored.contains("impl S"), "{mirrored}");
}

#[test]
fn what_a_crate_was_compiled_under_is_told() {
    let project = project();
    let workspace = project.load();
    let options = toolchain::CargoOptions {
        workspace: true,
        all_targets: true,
        ..project.options()
    };
    let oracle = toolchain::oracle::Oracle {
        workspace: &workspace,
        options: &options,
        cache_directory: workspace.scratch_directory().join("oracle"),
        wrapper: crate::support::wrapper(),
    };
    let conditional = ["library/src/parts.rs".to_owned()];
    let answers = oracle
        .ask(
            &|path| project.read(path),
            toolchain::Inquiry {
                conditional: &conditional,
                ..Default::default()
            },
        )
        .expect("cargo runs");
    let library: Vec<_> = answers
        .compiled
        .iter()
        .filter(|unit| unit.root == "library/src/lib.rs")
        .collect();
    let tests = library
        .iter()
        .filter(|unit| unit.cfg.iter().any(|cfg| cfg == "test"));
    assert_eq!((library.len(), tests.count()), (2, 1), "{library:?}");
    let family = format!("target_family=\"{}\"", std::env::consts::FAMILY);
    assert!(library.iter().all(|unit| unit.cfg.contains(&family)));
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
        .ask(
            &|path| project.read(path),
            toolchain::Inquiry {
                questions: &[question],
                ..Default::default()
            },
        )
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
