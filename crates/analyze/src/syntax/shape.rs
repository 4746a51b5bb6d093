//! How deep a text will make the parser recurse, found without recursion.

/// Brackets nested deeper than this are not parsed.
const DEEPEST_NESTING: usize = 700;
/// Code without `;`, `,` or braces that is longer than this is one expression or type nested link by link.
const LONGEST_RUN: usize = 64 * 1024;
/// Each `else if` is parsed inside the one before.
const MOST_ELSES: usize = 10_000;

/// Why a text is not given to the parser, whose recursion would use up the stack.
pub(super) fn too_deep(code: &str) -> Option<String> {
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
            b'}' => (depth, run) = (depth.saturating_sub(1), 0),
            b';' | b',' => run = 0,
            b'e' => elses += usize::from(bytes[at..].starts_with(b"else")),
            _ => {}
        }
        if depth > DEEPEST_NESTING {
            return Some(format!("its brackets nest deeper than {DEEPEST_NESTING}"));
        }
        if run > LONGEST_RUN {
            return Some(format!(
                "it has an expression or type of more than {} KiB",
                LONGEST_RUN / 1024
            ));
        }
        at += 1;
    }
    (elses > MOST_ELSES).then(|| format!("it has more than {MOST_ELSES} `else`"))
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
    use super::too_deep;

    #[test]
    fn brackets_in_literals_and_comments_do_not_count() {
        let line = "(\"({[\", '(', r#\"[[\"#, /* (( /* (( */ */ 1), // ((((\n";
        assert_eq!(too_deep(&line.repeat(2000)), None);
        assert!(too_deep(&"(".repeat(1000)).is_some());
    }

    #[test]
    fn long_chains_are_refused() {
        assert!(too_deep(&format!("fn f() {{ a{} }}", ".by_ref()".repeat(20_000))).is_some());
        assert!(too_deep(&"if a {} else ".repeat(20_000)).is_some());
    }
}
