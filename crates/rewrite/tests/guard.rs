//! When a tree may be written: version control first, then the files.
#![expect(clippy::disallowed_methods, reason = "tests make trees of their own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rewrite::{GuardError, GuardOptions, guard, guard_new};
use tempfile::TempDir;

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
    command
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE");
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
}

/// A package in `project/`, not under version control; `extra/` lies beside it.
fn tree() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    fs::create_dir_all(root.join("src")).unwrap();
    fs::create_dir_all(folder.path().join("extra")).unwrap();
    fs::write(root.join("src/main.rs"), "fn main() {}\n").unwrap();
    fs::write(folder.path().join("extra/other.rs"), "fn f() {}\n").unwrap();
    (folder, root)
}

/// The same, all of it committed to a git repository round both.
fn committed() -> (TempDir, PathBuf) {
    let (folder, root) = tree();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "first"]);
    (folder, root)
}

fn asked(root: &Path, options: &GuardOptions) -> Result<(), GuardError> {
    guard(root, &[root.join("src/main.rs")], options)
}

fn sentence(result: Result<(), GuardError>) -> String {
    result.unwrap_err().to_string()
}

fn allow_dirty() -> GuardOptions {
    GuardOptions {
        allow_dirty: true,
        ..GuardOptions::default()
    }
}

fn allow_staged() -> GuardOptions {
    GuardOptions {
        allow_staged: true,
        ..GuardOptions::default()
    }
}

fn allow_no_vcs() -> GuardOptions {
    GuardOptions {
        allow_no_vcs: true,
        ..GuardOptions::default()
    }
}

#[test]
fn a_clean_repository_may_be_written_also_from_a_subdirectory() {
    let (_folder, root) = committed();
    asked(&root, &GuardOptions::default()).unwrap();
}

#[test]
fn without_version_control_the_flag_is_named_and_works() {
    let (_folder, root) = tree();
    let said = sentence(asked(&root, &GuardOptions::default()));
    assert!(said.starts_with("no VCS found for this package"), "{said}");
    assert!(said.contains("--allow-no-vcs"), "{said}");
    assert!(matches!(
        asked(&root, &allow_dirty()),
        Err(GuardError::NoVcs)
    ));
    asked(&root, &allow_no_vcs()).unwrap();
}

#[test]
fn changed_and_untracked_files_anywhere_in_the_repository_are_dirty() {
    let (folder, root) = committed();
    fs::write(folder.path().join("extra/other.rs"), "fn g() {}\n").unwrap();
    fs::write(root.join("new file.rs"), "").unwrap();
    let said = sentence(asked(&root, &GuardOptions::default()));
    assert!(said.contains("pass `--allow-dirty`"), "{said}");
    assert!(
        said.contains("\n\n  * extra/other.rs (dirty)\n  * project/new file.rs (dirty)"),
        "{said}"
    );
    assert!(matches!(
        asked(&root, &allow_staged()),
        Err(GuardError::Uncommitted { .. })
    ));
    asked(&root, &allow_dirty()).unwrap();
    asked(&root, &allow_no_vcs()).unwrap();
}

#[test]
fn a_lock_file_that_cargo_has_just_made_is_no_change_and_one_that_was_changed_is() {
    let (folder, root) = committed();
    fs::write(root.join("Cargo.lock"), "version = 4\n").unwrap();
    asked(&root, &GuardOptions::default()).unwrap();
    // It is another project's.
    fs::write(folder.path().join("Cargo.lock"), "version = 4\n").unwrap();
    let said = sentence(asked(&root, &GuardOptions::default()));
    assert!(said.contains("\n\n  * Cargo.lock (dirty)"), "{said}");
    assert!(!said.contains("project/Cargo.lock"), "{said}");
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "locked"]);
    fs::write(root.join("Cargo.lock"), "version = 3\n").unwrap();
    let said = sentence(asked(&root, &GuardOptions::default()));
    assert!(said.contains("  * project/Cargo.lock (dirty)"), "{said}");
}

