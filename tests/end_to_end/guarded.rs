//! Files and repositories that `--apply` has to be careful with.

use std::fs;
use std::path::Path;

use crate::support::{MANIFEST, Project, SLOW, findings};

/// Asks nothing and starts nothing.
const FAST: [&str; 5] = ["--fast", "--apply", "--verify", "none", "--allow-no-vcs"];

/// Asks version control, and runs nothing else of the project's.
const GUARDED: [&str; 6] = [
    "--types",
    "syntax",
    "--no-bench",
    "--apply",
    "--verify",
    "none",
];

/// A library of one module, whose text is that.
fn with_module(path: &str, text: &str) -> Project {
    Project::of(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "pub mod module;\n"),
        (path, text),
    ])
}

#[cfg(unix)]
#[test]
fn a_read_only_file_or_folder_is_named_and_nothing_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    for (path, mode, writable) in [("src/lib.rs", 0o444, 0o644), ("src", 0o555, 0o755)] {
        let project = Project::of(&[
            ("Cargo.toml", MANIFEST),
            ("src/lib.rs", SLOW),
            ("src/main.rs", &format!("{SLOW}fn main() {{}}\n")),
        ]);
        let before = project.contents();
        let absolute = project.root().join(path);
        let set = |mode| {
            fs::set_permissions(&absolute, fs::Permissions::from_mode(mode)).expect("it is ours");
        };
        set(mode);
        project.run(&FAST).refused(&[path, "is read-only"]);
        set(writable);
        assert_eq!(before, without_own(&project));
    }
}

/// What is in the project, without the mark that its target directory is a cache.
fn without_own(project: &Project) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut contents = project.contents();
    contents.remove(Path::new("target/CACHEDIR.TAG"));
    contents
}

#[test]
fn a_lock_file_that_cargo_makes_for_the_audit_is_in_nobodys_way() {
    // Rustc is asked about the type.
    let asked = "File::create(path).map(|file| vec![file].remove(0))?";
    let project = Project::of(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", &SLOW.replace("File::create(path)?", asked)),
        ("src/plain.rs", SLOW),
        (
            "src/main.rs",
            "mod plain;\nfn main() {\n    let _ = plain::save(\"to\".as_ref(), &[]);\n}\n",
        ),
    ])
    .committed();
    project.run(&["--no-bench", "--apply"]).ended(0);
    assert_eq!(
        project.git(&["status", "--porcelain", "src/plain.rs", "Cargo.lock"]),
        " M src/plain.rs\n?? Cargo.lock\n"
    );
}

/// A workspace with a member in `inner`, which is a repository of its own.
fn two_repositories() -> Project {
    let project = Project::of(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"inner\"]\nresolver = \"3\"\n",
        ),
        ("inner/Cargo.toml", MANIFEST),
        ("inner/src/lib.rs", SLOW),
    ]);
    git_inside(&project, &["init", "--quiet"]);
    git_inside(&project, &["add", "--all"]);
    git_inside(&project, &["commit", "--quiet", "--message", "All"]);
    project
}

fn git_inside(project: &Project, arguments: &[&str]) {
    project.git(&[&["-C", "inner"], arguments].concat());
}

#[test]
fn a_submodule_that_is_not_clean_is_refused_and_one_that_is_is_written_to() {
    let project = two_repositories();
    // Told to git to be overlooked, it is looked at all the same.
    project.write(
        ".gitmodules",
        "[submodule \"inner\"]\n\tpath = inner\n\turl = ./inner\n\tignore = all\n",
    );
    let project = project.committed();
    project.write("inner/note.txt", "Not committed.\n");
    let run = project.run(&GUARDED).ended(2);
    assert!(
        run.stderr.contains("inner") && run.stderr.contains("--allow-dirty"),
        "{run}"
    );
    assert_eq!(project.read("inner/src/lib.rs"), SLOW);
    fs::remove_file(project.root().join("inner/note.txt")).expect("it is ours");
    project.run(&GUARDED).ended(0);
    assert!(project.read("inner/src/lib.rs").contains("BufWriter"));
}

