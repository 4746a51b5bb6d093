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
    /// `<rule>/<name>`, and what [`Fixing::mark`] says behind it.
    pub(crate) name: String,
    text: String,
    /// What it gets, as one of its first lines says: `<rule> <applicability>`, in order.
    fixes: Vec<String>,
    fixing: Fixing,
}

/// Which fixes a program gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fixing {
    /// The suggested ones.
    Suggested,
    /// Those that may need the runtime crate.
    Runtime,
    /// In their place those that stand beside them and need no crate, which no option applies.
    Alternative,
}

impl Fixing {
    const ALL: [Self; 3] = [Self::Suggested, Self::Runtime, Self::Alternative];

    /// What follows the name of such a program.
    fn mark(self) -> &'static str {
        match self {
            Self::Suggested => "",
            Self::Runtime => "@runtime",
            Self::Alternative => "@alternative",
        }
    }

    /// How the line begins that names the fixes.
    fn line(self) -> &'static str {
        match self {
            Self::Suggested => "//! Fixes: ",
            Self::Runtime => "//! With `--runtime`: ",
            Self::Alternative => "//! Alternatives: ",
        }
    }
}

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

/// A program with the fixes that it gets by default, and the same with others where a line names these.
fn read(folder: &Path, path: &Path) -> Vec<Program> {
    let name = path.strip_prefix(folder).expect("it lies there");
    let name = name.with_extension("").to_string_lossy().into_owned();
    let text = fs::read_to_string(path).expect("programs can be read");
    let starts = text.starts_with(Fixing::Suggested.line());
    assert!(starts, "{name} does not begin with `//! Fixes: …`");
    let head = || text.lines().take_while(|line| line.starts_with("//! "));
    let program = |fixing: Fixing| {
        let named = head().find_map(|line| line.strip_prefix(fixing.line()))?;
        let fixes = match named.strip_suffix('.')? {
            "none" => Vec::new(),
            some => some.split(", ").map(str::to_owned).collect(),
        };
        Some(Program {
            name: format!("{name}{}", fixing.mark()),
            text: text.clone(),
            fixes,
            fixing,
        })
    };
    Fixing::ALL.into_iter().filter_map(program).collect()
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

/// Lets the program under test fix all programs: those that get the same kind of fixes as one package.
pub(crate) fn fix(programs: &[Program]) -> Fixed {
    let packages = Fixing::ALL.map(|fixing| fix_package(programs, fixing));
    let mut fixed = Fixed {
        texts: Vec::new(),
        problems: Vec::new(),
    };
    for program in programs {
        let (project, json) = &packages[program.fixing as usize];
        fixed.problems.extend(other_fixes(program, json));
        fixed.texts.push(project.read(&program.file()));
    }
    fixed
}

fn fix_package(programs: &[Program], fixing: Fixing) -> (Project, Value) {
    let project = package("programs", "");
    for program in programs.iter().filter(|it| it.fixing == fixing) {
        project.write(&program.file(), &program.text);
    }
    let runtime = format!("path={}", runtime_crate().display());
    let apply = ["--apply", "--unsafe-fixes", "--allow-no-vcs"];
    let mut arguments = vec!["--no-bench", "--offline", "--format", "json"];
    match fixing {
        Fixing::Suggested => arguments.extend(apply),
        Fixing::Runtime => arguments.extend([&apply[..], &["--runtime", &runtime]].concat()),
        Fixing::Alternative => {}
    }
    let mut json = project.run(&arguments).ended(0).json();
    if fixing == Fixing::Alternative {
        let programs = programs.iter().filter(|it| it.fixing == fixing);
        programs.for_each(|program| apply_alternatives(&project, program, &mut json));
    }
    (project, json)
}

/// Makes the edits of the alternatives that need no crate, and has the answer say that they were suggested and applied.
fn apply_alternatives(project: &Project, program: &Program, json: &mut Value) {
    let mut edits = Vec::new();
    let mut applied = Vec::new();
    let findings = json["findings"].as_array_mut().expect("a list");
    for finding in findings
        .iter_mut()
        .filter(|it| it["path"] == program.file())
    {
        let mut alternatives = finding["alternatives"].as_array().expect("a list").iter();
        let needs_none = |fix: &&Value| fix["requires"] == serde_json::json!([]);
        let Some(fix) = alternatives.find(needs_none).cloned() else {
            continue;
        };
        for edit in fix["edits"].as_array().expect("a list") {
            let at = |key: &str| {
                usize::try_from(edit[key].as_u64().expect("an offset")).expect("it is in a file")
            };
            let replacement = edit["replacement"].as_str().expect("text").to_owned();
            edits.push((at("start")..at("end"), replacement));
        }
        applied.push(finding["id"].clone());
        finding["suggestion"] = fix;
    }
    json["applied"]
        .as_array_mut()
        .expect("a list")
        .extend(applied);
    edits.sort_by_key(|(range, _)| range.start);
    edits.dedup();
    let mut text = program.text.clone();
    for (range, replacement) in edits.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    project.write(&program.file(), &text);
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
         [dependencies]\nbincode = \"1\"\nciborium = \"0.2\"\nrmp-serde = \"1\"\nserde_json = \"1\"\ntokio = {{ version = \"1\", features = [\"fs\", \"io-util\", \"rt-multi-thread\"] }}\n{dependency}\n\
         [workspace]\n\n[lints.rust]\nunused = \"allow\"\n\n[profile.dev]\nopt-level = 1\ndebug = false\nincremental = false\n"
    );
    // The versions that are there, as this test was built with them.
    let lock = fs::read_to_string(repository().join("Cargo.lock")).expect("there is a lock file");
    Project::of(&[("Cargo.toml", &manifest), ("Cargo.lock", &lock)])
}
