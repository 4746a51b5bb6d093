//! What rewrites onto the runtime crate have in common.

use model::{DependencySource, Fix, Requirement};

use crate::types::Ty;

/// A fix that calls the runtime crate, which its package has to depend on, and the measured way that it stands for.
pub(crate) fn onto_runtime(fix: Fix, method: &str) -> Fix {
    let runtime = Requirement::Dependency {
        name: "io-optimize".to_owned(),
        version: concat!("=", env!("CARGO_PKG_VERSION")).to_owned(),
        source: DependencySource::Registry,
    };
    Fix {
        requires: vec![runtime],
        method: Some(method.to_owned()),
        ..fix
    }
}

/// Whether the crate's `io_copy` takes a reader of that type as it is.
pub(crate) fn is_copied_from(ty: &Ty) -> bool {
    match ty.path() {
        Some("std::io::BufReader" | "std::io::Take") => {
            matches!(ty.arguments(), [inner] if is_copied_from(inner))
        }
        Some(path) => {
            is_either_way(path)
                || matches!(
                    path,
                    "std::process::ChildStdout"
                        | "std::process::ChildStderr"
                        | "std::io::Stdin"
                        | "std::io::StdinLock"
                )
        }
        None => false,
    }
}

/// Whether the crate's `io_copy` takes a writer of that type as it is.
pub(crate) fn is_copied_to(ty: &Ty) -> bool {
    match ty.path() {
        Some("std::io::BufWriter") => {
            matches!(ty.arguments(), [inner] if is_copied_to(inner))
        }
        Some(path) => {
            is_either_way(path)
                || matches!(
                    path,
                    "std::process::ChildStdin"
                        | "std::io::Stdout"
                        | "std::io::StdoutLock"
                        | "std::io::Stderr"
                        | "std::io::StderrLock"
                )
        }
        None => false,
    }
}

fn is_either_way(path: &str) -> bool {
    matches!(
        path,
        "std::fs::File" | "std::net::TcpStream" | "std::os::unix::net::UnixStream"
    )
}

#[cfg(test)]
mod tests {
    use super::{is_copied_from, is_copied_to};
    use crate::types::Ty;

    #[test]
    fn streams_of_std_are_taken_and_what_is_not_known_is_not() {
        let file = || Ty::external("std::fs::File");
        let round = |path: &str, inner| Ty::External(path.to_owned(), vec![inner]);
        assert!(is_copied_from(&round("std::io::BufReader", file())));
        assert!(is_copied_to(&round("std::io::BufWriter", file())));
        assert!(is_copied_to(&Ty::external("std::io::Stdout")));
        assert!(!is_copied_from(&Ty::external("std::io::Stdout")));
        assert!(!is_copied_from(&Ty::external("flate2::read::GzDecoder")));
        let unknown = round("std::io::BufReader", Ty::Unknown);
        assert!(!is_copied_from(&unknown) && !is_copied_to(&unknown));
    }
}