#[test]
fn staged_changes_have_a_flag_of_their_own_unless_they_changed_again() {
    let (folder, root) = committed();
    fs::write(root.join("src/main.rs"), "fn main() { }\n").unwrap();
    git(folder.path(), &["add", "."]);
    let said = sentence(asked(&root, &GuardOptions::default()));
    assert!(said.contains("`--allow-staged`"), "{said}");
    assert!(said.contains("  * project/src/main.rs (staged)"), "{said}");
    asked(&root, &allow_staged()).unwrap();
    asked(&root, &allow_dirty()).unwrap();
    fs::write(root.join("src/main.rs"), "fn main() {  }\n").unwrap();
    let said = sentence(asked(&root, &allow_staged()));
    assert!(said.contains("  * project/src/main.rs (dirty)"), "{said}");
}

#[test]
fn a_folder_that_its_repository_ignores_is_not_under_version_control() {
    let (folder, root) = committed();
    fs::write(folder.path().join(".gitignore"), "project/\n").unwrap();
    git(
        folder.path(),
        &["rm", "-r", "--quiet", "--cached", "project"],
    );
    assert!(matches!(
        asked(&root, &GuardOptions::default()),
        Err(GuardError::NoVcs)
    ));
}

#[test]
fn a_system_that_cannot_be_asked_is_said_to_be_unknown() {
    for (marker, name) in [(".hg", "Mercurial"), (".jj", "Jujutsu")] {
        let (folder, root) = tree();
        fs::create_dir(folder.path().join(marker)).unwrap();
        let said = sentence(asked(&root, &GuardOptions::default()));
        assert!(
            said.contains(name) && said.contains("is not known"),
            "{said}"
        );
        assert!(said.contains("--allow-dirty"), "{said}");
        asked(&root, &allow_dirty()).unwrap();
    }
}

#[test]
fn a_repository_that_git_cannot_read_is_not_taken_for_clean() {
    let (folder, root) = tree();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let said = sentence(asked(&root, &GuardOptions::default()));
    assert!(said.contains("`git check-ignore` failed"), "{said}");
}

#[test]
fn the_file_system_monitor_that_a_repository_names_is_not_started() {
    let (folder, root) = committed();
    let witness = folder.path().join("witness");
    git(
        folder.path(),
        &[
            "config",
            "core.fsmonitor",
            &format!("touch {}; false", witness.display()),
        ],
    );
    asked(&root, &GuardOptions::default()).unwrap();
    assert!(!witness.exists());
}

#[test]
fn a_file_that_the_repository_ignores_is_not_under_version_control() {
    let (_folder, root) = committed();
    // The name is a pattern too, which would match the file beside.
    fs::write(root.join("src/mai[n].rs"), "fn f() {}\n").unwrap();
    fs::write(root.join(".gitignore"), "mai\\[n\\].rs\n").unwrap();
    git(&root, &["add", ".gitignore"]);
    git(&root, &["commit", "--quiet", "-m", "ignored"]);
    asked(&root, &GuardOptions::default()).unwrap();
    let file = root.join("src/mai[n].rs");
    let refused = guard(&root, std::slice::from_ref(&file), &GuardOptions::default());
    let told = sentence(refused);
    assert!(
        told.contains("mai[n].rs") && told.contains("--allow-dirty"),
        "{told}"
    );
    guard(&root, &[file], &allow_dirty()).unwrap();
}

#[test]
fn files_outside_the_workspace_are_refused_links_included() {
    let (folder, root) = tree();
    let other = folder.path().join("extra/other.rs");
    let refused = guard(&root, std::slice::from_ref(&other), &allow_no_vcs());
    assert!(sentence(refused).contains("lies outside the workspace"));
    #[cfg(unix)]
    {
        let link = root.join("src/link.rs");
        std::os::unix::fs::symlink(&other, &link).unwrap();
        let refused = guard(&root, &[link], &allow_no_vcs());
        assert!(matches!(refused, Err(GuardError::Outside { .. })));
        let inside = root.join("src/inside.rs");
        std::os::unix::fs::symlink(root.join("src/main.rs"), &inside).unwrap();
        guard(&root, &[inside], &allow_no_vcs()).unwrap();
    }
}

