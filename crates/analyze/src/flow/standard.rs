//! What std's functions make.

use super::BufferKind;
use crate::types::Ty;

/// What a call of a function of std, or of a crate that mirrors it, yields.
pub(super) enum Standard {
    /// A handle.
    Handle(Ty),
    /// A buffer round the argument of that position.
    Buffer { kind: BufferKind, argument: usize },
    /// A whole file's bytes.
    Content(Ty),
    /// A buffer of the caller's own.
    Fresh(Ty),
    /// The argument of position 0, as far as I/O is concerned.
    Same,
    /// Both arguments, in bulk.
    Copy,
    /// The argument, read to its end.
    ReadAll,
    /// The end of the argument's life.
    Drop,
    /// A file written whole: the second argument is the data.
    WriteWhole,
    /// Attributes of the path.
    Attributes,
    /// A plain value.
    Value(Ty),
}

pub(super) fn call(path: &str, arguments: &[Ty]) -> Option<Standard> {
    let first = || arguments.first().cloned().unwrap_or_default();
    let handle = |path: &str| Standard::Handle(Ty::external(path));
    Some(match path {
        "std::fs::File::open"
        | "std::fs::File::create"
        | "std::fs::File::create_new"
        | "tempfile::tempfile"
        | "tempfile::tempfile_in" => handle("std::fs::File"),
        "std::fs::File::options" | "std::fs::OpenOptions::new" => {
            Standard::Value(Ty::external("std::fs::OpenOptions"))
        }
        "fs_err::File::open" | "fs_err::File::create" => handle("fs_err::File"),
        "fs_err::OpenOptions::new" => Standard::Value(Ty::external("fs_err::OpenOptions")),
        "tokio::fs::File::open"
        | "tokio::fs::File::create"
        | "tokio::fs::File::create_new"
        | "tokio::fs::File::from_std" => handle("tokio::fs::File"),
        "async_std::fs::File::open" | "async_std::fs::File::create" => {
            handle("async_std::fs::File")
        }
        "async_std::fs::OpenOptions::new" => {
            Standard::Value(Ty::external("async_std::fs::OpenOptions"))
        }
        "tokio::fs::OpenOptions::new" | "tokio::fs::File::options" => {
            Standard::Value(Ty::external("tokio::fs::OpenOptions"))
        }
        "tempfile::NamedTempFile::new" | "tempfile::NamedTempFile::new_in" => {
            handle("tempfile::NamedTempFile")
        }
        "std::net::TcpStream::connect" | "std::net::TcpStream::connect_timeout" => {
            handle("std::net::TcpStream")
        }
        "std::os::unix::net::UnixStream::connect" => handle("std::os::unix::net::UnixStream"),
        "std::io::stdout" => handle("std::io::Stdout"),
        "std::io::stderr" => handle("std::io::Stderr"),
        "std::io::stdin" => handle("std::io::Stdin"),
        "std::io::sink" => Standard::Value(Ty::external("std::io::Sink")),
        "std::io::empty" | "std::io::repeat" => Standard::Value(Ty::external("std::io::Empty")),
        "std::io::BufReader::new" | "tokio::io::BufReader::new" => Standard::Buffer {
            kind: BufferKind::Reader,
            argument: 0,
        },
        "std::io::BufReader::with_capacity" | "tokio::io::BufReader::with_capacity" => {
            Standard::Buffer {
                kind: BufferKind::Reader,
                argument: 1,
            }
        }
        "std::io::BufWriter::new" | "tokio::io::BufWriter::new" => Standard::Buffer {
            kind: BufferKind::Writer,
            argument: 0,
        },
        "std::io::BufWriter::with_capacity" | "tokio::io::BufWriter::with_capacity" => {
            Standard::Buffer {
                kind: BufferKind::Writer,
                argument: 1,
            }
        }
        "std::io::LineWriter::new" => Standard::Buffer {
            kind: BufferKind::Lines,
            argument: 0,
        },
        "std::fs::read" | "fs_err::read" => Standard::Content(bytes()),
        "std::fs::read_to_string" | "fs_err::read_to_string" => {
            Standard::Content(Ty::external("std::string::String"))
        }
        "std::vec::Vec::new" | "std::vec::Vec::with_capacity" => {
            Standard::Fresh(Ty::External("std::vec::Vec".into(), vec![Ty::Unknown]))
        }
        "std::string::String::new" | "std::string::String::with_capacity" => {
            Standard::Fresh(Ty::external("std::string::String"))
        }
        "std::boxed::Box::new"
        | "std::rc::Rc::new"
        | "std::sync::Arc::new"
        | "std::sync::Mutex::new"
        | "std::cell::RefCell::new"
        | "std::result::Result::Ok"
        | "std::option::Option::Some"
        | "std::boxed::Box::pin"
        | "std::sync::RwLock::new"
        | "std::cell::Cell::new"
        | "std::io::Write::by_ref"
        | "std::io::Read::by_ref"
        | "std::pin::Pin::new"
        | "std::option::Option::Some::into"
        | "std::mem::take" => Standard::Same,
        "std::io::copy" => Standard::Copy,
        "std::io::read_to_string" => Standard::ReadAll,
        "std::mem::drop" | "std::mem::forget" => Standard::Drop,
        "std::fs::write" | "fs_err::write" => Standard::WriteWhole,
        "std::fs::metadata"
        | "std::fs::symlink_metadata"
        | "fs_err::metadata"
        | "fs_err::symlink_metadata" => Standard::Attributes,
        "std::fs::read_dir" | "fs_err::read_dir" => {
            Standard::Value(Ty::external("std::fs::ReadDir"))
        }
        "walkdir::WalkDir::new" => Standard::Value(Ty::external("walkdir::WalkDir")),
        "ignore::Walk::new" => Standard::Value(Ty::external("ignore::Walk")),
        "std::io::Cursor::new" => {
            Standard::Value(Ty::External("std::io::Cursor".into(), vec![first()]))
        }
        "std::string::String::from"
        | "std::string::String::from_utf8"
        | "std::string::String::from_utf8_lossy" => Standard::Same,
        "std::path::Path::new"
        | "std::path::PathBuf::from"
        | "std::path::PathBuf::new"
        | "std::env::temp_dir"
        | "std::env::current_dir"
        | "std::env::current_exe" => Standard::Value(Ty::external("std::path::PathBuf")),
        _ => return None,
    })
}

pub(super) fn bytes() -> Ty {
    Ty::External("std::vec::Vec".to_owned(), vec![Ty::external("u8")])
}

pub(super) fn buffer_ty(kind: BufferKind, over: Ty, asynchronous: bool) -> Ty {
    let path = match (kind, asynchronous) {
        (BufferKind::Reader, false) => "std::io::BufReader",
        (BufferKind::Writer, false) => "std::io::BufWriter",
        (BufferKind::Lines, _) => "std::io::LineWriter",
        (BufferKind::Reader, true) => "tokio::io::BufReader",
        (BufferKind::Writer, true) => "tokio::io::BufWriter",
    };
    Ty::External(path.to_owned(), vec![over])
}
