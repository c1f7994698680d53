//! Deprecated items: what is written for one warns whoever uses it, and not the macro that wrote it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

/// The attribute that what is written for an item bears, where the item is deprecated.
pub(crate) fn allowed(attributes: &[Attribute]) -> Option<TokenStream> {
    let deprecated = attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    deprecated.then(|| quote!(#[allow(deprecated)]))
}
