//! Measuring where the process is given less than the machine has: one core, or little memory.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use crate::measuring::{audit, bench_directory, copying, explained};
use crate::support::{Project, Run, skip};

/// Runs a program that runs the program in the project.
fn run_by(project: &Project, outer: &[&OsStr], arguments: &[&str]) -> Run {
    let inner = project.program(arguments);
    let mut command = Command::new(outer[0]);
    command
        .args(&outer[1..])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(project.root());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Run::of(&mut command)
}

#[test]
fn one_core() {
    let outer = ["taskset", "--cpu-list", "0"].map(OsStr::new);
    let tried = Command::new(outer[0])
        .args(&outer[1..])
        .arg("true")
        .status();
    if !tried.is_ok_and(|status| status.success()) {
        return skip("taskset does not work here: one core was not tried");
    }
    let project = copying();
    let directory = bench_directory(&project);
    let arguments = audit(&directory, "4s", &["all", "1MiB"]);
    let json = explained(run_by(&project, &outer, &arguments));
    assert_eq!(json["host"]["cores"], 1, "{json:#}");
}

/// A control group of this test's own, which goes away with it.
struct Group(PathBuf);

impl Group {
    /// A group whose processes may take so much memory together.
    fn limited_to(bytes: u64) -> Result<Self, String> {
        let root = Path::new("/sys/fs/cgroup");
        let first = root.join("memory");
        let (parent, limit) = if first.join("memory.limit_in_bytes").exists() {
            (first.as_path(), "memory.limit_in_bytes")
        } else {
            (root, "memory.max")
        };
        let group = Self(parent.join(format!("io-optimize-test-{}-{bytes}", process::id())));
        fs::create_dir(&group.0)
            .and_then(|()| fs::write(group.0.join(limit), bytes.to_string()))
            .map_err(|error| format!("no control group can be made: {error}"))?;
        Ok(group)
    }

    /// Runs the program in it.
    fn run(&self, project: &Project, arguments: &[&str]) -> Run {
        let script = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
        let outer = ["sh", "-c", script].map(OsStr::new);
        let outer = [&outer[..], &[self.0.as_os_str()]].concat();
        run_by(project, &outer, arguments)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _or_it_was_not_made = fs::remove_dir(&self.0);
    }
}

#[test]
fn little_memory_gives_a_sentence_and_does_not_kill() {
    const MIB: u64 = 1 << 20;
    let project = copying();
    // Memory as a disk would take of what is limited.
    let directory = bench_directory(&project);
    for limit in [400, 96] {
        let group = match Group::limited_to(limit * MIB) {
            Ok(group) => group,
            Err(why) => return skip(&format!("{why}: little memory was not tried")),
        };
        let arguments = audit(&directory, "10s", &["all", "1GiB"]);
        let json = explained(group.run(&project, &arguments));
        assert_eq!(json["host"]["memory_limit_bytes"], limit * MIB);
    }
    // Without a project the program alone fills it.
    let how = ["--bench-dir", &directory, "--bench-budget", "10s"];
    for limit in [48, 24] {
        let group = Group::limited_to(limit * MIB).expect("it was possible before");
        let bench = ["bench", "copy", "1GiB", "--rule", "read_write_copy"];
        let run = group.run(&project, &[&bench[..], &how].concat()).ended(0);
        assert!(run.stdout.contains("of memory, and there is"), "{run}");
        let run = group.run(&project, &[&["preflight"], &how[..]].concat());
        assert!(run.ended(0).stdout.contains("memory copy"));
    }
    assert_eq!(fs::read_dir(&directory).expect("it is there").count(), 0);
}
