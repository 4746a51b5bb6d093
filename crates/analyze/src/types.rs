//! Types as far as I/O needs them.
//!
//! Layers that change nothing about how a handle is used are seen through: references, `Box`, `Rc`, `Arc`, `Mutex`,
//! `RefCell`, `Option`, `Result` and futures all stand for what they hold.

use crate::index::TypeId;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Ty {
    #[default]
    Unknown,
    /// A type outside the workspace, by its path as std or the dependency exports it; `u8` and `str` by their names.
    External(String, Vec<Ty>),
    /// A struct or enum of the workspace.
    Local(TypeId, Vec<Ty>),
    Slice(Box<Ty>),
    Tuple(Vec<Ty>),
    /// A type parameter, `impl Trait` or `dyn Trait`: only its bounds are known, by their full paths.
    Abstract(Vec<String>),
    /// What different branches yield.
    OneOf(Vec<Ty>),
}

/// What a type is to I/O.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    /// Each operation is a system call on a regular or special file.
    File,
    /// Each operation is a system call on a socket.
    Socket,
    /// Each operation is a system call on a pipe to a child.
    Pipe,
    /// Line-buffered by std.
    Stdout,
    /// Never buffered, on purpose.
    Stderr,
    /// Buffered by std.
    Stdin,
    /// A file of an async runtime.
    AsyncFile,
    BufferedReader,
    BufferedWriter,
    Memory,
    /// Known by its bounds only.
    Abstract {
        buffered: bool,
    },
    /// Known by the bounds of an async runtime only.
    AsyncAbstract,
    /// Not a handle, or not known to be one.
    Other,
}

impl Handle {
    /// Whether many small operations on it are many system calls.
    pub(crate) fn is_bare(self) -> bool {
        matches!(self, Self::File | Self::Socket | Self::Pipe)
    }
}

const TRANSPARENT: &[&str] = &[
    "Box",
    "Rc",
    "Arc",
    "RefCell",
    "Cell",
    "Mutex",
    "RwLock",
    "Pin",
    "MutexGuard",
    "RwLockWriteGuard",
    "RwLockReadGuard",
    "Cow",
    "ManuallyDrop",
    "OnceCell",
    "OnceLock",
    "Option",
    "Result",
    "RefMut",
    "Ref",
    "Wrapping",
    "Reverse",
    "Poll",
    "LazyLock",
    "LazyCell",
    "Peekable",
];

const PATH_BUF: &str = "std::path::PathBuf";

/// Stands for the path of a type of which the compiler says that it is no handle, and no more.
pub(crate) const ANOTHER: &str = "another type";

impl Ty {
    pub(crate) fn external(path: &str) -> Self {
        Self::External(path.to_owned(), Vec::new())
    }

