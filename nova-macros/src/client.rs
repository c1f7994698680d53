//! `#[nova::client(..)]`: parse → check → expand.
//!
//! Tokens in, tokens out, and nothing but: what a macro call needs from the compiler is added in `lib.rs`, so that all of this is
//! tested without one.

pub(crate) mod expand;
pub(crate) mod model;
pub(crate) mod parse;
mod services;

#[cfg(test)]
pub(crate) mod tests;

use crate::diag::Diagnostics;
use model::Model;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericParam, Item, ItemStruct, ext::IdentExt};

/// What a use of the macro becomes.
pub(crate) struct Generated {
    pub(crate) tokens: TokenStream,
    /// The struct's name, if it is one.
    pub(crate) name: Option<String>,
}

/// The struct as written, its impls, and the checks or the mistakes.
pub(crate) fn generate(attribute: TokenStream, tokens: &TokenStream) -> Generated {
    let mut diag = Diagnostics::default();
    let entries = parse::attribute(attribute, "platform = \"deribit\"", &mut diag);
    let model = Model::check(entries, &mut diag);
    let item = structure(tokens.clone(), &mut diag);

    let impls = item.as_ref().filter(|item| check_generics(item, &mut diag)).map(|item| expand::impls(item, &model));
    let checks = item.as_ref().filter(|_| diag.is_empty()).map(|item| expand::checks(item, &model));
    let errors = diag.into_compile_errors();
    Generated { tokens: quote!(#tokens #impls #checks #errors), name: item.map(|item| item.ident.unraw().to_string()) }
}

fn structure(tokens: TokenStream, diag: &mut Diagnostics) -> Option<ItemStruct> {
    let wrong: (TokenStream, &str) = match syn::parse2(tokens) {
        Ok(Item::Struct(item)) => return Some(item),
        Ok(Item::Enum(item)) => (item.enum_token.to_token_stream(), "an enum"),
        Ok(Item::Union(item)) => (item.union_token.to_token_stream(), "a union"),
        Ok(Item::Fn(item)) => (item.sig.fn_token.to_token_stream(), "a function"),
        Ok(Item::Trait(item)) => (item.trait_token.to_token_stream(), "a trait"),
        Ok(Item::Impl(item)) => (item.impl_token.to_token_stream(), "an impl"),
        Ok(Item::Mod(item)) => (item.mod_token.to_token_stream(), "a module"),
        Ok(other) => (other.to_token_stream(), "something else"),
        // The compiler says itself what it could not read.
        Err(_) => (TokenStream::new(), "something else"),
    };
    let (place, found) = wrong;
    let message = format!("`#[nova::client]` goes on a struct, which holds the client's state; this is {found}");
    diag.over(place, message);
    None
}

/// Whether impls can be written for these parameters.
fn check_generics(item: &ItemStruct, diag: &mut Diagnostics) -> bool {
    let mut owned = true;
    for parameter in &item.generics.params {
        if let GenericParam::Lifetime(parameter) = parameter {
            diag.over(
                &parameter.lifetime,
                "a client cannot borrow, for it lives in a task of its own: own the data, or share it through an `Arc`",
            );
            owned = false;
        }
    }
    owned
}
