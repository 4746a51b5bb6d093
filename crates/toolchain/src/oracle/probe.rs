//! Probes: calls that make rustc say what the type of an expression is.
//!
//! A probe is a call of a function with a bound that no type meets, so that type checking ends in one error (E0277) per
//! probe, whose message is ours and holds the type. Three things are in that bound:
//! - the number of the question, a constant;
//! - the type of an integer literal. It is open until the body has been checked and then falls back to `i32`, and only
//!   then the bound is known not to hold: so the type is printed as it is at the end of the body, not as it is known
//!   at the probe;
//! - one open type per type that is told from its namesakes. For each of these there is a trait `Is<A>` that every type
//!   implements with `A = No`, and the asked type with `A = Yes` as well: there `A` stays open, and prints as `_`. Impls
//!   decide, not names, in the same single error.
//!
//! Bodies with type errors are not borrow checked, so a probe may move what it looks at.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A type that impls tell from others of the same name. References, `Box`, `Rc`, `Arc` and guards around it count as it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KnownType {
    /// `std::fs::File`.
    File,
    /// `std::io::BufReader` of anything.
    BufReader,
    /// `std::io::BufWriter` of anything.
    BufWriter,
    /// `std::io::LineWriter` of anything.
    LineWriter,
    /// `std::net::TcpStream`.
    TcpStream,
    /// `std::os::unix::net::UnixStream`; never on other platforms.
    UnixStream,
    /// `std::process::ChildStdin`.
    ChildStdin,
    /// `std::process::ChildStdout`.
    ChildStdout,
    /// `std::process::ChildStderr`.
    ChildStderr,
    /// `std::io::Stdout`.
    Stdout,
    /// `std::io::StdoutLock`.
    StdoutLock,
    /// `std::io::Stderr`.
    Stderr,
    /// `std::io::StderrLock`.
    StderrLock,
    /// `std::io::Stdin`.
    Stdin,
    /// `std::io::StdinLock`.
    StdinLock,
    /// `Vec<u8>`.
    ByteVector,
    /// `[u8]`, also as `&[u8]`, and arrays of bytes.
    ByteSlice,
    /// `std::io::Cursor` of anything.
    Cursor,
    /// `String`.
    String,
    /// `std::fs::DirEntry`.
    DirEntry,
    /// `std::fs::Metadata`.
    Metadata,
    /// `std::path::Path`.
    Path,
    /// `std::path::PathBuf`.
    PathBuf,
    /// `dyn std::io::Read`, with or without `Send` and `Sync`.
    DynRead,
    /// `dyn std::io::Write`, with or without `Send` and `Sync`.
    DynWrite,
    /// `tokio::fs::File`; asked for where the package depends on tokio.
    TokioFile,
    /// Something that implements `std::io::BufRead`: reading from it in small pieces is cheap, or its author's concern.
    BufRead,
}

impl KnownType {
    /// The path of the type, without what it holds; `None` where another type stands behind it.
    #[must_use]
    pub fn path(self) -> Option<&'static str> {
        Some(match self {
            Self::File => "std::fs::File",
            Self::BufReader | Self::BufRead => "std::io::BufReader",
            Self::BufWriter => "std::io::BufWriter",
            Self::LineWriter => "std::io::LineWriter",
            Self::TcpStream => "std::net::TcpStream",
            Self::UnixStream => "std::os::unix::net::UnixStream",
            Self::ChildStdin => "std::process::ChildStdin",
            Self::ChildStdout => "std::process::ChildStdout",
            Self::ChildStderr => "std::process::ChildStderr",
            Self::Stdout => "std::io::Stdout",
            Self::StdoutLock => "std::io::StdoutLock",
            Self::Stderr => "std::io::Stderr",
            Self::StderrLock => "std::io::StderrLock",
            Self::Stdin => "std::io::Stdin",
            Self::StdinLock => "std::io::StdinLock",
            Self::ByteVector | Self::ByteSlice => "std::vec::Vec",
            Self::Cursor => "std::io::Cursor",
            Self::String => "std::string::String",
            Self::DirEntry => "std::fs::DirEntry",
            Self::Metadata => "std::fs::Metadata",
            Self::Path | Self::PathBuf => "std::path::PathBuf",
            Self::TokioFile => "tokio::fs::File",
            Self::DynRead | Self::DynWrite => return None,
        })
    }
}

