//! `bench --emit` tries what it is about to write: nothing that does not compile here is left in the tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::bench_emit::CRITERION;
use crate::registry::known_by;
use crate::support::{Project, Run, SLOW, ignores_interrupts};

/// A project under version control, lock file and all, and a registry beside it that may have criterion.
struct Published(Project);

impl Published {
    fn with(criterion: Option<&str>) -> Self {
        let published = Self(Project::small());
        let registry = published.0.outside().join("registry");
        let folder = registry.join("criterion");
        fs::create_dir_all(folder.join("src")).expect("folders can be made");
        let write = |path: PathBuf, text: &str| {
            fs::write(path, text).expect("files can be written");
        };
        if let Some(criterion) = criterion {
            let manifest =
                "[package]\nname = \"criterion\"\nversion = \"0.8.99\"\nedition = \"2021\"\n";
            write(folder.join("Cargo.toml"), manifest);
            write(folder.join("src/lib.rs"), criterion);
            known_by(&folder, &"0".repeat(64));
        } else {
            fs::remove_dir_all(&folder).expect("it is ours");
        }
        fs::create_dir(published.home()).expect("folders can be made");
        let settings = format!(
            "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = {registry:?}\n"
        );
        write(published.home().join("config.toml"), &settings);
        published.0.cargo(&["generate-lockfile"]);
        Self(published.0.committed())
    }

    fn home(&self) -> PathBuf {
        self.0.outside().join("cargo-home")
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.program(&[&["bench", "--emit"], arguments].concat());
        command.env("CARGO_HOME", self.home());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.program(arguments))
    }

    /// Everything but what cargo builds.
    fn sources(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut contents = self.0.contents();
        contents.retain(|path, _| !path.starts_with("target"));
        contents
    }

    #[track_caller]
    fn builds(&self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(self.0.root());
        command.env("CARGO_HOME", self.home());
        command.env("CARGO_TARGET_DIR", self.0.root().join("target"));
        Run::of(&mut command).ended(0);
    }
}

#[test]
fn what_compiles_is_written_with_the_lock_file_that_it_was_compiled_with() {
    let published = Published::with(Some(CRITERION));
    let run = published.run(&["--emit-tests"]).ended(0);
    assert!(run.stdout.contains("\nCargo.lock\n"), "{run}");
    assert!(run.stderr.contains("compiled"), "{run}");
    let lock = published.0.read("Cargo.lock");
    assert!(
        lock.contains("name = \"criterion\"\nversion = \"0.8.99\""),
        "{lock}"
    );
    published.builds(&["check", "--locked", "--benches", "--tests"]);
}

#[test]
fn a_lock_file_outside_of_version_control_is_in_nobodys_way() {
    let published = Published::with(Some(CRITERION));
    let project = &published.0;
    project.git(&["rm", "--quiet", "--cached", "Cargo.lock"]);
    project.write(".gitignore", "target/\nCargo.lock\n");
    project.commit();
    published.run(&[]).ended(0);
    assert!(project.read("Cargo.lock").contains("criterion"));
    published.builds(&["check", "--locked", "--benches"]);
}

#[test]
fn a_project_without_a_lock_file_needs_none() {
    let published = Published::with(Some(CRITERION));
    let project = &published.0;
    project.git(&["rm", "--quiet", "Cargo.lock"]);
    // Rustc is asked about the type, and cargo makes the file.
    let asked = SLOW.replace(
        "File::create(path)?",
        "vec![File::create(path)?].pop().unwrap()",
    );
    assert_ne!(asked, SLOW);
    project.write("src/lib.rs", &asked);
    project.commit();
    published.run(&[]).ended(0);
    assert!(project.read("Cargo.lock").contains("criterion"));
    project.git(&["add", "Cargo.toml", "benches"]);
    project.git(&["commit", "--quiet", "--message", "Benchmarks"]);
    // It is still no change of the user's.
    assert_eq!(project.git(&["status", "--porcelain"]), "?? Cargo.lock\n");
    published.run(&["--emit-tests"]).ended(0);
    published.builds(&["check", "--locked", "--benches", "--tests"]);
}

