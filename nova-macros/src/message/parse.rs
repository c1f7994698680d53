//! `#[nova(..)]` attributes → what was written, spans kept; a key that cannot stand where it stands is told with its place.

use crate::{
    client::{
        model::span_of,
        parse::{self, Entry, Given},
    },
    diag::{Diagnostics, unknown},
    settings::describe,
};
use proc_macro2::{Ident, Span};
use syn::{Attribute, Lit, LitInt, LitStr, Path, Type};

/// Where attributes stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Enum,
    Struct,
    Variant,
    Field,
}

/// What one item, variant or field says.
#[derive(Default)]
pub(super) struct Written {
    pub(super) channel: Option<LitStr>,
    pub(super) tag: Option<Tag>,
    pub(super) separator: Option<LitStr>,
    pub(super) root: Option<Path>,
    pub(super) other: Option<Span>,
    pub(super) nested: Option<Span>,
    /// Something stands here that could not be read: what is missing may be what was meant.
    pub(super) broken: bool,
}

/// A pointer, or the value that it should lead to.
pub(super) enum Tag {
    Text(LitStr),
    Number(LitInt),
}

impl Tag {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span(),
            Self::Number(number) => number.span(),
        }
    }
}

const KEYS: &[(&str, &[Place], &str)] = &[
    (
        "channel",
        &[Place::Struct, Place::Variant],
        "a variant, or a struct: write `#[nova(channel = \"ticker.*\")]` there",
    ),
    ("tag", &[Place::Enum, Place::Variant], "an enum (`tag = \"/e\"`) and its variants (`tag = \"trade\"`)"),
    ("other", &[Place::Variant], "the variant that takes what no other takes"),
    ("nested", &[Place::Variant], "a variant whose field is a message type of its own"),
    ("separator", &[Place::Enum, Place::Struct], "the enum or struct, for all its patterns"),
    ("crate", &[Place::Enum, Place::Struct], "the enum or struct"),
];

const EXPECTED: &str = "expected `key = value`, such as `channel = \"ticker.*\"`, or `other`";

impl Written {
    pub(super) fn read(attributes: &[Attribute], place: Place, diag: &mut Diagnostics) -> Self {
        let mut written = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("nova")) {
            let tokens = match &attribute.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                other => {
                    diag.over(other, "write `#[nova(key = value)]`, such as `#[nova(channel = \"ticker.*\")]`");
                    written.broken = true;
                    continue;
                }
            };
            for entry in parse::keys(tokens, EXPECTED, diag) {
                written.entry(entry, place, diag);
            }
        }
        written
    }

    fn entry(&mut self, Entry { name, given }: Entry, place: Place, diag: &mut Diagnostics) {
        let key = name.to_string();
        let Some((_, places, home)) = KEYS.iter().find(|(known, ..)| *known == key) else {
            let here = KEYS.iter().filter(|(_, places, _)| places.contains(&place)).map(|(known, ..)| *known);
            let all: Vec<_> = KEYS.iter().map(|(known, ..)| *known).collect();
            let near = crate::diag::nearest(&key, &all).is_some();
            let known: Vec<_> = if near || place == Place::Field { all } else { here.collect() };
            diag.at(name.span(), unknown("key", &key, &known, ""));
            self.broken = true;
            return;
        };
        if !places.contains(&place) {
            diag.at(name.span(), format!("`{key}` belongs on {home}"));
            return;
        }
        let before = match key.as_str() {
            "channel" => self.channel.is_some(),
            "tag" => self.tag.is_some(),
            "other" => self.other.is_some(),
            "nested" => self.nested.is_some(),
            "separator" => self.separator.is_some(),
            _ => self.root.is_some(),
        };
        if before {
            diag.at(name.span(), format!("`{key}` is given twice"));
            return;
        }
        self.set(&name, given, place, diag);
    }

    fn set(&mut self, name: &Ident, given: Given, place: Place, diag: &mut Diagnostics) {
        let key = name.to_string();
        let wrong = match (key.as_str(), given) {
            (_, Given::Unreadable) => {
                self.broken = true;
                return;
            }
            ("other", Given::Nothing) => return self.other = Some(name.span()),
            ("nested", Given::Nothing) => return self.nested = Some(name.span()),
            ("channel", Given::Literal(Lit::Str(text))) => return self.channel = Some(text),
            ("separator", Given::Literal(Lit::Str(text))) => return self.separator = Some(text),
            ("tag", Given::Literal(Lit::Str(text))) => return self.tag = Some(Tag::Text(text)),
            ("tag", Given::Literal(Lit::Int(number))) if place == Place::Variant => {
                return self.tag = Some(Tag::Number(number));
            }
            ("crate", Given::Type(Type::Path(path))) if path.qself.is_none() => return self.root = Some(path.path),
            (_, given) => given,
        };
        self.broken = true;
        let expected = match key.as_str() {
            "other" | "nested" => format!("`{key}` takes no value: write `#[nova({key})]`"),
            "channel" => "`channel` takes a pattern: write `channel = \"ticker.*\"`".to_owned(),
            "separator" => "`separator` takes the characters between segments: write `separator = \".\"`".to_owned(),
            "tag" if place == Place::Enum => "`tag` takes the JSON pointer of a field: write `tag = \"/e\"`".to_owned(),
            "tag" => "`tag` takes a string or a whole number: write `tag = \"trade\"`".to_owned(),
            _ => "`crate` takes the path to nova: write `crate = my_nova`".to_owned(),
        };
        let found = match &wrong {
            Given::Literal(literal) => format!("; found {}", describe(literal)),
            _ => String::new(),
        };
        diag.at(span_of(name, &wrong), format!("{expected}{found}"));
    }
}
