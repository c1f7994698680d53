//! `#[derive(nova::Profile)]`: parse → check → expand.
//!
//! Thin, because a profile is a base and a few settings, and the settings are those of `#[nova::client(..)]`.

#[cfg(test)]
mod tests;

use crate::{
    client::{
        Generated,
        model::{Named, built_in, named, span_of},
        parse::{self, Entry, Given},
    },
    derive::Target,
    diag::{Diagnostics, unknown},
    names::PROFILES,
    settings::{self, GROUPS, Settings, TRAITS},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use std::collections::HashSet;
use syn::{Item, LitStr, Path, Type, ext::IdentExt};

const EXAMPLE: &str = "base = \"financial\"";

/// The keys that take `= value`.
const KEYS: &[&str] = &["base", "name", "crate"];

/// The impl, and the check or the mistakes. The item itself stays where it is: this is a derive.
pub(crate) fn generate(tokens: &TokenStream) -> Generated {
    let mut diag = Diagnostics::default();
    let item: Option<Item> = syn::parse2(tokens.clone()).ok();
    let Some(target) = item.as_ref().and_then(Target::of) else {
        return Generated { tokens: TokenStream::new(), name: None };
    };
    let (attribute, _) = target.attribute(EXAMPLE, &mut diag);
    let entries = parse::attribute(attribute, EXAMPLE, &mut diag);
    let model = Model::check(entries, &mut diag);
    let owned = target.is_owned("a profile is constants and borrows nothing: leave the lifetime out", &mut diag);
    let written = owned.then(|| expand(&target, &model, diag.is_empty()));
    let errors = diag.into_compile_errors();
    Generated { tokens: quote!(#written #errors), name: Some(target.ident.unraw().to_string()) }
}

/// What the attribute means.
struct Model {
    root: Option<Path>,
    base: Named,
    name: Option<LitStr>,
    settings: Vec<Settings>,
    traits: Option<Settings>,
}

impl Model {
    fn check(entries: Vec<Entry>, diag: &mut Diagnostics) -> Self {
        let base = built_in(&PROFILES, "Standard");
        let mut model = Self { root: None, base, name: None, settings: Vec::new(), traits: None };
        let mut seen = HashSet::new();
        for Entry { name, given } in entries {
            if !seen.insert(name.to_string()) {
                let list = matches!(given, Given::List(_));
                let advice = if list { format!("; put everything into one `{name}(..)`") } else { String::new() };
                diag.at(name.span(), format!("`{name}` is given twice{advice}"));
                continue;
            }
            match given {
                Given::Unreadable => {}
                Given::List(tokens) => model.list(&name, tokens, diag),
                given => model.value(&name, given, diag),
            }
        }
        model
    }

    fn list(&mut self, name: &Ident, tokens: TokenStream, diag: &mut Diagnostics) {
        if let Some(group) = settings::group(name) {
            self.settings.push(Settings::check(group, parse::list(tokens, diag), diag));
        } else if name == TRAITS.name {
            self.traits = Some(Settings::check(&TRAITS, parse::list(tokens, diag), diag));
        } else if KEYS.iter().any(|key| name == key) {
            diag.at(name.span(), format!("`{name}` takes a value: write `{name} = ..`"));
        } else {
            let known: Vec<_> = GROUPS.iter().map(|group| group.name).chain([TRAITS.name]).collect();
            diag.at(name.span(), unknown("group", &name.to_string(), &known, ""));
        }
    }

    fn value(&mut self, name: &Ident, given: Given, diag: &mut Diagnostics) {
        match name.to_string().as_str() {
            "base" => {
                if let Some(base) = named(&PROFILES, name, given, diag) {
                    self.base = base;
                }
            }
            "name" => match given {
                Given::Literal(syn::Lit::Str(text)) if !text.value().is_empty() => self.name = Some(text),
                _ => {
                    diag.at(
                        span_of(name, &given),
                        "`name` takes the profile's name in logs: write `name = \"nightly\"`",
                    );
                }
            },
            "crate" => match given {
                Given::Type(Type::Path(path)) if path.qself.is_none() => self.root = Some(path.path),
                _ => diag.at(span_of(name, &given), "`crate` takes the path to nova: write `crate = my_nova`"),
            },
            other if settings::group(name).is_some() || other == TRAITS.name => {
                diag.at(name.span(), format!("`{other}` takes a list: write `{other}(key = value)`"));
            }
            other => {
                let known: Vec<_> =
                    KEYS.iter().copied().chain(GROUPS.iter().map(|group| group.name)).chain([TRAITS.name]).collect();
                let message = match settings::homes(name) {
                    Some(homes) => format!("unknown key `{other}`; it is a key of {homes}"),
                    None => unknown("key", other, &known, ""),
                };
                diag.at(name.span(), message);
            }
        }
    }
}

fn expand(target: &Target<'_>, model: &Model, right: bool) -> TokenStream {
    let root = model.root.as_ref().map_or_else(|| quote!(::nova), ToTokens::to_token_stream);
    let (ident, allowed) = (target.ident, target.allowed());
    let (generics, arguments, clause) = target.generics.split_for_impl();
    let name = model.name.as_ref().map_or_else(|| target.name(), LitStr::value);
    let base = model.base.path(&root);
    let changes = settings::changes(&root, &model.settings);
    let changes = (!model.settings.is_empty()).then(|| quote!(#changes .checked()));
    let traits = model.traits.as_ref().map(|traits| settings::keys(&root, traits));
    // Of a profile without parameters the check need not wait for a client.
    let check = (right && target.generics.params.is_empty()).then(|| {
        quote! {
            #allowed
            const _: #root::Patch = <#ident as #root::Profile>::PATCH;
        }
    });
    quote! {
        #[automatically_derived]
        #allowed
        impl #generics #root::Profile for #ident #arguments #clause {
            const NAME: &'static str = #name;
            const PATCH: #root::Patch = <#base as #root::Profile>::PATCH #changes;
            const TRAITS: #root::Traits = <#base as #root::Profile>::TRAITS #traits;
        }
        #check
    }
}
