//! Literals → values, with the ranges that a literal alone can break.

use super::{
    Ends, Key, Kind, SEND_POLICIES, Words,
    units::{bytes, duration, rate},
};
use crate::diag::{one_of, unknown};
use proc_macro2::Span;
use std::time::Duration;
use syn::{Expr, Lit, LitStr, UnOp, spanned::Spanned};

/// What a key was given.
pub(crate) enum Value {
    /// An enum of `nova` and its variant.
    Choice(&'static str, &'static str),
    AtMost(u32),
    Unlimited,
    /// Sends kept at most, their bytes, and how long.
    Queue(u32, usize, Duration),
    Off,
    Duration(Duration),
    Fraction(f64),
    Count(u32),
    Bytes(usize),
    Rate(u32, Duration),
    Flag(bool),
    /// The path of a const, or a call: its type is the compiler's to check.
    Own(Expr),
}

impl Value {
    /// What two values of a group are compared by, in one unit for each kind.
    pub(super) fn measure(&self) -> Option<f64> {
        match self {
            Self::Duration(time) => Some(time.as_secs_f64()),
            Self::Fraction(fraction) => Some(*fraction),
            #[allow(clippy::cast_precision_loss, reason = "sizes beyond 2^53 bytes differ by more than this loses")]
            Self::Bytes(size) => Some(*size as f64),
            _ => None,
        }
    }
}

type Read = syn::Result<(Value, Span)>;

impl Kind {
    fn expected(self) -> String {
        let text = match self {
            Self::Choice(_, words) => return quoted(words),
            Self::Attempts => "a whole number, or \"unlimited\"",
            Self::SendPolicy => {
                "\"fail_fast\", \"wait\", \"queue\", or bounds above zero as in \"queue(64, 1MiB, 10s)\""
            }
            Self::Duration => "a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"",
            Self::Fraction(Ends::Both) => "a number from 0 to 1",
            Self::Fraction(Ends::One) => "a number above 0 and up to 1",
            Self::Fraction(Ends::Neither) => "a number above 0 and below 1",
            Self::Count(0) => "a whole number",
            Self::Count(least) => return format!("a whole number from {least}"),
            Self::Bytes => "a size above zero such as \"64KiB\" or \"4MiB\", or a number of bytes",
            Self::Rate => "a rate above zero such as \"10/s\" or \"120/60s\"",
            Self::Flag => "true or false",
        };
        text.to_owned()
    }
}

impl Key {
    /// What to write, as the end of a message.
    pub(super) fn expected(&self) -> String {
        let off = if self.optional { ", or \"off\"" } else { "" };
        format!("{}{off}", self.kind.expected())
    }

    /// Reads a literal.
    pub(super) fn read(&self, literal: &Lit) -> Read {
        let fail = |message: String| syn::Error::new(literal.span(), message);
        let value = match (self.kind, literal) {
            (_, Lit::Str(text)) if self.optional && text.value() == "off" => Some(Value::Off),
            (Kind::SendPolicy, Lit::Str(text)) if text.value().contains('(') => queue(&text.value()),
            (Kind::SendPolicy, Lit::Str(text)) => Some(self.word("SendPolicy", SEND_POLICIES, text)?),
            (Kind::Choice(of, words), Lit::Str(text)) => Some(self.word(of, words, text)?),
            (Kind::Attempts, Lit::Str(text)) => (text.value() == "unlimited").then_some(Value::Unlimited),
            (Kind::Attempts, Lit::Int(digits)) => digits.base10_parse().ok().map(Value::AtMost),
            (Kind::Duration, Lit::Str(text)) => {
                duration(&text.value()).filter(|time| !time.is_zero()).map(Value::Duration)
            }
            (Kind::Bytes, Lit::Str(text)) => bytes(&text.value()).filter(|size| *size > 0).map(Value::Bytes),
            (Kind::Bytes, Lit::Int(digits)) => digits.base10_parse().ok().filter(|size| *size > 0).map(Value::Bytes),
            (Kind::Rate, Lit::Str(text)) => rate(&text.value())
                .filter(|(count, per)| *count > 0 && !per.is_zero())
                .map(|(count, per)| Value::Rate(count, per)),
            (Kind::Count(least), Lit::Int(digits)) => {
                digits.base10_parse().ok().filter(|number| *number >= least).map(Value::Count)
            }
            (Kind::Fraction(ends), Lit::Float(digits)) => {
                digits.base10_parse().ok().and_then(|number| within(ends, number))
            }
            (Kind::Fraction(ends), Lit::Int(digits)) => {
                digits.base10_parse().ok().and_then(|number| within(ends, number))
            }
            (Kind::Flag, Lit::Bool(flag)) => Some(Value::Flag(flag.value)),
            _ => {
                let found = describe(literal);
                return Err(fail(format!("`{}` takes {}; found {found}", self.name, self.expected())));
            }
        };
        match value {
            Some(value) => Ok((value, literal.span())),
            None => Err(fail(format!("`{}` takes {}; found `{}`", self.name, self.expected(), shown(literal)))),
        }
    }

    fn word(&self, of: &'static str, words: Words, text: &LitStr) -> syn::Result<Value> {
        let written = text.value();
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let found = words.iter().find(|(word, _)| *word == written);
        let unknown = || syn::Error::new(text.span(), unknown(self.name, &written, &known, ""));
        found.map(|(_, item)| Value::Choice(of, item)).ok_or_else(unknown)
    }

    /// Lets the path of a const, or a call, through.
    pub(super) fn pass(&self, expr: Expr) -> Read {
        let found = match &expr {
            Expr::Path(_) | Expr::Call(_) | Expr::MethodCall(_) => {
                let span = expr.span();
                return Ok((Value::Own(expr), span));
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => "a negative number",
            _ => "another expression",
        };
        Err(syn::Error::new_spanned(
            expr,
            format!("`{}` takes {}, or the path of a const; found {found}", self.name, self.expected()),
        ))
    }
}

/// A literal in words.
pub(crate) fn describe(literal: &Lit) -> &'static str {
    match literal {
        Lit::Str(_) => "a string",
        Lit::ByteStr(_) | Lit::CStr(_) => "a byte string",
        Lit::Byte(_) => "a byte",
        Lit::Char(_) => "a character",
        Lit::Int(_) => "a whole number",
        Lit::Float(_) => "a number with a point",
        Lit::Bool(_) => "a boolean",
        _ => "another literal",
    }
}

fn quoted(words: &[(&str, &str)]) -> String {
    let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    one_of(&words.iter().map(String::as_str).collect::<Vec<_>>()).replace('`', "")
}

/// `queue(64, 1MiB, 10s)`.
fn queue(text: &str) -> Option<Value> {
    let bounds = text.strip_prefix("queue(")?.strip_suffix(')')?;
    let bounds: Vec<_> = bounds.split(',').map(str::trim).collect();
    let [items, size, ttl] = bounds[..] else { return None };
    let (items, size, ttl) = (items.parse().ok()?, bytes(size)?, duration(ttl)?);
    (items > 0 && size > 0 && !ttl.is_zero()).then_some(Value::Queue(items, size, ttl))
}

fn within(ends: Ends, number: f64) -> Option<Value> {
    let least = number > 0.0 || (number == 0.0 && ends == Ends::Both);
    let most = number < 1.0 || (number <= 1.0 && ends != Ends::Neither);
    (least && most).then_some(Value::Fraction(number))
}

/// A literal as it was written, without the quotes of a string.
fn shown(literal: &Lit) -> String {
    match literal {
        Lit::Str(text) => text.value(),
        other => quote::ToTokens::to_token_stream(other).to_string(),
    }
}
