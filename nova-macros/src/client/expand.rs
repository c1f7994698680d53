//! The model → tokens; decides nothing.
//!
//! What it writes relies on no hygiene and no hidden names, so that it can be pasted back in place of the macro.

use super::model::{Model, Named};
use crate::{names::BEHAVIOURS, settings};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemStruct, ext::IdentExt};

/// The impls of `item`, and the checks of what can be checked for a client without parameters.
pub(crate) fn impls(item: &ItemStruct, model: &Model) -> TokenStream {
    let expansion = Expansion { item, model, root: root(model) };
    let client = expansion.client();
    let behaviours = expansion.behaviours();
    quote!(#client #behaviours)
}

/// What makes the compiler look at once, where it would otherwise wait for `connect`.
pub(crate) fn checks(item: &ItemStruct, model: &Model) -> TokenStream {
    if !item.generics.params.is_empty() {
        // An impl may hold for some parameters only: there the check is left to where the client is connected.
        return TokenStream::new();
    }
    let (root, allowed, name) = (root(model), allowed(item), &item.ident);
    let patch = (!model.settings.is_empty()).then(|| {
        quote! {
            #allowed
            const _: #root::Patch = <#name as #root::Client>::PATCH;
        }
    });
    let overrides = model.overrides.iter().map(|listed| {
        let root = respanned(&root, listed.span);
        let behaviour = Ident::new(listed.behaviour, listed.span);
        let probe = Ident::new("overrides", listed.span);
        let mut own = name.clone();
        own.set_span(listed.span);
        quote_spanned! {listed.span=>
            #allowed
            const _: () = {
                const fn #probe<C: #root::#behaviour>() {}
                #probe::<#own>();
            };
        }
    });
    quote!(#patch #(#overrides)*)
}

/// A deprecated struct warns its users, not the macro.
fn allowed(item: &ItemStruct) -> Option<TokenStream> {
    let deprecated = item.attrs.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    deprecated.then(|| quote!(#[allow(deprecated)]))
}

fn root(model: &Model) -> TokenStream {
    model.root.as_ref().map_or_else(|| quote!(::nova), ToTokens::to_token_stream)
}

/// The same path, standing elsewhere.
pub(crate) fn respanned(path: &TokenStream, span: Span) -> TokenStream {
    let tokens = path.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    tokens.collect()
}

struct Expansion<'a> {
    item: &'a ItemStruct,
    model: &'a Model,
    root: TokenStream,
}

impl Expansion<'_> {
    fn client(&self) -> TokenStream {
        let (root, name) = (&self.root, &self.item.ident);
        let (generics, arguments, clause) = self.item.generics.split_for_impl();
        let text = name.unraw().to_string();
        let overrides = self.model.overrides.iter().map(|listed| listed.behaviour);
        let patch = self.patch();
        let platform = self.named(&self.model.platform);
        let profile = self.named(&self.model.profile);
        let strategy = self.named(&self.model.strategy);
        let message = self.model.message.as_ref().map_or_else(|| quote!(#root::Raw), ToTokens::to_token_stream);
        let inherited = || {
            let span = self.model.platform.span();
            let root = respanned(root, span);
            quote_spanned!(span=> <#platform as #root::PlatformSpec>::Codec)
        };
        let codec = self.model.codec.as_ref().map_or_else(inherited, |codec| self.named(codec));
        let cluster = self.model.cluster.as_ref().map(|engine| {
            let engine = self.named(engine);
            quote! {
                fn cluster() -> ::core::option::Option<::std::sync::Arc<dyn #root::ClusterEngine>> {
                    ::core::option::Option::Some(::std::sync::Arc::new(<#engine as ::core::default::Default>::default()))
                }
            }
        });
        let allowed = allowed(self.item);
        quote! {
            #[automatically_derived]
            #allowed
            impl #generics #root::Client for #name #arguments #clause {
                const NAME: &'static str = #text;
                const OVERRIDES: &'static [&'static str] = &[#(#overrides),*];
                const PATCH: #root::Patch = #patch;
                type Platform = #platform;
                type Profile = #profile;
                type Strategy = #strategy;
                type Message = #message;
                type Codec = #codec;
                #cluster
            }
        }
    }

    /// One empty impl for each behaviour that is inherited.
    fn behaviours(&self) -> TokenStream {
        let (root, name) = (&self.root, &self.item.ident);
        let (generics, arguments, clause) = self.item.generics.split_for_impl();
        let allowed = allowed(self.item);
        let inherited =
            BEHAVIOURS.iter().filter(|known| self.model.overrides.iter().all(|listed| listed.behaviour != **known));
        inherited
            .map(|behaviour| {
                let behaviour = Ident::new(behaviour, Span::call_site());
                quote! {
                    #[automatically_derived]
                    #allowed
                    impl #generics #root::#behaviour for #name #arguments #clause {}
                }
            })
            .collect()
    }

    fn named(&self, named: &Named) -> TokenStream {
        named.path(&self.root)
    }

    fn patch(&self) -> TokenStream {
        let root = &self.root;
        if self.model.settings.is_empty() {
            return quote!(#root::Patch::new());
        }
        let changes = settings::changes(root, &self.model.settings);
        let checked = settings::checked(&self.model.settings);
        quote!(#root::Patch::new() #changes #checked)
    }
}
