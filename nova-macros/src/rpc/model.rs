//! What was written → what it means, checked. The trait keeps everything that is not `#[rpc(..)]`.

use super::parse::{self, OfTrait, Settings};
use crate::{
    client::model::Named,
    diag::{Diagnostics, one_of},
    names::HANDLE,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use std::collections::HashSet;
use syn::{
    Expr, FnArg, GenericArgument, ItemTrait, Pat, PathArguments, Receiver, ReceiverKind, ReturnType, Signature,
    TraitItem, TraitItemFn, Type, ext::IdentExt, parse_quote, spanned::Spanned,
};

pub(super) struct Model {
    pub(super) root: Option<syn::Path>,
    pub(super) platform: Option<Named>,
    /// The trait, without `#[rpc(..)]`.
    pub(super) item: ItemTrait,
    pub(super) procedures: Vec<Procedure>,
    /// Whether handles can have it: not with members that only an impl by hand can give.
    pub(super) whole: bool,
}

/// A method that is a remote procedure.
pub(super) struct Procedure {
    pub(super) method: TraitItemFn,
    /// `None` where something about it is wrong: its impl is then only there to be there.
    pub(super) call: Option<Call>,
}

pub(super) struct Call {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) parameters: Vec<Parameter>,
    /// The `T` of `Result<T>`, where it is written: a mistake about it belongs there.
    pub(super) answer: Option<Type>,
}

pub(super) struct Parameter {
    pub(super) ident: Ident,
    /// At the venue.
    pub(super) name: String,
    /// Where a mistake about its type belongs.
    pub(super) place: Span,
    pub(super) optional: bool,
    pub(super) default: Option<Expr>,
}

impl Model {
    pub(super) fn check(of_trait: OfTrait, mut item: ItemTrait, diag: &mut Diagnostics) -> Self {
        let mut whole = item.generics.params.is_empty();
        if let Some(parameter) = item.generics.params.first() {
            diag.over(parameter, "a trait of remote procedures has no parameters of its own: give them to its methods");
        }
        let mut procedures = Vec::new();
        for member in &mut item.items {
            match member {
                TraitItem::Fn(method) => {
                    if let Some(procedure) = procedure(method, &of_trait.settings, diag) {
                        procedures.push(procedure);
                    }
                }
                TraitItem::Type(member) if member.default.is_none() => {
                    diag.over(&member.ident, ONLY);
                    whole = false;
                }
                TraitItem::Const(member) if member.default.is_none() => {
                    diag.over(&member.ident, ONLY);
                    whole = false;
                }
                TraitItem::Macro(member) => diag.over(&member.mac.path, ONLY),
                _ => {}
            }
        }
        Self { root: of_trait.root, platform: of_trait.platform, item, procedures, whole }
    }
}

const ONLY: &str = "a trait of remote procedures holds `async fn`s with `#[rpc(\"..\")]`, and whatever has a default";

/// `None` for a method with a body of its own.
fn procedure(method: &mut TraitItemFn, of_trait: &Settings, diag: &mut Diagnostics) -> Option<Procedure> {
    let name = method.sig.ident.unraw().to_string();
    if HANDLE.contains(&name.as_str()) {
        let advice =
            format!("`Handle` has a method `{name}` of its own, which would be called instead: choose another name");
        diag.at(method.sig.ident.span(), advice);
    }
    let attribute = parse::method(&mut method.attrs, diag);
    if attribute.is_none() && method.default.is_some() {
        return None;
    }
    let parameters = parameters(&mut method.sig, diag);
    let Some(attribute) = attribute else {
        let advice =
            format!("`{name}` calls nothing: write `#[rpc(\"..\")]` with the name of the remote procedure, or a body");
        diag.at(method.sig.ident.span(), advice);
        return Some(Procedure { method: method.clone(), call: None });
    };
    if method.default.take().is_some() {
        let place = parse::place(&attribute, method.sig.ident.span());
        diag.at(place, format!("`{name}` has a body of its own, so it calls nothing: leave one of the two out"));
    }
    check_signature(&method.sig, diag);
    let settings = attribute.settings.or(of_trait);
    let call = parameters.and_then(|parameters| {
        check_parameters(&parameters, &settings, diag);
        let name = attribute.method?.value();
        let parameters = parameters.into_iter().map(|(parameter, _)| parameter).collect();
        is_sound(&method.sig).then(|| Call { name, settings, parameters, answer: answer(&method.sig) })
    });
    Some(Procedure { method: method.clone(), call })
}