#[test]
fn files_in_a_target_directory_are_refused() {
    let (_folder, root) = tree();
    for name in ["named", "tagged"] {
        fs::create_dir_all(root.join(name).join("out")).unwrap();
        fs::write(root.join(name).join("out/generated.rs"), "").unwrap();
    }
    fs::write(root.join("tagged/CACHEDIR.TAG"), "").unwrap();
    let mut options = allow_no_vcs();
    options.protected.push(root.join("named"));
    for name in ["named", "tagged"] {
        let refused = guard(&root, &[root.join(name).join("out/generated.rs")], &options);
        let said = sentence(refused);
        assert!(
            said.ends_with("belongs to cargo: nothing is written there"),
            "{said}"
        );
    }
}

#[test]
fn a_file_that_is_gone_is_named() {
    let (_folder, root) = tree();
    let said = sentence(guard(&root, &[root.join("src/gone.rs")], &allow_no_vcs()));
    assert!(said.contains("gone.rs"), "{said}");
}

#[test]
fn a_file_or_folder_marked_read_only_is_refused_even_for_the_superuser() {
    let (_folder, root) = tree();
    let file = root.join("src/main.rs");
    let writable = fs::metadata(&file).unwrap().permissions();
    let mut read_only = writable.clone();
    read_only.set_readonly(true);
    fs::set_permissions(&file, read_only).unwrap();
    let said = sentence(asked(&root, &allow_no_vcs()));
    assert!(
        said.contains("main.rs is read-only, so nothing was written"),
        "{said}"
    );
    fs::set_permissions(&file, writable).unwrap();
    asked(&root, &allow_no_vcs()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(root.join("src"), fs::Permissions::from_mode(0o555)).unwrap();
        let said = sentence(asked(&root, &allow_no_vcs()));
        fs::set_permissions(root.join("src"), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(said.contains("src is read-only"), "{said}");
    }
}

/// Needs the superuser and a file system with attributes.
#[cfg(target_os = "linux")]
#[test]
fn an_immutable_folder_is_refused() {
    use std::io::Write as _;
    let (_folder, root) = tree();
    let attribute = |change: &str| {
        let status = Command::new("chattr")
            .arg(change)
            .arg(root.join("src"))
            .output();
        status.is_ok_and(|output| output.status.success())
    };
    if !attribute("+i") {
        let mut log = std::io::stderr();
        writeln!(
            log,
            "SKIPPED: `chattr +i` does not work for this user on this file system"
        )
        .unwrap();
        return;
    }
    let refused = asked(&root, &allow_no_vcs());
    assert!(attribute("-i"));
    assert!(sentence(refused).contains("src is read-only"));
}

#[test]
fn new_files_are_made_inside_the_workspace_and_nowhere_else() {
    let (folder, root) = tree();
    let options = GuardOptions {
        allow_no_vcs: true,
        protected: vec![root.join("target")],
        ..GuardOptions::default()
    };
    let asked = |path: PathBuf| guard_new(&root, &[path], &options);
    asked(root.join("crates/lib/src/lib.rs")).unwrap();
    let outside = asked(folder.path().join("extra/deep/lib.rs"));
    assert!(
        matches!(outside, Err(GuardError::Outside { .. })),
        "{outside:?}"
    );
    fs::create_dir(root.join("target")).unwrap();
    let protected = asked(root.join("target/lib/lib.rs"));
    assert!(
        matches!(protected, Err(GuardError::Protected { .. })),
        "{protected:?}"
    );
}
