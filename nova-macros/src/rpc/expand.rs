//! The model → tokens; decides nothing.

use super::model::{Call, Model, Parameter, Procedure};
use crate::{client::model::Named, deprecated, settings::duration};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{FnArg, ItemTrait, ReturnType, Signature, TraitItem, TraitItemFn, parse_quote, spanned::Spanned};

/// The trait with futures that are `Send`, and its impl for handles.
pub(super) fn procedures(model: &Model) -> TokenStream {
    let root = model.root.as_ref().map_or_else(|| quote!(::nova), ToTokens::to_token_stream);
    let mut item = model.item.clone();
    for member in &mut item.items {
        if let TraitItem::Fn(method) = member {
            desugar(method);
        }
    }
    let handles = model.whole.then(|| handles(model, &item, &root));
    quote!(#item #handles)
}

/// `async fn` → `fn .. -> impl Future + Send`: callers of an `async fn` in a trait could not know that they may spawn it.
fn desugar(method: &mut TraitItemFn) {
    let sig = &mut method.sig;
    if sig.asyncness.take().is_none() {
        return;
    }
    let output = match &sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, of) => of.to_token_stream(),
    };
    sig.output = parse_quote!(-> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
    if let Some(body) = &mut method.default {
        let statements = &body.stmts;
        *body = parse_quote!({ async move { #(#statements)* } });
        if sig.receiver().is_some() {
            // Its future holds `&self`.
            sig.generics.make_where_clause().predicates.push(parse_quote!(Self: ::core::marker::Sync));
        }
    }
}

fn handles(model: &Model, item: &ItemTrait, root: &TokenStream) -> TokenStream {
    let name = &item.ident;
    let unsafety = &item.unsafety;
    let attributes = conditions(&item.attrs);
    let of_platform = match &model.platform {
        None => None,
        Some(Named::BuiltIn { module, item, span }) => {
            let (module, item) = (Ident::new(module, *span), Ident::new(item, *span));
            Some(quote_spanned!(*span=> #root::#module::#item))
        }
        Some(Named::Own(path)) => Some(path.to_token_stream()),
    };
    let of_platform = of_platform.map(|platform| quote!(<Platform = #platform>));
    let client = client_parameter(model);
    let methods = model.procedures.iter().map(|procedure| implementation(procedure, root));
    let allowed = deprecated::allowed(&item.attrs);
    quote! {
        #[automatically_derived]
        #(#attributes)*
        #allowed
        #unsafety impl<#client: #root::Client #of_platform> #name for #root::Handle<#client> {
            #(#methods)*
        }
    }
}

/// `C`, unless a method has a parameter of that name.
fn client_parameter(model: &Model) -> Ident {
    let mut name = format_ident!("C");
    let taken = |name: &Ident| {
        let mut parameters = model.procedures.iter().flat_map(|procedure| procedure.method.sig.generics.type_params());
        parameters.any(|parameter| parameter.ident == *name)
    };
    while taken(&name) {
        name = format_ident!("{name}0");
    }
    name
}

/// What decides whether a method is there must decide whether its impl is.
fn conditions(attributes: &[syn::Attribute]) -> impl Iterator<Item = &syn::Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

fn implementation(Procedure { method, call }: &Procedure, root: &TokenStream) -> TokenStream {
    let mut declared = method.clone();
    desugar(&mut declared);
    plain_names(&mut declared.sig);
    let sig = &declared.sig;
    let conditions = conditions(&method.attrs);
    let body = match call {
        Some(call) => body(call, root),
        // There are errors: it is here so that its absence is not another.
        None if method.sig.asyncness.is_some() => quote!(async move { ::core::future::pending().await }),
        None => quote!(loop {}),
    };
    quote!(#(#conditions)* #sig { #body })
}

/// Without what only the trait's own declaration has.
fn plain_names(sig: &mut Signature) {
    for input in &mut sig.inputs {
        if let FnArg::Typed(input) = input {
            input.attrs.clear();
        }
    }
}

fn body(Call { name, settings, parameters, answer }: &Call, root: &TokenStream) -> TokenStream {
    let positional = settings.positional == Some(true);
    let (outgoing, fails) = if parameters.is_empty() && !positional {
        (quote!(#root::Outgoing::call_bare(#name)), None)
    } else {
        let form = Ident::new(if positional { "positional" } else { "named" }, Span::call_site());
        let arguments = parameters.iter().map(|Parameter { ident, name, place, optional, default }| {
            let mut argument = ident.clone();
            argument.set_span(*place);
            match (optional, default) {
                (true, None) => quote_spanned!(*place=> .with_some(#name, &#argument)),
                (true, Some(default)) => quote!(.with(#name, &#ident.unwrap_or(#default))),
                (false, _) => quote_spanned!(*place=> .with(#name, &#argument)),
            }
        });
        (quote!(#root::Arguments::#form() #(#arguments)* .call(#name)), Some(quote!(?)))
    };
    let idempotent = (settings.idempotent == Some(true)).then(|| quote!(.idempotent()));
    let timeout = settings.timeout.map(|time| {
        let time = duration(time);
        quote!(.timeout(#time))
    });
    let cost = settings.cost.map(|cost| {
        let cost = Literal::u32_unsuffixed(cost);
        quote!(.cost(#cost))
    });
    let priority = settings.priority.as_ref().map(|variant| {
        let variant = Ident::new(&variant.to_string(), Span::call_site());
        quote!(.priority(#root::Priority::#variant))
    });
    // What is sent is written before the future is: so that it holds none of the parameters, which need not be `Send` then.
    let place = answer.as_ref().map_or_else(Span::call_site, |answer| Span::call_site().located_at(answer.span()));
    let answer = answer.as_ref().map(|answer| quote!(::<#answer>));
    let request =
        quote_spanned!(place=> self.request #answer (outgoing #fails #idempotent #timeout #cost #priority).await);
    quote! {
        let outgoing = #outgoing;
        async move { #request }
    }
}