#[test]
fn what_rustc_refuses_leaves_every_file_as_it_was() {
    let without = CRITERION.replace("iter_custom", "iter_otherwise");
    let published = Published::with(Some(&without));
    let before = published.sources();
    for how in ["check", "test"] {
        let run = published.run(&["--emit-tests", "--verify", how]).ended(3);
        for words in [
            "no method named `iter_custom`",
            "nothing was written",
            "--verify none",
        ] {
            assert!(run.stderr.contains(words), "no {words} in {run}");
        }
        assert_eq!(run.stdout, "", "{run}");
        assert_eq!(published.sources(), before);
    }
    published.run(&["--verify", "none"]).ended(0);
    assert!(published.0.read("Cargo.toml").contains("criterion"));
}

#[test]
fn lints_that_the_project_denies_are_a_reason_to_write_nothing() {
    let published = Published::with(Some(CRITERION));
    let manifest = published.0.read("Cargo.toml");
    let lints = format!("{manifest}\n[lints.rust]\nlet_underscore_drop = \"forbid\"\n");
    published.0.write("Cargo.toml", &lints);
    published.0.commit();
    let before = published.sources();
    let run = published.run(&[]).ended(3);
    assert!(run.stderr.contains("has a destructor"), "{run}");
    assert_eq!(published.sources(), before);
}

#[test]
fn what_cannot_be_had_is_no_fault_of_the_code() {
    let published = Published::with(None);
    let before = published.sources();
    published.run(&[]).refused(&[
        "cannot find or download what the new files need (criterion)",
        "nothing was written",
        "--verify none",
    ]);
    assert_eq!(published.sources(), before);
    published.run(&["--verify", "none"]).ended(0);
}

#[test]
fn a_project_that_does_not_compile_is_told_from_benchmarks_that_do_not() {
    let published = Published::with(Some(CRITERION));
    let broken = format!("{SLOW}\npub fn broken() -> u32 {{\n    \"a word\"\n}}\n");
    published.0.write("src/lib.rs", &broken);
    published.0.commit();
    let before = published.sources();
    published.run(&[]).refused(&[
        "does not compile as it is",
        "mismatched types",
        "nothing was written",
    ]);
    assert_eq!(published.sources(), before);
}

#[test]
fn with_verify_test_they_are_run_too() {
    let published = Published::with(Some(CRITERION));
    let run = published.run(&["--emit-tests", "1KiB", "--verify", "test"]);
    let run = run.ended(0);
    assert!(
        run.stderr
            .contains("run in a copy of the workspace first; passed: 2"),
        "{run}"
    );
    let failing = CRITERION.replace("pub fn finish(self) {}", "pub fn finish(self) { panic!() }");
    assert_ne!(failing, CRITERION);
    let published = Published::with(Some(&failing));
    let before = published.sources();
    let run = published.run(&["1KiB", "--verify", "test"]).ended(3);
    assert!(run.stderr.contains("does not pass here"), "{run}");
    assert_eq!(published.sources(), before);
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_it_is_tried_leaves_every_file_as_it_was() {
    use std::fs::File;
    use std::os::unix::process::CommandExt as _;
    use std::process::Stdio;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process_group};
    if ignores_interrupts() {
        return;
    }
    let published = Published::with(Some(CRITERION));
    let held = published.0.outside().join("held");
    let script = format!(
        "fn main() {{
    let file = std::fs::File::create({held:?}).unwrap();
    file.lock().unwrap();
    loop {{
        std::thread::park();
    }}
}}
"
    );
    let registry = published.0.outside().join("registry");
    fs::write(registry.join("criterion/build.rs"), script).expect("files can be written");
    let before = published.sources();
    let mut command = published.program(&[]);
    // A terminal would tell cargo too.
    command.process_group(0);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let is_held = || File::open(&held).is_ok_and(|file| file.try_lock().is_err());
    let began = Instant::now();
    while !is_held() && began.elapsed() < Duration::from_secs(300) {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(is_held(), "nothing was compiled within five minutes");
    let group = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
    kill_process_group(group.expect("not zero"), Signal::INT).expect("it is ours");
    let run = Run::from(child.wait_with_output().expect("it ends")).ended(130);
    assert!(run.stderr.contains("interrupted"), "{run}");
    assert_eq!(published.sources(), before);
}
