//! From a file's text to its tree.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::items::Lowering;
use super::shape;
use super::tree::Tree;

/// Parses a file.
///
/// # Errors
/// A sentence that says what is wrong and where.
pub(crate) fn parse(text: &str) -> Result<Tree, String> {
    let offset = prefix_length(text);
    let code = &text[offset..];
    if u32::try_from(text.len()).is_err() {
        return Err("it is larger than 4 GiB".to_owned());
    }
    let cuts = shape::cuts(code)?;
    if let Some(tree) = in_pieces(code, offset, cuts) {
        return Ok(tree);
    }
    parse_piece(code, offset).map_err(|error| {
        let line = error.line + text[..offset].matches('\n').count();
        format!(
            "it does not parse: line {line}, column {}: {}",
            error.column, error.message
        )
    })
}

/// What the parser does not like.
struct Refused {
    line: usize,
    column: usize,
    message: String,
}

/// The tree of a text that is cut between its items; `None` if a piece needs to know of another.
fn in_pieces(code: &str, offset: usize, cuts: Vec<usize>) -> Option<Tree> {
    // A condition on the whole file, and a macro that makes modules, are told to what follows.
    if cuts.is_empty() || code.contains("#![cfg") || code.contains("mod $") {
        return None;
    }
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([code.len()]);
    let pieces: Vec<(usize, usize)> = starts.zip(ends).collect();
    let trees = pieces.par_iter().map(|(start, end)| {
        let piece = &code[*start..*end];
        let inner = *start > 0 && (piece.contains("#![") || piece.contains("//!"));
        (!inner).then(|| parse_piece(piece, offset + start).ok())?
    });
    let mut whole = Tree::default();
    for tree in trees.collect::<Option<Vec<Tree>>>()? {
        whole.items.extend(tree.items);
        whole.uses.extend(tree.uses);
        whole.conditions.extend(tree.conditions);
        whole.rust_version = whole.rust_version.or(tree.rust_version);
    }
    Some(whole)
}

/// Parses the text from an offset on.
fn parse_piece(code: &str, offset: usize) -> Result<Tree, Refused> {
    let result = syn::parse_str::<syn::File>(code);
    let tree = match result {
        Ok(file) => Ok(Lowering::tree(code, offset, &file)),
        Err(error) => {
            let start = error.span().start();
            Err(Refused {
                line: start.line,
                column: start.column + 1,
                message: error.to_string(),
            })
        }
    };
    proc_macro2::extra::invalidate_current_thread_spans();
    tree
}

fn prefix_length(text: &str) -> usize {
    let bom = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let rest = &text[bom..];
    let shebang = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    let line = if shebang {
        rest.find('\n').unwrap_or(rest.len())
    } else {
        0
    };
    bom + line
}

#[cfg(test)]
mod tests {
    use super::{in_pieces, parse_piece};
    use crate::syntax::shape;

    fn long(item: &str) -> String {
        let mut code = "use std::fs;\n\n".to_owned();
        while code.len() < 80 * 1024 {
            code.push_str(item);
        }
        code
    }

    #[test]
    fn pieces_make_the_same_tree_as_the_whole() {
        let item = "/// ä\n#[cfg(unix)]\npub fn f(path: &str) -> Vec<u8> {\n    fs::read(path).unwrap()\n}\n\nimpl T {\n    fn g() {}\n}\n\nuse std::io;\n\n";
        let code = long(item);
        let cuts = shape::cuts(&code).expect("it is shallow");
        assert!(cuts.len() > 1);
        let pieces = in_pieces(&code, 3, cuts).expect("each piece parses");
        let whole = parse_piece(&code, 3).ok().expect("it parses");
        assert_eq!(format!("{pieces:?}"), format!("{whole:?}"));
    }

    #[test]
    fn what_the_pieces_would_have_to_tell_each_other_keeps_them_together() {
        let item = "pub fn f() -> usize {\n    1\n}\n\n";
        for told in [
            "#![cfg(test)]\n",
            "macro_rules! m {\n    ($a:ident) => {\n        mod $a;\n    };\n}\n",
        ] {
            let code = format!("{told}{}", long(item));
            let cuts = shape::cuts(&code).expect("it is shallow");
            assert!(!cuts.is_empty() && in_pieces(&code, 0, cuts).is_none());
        }
    }
}
