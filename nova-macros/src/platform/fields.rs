//! The keys of one group, taken one by one, each with the message that fits what was expected.

use super::template::pointer;
use crate::{
    client::parse::{self, Given},
    diag::{Diagnostics, unknown},
    settings::{describe, units},
};
use proc_macro2::{Ident, Span, TokenStream};
use std::time::Duration;
use syn::{Expr, Lit, LitStr, UnOp, spanned::Spanned};

/// What stands in the parentheses of `group(..)`.
pub(super) struct Fields {
    pub(super) group: &'static str,
    pub(super) place: Span,
    given: Vec<(&'static str, Span, Given)>,
    /// A key was misspelt: what seems to be missing may be meant by it.
    strayed: bool,
}

/// A value that frames are compared with.
pub(super) enum Constant {
    Text(LitStr),
    Number(i64),
    Flag(bool),
}

impl Fields {
    pub(super) fn read(
        group: &'static str,
        place: Span,
        tokens: TokenStream,
        keys: &[&'static str],
        diag: &mut Diagnostics,
    ) -> Self {
        let mut fields = Self { group, place, given: Vec::new(), strayed: false };
        for entry in parse::list(tokens, diag) {
            let name = entry.name;
            let Some(key) = keys.iter().copied().find(|key| name == key) else {
                diag.at(name.span(), unknown(&format!("`{group}` key"), &name.to_string(), keys, ""));
                fields.strayed = true;
                continue;
            };
            if fields.given.iter().any(|(known, ..)| *known == key) {
                diag.at(name.span(), format!("`{name}` is given twice in `{group}(..)`"));
                continue;
            }
            fields.given.push((key, name.span(), entry.given));
        }
        fields
    }

    /// Whether the key was written, readable or not.
    pub(super) fn place_of(&self, key: &str) -> Option<Span> {
        self.given.iter().find(|(known, ..)| *known == key).map(|(_, span, _)| *span)
    }

    fn take(&mut self, key: &str) -> Option<(Span, Given)> {
        let (_, span, given) = self.given.iter_mut().find(|(known, ..)| *known == key)?;
        Some((*span, std::mem::replace(given, Given::Unreadable)))
    }

    /// Says that a key is missing, unless it was written and could not be read.
    pub(super) fn need(&self, key: &str, example: &str, diag: &mut Diagnostics) {
        if self.place_of(key).is_none() && !self.strayed {
            diag.at(self.place, format!("`{}(..)` needs `{key} = {example}`", self.group));
        }
    }

    pub(super) fn text(&mut self, key: &str, what: &str, diag: &mut Diagnostics) -> Option<LitStr> {
        let (span, given) = self.take(key)?;
        text(key, span, given, what, diag)
    }

    pub(super) fn pointer(&mut self, key: &str, diag: &mut Diagnostics) -> Option<LitStr> {
        let (span, given) = self.take(key)?;
        a_pointer(key, span, given, diag)
    }

    pub(super) fn list(&mut self, key: &str, diag: &mut Diagnostics) -> Option<(Span, TokenStream)> {
        match self.take(key)? {
            (span, Given::List(tokens)) => Some((span, tokens)),
            (_, Given::Unreadable) => None,
            (span, _) => {
                diag.at(span, format!("`{key}` takes a list: write `{key}(at = \"/type\", is = \"..\")`"));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, key: &str, diag: &mut Diagnostics) -> Option<Duration> {
        let (span, given) = self.take(key)?;
        duration(key, span, given, diag)
    }

    pub(super) fn rate(&mut self, key: &str, diag: &mut Diagnostics) -> Option<(u32, Duration)> {
        let what = "a rate above zero such as \"10/s\" or \"120/60s\"";
        let text = self.text(key, what, diag)?;
        let read = units::rate(&text.value()).filter(|(count, per)| *count > 0 && !per.is_zero());
        if read.is_none() {
            diag.at(text.span(), format!("`{key}` takes {what}; found `{}`", text.value()));
        }
        read
    }

    pub(super) fn count(&mut self, key: &str, diag: &mut Diagnostics) -> Option<u32> {
        let (span, given) = self.take(key)?;
        count(key, span, &given, diag)
    }

    /// One of a few words.
    pub(super) fn word(&mut self, key: &str, words: &[&'static str], diag: &mut Diagnostics) -> Option<&'static str> {
        let listed: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let text = self.text(key, &listed.join(" or "), diag)?;
        let found = words.iter().copied().find(|word| *word == text.value());
        if found.is_none() {
            diag.at(text.span(), unknown(key, &text.value(), words, ""));
        }
        found
    }

    pub(super) fn constants(&mut self, key: &str, diag: &mut Diagnostics) -> Vec<Constant> {
        let Some((span, given)) = self.take(key) else { return Vec::new() };
        let wrong = |span: Span| {
            syn::Error::new(span, format!("`{key}` takes a string, a whole number, true or false, or an array of them"))
        };
        let read = |value: &Expr| constant(value).ok_or_else(|| wrong(value.span()));
        let found: syn::Result<Vec<Constant>> = match given {
            Given::Unreadable => return Vec::new(),
            Given::Literal(literal) => {
                let span = literal.span();
                literal_constant(&literal, false).map(|constant| vec![constant]).ok_or_else(|| wrong(span))
            }
            Given::Expr(Expr::Array(array)) => array.elems.iter().map(read).collect(),
            Given::Expr(expr) => read(&expr).map(|constant| vec![constant]),
            _ => Err(wrong(span)),
        };
        found.unwrap_or_else(|error| {
            diag.push(error);
            Vec::new()
        })
    }

    pub(super) fn texts(&mut self, key: &str, diag: &mut Diagnostics) -> Vec<LitStr> {
        self.take(key).map(|(span, given)| texts(key, span, given, diag)).unwrap_or_default()
    }
}

fn constant(value: &Expr) -> Option<Constant> {
    match value {
        Expr::Lit(literal) => literal_constant(&literal.lit, false),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(literal) => literal_constant(&literal.lit, true),
            _ => None,
        },
        Expr::Group(group) => constant(&group.expr),
        _ => None,
    }
}

fn literal_constant(literal: &Lit, negative: bool) -> Option<Constant> {
    match literal {
        Lit::Str(text) if !negative => Some(Constant::Text(text.clone())),
        Lit::Bool(flag) if !negative => Some(Constant::Flag(flag.value)),
        Lit::Int(digits) => {
            let number: i64 = digits.base10_parse().ok()?;
            Some(Constant::Number(if negative { -number } else { number }))
        }
        _ => None,
    }
}

/// A string that must not be empty.
pub(super) fn text(key: &str, place: Span, given: Given, what: &str, diag: &mut Diagnostics) -> Option<LitStr> {
    match given {
        Given::Unreadable => None,
        Given::Literal(Lit::Str(text)) if !text.value().is_empty() => Some(text),
        Given::Literal(Lit::Str(text)) => {
            diag.at(text.span(), format!("`{key}` takes {what}; found an empty string"));
            None
        }
        Given::Literal(literal) => {
            diag.at(literal.span(), format!("`{key}` takes {what}; found {}", describe(&literal)));
            None
        }
        Given::Expr(expr) => {
            diag.over(expr, format!("`{key}` takes {what}, written as a string"));
            None
        }
        Given::Type(written) => {
            diag.over(written, format!("`{key}` takes {what}, written as a string"));
            None
        }
        Given::Nothing | Given::List(_) => {
            diag.at(place, format!("`{key}` takes a value: {what}"));
            None
        }
    }
}

pub(super) fn a_pointer(key: &str, place: Span, given: Given, diag: &mut Diagnostics) -> Option<LitStr> {
    let text = match given {
        // What an empty pointer means is told by the pointer's own check.
        Given::Literal(Lit::Str(text)) => text,
        given => text(key, place, given, "a JSON pointer such as \"/data/topic\"", diag)?,
    };
    match pointer(key, &text) {
        Ok(()) => Some(text),
        Err(error) => {
            diag.push(error);
            None
        }
    }
}

pub(super) fn count(key: &str, place: Span, given: &Given, diag: &mut Diagnostics) -> Option<u32> {
    let (span, read) = match given {
        Given::Unreadable => return None,
        Given::Literal(Lit::Int(digits)) => (digits.span(), digits.base10_parse().ok().filter(|count| *count > 0)),
        Given::Literal(literal) => (literal.span(), None),
        Given::Expr(expr) => (expr.span(), None),
        _ => (place, None),
    };
    if read.is_none() {
        diag.at(span, format!("`{key}` takes a whole number from 1"));
    }
    read
}

pub(super) fn duration(key: &str, place: Span, given: Given, diag: &mut Diagnostics) -> Option<Duration> {
    let what = "a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"";
    let text = text(key, place, given, what, diag)?;
    let read = units::duration(&text.value()).filter(|time| !time.is_zero());
    if read.is_none() {
        diag.at(text.span(), format!("`{key}` takes {what}; found `{}`", text.value()));
    }
    read
}

pub(super) fn texts(key: &str, place: Span, given: Given, diag: &mut Diagnostics) -> Vec<LitStr> {
    let (span, elements) = match given {
        Given::Unreadable => return Vec::new(),
        Given::Literal(Lit::Str(text)) => return vec![text],
        Given::Expr(Expr::Array(array)) => (array.span(), Some(array.elems)),
        Given::Expr(expr) => (expr.span(), None),
        Given::Literal(literal) => (literal.span(), None),
        _ => (place, None),
    };
    let texts: Option<Vec<LitStr>> = elements.and_then(|elements| {
        elements
            .into_iter()
            .map(|element| match element {
                Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text),
                _ => None,
            })
            .collect()
    });
    texts.unwrap_or_else(|| {
        diag.at(span, format!("`{key}` takes a string, or an array of strings"));
        Vec::new()
    })
}

/// A name that takes a list, given something else.
pub(super) fn not_a_list(name: &Ident) -> String {
    format!("`{name}` takes a list: write `{name}(key = value)`")
}
