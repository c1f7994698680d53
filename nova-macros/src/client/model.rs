//! What was written → what it means, checked, and still without tokens of its own.
//!
//! Checking goes on after a mistake: the model then holds the nearest sensible thing (the platform that was probably meant,
//! else `echo`), so that the impls still exist and one mistake does not become ten.

use super::{
    parse::{self, Entry, Given},
    services::{self, Service},
};
use crate::{
    diag::{Diagnostics, nearest, unknown},
    names::{BEHAVIOURS, Names, PLATFORMS, PROFILES, STRATEGIES},
    settings::{self, GROUPS, Settings, describe},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::HashSet;
use syn::{Path, Type, ext::IdentExt, spanned::Spanned};

/// Everything the expansion needs besides the struct.
pub(crate) struct Model {
    /// The path to `nova`, when it is not `::nova`.
    pub(crate) root: Option<Path>,
    pub(crate) platform: Named,
    pub(crate) profile: Named,
    pub(crate) strategy: Named,
    pub(crate) message: Option<Type>,
    /// Without a codec among them it is the platform's.
    pub(crate) services: Vec<Service>,
    pub(crate) settings: Vec<Settings>,
    pub(crate) overrides: Vec<Override>,
}

/// A type that is built in, or the user's.
pub(crate) enum Named {
    /// `::nova::module::item`, standing where the string stands.
    BuiltIn {
        module: &'static str,
        item: &'static str,
        span: Span,
    },
    Own(Box<Type>),
}

impl Named {
    /// The path of the type, where nova is at `root`.
    pub(crate) fn path(&self, root: &TokenStream) -> TokenStream {
        match self {
            Self::BuiltIn { module, item, span } => {
                let (module, item) = (Ident::new(module, *span), Ident::new(item, *span));
                quote!(#root::#module::#item)
            }
            Self::Own(path) => path.to_token_stream(),
        }
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::BuiltIn { span, .. } => *span,
            Self::Own(path) => path.span(),
        }
    }
}

/// A behaviour of `overrides(..)`, standing where it is listed.
pub(crate) struct Override {
    pub(crate) behaviour: &'static str,
    pub(crate) span: Span,
}

/// The keys that take `= value`, in the order in which messages list them.
const KEYS: &[&str] =
    &["platform", "profile", "strategy", "message", "codec", "config", "secrets", "metrics", "cluster", "crate"];

const ADVICE: &str = "a client needs a platform: `#[nova::client(platform = \"deribit\")]`, or the path of a type that implements \
                      `nova::Platform`";

impl Model {
    pub(crate) fn check(entries: Vec<Entry>, diag: &mut Diagnostics) -> Self {
        let mut model = Self {
            root: None,
            platform: built_in(&PLATFORMS, "Echo"),
            profile: built_in(&PROFILES, "Standard"),
            strategy: built_in(&STRATEGIES, "AsProfiled"),
            message: None,
            services: Vec::new(),
            settings: Vec::new(),
            overrides: Vec::new(),
        };
        let mut seen = HashSet::new();
        for Entry { name, given } in entries {
            let key = name.to_string();
            // `cluster = Engine` is a service and `cluster(enabled = true)` are settings: both may be given.
            let is_list = matches!(&given, Given::List(tokens) if !services::is_one(&name, tokens));
            if !seen.insert((key.clone(), is_list)) {
                let advice = if is_list { format!("; put everything into one `{key}(..)`") } else { String::new() };
                diag.at(name.span(), format!("`{key}` is given twice{advice}"));
                continue;
            }
            match given {
                Given::Unreadable => {}
                Given::List(tokens) if is_list => model.list(&name, tokens, diag),
                given => model.value(&name, given, diag),
            }
        }
        if seen.iter().all(|(key, _)| key != "platform") {
            diag.at(Span::call_site(), ADVICE);
        }
        model
    }

    /// `name(..)`.
    fn list(&mut self, name: &Ident, tokens: TokenStream, diag: &mut Diagnostics) {
        if name == "overrides" {
            for entry in parse::list(tokens, diag) {
                self.list_override(entry, diag);
            }
        } else if let Some(group) = settings::group(name) {
            self.settings.push(Settings::check(group, parse::list(tokens, diag), diag));
        } else if KEYS.iter().any(|key| name == key) {
            diag.at(name.span(), format!("`{name}` takes a value: write `{name} = ..`"));
        } else {
            let known: Vec<_> = GROUPS.iter().map(|group| group.name).chain(["overrides"]).collect();
            diag.at(name.span(), unknown("group", &name.to_string(), &known, ""));
        }
    }

    /// `name = value`, or a name alone.
    fn value(&mut self, name: &Ident, given: Given, diag: &mut Diagnostics) {
        if let Some(kind) = services::kind(name) {
            return self.services.extend(Service::check(kind, name, given, diag));
        }
        match name.to_string().as_str() {
            "platform" => {
                if let Some(named) = named(&PLATFORMS, name, given, diag) {
                    self.platform = named;
                }
            }
            "profile" => {
                if let Some(named) = named(&PROFILES, name, given, diag) {
                    self.profile = named;
                }
            }
            "strategy" => {
                if let Some(named) = named(&STRATEGIES, name, given, diag) {
                    self.strategy = named;
                }
            }
            "message" => match given {
                Given::Type(path) => self.message = Some(path),
                _ => diag.at(span_of(name, &given), "`message` takes a type: write `message = Feed`"),
            },
            "crate" => match given {
                Given::Type(Type::Path(path)) if path.qself.is_none() => self.root = Some(path.path),
                _ => diag.at(span_of(name, &given), "`crate` takes the path to nova: write `crate = my_nova`"),
            },
            "overrides" => diag.at(name.span(), "`overrides` takes a list: write `overrides(ErrorHandler)`"),
            other if settings::group(name).is_some() => {
                diag.at(name.span(), format!("`{other}` takes a list: write `{other}(key = value)`"));
            }
            other => diag.at(name.span(), unknown_key(name, other)),
        }
    }

    fn list_override(&mut self, Entry { name, given }: Entry, diag: &mut Diagnostics) {
        if !matches!(given, Given::Nothing) {
            diag.at(name.span(), "`overrides(..)` lists the names of behaviours, such as `overrides(ErrorHandler)`");
        }
        let written = name.to_string();
        let mut behaviour = BEHAVIOURS.iter().copied().find(|known| *known == written);
        if behaviour.is_none() {
            diag.at(name.span(), unknown("behaviour", &written, BEHAVIOURS, ""));
            behaviour = nearest(&written, BEHAVIOURS);
        } else if self.overrides.iter().any(|listed| Some(listed.behaviour) == behaviour) {
            diag.at(name.span(), format!("`{written}` is listed twice"));
            behaviour = None;
        }
        if let Some(behaviour) = behaviour {
            self.overrides.push(Override { behaviour, span: name.span() });
        }
    }
}

pub(crate) fn built_in(names: &Names, item: &'static str) -> Named {
    Named::BuiltIn { module: names.module, item, span: Span::call_site() }
}

/// A string names a built-in, a path names the user's type.
pub(crate) fn named(names: &Names, key: &Ident, given: Given, diag: &mut Diagnostics) -> Option<Named> {
    let known: Vec<_> = names.items.iter().map(|(name, _)| *name).collect();
    let built_in = |written: &str, span| {
        let item = names.items.iter().find(|(name, _)| *name == written).map(|(_, item)| *item)?;
        Some(Named::BuiltIn { module: names.module, item, span })
    };
    match given {
        Given::Literal(syn::Lit::Str(text)) => {
            let written = text.value();
            built_in(&written, text.span()).or_else(|| {
                diag.at(text.span(), unknown(names.noun, &written, &known, ", or the path of your own type"));
                built_in(nearest(&written, &known)?, text.span())
            })
        }
        Given::Type(path) => {
            // A lower-case name of the table is a string without its quotes, not a type.
            let bare =
                lone_ident(&path).and_then(|written| built_in(&written, path.span()).map(|meant| (written, meant)));
            match bare {
                Some((written, meant)) => {
                    diag.over(
                        path,
                        format!("a built-in {} is named by a string: write `{key} = \"{written}\"`", names.noun),
                    );
                    Some(meant)
                }
                None => Some(Named::Own(Box::new(path))),
            }
        }
        Given::Literal(literal) => {
            let first = known.first().copied().unwrap_or_default();
            diag.at(
                literal.span(),
                format!(
                    "`{key}` takes the name of a built-in {}, such as \"{first}\", or the path of your own type; found {}",
                    names.noun,
                    describe(&literal)
                ),
            );
            None
        }
        _ => {
            diag.at(key.span(), format!("`{key}` takes a value: write `{key} = ..`"));
            None
        }
    }
}

fn lone_ident(path: &Type) -> Option<String> {
    match path {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident().map(|ident| ident.unraw().to_string()),
        _ => None,
    }
}

pub(crate) fn span_of(name: &Ident, given: &Given) -> Span {
    match given {
        Given::Literal(literal) => literal.span(),
        Given::Type(path) => path.span(),
        _ => name.span(),
    }
}

fn unknown_key(name: &Ident, written: &str) -> String {
    let known: Vec<_> =
        KEYS.iter().copied().chain(GROUPS.iter().map(|group| group.name)).chain(["overrides"]).collect();
    match settings::homes(name) {
        Some(homes) => format!("unknown key `{written}`; it is a key of {homes}"),
        None => unknown("key", written, &known, ""),
    }
}
