//! Takes secrets out of messages before they are written down, and leaves every other byte as it is.
//!
//! What the client logs in with is known, and replaced wherever it occurs. What a venue gives in return is found by its name, or by
//! standing in the answer to a login; from then on it is known, too. The same secret gets the same word, so that a replay can put
//! another in its place.

use std::{collections::BTreeSet, fmt, ops::Range};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::ids::{id_of, is_word};
use crate::auth::Credentials;

/// Members whose value is a secret wherever they occur.
const NAMES: &[&str] = &[
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "sessiontoken",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "apisecret",
    "secret",
    "secretkey",
    "privatekey",
    "password",
    "passphrase",
    "signature",
    "sign",
    "sig",
    "listenkey",
    "jwt",
    "authorization",
];
/// From this length on, a text of letters and digits in a login or its answer is taken for a signature or a token.
const LONG: usize = 20;

/// The secrets of one recording.
#[derive(Default)]
pub(super) struct Redactor {
    /// Each with the word that takes its place, longest first.
    known: Vec<(SecretString, String)>,
    /// The public half of a key: replaced where it is all of a text.
    ids: Vec<String>,
    found: usize,
    /// Numbers of logins whose answers have not come.
    logins: BTreeSet<String>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

impl Redactor {
    pub(super) fn conceal(&mut self, credentials: &Credentials) {
        match credentials {
            Credentials::Key { id, secret } | Credentials::Signed { id, secret } => {
                if !self.ids.contains(id) {
                    self.ids.push(id.clone());
                }
                self.know(secret.expose_secret(), "<secret>");
            }
            Credentials::Token(token) => self.know(token.expose_secret(), "<token>"),
        }
    }

    /// The value of a header, unless it is too short to be a secret: a version, a language.
    pub(super) fn conceal_header(&mut self, value: &str) {
        let value = value.rsplit(' ').next().unwrap_or_default();
        if value.len() >= LONG {
            self.know(value, "<header>");
        }
    }

    fn know(&mut self, secret: &str, word: &str) {
        let quoted = Value::from(secret).to_string();
        for form in [secret, &quoted[1..quoted.len() - 1]] {
            if !self.known.iter().any(|(known, _)| known.expose_secret() == form) {
                self.known.push((form.to_owned().into(), word.to_owned()));
            }
        }
        self.known.sort_by_key(|(known, _)| std::cmp::Reverse(known.expose_secret().len()));
    }

    /// A text without its secrets. `out`: it is the client's.
    pub(super) fn text(&mut self, text: &str, out: bool) -> String {
        let mut text = self.without_known(text);
        let login = self.concerns_login(&text, out);
        let hidden: Vec<_> = strings(&text).into_iter().filter(|string| self.is_secret(string, &text, login)).collect();
        // From the end, so that places before stay where they are.
        for string in hidden.into_iter().rev() {
            let value = &text[string.value.clone()];
            let word = if self.ids.iter().any(|id| id == value) { "<id>".to_owned() } else { self.word(value) };
            text.replace_range(string.value, &word);
        }
        text
    }

    /// The word for a secret that was found.
    fn word(&mut self, secret: &str) -> String {
        if secret.len() < 8 {
            // Too short to look for it elsewhere.
            return "<hidden>".to_owned();
        }
        self.found += 1;
        let word = format!("<token {}>", self.found);
        let unquoted = serde_json::from_str::<String>(&format!("\"{secret}\"")).unwrap_or_else(|_| secret.to_owned());
        self.know(&unquoted, &word);
        word
    }

    fn without_known(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, (secret, word)| text.replace(secret.expose_secret(), word))
    }

    /// The same for bytes that are no text.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (secret, _) in &self.known {
            let secret = secret.expose_secret().as_bytes();
            let mut from = 0;
            while let Some(at) = bytes[from..].windows(secret.len().max(1)).position(|part| part == secret) {
                bytes[from + at..from + at + secret.len()].fill(b'*');
                from += at + secret.len();
            }
        }
        bytes
    }

    /// Whether it is a login, or the answer to one.
    fn concerns_login(&mut self, text: &str, out: bool) -> bool {
        let number = serde_json::from_str::<Value>(text).ok().and_then(|message| id_of(&message).map(Value::to_string));
        if !out {
            return number.is_some_and(|number| self.logins.remove(&number));
        }
        let names_key = |string: &Text| self.ids.iter().any(|id| *id == text[string.value.clone()]);
        let is_login =
            self.known.iter().any(|(_, word)| text.contains(word.as_str())) || strings(text).iter().any(names_key);
        self.logins.extend(number.filter(|_| is_login));
        is_login
    }

    fn is_secret(&self, string: &Text, text: &str, login: bool) -> bool {
        let value = &text[string.value.clone()];
        let plain = |name: &str| -> String {
            name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
        };
        let named = string.name.clone().is_some_and(|name| NAMES.contains(&plain(&text[name]).as_str()));
        let opaque = |letter: u8| letter.is_ascii_alphanumeric() || b"+/=_-.|".contains(&letter);
        let long =
            value.len() >= LONG && value.bytes().all(opaque) && value.bytes().any(|letter| letter.is_ascii_digit());
        !is_word(value) && !value.is_empty() && (named || login && long || self.ids.iter().any(|id| id == value))
    }
}

