//! What a name means where it stands: each case is a tiny project in which the marked lines are found, and no others.

use crate::support::{Case, check};

/// A type of the project that is called like std's and keeps its bytes in memory.
const OWN: (&str, &str) = (
    "src/own.rs",
    "pub struct File(Vec<u8>);
impl File {
    pub fn create(_: &str) -> std::io::Result<Self> { Ok(Self(Vec::new())) }
}
impl std::io::Write for File {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> { self.0.write(bytes) }
    fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
}
",
);

#[test]
fn use_statements() {
    check(&[
        Case {
            name: "a list with self and another name",
            files: &[(
                "src/lib.rs",
                r#"use std::{fs::{self, File as Disk}, io::{self, Write as _}};
pub fn by_another_name(v: &[u32]) -> io::Result<()> {
    let mut out = Disk::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn by_module(v: &[u32]) -> io::Result<()> {
    let mut out = fs::File::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn by_whole_path(v: &[u32]) -> io::Result<()> {
    let mut out = ::std::fs::File::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#,
            )],
        },
        Case {
            name: "globs, which a name of its own beats",
            files: &[
                (
                    "src/lib.rs",
                    r#"mod own;
pub mod theirs {
    use std::fs::*;
    use std::io::*;
    pub fn f(v: &[u32]) -> Result<()> {
        let mut out = File::create("a")?; //~ unbuffered_write
        for x in v { writeln!(out, "{x}")?; }
        Ok(())
    }
}
pub mod ours {
    use std::fs::*;
    use std::io::*;
    use crate::own::File;
    pub fn f(v: &[u32]) -> Result<()> {
        let mut out = File::create("a")?;
        for x in v { writeln!(out, "{x}")?; }
        Ok(())
    }
}
"#,
                ),
                OWN,
            ],
        },
        Case {
            name: "a use in a function, and one that hides the module's",
            files: &[
                (
                    "src/lib.rs",
                    r#"mod own;
use std::io::{Result, Write};
pub fn inside(v: &[u32]) -> Result<()> {
    use std::fs::File as Log;
    let mut out = Log::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub mod hidden {
    use std::fs::File;
    use std::io::{Result, Write};
    pub fn theirs(v: &[u32]) -> Result<()> {
        let mut out = File::create("a")?; //~ unbuffered_write
        for x in v { writeln!(out, "{x}")?; }
        Ok(())
    }
    pub fn ours(v: &[u32]) -> Result<()> {
        use crate::own::File;
        let mut out = File::create("a")?;
        for x in v { writeln!(out, "{x}")?; }
        Ok(())
    }
}
"#,
                ),
                OWN,
            ],
        },
    ]);
}

#[test]
fn paths() {
    check(&[
        Case {
            name: "self, super and crate",
            files: &[(
                "src/lib.rs",
                r#"pub use std::fs::File as Log;
use std::io::{Result, Write};
pub fn from_self(v: &[u32]) -> Result<()> {
    let mut out = self::Log::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub mod outer {
    use std::io::{Result, Write};
    pub struct Log(pub Vec<u8>);
    impl Log { pub fn create(_: &str) -> Result<Vec<u8>> { Ok(Vec::new()) } }
    pub mod inner {
        use std::io::{Result, Write};
        pub fn from_super(v: &[u32]) -> Result<()> {
            let mut out = super::Log::create("a")?;
            for x in v { writeln!(out, "{x}")?; }
            Ok(())
        }
        pub fn from_super_twice(v: &[u32]) -> Result<()> {
            let mut out = super::super::Log::create("a")?; //~ unbuffered_write
            for x in v { writeln!(out, "{x}")?; }
            Ok(())
        }
        pub fn from_crate(v: &[u32]) -> Result<()> {
            let mut out = crate::Log::create("a")?; //~ unbuffered_write
            for x in v { writeln!(out, "{x}")?; }
            Ok(())
        }
    }
}
"#,
            )],
        },
        Case {
            name: "aliases, of aliases, in other modules",
            files: &[(
                "src/lib.rs",
                r#"mod kinds {
    pub type Log = std::fs::File;
    pub type Boxed<T> = Box<T>;
    pub type Memory = Vec<u8>;
}
type Output = kinds::Log;
use std::io::{Result, Write};
pub fn alias(v: &[u32]) -> Result<()> {
    let mut out = Output::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn parameter(mut out: kinds::Log, v: &[u32]) -> Result<()> {
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn in_memory(v: &[u32]) -> Result<kinds::Memory> {
    let mut out = kinds::Memory::new();
    for x in v { writeln!(out, "{x}")?; }
    Ok(out)
}
pub fn caller(v: &[u32]) -> Result<()> {
    parameter(std::fs::File::create("a")?, v) //~ unbuffered_write
}
"#,
            )],
        },
        Case {
            name: "a glob brings no private import of a module that it does not lie in",
            files: &[
                ("src/lib.rs", "mod own;\nmod memory;\nmod disk;\n"),
                (
                    "src/memory.rs",
                    r#"use crate::own::File;
pub fn kept() -> std::io::Result<File> { File::create("a") }
pub mod below {
    use super::*;
    use std::io::Write;
    pub fn names(v: &[u32]) -> std::io::Result<()> {
        let mut out = File::create("a")?;
        for x in v { writeln!(out, "{x}")?; }
        Ok(())
    }
}
"#,
                ),
                (
                    "src/disk.rs",
                    r#"use crate::memory::*;
use std::fs::*;
use std::io::Write;
pub fn names(v: &[u32]) -> std::io::Result<()> {
    kept()?;
    let mut out = File::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#,
                ),
                OWN,
            ],
        },
        Case {
            name: "re-exports by name and by glob",
            files: &[(
                "src/lib.rs",
                r#"mod first { pub use std::fs::File; }
mod second { pub use super::first::*; }
pub mod prelude { pub use crate::second::File as Target; }
pub fn f(v: &[u32]) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = prelude::Target::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#,
            )],
        },
        Case {
            name: "modules that name each other by globs end",
            files: &[(
                "src/lib.rs",
                r#"mod a { pub use super::b::*; pub use super::c::*; }
mod b { pub use super::a::*; pub use super::c::*; }
mod c { pub use super::a::*; pub use super::b::*; pub use std::fs::*; }
use a::*;
pub fn f(v: &[u32]) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::fs::File::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    let _ = Unknown::create("b");
    Ok(())
}
"#,
            )],
        },
    ]);
}

#[test]
fn items_in_functions() {
    check(&[Case {
        name: "a function, and a type that hides std's, in a function",
        files: &[(
            "src/lib.rs",
            r#"use std::fs::File;
use std::io::{Result, Write};
pub fn outer(v: &[u32]) -> Result<()> {
    fn inner(v: &[u32]) -> Result<()> {
        let mut out = File::create("a")?; //~ unbuffered_write
        for x in v { writeln!(out, "{x}")?; }
        Ok(())
    }
    inner(v)
}
pub fn hidden(v: &[u32]) -> Result<()> {
    struct File;
    impl File { fn create(_: &str) -> Result<Vec<u8>> { Ok(Vec::new()) } }
    let mut out = File::create("a")?;
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#,
        )],
    }]);
}

#[test]
fn names_like_those_of_std() {
    check(&[
        Case {
            name: "a File of the crate",
            files: &[
                (
                    "src/lib.rs",
                    r#"mod own;
use own::File;
use std::io::{Result, Write};
pub fn f(v: &[u32]) -> Result<()> {
    let mut out = File::create("a")?;
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#,
                ),
                OWN,
            ],
        },
        Case {
            name: "a BufReader and a BufWriter of the crate",
            files: &[(
                "src/lib.rs",
                r#"use std::io::{Cursor, Read, Result, Write};
pub struct BufReader<R>(R);
impl<R: Read> BufReader<R> {
    pub fn new(inner: R) -> Self { Self(inner) }
    pub fn all(&mut self) -> Result<Vec<u8>> { let mut all = Vec::new(); self.0.read_to_end(&mut all)?; Ok(all) }
}
pub struct BufWriter<W>(W);
impl<W: Write> BufWriter<W> {
    pub fn new(inner: W) -> Self { Self(inner) }
    pub fn put(&mut self, text: &str) -> Result<()> { self.0.write_all(text.as_bytes()) }
}
pub fn in_memory(bytes: Vec<u8>) -> Result<Vec<u8>> { BufReader::new(Cursor::new(bytes)).all() }
pub fn to_disk(text: &str) -> Result<()> {
    let mut out = BufWriter::new(std::fs::File::create("a")?);
    out.put(text)
}
"#,
            )],
        },
        Case {
            name: "a module that is called like a dependency",
            files: &[(
                "src/lib.rs",
                r#"use std::fs::File;
mod serde_json {
    pub fn to_writer(mut out: impl std::io::Write, text: &str) -> std::io::Result<()> { out.write_all(text.as_bytes()) }
}
pub fn ours(text: &str) -> std::io::Result<()> { serde_json::to_writer(File::create("a")?, text) }
pub fn theirs(text: &str) -> std::io::Result<()> {
    ::serde_json::to_writer(File::create("a")?, text)?; //~ unbuffered_serde
    Ok(())
}
"#,
            )],
        },
    ]);
}

#[test]
fn crates() {
    check(&[
        Case {
            name: "dependencies by another name, from the manifest and from the code",
            files: &[(
                "src/lib.rs",
                r#"extern crate serde_json as quick;
use std::fs::File;
pub fn in_the_manifest(text: &str) -> std::io::Result<()> {
    json::to_writer(File::create("a")?, text)?; //~ unbuffered_serde
    Ok(())
}
pub fn in_the_code(text: &str) -> std::io::Result<()> {
    quick::to_writer(File::create("a")?, text)?; //~ unbuffered_serde
    Ok(())
}
pub fn no_dependency(text: &str) -> std::io::Result<()> {
    unknown_json::to_writer(File::create("a")?, text)?;
    Ok(())
}
"#,
            )],
        },
        Case {
            name: "two crates of one workspace",
            files: &[
                (
                    "src/lib.rs",
                    r#"use std::fs::File;
use std::io::Result;
pub fn by_its_name(v: &[u32]) -> Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    used::rows(&mut out, v)
}
pub fn by_another_name(v: &[u32]) -> Result<()> {
    let mut out = renamed::Log::create("a")?; //~ unbuffered_write
    renamed::inner::again(&mut out, v)
}
pub fn once(bytes: &[u8]) -> Result<()> {
    let mut out = File::create("a")?;
    used::once(&mut out, bytes)
}
"#,
                ),
                (
                    "used/src/lib.rs",
                    r#"pub use std::fs::File as Log;
use std::io::{Result, Write};
pub fn rows(out: &mut dyn Write, v: &[u32]) -> Result<()> {
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn once(out: &mut dyn Write, bytes: &[u8]) -> Result<()> { out.write_all(bytes) }
pub mod inner { pub use super::rows as again; }
"#,
                ),
            ],
        },
    ]);
}
