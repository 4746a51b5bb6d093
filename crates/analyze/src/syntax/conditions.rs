//! What is compiled under a `#[cfg]` only.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use rustc_hash::FxHashSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::items::Lowering;
use super::patterns::ident;
use super::tree::TextRange;

/// The predicate of a `#[cfg]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// A name or a pair, as rustc prints it: `unix`, `feature="x"`.
    Set(String),
}

impl Condition {
    pub(crate) fn holds(&self, set: &FxHashSet<&str>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(set)),
            Self::Any(any) => any.iter().any(|one| one.holds(set)),
            Self::Not(inner) => !inner.holds(set),
            Self::Set(name) => set.contains(name.as_str()),
        }
    }
}

/// The stretches of a file that are compiled under a condition, and the conditions; `mentions` are the places where it says `cfg`.
pub(super) fn conditions(
    lowering: &Lowering<'_>,
    file: &syn::File,
    mentions: &[u32],
) -> Vec<(TextRange, Condition)> {
    let mut collector = Collector {
        lowering,
        mentions,
        found: Vec::new(),
    };
    let whole = TextRange::new(0, u32::MAX);
    collector.attributes(&file.attrs, || whole);
    collector.visit_file(file);
    collector.found
}

struct Collector<'a> {
    lowering: &'a Lowering<'a>,
    mentions: &'a [u32],
    found: Vec<(TextRange, Condition)>,
}

impl Collector<'_> {
    fn attributes(&mut self, attributes: &[syn::Attribute], range: impl FnOnce() -> TextRange) {
        let written = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"));
        let conditions =
            written.filter_map(|attribute| condition(&attribute.parse_args::<syn::Meta>().ok()?));
        // Tests are told apart elsewhere.
        let is_test = |one: &Condition| matches!(one, Condition::Set(name) if name == "test");
        let mut conditions = conditions.filter(|one| !is_test(one)).peekable();
        if conditions.peek().is_some() {
            let range = range();
            self.found
                .extend(conditions.map(|condition| (range, condition)));
        }
    }

    fn node(&mut self, attributes: &[syn::Attribute], node: &impl Spanned) {
        let lowering = self.lowering;
        self.attributes(attributes, || lowering.spanned(node));
    }

    /// `cfg_if! { if #[cfg(a)] { … } else { … } }`: each branch needs that none before it was taken.
    fn branches(&mut self, tokens: TokenStream) {
        let mut before: Vec<Condition> = Vec::new();
        let mut own = None;
        for token in tokens {
            let TokenTree::Group(group) = token else {
                continue;
            };
            match group.delimiter() {
                Delimiter::Bracket => {
                    let written = syn::parse2::<syn::Meta>(group.stream()).ok();
                    own = written.and_then(|meta| match meta {
                        syn::Meta::List(list) if list.path.is_ident("cfg") => {
                            condition(&list.parse_args::<syn::Meta>().ok()?)
                        }
                        _ => None,
                    });
                }
                Delimiter::Brace => {
                    let not = |taken: &Condition| Condition::Not(Box::new(taken.clone()));
                    let mut all: Vec<Condition> = before.iter().map(not).collect();
                    if let Some(own) = own.take() {
                        all.push(own.clone());
                        before.push(own);
                    }
                    let range = self.lowering.range(group.span());
                    self.found.push((range, Condition::All(all)));
                    if let Ok(file) = syn::parse2::<syn::File>(group.stream()) {
                        self.visit_file(&file);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.node(attributes_of_item(item), item);
        if let syn::Item::Macro(call) = item
            && call.ident.is_none()
            && call
                .mac
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "cfg_if")
        {
            self.branches(call.mac.tokens.clone());
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        if let syn::ImplItem::Fn(function) = item {
            self.node(&function.attrs, function);
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        if let syn::TraitItem::Fn(function) = item {
            self.node(&function.attrs, function);
        }
        visit::visit_trait_item(self, item);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let range = self.lowering.delimited(&block.brace_token.span);
        let before = self.mentions.partition_point(|at| *at < range.start);
        if self.mentions.get(before).is_some_and(|at| *at < range.end) {
            visit::visit_block(self, block);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.node(&local.attrs, local);
        visit::visit_local(self, local);
    }

    fn visit_stmt_macro(&mut self, call: &'ast syn::StmtMacro) {
        self.node(&call.attrs, call);
        visit::visit_stmt_macro(self, call);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.node(&arm.attrs, arm);
        visit::visit_arm(self, arm);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.node(&field.attrs, field);
        visit::visit_field_value(self, field);
    }

    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        self.node(attributes_of_expression(expr), expr);
        visit::visit_expr(self, expr);
    }
}

/// `None` for what is no predicate that rustc prints, which is then taken to hold.
fn condition(meta: &syn::Meta) -> Option<Condition> {
    match meta {
        syn::Meta::Path(path) => Some(Condition::Set(ident(path.get_ident()?))),
        syn::Meta::NameValue(pair) => {
            let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(value),
                ..
            }) = &pair.value
            else {
                return None;
            };
            let name = ident(pair.path.get_ident()?);
            Some(Condition::Set(format!("{name}=\"{}\"", value.value())))
        }
        syn::Meta::List(list) => {
            let parse = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            let inner = list.parse_args_with(parse).ok()?;
            let inner: Option<Vec<Condition>> = inner.iter().map(condition).collect();
            let mut inner = inner?;
            match &*ident(list.path.get_ident()?) {
                "all" => Some(Condition::All(inner)),
                "any" => Some(Condition::Any(inner)),
                "not" if inner.len() == 1 => Some(Condition::Not(Box::new(inner.remove(0)))),
                _ => None,
            }
        }
    }
}

fn attributes_of_item(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// The attributes of the expressions that are statements more often than not.
fn attributes_of_expression(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Block(expr) => &expr.attrs,
        syn::Expr::Unsafe(expr) => &expr.attrs,
        syn::Expr::If(expr) => &expr.attrs,
        syn::Expr::Match(expr) => &expr.attrs,
        syn::Expr::ForLoop(expr) => &expr.attrs,
        syn::Expr::While(expr) => &expr.attrs,
        syn::Expr::Loop(expr) => &expr.attrs,
        syn::Expr::Call(expr) => &expr.attrs,
        syn::Expr::MethodCall(expr) => &expr.attrs,
        syn::Expr::Macro(expr) => &expr.attrs,
        syn::Expr::Return(expr) => &expr.attrs,
        syn::Expr::Assign(expr) => &expr.attrs,
        syn::Expr::Try(expr) => &expr.attrs,
        _ => &[],
    }
}
