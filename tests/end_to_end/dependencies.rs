//! What a dependency does with a file decides, and its own source at the locked version says it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{Project, Run, places};

const CALLS: &str = r#"use std::fs::File;
use std::io;

pub fn walk(path: &str) -> io::Result<Vec<u32>> {
    let mut reader = foo::Reader::new(File::open(path)?);
    reader.all()
}

pub fn load(path: &str) -> io::Result<Vec<u8>> {
    foo::load(File::open(path)?)
}

pub fn handed_on(path: &str) -> io::Result<()> {
    foo::handed_on(File::open(path)?, |_| ());
    Ok(())
}

pub fn save(path: &str) -> io::Result<()> {
    foo::save(File::create(path)?, &[1, 2, 3])
}
"#;

const ROOT: &str = "mod reader;
pub use reader::Reader;
use std::io::{self, Read, Write};

pub fn load(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    reader.read_to_end(&mut all)?;
    Ok(all)
}
pub fn handed_on<R: Read>(reader: R, to: impl Fn(R)) {
    to(reader)
}
pub fn save<W: Write>(mut writer: W, numbers: &[u32]) -> io::Result<()> {
    for number in numbers {
        writer.write_all(&number.to_le_bytes())?;
    }
    Ok(())
}
";

const PIECES: &str = "use std::io::{self, Read};
pub struct Reader<R> {
    inner: R,
}
impl<R: Read> Reader<R> {
    pub fn new(inner: R) -> Self {
        Reader { inner }
    }
    pub fn all(&mut self) -> io::Result<Vec<u32>> {
        let mut all = Vec::new();
        while let Ok(one) = self.one() {
            all.push(one);
        }
        Ok(all)
    }
    fn one(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.inner.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}
";

const LOCK: &str = r#"version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "foo",
]

[[package]]
name = "foo"
version = "1.0.0"
source = "registry+https://registry.invalid/index"
checksum = "01"
"#;

/// A project that depends on `foo`, and a folder in which cargo has unpacked that.
fn project(reader: &str) -> Project {
    let project = Project::of(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nfoo = \"1\"\n",
        ),
        ("src/lib.rs", CALLS),
        ("Cargo.lock", LOCK),
    ]);
    unpack(&project, "1.0.0", reader);
    project
}

fn folder(project: &Project, version: &str) -> PathBuf {
    let name = format!("cargo-home/registry/src/registry/foo-{version}");
    project.outside().join(name)
}

fn unpack(project: &Project, version: &str, reader: &str) {
    let folder = folder(project, version);
    fs::create_dir_all(folder.join("src")).expect("folders can be made");
    let manifest =
        format!("[package]\nname = \"foo\"\nversion = \"{version}\"\nedition = \"2021\"\n");
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("src/lib.rs", ROOT),
        ("src/reader.rs", reader),
        (".cargo-ok", "{\"v\":1}"),
    ];
    for (path, text) in files {
        fs::write(folder.join(path), text).expect("files can be written");
    }
}

fn answer(project: &Project) -> Value {
    let mut command = project.program(&["--fast", "--format", "json"]);
    command.env("CARGO_HOME", project.outside().join("cargo-home"));
    Run::of(&mut command).ended(0).json()
}

const WALK: &str = "src/lib.rs:5 unbuffered_read";
const SAVE: &str = "src/lib.rs:19 unbuffered_write";

#[test]
fn a_dependency_that_reads_small_pieces_is_found_and_named() {
    let project = project(PIECES);
    let json = answer(&project);
    assert_eq!(places(&json), [WALK, SAVE]);
    let why = json["findings"][0]["why"].to_string();
    let said = "`foo::Reader::new` (foo 1.0.0) reads small pieces: src/reader.rs:18";
    assert!(why.contains(said), "{why}");
}

#[test]
fn a_dependency_that_buffers_is_fine() {
    let buffered = PIECES
        .replace("inner: R,", "inner: io::BufReader<R>,")
        .replace(
            "Reader { inner }",
            "Reader { inner: io::BufReader::new(inner) }",
        );
    let project = project(&buffered);
    assert_eq!(places(&answer(&project)), [SAVE]);
}

