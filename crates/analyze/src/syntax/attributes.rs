//! What stands before an item: its attributes and how far it is visible.

use super::patterns::ident;
use super::tree::Context;
use crate::words::words;

pub(super) fn outer_context(outer: Context, attributes: &[syn::Attribute]) -> Context {
    let mut context = outer;
    for attribute in attributes {
        let Some(name) = attribute
            .path()
            .segments
            .last()
            .map(|segment| ident(&segment.ident))
        else {
            continue;
        };
        context.test |= makes_a_test(&name);
        if name == "cfg" {
            let condition = match &attribute.meta {
                syn::Meta::List(list) => list.tokens.to_string(),
                _ => String::new(),
            };
            let words = words(&condition).map(|(_, word)| word);
            let tests = |word| matches!(word, "test" | "doctest");
            if words.clone().any(tests) && !words.clone().any(|word| word == "not") {
                context.test = true;
            } else {
                context.conditional = true;
                context.elsewhere |= leaves_out_unix(words);
            }
        }
    }
    context
}

/// Whether an attribute of that name has a harness run the function.
fn makes_a_test(name: &str) -> bool {
    matches!(
        name,
        "test" | "rstest" | "bench" | "proptest" | "quickcheck"
    ) || name.starts_with("test_")
        || name.ends_with("_test")
}

/// Whether the words of a condition choose systems that are no Unix.
fn leaves_out_unix<'a>(mut words: impl Iterator<Item = &'a str> + Clone) -> bool {
    let names = |wanted: &[&str]| words.clone().any(|word| wanted.contains(&word));
    let unix = names(&["unix", "linux", "macos"]);
    if names(&["not"]) {
        unix
    } else {
        !unix && words.any(|word| matches!(word, "windows" | "wasm" | "wasm32" | "wasi"))
    }
}

pub(super) fn path_attribute(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    if !pair.path.is_ident("path") {
        return None;
    }
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

pub(super) fn is_private(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Inherited)
}

pub(super) fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}
