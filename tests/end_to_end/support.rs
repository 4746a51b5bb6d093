//! Projects in temporary folders, and the program run on them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use walkdir::WalkDir;

/// The root of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the repository")
}

/// A project that is removed when it goes out of scope.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A copy of a project of `fixtures/projects`, without what was built in it.
    pub(crate) fn fixture(name: &str) -> Self {
        let project = Self::of(&[]);
        let from = repository().join("fixtures/projects").join(name);
        let walk = WalkDir::new(&from)
            .into_iter()
            .filter_entry(|entry| entry.file_name() != "target");
        for entry in walk {
            let entry = entry.expect("the fixture can be listed");
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(&from).expect("it lies there");
                project.write_bytes(path, &fs::read(entry.path()).expect("fixtures can be read"));
            }
        }
        project
    }

    /// A project of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        fs::create_dir(project.root()).expect("folders can be made");
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A package of one library with one slow place, which has a fix.
    pub(crate) fn small() -> Self {
        Self::of(&[("Cargo.toml", MANIFEST), ("src/lib.rs", SLOW)])
    }

    /// Puts everything under version control.
    pub(crate) fn committed(self) -> Self {
        self.write(".gitignore", "target/\n");
        self.git(&["init", "--quiet"]);
        self.commit();
        self
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "All"]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.git_command(arguments).output();
        let output = output.expect("git is installed");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("git prints text")
    }

    /// git, to be run in the project.
    pub(crate) fn git_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args([
                "-c",
                "user.name=Tester",
                "-c",
                "user.email=tester@localhost",
            ])
            .args(arguments)
            .current_dir(self.root());
        alone(&mut command);
        command
    }

    /// Its folder, without links on the way.
    pub(crate) fn root(&self) -> PathBuf {
        let outside = self.outside();
        outside.join("project")
    }

    /// A folder beside the project that goes away with it.
    pub(crate) fn outside(&self) -> PathBuf {
        let folder = self.folder.path().canonicalize();
        folder.expect("the folder is there")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.write_bytes(Path::new(path), text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, path: &Path, bytes: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect(path)
    }

    /// The program, to be run in the project.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-io-optimize-under-test"));
        command.args(arguments).current_dir(self.root());
        alone(&mut command);
        command.env("XDG_CACHE_HOME", self.outside().join("cache"));
        command
    }

    /// Runs the program in the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.program(arguments))
    }

    /// Makes cargo do something that has to work.
    pub(crate) fn cargo(&self, arguments: &[&str]) {
        let path = std::env::var("PATH").unwrap_or_default();
        self.run_cargo(arguments, &path).ended(0);
    }

    /// Runs cargo in the project, with that search path for programs.
    pub(crate) fn run_cargo(&self, arguments: &[&str], path: &str) -> Run {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(self.root());
        alone(&mut command);
        Run::of(command.env("PATH", path))
    }

    /// The content of all files by their paths, but those of version control and of the program's own folder.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.root();
        let own = root.join("target/io-optimize");
        WalkDir::new(&root)
            .into_iter()
            .filter_entry(|entry| entry.path() != own && entry.file_name() != ".git")
            .map(|entry| entry.expect("the project can be listed"))
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(&root).expect("it lies there");
                (
                    path.to_owned(),
                    fs::read(entry.path()).expect("files can be read"),
                )
            })
            .collect()
    }

    /// A program outside the project that leaves a mark and then does what it is asked to, as wrappers of rustc do.
    #[cfg(unix)]
    pub(crate) fn wrapper(&self, name: &str, first: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.outside().join(name);
        let script = format!("#!/bin/sh\n{first}\nexec \"$@\"\n");
        fs::write(&path, script).expect("files can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        path
    }
}

/// Takes away what would make a run depend on the settings of whoever runs the tests.
fn alone(command: &mut Command) {
    for name in [
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_BUILD_TARGET",
        "CARGO_TERM_COLOR",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
    ] {
        command.env_remove(name);
    }
    command
        .env("CARGO_NET_OFFLINE", "true")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null());
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().expect("the program starts").into()
    }

    /// The run itself, if it ended so.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The run itself, if it ended so and said why in one line that has these words.
    #[track_caller]
    pub(crate) fn refused(self, words: &[&str]) -> Self {
        let run = self.ended(2);
        let errors: Vec<&str> = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("error"))
            .collect();
        assert_eq!(errors.len(), 1, "{run}");
        for word in words {
            assert!(errors[0].contains(word), "no `{word}` in {run}");
        }
        run
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program prints text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            formatter,
            "code {code:?}\n-- stdout\n{stdout}\n-- stderr\n{stderr}"
        )
    }
}

/// The findings of a run with `--format json`.
#[track_caller]
pub(crate) fn findings(json: &Value) -> &[Value] {
    json["findings"].as_array().expect("a list of findings")
}

/// Each finding as `path:line rule`.
#[track_caller]
pub(crate) fn places(json: &Value) -> Vec<String> {
    let place = |finding: &Value| {
        let text = |field: &str| finding[field].as_str().expect(field).to_owned();
        format!("{}:{} {}", text("path"), finding["line"], text("rule"))
    };
    findings(json).iter().map(place).collect()
}

/// Says that a test did not run here, also where the harness keeps what tests print to itself.
pub(crate) fn skip(why: &str) {
    let line = format!("SKIPPED: {why}\n");
    let _nowhere_to_tell = io::stderr().write_all(line.as_bytes());
}

/// Whether programs that are started here ignore interrupts, as this one does where a shell has started it in the background;
/// says that there was no test then.
#[cfg(unix)]
pub(crate) fn ignores_interrupts() -> bool {
    const INTERRUPT: u64 = 1 << (2 - 1);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let ignores = ignored.is_some_and(|mask| mask & INTERRUPT != 0);
    if ignores {
        skip("this process ignores interrupts, and so do those that it starts: none was tried");
    }
    ignores
}

pub(crate) const MANIFEST: &str = "\
[package]
name = \"small\"
version = \"0.1.0\"
edition = \"2024\"
";

pub(crate) const SLOW: &str = "\
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

pub fn save(path: &Path, numbers: &[u32]) -> io::Result<()> {
    let mut file = File::create(path)?;
    for number in numbers {
        writeln!(file, \"{number}\")?;
    }
    Ok(())
}
";
