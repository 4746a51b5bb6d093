//! The programs: as they are written, as they are fixed, and both built into one binary.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use walkdir::WalkDir;

use crate::support::{Project, findings, repository};

/// One program.
#[derive(Debug)]
pub(crate) struct Program {
    /// `<rule>/<name>`, and `@runtime` behind it where `--runtime` is given.
    pub(crate) name: String,
    text: String,
    /// What it gets, as one of its first lines says: `<rule> <applicability>`, in order.
    fixes: Vec<String>,
    /// Whether the fixes may need the runtime crate.
    runtime: bool,
}

const RUNTIME: &str = "@runtime";

impl Program {
    fn rule(&self) -> &str {
        self.name.split('/').next().expect("a rule")
    }

    fn file(&self) -> String {
        format!("src/bin/{}.rs", self.name.replace(['/', '@'], "-"))
    }

    /// Whether it looks at the second path that it is given.
    pub(crate) fn has_target(&self) -> bool {
        self.text.contains("output")
    }

    /// Whether `--apply` makes each of its fixes without being told that it may change something.
    pub(crate) fn machine_applicable(&self) -> bool {
        self.fixes
            .iter()
            .all(|fix| fix.ends_with(" machine-applicable"))
    }
}

/// All programs, in the order of their names.
pub(crate) fn all() -> Vec<Program> {
    let folder = repository().join("fixtures/behaviour");
    let walk = WalkDir::new(&folder).sort_by_file_name();
    let files = walk
        .into_iter()
        .map(|entry| entry.expect("it can be listed"));
    let programs: Vec<Program> = files
        .filter(|entry| entry.file_type().is_file())
        .flat_map(|entry| read(&folder, entry.path()))
        .collect();
    assert!(!programs.is_empty(), "no programs in {}", folder.display());
    programs
}

/// A program with the fixes that it gets by default, and the same with those of `--runtime` where a line names these.
fn read(folder: &Path, path: &Path) -> Vec<Program> {
    let name = path.strip_prefix(folder).expect("it lies there");
    let name = name.with_extension("").to_string_lossy().into_owned();
    let text = fs::read_to_string(path).expect("programs can be read");
    let mut lines = text.lines();
    let mut named = |start: &str| {
        let line = lines.next().unwrap_or_default().strip_prefix(start)?;
        let fixes = line.strip_suffix('.')?;
        Some(match fixes {
            "none" => Vec::new(),
            some => some.split(", ").map(str::to_owned).collect(),
        })
    };
    let fixes =
        named("//! Fixes: ").unwrap_or_else(|| panic!("{name} does not begin with `//! Fixes: …`"));
    let with_runtime = named("//! With `--runtime`: ");
    let program = |name: &str, fixes, runtime| Program {
        name: name.to_owned(),
        text: text.clone(),
        fixes,
        runtime,
    };
    let mut programs = vec![program(&name, fixes, false)];
    programs.extend(with_runtime.map(|fixes| program(&format!("{name}{RUNTIME}"), fixes, true)));
    programs
}

/// One sentence for each rule that has fixes and no program that gets one.
pub(crate) fn without_programs(programs: &[Program]) -> Vec<String> {
    let pages = fs::read_dir(repository().join("docs/rules")).expect("there are pages");
    let rules = pages.filter_map(|page| {
        let path = page.expect("they can be listed").path();
        let rule = path.file_stem()?.to_str()?.to_owned();
        let text = page_at(&path);
        text.contains("- Fix: where it keeps the meaning")
            .then_some(rule)
    });
    rules
        .filter(|rule| {
            let is_its = |fix: &String| fix.split(' ').next() == Some(rule);
            !programs
                .iter()
                .any(|program| program.rule() == rule && program.fixes.iter().any(is_its))
        })
        .map(|rule| format!("no program of fixtures/behaviour/{rule} gets a fix of that rule"))
        .collect()
}

/// The page of a rule, with single spaces between its words.
pub(crate) fn page(rule: &str) -> String {
    page_at(
        &repository()
            .join("docs/rules")
            .join(rule)
            .with_extension("md"),
    )
}

fn page_at(path: &Path) -> String {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The texts of the programs after the fixes, and where these are not those that the first lines name.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) texts: Vec<String>,
    pub(crate) problems: Vec<String>,
}

/// Lets the program under test fix all programs: as one package, and those that have the runtime crate as another.
pub(crate) fn fix(programs: &[Program]) -> Fixed {
    let runtime = format!("path={}", runtime_crate().display());
    let packages = [
        fix_package(programs, false, &[]),
        fix_package(programs, true, &["--runtime", &runtime]),
    ];
    let mut fixed = Fixed {
        texts: Vec::new(),
        problems: Vec::new(),
    };
    for program in programs {
        let (project, json) = &packages[usize::from(program.runtime)];
        fixed.problems.extend(other_fixes(program, json));
        fixed.texts.push(project.read(&program.file()));
    }
    fixed
}

