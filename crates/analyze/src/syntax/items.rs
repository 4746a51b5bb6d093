//! Items.

use std::cell::RefCell;
use std::sync::Arc;

use proc_macro2::Span;

use super::attributes::{is_private, is_public, outer_context, path_attribute};
use super::closed::{is_closed, is_local};
use super::conditions;
use super::patterns::ident;
use super::places::Places;
use super::rust_version::rust_version;
use super::tree::{
    Context, Enum, Function, Impl, Item, Module, Parameter, Struct, TextRange, Tree, TypeRef, Use,
    UseStatement,
};

/// Lowers one file. Items inside function bodies are collected apart: only the body sees them.
pub(super) struct Lowering<'a> {
    places: Places<'a>,
    /// Bytes before the text that syn was given: a byte order mark, a `#!` line.
    offset: u32,
    context: RefCell<Context>,
    nested: RefCell<Vec<Item>>,
    /// Macros of this file that make modules of the names that they are given.
    module_macros: RefCell<Vec<String>>,
}

impl Lowering<'_> {
    /// Lowers the text that starts at an offset of its file.
    pub(super) fn tree(code: &str, offset: usize, file: &syn::File) -> Tree {
        let lowering = Lowering {
            places: Places::of(code),
            offset: u32::try_from(offset).unwrap_or(0),
            context: RefCell::default(),
            nested: RefCell::default(),
            module_macros: RefCell::default(),
        };
        let mut tree = lowering.file(file);
        let mentions = code.match_indices("cfg");
        let mentions: Vec<u32> = mentions.map(|(at, _)| lowering.in_file(at)).collect();
        if !mentions.is_empty() {
            tree.conditions = conditions::conditions(&lowering, file, &mentions);
        }
        tree
    }

    fn file(&self, file: &syn::File) -> Tree {
        self.context
            .replace(outer_context(Context::default(), &file.attrs));
        let uses = file.items.iter().filter_map(|item| match item {
            syn::Item::Use(item) => Some(UseStatement {
                range: self.spanned(item),
                plain: item.attrs.is_empty() && matches!(item.vis, syn::Visibility::Inherited),
            }),
            _ => None,
        });
        let uses = uses.collect();
        Tree {
            items: self.items(&file.items),
            uses,
            conditions: Vec::new(),
            rust_version: rust_version(file),
        }
    }

    pub(super) fn range(&self, span: Span) -> TextRange {
        TextRange::new(self.start(span), self.end(span))
    }

    pub(super) fn start(&self, span: Span) -> u32 {
        self.in_file(self.places.start(span))
    }

    pub(super) fn end(&self, span: Span) -> u32 {
        self.in_file(self.places.end(span))
    }

    pub(super) fn in_file(&self, at: usize) -> u32 {
        u32::try_from(at).unwrap_or(u32::MAX) + self.offset
    }

    pub(super) fn delimited(&self, span: &proc_macro2::extra::DelimSpan) -> TextRange {
        TextRange::new(self.start(span.open()), self.end(span.close()))
    }

    fn items(&self, items: &[syn::Item]) -> Vec<Item> {
        let mut lowered = Vec::new();
        for item in items {
            self.item(item, &mut lowered);
        }
        lowered
    }

    pub(super) fn nested_item(&self, item: &syn::Item) {
        let mut lowered = Vec::new();
        self.item(item, &mut lowered);
        self.nested.borrow_mut().append(&mut lowered);
    }

    fn item(&self, item: &syn::Item, out: &mut Vec<Item>) {
        match item {
            syn::Item::Fn(function) => {
                let start = first_span(&function.attrs, Some(&function.vis), &function.sig);
                out.push(Item::Function(self.function(
                    &function.sig,
                    &function.attrs,
                    is_public(&function.vis),
                    Some(&*function.block),
                    self.to_the_end_of(&function.block, start),
                )));
            }
            syn::Item::Struct(item) => out.push(Item::Struct(Struct {
                name: ident(&item.ident),
                generics: self.generics(&item.generics),
                fields: self.fields(&item.fields),
            })),
            syn::Item::Enum(item) => {
                let variants = item.variants.iter();
                out.push(Item::Enum(Enum {
                    name: ident(&item.ident),
                    variants: variants
                        .map(|variant| (ident(&variant.ident), self.fields(&variant.fields)))
                        .collect(),
                }));
            }
            syn::Item::Impl(item) => out.push(Item::Impl(self.implementation(item))),
            syn::Item::Trait(item) => {
                let functions = item.items.iter().filter_map(|inner| match inner {
                    syn::TraitItem::Fn(function) => {
                        let start = first_span(&function.attrs, None, &function.sig);
                        let default = function.default.as_ref();
                        let range = default.map_or_else(
                            || self.spanned(function),
                            |block| self.to_the_end_of(block, start),
                        );
                        let (signature, attributes) = (&function.sig, &function.attrs);
                        Some(self.function(signature, attributes, true, default, range))
                    }
                    _ => None,
                });
                let functions = functions.collect();
                out.push(Item::Trait {
                    name: ident(&item.ident),
                    supertraits: self.bounds(&item.supertraits),
                    functions,
                });
            }
            syn::Item::Type(item) => out.push(Item::Alias {
                name: ident(&item.ident),
                generics: self.generics(&item.generics),
                to: self.type_ref(&item.ty),
            }),
            syn::Item::Use(item) => {
                let mut leaves = Vec::new();
                use_leaves(
                    &item.tree,
                    item.leading_colon.is_some(),
                    &mut Vec::new(),
                    &mut leaves,
                );
                for leaf in &mut leaves {
                    leaf.is_private = is_private(&item.vis);
                }
                out.push(Item::Use(leaves));
            }
            syn::Item::ExternCrate(item) => {
                let name = ident(&item.ident);
                let visible = item
                    .rename
                    .as_ref()
                    .map_or_else(|| name.clone(), |(_, rename)| ident(rename));
                out.push(Item::Use(vec![Use {
                    global: true,
                    path: vec![name],
                    name: Some(visible),
                    is_private: is_private(&item.vis),
                }]));
            }
            syn::Item::Mod(item) => {
                let outer = *self.context.borrow();
                let context = outer_context(outer, &item.attrs);
                self.context.replace(context);
                let content = item.content.as_ref().map(|(_, items)| self.items(items));
                self.context.replace(outer);
                let path = item.attrs.iter().find_map(path_attribute);
                out.push(Item::Module(Module {
                    name: ident(&item.ident),
                    path,
                    content,
                    context,
                }));
            }
            syn::Item::Macro(item) => self.item_macro(item, out),
            _ => {}
        }
    }

    /// `cfg_if!`, by which crates choose a platform, is the one macro of others whose items are read; a macro of the file's
    /// own that declares modules is known by its definition.
    fn item_macro(&self, item: &syn::ItemMacro, out: &mut Vec<Item>) {
        if let Some(name) = &item.ident {
            let name = ident(name);
            if item.mac.tokens.to_string().contains("mod $") {
                self.module_macros.borrow_mut().push(name.clone());
            }
            out.push(Item::MacroRules(name));
            return;
        }
        let called = item.mac.path.segments.last();
        let declares = called.is_some_and(|last| {
            let known = self.module_macros.borrow();
            known.contains(&ident(&last.ident))
        });
        if declares {
            self.declared_modules(item, out);
            return;
        }
        if called.is_none_or(|last| last.ident != "cfg_if") {
            return;
        }
        let outer = *self.context.borrow();
        self.context.replace(Context {
            conditional: true,
            ..outer
        });
        for token in item.mac.tokens.clone() {
            if let proc_macro2::TokenTree::Group(group) = token
                && group.delimiter() == proc_macro2::Delimiter::Brace
                && let Ok(file) = syn::parse2::<syn::File>(group.stream())
            {
                out.extend(self.items(&file.items));
            }
        }
        self.context.replace(outer);
    }

    /// The names that a macro makes modules of; one without a file is dropped when the file is looked for.
    fn declared_modules(&self, item: &syn::ItemMacro, out: &mut Vec<Item>) {
        for token in item.mac.tokens.clone() {
            let proc_macro2::TokenTree::Ident(name) = token else {
                continue;
            };
            let name = ident(&name);
            let known = out
                .iter()
                .any(|item| matches!(item, Item::Module(module) if module.name == name));
            if name != "pub" && !known {
                // Such macros bring in what the modules hold, more often than not.
                let glob = Use {
                    global: false,
                    path: vec!["self".to_owned(), name.clone()],
                    name: None,
                    is_private: false,
                };
                out.push(Item::Use(vec![glob]));
                out.push(Item::Module(Module {
                    name,
                    path: None,
                    content: None,
                    context: *self.context.borrow(),
                }));
            }
        }
    }

    fn fields(&self, fields: &syn::Fields) -> Vec<(String, TypeRef)> {
        let named = fields.iter().enumerate().map(|(index, field)| {
            let name = field
                .ident
                .as_ref()
                .map_or_else(|| index.to_string(), ident);
            (name, self.type_ref(&field.ty))
        });
        named.collect()
    }

    fn implementation(&self, item: &syn::ItemImpl) -> Impl {
        let outer = *self.context.borrow();
        self.context.replace(outer_context(outer, &item.attrs));
        let functions = item.items.iter().filter_map(|inner| match inner {
            syn::ImplItem::Fn(function) => {
                let body = Some(&function.block);
                let start = first_span(&function.attrs, Some(&function.vis), &function.sig);
                let range = match function.modifiers.defaultness {
                    Some(_) => self.spanned(function),
                    None => self.to_the_end_of(&function.block, start),
                };
                // What implements a trait is called through it.
                let public = item.trait_.is_some() || is_public(&function.vis);
                Some(self.function(&function.sig, &function.attrs, public, body, range))
            }
            _ => None,
        });
        let functions = functions.collect();
        self.context.replace(outer);
        Impl {
            generics: self.generics(&item.generics),
            of: self.type_ref(&item.self_ty),
            implements: item
                .trait_
                .as_ref()
                .map(|(implemented, _)| self.path(implemented, None)),
            functions,
        }
    }

    fn function(
        &self,
        signature: &syn::Signature,
        attributes: &[syn::Attribute],
        is_public: bool,
        body: Option<&syn::Block>,
        range: TextRange,
    ) -> Function {
        let outer = *self.context.borrow();
        let context = outer_context(outer, attributes);
        self.context.replace(context);
        let parameters = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(Parameter {
                pattern: self.pattern(&typed.pat),
                declared: self.type_ref(&typed.ty),
            }),
            _ => None,
        });
        let around = self.nested.take();
        let lowered = body.map(|body| self.block(body));
        let items = self.nested.replace(around);
        let function = Function {
            name: ident(&signature.ident),
            generics: self.generics(&signature.generics),
            has_self: signature.receiver().is_some(),
            consumes_self: signature.receiver().is_some_and(|receiver| {
                !matches!(receiver.kind, syn::ReceiverKind::Reference(..))
                    && !matches!(&receiver.kind, syn::ReceiverKind::Typed(_, ty) if matches!(**ty, syn::Type::Reference(_)))
            }),
            is_async: signature.asyncness.is_some(),
            parameters: parameters.collect(),
            returns: match &signature.output {
                syn::ReturnType::Default => None,
                syn::ReturnType::Type(_, returned) => Some(self.type_ref(returned)),
            },
            body: lowered.map(Arc::new),
            is_public,
            is_closed: is_closed(signature, attributes) && items.iter().all(is_local),
            items,
            context,
            range,
        };
        self.context.replace(outer);
        function
    }

    fn to_the_end_of(&self, block: &syn::Block, start: Span) -> TextRange {
        TextRange::new(self.start(start), self.end(block.brace_token.span.close()))
    }
}

