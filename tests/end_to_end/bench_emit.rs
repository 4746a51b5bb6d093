//! `bench --emit` and `--emit-tests`: what they write into a project, and what they leave alone.

use crate::support::{MANIFEST, Project, SLOW};

/// As much of criterion as the emitted benchmarks use, since tests have no network: it runs everything once.
pub(crate) const CRITERION: &str = r#"use std::time::Duration;
pub struct Criterion;
impl Default for Criterion {
    fn default() -> Self {
        Criterion
    }
}
impl Criterion {
    pub fn warm_up_time(self, _: Duration) -> Self {
        self
    }
    pub fn measurement_time(self, _: Duration) -> Self {
        self
    }
    pub fn sample_size(self, _: usize) -> Self {
        self
    }
    pub fn benchmark_group(&mut self, name: &str) -> Group {
        Group(name.to_owned())
    }
}
pub struct Group(String);
impl Group {
    pub fn sampling_mode(&mut self, _: SamplingMode) {}
    pub fn sample_size(&mut self, _: usize) {}
    pub fn throughput(&mut self, _: Throughput) {}
    pub fn bench_function<F: FnMut(&mut Bencher)>(&mut self, id: BenchmarkId, mut run: F) {
        run(&mut Bencher);
        println!("{}/{}", self.0, id.0);
    }
    pub fn finish(self) {}
}
pub struct Bencher;
impl Bencher {
    pub fn iter_custom<F: FnMut(u64) -> Duration>(&mut self, mut run: F) {
        run(1);
    }
}
pub struct BenchmarkId(String);
impl BenchmarkId {
    pub fn new(name: &str, parameter: u64) -> Self {
        BenchmarkId(format!("{}/{}", name, parameter))
    }
}
pub enum SamplingMode {
    Flat,
}
pub enum Throughput {
    Bytes(u64),
}
#[macro_export]
macro_rules! criterion_group {
    (name = $name:ident; config = $config:expr; targets = $target:path) => {
        pub fn $name() {
            $target(&mut $config);
        }
    };
}
#[macro_export]
macro_rules! criterion_main {
    ($name:ident) => {
        fn main() {
            $name();
        }
    };
}
"#;

/// Places with pieces of sizes that the code tells.
const IN_PIECES: &str = r#"use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub fn blocks(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut sum = 0;
    for _ in 0..1000 {
        let mut block = [0; 60];
        file.read_exact(&mut block)?;
        sum += u64::from(block[0]);
    }
    Ok(sum)
}

pub fn numbers(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut sum = 0;
    for _ in 0..1000 {
        let mut number = [0; 4];
        file.read_exact(&mut number)?;
        sum += u64::from(number[0]);
    }
    Ok(sum)
}
"#;

/// A workspace of one package of each edition, the stand-in for criterion among its shared dependencies.
fn workspace() -> Project {
    let project = Project::of(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"of2015\", \"of2018\", \"of2021\", \"of2024\"]\nexclude = [\"criterion\"]\nresolver = \"2\"\n\n\
             [workspace.dependencies]\ncriterion = { path = \"criterion\" } # ours\n",
        ),
        (
            "criterion/Cargo.toml",
            "[package]\nname = \"criterion\"\nversion = \"0.8.2\"\nedition = \"2021\"\n",
        ),
        ("criterion/src/lib.rs", CRITERION),
    ]);
    for edition in ["2015", "2018", "2021", "2024"] {
        let manifest = format!(
            "[package]\nname = \"of{edition}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n"
        );
        project.write(&format!("of{edition}/Cargo.toml"), &manifest);
        let library = format!("pub mod pieces;\n{SLOW}");
        project.write(&format!("of{edition}/src/lib.rs"), &library);
        project.write(&format!("of{edition}/src/pieces.rs"), IN_PIECES);
    }
    project.write("of2015/benches/theirs.rs", "fn main() {}\n");
    project.committed()
}

#[test]
fn what_is_emitted_compiles_without_warnings_in_each_edition_and_runs() {
    let project = workspace();
    let run = project
        .run(&["bench", "--emit", "--emit-tests", "1KiB"])
        .ended(0);
    for edition in ["2015", "2018", "2021", "2024"] {
        for line in [
            format!("of{edition}/Cargo.toml\n"),
            format!("of{edition}/benches/io_optimize/main.rs\n"),
            format!("of{edition}/tests/io_optimize/unbuffered_write.rs\n"),
            format!("cargo bench -p of{edition} --bench io_optimize\n"),
            format!("cargo test -p of{edition} --test io_optimize\n"),
        ] {
            assert!(run.stdout.contains(&line), "no {line} in {run}");
        }
        let manifest = project.read(&format!("of{edition}/Cargo.toml"));
        assert!(
            manifest.contains("criterion = { workspace = true }"),
            "{manifest}"
        );
    }
    let first = project.read("of2015/Cargo.toml");
    assert!(first.contains("autobenches = true"), "{first}");
    let path = std::env::var("PATH").unwrap_or_default();
    let built = project
        .run_cargo(&["test", "--workspace", "--test", "io_optimize"], &path)
        .ended(0);
    assert!(!built.stderr.contains("warning"), "{built}");
    let arguments = [
        "bench",
        "--workspace",
        "--profile",
        "dev",
        "--bench",
        "io_optimize",
    ];
    let measured = project.run_cargo(&arguments, &path).ended(0);
    assert!(!measured.stderr.contains("warning"), "{measured}");
    for way in [
        "unbuffered_write/default/writeln! on BufWriter/1024\n",
        // Each in the pieces of its code.
        "unbuffered_read/default-4/read_exact on BufReader/1024\n",
        "unbuffered_read/default-64/read_exact on BufReader/1024\n",
    ] {
        assert_eq!(measured.stdout.matches(way).count(), 4, "{measured}");
    }
    let of_64 = project.read("of2021/benches/io_optimize/unbuffered_read_64_bytes.rs");
    assert!(of_64.contains("const PIECE: u32 = 64;\n"), "{of_64}");
    let of_4 = project.read("of2021/benches/io_optimize/unbuffered_read_4_bytes.rs");
    assert!(of_4.contains("const PIECE: u32 = 4;\n"), "{of_4}");
    project.commit();
    // The second time they are known by their files.
    project.write("of2021/src/pieces.rs", "");
    project.commit();
    let again = project
        .run(&["bench", "--emit", "--emit-tests", "1KiB"])
        .ended(0);
    assert!(!again.stdout.contains("_bytes.rs"), "{again}");
    let main = project.read("of2021/benches/io_optimize/main.rs");
    assert!(
        main.contains("&unbuffered_read_64_bytes::PATTERN"),
        "{main}"
    );
}

