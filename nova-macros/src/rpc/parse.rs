//! `#[nova::rpc(..)]`, `#[rpc("method", ..)]` and `#[rpc(name = "..")]` → what was written, spans kept.

use crate::{
    client::{
        model::{Named, named, span_of},
        parse::{self, Entry, Given},
    },
    diag::{Diagnostics, unknown},
    names::PLATFORMS,
    settings::{describe, units},
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use std::time::Duration;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Path, Type, ext::IdentExt};

/// How a call is made: of the trait for all its procedures, of a procedure for itself.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) positional: Option<bool>,
    pub(super) idempotent: Option<bool>,
    pub(super) timeout: Option<Duration>,
    pub(super) cost: Option<u32>,
    /// The variant of `Priority`, and where its name stands.
    pub(super) priority: Option<Ident>,
}

/// The attribute of the trait.
#[derive(Default)]
pub(super) struct OfTrait {
    pub(super) root: Option<Path>,
    pub(super) platform: Option<Named>,
    pub(super) settings: Settings,
}

/// The attribute of a procedure.
pub(super) struct OfMethod {
    /// `None` where it is missing or could not be read, which is reported.
    pub(super) method: Option<LitStr>,
    pub(super) settings: Settings,
}

/// The attribute of a parameter.
#[derive(Default)]
pub(super) struct OfParameter {
    pub(super) name: Option<LitStr>,
    pub(super) default: Option<Expr>,
}

const TRAIT_KEYS: &[&str] = &["platform", "params", "idempotent", "timeout", "cost", "priority", "crate"];
const METHOD_KEYS: &[&str] = &["params", "idempotent", "timeout", "cost", "priority"];
const PARAMETER_KEYS: &[&str] = &["name", "default"];

pub(super) fn attribute(tokens: TokenStream, diag: &mut Diagnostics) -> OfTrait {
    let mut found = OfTrait::default();
    let mut seen = Vec::new();
    for Entry { name, given } in parse::keys(tokens, "expected `key = value`, such as `platform = \"deribit\"`", diag) {
        if is_repeated(&mut seen, &name, diag) {
            continue;
        }
        match (name.to_string().as_str(), given) {
            (_, Given::Unreadable) => {}
            ("platform", given) => found.platform = named(&PLATFORMS, &name, given, diag),
            ("crate", Given::Type(Type::Path(path))) if path.qself.is_none() => found.root = Some(path.path),
            ("crate", given) => {
                diag.at(span_of(&name, &given), "`crate` takes the path to nova: write `crate = my_nova`");
            }
            (_, given) => found.settings.set(&name, given, TRAIT_KEYS, diag),
        }
    }
    found
}

/// Takes `#[rpc(..)]` out of a method's attributes. `None` where there is none.
pub(super) fn method(attributes: &mut Vec<Attribute>, diag: &mut Diagnostics) -> Option<OfMethod> {
    let attribute = take(attributes, diag)?;
    let mut found = OfMethod { method: None, settings: Settings::default() };
    let Meta::List(list) = &attribute.meta else {
        diag.over(
            &attribute.meta,
            "`#[rpc(..)]` names the remote procedure: write `#[rpc(\"private/get_positions\")]`",
        );
        return Some(found);
    };
    let mut tokens = list.tokens.clone().into_iter().peekable();
    let literal = tokens.peek().cloned().and_then(literal);
    match literal {
        Some(Lit::Str(method)) => {
            if method.value().is_empty() {
                diag.at(method.span(), "the name of a remote procedure is not empty");
            }
            found.method = Some(method);
        }
        Some(other) => {
            diag.at(other.span(), format!("the name of a remote procedure is a string; found {}", describe(&other)));
        }
        None => diag.over(
            attribute.path(),
            "the name of the remote procedure comes first: write `#[rpc(\"private/get_positions\")]`",
        ),
    }
    if tokens.peek().cloned().and_then(literal_of_any).is_some() {
        tokens.next();
        match tokens.peek() {
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {
                tokens.next();
            }
            Some(other) => diag.at(other.span(), "expected `,`"),
            None => {}
        }
    }
    let mut seen = Vec::new();
    for Entry { name, given } in parse::keys(tokens.collect(), "expected `key = value` or `idempotent`", diag) {
        if !is_repeated(&mut seen, &name, diag) && !matches!(given, Given::Unreadable) {
            found.settings.set(&name, given, METHOD_KEYS, diag);
        }
    }
    Some(found)
}

/// Takes `#[rpc(..)]` out of a parameter's attributes.
pub(super) fn parameter(attributes: &mut Vec<Attribute>, diag: &mut Diagnostics) -> OfParameter {
    let mut found = OfParameter::default();
    let Some(attribute) = take(attributes, diag) else { return found };
    let Meta::List(list) = &attribute.meta else {
        diag.over(&attribute.meta, "of a parameter, write `#[rpc(name = \"..\")]` or `#[rpc(default = ..)]`");
        return found;
    };
    let mut seen = Vec::new();
    for Entry { name, given } in parse::list(list.tokens.clone(), diag) {
        if is_repeated(&mut seen, &name, diag) {
            continue;
        }
        match (name.to_string().as_str(), given) {
            (_, Given::Unreadable) => {}
            ("name", Given::Literal(Lit::Str(text))) => found.name = Some(text),
            ("name", given) => {
                diag.at(
                    span_of(&name, &given),
                    "`name` takes the parameter's name at the venue: write `name = \"type\"`",
                );
            }
            ("default", Given::Expr(value)) => found.default = Some(value),
            ("default", Given::Literal(literal)) => {
                found.default = Some(Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: literal }));
            }
            ("default", _) => diag.at(name.span(), "`default` takes a value: write `default = 10`"),
            (key, _) => diag.at(name.span(), unknown("key", key, PARAMETER_KEYS, "")),
        }
    }
    found
}