#[test]
fn what_reads_few_pieces_or_passes_through_unknown_code_is_left_alone() {
    let once = PIECES.replace("while let Ok", "if let Ok");
    assert_eq!(places(&answer(&project(&once))), [SAVE]);
    let behind = PIECES.replace("inner: R,", "inner: Box<dyn FnMut(&mut [u8])>, kept: R,");
    let behind = behind.replace("Reader { inner }", "unknown(inner)");
    assert_eq!(places(&answer(&project(&behind))), [SAVE]);
}

#[test]
fn without_the_source_nothing_is_said() {
    let project = project(PIECES);
    fs::remove_dir_all(folder(&project, "1.0.0")).expect("it is there");
    let json = answer(&project);
    assert_eq!(places(&json), Vec::<String>::new());
    assert_eq!(json["analysis"]["not_analysed"], serde_json::json!([]));
    // What was said without it does not stand once it is there.
    unpack(&project, "1.0.0", PIECES);
    assert_eq!(places(&answer(&project)), [WALK, SAVE]);
}

#[test]
fn what_is_not_unpacked_to_its_end_or_damaged_is_left_open() {
    let project = project(PIECES);
    let folder = folder(&project, "1.0.0");
    fs::remove_file(folder.join(".cargo-ok")).expect("it is there");
    assert_eq!(places(&answer(&project)), Vec::<String>::new());
    unpack(&project, "1.0.0", "pub struct Reader {");
    let json = answer(&project);
    assert_eq!(places(&json), Vec::<String>::new());
    let missed = json["analysis"]["not_analysed"].to_string();
    assert!(
        missed.contains("foo-1.0.0") && missed.contains("unpacks it again"),
        "{missed}"
    );
    // Nothing of that is kept.
    unpack(&project, "1.0.0", PIECES);
    assert_eq!(places(&answer(&project)), [WALK, SAVE]);
}

#[test]
fn lock_files_of_every_version_are_read() {
    let registry = "registry+https://registry.invalid/index";
    let first = format!(
        "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"foo 1.0.0 ({registry})\",\n]\n\n[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\nsource = \"{registry}\"\n\n[metadata]\n\"checksum foo 1.0.0 ({registry})\" = \"01\"\n"
    );
    let of = |version: &str| LOCK.replace("version = 4\n", version);
    let project = project(PIECES);
    for lock in [first, of(""), of("version = 3\n"), of("version = 99\n")] {
        project.write("Cargo.lock", &lock);
        assert_eq!(places(&answer(&project)), [WALK, SAVE], "{lock}");
    }
}

#[test]
fn the_locked_version_decides() {
    let project = project(PIECES);
    let bulk = PIECES
        .replace("[0; 4]", "vec![0; 1 << 20]")
        .replace("u32::from_le_bytes(bytes)", "u32::from(bytes[0])");
    unpack(&project, "1.1.0", &bulk);
    assert_eq!(places(&answer(&project)), [WALK, SAVE]);
    project.write("Cargo.lock", &LOCK.replace("1.0.0", "1.1.0"));
    assert_eq!(places(&answer(&project)), [SAVE]);
    // A lock file that leads out of the registry's folder leads nowhere.
    project.write("Cargo.lock", &LOCK.replace("1.0.0", "1.0.0/../foo-1.0.0"));
    assert_eq!(places(&answer(&project)), Vec::<String>::new());
}