/// A package with one pattern.
fn single() -> Project {
    Project::small().committed()
}

#[test]
fn a_second_run_changes_nothing_and_what_was_changed_by_hand_is_refused() {
    let project = single();
    // Criterion cannot be had here.
    project
        .run(&["bench", "--emit", "--verify", "none"])
        .ended(0);
    let manifest = project.read("Cargo.toml");
    assert!(
        manifest.starts_with(MANIFEST.trim_end()),
        "formatting is kept: {manifest}"
    );
    assert!(manifest.contains("criterion = \"0.8\"\n"), "{manifest}");
    assert!(
        manifest.ends_with("\n[[bench]]\nname = \"io_optimize\"\nharness = false\n"),
        "{manifest}"
    );
    let main = project.read("benches/io_optimize/main.rs");
    assert!(
        main.starts_with("// @generated by cargo io-optimize"),
        "{main}"
    );
    project.commit();
    // What is asked of rustc stays open, and the patterns are those of an earlier run.
    let again = project.run(&["bench", "--emit", "--offline"]).ended(0);
    assert_eq!(again.stdout, "cargo bench --bench io_optimize\n", "{again}");
    assert_eq!(project.git(&["status", "--porcelain"]), "");

    let changed = main.replace("1 << 20", "2 << 20");
    assert_ne!(changed, main);
    project.write("benches/io_optimize/main.rs", &changed);
    project.commit();
    project.run(&["bench", "--emit"]).refused(&[
        "benches/io_optimize/main.rs",
        "changed since",
        "nothing was written",
    ]);
    assert_eq!(project.read("benches/io_optimize/main.rs"), changed);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_tree_that_is_not_clean_is_refused_unless_allowed() {
    let project = single();
    project.write("notes.txt", "mine");
    project
        .run(&["bench", "--emit-tests"])
        .refused(&["uncommitted changes", "--allow-dirty"]);
    assert!(!project.root().join("tests").exists());
    project
        .run(&["bench", "--emit-tests", "--allow-dirty"])
        .ended(0);
    project.cargo(&["test", "--test", "io_optimize"]);
    assert_eq!(project.read("notes.txt"), "mine");
}

#[test]
fn names_that_are_taken_are_refused() {
    let project = Project::small();
    project.write("benches/io_optimize.rs", "fn main() {}\n");
    let project = project.committed();
    project
        .run(&["bench", "--emit"])
        .refused(&["io_optimize.rs", "rename it"]);
    let project = Project::small();
    let listed = format!("{MANIFEST}\n[[bench]]\nname = \"io_optimize\"\npath = \"mine.rs\"\n");
    project.write("Cargo.toml", &listed);
    project.write("mine.rs", "fn main() {}\n");
    let project = project.committed();
    project
        .run(&["bench", "--emit"])
        .refused(&["Cargo.toml has a [[bench]] named `io_optimize`"]);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn without_a_pattern_nothing_is_written() {
    let project = Project::of(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "pub fn nothing() {}\n"),
    ])
    .committed();
    let run = project.run(&["bench", "--emit", "--emit-tests"]).ended(0);
    assert!(run.stderr.contains("nothing was written"), "{run}");
    assert_eq!(run.stdout, "");
    assert!(!project.root().join("benches").exists());
}

#[test]
fn flags_about_a_project_need_one_of_the_two() {
    for flags in [
        &["--offline"][..],
        &["--workspace"],
        &["--allow-dirty"],
        &["--verify", "none"],
    ] {
        let run = single().run(&[&["bench"], flags].concat()).ended(2);
        assert!(run.stderr.contains("--emit"), "{run}");
    }
}

#[cfg(unix)]
#[test]
fn a_write_that_was_cut_off_is_undone() {
    let project = single();
    let entry = |name: &str| {
        serde_json::json!({
            "path": {"Unix": format!("tests/io_optimize/{name}").as_bytes()},
            "staged": {"Unix": format!(".{name}.1.io-optimize.tmp").as_bytes()},
            "after": "// new",
        })
    };
    let folders =
        ["tests", "tests/io_optimize"].map(|path| serde_json::json!({"Unix": path.as_bytes()}));
    let journal = serde_json::json!({
        "version": 1, "entries": [entry("main.rs"), entry("pattern.rs")], "folders": folders
    });
    project.write(
        "target/io-optimize/apply/journal.json",
        &journal.to_string(),
    );
    // The first file is there, and the second is not.
    project.write("tests/io_optimize/main.rs", "// new");
    project.run(&["recover"]).ended(0);
    assert!(!project.root().join("tests").exists());
    project.run(&["bench", "--emit-tests"]).ended(0);
    assert!(project.root().join("tests/io_optimize/main.rs").exists());
}
