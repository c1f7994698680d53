//! The model → tokens; decides nothing.
//!
//! Everything it names is either a path or stands in what it writes, so that it can be pasted back in place of the macro.

use super::{
    fields::{Filling, Source},
    model::{Arm, Kind, Model, Other, Value},
    pattern::{Pattern, Step},
};
use crate::deprecated;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{DeriveInput, GenericParam, ext::IdentExt, spanned::Spanned};

pub(super) fn message(item: &DeriveInput, model: &Model) -> TokenStream {
    let root = model.root.as_ref().map_or_else(|| quote!(::nova), ToTokens::to_token_stream);
    let expansion = Expansion { item, model, root: &root };
    let name = &item.ident;
    let (generics, arguments, clause) = item.generics.split_for_impl();
    let codec = expansion.codec_parameter();
    let (body, reads) = expansion.body();
    // A parameter that nothing reads would be a warning.
    let parameter = if reads { quote!(codec) } else { quote!(_) };
    let allowed = deprecated::allowed(&item.attrs);
    quote! {
        #[automatically_derived]
        #allowed
        impl #generics #root::Message for #name #arguments #clause {
            fn decode<#codec: #root::Codec>(envelope: &#root::Envelope<'_>, #parameter: &#codec) -> #root::Result<Self> {
                #body
            }
        }
    }
}

struct Expansion<'a> {
    item: &'a DeriveInput,
    model: &'a Model,
    root: &'a TokenStream,
}

