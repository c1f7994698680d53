//! The fields of a variant or struct: which the channel fills, and which is the payload.

use super::pattern::Pattern;
use crate::diag::{Diagnostics, nearest};
use proc_macro2::{Ident, Span};
use syn::{Field, Fields, Type, ext::IdentExt, spanned::Spanned};

/// What a variant or struct is filled with.
pub(super) enum Filling {
    Nothing,
    /// `Ticker(Ticker)`
    Tuple(Source),
    /// The captures' fields, each with its type, and the payload's.
    Named(Vec<(Ident, Type)>, Option<(Ident, Source)>),
}

/// How a payload's field is read.
pub(super) enum Source {
    /// By the codec.
    Data(Type),
    /// As a message of its own.
    Message(Type),
}

/// What the fields are filled with, or `None` after a mistake. `place` is where captures stand, `message` whether the payload is a message of its own.
pub(super) fn filling(
    fields: &Fields,
    pattern: Option<&Pattern>,
    message: bool,
    place: Span,
    noun: &str,
    diag: &mut Diagnostics,
) -> Option<Filling> {
    let source = |field: &Field| {
        if message { Source::Message(field.ty.clone()) } else { Source::Data(field.ty.clone()) }
    };
    let captures: Vec<&str> = pattern.into_iter().flat_map(Pattern::captures).collect();
    let Fields::Named(named) = fields else {
        if let Some(first) = captures.first() {
            diag.at(
                place,
                format!("`{{{first}}}` fills a field of that name, and this {noun} has no named fields: write `*`, or name them"),
            );
            return None;
        }
        let mut fields = fields.iter();
        let Some(field) = fields.next() else { return Some(Filling::Nothing) };
        if let Some(second) = fields.next() {
            diag.at(second.ty.span(), format!("a {noun} holds one payload: put its parts into a struct of their own"));
            return None;
        }
        return Some(Filling::Tuple(source(field)));
    };
    let name = |field: &Field| field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default();
    let fields: Vec<_> = named.named.iter().map(name).collect();
    let fields: Vec<_> = fields.iter().map(String::as_str).collect();
    let mut broken = false;
    for missing in captures.iter().filter(|capture| !fields.contains(capture)) {
        let meant = nearest(missing, &fields).map(|meant| format!("; did you mean `{{{meant}}}`?"));
        let advice = meant.unwrap_or_else(|| "; write `*` where no field is meant".to_owned());
        diag.at(place, format!("`{{{missing}}}` fills a field of that name, and there is none{advice}"));
        broken = true;
    }
    let misspelt = broken;
    let mut filled = Vec::new();
    let mut payload: Option<(Ident, Source)> = None;
    for field in &named.named {
        let Some(ident) = &field.ident else { continue };
        if captures.contains(&name(field).as_str()) {
            filled.push((ident.clone(), field.ty.clone()));
            continue;
        }
        match &payload {
            None => payload = Some((ident.clone(), source(field))),
            // One of the two is what the capture meant.
            Some(_) if misspelt => {}
            Some((first, _)) => {
                broken = true;
                diag.at(
                    ident.span(),
                    format!(
                        "`{first}` holds the payload, and no `{{{ident}}}` stands in a pattern: put the payload's parts into a \
                         struct of their own"
                    ),
                );
            }
        }
    }
    (!broken).then_some(Filling::Named(filled, payload))
}
