//! Tokens → what was written, spans kept and nothing judged.
//!
//! The grammar is the same at both levels, `name`, `name = value`, `name(..)`, separated by commas. Each entry is read on its
//! own: one that cannot be read is reported and skipped up to the next comma, so that it hides no mistake after it.

use crate::diag::Diagnostics;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{
    Expr, Lit, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token::{Bracket, Paren},
};

/// `name`, `name = value` or `name(..)`.
pub(crate) struct Entry {
    pub(crate) name: Ident,
    pub(crate) given: Given,
}

/// What stands behind the name.
pub(crate) enum Given {
    Nothing,
    Literal(Lit),
    /// Only directly in an attribute, whose values name types.
    Type(Type),
    /// In a group, whose values are values, and an array anywhere.
    Expr(Expr),
    /// Read by `list`, once it is known that the name takes one.
    List(TokenStream),
    /// Already reported. Kept, so that its key does not count as missing.
    Unreadable,
}

/// Where an entry stands, which decides what its value may be.
#[derive(Clone, Copy)]
enum Level {
    /// With an entry for the message to who wrote something else.
    Attribute(&'static str),
    /// The attribute of another macro, with what to say of an entry that is none.
    Other(&'static str),
    Group,
}

impl Level {
    fn expected(self) -> String {
        match self {
            Self::Attribute(example) => {
                format!("expected `key = value`, such as `{example}`, or `group(key = value)`")
            }
            Self::Other(expected) => expected.to_owned(),
            Self::Group => "expected a name or `key = value`".to_owned(),
        }
    }
}

/// Reads the whole attribute; `example` is an entry of it.
pub(crate) fn attribute(tokens: TokenStream, example: &'static str, diag: &mut Diagnostics) -> Vec<Entry> {
    entries(tokens, Level::Attribute(example), diag)
}

/// Reads the attribute of another macro; `expected` is said of an entry that is none.
pub(crate) fn keys(tokens: TokenStream, expected: &'static str, diag: &mut Diagnostics) -> Vec<Entry> {
    entries(tokens, Level::Other(expected), diag)
}

/// Reads what stands in the parentheses of a group or of `overrides(..)`.
pub(crate) fn list(tokens: TokenStream, diag: &mut Diagnostics) -> Vec<Entry> {
    entries(tokens, Level::Group, diag)
}

/// Whether what stands in parentheses begins with a service, `"name"` or a type, and not with a setting.
pub(crate) fn opens_with_service(tokens: &TokenStream) -> bool {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(_)), Some(TokenTree::Punct(next))) => next.as_char() != '=',
        (Some(TokenTree::Ident(name)), _) => name.to_string().starts_with(char::is_uppercase),
        (first, _) => first.is_some(),
    }
}

/// Reads what stands in the parentheses of a service: `"name", option = value` or `Path, builder`.
pub(crate) fn service(tokens: TokenStream, diag: &mut Diagnostics) -> Option<(Given, Vec<Entry>)> {
    let read = |input: ParseStream<'_>| {
        let value = if input.peek(Lit) {
            input.parse().map(Given::Literal)?
        } else {
            input.parse().map(|value| Given::Type(bare_type(value)))?
        };
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok((value, input.parse()?))
    };
    match read.parse2(tokens) {
        Ok((value, options)) => Some((value, list(options, diag))),
        Err(error) => {
            diag.push(error);
            None
        }
    }
}

fn entries(tokens: TokenStream, level: Level, diag: &mut Diagnostics) -> Vec<Entry> {
    let mut found = Vec::new();
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Some(entry) = entry(input, level, diag) {
                found.push(entry);
            }
            if input.is_empty() {
                break;
            }
            if input.parse::<Option<Token![,]>>()?.is_none() {
                diag.push(input.error("expected `,`"));
                // A name opens the next entry; anything else belongs to the one before.
                if !input.peek(syn::Ident::peek_any) {
                    skip_to_comma(input)?;
                    input.parse::<Option<Token![,]>>()?;
                }
            }
        }
        Ok(())
    };
    if let Err(error) = read.parse2(tokens) {
        diag.push(error);
    }
    found
}

fn entry(input: ParseStream<'_>, level: Level, diag: &mut Diagnostics) -> Option<Entry> {
    if !input.peek(syn::Ident::peek_any) {
        diag.push(input.error(level.expected()));
        skip_to_comma(input).ok()?;
        return None;
    }
    let name = input.call(Ident::parse_any).ok()?;
    let given = given(input, level, name.span()).unwrap_or_else(|error| {
        diag.push(error);
        Given::Unreadable
    });
    if matches!(given, Given::Unreadable) {
        skip_to_comma(input).ok()?;
    }
    Some(Entry { name, given })
}

fn given(input: ParseStream<'_>, level: Level, name: Span) -> syn::Result<Given> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(Given::Nothing);
    }
    if input.peek(Paren) {
        let content;
        syn::parenthesized!(content in input);
        return content.parse().map(Given::List);
    }
    if !input.peek(Token![=]) {
        return Err(input.error("expected `=` or `(`"));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(name, "a value is missing behind `=`"));
    }
    match level {
        Level::Attribute(_) | Level::Other(_) if input.peek(Lit) => input.parse().map(Given::Literal),
        // No type that is named in an attribute begins with a bracket; an array of strings does.
        Level::Attribute(_) | Level::Other(_) if input.peek(Bracket) => input.parse().map(Given::Expr),
        Level::Attribute(_) | Level::Other(_) => input.parse().map(|value| Given::Type(bare_type(value))),
        Level::Group => input.parse().map(|value| match bare_expr(value) {
            Expr::Lit(literal) => Given::Literal(literal.lit),
            other => Given::Expr(other),
        }),
    }
}

/// What `$value:expr` of a user's `macro_rules!` stands for: it comes wrapped in a group without delimiters.
fn bare_expr(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => bare_expr(*group.expr),
        other => other,
    }
}

fn bare_type(value: Type) -> Type {
    match value {
        Type::Group(group) => bare_type(*group.elem),
        other => other,
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