    /// A type with arguments, or what a transparent layer holds.
    pub(crate) fn applied(path: String, arguments: Vec<Self>) -> Self {
        let name = path.rsplit("::").next().unwrap_or(&path);
        let standard = path.starts_with("std::");
        // Crates give their own names to a `Result` with their own error.
        if standard && TRANSPARENT.contains(&name) || name.ends_with("Result") {
            return arguments.into_iter().next().unwrap_or_default();
        }
        Self::External(path, arguments)
    }

    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::External(path, _) => Some(path),
            _ => None,
        }
    }

    pub(crate) fn arguments(&self) -> &[Self] {
        match self {
            Self::External(_, arguments) | Self::Local(_, arguments) => arguments,
            _ => &[],
        }
    }

    pub(crate) fn is(&self, path: &str) -> bool {
        self.path() == Some(path)
    }

    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// What one turn over a value of this type yields.
    pub(crate) fn element(&self) -> Self {
        match self {
            Self::Slice(inner) => (**inner).clone(),
            Self::External(path, arguments) => match path.as_str() {
                "std::fs::ReadDir" => Self::external("std::fs::DirEntry"),
                "walkdir::WalkDir" | "walkdir::IntoIter" => Self::external("walkdir::DirEntry"),
                "ignore::Walk" => Self::external("ignore::DirEntry"),
                PATH_BUF => Self::Unknown,
                _ if arguments.len() == 1 => arguments[0].clone(),
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    /// The path of a directory entry of that type: whoever keeps it could have kept what the entry knows.
    pub(crate) fn entry_path(entry: &str) -> Self {
        Self::External(PATH_BUF.to_owned(), vec![Self::external(entry)])
    }

    /// The type of the entries whose paths this is, or has among its parts.
    pub(crate) fn entry_of_path(&self) -> Option<&str> {
        match self {
            Self::External(path, arguments) if path == PATH_BUF => arguments.first()?.path(),
            Self::Tuple(all) => all.iter().find_map(Self::entry_of_path),
            _ => None,
        }
    }

    /// Whether it is a list that may hold the paths of entries.
    pub(crate) fn may_hold_paths(&self) -> bool {
        let may_hold = |held: &Self| match held {
            Self::Unknown | Self::Tuple(_) => true,
            held => held.is(PATH_BUF) || held.is("std::path::Path"),
        };
        match self {
            Self::External(path, arguments) => {
                path.starts_with("std::")
                    && arguments.len() == 1
                    && arguments.iter().all(may_hold)
                    && path != PATH_BUF
            }
            _ => false,
        }
    }

    /// The same with the paths of entries as elements, if it is a list that may hold them.
    pub(crate) fn holding(self, element: &Self) -> Self {
        let holds = self.may_hold_paths() && element.entry_of_path().is_some();
        match self {
            Self::External(path, _) if holds => Self::External(path, vec![element.clone()]),
            other => other,
        }
    }

    /// The type a value has that comes from either.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == other || !other.is_known() {
            return self;
        }
        if !self.is_known() {
            return other;
        }
        if self.is(PATH_BUF) && other.is(PATH_BUF) {
            return match self.entry_of_path() {
                Some(_) => self,
                None => other,
            };
        }
        let mut all = match self {
            Self::OneOf(all) => all,
            one => vec![one],
        };
        let more = match other {
            Self::OneOf(more) => more,
            one => vec![one],
        };
        for one in more {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        Self::OneOf(all)
    }

    pub(crate) fn handle(&self) -> Handle {
        match self {
            Self::External(path, arguments) => external_handle(path, arguments),
            Self::Slice(_) => Handle::Memory,
            Self::Abstract(bounds) => {
                let has = |name: &str| {
                    bounds
                        .iter()
                        .any(|bound| bound.rsplit("::").next() == Some(name))
                };
                if has("BufRead") || has("AsyncBufRead") {
                    Handle::Abstract { buffered: true }
                } else if has("Read") || has("Write") || has("Seek") {
                    Handle::Abstract { buffered: false }
                } else if has("AsyncRead")
                    || has("AsyncReadExt")
                    || has("AsyncWrite")
                    || has("AsyncWriteExt")
                {
                    Handle::AsyncAbstract
                } else {
                    Handle::Other
                }
            }
            Self::OneOf(all) => {
                let handles = || all.iter().map(Self::handle);
                handles()
                    .find(|handle| handle.is_bare())
                    .or_else(|| handles().next())
                    .unwrap_or(Handle::Other)
            }
            Self::Tuple(_) | Self::Local(..) | Self::Unknown => Handle::Other,
        }
    }
}

fn external_handle(path: &str, arguments: &[Ty]) -> Handle {
    match path {
        "std::fs::File"
        | "fs_err::File"
        | "std::os::fd::OwnedFd"
        | "tempfile::NamedTempFile"
        | "tempfile::SpooledTempFile" => Handle::File,
        "std::net::TcpStream" | "std::os::unix::net::UnixStream" | "std::net::UdpSocket" => {
            Handle::Socket
        }
        "std::process::ChildStdin"
        | "std::process::ChildStdout"
        | "std::process::ChildStderr"
        | "std::io::PipeReader"
        | "std::io::PipeWriter" => Handle::Pipe,
        "std::io::Stdout" | "std::io::StdoutLock" => Handle::Stdout,
        "std::io::Stderr" | "std::io::StderrLock" => Handle::Stderr,
        "std::io::Stdin" | "std::io::StdinLock" => Handle::Stdin,
        "tokio::fs::File" | "async_std::fs::File" => Handle::AsyncFile,
        "std::io::BufReader" | "tokio::io::BufReader" => Handle::BufferedReader,
        "std::io::BufWriter" | "std::io::LineWriter" | "tokio::io::BufWriter" => {
            Handle::BufferedWriter
        }
        "std::vec::Vec"
        | "std::string::String"
        | "std::io::Cursor"
        | "str"
        | "bytes::Bytes"
        | "bytes::BytesMut"
        | "std::io::Empty"
        | "std::io::Sink"
        | "memmap2::Mmap"
        | "memmap2::MmapMut"
        | "memmap::Mmap"
        | "std::collections::VecDeque" => Handle::Memory,
        "std::io::Take" | "std::io::Chain" => arguments.first().map_or(Handle::Other, Ty::handle),
        _ => Handle::Other,
    }
}
