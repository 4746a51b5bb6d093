//! Macros whose arguments are read: their input is parsed as expressions, or else as statements.

use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;

use super::items::Lowering;
use super::patterns::ident;
use super::tree::{Block, Expr, ExprKind, Macro, TextRange};
use crate::words::is_part;

/// `value; length`, as in `vec![0; n]`.
struct Repeated(syn::Expr, syn::Expr);

impl Parse for Repeated {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = input.parse()?;
        input.parse::<syn::Token![;]>()?;
        Ok(Self(value, input.parse()?))
    }
}

impl Lowering<'_> {
    pub(super) fn macro_call(&self, mac: &syn::Macro) -> Macro {
        let name = mac
            .path
            .segments
            .last()
            .map(|segment| ident(&segment.ident))
            .unwrap_or_default();
        let mut arguments = Vec::new();
        let mut body = None;
        let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(parsed) = list.parse2(mac.tokens.clone()) {
            arguments.extend(parsed.iter().map(|argument| self.expr(argument)));
        } else if let Ok(Repeated(value, length)) = syn::parse2(mac.tokens.clone()) {
            arguments.extend([self.expr(&value), self.expr(&length)]);
        } else if let Ok(statements) = syn::Block::parse_within.parse2(mac.tokens.clone()) {
            let statements: Vec<_> = statements
                .iter()
                .map(|statement| self.statement(statement))
                .collect();
            let start = statements.first().map_or(0, |first| first.range.start);
            let end = statements.last().map_or(start, |last| last.range.end);
            body = Some(Block {
                statements,
                range: TextRange::new(start, end),
            });
        }
        let format = arguments.iter().take(3).find_map(literal_text);
        let captures = format.as_deref().map(captured_names).unwrap_or_default();
        Macro {
            name,
            arguments,
            captures,
            format,
            body,
        }
    }

    pub(super) fn macro_range(&self, mac: &syn::Macro) -> TextRange {
        let start = self.path_start(&mac.path);
        TextRange::new(start, self.end(mac.delimiter.span().close()))
    }
}

fn literal_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The names in a format string's `{name}` and `{name:…}`.
fn captured_names(format: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = format;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let end = rest.find(['}', ':']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        let starts_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if starts_well && name.chars().all(is_part) {
            names.push(name.to_owned());
        }
        rest = &rest[end..];
    }
    names
}

#[cfg(test)]
mod tests {
    use super::captured_names;

    #[test]
    fn captured_names_skip_positions_and_escapes() {
        assert_eq!(
            captured_names("{a} {{b}} {0} {} {c:>3} {d:?}"),
            ["a", "c", "d"]
        );
    }
}
