//! `#[nova::rpc(..)]`: parse → check → expand.
//!
//! The trait stays a trait that users document, mock and pass around as `impl Account`; the macro only makes its futures `Send` and
//! writes the one impl for handles.

mod expand;
mod model;
mod parse;

#[cfg(test)]
mod tests;

use crate::{client::Generated, diag::Diagnostics};
use model::Model;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Item, ItemTrait, ext::IdentExt};

/// The trait, its impl for handles, and the mistakes.
pub(crate) fn generate(attribute: TokenStream, tokens: &TokenStream) -> Generated {
    let mut diag = Diagnostics::default();
    let settings = parse::attribute(attribute, &mut diag);
    let Some(item) = definition(tokens.clone(), &mut diag) else {
        let errors = diag.into_compile_errors();
        return Generated { tokens: quote!(#tokens #errors), name: None };
    };
    let name = Some(item.ident.unraw().to_string());
    let model = Model::check(settings, item, &mut diag);
    let written = expand::procedures(&model);
    let errors = diag.into_compile_errors();
    Generated { tokens: quote!(#written #errors), name }
}

fn definition(tokens: TokenStream, diag: &mut Diagnostics) -> Option<ItemTrait> {
    let (place, found) = match syn::parse2(tokens) {
        Ok(Item::Trait(item)) => return Some(item),
        Ok(Item::Struct(item)) => (item.struct_token.to_token_stream(), "a struct"),
        Ok(Item::Enum(item)) => (item.enum_token.to_token_stream(), "an enum"),
        Ok(Item::Fn(item)) => (item.sig.fn_token.to_token_stream(), "a function"),
        Ok(Item::Impl(item)) => (item.impl_token.to_token_stream(), "an impl"),
        Ok(Item::Mod(item)) => (item.mod_token.to_token_stream(), "a module"),
        Ok(other) => (other.to_token_stream(), "something else"),
        // The compiler says itself what it could not read.
        Err(_) => (TokenStream::new(), "something else"),
    };
    let message = format!("`#[nova::rpc]` goes on a trait, whose methods are the remote procedures; this is {found}");
    diag.over(place, message);
    None
}
