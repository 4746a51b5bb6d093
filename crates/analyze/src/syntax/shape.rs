//! How deep a text will make the parser recurse, and where its items end, found without parsing.

/// Brackets nested deeper than this are not parsed.
const DEEPEST_NESTING: usize = 700;
/// Code without `;`, `,` or braces that is longer than this is one expression or type nested link by link.
const LONGEST_RUN: usize = 64 * 1024;
/// Each `else if` is parsed inside the one before.
const MOST_ELSES: usize = 10_000;

/// Text between two places at which it is cut is at least that long, in bytes.
const SHORTEST_PIECE: usize = 16 * 1024;

/// What an item begins with that is not hidden in a macro.
const ITEMS: &[&str] = &[
    "pub ", "pub(", "fn ", "impl", "struct ", "enum ", "mod ", "use ", "trait ", "const ",
    "static ", "unsafe ", "extern ", "async ", "#[", "///",
];

/// Places between two items of a long text, at which it can be cut: it is parsed in less memory then, and by several threads.
///
/// # Errors
/// Why the text is not given to the parser, whose recursion would use up the stack.
pub(super) fn cuts(code: &str) -> Result<Vec<usize>, String> {
    let mut cuts = Vec::new();
    let bytes = code.as_bytes();
    let (mut depth, mut run, mut elses, mut at) = (0usize, 0usize, 0usize, 0usize);
    while at < bytes.len() {
        let byte = bytes[at];
        run += 1;
        match byte {
            b'/' | b'"' | b'\'' | b'r' => {
                let length = literal_or_comment(&bytes[at..]);
                if length > 0 {
                    at += length;
                    run -= 1;
                    continue;
                }
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' => (depth, run) = (depth + 1, 0),
            b'}' => {
                (depth, run) = (depth.saturating_sub(1), 0);
                let last = cuts.last().copied().unwrap_or_default();
                if depth == 0 && at - last >= SHORTEST_PIECE {
                    cuts.extend(next_item(code, at + 1));
                }
            }
            b';' | b',' => run = 0,
            b'e' => elses += usize::from(bytes[at..].starts_with(b"else")),
            _ => {}
        }
        if depth > DEEPEST_NESTING {
            return Err(format!("its brackets nest deeper than {DEEPEST_NESTING}"));
        }
        if run > LONGEST_RUN {
            return Err(format!(
                "it has an expression or type of more than {} KiB",
                LONGEST_RUN / 1024
            ));
        }
        at += 1;
    }
    if elses > MOST_ELSES {
        return Err(format!("it has more than {MOST_ELSES} `else`"));
    }
    // The last piece is long enough, too.
    if cuts
        .last()
        .is_some_and(|last| code.len() - last < SHORTEST_PIECE)
    {
        cuts.pop();
    }
    Ok(cuts)
}

/// Where the next item begins, if it does so at the beginning of a line.
fn next_item(code: &str, from: usize) -> Option<usize> {
    let rest = &code[from..];
    let item = rest.trim_start();
    let at = rest.len() - item.len();
    let begins = rest[..at].ends_with('\n') && ITEMS.iter().any(|word| item.starts_with(word));
    begins.then_some(from + at)
}

/// Length of the string, character or comment that a text starts with; 0 if it starts with none.
fn literal_or_comment(rest: &[u8]) -> usize {
    let until = |end: &[u8], from: usize| {
        rest[from..]
            .windows(end.len())
            .position(|window| window == end)
            .map_or(rest.len(), |found| from + found + end.len())
    };
    match rest {
        [b'/', b'/', ..] => {
            let end = rest.iter().position(|byte| *byte == b'\n');
            end.map_or(rest.len(), |end| end + 1)
        }
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => quoted(rest, b'"'),
        [b'r', b'"', ..] => until(b"\"", 2),
        [b'r', b'#', ..] => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return 0;
            }
            let mut end = vec![b'"'];
            end.extend(std::iter::repeat_n(b'#', hashes));
            until(&end, hashes + 2)
        }
        // A lifetime has no closing quote.
        [b'\'', b'\\', ..] => quoted(rest, b'\''),
        [b'\'', _, b'\'', ..] => 3,
        _ => 0,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::{SHORTEST_PIECE, cuts};

    #[test]
    fn brackets_in_literals_and_comments_do_not_count() {
        let line = "(\"({[\", '(', r#\"[[\"#, /* (( /* (( */ */ 1), // ((((\n";
        assert_eq!(cuts(&line.repeat(2000)), Ok(Vec::new()));
        assert!(cuts(&"(".repeat(1000)).is_err());
    }

    #[test]
    fn long_chains_are_refused() {
        assert!(cuts(&format!("fn f() {{ a{} }}", ".by_ref()".repeat(20_000))).is_err());
        assert!(cuts(&"if a {} else ".repeat(20_000)).is_err());
    }

    #[test]
    fn a_long_text_is_cut_between_its_items() {
        let long = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(SHORTEST_PIECE / 4));
        let code = format!("{long}\n#[test]\n{long};\n{long}// end\n");
        let first = long.len() + 1;
        assert_eq!(cuts(&code), Ok(vec![first]));
        assert!(code[first..].starts_with("#[test]"));
    }
}
