//! Projects that are not as they should be: one clear sentence, the right exit code, and nothing lost.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

#[cfg(target_os = "linux")]
use crate::mounted::{Mounted, run_mounted};
use crate::support::{MANIFEST, Project, SLOW, findings, places, skip};

const JSON: [&str; 3] = ["--no-bench", "--format", "json"];

fn reason(json: &Value, path: &str) -> String {
    let left_out = json["analysis"]["not_analysed"].as_array().expect("a list");
    let one = left_out.iter().find(|one| one["path"] == path);
    let one = one.unwrap_or_else(|| panic!("{path} is not listed in {left_out:?}"));
    one["reason"].as_str().expect("a reason").to_owned()
}

#[test]
fn no_manifest() {
    let project = Project::of(&[("src/lib.rs", SLOW)]);
    project.run(&[]).refused(&["Cargo.toml"]);
    project.run(&["--fast"]).refused(&["Cargo.toml"]);
}

#[test]
fn a_manifest_that_is_none() {
    let project = Project::of(&[("Cargo.toml", "[package\n"), ("src/lib.rs", SLOW)]);
    project.run(&["--fast"]).refused(&["Cargo.toml"]);
    let run = project.run(&[]).ended(2);
    assert!(run.stderr.contains("Cargo.toml"), "{run}");
}

#[test]
fn a_virtual_workspace_is_audited_whole() {
    for flags in [&["--fast", "--format", "json"][..], &JSON] {
        let project = Project::of(&[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n",
            ),
            ("one/Cargo.toml", &MANIFEST.replace("small", "one")),
            ("one/src/lib.rs", SLOW),
            ("two/Cargo.toml", &MANIFEST.replace("small", "two")),
            (
                "two/src/main.rs",
                &format!("{SLOW}\nfn main() {{\n    save(Path::new(\"a\"), &[]).unwrap();\n}}\n"),
            ),
        ]);
        let json = project.run(flags).ended(0).json();
        assert_eq!(
            places(&json),
            [
                "one/src/lib.rs:6 unbuffered_write",
                "two/src/main.rs:6 unbuffered_write"
            ]
        );
    }
}

#[test]
fn a_file_that_does_not_parse() {
    let project = Project::small();
    project.write("src/lib.rs", &format!("mod broken;\n{SLOW}"));
    project.write("src/broken.rs", "fn broken( {\n");
    for flags in [&["--fast", "--format", "json"][..], &JSON] {
        let json = project.run(flags).ended(0).json();
        assert_eq!(places(&json), ["src/lib.rs:7 unbuffered_write"]);
        assert!(reason(&json, "src/broken.rs").contains("parse"), "{json:#}");
    }
}

#[test]
fn a_file_that_is_not_utf_8() {
    let project = Project::small();
    project.write("src/lib.rs", &format!("mod broken;\n{SLOW}"));
    project.write_bytes(Path::new("src/broken.rs"), b"// caf\xe9\n");
    for flags in [&["--fast", "--format", "json"][..], &JSON] {
        let json = project.run(flags).ended(0).json();
        assert_eq!(places(&json), ["src/lib.rs:7 unbuffered_write"]);
        assert!(reason(&json, "src/broken.rs").contains("UTF-8"), "{json:#}");
    }
}

#[test]
fn fifty_megabytes_of_generated_code() {
    let project = Project::small();
    project.write("src/lib.rs", &format!("mod huge;\n{SLOW}"));
    let mut text = String::with_capacity(50 << 20);
    let mut number = 0;
    while text.len() < 50 << 20 {
        writeln!(text, "pub const VALUE_{number}: u64 = {number};").expect("memory suffices");
        number += 1;
    }
    project.write("src/huge.rs", &text);
    let json = project.run(&["--fast", "--format", "json"]).ended(0).json();
    assert_eq!(places(&json), ["src/lib.rs:7 unbuffered_write"]);
    assert!(reason(&json, "src/huge.rs").contains("MiB"), "{json:#}");
}

#[test]
fn a_project_that_does_not_compile_is_said_to_and_audited_by_syntax() {
    let project = Project::small();
    let text = format!(
        "{SLOW}\npub fn wrong() -> u32 {{\n    \"\"\n}}\n\npub fn open(value: impl Default + Write) {{\n    let mut out = Some(value).unwrap_or_default();\n    for n in 0..9 {{\n        let _ = writeln!(out, \"{{n}}\");\n    }}\n    let mut other = Default::default();\n    let _ = writeln!(other, \"\");\n    let _: File = other;\n}}\n"
    );
    project.write("src/lib.rs", &text);
    let json = project.run(&JSON).ended(0).json();
    assert!(
        places(&json).contains(&"src/lib.rs:6 unbuffered_write".to_owned()),
        "{json:#}"
    );
    let failures = json["failures"].as_array().expect("a list");
    let said = failures.iter().any(|failure| {
        let what = failure["what"].as_str().unwrap_or_default();
        what.contains("small") && what.contains("does not compile")
    });
    assert!(said, "{failures:#?}");
}

