//! The model → tokens; decides nothing.

use super::{
    fields::Constant,
    model::Model,
    parts::{Ask, Match},
};
use crate::{
    client::expand::respanned,
    derive::Target,
    settings::{self, duration},
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;

/// The impls of a platform, and what makes the compiler look at them at once.
pub(super) fn platform(target: &Target<'_>, model: &Model, right: bool) -> TokenStream {
    let expansion = Expansion { target, model, root: root(model) };
    let spec = expansion.spec();
    let behaviour = expansion.behaviour();
    let checks = (right && target.generics.params.is_empty()).then(|| expansion.checks());
    quote!(#spec #behaviour #checks)
}

fn root(model: &Model) -> TokenStream {
    model.root.as_ref().map_or_else(|| quote!(::nova), ToTokens::to_token_stream)
}

struct Expansion<'a> {
    target: &'a Target<'a>,
    model: &'a Model,
    root: TokenStream,
}

impl Expansion<'_> {
    fn spec(&self) -> TokenStream {
        let (root, ident, allowed) = (&self.root, self.target.ident, self.target.allowed());
        let (generics, arguments, clause) = self.target.generics.split_for_impl();
        let name = self.model.name.as_ref().map_or_else(|| self.target.name(), LitStr::value);
        let url = self.model.url.as_ref().map(|url| url.text.value()).unwrap_or_default();
        let codec = self.model.codec.path(root);
        let (patch, bounds, pools, wire) = (self.patch(), self.bounds(), self.pools(), self.wire());
        let margin = self.model.refresh_margin.map(duration).map(|margin| quote!(.refresh_margin(#margin)));
        let placeholder = self.placeholder();
        quote! {
            #[automatically_derived]
            #allowed
            impl #generics #root::PlatformSpec for #ident #arguments #clause {
                type Codec = #codec;
                const SPEC: #root::Spec = #root::Spec::new(#name, #url) #patch #bounds #pools #margin #wire;
                #placeholder
            }
        }
    }

    fn behaviour(&self) -> Option<TokenStream> {
        if self.model.overrides.is_some() {
            return None;
        }
        let (root, ident, allowed) = (&self.root, self.target.ident, self.target.allowed());
        let (generics, arguments, clause) = self.target.generics.split_for_impl();
        let has = |place| self.model.places.iter().any(|(name, _)| *name == place);
        let shaped = has("channel") && has("payload") || has("id") && has("result");
        let remembers = shaped
            || self.model.sequence.is_some()
            || self.model.login.as_ref().is_some_and(|login| login.ack.is_some());
        let state = if remembers { quote!(#root::platform::Described) } else { quote!(()) };
        Some(quote! {
            #[automatically_derived]
            #allowed
            impl #generics #root::Platform for #ident #arguments #clause {
                type State = #state;
            }
        })
    }

    fn checks(&self) -> TokenStream {
        let (root, allowed) = (&self.root, self.target.allowed());
        let mut ident = self.target.ident.clone();
        let overrides = self.model.overrides.map(|span| {
            let root = respanned(root, span);
            let (probe, behaviour) = (Ident::new("overrides", span), Ident::new("Platform", span));
            ident.set_span(span);
            quote_spanned! {span=>
                #allowed
                const _: () = {
                    const fn #probe<P: #root::#behaviour>() {}
                    #probe::<#ident>();
                };
            }
        });
        let own = self.target.ident;
        quote! {
            #allowed
            const _: #root::Spec = <#own as #root::PlatformSpec>::SPEC;
            #overrides
        }
    }

    fn patch(&self) -> Option<TokenStream> {
        let root = &self.root;
        let changes = settings::changes(root, &self.model.settings);
        (!self.model.settings.is_empty()).then(|| quote!(.patch(#root::Patch::new() #changes .checked())))
    }

    fn bounds(&self) -> Option<TokenStream> {
        let (root, model) = (&self.root, self.model);
        let one = |ask: &Option<Ask>| ask.as_ref().is_some_and(|ask| !ask.send.has("channels"));
        let single = one(&model.subscribe) || one(&model.unsubscribe);
        let chunk = if single { Some(1) } else { model.chunk };
        let every = model.ping.as_ref().and_then(|ping| ping.every).map(|every| {
            let every = duration(every);
            quote!(.heartbeat(#every))
        });
        let topics = model.topics.map(Literal::u32_unsuffixed).map(|topics| quote!(.topics(#topics)));
        let chunk = chunk.map(Literal::u32_unsuffixed).map(|chunk| quote!(.chunk(#chunk)));
        let outbound = model.outbound.map(Literal::u32_unsuffixed).map(|bytes| quote!(.outbound(#bytes)));
        let limits = model.settings.iter().find(|settings| settings.group.name == "rate_limit").map(|settings| {
            let limits = settings::patch_of(root, settings);
            quote!(.rate_limit(#limits))
        });
        let bounds: TokenStream = [every, topics, chunk, outbound, limits].into_iter().flatten().collect();
        (!bounds.is_empty()).then(|| quote!(.bounds(#root::Bounds::new() #bounds)))
    }

    fn pools(&self) -> Option<TokenStream> {
        let root = &self.root;
        let pools = self.model.pools.iter().map(|pool| {
            let (name, kind) = (&pool.name, Ident::new(pool.refill.kind, Span::call_site()));
            let capacity = pool.refill.capacity.map(Literal::u32_unsuffixed).map(|capacity| quote!(#capacity,));
            let (count, per) = (Literal::u32_unsuffixed(pool.refill.rate.0), duration(pool.refill.rate.1));
            quote!(#root::Pool::#kind(#name, #capacity #root::Rate::new(#count, #per)))
        });
        (!self.model.pools.is_empty()).then(|| quote!(.pools(&[#(#pools),*])))
    }

    /// The struct's fields that addresses and templates name.
    fn placeholder(&self) -> Option<TokenStream> {
        let used = self.model.used_fields();
        let arms: Vec<_> = used
            .iter()
            .map(|field| {
                let (name, span) = (field.to_string(), field.span());
                quote_spanned! {span=>
                    #name => ::core::option::Option::Some(::std::borrow::Cow::Owned(
                        ::std::string::ToString::to_string(&self.#field),
                    )),
                }
            })
            .collect();
        (!arms.is_empty()).then(|| {
            quote! {
                fn placeholder(&self, name: &str) -> ::core::option::Option<::std::borrow::Cow<'_, str>> {
                    match name {
                        #(#arms)*
                        _ => ::core::option::Option::None,
                    }
                }
            }
        })
    }

    fn wire(&self) -> Option<TokenStream> {
        let (root, model) = (&self.root, self.model);
        let platform = quote!(#root::platform);
        let mut calls: Vec<TokenStream> = Vec::new();
        for (key, pointer) in &model.places {
            let key = Ident::new(key, Span::call_site());
            calls.push(quote!(.#key(#pointer)));
        }
        if !model.headers.is_empty() {
            let headers = model.headers.iter().map(|(name, value)| {
                let value = &value.text;
                quote!((#name, #value))
            });
            calls.push(quote!(.headers(&[#(#headers),*])));
        }
        for (key, ask) in [("subscribe", &model.subscribe), ("unsubscribe", &model.unsubscribe)] {
            if let Some(Ask { send, each, listed }) = ask {
                let (key, send) = (Ident::new(key, Span::call_site()), &send.text);
                let each = each.as_ref().map(|each| &each.text).map(|each| quote!(.each(#each)));
                let listed = listed.as_ref().map(|listed| quote!(.listed(#listed)));
                calls.push(quote!(.#key(#platform::Ask::new(#send) #each #listed)));
            }
        }
        calls.extend(self.answers(&platform));
        if let Some(login) = &model.login {
            let send = &login.send.text;
            let ack = login.ack.as_ref().map(|when| matcher(&platform, when)).map(|when| quote!(.ack(#when)));
            let life = login.life.as_ref().map(|life| quote!(.life(#life)));
            calls.push(quote!(.login(#platform::Login::new(#send) #ack #life)));
        }
        if let Some(sign) = &model.sign {
            let over = sign.over.as_ref().map(|over| over.text.value()).unwrap_or_default();
            let base64 = sign.base64.then(|| quote!(.base64()));
            let seconds = sign.seconds.then(|| quote!(.seconds()));
            let expires = sign.expires.map(duration).map(|after| quote!(.expires(#after)));
            calls.push(quote!(.sign(#platform::Sign::new(#over) #base64 #seconds #expires)));
        }
        if let Some(ping) = &model.ping {
            calls.extend(ping.send.as_ref().map(|send| &send.text).map(|send| quote!(.ping(#send))));
            calls.extend(ping.text.as_ref().map(|text| quote!(.ping_text(#text))));
        }
        if let Some(request) = &model.request {
            let request = &request.text;
            calls.push(quote!(.request(#request)));
        }
        calls.extend(self.tables(&platform));
        (!calls.is_empty()).then(|| quote!(.wire(const { &#platform::Wire::new() #(#calls)* })))
    }

    /// What frames mean.
    fn answers(&self, platform: &TokenStream) -> Vec<TokenStream> {
        let model = self.model;
        let acks = model.acks.iter().map(|ack| {
            let (when, channel) = (matcher(platform, &ack.when), &ack.channel);
            let refused = ack.refused.as_ref().map(|refused| quote!(.refused(#refused)));
            quote!(.ack(#platform::Ack::new(#when, #channel) #refused))
        });
        let errors = model.failures.iter().map(|failure| {
            let when = matcher(platform, &failure.when);
            let places = failure.places.iter().filter_map(|(key, pointer)| {
                let (key, pointer) = (Ident::new(key, Span::call_site()), pointer.as_ref()?);
                Some(quote!(.#key(#pointer)))
            });
            quote!(.error(#platform::Failure::new(#when) #(#places)*))
        });
        let ignored = model.ignored.iter().map(|when| {
            let when = matcher(platform, when);
            quote!(.ignore(#when))
        });
        let answers = model.answers.iter().map(|answer| {
            let (when, send) = (matcher(platform, &answer.when), &answer.send.text);
            quote!(.answer(#when, #send))
        });
        let sequence = model.sequence.iter().map(|sequence| {
            let (rule, at) = (Ident::new(sequence.rule, Span::call_site()), &sequence.at);
            let other = sequence.other.as_ref().map(|other| quote!(.other(#other)));
            let snapshot = sequence.snapshot.as_ref().map(|when| matcher(platform, when));
            let snapshot = snapshot.map(|when| quote!(.snapshot(#when)));
            quote!(.sequence(#platform::Sequence::new(#platform::Rule::#rule, #at) #other #snapshot))
        });
        acks.chain(errors).chain(ignored).chain(answers).chain(sequence).collect()
    }

    fn tables(&self, platform: &TokenStream) -> Vec<TokenStream> {
        let (root, model) = (&self.root, self.model);
        let mut calls = Vec::new();
        if !model.private.is_empty() {
            let private = &model.private;
            calls.push(quote!(.private(&[#(#private),*])));
        }
        if !model.pools.is_empty() {
            let costs = model.pools.iter().enumerate().map(|(pool, of)| {
                let (pool, cost, methods) = (Literal::usize_unsuffixed(pool), of.cost, &of.methods);
                let cost = Literal::u32_unsuffixed(cost);
                quote!(#platform::Cost::new(&[#(#methods),*], #pool, #cost))
            });
            calls.push(quote!(.costs(const { &[#(#costs),*] })));
        }
        for (key, codes) in [("error_codes", &model.error_codes), ("close_codes", &model.close_codes)] {
            if codes.is_empty() {
                continue;
            }
            let key = Ident::new(key, Span::call_site());
            let codes = codes.iter().map(|(code, class)| {
                let (code, class) = (Literal::i64_unsuffixed(*code), Ident::new(class, Span::call_site()));
                quote!((#code, #root::ErrorClass::#class))
            });
            calls.push(quote!(.#key(&[#(#codes),*])));
        }
        calls
    }
}

fn matcher(platform: &TokenStream, when: &Match) -> TokenStream {
    if let Some(text) = &when.text {
        return quote!(#platform::Match::text(#text));
    }
    let at = &when.at;
    let is = (!when.is.is_empty()).then(|| constants(platform, &when.is)).map(|values| quote!(.is(#values)));
    let not = (!when.not.is_empty()).then(|| constants(platform, &when.not)).map(|values| quote!(.not(#values)));
    quote!(#platform::Match::at(#at) #is #not)
}

fn constants(platform: &TokenStream, values: &[Constant]) -> TokenStream {
    let values = values.iter().map(|value| match value {
        Constant::Text(text) => quote!(#platform::Literal::Text(#text)),
        Constant::Number(number) => {
            let number = Literal::i64_unsuffixed(*number);
            quote!(#platform::Literal::Number(#number))
        }
        Constant::Flag(flag) => quote!(#platform::Literal::Flag(#flag)),
    });
    quote!(&[#(#values),*])
}
