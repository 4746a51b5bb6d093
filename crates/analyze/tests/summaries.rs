//! What is said of a dependency by its own source.

use std::path::{Path, PathBuf};

use analyze::{Analysis, CrateInput, Loader};
use model::TargetKind;

use crate::support::Project;

fn lines(files: &[(&str, &str)]) -> Vec<String> {
    Project::library(files).load().summary().0.lines()
}

#[test]
fn a_loop_over_small_pieces_is_seen_through_fields_and_exports() {
    let root = "mod inner; pub use inner::deep::Reader as Walker; pub mod prelude { pub use crate::inner::*; }";
    let deep = "
use std::io::Read;
pub struct Reader<R> { inner: R }
impl<T: Read> Reader<T> {
    pub fn new(inner: T) -> Self { Self { inner } }
    pub fn all(&mut self) { loop { self.one(); } }
    fn one(&mut self) { let mut bytes = [0; 4]; self.inner.read_exact(&mut bytes).unwrap(); }
}";
    let files = [
        ("src/lib.rs", root),
        ("src/inner.rs", "pub mod deep;"),
        ("src/inner/deep.rs", deep),
    ];
    let said = ": Read Small, kept";
    let expected = [
        format!("Walker::new 0{said}"),
        format!("inner::deep::Reader::new 0{said}"),
        format!("prelude::deep::Reader::new 0{said}"),
    ];
    assert_eq!(lines(&files), expected);
}

