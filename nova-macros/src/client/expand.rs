//! The model → tokens; decides nothing.
//!
//! What it writes relies on no hygiene and no hidden names, so that it can be pasted back in place of the macro.

use super::{
    model::{Model, Named},
    services::Service,
};
use crate::{
    deprecated,
    names::{BEHAVIOURS, CODEC, SERVICES},
    settings,
};
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
    let (root, allowed, name) = (root(model), deprecated::allowed(&item.attrs), &item.ident);
    let patch = (!model.settings.is_empty()).then(|| {
        quote! {
            #allowed
            const _: #root::Patch = <#name as #root::Client>::PATCH;
        }
    });
    let overrides = model.overrides.iter().map(|listed| {
        let mut own = name.clone();
        own.set_span(listed.span);
        let implements = implements(&root, ("overrides", listed.behaviour), &own, listed.span);
        quote!(#allowed #implements)
    });
    // What is made in an impl is checked there.
    let services = required(model).map(|service| {
        let (key, bound) = (service.kind.key, service.kind.bound);
        implements(&root, (key, bound), service.named.path(&root), service.named.span())
    });
    quote!(#patch #(#overrides)* #(#services)*)
}

/// The services that the builder must give. The codec is not among them: a client without one is not started anyway.
fn required(model: &Model) -> impl Iterator<Item = &Service> {
    model.services.iter().filter(|service| service.is_required() && service.kind.key != CODEC.key)
}

/// A check, named after the key, that a type implements a trait of nova.
fn implements(root: &TokenStream, (key, bound): (&str, &str), own: impl ToTokens, span: Span) -> TokenStream {
    let root = respanned(root, span);
    let (probe, bound) = (Ident::new(key, span), Ident::new(bound, span));
    quote_spanned! {span=>
        const _: () = {
            const fn #probe<C: #root::#bound>() {}
            #probe::<#own>();
        };
    }
}

fn call_site(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
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
        let (codec, codec_value) = self.codec();
        let services = self.services();
        let required: Vec<_> = required(self.model).map(|service| service.kind.key).collect();
        let required =
            (!required.is_empty()).then(|| quote!(const REQUIRED: &'static [&'static str] = &[#(#required),*];));
        let allowed = deprecated::allowed(&self.item.attrs);
        quote! {
            #[automatically_derived]
            #allowed
            impl #generics #root::Client for #name #arguments #clause {
                const NAME: &'static str = #text;
                const OVERRIDES: &'static [&'static str] = &[#(#overrides),*];
                const PATCH: #root::Patch = #patch;
                #required
                type Platform = #platform;
                type Profile = #profile;
                type Strategy = #strategy;
                type Message = #message;
                type Codec = #codec;
                #codec_value
                #services
            }
        }
    }

    /// The type of the codec, and what makes one.
    fn codec(&self) -> (TokenStream, Option<TokenStream>) {
        let root = &self.root;
        let own = self.model.services.iter().find(|service| service.kind.key == CODEC.key);
        let inherited = || {
            let span = self.model.platform.span();
            let (platform, root) = (self.named(&self.model.platform), respanned(root, span));
            let path = quote_spanned!(span=> <#platform as #root::PlatformSpec>::Codec);
            (path, Some(quote_spanned!(span=> ::core::default::Default::default())))
        };
        let (path, value) = own.map_or_else(inherited, |codec| (self.named(&codec.named), codec.value(root)));
        let make = value.map(|value| {
            quote! {
                fn codec() -> ::core::option::Option<Self::Codec> {
                    ::core::option::Option::Some(#value)
                }
            }
        });
        (path, make)
    }

    /// What makes each of the other services that has a value.
    fn services(&self) -> TokenStream {
        let root = &self.root;
        let others = SERVICES.iter().filter_map(|kind| self.model.services.iter().find(|own| own.kind.key == kind.key));
        let made = others.filter_map(|service| {
            let value = service.value(root)?;
            let span = service.named.span();
            let value = quote_spanned!(span=> ::std::sync::Arc::new(#value));
            let (key, bound) = (call_site(service.kind.key), call_site(service.kind.bound));
            Some(quote! {
                fn #key() -> ::core::option::Option<::std::sync::Arc<dyn #root::#bound>> {
                    ::core::option::Option::Some(#value)
                }
            })
        });
        made.collect()
    }

    /// One empty impl for each behaviour that is inherited.
    fn behaviours(&self) -> TokenStream {
        let (root, name) = (&self.root, &self.item.ident);
        let (generics, arguments, clause) = self.item.generics.split_for_impl();
        let allowed = deprecated::allowed(&self.item.attrs);
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
        quote!(#root::Patch::new() #changes .checked())
    }
}
