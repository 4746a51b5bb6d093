//! The texts: pieces of the project's fixtures and sources with something changed, and tokens in any order.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;

use crate::project;

/// Longer pieces make slow inputs and find no more.
const LONGEST: usize = 2000;

const TOKENS: &[&str] = &[
    "fn",
    "f",
    "g",
    "x",
    "let",
    "mut",
    "=",
    ";",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    ":",
    "::",
    ".",
    "&",
    "*",
    "?",
    "|",
    "||",
    "->",
    "=>",
    "!",
    "#",
    "..",
    "'a",
    "'a'",
    "\"é\"",
    "b\"\\0\"",
    "1",
    "0x",
    "1.0",
    "r#\"\"#",
    "async",
    "await",
    "move",
    "for",
    "in",
    "while",
    "loop",
    "if",
    "else",
    "match",
    "return",
    "break",
    "impl",
    "dyn",
    "trait",
    "struct",
    "enum",
    "type",
    "use",
    "mod",
    "pub",
    "self",
    "Self",
    "super",
    "crate",
    "where",
    "unsafe",
    "const",
    "static",
    "std",
    "io",
    "fs",
    "File",
    "open",
    "create",
    "Read",
    "Write",
    "BufReader",
    "BufWriter",
    "new",
    "read",
    "write",
    "write_all",
    "read_exact",
    "read_to_end",
    "flush",
    "seek",
    "lines",
    "println!",
    "writeln!",
    "vec!",
    "macro_rules!",
    "$x",
    "$",
    "Vec",
    "u8",
    "Result",
    "Ok",
    "_",
    "//\n",
    "/*",
    "*/",
    "#[cfg(test)]",
    "#[path = \"0.rs\"]",
    "include!(\"1.rs\")",
    "→",
    "\u{feff}",
    "\r\n",
    "\n",
];

pub(super) struct Seeds {
    pieces: Vec<String>,
}

impl Seeds {
    pub(super) fn of(root: &Path) -> Result<Self> {
        let mut pieces = Vec::new();
        for folder in ["fixtures", "crates"] {
            for path in project::files(root, folder, "rs")? {
                let path = root.join(path);
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("could not read {}", path.display()))?;
                let imports: Vec<&str> = text
                    .lines()
                    .filter(|it| it.starts_with("use ") && it.ends_with(';'))
                    .collect();
                let imports = imports.join("\n");
                // Items at the top end so.
                let items = text.split_inclusive("\n}\n");
                let short = items.filter(|it| it.len() <= LONGEST);
                pieces
                    .extend(short.map(|it| format!("{imports}\n{}", it.trim_start_matches("//!"))));
            }
        }
        ensure!(!pieces.is_empty(), "there are no sources to start from");
        Ok(Self { pieces })
    }

    pub(super) fn input(&self, random: &mut Rng) -> Vec<u8> {
        if random.u8(..8) == 0 {
            return tokens(random).into_bytes();
        }
        let mut text = self.piece(random).as_bytes().to_vec();
        for _ in 0..random.u8(1..3) {
            self.mutate(&mut text, random);
        }
        text
    }

    fn piece(&self, random: &mut Rng) -> &str {
        &self.pieces[random.usize(..self.pieces.len())]
    }

    fn mutate(&self, text: &mut Vec<u8>, random: &mut Rng) {
        let (from, to) = range(text, random);
        match random.u8(..8) {
            0 => drop(text.drain(from..to)),
            1 => {
                let copy = text[from..to].to_vec();
                let at = random.usize(..=text.len());
                text.splice(at..at, copy);
            }
            2 => {
                let other = self.piece(random).as_bytes();
                let (start, end) = range(other, random);
                text.splice(from..to, other[start..end].iter().copied());
            }
            3 => text.extend_from_slice(self.piece(random).as_bytes()),
            4 if !text.is_empty() => {
                let at = random.usize(..text.len());
                text[at] = random.u8(..);
            }
            5 => text.truncate(to),
            _ => {
                let token = TOKENS[random.usize(..TOKENS.len())];
                text.splice(from..from, format!(" {token} ").bytes());
            }
        }
    }
}

/// A short range, mostly from one border of words to another.
fn range(text: &[u8], random: &mut Rng) -> (usize, usize) {
    let border = |from: usize| {
        let rest = text[from..].iter();
        from + rest
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count()
    };
    let start = border(random.usize(..=text.len()));
    let end = (start + random.usize(..80)).min(text.len());
    (start, border(end))
}

fn tokens(random: &mut Rng) -> String {
    let count = random.usize(1..120);
    let tokens = (0..count).map(|_| TOKENS[random.usize(..TOKENS.len())]);
    tokens.collect::<Vec<_>>().join(" ")
}
