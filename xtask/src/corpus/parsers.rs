//! What other parsers say of a file that the audit could not take.

use std::fmt;
use std::fs;
use std::path::Path;
use std::thread;

use super::accepts;

/// Whether each accepts it; `None` if it could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdicts {
    /// rustc's own parser, as rustfmt has it.
    rustc: Option<bool>,
    syn: Option<bool>,
}

impl Verdicts {
    /// Whether the audit lost a file that rustc takes.
    pub(super) fn is_lost(self) -> bool {
        self.rustc == Some(true)
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |accepted: Option<bool>| match accepted {
            Some(true) => "accepts it",
            Some(false) => "rejects it too",
            None => "was not asked",
        };
        write!(out, "rustc {}, syn {}", word(self.rustc), word(self.syn))
    }
}

/// Room for syn's recursion.
const STACK_BYTES: usize = 512 * 1024 * 1024;

pub(super) fn ask(path: &Path) -> Verdicts {
    let Ok(bytes) = fs::read(path) else {
        return Verdicts {
            rustc: None,
            syn: None,
        };
    };
    // Any edition will do: a file need only be right in its own.
    let rustc = ["2024", "2018", "2015"]
        .iter()
        .filter_map(|edition| accepts("rustfmt", &["--edition", edition], &bytes))
        .max();
    let parse = move || std::str::from_utf8(&bytes).is_ok_and(|text| syn::parse_file(text).is_ok());
    let syn = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(parse)
        .ok()
        .and_then(|thread| thread.join().ok());
    Verdicts { rustc, syn }
}
