//! Checked settings → the calls that make a patch of them.

use super::{Setting, Settings, Value};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::time::Duration;

/// `.reconnect(::nova::patch::Reconnect::new().jitter(0.5))` for each group.
pub(crate) fn changes(root: &TokenStream, settings: &[Settings]) -> TokenStream {
    let groups = settings.iter().map(|settings| {
        let setter = Ident::new(settings.group.name, Span::call_site());
        let group = group(root, settings);
        quote!(.#setter(#group))
    });
    groups.collect()
}

/// `::nova::patch::Reconnect::new().jitter(0.5)`.
pub(crate) fn group(root: &TokenStream, settings: &Settings) -> TokenStream {
    let item = Ident::new(settings.group.item, Span::call_site());
    let keys = keys(root, settings);
    quote!(#root::patch::#item::new() #keys)
}

/// `.jitter(0.5)` for each key.
pub(crate) fn keys(root: &TokenStream, settings: &Settings) -> TokenStream {
    let keys = settings.values.iter().map(|setting| {
        let key = Ident::new(setting.key.name, Span::call_site());
        let value = value(root, setting);
        quote!(.#key(#value))
    });
    keys.collect()
}

fn value(root: &TokenStream, setting: &Setting) -> TokenStream {
    let span = setting.span;
    let value = match &setting.value {
        Value::Own(expr) => return expr.to_token_stream(),
        Value::Off => return quote_spanned!(span=> ::core::option::Option::None),
        Value::Choice(of, item) => {
            let (of, item) = (Ident::new(of, span), Ident::new(item, span));
            quote!(#root::#of::#item)
        }
        Value::AtMost(most) => {
            let most = Literal::u32_unsuffixed(*most);
            quote!(#root::Attempts::AtMost(#most))
        }
        Value::Unlimited => quote!(#root::Attempts::Unlimited),
        Value::Queue(items, bytes, ttl) => {
            let (items, bytes) = (Literal::u32_unsuffixed(*items), Literal::usize_unsuffixed(*bytes));
            let ttl = duration(*ttl);
            quote!(#root::SendPolicy::Queue { items: #items, bytes: #bytes, ttl: #ttl })
        }
        Value::Duration(time) => duration(*time),
        Value::Fraction(fraction) => Literal::f64_unsuffixed(*fraction).into_token_stream(),
        Value::Count(count) => Literal::u32_unsuffixed(*count).into_token_stream(),
        Value::Bytes(size) => Literal::usize_unsuffixed(*size).into_token_stream(),
        Value::Rate(count, per) => {
            let (count, per) = (Literal::u32_unsuffixed(*count), duration(*per));
            quote!(#root::Rate::new(#count, #per))
        }
        Value::Flag(flag) => quote!(#flag),
    };
    if setting.key.optional { quote!(::core::option::Option::Some(#value)) } else { value }
}

/// In the largest unit that holds it exactly.
pub(crate) fn duration(time: Duration) -> TokenStream {
    let nanos = time.as_nanos();
    let (unit, count) = [("from_secs", 1_000_000_000), ("from_millis", 1_000_000), ("from_micros", 1_000)]
        .into_iter()
        .find(|(_, each)| nanos.is_multiple_of(*each))
        .map_or(("from_nanos", nanos), |(unit, each)| (unit, nanos / each));
    let (unit, count) = (Ident::new(unit, Span::call_site()), Literal::u128_unsuffixed(count));
    quote!(::core::time::Duration::#unit(#count))
}
