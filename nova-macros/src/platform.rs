//! `#[derive(nova::Platform)]`: parse → check → expand.
//!
//! A venue's protocol as attributes. What can be wrong with a literal by itself (a pointer, a template, a placeholder) is refused
//! here, at the literal, and so is what two keys say against each other.

mod agree;
mod expand;
mod fields;
mod json;
mod model;
mod parts;
mod template;

#[cfg(test)]
mod tests;

use crate::{
    client::{Generated, parse},
    derive::Target,
    diag::Diagnostics,
};
use model::Model;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Fields, Item, ext::IdentExt};

const EXAMPLE: &str = "url = \"wss://ws.exchange.test/v1\"";
const BORROWS: &str =
    "a platform cannot borrow, for it lives as long as its client: own the data, or share it through an `Arc`";

/// The impls, and the checks or the mistakes. The item itself stays where it is: this is a derive.
pub(crate) fn generate(tokens: &TokenStream) -> Generated {
    let mut diag = Diagnostics::default();
    let item: Option<Item> = syn::parse2(tokens.clone()).ok();
    let Some((item, target)) = item.as_ref().and_then(|item| Some((item, Target::of(item)?))) else {
        return Generated { tokens: TokenStream::new(), name: None };
    };
    let (attribute, _) = target.attribute(EXAMPLE, &mut diag);
    let entries = parse::attribute(attribute, EXAMPLE, &mut diag);
    let model = Model::check(entries, fields(item), &mut diag);
    let owned = target.is_owned(BORROWS, &mut diag);
    let written = owned.then(|| expand::platform(&target, &model, diag.is_empty()));
    let errors = diag.into_compile_errors();
    Generated { tokens: quote!(#written #errors), name: Some(target.ident.unraw().to_string()) }
}

/// The fields that a placeholder may name.
fn fields(item: &Item) -> Vec<Ident> {
    match item {
        Item::Struct(item) => match &item.fields {
            Fields::Named(fields) => fields.named.iter().filter_map(|field| field.ident.clone()).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