impl Expansion<'_> {
    /// `C`, unless the message has a parameter of that name.
    fn codec_parameter(&self) -> Ident {
        let taken = |name: &Ident| {
            self.item.generics.params.iter().any(|parameter| match parameter {
                GenericParam::Type(parameter) => parameter.ident == *name,
                GenericParam::Const(parameter) => parameter.ident == *name,
                GenericParam::Lifetime(_) => false,
            })
        };
        let mut name = format_ident!("C");
        while taken(&name) {
            name = format_ident!("{name}0");
        }
        name
    }

    /// What `decode` does, and whether that needs the codec.
    fn body(&self) -> (TokenStream, bool) {
        let name = self.item.ident.unraw();
        match &self.model.kind {
            Kind::Payload(pattern) => (self.one(pattern.as_ref(), &quote!(envelope.data::<Self>(codec))), true),
            Kind::Struct(pattern, filling) => {
                let made = self.fill(&quote!(Self), filling);
                (self.one(pattern.as_ref(), &made), needs_codec(filling))
            }
            Kind::Channels(arms, other) => {
                let reason = format!("no variant of `{name}` takes this channel");
                let reads = arms.iter().any(|arm| needs_codec(&arm.filling)) || others_codec(other.as_ref());
                let other = self.other(other.as_ref(), &quote!(#reason));
                let channel = (!arms.is_empty()).then(|| quote!(let channel = envelope.channel().unwrap_or_default();));
                let arms = arms.iter().map(|Arm { variant, key, filling }| {
                    let made = self.fill(&quote!(Self::#variant), filling);
                    self.arm(key, &made)
                });
                (quote!(#channel #(#arms)* #other), reads)
            }
            Kind::Tags(pointer, arms, other) => {
                let reads = arms.iter().any(|arm| needs_codec(&arm.filling)) || others_codec(other.as_ref());
                let reason = format!("no variant of `{name}` takes what stands at `{}`", pointer.value());
                let other = self.other(other.as_ref(), &quote!(#reason));
                let made = |arms: &[&Arm<Value>]| -> TokenStream {
                    let made = arms.iter().map(|Arm { variant, key, filling }| {
                        let made = self.fill(&quote!(Self::#variant), filling);
                        match key {
                            Value::Text(text) => quote!(::core::option::Option::Some(#text) => return #made,),
                            Value::Number(number) => {
                                let number = Literal::i64_unsuffixed(*number);
                                quote!(::core::option::Option::Some(#number) => return #made,)
                            }
                        }
                    });
                    quote!(#(#made)*)
                };
                let (texts, numbers): (Vec<_>, Vec<_>) = arms.iter().partition(|arm| matches!(arm.key, Value::Text(_)));
                let tag = (!arms.is_empty()).then(|| quote!(let tag = envelope.field(#pointer)?;));
                let texts = (!texts.is_empty()).then(|| {
                    let made = made(&texts);
                    quote!(match tag.as_str() { #made _ => {} })
                });
                let numbers = (!numbers.is_empty()).then(|| {
                    let made = made(&numbers);
                    quote!(match tag.as_i64() { #made _ => {} })
                });
                (quote!(#tag #texts #numbers #other), reads)
            }
        }
    }

    /// A struct's only arm.
    fn one(&self, pattern: Option<&Pattern>, made: &TokenStream) -> TokenStream {
        let Some(pattern) = pattern else { return made.clone() };
        let reason = format!("`{}` is not of this channel", self.item.ident.unraw());
        let arm = self.arm(pattern, made);
        quote! {
            let channel = envelope.channel().unwrap_or_default();
            #arm
            ::core::result::Result::Err(envelope.refuse(#reason))
        }
    }

    fn other(&self, other: Option<&Other>, reason: &TokenStream) -> TokenStream {
        let filled = other.map(|Other { variant, filling }| self.fill(&quote!(Self::#variant), filling));
        filled.unwrap_or_else(|| quote!(::core::result::Result::Err(envelope.refuse(#reason))))
    }

    /// Returns `made` where the channel fits, its captures in variables of their own.
    fn arm(&self, pattern: &Pattern, made: &TokenStream) -> TokenStream {
        let steps = pattern.steps();
        match &steps[..] {
            [Step::Text(text)] => return quote!(if channel == #text { return #made; }),
            [Step::Rest(None)] => return quote!(if !channel.is_empty() { return #made; }),
            [Step::Text(text), Step::Rest(None)] => {
                return quote! {
                    if channel.strip_prefix(#text).is_some_and(|rest| !rest.is_empty()) { return #made; }
                };
            }
            _ => {}
        }
        let root = self.root;
        let separators = self.model.separators.iter().map(|separator| Literal::character(*separator));
        let separators = quote!(&[#(#separators),*]);
        let mut at = quote!(channel);
        let mut walk = Vec::new();
        let mut ends = false;
        for step in &steps {
            walk.push(match step {
                Step::Text(text) => quote!(let rest = #at.strip_prefix(#text)?;),
                Step::Segment(name) => {
                    let part = name.map_or_else(|| quote!(_), |name| part(name).to_token_stream());
                    quote!(let (#part, rest) = #root::channel::segment(#at, #separators)?;)
                }
                Step::Rest(name) => {
                    ends = true;
                    let part = name.map(part).map(|part| quote!(let #part =));
                    quote!(#part #root::channel::rest(#at)?;)
                }
            });
            at = quote!(rest);
        }
        let captures: Vec<_> = pattern.captures().map(part).collect();
        let captures = match &captures[..] {
            [] => quote!(()),
            [only] => quote!(#only),
            more => quote!((#(#more),*)),
        };
        let end = if ends {
            quote!(::core::option::Option::Some(#captures))
        } else {
            quote!(rest.is_empty().then_some(#captures))
        };
        quote! {
            let fits = || { #(#walk)* #end };
            if let ::core::option::Option::Some(#captures) = fits() { return #made; }
        }
    }

    /// The value of a variant or struct, as a `Result`.
    fn fill(&self, path: &TokenStream, filling: &Filling) -> TokenStream {
        match filling {
            Filling::Nothing => quote!(::core::result::Result::Ok(#path)),
            Filling::Tuple(source) => {
                let read = self.read(source);
                quote!(#read.map(#path))
            }
            Filling::Named(captures, payload) => {
                let captures = captures.iter().map(|(field, of)| {
                    let text = field.unraw().to_string();
                    let part = part(&text);
                    quote_spanned!(of.span()=> #field: envelope.capture::<#of>(#text, #part)?)
                });
                let payload = payload.iter().map(|(field, source)| {
                    let read = self.read(source);
                    quote!(#field: #read?)
                });
                let fields = captures.chain(payload);
                quote!(::core::result::Result::Ok(#path { #(#fields),* }))
            }
        }
    }

    fn read(&self, source: &Source) -> TokenStream {
        let root = self.root;
        match source {
            Source::Data(of) => quote!(envelope.data::<#of>(codec)),
            Source::Message(of) => quote!(<#of as #root::Message>::decode(envelope, codec)),
        }
    }
}

/// The variable of a capture: a name that no other variable here has.
fn part(name: &str) -> Ident {
    Ident::new(&format!("{name}_part"), Span::call_site())
}

fn needs_codec(filling: &Filling) -> bool {
    matches!(filling, Filling::Tuple(_) | Filling::Named(_, Some(_)))
}

fn others_codec(other: Option<&Other>) -> bool {
    other.is_some_and(|other| needs_codec(&other.filling))
}