fn check_signature(sig: &Signature, diag: &mut Diagnostics) {
    if sig.asyncness.is_none() {
        diag.over(sig.fn_token, "a remote procedure takes its time: write `async fn`");
    }
    match sig.receiver() {
        Some(receiver) if !is_shared(receiver) => {
            diag.over(
                receiver,
                "a remote procedure takes `&self`: a handle is shared, and calls go on beside each other",
            );
        }
        Some(_) => {}
        None => diag.at(sig.ident.span(), "a remote procedure takes `&self`: the handle whose client it calls through"),
    }
    match &sig.output {
        ReturnType::Default => {
            diag.at(
                sig.ident.span(),
                "a remote procedure returns `nova::Result<..>`: `nova::Result` alone where the answer is nothing",
            );
        }
        ReturnType::Type(_, of) if !is_result(of) => {
            diag.over(of, "a remote procedure returns `nova::Result<..>`, for every call can fail");
        }
        ReturnType::Type(..) => {}
    }
}

/// Whether an impl can be written that compiles.
fn is_sound(sig: &Signature) -> bool {
    let output = matches!(&sig.output, ReturnType::Type(_, of) if is_result(of));
    let receiver = sig.receiver().is_some_and(is_shared);
    sig.asyncness.is_some() && output && receiver
}

fn is_shared(receiver: &Receiver) -> bool {
    matches!(receiver.kind, ReceiverKind::Reference(_, _, None))
}

fn is_result(of: &Type) -> bool {
    is_named(of, "Result")
}

fn is_named(of: &Type, name: &str) -> bool {
    match of {
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == name),
        Type::Group(group) => is_named(&group.elem, name),
        _ => false,
    }
}

fn answer(sig: &Signature) -> Option<Type> {
    let ReturnType::Type(_, of) = &sig.output else { return None };
    let mut of = &**of;
    while let Type::Group(group) = of {
        of = &group.elem;
    }
    let Type::Path(path) = of else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of.clone()),
        _ => None,
    })
}

/// The parameters, each with the tokens that a mistake about it stands at. `None` where one is not a plain name.
fn parameters(sig: &mut Signature, diag: &mut Diagnostics) -> Option<Vec<(Parameter, TokenStream)>> {
    let mut found = Some(Vec::new());
    for input in &mut sig.inputs {
        let FnArg::Typed(input) = input else { continue };
        let attribute = parse::parameter(&mut input.attrs, diag);
        let ident = match &*input.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() => &pat.ident,
            other => {
                diag.over(
                    other,
                    "a parameter of a remote procedure is a plain name, for that is what it is called at the venue",
                );
                // In a function without a body the compiler would say it once more.
                *input.pat = parse_quote!(_);
                found = None;
                continue;
            }
        };
        let name = attribute.name.map_or_else(|| ident.unraw().to_string(), |name| name.value());
        let optional = is_named(&input.ty, "Option");
        if let Some(default) = attribute.default.as_ref().filter(|_| !optional) {
            diag.at(default.span(), format!("`default` stands for a `None`, and `{ident}` is no `Option`"));
        }
        let parameter = Parameter {
            ident: ident.clone(),
            name,
            place: ident.span().located_at(input.ty.span()),
            optional,
            default: attribute.default,
        };
        if let Some(found) = &mut found {
            found.push((parameter, ident.to_token_stream()));
        }
    }
    found
}

fn check_parameters(parameters: &[(Parameter, TokenStream)], settings: &Settings, diag: &mut Diagnostics) {
    let mut names = HashSet::new();
    let mut left_out: Option<&Ident> = None;
    for (Parameter { ident, name, optional, default, .. }, place) in parameters {
        if !names.insert(name) {
            diag.over(place, format!("two parameters are called {} at the venue", one_of(&[name])));
        }
        if settings.positional != Some(true) {
            continue;
        }
        if *optional && default.is_none() {
            left_out = Some(ident);
        } else if let Some(first) = left_out {
            diag.over(
                place,
                format!("`{ident}` comes behind `{first}`, which may be left out, and by position that moves it: put optional parameters last"),
            );
            left_out = None;
        }
    }
}
