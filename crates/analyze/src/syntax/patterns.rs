//! Paths, types and patterns.

use syn::spanned::Spanned;

use super::items::Lowering;
use super::tree::{GenericParameter, Path, Pattern, Segment, TypeRef};

impl Lowering<'_> {
    pub(super) fn path(&self, path: &syn::Path, qself: Option<&syn::QSelf>) -> Path {
        Path {
            global: path.leading_colon.is_some(),
            qualified_self: qself.map(|qself| Box::new(self.type_ref(&qself.ty))),
            segments: path
                .segments
                .iter()
                .map(|segment| self.segment(segment))
                .collect(),
        }
    }

    fn segment(&self, segment: &syn::PathSegment) -> Segment {
        let generics = match &segment.arguments {
            syn::PathArguments::AngleBracketed(arguments) => self.generic_arguments(arguments),
            syn::PathArguments::None | syn::PathArguments::Parenthesized(_) => Vec::new(),
        };
        Segment {
            name: ident(&segment.ident),
            generics,
        }
    }

    pub(super) fn generic_arguments(
        &self,
        arguments: &syn::AngleBracketedGenericArguments,
    ) -> Vec<TypeRef> {
        let types = arguments.args.iter().filter_map(|argument| match argument {
            syn::GenericArgument::Type(inner) => Some(self.type_ref(inner)),
            _ => None,
        });
        types.collect()
    }

    pub(super) fn type_ref(&self, from: &syn::Type) -> TypeRef {
        match from {
            syn::Type::Path(path) => TypeRef::Path(self.path(&path.path, path.qself.as_ref())),
            syn::Type::Reference(reference) => TypeRef::Reference {
                inner: Box::new(self.type_ref(&reference.elem)),
            },
            syn::Type::Slice(slice) => TypeRef::Slice(Box::new(self.type_ref(&slice.elem))),
            syn::Type::Array(array) => TypeRef::Array(Box::new(self.type_ref(&array.elem))),
            syn::Type::Tuple(tuple) => TypeRef::Tuple(
                tuple
                    .elems
                    .iter()
                    .map(|inner| self.type_ref(inner))
                    .collect(),
            ),
            syn::Type::ImplTrait(inner) => TypeRef::ImplTrait(self.bounds(&inner.bounds)),
            syn::Type::TraitObject(inner) => TypeRef::DynTrait(self.bounds(&inner.bounds)),
            syn::Type::Paren(inner) => self.type_ref(&inner.elem),
            syn::Type::Group(inner) => self.type_ref(&inner.elem),
            _ => TypeRef::Unknown,
        }
    }

    pub(super) fn bounds<'a>(
        &self,
        bounds: impl IntoIterator<Item = &'a syn::TypeParamBound>,
    ) -> Vec<Path> {
        let traits = bounds.into_iter().filter_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(self.path(&bound.path, None)),
            _ => None,
        });
        traits.collect()
    }

    pub(super) fn generics(&self, generics: &syn::Generics) -> Vec<GenericParameter> {
        let mut parameters: Vec<GenericParameter> = generics
            .type_params()
            .map(|parameter| GenericParameter {
                name: ident(&parameter.ident),
                bounds: self.bounds(&parameter.bounds),
            })
            .collect();
        let predicates = generics
            .where_clause
            .iter()
            .flat_map(|clause| &clause.predicates);
        for predicate in predicates {
            let syn::WherePredicate::Type(predicate) = predicate else {
                continue;
            };
            let TypeRef::Path(path) = self.type_ref(&predicate.bounded_ty) else {
                continue;
            };
            let Some(name) = path.single() else { continue };
            if let Some(parameter) = parameters.iter_mut().find(|known| known.name == name) {
                parameter.bounds.extend(self.bounds(&predicate.bounds));
            }
        }
        parameters
    }

    pub(super) fn pattern(&self, from: &syn::Pat) -> Pattern {
        let all = |patterns: &syn::punctuated::Punctuated<syn::Pat, syn::Token![,]>| {
            patterns
                .iter()
                .map(|inner| self.pattern(inner))
                .collect::<Vec<_>>()
        };
        match from {
            syn::Pat::Ident(binding) => Pattern::Binding {
                name: ident(&binding.ident),
                mutable: binding.mutability.is_some(),
                range: self.range(binding.ident.span()),
                inner: binding
                    .subpat
                    .as_ref()
                    .map(|(_, inner)| Box::new(self.pattern(inner))),
            },
            syn::Pat::Tuple(tuple) => Pattern::Tuple(all(&tuple.elems)),
            syn::Pat::TupleStruct(tuple) => Pattern::TupleStruct {
                path: self.path(&tuple.path, tuple.qself.as_ref()),
                elements: all(&tuple.elems),
            },
            syn::Pat::Struct(fields) => Pattern::Struct {
                path: self.path(&fields.path, fields.qself.as_ref()),
                fields: fields
                    .fields
                    .iter()
                    .map(|field| (member(&field.member), self.pattern(&field.pat)))
                    .collect(),
            },
            syn::Pat::Type(typed) => Pattern::Typed {
                pattern: Box::new(self.pattern(&typed.pat)),
                to: self.type_ref(&typed.ty),
            },
            syn::Pat::Reference(reference) => self.pattern(&reference.pat),
            syn::Pat::Paren(inner) => self.pattern(&inner.pat),
            syn::Pat::Guard(guard) => self.pattern(&guard.pat),
            syn::Pat::Or(or) => {
                Pattern::Or(or.cases.iter().map(|inner| self.pattern(inner)).collect())
            }
            syn::Pat::Slice(slice) => Pattern::Slice(all(&slice.elems)),
            _ => Pattern::Other,
        }
    }

    pub(super) fn path_start(&self, path: &syn::Path) -> u32 {
        let first = path.segments.first().map(|first| first.ident.span());
        let colon = path.leading_colon.as_ref().map(|colon| colon.spans[0]);
        colon.or(first).map_or(0, |span| self.start(span))
    }

    /// As [`Self::spanned`], which copies the path's names.
    pub(super) fn path_range(&self, expr: &syn::ExprPath) -> super::TextRange {
        let last = expr.path.segments.last();
        match last.filter(|_| expr.qself.is_none() && expr.attrs.is_empty()) {
            Some(last) if last.arguments.is_none() => {
                super::TextRange::new(self.path_start(&expr.path), self.end(last.ident.span()))
            }
            _ => self.spanned(expr),
        }
    }

    pub(super) fn spanned(&self, node: &impl Spanned) -> super::TextRange {
        self.range(node.span())
    }
}

pub(super) fn ident(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    match text.strip_prefix("r#") {
        Some(raw) => raw.to_owned(),
        None => text,
    }
}

pub(super) fn member(member: &syn::Member) -> String {
    match member {
        syn::Member::Named(name) => ident(name),
        syn::Member::Unnamed(index) => index.index.to_string(),
    }
}