/// Where a function begins: to ask for the span of all of it would copy each of its tokens.
fn first_span(
    attributes: &[syn::Attribute],
    visibility: Option<&syn::Visibility>,
    signature: &syn::Signature,
) -> Span {
    let is_outer = |it: &&syn::Attribute| matches!(it.style, syn::AttrStyle::Outer);
    let attribute = attributes
        .iter()
        .find(is_outer)
        .map(|it| it.pound_token.span);
    let visibility = visibility.and_then(|visibility| match visibility {
        syn::Visibility::Public(token) => Some(token.span),
        syn::Visibility::Restricted(restricted) => Some(restricted.pub_token.span),
        syn::Visibility::Inherited => None,
    });
    let safety = match &signature.safety {
        syn::Safety::Safe(token) => Some(token.span),
        syn::Safety::Unsafe(token) => Some(token.span),
        syn::Safety::Default => None,
    };
    attribute
        .or(visibility)
        .or(signature.constness.as_ref().map(|token| token.span))
        .or(signature.asyncness.as_ref().map(|token| token.span))
        .or(safety)
        .or(signature.abi.as_ref().map(|abi| abi.extern_token.span))
        .unwrap_or(signature.fn_token.span)
}

fn use_leaves(tree: &syn::UseTree, global: bool, prefix: &mut Vec<String>, out: &mut Vec<Use>) {
    let leaf = |path: Vec<String>, name: Option<String>| Use {
        global,
        path,
        name,
        is_private: true,
    };
    match tree {
        syn::UseTree::Path(inner) => {
            prefix.push(ident(&inner.ident));
            use_leaves(&inner.tree, global, prefix, out);
            prefix.pop();
        }
        syn::UseTree::Name(inner) => {
            let name = ident(&inner.ident);
            let mut path = prefix.clone();
            if name != "self" {
                path.push(name);
            }
            let visible = path.last().cloned();
            out.push(leaf(path, visible));
        }
        syn::UseTree::Rename(inner) => {
            let mut path = prefix.clone();
            if inner.ident != "self" {
                path.push(ident(&inner.ident));
            }
            out.push(leaf(path, Some(ident(&inner.rename))));
        }
        syn::UseTree::Glob(_) => out.push(leaf(prefix.clone(), None)),
        syn::UseTree::Group(group) => {
            for inner in &group.items {
                use_leaves(inner, global, prefix, out);
            }
        }
    }
}
