//! Literals → values: `"250ms"`, `"4MiB"`, `"10/s"`, `0.5`, `50`, with the ranges that a literal alone can break.

use super::{Ends, Key, Kind};
use crate::diag::{one_of, unknown};
use proc_macro2::Span;
use std::time::Duration;
use syn::{Expr, Lit, UnOp, spanned::Spanned};

/// What a key was given.
pub(crate) enum Value {
    /// An enum of `nova` and its variant.
    Choice(&'static str, &'static str),
    AtMost(u32),
    Unlimited,
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
            (Kind::Choice(of, words), Lit::Str(text)) => {
                let written = text.value();
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                let found = words.iter().find(|(word, _)| *word == written);
                let (_, item) = found.ok_or_else(|| fail(unknown(self.name, &written, &known, "")))?;
                Some(Value::Choice(of, item))
            }
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

/// The leading whole number, and what follows it.
fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit))
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let nanos: u64 = match unit {
        "h" => 3_600_000_000_000,
        "m" => 60_000_000_000,
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    number.checked_mul(nanos).map(Duration::from_nanos)
}

fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let each = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number).ok()?.checked_mul(each)
}

/// `10/s` is `10/1s`.
fn rate(text: &str) -> Option<(u32, Duration)> {
    let (count, per) = text.split_once('/')?;
    let time = if per.starts_with(|c: char| c.is_ascii_digit()) { duration(per) } else { duration(&format!("1{per}")) };
    Some((count.parse().ok()?, time?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        for (text, read) in [
            ("250ms", Some(Duration::from_millis(250))),
            ("10s", Some(Duration::from_secs(10))),
            ("5m", Some(Duration::from_secs(300))),
            ("1h", Some(Duration::from_secs(3600))),
            ("7us", Some(Duration::from_micros(7))),
            ("10", None),
            ("s", None),
            ("", None),
            ("1.5s", None),
            ("-1s", None),
            ("10 s", None),
            ("18446744073709551615h", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(duration(text), read, "{text}");
        }
    }

    #[test]
    fn sizes_are_binary_and_do_not_overflow() {
        for (text, read) in [
            ("512", Some(512)),
            ("64KiB", Some(65_536)),
            ("4MiB", Some(4_194_304)),
            ("1GiB", Some(1_073_741_824)),
            ("4MB", None),
            ("4B", None),
            ("", None),
            ("18446744073709551615GiB", None),
        ] {
            assert_eq!(bytes(text), read, "{text}");
        }
    }

    #[test]
    fn rates_are_a_count_in_a_time() {
        for (text, read) in [
            ("10/s", Some((10, Duration::from_secs(1)))),
            ("120/60s", Some((120, Duration::from_secs(60)))),
            ("5/m", Some((5, Duration::from_secs(60)))),
            ("1/250ms", Some((1, Duration::from_millis(250)))),
            ("10", None),
            ("/s", None),
            ("10/", None),
        ] {
            assert_eq!(rate(text), read, "{text}");
        }
    }
}
