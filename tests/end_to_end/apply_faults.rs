//! Every system call of the write phase of an `--apply` is where the program is killed, fails or is interrupted once.
//!
//! The write phase lasts from the opening of its lock file to the closing, and is the main thread's alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::thread;

use crate::support::{MANIFEST, Project, Run, SLOW, skip};

const FILES: usize = 20;

/// Starts nothing, so that every call is the program's own.
const APPLY: [&str; 6] = [
    "--fast",
    "--apply",
    "--verify",
    "none",
    "--allow-no-vcs",
    "--quiet",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Killed,
    Full,
    Broken,
    Interrupted,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Killed, Self::Full, Self::Broken, Self::Interrupted];

    fn injected(self) -> &'static str {
        match self {
            Self::Killed => "signal=KILL",
            Self::Full => "error=ENOSPC",
            Self::Broken => "error=EIO",
            Self::Interrupted => "signal=INT",
        }
    }
}

type Texts = BTreeMap<PathBuf, Vec<u8>>;

/// A project to break, again and again.
struct Sweep {
    project: Project,
    before: Texts,
    after: Texts,
    /// The calls of the write phase in their order, each with its number among the calls of that name.
    calls: Vec<(String, usize)>,
}

impl Sweep {
    fn new() -> Self {
        let project = Project::of(&[("Cargo.toml", MANIFEST)]);
        let mut modules = String::new();
        for number in 0..FILES {
            let text = match number % 3 {
                0 => SLOW.to_owned(),
                1 => SLOW.replace('\n', "\r\n"),
                _ => format!("\u{feff}{}", SLOW.trim_end()),
            };
            project.write(&format!("src/m{number}.rs"), &text);
            modules += &format!("mod m{number};\n");
        }
        project.write("src/lib.rs", &modules);
        let before = texts(&project);
        // What the program remembers of a text, it remembers from here on.
        project.run(&APPLY).ended(0);
        let mut sweep = Self {
            after: texts(&project),
            project,
            before,
            calls: Vec::new(),
        };
        let changed = sweep
            .before
            .iter()
            .filter(|(path, text)| sweep.after[*path] != **text);
        assert_eq!(changed.count(), FILES);
        sweep.restore();
        sweep.calls = sweep.count();
        sweep
    }

    fn restore(&self) {
        let root = self.project.root();
        let target = root.join("target");
        if target.exists() {
            fs::remove_dir_all(target).expect("it is ours");
        }
        for path in self.project.contents().keys() {
            if !self.before.contains_key(path) {
                fs::remove_file(root.join(path)).expect("it is ours");
            }
        }
        for (path, text) in &self.before {
            self.project.write_bytes(path, text);
        }
    }

    /// Runs the program under strace, which follows the main thread only.
    fn traced(&self, arguments: &[&str]) -> (Output, String) {
        let log = self.project.outside().join("strace.log");
        let program = self.project.program(&APPLY);
        let mut command = Command::new("strace");
        command.arg("-o").arg(&log).args(arguments);
        command.arg(program.get_program()).args(program.get_args());
        command.current_dir(self.project.root());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let output = command.output().expect("strace starts");
        let log = fs::read(log).expect("strace writes its log");
        (output, String::from_utf8_lossy(&log).into_owned())
    }

    fn count(&self) -> Vec<(String, usize)> {
        let (output, log) = self.traced(&["-qq"]);
        assert!(output.status.success(), "{output:?}");
        self.restore();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut calls = Vec::new();
        let mut closing = None;
        for line in log.lines() {
            let Some((name, _)) = line.split_once('(') else {
                continue;
            };
            let number = numbers.entry(name).or_default();
            *number += 1;
            if closing.is_none() && line.contains("apply/write.lock") {
                let (_, descriptor) = line.rsplit_once("= ").expect("a result");
                closing = Some(format!("close({descriptor})"));
            }
            if let Some(last) = &closing {
                calls.push((name.to_owned(), *number));
                if line.starts_with(last.as_str()) {
                    return calls;
                }
            }
        }
        panic!("no write phase in {log}");
    }

    /// Makes one call go wrong; says what is wrong with what came of it.
    fn inject(&self, fault: Fault, call: &(String, usize)) -> Result<(), String> {
        let (name, number) = call;
        let injected = format!("inject={name}:{}:when={number}", fault.injected());
        let (output, log) = self.traced(&["-qq", "-e", &injected, "-e", &format!("trace={name}")]);
        let hit = match fault {
            Fault::Killed => output.status.signal() == Some(9),
            Fault::Interrupted => log.contains("SIGINT"),
            Fault::Full | Fault::Broken => log.contains("(INJECTED)"),
        };
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let judged = if hit {
            self.judge(fault, output.status, &stderr)
        } else {
            Err("the call was not made".to_owned())
        };
        self.restore();
        judged.map_err(|wrong| format!("{fault:?} at {name} {number}: {wrong}\n{stderr}"))
    }

