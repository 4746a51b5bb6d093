//! Functions whose bodies nothing outside them can tell apart.

use super::tree::Item;

/// Whether only the body that an item stands in can tell that it is there.
pub(super) fn is_local(item: &Item) -> bool {
    !matches!(item, Item::Impl(_) | Item::Module(_) | Item::MacroRules(_))
}

/// Whether a signature says all about the function, so that another body would do for who calls it.
pub(super) fn is_closed(signature: &syn::Signature, attributes: &[syn::Attribute]) -> bool {
    // Other attributes may make something of the body.
    let is_plain = |attribute: &syn::Attribute| {
        [
            "doc",
            "inline",
            "allow",
            "expect",
            "warn",
            "deny",
            "must_use",
            "cfg",
            "test",
            "cold",
            "track_caller",
            "deprecated",
        ]
        .iter()
        .any(|known| attribute.path().is_ident(known))
    };
    struct Hidden(bool);
    impl<'ast> syn::visit::Visit<'ast> for Hidden {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut hidden = Hidden(false);
    syn::visit::Visit::visit_return_type(&mut hidden, &signature.output);
    signature.constness.is_none() && !hidden.0 && attributes.iter().all(is_plain)
}