#[test]
fn bulk_and_buffers_are_told_apart() {
    let root = "
use std::io::{BufReader, Read, Write};
pub fn bulk(mut from: impl Read) { let mut all = Vec::new(); from.read_to_end(&mut all).unwrap(); }
pub fn few(from: &mut dyn Read) { let mut bytes = [0; 4]; from.read_exact(&mut bytes).unwrap(); }
pub fn buffers<R>(from: R) where R: Read {
    let mut from = BufReader::new(from);
    loop { let mut bytes = [0; 4]; from.read_exact(&mut bytes).unwrap(); }
}
pub fn writes(count: usize, to: &mut impl Write) { for _ in 0..count { to.write_all(b\"x\").unwrap(); } }
";
    let expected = [
        "buffers 0: Read Buffers",
        "bulk 0: Read Bulk",
        "few 0: Read Bulk",
        "writes 1: Write Small",
    ];
    assert_eq!(lines(&[("src/lib.rs", root)]), expected);
}

#[test]
fn nothing_is_said_of_what_is_not_seen() {
    let root = "
use std::fs::File;
use std::io::{BufRead, Read, Write};
pub fn closure<R: Read>(from: R, run: impl Fn(R)) { run(from); }
pub fn passed_on<R: Read>(from: R) { elsewhere::read(from); }
pub fn own_type(from: &mut File) { loop { let mut bytes = [0; 4]; from.read_exact(&mut bytes).unwrap(); } }
pub fn lines(from: impl BufRead) { for line in from.lines() { line.unwrap(); } }
pub fn of_the_callers_size<R: Read>(mut from: R, into: &mut [u8]) { from.read_exact(into).unwrap(); }
pub fn handed_back<R: Read>(from: R) -> R { from }
pub fn both<T: Read + Write>(with: &mut T) { loop { with.write_all(b\"x\").unwrap(); } }
fn private<W: Write>(to: &mut W) { loop { to.write_all(b\"x\").unwrap(); } }
#[cfg(test)]
pub fn tested<W: Write>(to: &mut W) { loop { to.write_all(b\"x\").unwrap(); } }
pub struct Kept<R> { inner: R }
impl<R: Read> Kept<R> {
    pub fn new(inner: R) -> Self { Kept { inner } }
    pub fn one(&mut self) { let mut bytes = [0; 4]; self.inner.read_exact(&mut bytes).unwrap(); }
}
impl<R: Read> Read for Kept<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> { self.inner.read(into) }
}
";
    assert_eq!(lines(&[("src/lib.rs", root)]), Vec::<String>::new());
}

#[test]
fn what_is_learnt_decides_and_the_table_stands_over_it() {
    let dependency = "
pub mod to { pub fn save<W: std::io::Write>(mut to: W) { loop { to.write_all(b\"x\").unwrap(); } } }
pub use to::save;
pub fn to_writer<W: std::io::Write>(mut to: W) { to.write_all(&vec![0; 100_000]).unwrap(); }
";
    let (summary, _) = Project::library(&[("src/lib.rs", dependency)])
        .load()
        .summary();
    let calls = "
use std::fs::File;
pub fn a() { foo::save(File::create(\"a\").unwrap()); }
pub fn b() { foo::to::save(&mut File::create(\"b\").unwrap()); }
pub fn c() { serde_json::to_writer(File::create(\"c\").unwrap(), &1).unwrap(); }
";
    let dependencies = [("foo", "foo"), ("serde_json", "serde_json")];
    let mut analysis = Project::default()
        .file("src/lib.rs", calls)
        .target("app", TargetKind::Library, "src/lib.rs", &dependencies)
        .load();
    assert_eq!(analysis.run(&[]).silent, ["foo"]);
    analysis.learn("foo", "1.0.0", &summary);
    analysis.learn("serde_json", "1.0.0", &summary);
    let outcome = analysis.run(&[]);
    assert!(outcome.silent.is_empty());
    let rules: Vec<&str> = outcome.findings.iter().map(|it| it.rule.name).collect();
    let expected = ["unbuffered_write", "unbuffered_write", "unbuffered_serde"];
    assert_eq!(rules, expected);
}

#[test]
fn what_another_crate_exports_is_asked_there() {
    let facade = "pub use foo::Writer; pub use foo::more::*;";
    let facade = Project::default().file("src/lib.rs", facade).target(
        "facade",
        TargetKind::Library,
        "src/lib.rs",
        &[("foo", "foo")],
    );
    let calls = "pub fn a() { facade::save(std::fs::File::create(\"a\").unwrap()); }";
    let mut analysis = Project::default()
        .file("src/lib.rs", calls)
        .target(
            "app",
            TargetKind::Library,
            "src/lib.rs",
            &[("facade", "facade")],
        )
        .load();
    assert_eq!(analysis.run(&[]).silent, ["facade"]);
    analysis.learn("facade", "1.0.0", &facade.load().summary().0);
    assert_eq!(analysis.run(&[]).silent, ["foo"]);
}

#[test]
fn of_two_versions_only_what_both_say_counts() {
    let of = |body: &str| {
        let root = format!("pub fn save<W: std::io::Write>(mut to: W) {{ {body} }}");
        Project::library(&[("src/lib.rs", &root)])
            .load()
            .summary()
            .0
    };
    let small = of("loop { to.write_all(b\"x\").unwrap(); }");
    let bulk = of("to.write_all(&vec![0; 100_000]).unwrap();");
    let calls = "pub fn a() { foo::save(std::fs::File::create(\"a\").unwrap()); }";
    let found = |second| {
        let mut analysis = Project::default()
            .file("src/lib.rs", calls)
            .target("app", TargetKind::Library, "src/lib.rs", &[("foo", "foo")])
            .load();
        analysis.learn("foo", "1.0.0", &small);
        analysis.learn("foo", "2.0.0", second);
        analysis.run(&[]).findings.len()
    };
    assert_eq!((found(&small), found(&bulk)), (1, 0));
}

/// Holds the table against the sources that cargo has unpacked: `cargo test -p io-optimize-analyze -- --ignored --nocapture`.
#[test]
#[ignore = "it says how well both agree on this machine's sources, and fails only if that is by less than half"]
fn the_table_and_the_sources_agree() {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::home_dir().unwrap_or_default().join(".cargo"),
        PathBuf::from,
    );
    let registries = std::fs::read_dir(home.join("registry/src"));
    let folders = registries.into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = folders
        .flat_map(|it| std::fs::read_dir(it.path()).into_iter().flatten().flatten())
        .map(|it| it.path())
        .collect();
    folders.sort();
    let (mut same, mut different, mut silent) = (0, 0, 0);
    for folder in folders {
        let Some((input, version)) = library(&folder) else {
            continue;
        };
        let name = input.name.clone();
        let analysis = Analysis::load(&[input], &[], &Folder(folder.clone()), &folder);
        let agreement = analysis.summary().0.agreement(&name, &version);
        for line in &agreement.different {
            println!("{line}");
        }
        for line in &agreement.silent {
            println!("{line}: source silent");
        }
        same += agreement.same.len();
        different += agreement.different.len();
        silent += agreement.silent.len();
    }
    println!("{same} the same, {different} different, {silent} left out by the summary");
    assert!(same >= different);
}

struct Folder(PathBuf);

impl Loader for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(std::fs::read(self.0.join(path)).ok())
    }
}

fn library(folder: &Path) -> Option<(CrateInput, String)> {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let manifest: toml::Table = text.parse().ok()?;
    let package = manifest.get("package")?;
    let name = package.get("name")?.as_str()?.to_owned();
    let version = package.get("version")?.as_str()?.to_owned();
    let library = manifest.get("lib");
    let path = library.and_then(|it| it.get("path")?.as_str());
    let called = library.and_then(|it| it.get("name")?.as_str());
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let dependencies = dependencies.into_iter().flatten().map(|(key, value)| {
        let package = value.get("package").and_then(toml::Value::as_str);
        (
            key.replace('-', "_"),
            package.unwrap_or(key).replace('-', "_"),
        )
    });
    let input = CrateInput {
        name: called.map_or_else(|| name.replace('-', "_"), str::to_owned),
        package: name,
        kind: TargetKind::Library,
        rust_version: None,
        root: path.unwrap_or("src/lib.rs").to_owned(),
        dependencies: dependencies.collect(),
        features: Vec::new(),
        selected: false,
    };
    Some((input, version))
}