#[test]
fn fixes_for_a_project_that_does_not_compile_cannot_be_tried() {
    let project = Project::small();
    project.write(
        "src/lib.rs",
        &format!("{SLOW}\npub fn wrong() -> u32 {{\n    \"\"\n}}\n"),
    );
    let project = project.committed();
    let run = project.run(&["--no-bench", "--apply"]).ended(2);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("error: the project does not compile as it is"),
        "{run}"
    );
    assert!(last.ends_with("nothing was changed"), "{run}");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles() {
    use std::os::unix::fs::symlink;
    let project = Project::small();
    let root = project.root();
    symlink("..", root.join("src/up")).expect("links work");
    symlink("b", root.join("a")).expect("links work");
    symlink("a", root.join("b")).expect("links work");
    symlink("itself.rs", root.join("src/itself.rs")).expect("links work");
    let project = project.committed();
    for flags in [&["--fast", "--format", "json"][..], &JSON] {
        let json = project.run(flags).ended(0).json();
        assert_eq!(places(&json), ["src/lib.rs:6 unbuffered_write"]);
    }
    project.run(&["--no-bench", "--apply"]).ended(0);
    assert!(project.read("src/lib.rs").contains("BufWriter"));
    assert_eq!(
        project.git(&["status", "--porcelain"]).trim(),
        "M src/lib.rs"
    );
    assert!(fs::symlink_metadata(root.join("src/up")).is_ok_and(|meta| meta.is_symlink()));
}

#[cfg(unix)]
#[test]
fn a_module_that_is_a_link_to_itself() {
    let project = Project::small();
    project.write("src/lib.rs", &format!("mod itself;\n{SLOW}"));
    std::os::unix::fs::symlink("itself.rs", project.root().join("src/itself.rs"))
        .expect("links work");
    let json = project.run(&["--fast", "--format", "json"]).ended(0).json();
    assert_eq!(places(&json), ["src/lib.rs:7 unbuffered_write"]);
    reason(&json, "src/itself.rs");
}

#[cfg(unix)]
#[test]
fn a_file_that_changes_between_the_audit_and_the_write_keeps_its_change() {
    let project = Project::small();
    let file = project.root().join("src/lib.rs");
    // The user saves a file while the fixes are tried: the wrapper of rustc stands in for the user.
    let save = format!(
        "case \"$PWD $CARGO_MANIFEST_DIR\" in *shadow*) echo '// Saved meanwhile.' >> '{}' ;; esac",
        file.display()
    );
    let wrapper = project.wrapper("editor", &save);
    project.write(
        ".cargo/config.toml",
        &format!("[build]\nrustc-wrapper = \"{}\"\n", wrapper.display()),
    );
    let project = project.committed();
    let run = project.run(&["--types", "syntax", "--no-bench", "--apply"]);
    let text = project.read("src/lib.rs");
    assert!(
        text.starts_with(SLOW) && text.contains("// Saved meanwhile."),
        "{run}\n{text}"
    );
    assert!(!text.contains("BufWriter"), "{text}");
    assert!(run.code == Some(0) || run.code == Some(2), "{run}");
    let told = format!("{}{}", run.stdout, run.stderr);
    assert!(
        told.contains("src/lib.rs") && told.contains("changed"),
        "{run}"
    );
}

#[cfg(unix)]
#[test]
fn a_wrapper_that_the_tree_names_keeps_its_place() {
    let project = Project::fixture("types");
    let mark = project.outside().join("mark");
    let wrapper = project.wrapper("wrapper", &format!("echo run >> '{}'", mark.display()));
    let config = format!(
        "[build]\nrustc-workspace-wrapper = \"{}\"\n",
        wrapper.display()
    );
    project.write(".cargo/config.toml", &config);
    let json = project
        .run(&[&["--workspace"][..], &JSON].concat())
        .ended(0)
        .json();
    assert_eq!(json["analysis"]["types"], "rustc");
    assert!(mark.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_tree_that_cannot_be_written_to() {
    let project = Project::small().committed();
    let before = project.contents();
    let run_read_only = |arguments: &[&str]| {
        let script = "mount --bind \"$ROOT\" \"$ROOT\" && mount -o remount,ro,bind \"$ROOT\"";
        run_mounted(&project, script, arguments).map(Mounted::left_no_file)
    };
    let run = match run_read_only(&["--fast", "--format", "json"]) {
        Ok(run) => run,
        Err(why) => return skip(&format!("{why}: read-only trees were not tried")),
    };
    assert_eq!(findings(&run.ended(0).json()).len(), 1);
    let run = run_read_only(&[]).expect("it was possible before").ended(0);
    assert!(run.stdout.contains("unbuffered_write"), "{run}");
    assert!(
        run.stdout.contains("--report") || run.stderr.contains("--report"),
        "{run}"
    );
    let run = run_read_only(&["--no-bench", "--apply"]).expect("it was possible before");
    run.refused(&["target/io-optimize", "Read-only file system"]);
    assert_eq!(before, project.contents());
}