const BYTES: &[(&str, &str)] = &[("", "[u8]"), ("const L: usize", "[u8; L]")];
const DYN_READ: &[(&str, &str)] = &[
    ("'a", "dyn io::Read + 'a"),
    ("'a", "dyn io::Read + Send + 'a"),
    ("'a", "dyn io::Read + Sync + 'a"),
    ("'a", "dyn io::Read + Send + Sync + 'a"),
];
const DYN_WRITE: &[(&str, &str)] = &[
    ("'a", "dyn io::Write + 'a"),
    ("'a", "dyn io::Write + Send + 'a"),
    ("'a", "dyn io::Write + Sync + 'a"),
    ("'a", "dyn io::Write + Send + Sync + 'a"),
];

/// Each known type with the generics and the types of its impls, in the order of their answers in a message.
const KNOWN: [(KnownType, &[(&str, &str)]); 27] = [
    (KnownType::File, &[("", "fs::File")]),
    (KnownType::BufReader, &[("R: ?Sized", "io::BufReader<R>")]),
    (
        KnownType::BufWriter,
        &[("W: ?Sized + io::Write", "io::BufWriter<W>")],
    ),
    (
        KnownType::LineWriter,
        &[("W: ?Sized + io::Write", "io::LineWriter<W>")],
    ),
    (KnownType::TcpStream, &[("", "net::TcpStream")]),
    (KnownType::UnixStream, &[("", "os::unix::net::UnixStream")]),
    (KnownType::ChildStdin, &[("", "process::ChildStdin")]),
    (KnownType::ChildStdout, &[("", "process::ChildStdout")]),
    (KnownType::ChildStderr, &[("", "process::ChildStderr")]),
    (KnownType::Stdout, &[("", "io::Stdout")]),
    (KnownType::StdoutLock, &[("'a", "io::StdoutLock<'a>")]),
    (KnownType::Stderr, &[("", "io::Stderr")]),
    (KnownType::StderrLock, &[("'a", "io::StderrLock<'a>")]),
    (KnownType::Stdin, &[("", "io::Stdin")]),
    (KnownType::StdinLock, &[("'a", "io::StdinLock<'a>")]),
    (KnownType::ByteVector, &[("", "Vec<u8>")]),
    (KnownType::ByteSlice, BYTES),
    (KnownType::Cursor, &[("C", "io::Cursor<C>")]),
    (KnownType::String, &[("", "String")]),
    (KnownType::DirEntry, &[("", "fs::DirEntry")]),
    (KnownType::Metadata, &[("", "fs::Metadata")]),
    (KnownType::Path, &[("", "path::Path")]),
    (KnownType::PathBuf, &[("", "path::PathBuf")]),
    (KnownType::DynRead, DYN_READ),
    (KnownType::DynWrite, DYN_WRITE),
    (KnownType::TokioFile, &[("", "tokio::fs::File")]),
    // Its own trait decides, and std's impls for references and boxes: nothing is peeled here.
    (KnownType::BufRead, &[("B: ?Sized + io::BufRead", "B")]),
];

/// What a type may be wrapped in and still count as it.
const WRAPPERS: [&str; 9] = [
    "&T",
    "&mut T",
    "Box<T>",
    "Rc<T>",
    "Arc<T>",
    "MutexGuard<'_, T>",
    "RwLockWriteGuard<'_, T>",
    "Ref<'_, T>",
    "RefMut<'_, T>",
];

/// What rustc said to one question at one place: the type as it prints it, and which known types it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Answer {
    /// The type in rustc's words. A hint: a crate's own `File` may print as `File`, and long types are shortened.
    pub text: String,
    /// The known types it is, in their order.
    pub known: Vec<KnownType>,
}

