//! What was written → what it means, checked, and still without tokens of its own.

use super::{
    fields::{Filling, filling},
    order::{check_order, check_pointer, check_tags},
    parse::{Place, Tag, Written},
    pattern::{Pattern, SEPARATORS},
};
use crate::diag::Diagnostics;
use proc_macro2::{Ident, Span};
use syn::{Data, DataEnum, DataStruct, DeriveInput, Fields, LitStr, Path};

/// Everything the expansion needs besides the name and the generics.
pub(super) struct Model {
    pub(super) root: Option<Path>,
    pub(super) separators: Vec<char>,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// The struct itself is the payload, of one channel or of all.
    Payload(Option<Pattern>),
    /// The struct holds the payload.
    Struct(Option<Pattern>, Filling),
    /// The first pattern that fits takes the message.
    Channels(Vec<Arm<Pattern>>, Option<Other>),
    /// The field at this pointer decides.
    Tags(LitStr, Vec<Arm<Value>>, Option<Other>),
}

/// A variant and what it takes.
pub(super) struct Arm<K> {
    pub(super) variant: Ident,
    pub(super) key: K,
    pub(super) filling: Filling,
}

pub(super) enum Value {
    Text(String),
    Number(i64),
}

pub(super) struct Other {
    pub(super) variant: Ident,
    pub(super) filling: Filling,
}

impl Model {
    pub(super) fn check(item: &DeriveInput, diag: &mut Diagnostics) -> Option<Self> {
        match &item.data {
            Data::Enum(data) => {
                let written = Written::read(&item.attrs, Place::Enum, diag);
                let separators = separators(written.separator.as_ref(), diag);
                let kind = enumeration(item, data, &written, &separators, diag);
                Some(Self { root: written.root, separators, kind })
            }
            Data::Struct(data) => {
                let written = Written::read(&item.attrs, Place::Struct, diag);
                let separators = separators(written.separator.as_ref(), diag);
                // After a mistake it is still a message, if one that takes nothing.
                let kind = structure(data, &written, &separators, diag);
                let kind = kind.unwrap_or_else(|| Kind::Channels(Vec::new(), None));
                Some(Self { root: written.root, separators, kind })
            }
            Data::Union(data) => {
                diag.over(
                    data.union_token,
                    "a message is an enum with a variant for each channel, or a struct; this is a union",
                );
                None
            }
        }
    }
}

fn separators(written: Option<&LitStr>, diag: &mut Diagnostics) -> Vec<char> {
    let Some(literal) = written else { return SEPARATORS.to_vec() };
    let separators: Vec<char> = literal.value().chars().collect();
    if separators.is_empty() {
        diag.at(literal.span(), "`separator` lists at least one character, such as `separator = \".\"`");
        return SEPARATORS.to_vec();
    }
    if let Some(wrong) = separators.iter().find(|c| c.is_alphanumeric() || matches!(c, '*' | '{' | '}')) {
        diag.at(
            literal.span(),
            format!("`{wrong}` cannot be a separator: letters, digits, `*` and braces stand in segments"),
        );
        return SEPARATORS.to_vec();
    }
    separators
}

fn pattern(literal: &LitStr, separators: &[char], diag: &mut Diagnostics) -> Option<Pattern> {
    Pattern::read(&literal.value(), separators).map_err(|message| diag.at(literal.span(), message)).ok()
}

fn structure(data: &DataStruct, written: &Written, separators: &[char], diag: &mut Diagnostics) -> Option<Kind> {
    for field in &data.fields {
        Written::read(&field.attrs, Place::Field, diag);
    }
    let pattern = match &written.channel {
        Some(literal) => Some(self::pattern(literal, separators, diag)?),
        None => None,
    };
    let captures = pattern.iter().flat_map(Pattern::captures).count();
    if matches!(data.fields, Fields::Named(_)) && captures == 0 {
        return Some(Kind::Payload(pattern));
    }
    let place = written.channel.as_ref().map_or_else(Span::call_site, LitStr::span);
    let filling = filling(&data.fields, pattern.as_ref(), false, place, "struct", diag)?;
    Some(Kind::Struct(pattern, filling))
}