fn fix_package(programs: &[Program], runtime: bool, arguments: &[&str]) -> (Project, Value) {
    let project = package("programs", "");
    for program in programs.iter().filter(|it| it.runtime == runtime) {
        project.write(&program.file(), &program.text);
    }
    let mut all = vec![
        "--apply",
        "--unsafe-fixes",
        "--allow-no-vcs",
        "--no-bench",
        "--offline",
        "--format",
        "json",
    ];
    all.extend(arguments);
    let json = project.run(&all).ended(0).json();
    (project, json)
}

/// What is wrong if a program got other fixes than it names.
fn other_fixes(program: &Program, json: &Value) -> Option<String> {
    let applied = applied(json, &program.file());
    let got = match applied.as_slice() {
        [] => "none".to_owned(),
        some => some.join(", "),
    };
    let not_applied = json["not_applied"].as_array().expect("a list");
    let why: Vec<String> = not_applied
        .iter()
        .filter(|one| of_file(json, &one["id"], &program.file()))
        .map(|one| format!("; not applied: {}", one["reason"]))
        .collect();
    (applied != program.fixes).then(|| {
        format!(
            "{} now gets other fixes than its first lines name: `{got}.`{}",
            program.name,
            why.concat()
        )
    })
}

/// `<rule> <applicability>` of each fix that was made in a file, in order and each once.
fn applied(json: &Value, file: &str) -> Vec<String> {
    let applied = json["applied"].as_array().expect("a list");
    let mut fixes: Vec<String> = findings(json)
        .iter()
        .filter(|finding| finding["path"] == file && applied.contains(&finding["id"]))
        .map(|finding| {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let rule = text(&finding["rule"]);
            format!("{rule} {}", text(&finding["suggestion"]["applicability"]))
        })
        .collect();
    fixes.sort();
    fixes.dedup();
    fixes
}

fn of_file(json: &Value, id: &Value, file: &str) -> bool {
    findings(json)
        .iter()
        .any(|finding| finding["id"] == *id && finding["path"] == file)
}

/// One binary that is every program, before and after the fixes, by the name that it is started under.
pub(crate) struct Pairs {
    project: Project,
}

impl Pairs {
    pub(crate) fn binary(&self) -> PathBuf {
        self.project.root().join("target/debug/pairs")
    }

    /// Whether another user can start it, once the temporary folder that it lies in is open to all.
    pub(crate) fn starts_as(&self, user: u32) -> bool {
        let everybody = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.project.outside(), everybody).expect("the folder is ours");
        let mut command = Command::new(self.binary());
        command.uid(user).gid(user).stderr(Stdio::null());
        command.status().is_ok()
    }
}

/// Builds all programs at once: linking each on its own would take most of the time.
pub(crate) fn build(programs: &[Program], fixed: &[String]) -> Pairs {
    let path = runtime_crate();
    let project = package("pairs", &format!("io-optimize = {{ path = {path:?} }}\n"));
    let mut modules = String::new();
    let mut arms = String::new();
    for (index, (program, after)) in programs.iter().zip(fixed).enumerate() {
        for (state, text) in [("before", &program.text), ("after", after)] {
            let module = format!("{state}_{index}");
            let started = "pub fn start() -> std::process::ExitCode {\n    std::process::Termination::report(main())\n}\n";
            project.write(&format!("src/{module}.rs"), &format!("{text}\n{started}"));
            modules.push_str(&format!("mod {module};\n"));
            let name = &program.name;
            arms.push_str(&format!(
                "        Some(\"{state}/{name}\") => {module}::start(),\n"
            ));
        }
    }
    let main = format!(
        "#![allow(warnings)]\n{modules}\nfn main() -> std::process::ExitCode {{\n    \
         match std::env::args().next().as_deref() {{\n{arms}        other => panic!(\"{{other:?}}\"),\n    }}\n}}\n"
    );
    project.write("src/main.rs", &main);
    project.cargo(&["build", "--quiet", "--offline"]);
    Pairs { project }
}

fn runtime_crate() -> PathBuf {
    repository().join("crates/io-optimize")
}

fn package(name: &str, dependency: &str) -> Project {
    // A fix that leaves an import behind would be taken out again, and here it is to be seen what it does.
    // The default is slow over some hundred thousand lines, and its debug information slow to write.
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nserde_json = \"1\"\ntokio = {{ version = \"1\", features = [\"fs\", \"io-util\", \"rt-multi-thread\"] }}\n{dependency}\n\
         [workspace]\n\n[lints.rust]\nunused = \"allow\"\n\n[profile.dev]\nopt-level = 1\ndebug = false\nincremental = false\n"
    );
    // The versions that are there, as this test was built with them.
    let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("there is a lock file");
    Project::of(&[("Cargo.toml", &manifest), ("Cargo.lock", &lock)])
}