/// The module that makes probes work, to be put at the end of a crate root.
///
/// It works in every edition, under `no_std` where the target has a standard library, and for lints that are capped.
/// `tokio` is the name of the tokio crate in the package's code.
pub(super) fn module(tokio: Option<&str>) -> String {
    let mut text = String::from(
        "\nmod __io_probe {\n    extern crate std as s;\n    #[allow(unused_imports)]\n    \
         use self::s::prelude::v1::*;\n    use self::s::{cell::{Ref, RefMut}, fs, io, net, os, path, process, \
         rc::Rc, sync::{Arc, MutexGuard, RwLockWriteGuard}};\n",
    );
    if let Some(name) = tokio {
        let _ = writeln!(text, "    extern crate {name} as tokio;");
    }
    text.push_str("    pub struct Id<const N: u64>;\n    pub struct Yes;\n    pub struct No;\n");
    let mut parameters = String::new();
    let mut bounds = String::new();
    let mut answers = String::new();
    for (index, (known, impls)) in KNOWN.iter().enumerate() {
        let _ = write!(parameters, ", A{index}");
        let _ = write!(bounds, "Is{index}<A{index}> + ");
        let _ = write!(answers, "{{A{index}}} ");
        let _ = writeln!(
            text,
            "    pub trait Is{index}<A> {{}}\n    impl<T: ?Sized> Is{index}<No> for T {{}}"
        );
        if *known == KnownType::TokioFile && tokio.is_none() {
            continue;
        }
        // The target's platform counts, not that of this program.
        let platform = if *known == KnownType::UnixStream {
            "#[cfg(unix)] "
        } else {
            ""
        };
        for (generics, name) in *impls {
            let _ = writeln!(
                text,
                "    {platform}impl<{generics}> Is{index}<Yes> for {name} {{}}"
            );
        }
        if *known == KnownType::BufRead {
            continue;
        }
        for wrapper in WRAPPERS {
            let _ = writeln!(
                text,
                "    impl<T: ?Sized + Is{index}<Yes>> Is{index}<Yes> for {wrapper} {{}}"
            );
        }
    }
    let _ = writeln!(
        text,
        "    #[diagnostic::on_unimplemented(message = \"{MARK} {{N}} {answers}{{Self}}\", label = \"\")]\n    \
         pub trait Probe<const N: u64, D{parameters}> {{}}"
    );
    // Two impls keep the literal's type open until it falls back to `i32`, for which there is none.
    for open in ["u8", "u16"] {
        let _ = writeln!(
            text,
            "    impl<T: ?Sized, const N: u64{parameters}> Probe<N, {open}{parameters}> for T {{}}"
        );
    }
    let _ = writeln!(
        text,
        "    impl<const N: u64> Id<N> {{\n        pub fn see<T: ?Sized, D{parameters}>(self, _: &T, _: D) where T: \
         {bounds}Probe<N, D{parameters}> {{}}\n    }}\n}}"
    );
    text
}

const MARK: &str = "IO_PROBE";

/// The expression with a probe around it, to stand where the expression stands.
pub(super) fn instrument(id: u64, expression: &str, is_place: bool) -> String {
    if is_place {
        // A place is looked at where it is: it may be unsized, and what it is borrowed as matters.
        format!("({{ crate::__io_probe::Id::<{id}>.see(&({expression}), 0); {expression} }})")
    } else {
        format!("({{ let t = {expression}; crate::__io_probe::Id::<{id}>.see(&t, 0); t }})")
    }
}

/// Whether an expression is a plain path, field or dereference, which may be written twice.
pub(super) fn is_place(expression: &str) -> bool {
    expression
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '*' | ' '))
        && !expression.ends_with(".await")
}

/// The number of the question and the answer in a message of rustc; `None` for other messages, and no answer where
/// rustc does not know, or does not print, the whole type.
pub(super) fn parse(message: &str) -> Option<(u64, Option<Answer>)> {
    let mut rest = message.strip_prefix(MARK)?.strip_prefix(' ')?;
    let mut word = || {
        let (word, after) = rest.split_once(' ')?;
        rest = after;
        Some(word)
    };
    let id = word()?.parse().ok()?;
    let mut known = Vec::new();
    for (kind, _) in KNOWN {
        if word()? == "_" {
            known.push(kind);
        }
    }
    let is_whole = !has_hole(rest);
    Some((
        id,
        is_whole.then(|| Answer {
            text: rest.to_owned(),
            known,
        }),
    ))
}

/// Whether a printed type has `_` for a part that was not inferred, or `...` for one that was left out. The lifetime `'_`
/// is neither.
fn has_hole(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'');
    text.contains("...")
        || text.contains("{type error}")
        || text.split(|c| !is_word(c)).any(|word| word == "_")
}