/// A string value in a JSON text: where it stands, and where the name of its member does.
struct Text {
    name: Option<Range<usize>>,
    value: Range<usize>,
}

/// The string values of a JSON text, of any depth. Of a text that is no JSON, whatever stands in quotes.
fn strings(text: &str) -> Vec<Text> {
    let bytes = text.as_bytes();
    let (mut found, mut name, mut at) = (Vec::new(), None, 0);
    while let Some(open) = bytes[at..].iter().position(|byte| *byte == b'"').map(|from| at + from) {
        let mut end = open + 1;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() {
            break;
        }
        at = end + 1;
        let string = open + 1..end;
        if text[at..].trim_start().starts_with(':') {
            name = Some(string);
        } else {
            found.push(Text { name: name.clone(), value: string });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.conceal(&Credentials::key("desk-1", "s\"ecret/1"));
        redactor
    }

    #[test]
    fn secrets_go_and_every_other_byte_stays() {
        for (out, text, left) in [
            (
                true,
                r#"{ "id": 1, "params": {"client_id":"desk-1","client_secret":"s\"ecret/1","data":""} }"#,
                r#"{ "id": 1, "params": {"client_id":"<id>","client_secret":"<secret>","data":""} }"#,
            ),
            (
                false,
                r#"{"result":{"access_token":"abcdefgh.1","scope":"desk-1 a","refreshToken":"ab"}}"#,
                r#"{"result":{"access_token":"<token 1>","scope":"desk-1 a","refreshToken":"<hidden>"}}"#,
            ),
            (false, r#"not JSON, with s"ecret/1 in it"#, "not JSON, with <secret> in it"),
            (
                false,
                r#"{"a":"desk-1 is my name","token":"BTC","name":{"deep":["s\"ecret/1"]}}"#,
                r#"{"a":"desk-1 is my name","token":"BTC","name":{"deep":["<secret>"]}}"#,
            ),
            (
                true,
                r#"{"op":"auth","args":["desk-1",1700000000,"81806a93dd46aefeaddb9dc0d23576a6def289a4"]}"#,
                r#"{"op":"auth","args":["<id>",1700000000,"<token 1>"]}"#,
            ),
            (
                true,
                r#"{"op":"subscribe","args":["a-long-topic.of.81806a93dd46aefeaddb9dc0d23576a6"]}"#,
                r#"{"op":"subscribe","args":["a-long-topic.of.81806a93dd46aefeaddb9dc0d23576a6"]}"#,
            ),
            (false, "{\"unclosed\":\"s\\\"ecret/1", "{\"unclosed\":\"<secret>"),
        ] {
            assert_eq!(redactor().text(text, out), left);
        }
        assert_eq!(redactor().bytes(b"\xff s\"ecret/1\x00"), b"\xff *********\x00");
        assert!(!format!("{:?}", redactor()).contains("ecret"));
    }

    #[test]
    fn what_a_login_brings_is_known_from_then_on() {
        let mut redactor = redactor();
        redactor.text(r#"{"id":7,"client_id":"desk-1"}"#, true);
        let other = r#"{"id":8,"odd":"abcdefghijklmnopqrst1"}"#;
        assert_eq!(redactor.text(other, false), other, "the answer to something else");
        let answer = redactor.text(r#"{"id":7,"odd":"abcdefghijklmnopqrst1"}"#, false);
        assert_eq!(answer, r#"{"id":7,"odd":"<token 1>"}"#);
        assert_eq!(redactor.text(other, true), r#"{"id":8,"odd":"<token 1>"}"#, "and it shows nowhere any more");
    }

    #[test]
    fn headers_count_if_they_are_long() {
        let mut redactor = Redactor::default();
        redactor.conceal_header("2");
        redactor.conceal_header("Bearer abcdefghijklmnopqrstuvwxyz");
        assert_eq!(redactor.text("2 abcdefghijklmnopqrstuvwxyz", false), "2 <header>");
    }
}
