//! Services: what a client uses rather than what happens in it, each named by a string, made of a type, or left to the builder.

use super::{
    model::{Named, named},
    parse::{self, Entry, Given},
};
use crate::{
    diag::{Diagnostics, unknown},
    names::{self, CODEC, SERVICES},
    settings::{self, describe},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Lit, LitStr, Type};

/// A service of the attribute.
pub(crate) struct Service {
    pub(crate) kind: &'static names::Service,
    pub(crate) named: Named,
    pub(crate) origin: Origin,
}

/// Where the value comes from, if the builder gives none.
pub(crate) enum Origin {
    /// The type's `Default`, and the options laid over it.
    Default(Vec<(Ident, LitStr)>),
    /// Nowhere: the builder must give it.
    Builder,
}

/// The service of this key.
pub(crate) fn kind(key: &Ident) -> Option<&'static names::Service> {
    std::iter::once(&CODEC).chain(SERVICES).find(|kind| key == kind.key)
}

/// Whether `key(tokens)` is a service with options: `cluster(..)` holds settings, too.
pub(crate) fn is_one(key: &Ident, tokens: &TokenStream) -> bool {
    kind(key).is_some() && (settings::group(key).is_none() || parse::opens_with_service(tokens))
}

impl Service {
    /// `key = value` or `key(value, option)`.
    pub(crate) fn check(
        kind: &'static names::Service,
        key: &Ident,
        given: Given,
        diag: &mut Diagnostics,
    ) -> Option<Self> {
        let (value, options) = match given {
            Given::List(tokens) if tokens.is_empty() => (Given::Nothing, Vec::new()),
            Given::List(tokens) => {
                let (value, options) = parse::service(tokens.clone(), diag)?;
                if options.is_empty() {
                    diag.over(&tokens, format!("`{key}` without options takes a value: write `{key} = {tokens}`"));
                }
                (value, options)
            }
            given => (given, Vec::new()),
        };
        let written = if let Given::Literal(Lit::Str(name)) = &value { Some(name.value()) } else { None };
        let named = named(&kind.names, key, value, diag)?;
        let origin = match (&written, &named) {
            (Some(written), _) => Origin::Default(built_in_options(kind, written, options, diag)),
            (None, Named::Own(path)) => own_options(key, path, options, diag),
            // A name without its quotes was refused.
            (None, Named::BuiltIn { .. }) => Origin::Default(Vec::new()),
        };
        Some(Self { kind, named, origin })
    }

    /// Whether the builder must give the value.
    pub(crate) fn is_required(&self) -> bool {
        matches!(self.origin, Origin::Builder)
    }

    /// What makes the value; `None` where the builder must give it.
    pub(crate) fn value(&self, root: &TokenStream) -> Option<TokenStream> {
        let Origin::Default(options) = &self.origin else { return None };
        let path = self.named.path(root);
        let options = options.iter().map(|(option, value)| quote_spanned!(option.span()=> .#option(#value)));
        Some(quote_spanned!(self.named.span()=> <#path as ::core::default::Default>::default() #(#options)*))
    }
}

/// The options of something built in.
fn built_in_options(
    kind: &names::Service,
    written: &str,
    options: Vec<Entry>,
    diag: &mut Diagnostics,
) -> Vec<(Ident, LitStr)> {
    let (noun, key) = (kind.names.noun, kind.key);
    if kind.names.items.iter().all(|(name, _)| *name != written) {
        // The name was refused; what its options would be is not known.
        return Vec::new();
    }
    let known = kind.options.iter().find(|(name, _)| *name == written).map_or(&[][..], |(_, known)| known);
    let mut found: Vec<(Ident, LitStr)> = Vec::new();
    for Entry { name, given } in options {
        let option = name.to_string();
        match given {
            Given::Unreadable => {}
            _ if option == "builder" && known.is_empty() => {
                diag.at(
                    name.span(),
                    format!("`builder` stands behind a type of your own; write `{key} = \"{written}\"`"),
                );
            }
            _ if known.is_empty() => diag.at(
                name.span(),
                format!("the built-in {noun} `{written}` takes no options; write `{key} = \"{written}\"`"),
            ),
            _ if !known.contains(&&*option) => {
                diag.at(name.span(), unknown(&format!("`{written}` option"), &option, known, ""));
            }
            _ if found.iter().any(|(before, _)| *before == option) => {
                diag.at(name.span(), format!("`{option}` is given twice in `{key}(..)`"));
            }
            Given::Literal(Lit::Str(value)) if !value.value().is_empty() => found.push((name, value)),
            Given::Literal(Lit::Str(value)) => diag.at(value.span(), format!("`{option}` must not be empty")),
            Given::Literal(literal) => {
                diag.at(literal.span(), format!("`{option}` takes a string; found {}", describe(&literal)));
            }
            Given::Expr(Expr::Path(path)) => {
                diag.over(path, format!("`{option}` takes a string: write `{option} = \"..\"`"));
            }
            _ => diag.at(name.span(), format!("`{option}` takes a string: write `{option} = \"..\"`")),
        }
    }
    found
}

/// What may stand behind a type of the user's.
fn own_options(key: &Ident, path: &Type, options: Vec<Entry>, diag: &mut Diagnostics) -> Origin {
    let mut origin = Origin::Default(Vec::new());
    let path = path.to_token_stream().to_string().replace(' ', "");
    for Entry { name, given } in options {
        if name == "builder" && matches!(given, Given::Nothing) {
            origin = Origin::Builder;
        } else {
            diag.at(
                name.span(),
                format!(
                    "a type of your own takes no options here: write `{key} = {path}` if its `Default` will do, or \
                     `{key}({path}, builder)` if the builder's `.{key}(..)` gives its value"
                ),
            );
        }
    }
    origin
}
