//! What of a source file other crates can see: everything but the bodies of its functions.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Feeds the interface of a source text to a hash: equal texts but for function bodies, comments and layout give equal hashes.
///
/// Types never come out of a function's body into another crate, so answers for a crate hold while the interfaces of
/// its dependencies do. Bodies of `const fn` (array lengths come from them) and everything inside macros stay in. Text that cannot be read as tokens counts whole.
pub(super) fn hash_interface(text: &str, hasher: &mut blake3::Hasher) {
    match TokenStream::from_str(text) {
        Ok(tokens) => hash_tokens(tokens, hasher),
        Err(_) => {
            hasher.update(text.as_bytes());
        }
    }
}

fn hash_tokens(tokens: TokenStream, hasher: &mut blake3::Hasher) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // Inside a signature whose body is to be left out.
    let mut in_signature = false;
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &tokens[index]);
        match token {
            TokenTree::Ident(word) if word == "fn" => {
                in_signature = !is_const_function(&tokens[..index]);
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => in_signature = false,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let closes_generics = matches!(
                    tokens.get(index + 1),
                    Some(TokenTree::Punct(mark)) if matches!(mark.as_char(), '>' | ',')
                );
                if in_signature && !closes_generics {
                    in_signature = false;
                    hasher.update(b"{}");
                    continue;
                }
                hasher.update(b"{");
                let is_macro = is_mark(before, '!')
                    || (index >= 2
                        && matches!(before, Some(TokenTree::Ident(_)))
                        && is_mark(tokens.get(index - 2), '!'));
                if is_macro {
                    hasher.update(group.stream().to_string().as_bytes());
                } else {
                    hash_tokens(group.stream(), hasher);
                }
                hasher.update(b"}");
                continue;
            }
            _ => {}
        }
        hasher.update(token.to_string().as_bytes());
        hasher.update(b" ");
    }
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == mark)
}

/// Whether `const` is among the qualifiers that stand directly before a `fn`.
fn is_const_function(before: &[TokenTree]) -> bool {
    before
        .iter()
        .rev()
        .take_while(|token| match token {
            TokenTree::Ident(word) => ["const", "async", "unsafe", "extern", "safe"]
                .iter()
                .any(|known| word == known),
            TokenTree::Literal(_) => true,
            _ => false,
        })
        .any(|token| matches!(token, TokenTree::Ident(word) if word == "const"))
}

#[cfg(test)]
mod tests {
    use super::hash_interface;

    fn hash(text: &str) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        hash_interface(text, &mut hasher);
        hasher.finalize()
    }

    #[test]
    fn bodies_and_comments_do_not_count() {
        let before = "pub struct S { f: u8 }\nimpl S { pub fn get(&self) -> u8 { self.f } }";
        let after = "pub struct S { f: u8 }\nimpl S {\n // why\n pub fn get(&self) -> u8 { let x = 1; x } }";
        assert_eq!(hash(before), hash(after));
    }

    #[test]
    fn what_other_crates_see_counts() {
        let base = "pub fn f(a: u8) -> u8 { a }\npub struct S { f: u8 }";
        for changed in [
            "pub fn f(a: u8) -> u16 { a }\npub struct S { f: u8 }",
            "pub fn f(a: u8) -> u8 { a }\npub struct S { f: u16 }",
            "pub fn f(a: u8) -> u8 { a }\npub struct S { f: u8 }\nmod m { pub struct T; }",
        ] {
            assert_ne!(hash(base), hash(changed), "{changed}");
        }
    }

    #[test]
    fn constant_functions_and_macros_count_whole() {
        assert_ne!(
            hash("const fn n() -> usize { 1 }"),
            hash("const fn n() -> usize { 2 }")
        );
        assert_ne!(
            hash("macro_rules! m { () => { fn f() { 1 } } }"),
            hash("macro_rules! m { () => { fn f() { 2 } } }")
        );
    }
}