fn enumeration(
    item: &DeriveInput,
    data: &DataEnum,
    written: &Written,
    separators: &[char],
    diag: &mut Diagnostics,
) -> Kind {
    let pointer = written.tag.as_ref().and_then(|tag| match tag {
        Tag::Text(text) => Some(text.clone()),
        Tag::Number(_) => None,
    });
    if let Some(pointer) = &pointer {
        check_pointer(pointer, diag);
    }
    let mut cases =
        Cases { separators, pointer: pointer.as_ref(), channels: Vec::new(), tags: Vec::new(), other: None };
    for variant in &data.variants {
        for field in &variant.fields {
            Written::read(&field.attrs, Place::Field, diag);
        }
        let written = Written::read(&variant.attrs, Place::Variant, diag);
        cases.variant(variant, &written, diag);
    }
    if data.variants.is_empty() {
        diag.at(item.ident.span(), "an enum of messages has a variant for each channel, and this one has none");
    }
    let (channels, tags, other) = (cases.channels, cases.tags, cases.other);
    check_order(&channels, diag);
    check_tags(&tags, diag);
    let other = other.map(|(other, _)| other);
    match pointer {
        Some(pointer) => Kind::Tags(pointer, tags.into_iter().map(|(arm, _)| arm).collect(), other),
        None => Kind::Channels(channels.into_iter().map(|(arm, _)| arm).collect(), other),
    }
}

/// The variants so far.
struct Cases<'a> {
    separators: &'a [char],
    pointer: Option<&'a LitStr>,
    channels: Vec<(Arm<Pattern>, LitStr)>,
    tags: Vec<(Arm<Value>, Span)>,
    other: Option<(Other, Span)>,
}

impl Cases<'_> {
    fn variant(&mut self, variant: &syn::Variant, written: &Written, diag: &mut Diagnostics) {
        let name = &variant.ident;
        let nested = written.nested.is_some();
        if let (Some(span), true, None) = (written.nested, variant.fields.is_empty(), written.other) {
            diag.at(span, format!("`nested` reads a field as a message of its own, and `{name}` has none"));
        }
        let noun = "variant";
        match (written.other, &written.channel, &written.tag) {
            (Some(span), channel, tag) => {
                let both = channel.as_ref().map(LitStr::span).or_else(|| tag.as_ref().map(Tag::span));
                if let Some(both) = both {
                    diag.at(
                        both,
                        "`other` takes what no other variant takes, so it has no channel and no tag of its own",
                    );
                }
                if let Some(nested) = written.nested {
                    diag.at(nested, "`other` is read as a message of its own already: leave `nested` out");
                }
                if let Some((first, _)) = &self.other {
                    diag.at(span, format!("`{}` is `other` already", first.variant));
                    return;
                }
                if let Some(filling) = filling(&variant.fields, None, true, name.span(), noun, diag) {
                    self.other = Some((Other { variant: name.clone(), filling }, span));
                }
            }
            (None, Some(channel), Some(tag)) => {
                let advice = "a variant has a channel or a tag; for both, give the channel's variant a field that is an enum with tags, \
                              and say `nested`";
                diag.at(tag.span(), advice);
                let _ = channel;
            }
            (None, Some(channel), None) => {
                if let Some(pointer) = self.pointer {
                    let pointer = pointer.value();
                    diag.at(
                        channel.span(),
                        format!("the enum is told apart by the tag at `{pointer}`: write `tag = \"..\"` here"),
                    );
                    return;
                }
                let Some(key) = pattern(channel, self.separators, diag) else { return };
                if let Some(filling) = filling(&variant.fields, Some(&key), nested, channel.span(), noun, diag) {
                    self.channels.push((Arm { variant: name.clone(), key, filling }, channel.clone()));
                }
            }
            (None, None, Some(tag)) => {
                if self.pointer.is_none() {
                    diag.at(tag.span(), "where is the tag? Write `#[nova(tag = \"/e\")]` on the enum, the JSON pointer of a field of the payload");
                    return;
                }
                let key = match tag {
                    Tag::Text(text) => Value::Text(text.value()),
                    Tag::Number(number) => match number.base10_parse() {
                        Ok(number) => Value::Number(number),
                        Err(error) => return diag.push(error),
                    },
                };
                if let Some(filling) = filling(&variant.fields, None, nested, name.span(), noun, diag) {
                    self.tags.push((Arm { variant: name.clone(), key, filling }, tag.span()));
                }
            }
            (None, None, None) if written.broken => {}
            (None, None, None) => {
                let wants = if self.pointer.is_some() {
                    ("tag", "tag = \"trade\"")
                } else {
                    ("channel", "channel = \"ticker.*\"")
                };
                let advice = format!(
                    "`{name}` has no {}: write `#[nova({})]`, or `#[nova(other)]` for what no other variant takes",
                    wants.0, wants.1
                );
                diag.at(name.span(), advice);
            }
        }
    }
}
