//! What the oracle says of receivers of every kind.

use crate::support::Project;
use toolchain::KnownType;

const MANIFEST: &str = r#"
[workspace]
members = ["app", "library", "tokio"]
resolver = "2"
"#;

const TOKIO: &str =
    "pub mod fs { pub struct File; impl File { pub async fn write_all(&mut self, _: &[u8]) {} } }";

const LIBRARY: &str = r#"
use std::fs::File;
use std::io::{BufReader, Read, Write};
pub struct Log { pub out: File }
pub fn bare(path: &str) -> std::io::Result<File> { let f = File::open(path)?; /*library file*/(f).metadata()?; Ok(f) }
pub fn opaque() -> impl Read { std::io::empty() }
pub fn drain<W: Write>(mut w: W) { /*generic*/(w).write_all(b"x").unwrap(); }
pub fn through(log: &mut Log) { /*field*/(log.out).write_all(b"x").unwrap(); }
pub fn reader(f: File) -> BufReader<File> { BufReader::new(f) }
"#;

const APP: &str = r#"
use std::io::{self, Read, Write, BufRead};
mod own {
    pub struct File;
    impl File { pub fn create(_: &str) -> Self { Self } pub fn put(&mut self) {} }
}
struct Holder { sink: Box<dyn Write + Send>, file: std::fs::File }
impl Holder {
    fn go(&mut self) -> io::Result<()> {
        /*boxed field*/(self.sink).write_all(b"x")?;
        write!(/*macro argument*/(self.file), "{}", 1)
    }
}
async fn later() {
    let mut f = tokio::fs::File;
    let job = async { let mut g = tokio::fs::File; /*async block*/(g).write_all(b"").await; };
    job.await;
    /*tokio*/(f).write_all(b"").await;
}
macro_rules! twice { ($a:expr, $b:expr) => { twice!(@ $a); twice!(@ $b) }; (@ $e:expr) => { let v = $e; let _ = &/*macro body*/(v); }; }
fn main() -> io::Result<()> {
    let file = library::bare("a")?;
    let mut f = /*constructor*/(std::fs::File::create("x")?);
    /*file*/(f).write_all(b"x")?;
    let mut reader = library::reader(file);
    /*buffered*/(reader).read_line(&mut String::new())?;
    let mut opaque = library::opaque();
    /*opaque*/(opaque).read(&mut [0])?;
    let mut sink: Box<dyn Write> = Box::new(io::stdout());
    /*coerced*/(sink).write_all(b"x")?;
    let mut mine = own::File::create("x");
    /*own file*/(mine).put();
    let write = |out: &mut std::net::TcpStream| /*closure argument*/(out).write_all(b"x");
    let mut grown = Vec::new();
    /*inferred later*/(grown).push(1u8);
    let shared = std::sync::Arc::new(std::sync::Mutex::new(f));
    /*guard*/(shared.lock().unwrap()).write_all(b"x")?;
    /*outer*/(/*inner*/(std::fs::File::create("y")?).try_clone()?).write_all(b"x")?;
    let nothing = /*not inferred*/(Default::default());
    let _: u8 = nothing;
    let mut lock = io::stdin().lock();
    /*lock*/(lock).read_until(b'\n', &mut grown)?;
    let bytes: &[u8] = b"abc";
    /*bytes*/(bytes).len();
    for entry in std::fs::read_dir(".")? { /*entry*/(entry?).path(); }
    twice!(1u8, String::new());
    Ok(())
}
"#;

fn project() -> Project {
    let package = |name: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{dependencies}"
        )
    };
    Project::new(&[
        ("Cargo.toml", MANIFEST),
        (
            "app/Cargo.toml",
            &package(
                "app",
                "library = { path = \"../library\" }\ntokio = { path = \"../tokio\" }",
            ),
        ),
        ("app/src/main.rs", APP),
        ("library/Cargo.toml", &package("library", "")),
        ("library/src/lib.rs", LIBRARY),
        ("tokio/Cargo.toml", &package("tokio", "")),
        ("tokio/src/lib.rs", TOKIO),
    ])
}

#[test]
fn every_kind_of_receiver_is_answered_in_one_cargo_invocation() {
    use KnownType as K;
    let project = project();
    let (answers, result) = project.ask(
        &project.options(),
        &["app/src/main.rs", "library/src/lib.rs"],
    );
    let expected: &[(&str, &[KnownType], &str)] = &[
        ("boxed field", &[K::DynWrite], "Box<dyn"),
        ("macro argument", &[K::File], "File"),
        ("async block", &[K::TokioFile], "File"),
        ("tokio", &[K::TokioFile], "File"),
        ("constructor", &[K::File], "File"),
        ("file", &[K::File], "File"),
        ("buffered", &[K::BufReader, K::BufRead], "BufReader<"),
        ("opaque", &[], "impl "),
        ("coerced", &[K::DynWrite], "Box<dyn"),
        ("own file", &[], "File"),
        ("closure argument", &[K::TcpStream], "&mut "),
        ("inferred later", &[K::ByteVector], "Vec<u8>"),
        ("guard", &[K::File], "MutexGuard<"),
        ("outer", &[K::File], "File"),
        ("inner", &[K::File], "File"),
        ("not inferred", &[], "u8"),
        ("lock", &[K::StdinLock, K::BufRead], "StdinLock<"),
        ("bytes", &[K::ByteSlice, K::BufRead], "&[u8]"),
        ("entry", &[K::DirEntry], "DirEntry"),
        ("library file", &[K::File], "File"),
        ("generic", &[], "W"),
        ("field", &[K::File], "File"),
    ];
    for (name, known, text) in expected {
        let (_, found) = answers.iter().find(|(found, _)| found == name).expect(name);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0].known, *known, "{name}: {found:?}");
        assert!(found[0].text.contains(text), "{name}: {found:?}");
    }
    let (_, body) = answers
        .iter()
        .find(|(name, _)| name == "macro body")
        .expect("it is marked");
    let texts: Vec<_> = body.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(texts.len(), 2, "{body:?}");
    assert_eq!(answers.len(), expected.len() + 1);
    assert_eq!(result.executed.len(), 1);
    assert_eq!(result.asked, ["app", "library"]);
    assert!(result.failed.is_empty());
}
