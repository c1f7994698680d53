//! `#[nova::test]`: parse → check → expand.
//!
//! All that a test needs is a value of `nova::test::Test`, which users may make themselves; the macro writes that one line around
//! the function's body and says what cannot be a test.

#[cfg(test)]
mod tests;

use crate::{
    client::{
        Generated,
        model::span_of,
        parse::{self, Entry, Given},
    },
    diag::{Diagnostics, unknown},
    settings::{describe, units},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::time::Duration;
use syn::{Attribute, Item, ItemFn, Lit, Path, Safety, Type, ext::IdentExt};

const KEYS: &[&str] = &["real_time", "seed", "timeout", "crate"];

/// The test, and the mistakes.
pub(crate) fn generate(attribute: TokenStream, tokens: &TokenStream) -> Generated {
    let mut diag = Diagnostics::default();
    let settings = Settings::check(attribute, &mut diag);
    let function = function(tokens.clone(), &mut diag);
    let written = match &function {
        Some(function) if is_test(function, &mut diag) => expand(function, &settings),
        // As it stands, so that it is not missing where it is named.
        _ => tokens.clone(),
    };
    let errors = diag.into_compile_errors();
    Generated {
        tokens: quote!(#written #errors),
        name: function.map(|function| function.sig.ident.unraw().to_string()),
    }
}

/// What the attribute says.
#[derive(Default)]
struct Settings {
    root: Option<Path>,
    real_time: bool,
    seed: Option<u64>,
    timeout: Option<Duration>,
}

impl Settings {
    fn check(attribute: TokenStream, diag: &mut Diagnostics) -> Self {
        let mut settings = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        for Entry { name, given } in
            parse::keys(attribute, "expected `real_time`, or `key = value` as in `seed = 7`", diag)
        {
            if seen.contains(&name) {
                diag.at(name.span(), format!("`{name}` is given twice"));
            } else if !matches!(given, Given::Unreadable) {
                settings.set(&name, given, diag);
            }
            seen.push(name);
        }
        settings
    }

    fn set(&mut self, name: &Ident, given: Given, diag: &mut Diagnostics) {
        let span = span_of(name, &given);
        let message = match (name.to_string().as_str(), given) {
            ("real_time", Given::Nothing) => return self.real_time = true,
            ("real_time", Given::Literal(Lit::Bool(flag))) => return self.real_time = flag.value,
            ("real_time", _) => "`real_time` stands alone, or takes true or false".to_owned(),
            ("seed", Given::Literal(Lit::Int(digits))) => match digits.base10_parse() {
                Ok(seed) => return self.seed = Some(seed),
                Err(_) => format!("{SEED}; found `{digits}`"),
            },
            ("seed", Given::Literal(other)) => format!("{SEED}; found {}", describe(&other)),
            ("seed", _) => SEED.to_owned(),
            ("timeout", Given::Literal(Lit::Str(text))) => {
                match units::duration(&text.value()).filter(|time| !time.is_zero()) {
                    Some(time) => return self.timeout = Some(time),
                    None => format!("{TIMEOUT}; found `{}`", text.value()),
                }
            }
            ("timeout", Given::Literal(other)) => format!("{TIMEOUT}; found {}", describe(&other)),
            ("timeout", _) => TIMEOUT.to_owned(),
            ("crate", Given::Type(Type::Path(path))) if path.qself.is_none() => return self.root = Some(path.path),
            ("crate", _) => "`crate` takes the path to nova: write `crate = my_nova`".to_owned(),
            (key, _) => unknown("key", key, KEYS, ""),
        };
        diag.at(span, message);
    }
}

const SEED: &str = "`seed` takes a whole number below 2^64: write `seed = 7`";
const TIMEOUT: &str = "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"";

fn function(tokens: TokenStream, diag: &mut Diagnostics) -> Option<ItemFn> {
    let (place, found) = match syn::parse2(tokens) {
        Ok(Item::Fn(item)) => return Some(item),
        Ok(Item::Struct(item)) => (item.struct_token.to_token_stream(), "a struct"),
        Ok(Item::Enum(item)) => (item.enum_token.to_token_stream(), "an enum"),
        Ok(Item::Trait(item)) => (item.trait_token.to_token_stream(), "a trait"),
        Ok(Item::Impl(item)) => (item.impl_token.to_token_stream(), "an impl"),
        Ok(Item::Mod(item)) => (item.mod_token.to_token_stream(), "a module"),
        Ok(other) => (other.to_token_stream(), "something else"),
        // The compiler says itself what it could not read.
        Err(_) => (TokenStream::new(), "something else"),
    };
    diag.over(place, format!("`#[nova::test]` goes on an `async fn`; this is {found}"));
    None
}

/// Whether the function can be a test.
fn is_test(function: &ItemFn, diag: &mut Diagnostics) -> bool {
    let signature = &function.sig;
    let mut right = true;
    let mut wrong = |place: &dyn ToTokens, message: &str| {
        diag.over(place.to_token_stream(), message);
        right = false;
    };
    if signature.asyncness.is_none() {
        wrong(
            &signature.fn_token,
            "a test of clients waits for them: write `async fn`, or `#[test]` for one that does not",
        );
    }
    if !signature.inputs.is_empty() {
        wrong(&signature.inputs, "nobody calls a test with arguments: make what it needs in its body");
    }
    if !signature.generics.params.is_empty() {
        wrong(&signature.generics.params, "nobody says what a test's parameters are: take them away");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        wrong(token, "nobody answers for an unsafe test: put an `unsafe` block into its body");
    }
    for other in function.attrs.iter().filter(|attribute| is_test_attribute(attribute)) {
        wrong(other.path(), "`#[nova::test]` makes it a test already: take this attribute away");
    }
    right
}

/// `#[test]`, `#[tokio::test]`, `#[nova::test]` and their like.
fn is_test_attribute(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "test")
}

fn expand(function: &ItemFn, settings: &Settings) -> TokenStream {
    let root = settings.root.as_ref().map_or_else(|| quote!(::nova), ToTokens::to_token_stream);
    let ItemFn { attrs, vis, sig, block, .. } = function;
    let (ident, output) = (&sig.ident, &sig.output);
    let name = ident.unraw().to_string();
    let seed = settings.seed.map(|seed| {
        let seed = syn::LitInt::new(&seed.to_string(), Span::call_site());
        quote!(.seed(#seed))
    });
    let real_time = settings.real_time.then(|| quote!(.real_time()));
    let timeout = settings.timeout.map(|time| {
        let (secs, nanos) = (time.as_secs(), time.subsec_nanos());
        quote!(.timeout(::core::time::Duration::new(#secs, #nanos)))
    });
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #ident() {
            async fn #ident() #output #block
            #root::test::Test::new(::core::concat!(::core::module_path!(), "::", #name))
                #seed #real_time #timeout
                .run(#ident());
        }
    }
}