impl Settings {
    fn set(&mut self, name: &Ident, given: Given, known: &[&str], diag: &mut Diagnostics) {
        let span = span_of(name, &given);
        let message = match (name.to_string().as_str(), given) {
            ("params", Given::Type(Type::Path(path))) => {
                match path.path.get_ident().map(|ident| ident.unraw().to_string()) {
                    Some(way) if way == "positional" => return self.positional = Some(true),
                    Some(way) if way == "named" => return self.positional = Some(false),
                    Some(way) => unknown("way to pass parameters", &way, &["named", "positional"], ""),
                    None => "`params` takes `named` or `positional`".to_owned(),
                }
            }
            ("params", Given::Literal(Lit::Str(text))) if matches!(text.value().as_str(), "named" | "positional") => {
                format!("`params` takes a word without quotes: write `params = {}`", text.value())
            }
            ("params", _) => "`params` takes `named` or `positional`: write `params = positional`".to_owned(),
            ("idempotent", Given::Nothing) => return self.idempotent = Some(true),
            ("idempotent", Given::Literal(Lit::Bool(flag))) => return self.idempotent = Some(flag.value),
            ("idempotent", _) => "`idempotent` stands alone, or takes true or false".to_owned(),
            ("timeout", Given::Literal(Lit::Str(text))) => {
                match units::duration(&text.value()).filter(|time| !time.is_zero()) {
                    Some(time) => return self.timeout = Some(time),
                    None => format!("{DURATION}; found `{}`", text.value()),
                }
            }
            ("timeout", Given::Literal(other)) => format!("{DURATION}; found {}", describe(&other)),
            ("timeout", _) => DURATION.to_owned(),
            ("cost", Given::Literal(Lit::Int(digits))) => match digits.base10_parse() {
                Ok(cost) => return self.cost = Some(cost),
                Err(_) => format!("{COST}; found `{digits}`"),
            },
            ("cost", Given::Literal(other)) => format!("{COST}; found {}", describe(&other)),
            ("cost", _) => COST.to_owned(),
            ("priority", Given::Literal(Lit::Str(text))) => {
                let word = text.value();
                match PRIORITIES.iter().find(|(known, _)| *known == word) {
                    Some((_, variant)) => return self.priority = Some(Ident::new(variant, text.span())),
                    None => unknown("priority", &word, &PRIORITIES.map(|(known, _)| known), ""),
                }
            }
            ("priority", _) => "`priority` takes how urgent the call is: write `priority = \"cancel\"`".to_owned(),
            (key @ ("platform" | "crate"), _) => {
                format!("`{key}` belongs on the trait: write `#[nova::rpc({key} = ..)]`")
            }
            (key, _) => unknown("key", key, known, ""),
        };
        diag.at(span, message);
    }

    /// These, and where they are silent the trait's.
    pub(super) fn or(self, of_trait: &Self) -> Self {
        Self {
            positional: self.positional.or(of_trait.positional),
            idempotent: self.idempotent.or(of_trait.idempotent),
            timeout: self.timeout.or(of_trait.timeout),
            cost: self.cost.or(of_trait.cost),
            priority: self.priority.or_else(|| of_trait.priority.clone()),
        }
    }
}

/// The words for `Priority`, the most urgent first.
const PRIORITIES: [(&str, &str); 5] =
    [("control", "Control"), ("cancel", "Cancel"), ("order", "Order"), ("subscribe", "Subscribe"), ("query", "Query")];

const DURATION: &str = "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"";
const COST: &str = "`cost` takes a whole number: the units of the venue's limit that one call takes";

fn is_repeated(seen: &mut Vec<Ident>, name: &Ident, diag: &mut Diagnostics) -> bool {
    let repeated = seen.contains(name);
    if repeated {
        diag.at(name.span(), format!("`{name}` is given twice"));
    }
    seen.push(name.clone());
    repeated
}

/// The one `#[rpc(..)]`, taken out: no such attribute exists outside of this macro.
fn take(attributes: &mut Vec<Attribute>, diag: &mut Diagnostics) -> Option<Attribute> {
    let (mut ours, others): (Vec<_>, Vec<_>) =
        std::mem::take(attributes).into_iter().partition(|attribute| attribute.path().is_ident("rpc"));
    *attributes = others;
    for second in ours.iter().skip(1) {
        diag.over(second.path(), "`#[rpc(..)]` stands here twice; put everything into one");
    }
    (!ours.is_empty()).then(|| ours.swap_remove(0))
}

fn literal(token: TokenTree) -> Option<Lit> {
    literal_of_any(token).and_then(|tokens| syn::parse2(tokens).ok())
}

/// A literal, also as what `$name:literal` of a user's `macro_rules!` stands for.
fn literal_of_any(token: TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Literal(literal) => Some(TokenTree::Literal(literal).into()),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => inner(&group),
        _ => None,
    }
}

fn inner(group: &Group) -> Option<TokenStream> {
    let mut tokens = group.stream().into_iter();
    let only = tokens.next().filter(|_| tokens.next().is_none())?;
    literal_of_any(only)
}

/// Where a procedure's name stands, or else its attribute.
pub(super) fn place(of: &OfMethod, otherwise: Span) -> Span {
    of.method.as_ref().map_or(otherwise, LitStr::span)
}