#[test]
fn a_repository_that_the_outer_one_ignores_is_asked_too() {
    let project = two_repositories().committed();
    project.write(".gitignore", "target/\ninner/\nCargo.lock\n");
    project.git(&["rm", "--quiet", "--cached", "inner"]);
    project.commit();
    let noted = format!("{SLOW}// Not committed.\n");
    project.write("inner/src/lib.rs", &noted);
    let run = project.run(&GUARDED).ended(2);
    assert!(run.stderr.contains("inner/src/lib.rs (dirty)"), "{run}");
    assert_eq!(project.read("inner/src/lib.rs"), noted);
    git_inside(
        &project,
        &["commit", "--quiet", "--all", "--message", "Note"],
    );
    project.run(&GUARDED).ended(0);
    assert!(project.read("inner/src/lib.rs").contains("BufWriter"));
}

#[test]
fn a_file_that_git_ignores_is_written_only_when_that_is_allowed() {
    let project = with_module("src/module.rs", SLOW).committed();
    project.write(".gitignore", "target/\nmodule.rs\nCargo.lock\n");
    project.git(&["rm", "--quiet", "--cached", "src/module.rs"]);
    project.commit();
    project
        .run(&GUARDED)
        .refused(&["src/module.rs", "ignores", "--allow-dirty"]);
    assert_eq!(project.read("src/module.rs"), SLOW);
    project
        .run(&[&GUARDED[..], &["--allow-dirty"]].concat())
        .ended(0);
    assert!(project.read("src/module.rs").contains("BufWriter"));
}

#[test]
fn a_workspace_inside_of_another_is_not_touched() {
    let project = Project::of(&[
        (
            "Cargo.toml",
            &format!("{MANIFEST}\n[workspace]\nexclude = [\"nested\"]\n"),
        ),
        ("src/lib.rs", SLOW),
        ("nested/Cargo.toml", &format!("{MANIFEST}\n[workspace]\n")),
        ("nested/src/lib.rs", SLOW),
    ]);
    project.run(&FAST).ended(0);
    assert!(project.read("src/lib.rs").contains("BufWriter"));
    assert_eq!(project.read("nested/src/lib.rs"), SLOW);
}

#[test]
fn generated_code_is_left_alone() {
    let text = format!("// @generated by a program.\n{SLOW}");
    let project = with_module("src/module.rs", &text);
    let json = project
        .run(&[&FAST[..], &["--format", "json"]].concat())
        .ended(0)
        .json();
    assert_eq!(json["applied"], serde_json::json!([]));
    assert_eq!(project.read("src/module.rs"), text);
}

#[test]
fn a_file_that_two_packages_share_is_edited_once() {
    let project = Project::of(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n",
        ),
        ("shared.rs", SLOW),
        ("one/Cargo.toml", &MANIFEST.replace("small", "one")),
        (
            "one/src/lib.rs",
            "#[path = \"../../shared.rs\"]\npub mod shared;\n",
        ),
        ("two/Cargo.toml", &MANIFEST.replace("small", "two")),
        (
            "two/src/lib.rs",
            "#[path = \"../../shared.rs\"]\npub mod shared;\n",
        ),
    ]);
    project.run(&FAST).ended(0);
    let text = project.read("shared.rs");
    assert_eq!(text.matches("BufWriter::new(").count(), 1, "{text}");
    assert_eq!(text.matches("flush()").count(), 1, "{text}");
}