#[test]
fn a_summary_is_kept_under_the_checksum() {
    let project = project(PIECES);
    assert_eq!(places(&answer(&project)), [WALK, SAVE]);
    // Another project's record would be another; this one's is made anew when a file changes.
    let reader = folder(&project, "1.0.0").join("src/reader.rs");
    fs::write(&reader, "pub struct Reader;").expect("it can be written");
    project.write("src/lib.rs", &format!("{CALLS}\n"));
    assert_eq!(places(&answer(&project)), [WALK, SAVE]);
    project.write("Cargo.lock", &LOCK.replace("\"01\"", "\"02\""));
    assert_eq!(places(&answer(&project)), [SAVE]);
    // What is damaged in the cache counts as nothing.
    fs::remove_dir_all(project.outside().join("cache/io-optimize/audits")).expect("it is there");
    for entry in walkdir::WalkDir::new(project.outside().join("cache")) {
        let entry = entry.expect("it can be listed");
        if entry.file_type().is_file() {
            fs::write(entry.path(), "cut off").expect("it can be written");
        }
    }
    unpack(&project, "1.0.0", PIECES);
    assert_eq!(places(&answer(&project)), [WALK, SAVE]);
}

/// A project as it is published, without a lock file, and a registry of which cargo has unpacked nothing yet.
fn untouched(calls: &str) -> Project {
    let project = project(PIECES);
    project.write("src/lib.rs", calls);
    fs::remove_file(project.root().join("Cargo.lock")).expect("it is there");
    let home = project.outside().join("cargo-home");
    let registry = project.outside().join("registry");
    fs::create_dir_all(registry.join("index/3/f")).expect("folders can be made");
    let manifest = folder(&project, "1.0.0").join("Cargo.toml");
    let manifest = manifest.to_str().expect("it is UTF-8");
    let target = project.outside().join("packed");
    let target = target.to_str().expect("it is UTF-8");
    project.cargo(&[
        "package",
        "--quiet",
        "--offline",
        "--no-verify",
        "--allow-dirty",
        "--manifest-path",
        manifest,
        "--target-dir",
        target,
    ]);
    let archive = fs::read(format!("{target}/package/foo-1.0.0.crate")).expect("it was packed");
    let sum: String = Sha256::digest(&archive)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let entry = format!(
        "{{\"name\":\"foo\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"{sum}\",\"features\":{{}},\"yanked\":false}}\n"
    );
    fs::write(registry.join("index/3/f/foo"), entry).expect("files can be written");
    fs::write(registry.join("foo-1.0.0.crate"), archive).expect("files can be written");
    fs::remove_dir_all(home.join("registry")).expect("it is there");
    let settings = format!(
        "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\nlocal-registry = {registry:?}\n"
    );
    fs::write(home.join("config.toml"), settings).expect("files can be written");
    project
}

fn run_at_home(project: &Project, arguments: &[&str]) -> Run {
    let mut command = project.program(arguments);
    command.env("CARGO_HOME", project.outside().join("cargo-home"));
    Run::of(&mut command).ended(0)
}

/// What rustc has to be asked about: the type of `sink`.
const ASKED: &str = "
pub fn asked(sinks: &std::collections::BTreeMap<u8, File>) -> io::Result<()> {
    use std::io::Write;
    for (_, mut sink) in sinks {
        for byte in 0..9 {
            sink.write_all(&[byte])?;
        }
    }
    Ok(())
}
";

#[test]
fn the_first_run_on_an_untouched_tree_says_what_the_second_says() {
    for calls in [CALLS.to_owned(), format!("{CALLS}{ASKED}")] {
        let project = untouched(&calls);
        let answer = || {
            let run = run_at_home(&project, &["--no-bench", "--format", "json"]);
            places(&run.json())
        };
        let first = answer();
        assert!(first.iter().any(|place| place == WALK), "{first:?}");
        assert_eq!(first, answer());
    }
}

#[test]
fn a_second_apply_on_an_untouched_tree_finds_nothing_more() {
    let project = untouched(CALLS);
    let apply = ["--apply", "--unsafe-fixes", "--allow-no-vcs", "--no-bench"];
    run_at_home(&project, &apply);
    let applied = project.read("src/lib.rs");
    assert!(applied.contains("BufReader"), "{applied}");
    run_at_home(&project, &apply);
    assert_eq!(project.read("src/lib.rs"), applied);
}
