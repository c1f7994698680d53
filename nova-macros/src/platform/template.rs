//! Templates: the placeholders they name, and whether they are JSON once these are filled.

use super::json;
use crate::diag::{Diagnostics, unknown};
use syn::LitStr;

/// A template that has been read: its text, and the placeholders in it.
#[derive(Clone)]
pub(super) struct Template {
    pub(super) text: LitStr,
    pub(super) names: Vec<String>,
    /// A placeholder is misspelt: one that seems to be missing may be meant by it.
    pub(super) strayed: bool,
}

impl Template {
    /// Reads a template of JSON.
    pub(super) fn json(text: LitStr, known: &[&str], fields: &[String], diag: &mut Diagnostics) -> Self {
        let (names, filled) = read(&text.value());
        if let Err((at, expected)) = json::check(&filled) {
            let rest: String = filled[at..].chars().take(16).collect();
            let found = if rest.is_empty() { "at its end".to_owned() } else { format!("before `{rest}`") };
            diag.at(text.span(), format!("the template is no JSON: expected {expected} {found}"));
        }
        Self::known(text, names, known, fields, diag)
    }

    /// Reads a template of plain text.
    pub(super) fn plain(text: LitStr, known: &[&str], fields: &[String], diag: &mut Diagnostics) -> Self {
        let (names, _) = read(&text.value());
        Self::known(text, names, known, fields, diag)
    }

    fn known(text: LitStr, names: Vec<String>, known: &[&str], fields: &[String], diag: &mut Diagnostics) -> Self {
        let mut strayed = false;
        for name in &names {
            if known.contains(&name.as_str()) || fields.contains(name) {
                continue;
            }
            strayed = true;
            let all: Vec<&str> = known.iter().copied().chain(fields.iter().map(String::as_str)).collect();
            let message = if all.is_empty() {
                format!("unknown placeholder `{name}`: here stand only fields of the struct, and it has none")
            } else {
                unknown("placeholder", name, &all, if fields.is_empty() { ", or a field of the struct" } else { "" })
            };
            diag.at(text.span(), message);
        }
        Self { text, names, strayed }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// The placeholders of a template, and the template with something in their places.
fn read(template: &str) -> (Vec<String>, String) {
    let (mut names, mut filled, mut rest, mut inside) = (Vec::new(), String::new(), template, false);
    while let Some(letter) = rest.chars().next() {
        let taken = match letter {
            '\\' => rest.chars().take(2).map(char::len_utf8).sum(),
            '{' => {
                if let Some(name) = placeholder(rest) {
                    filled.push_str(if inside { "x" } else { "0" });
                    rest = &rest[name.len() + 2..];
                    if !names.iter().any(|known| known == name) {
                        names.push(name.to_owned());
                    }
                    continue;
                }
                1
            }
            letter => {
                inside ^= letter == '"';
                letter.len_utf8()
            }
        };
        filled.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    (names, filled)
}

/// The name of the placeholder that the text begins with: small letters, digits and `_` between braces, as the runtime reads it.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.split_once('}')?.0;
    let first = name.bytes().next()?;
    let right = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    ((first.is_ascii_lowercase() || first == b'_') && name.bytes().all(right)).then_some(name)
}

/// A JSON pointer, checked.
pub(super) fn pointer(key: &str, text: &LitStr) -> syn::Result<()> {
    let written = text.value();
    let wrong = |message: String| Err(syn::Error::new(text.span(), message));
    if written.is_empty() {
        return wrong(format!("`{key}` takes a JSON pointer such as \"/data/topic\"; found an empty string"));
    }
    if !written.starts_with('/') {
        let meant = written.trim_start_matches(['$', '.']).replace('.', "/");
        return wrong(format!("a JSON pointer begins with `/`; did you mean `/{meant}`?"));
    }
    let mut letters = written.chars();
    while let Some(letter) = letters.next() {
        if letter == '~' && !matches!(letters.next(), Some('0' | '1')) {
            return wrong("in a JSON pointer `~` is written `~0`, and a `/` within a name `~1`".to_owned());
        }
    }
    Ok(())
}