#[test]
fn nothing_inside_of_a_macro_is_edited() {
    let function = SLOW.split_once("pub fn").expect("a function").1;
    let text = format!(
        "macro_rules! saver {{\n    () => {{\npub fn{}\n    }};\n}}\n\nuse std::fs::File;\nuse std::io::{{self, Write}};\n\
         use std::path::Path;\nsaver!();\n",
        function.replace('$', "")
    );
    let project = with_module("src/module.rs", &text);
    let json = project
        .run(&[&FAST[..], &["--format", "json"]].concat())
        .ended(0)
        .json();
    assert_eq!(json["applied"], serde_json::json!([]), "{json:#}");
    assert_eq!(project.read("src/module.rs"), text);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_of_the_workspace_stays_a_link_and_the_file_is_written() {
    use std::os::unix::fs::symlink;
    let project = with_module("shared/real.rs", SLOW);
    let link = project.root().join("src/module.rs");
    symlink("../shared/real.rs", &link).expect("links work");
    project.run(&FAST).ended(0);
    assert!(project.read("shared/real.rs").contains("BufWriter"));
    assert!(fs::symlink_metadata(&link).is_ok_and(|metadata| metadata.is_symlink()));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_workspace_is_not_followed() {
    use std::os::unix::fs::symlink;
    let project = with_module("src/other.rs", "");
    let outside = project.outside().join("outside.rs");
    fs::write(&outside, SLOW).expect("files can be written");
    symlink(&outside, project.root().join("src/module.rs")).expect("links work");
    let json = project
        .run(&[&FAST[..], &["--format", "json"]].concat())
        .ended(0)
        .json();
    assert_eq!(findings(&json).len(), 0, "{json:#}");
    assert_eq!(fs::read_to_string(&outside).expect("it is there"), SLOW);
}

#[test]
fn another_hard_link_keeps_the_old_text() {
    let project = Project::small();
    let kept = project.outside().join("kept.rs");
    fs::hard_link(project.root().join("src/lib.rs"), &kept).expect("hard links work");
    project.run(&FAST).ended(0);
    assert!(project.read("src/lib.rs").contains("BufWriter"));
    assert_eq!(fs::read_to_string(&kept).expect("it is there"), SLOW);
}

/// Runs a script with the project's root as `$0` and the program as `"$@"`, where it may mount what nobody else sees.
#[cfg(target_os = "linux")]
fn with_mounts(project: &Project, script: &str) -> Option<crate::support::Run> {
    let program = project.program(&FAST);
    let mut outer = std::process::Command::new("unshare");
    outer
        .args(["--mount", "sh", "-c", script])
        .arg(project.root());
    outer.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    let output = outer.output().ok()?;
    let refused = output.status.code() == Some(99) || output.stderr.starts_with(b"unshare:");
    (!refused).then(|| output.into())
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_everything_is_as_before() {
    let project = Project::of(&[("Cargo.toml", MANIFEST)]);
    let mut modules = String::new();
    for number in 0..40 {
        project.write(&format!("src/m{number}.rs"), SLOW);
        modules += &format!("mod m{number};\n");
    }
    project.write("src/lib.rs", &modules);
    // A file system of so many pages is filled but for some, of which the journal takes ten; afterwards the tree is compared.
    let script = |free: usize| {
        format!(
            "cp -a \"$0\" \"$0.full\" && mount -t tmpfs -o size=1m none \"$0.full\" || exit 99\n\
             cp -a \"$0/.\" \"$0.full\" && cd \"$0.full\" || exit 98\n\
             dd if=/dev/zero of=filling bs=4096 2>/dev/null\n\
             truncate -s $(($(stat -c %s filling) - {free} * 4096)) filling\n\
             \"$@\"; code=$?\n\
             rm filling\n\
             diff -r \"$0\" . -x target >&2 || exit 97\n\
             find . -name '*.tmp' -o -name journal.json | grep . >&2 && exit 96\n\
             exit $code"
        )
    };
    let mut refused = 0;
    for free in [0, 1, 4, 12, 20, 30] {
        fs::remove_dir_all(project.root().with_extension("full")).unwrap_or_default();
        let Some(run) = with_mounts(&project, &script(free)) else {
            return crate::support::skip("mounting needs root: a full disk was not tried");
        };
        let run = run.ended(2);
        assert!(
            run.stderr.contains("No space left on device"),
            "{free} pages free: {run}"
        );
        refused += usize::from(run.stderr.contains("the tree is as it was"));
    }
    assert!(refused >= 3, "the write phase was reached {refused} times");
}