    fn judge(&self, fault: Fault, status: ExitStatus, stderr: &str) -> Result<(), String> {
        let found = texts(&self.project);
        let (is_before, is_after) = (found == self.before, found == self.after);
        let is_clean = self.left_over().is_empty();
        let done = is_clean && is_after;
        let undone = is_clean && is_before;
        let right = match (fault, status.code()) {
            (Fault::Killed, _) => return self.recovered(is_after),
            (Fault::Interrupted, Some(130)) => undone,
            (_, Some(0)) => done,
            (Fault::Full | Fault::Broken, Some(2)) => {
                let errors = stderr.lines().filter(|line| line.starts_with("error: "));
                if errors.count() != 1 {
                    return Err("it does not say why in one line".to_owned());
                }
                if stderr.contains("run `cargo io-optimize recover`") {
                    return self.recovered(false);
                }
                stderr.contains("the tree is as it was") && undone
            }
            _ => false,
        };
        if right {
            return Ok(());
        }
        Err(format!(
            "{status}, before: {is_before}, after: {is_after}, left over: {:?}",
            self.left_over()
        ))
    }

    /// Runs `recover` and looks at what it leaves.
    fn recovered(&self, was_complete: bool) -> Result<(), String> {
        let run: Run = self.project.run(&["recover"]);
        let found = texts(&self.project);
        let whole = found == self.after || (found == self.before && !was_complete);
        let left_over = self.left_over();
        if run.code == Some(0) && whole && left_over.is_empty() {
            return Ok(());
        }
        Err(format!(
            "after `recover` the tree is whole: {whole}, left over: {left_over:?}, {run}"
        ))
    }

    /// What lies beside the sources, and beside the locks.
    fn left_over(&self) -> BTreeSet<PathBuf> {
        let apply = self.project.root().join("target/io-optimize/apply");
        let entries = fs::read_dir(apply).into_iter().flatten();
        let own = entries.map(|entry| entry.expect("the folder can be listed").path());
        let own = own.filter(|path| path.extension().is_none_or(|ending| ending != "lock"));
        let paths = self.project.contents().into_keys();
        let known = |path: &PathBuf| {
            self.before.contains_key(path)
                || path == Path::new("target/CACHEDIR.TAG")
                || path == Path::new("Cargo.lock")
        };
        paths.filter(|path| !known(path)).chain(own).collect()
    }
}

/// The files that the project began with; what is beside them is looked at by itself.
fn texts(project: &Project) -> Texts {
    let contents = project.contents().into_iter();
    contents
        .filter(|(path, _)| {
            path.ends_with("Cargo.toml") || path.extension().is_some_and(|it| it == "rs")
        })
        .collect()
}

pub(crate) fn strace_works() -> bool {
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    let works = traced.is_ok_and(|output| output.status.success());
    if !works {
        skip("strace is missing or not permitted: no call was made to fail");
    }
    works
}

/// Every fault at every `step`-th call, with as many projects at once as there are processors.
fn sweep(step: usize) {
    if !strace_works() {
        return;
    }
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = |worker: usize| {
        let sweep = Sweep::new();
        let calls = sweep.calls.iter().step_by(step);
        let cases = Fault::ALL
            .into_iter()
            .flat_map(|fault| calls.clone().map(move |call| (fault, call)));
        let own = cases.skip(worker).step_by(workers);
        own.map(|(fault, call)| sweep.inject(fault, call).err())
            .collect::<Vec<Option<String>>>()
    };
    let outcomes: Vec<Option<String>> = thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        let results = started.into_iter().map(thread::ScopedJoinHandle::join);
        results
            .flat_map(|cases| cases.expect("the worker ends well"))
            .collect()
    });
    let wrong: Vec<&String> = outcomes.iter().flatten().collect();
    let line = format!("{} injected cases, {} wrong\n", outcomes.len(), wrong.len());
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("stderr is open");
    assert!(
        outcomes.len() > 100,
        "too few calls to be a write of {FILES} files"
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_tenth_of_the_calls() {
    sweep(10);
}

#[test]
#[ignore = "takes minutes: `cargo xtask apply-faults` runs it"]
fn all_calls() {
    sweep(1);
}
