//! Templates: a text with placeholders, and what they stand for.
//!
//! `{name}` is a placeholder, in small letters, digits and `_`; any other brace is itself, so JSON is written as it is. In JSON it
//! matters where a placeholder stands: inside a string it is escaped, elsewhere it is a JSON value of its own.

use std::{borrow::Cow, fmt::Write as _};

use ring::hmac;
use serde_json::Value;

use crate::{
    base64::base64,
    error::{Error, Result},
};

/// What a template makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Plain,
}

/// What a placeholder stands for.
pub(super) enum Meaning<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Json(Cow<'a, str>),
    List(Vec<String>),
    /// The number that nova gives the request once it is sent.
    Id,
}

/// The text as it is, between its numbers: one piece where it has none.
pub(super) type Pieces = Vec<String>;

/// Fills a template.
pub(super) fn fill<'a>(
    template: &str,
    kind: Kind,
    meaning: &mut dyn FnMut(&str) -> Result<Option<Meaning<'a>>>,
) -> Result<Pieces> {
    let mut pieces = vec![String::with_capacity(template.len() + 64)];
    let (mut rest, mut inside) = (template, false);
    while let Some(step) = rest.find(['{', '"', '\\']) {
        let (before, at) = rest.split_at(step);
        push(&mut pieces, before);
        let taken = match at.as_bytes()[0] {
            b'\\' => at.chars().take(2).map(char::len_utf8).sum(),
            b'"' => {
                inside = !inside;
                1
            }
            _ => {
                if let Some(name) = placeholder(at) {
                    let stands = meaning(name)?.ok_or_else(|| unknown(name))?;
                    write(&mut pieces, stands, kind == Kind::Json, inside);
                    rest = &at[name.len() + 2..];
                    continue;
                }
                1
            }
        };
        push(&mut pieces, &at[..taken]);
        rest = &at[taken..];
    }
    push(&mut pieces, rest);
    Ok(pieces)
}

/// The same for a text without numbers.
pub(super) fn text<'a>(
    template: &str,
    kind: Kind,
    meaning: &mut dyn FnMut(&str) -> Result<Option<Meaning<'a>>>,
) -> Result<String> {
    Ok(fill(template, kind, meaning)?.concat())
}

/// Whether a template has this placeholder.
pub(super) fn has(template: &str, name: &str) -> bool {
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        if placeholder(&rest[at..]) == Some(name) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// The name of the placeholder that the text begins with.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.split_once('}')?.0;
    let first = name.bytes().next()?;
    let right = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    ((first.is_ascii_lowercase() || first == b'_') && name.bytes().all(right)).then_some(name)
}

fn unknown(name: &str) -> Error {
    Error::config("platform", format!("the placeholder `{{{name}}}` of its template stands for nothing here"))
}

fn push(pieces: &mut Pieces, text: &str) {
    if let Some(last) = pieces.last_mut() {
        last.push_str(text);
    }
}

fn write(pieces: &mut Pieces, meaning: Meaning<'_>, json: bool, inside: bool) {
    let text = match meaning {
        Meaning::Id => return pieces.push(String::new()),
        Meaning::Number(number) => return push(pieces, &number.to_string()),
        Meaning::Json(value) if json && !inside => return push(pieces, &value),
        Meaning::List(list) if json && !inside => return push(pieces, &Value::from(list).to_string()),
        Meaning::Text(text) | Meaning::Json(text) => text,
        Meaning::List(list) => Cow::Owned(list.join(",")),
    };
    if json {
        let quoted = Value::from(text).to_string();
        let shown = if inside { &quoted[1..quoted.len() - 1] } else { &quoted };
        push(pieces, shown);
    } else {
        push(pieces, &text);
    }
}

/// HMAC-SHA256 of a text, in hexadecimal or base64.
pub(super) fn sign(secret: &str, over: &str, in_base64: bool) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, over.as_bytes());
    if in_base64 { base64(tag.as_ref()) } else { hex_of(tag.as_ref()) }
}

fn hex_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning<'a>(name: &str) -> Result<Option<Meaning<'a>>> {
        Ok(Some(match name {
            "id" => Meaning::Id,
            "text" => Meaning::Text("a\"b".into()),
            "number" => Meaning::Number(5),
            "list" => Meaning::List(vec!["x".to_owned(), "y\"".to_owned()]),
            "json" => Meaning::Json(r#"{"k":"v"}"#.into()),
            _ => return Ok(None),
        }))
    }

    #[test]
    fn a_placeholder_is_what_its_place_makes_of_it() {
        for (template, kind, pieces) in [
            (r#"{"a":{text},"b":"{text}!"}"#, Kind::Json, vec![r#"{"a":"a\"b","b":"a\"b!"}"#]),
            (r#"{"a":{number},"b":"{number}"}"#, Kind::Json, vec![r#"{"a":5,"b":"5"}"#]),
            (r#"{"a":{list},"b":"{list}"}"#, Kind::Json, vec![r#"{"a":["x","y\""],"b":"x,y\""}"#]),
            (r#"{"a":{json},"b":"{json}"}"#, Kind::Json, vec![r#"{"a":{"k":"v"},"b":"{\"k\":\"v\"}"}"#]),
            (r#"{"a":{id},"b":"{id}"}"#, Kind::Json, vec![r#"{"a":"#, r#","b":""#, r#""}"#]),
            (r#"{"a":"\"{text}\\","{b}":1}"#, Kind::Json, vec![]),
            (r#"{"a":"\"{text}\\"}"#, Kind::Json, vec![r#"{"a":"\"a\"b\\"}"#]),
            ("v{number}/{text} {}{A}{", Kind::Plain, vec!["v5/a\"b {}{A}{"]),
            ("", Kind::Plain, vec![""]),
        ] {
            match fill(template, kind, &mut meaning) {
                Ok(filled) => assert_eq!(filled, pieces, "{template}"),
                Err(error) => assert!(pieces.is_empty() && error.to_string().contains("`{b}`"), "{template}: {error}"),
            }
        }
        assert!(has("{}{ab}", "ab") && !has("{ab}", "a"));
    }

    #[test]
    fn signatures_are_those_of_the_vendors_examples() {
        // The check of a venue's documentation, and test case 2 of RFC 4231.
        let bybit = sign("nova-secret-1", "GET/realtime1700000010000", false);
        assert_eq!(bybit, "81806a93dd46aefeaddb9dc0d23576a6def289a4ecb58c34d92b75232e0db121");
        let rfc = sign("Jefe", "what do ya want for nothing?", false);
        assert_eq!(rfc, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
