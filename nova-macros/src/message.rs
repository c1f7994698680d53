//! `#[derive(nova::Message)]`: parse → check → expand.
//!
//! Patterns are compared with each other here, while compiling: at run time the first that fits takes the message, and nobody
//! would notice that another never gets one.

mod expand;
mod fields;
mod model;
mod order;
mod parse;
mod pattern;

#[cfg(test)]
mod tests;

use crate::{client::Generated, diag::Diagnostics};
use model::Model;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, GenericParam, ext::IdentExt};

/// The impl, and the mistakes. What was written stands where it is: a derive only adds.
pub(crate) fn generate(tokens: &TokenStream) -> Generated {
    let item: DeriveInput = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => return Generated { tokens: error.to_compile_error(), name: None },
    };
    let mut diag = Diagnostics::default();
    let model = Model::check(&item, &mut diag);
    let owned = check_generics(&item, &mut diag);
    let written = model.filter(|_| owned).map(|model| expand::message(&item, &model));
    let errors = diag.into_compile_errors();
    Generated { tokens: quote!(#written #errors), name: Some(item.ident.unraw().to_string()) }
}

/// Whether an impl can be written for these parameters.
fn check_generics(item: &DeriveInput, diag: &mut Diagnostics) -> bool {
    let mut owned = true;
    for parameter in &item.generics.params {
        if let GenericParam::Lifetime(parameter) = parameter {
            diag.over(
                &parameter.lifetime,
                "a message cannot borrow from its frame, for it outlives it in queues and handlers: in the place of `&str` take \
                 `nova::Text`, which shares the frame's buffer, or a `String`",
            );
            owned = false;
        }
    }
    owned
}
