//! What the derives share: the tokens of the `#[nova(..)]` attributes on the item, and its name.

use crate::{deprecated, diag::Diagnostics};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Generics, Item, Meta, Token, ext::IdentExt, spanned::Spanned};

/// The item under a derive.
pub(crate) struct Target<'a> {
    pub(crate) ident: &'a syn::Ident,
    pub(crate) generics: &'a Generics,
    attributes: &'a [Attribute],
}

impl<'a> Target<'a> {
    /// Derives go on structs, enums and unions only: the compiler refuses the rest.
    pub(crate) fn of(item: &'a Item) -> Option<Self> {
        let (ident, generics, attributes) = match item {
            Item::Struct(item) => (&item.ident, &item.generics, &item.attrs),
            Item::Enum(item) => (&item.ident, &item.generics, &item.attrs),
            Item::Union(item) => (&item.ident, &item.generics, &item.attrs),
            _ => return None,
        };
        Some(Self { ident, generics, attributes })
    }

    /// What stands in its `#[nova(..)]`, all of them as one; and where the first one stands, for what is missing in it.
    pub(crate) fn attribute(&self, example: &str, diag: &mut Diagnostics) -> (TokenStream, Span) {
        let mut tokens = TokenStream::new();
        let mut place = self.ident.span();
        let own = self.attributes.iter().filter(|attribute| attribute.path().is_ident("nova"));
        for (index, attribute) in own.enumerate() {
            if index == 0 {
                place = attribute.path().span();
            }
            match &attribute.meta {
                Meta::List(list) => {
                    if !tokens.is_empty() && !ends_with_comma(&tokens) {
                        <Token![,]>::default().to_tokens(&mut tokens);
                    }
                    tokens.extend(list.tokens.clone());
                }
                _ => diag.over(&attribute.meta, format!("write `#[nova({example})]`")),
            }
        }
        (tokens, place)
    }

    /// The name in the spelling of names in strings: `MyExchange` → `my_exchange`.
    pub(crate) fn name(&self) -> String {
        let mut name = String::new();
        let ident = self.ident.unraw().to_string();
        let mut before = None;
        for letter in ident.chars() {
            if letter.is_uppercase() && before.is_some_and(|before: char| !before.is_uppercase() && before != '_') {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
            before = Some(letter);
        }
        name
    }

    /// Whether an impl can be written for its parameters: not where it borrows.
    pub(crate) fn is_owned(&self, advice: &str, diag: &mut Diagnostics) -> bool {
        let lifetimes: Vec<_> = self.generics.lifetimes().collect();
        for parameter in &lifetimes {
            diag.over(&parameter.lifetime, advice);
        }
        lifetimes.is_empty()
    }

    /// What the impls of a deprecated item bear.
    pub(crate) fn allowed(&self) -> Option<TokenStream> {
        deprecated::allowed(self.attributes)
    }
}

fn ends_with_comma(tokens: &TokenStream) -> bool {
    matches!(tokens.clone().into_iter().last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ',')
}
