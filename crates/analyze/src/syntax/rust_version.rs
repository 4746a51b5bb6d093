//! The oldest compiler that a crate names for clippy.

use semver::{Comparator, Op, Version};
use syn::{Expr, ExprLit, Lit, Meta};

/// What `#![clippy::msrv = "1.2"]` says at the head of a file, of which clippy lets the last numbers be left out; `None` without it, or
/// where it is no version.
pub(super) fn rust_version(file: &syn::File) -> Option<Version> {
    let named = file.attrs.iter().find_map(|attribute| {
        let Meta::NameValue(named) = &attribute.meta else {
            return None;
        };
        let mut names = named.path.segments.iter().map(|segment| &segment.ident);
        let is_msrv = names.next()? == "clippy" && names.next()? == "msrv";
        match &named.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) if is_msrv => Some(text.value()),
            _ => None,
        }
    })?;
    let version = Comparator::parse(&named).ok()?;
    let is_plain = version.op == Op::Caret && named.starts_with(|c: char| c.is_ascii_digit());
    is_plain.then(|| {
        Version::new(
            version.major,
            version.minor.unwrap_or(0),
            version.patch.unwrap_or(0),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::rust_version;

    #[test]
    fn versions_may_be_short_and_what_is_none_is_left() {
        let said = |text: &str| {
            let file = syn::parse_str(text).expect("it parses");
            rust_version(&file).map(|version| version.to_string())
        };
        let full = said("#![warn(unused)]\n#![clippy::msrv = \"1.60.1\"]\nfn f() {}");
        assert_eq!(full.as_deref(), Some("1.60.1"));
        assert_eq!(
            said("#![clippy::msrv = \"1.60\"]").as_deref(),
            Some("1.60.0")
        );
        for other in [
            "#![clippy::msrv = \"new\"]",
            "#![clippy::msrv = \">=1.60\"]",
            "#![clippy::msrv = 1.60]",
            "#![clippy::msrv]",
            "#![rustfmt::msrv = \"1.60\"]",
            "#[clippy::msrv = \"1.60\"]\nfn f() {}",
        ] {
            assert_eq!(said(other), None, "{other}");
        }
    }
}
