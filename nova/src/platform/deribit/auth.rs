//! Logging in: three grants of `public/auth`, and the pair of tokens each answer brings.

use std::{fmt::Write, time::Duration};

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    auth::{AuthResponse, Credentials},
    error::{Error, Result},
    flow::Priority,
    message::Outgoing,
    platform::LoginContext,
};

/// The refresh token of the session.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    refresh: Option<SecretString>,
    /// Whether it belongs to a named session and so outlives its connection.
    named: bool,
}

impl Tokens {
    pub(super) fn connected(&mut self) {
        if !self.named {
            self.refresh = None;
        }
    }

    pub(super) fn login(
        &self,
        credentials: &Credentials,
        scope: Option<&str>,
        context: LoginContext<'_>,
    ) -> Option<Outgoing> {
        let mut params = match credentials {
            Credentials::Key { id, secret } => json!({
                "grant_type": "client_credentials", "client_id": id, "client_secret": secret.expose_secret(),
            }),
            Credentials::Signed { id, secret } => {
                let (timestamp, nonce) = (context.clock.unix_ms(), nonce(context.nonce));
                let signature = signature(secret.expose_secret(), timestamp, &nonce, "");
                json!({
                    "grant_type": "client_signature", "client_id": id, "timestamp": timestamp, "nonce": nonce,
                    "data": "", "signature": signature,
                })
            }
            Credentials::Token(given) => return refresh(self.refresh.as_ref().unwrap_or(given)),
        };
        if let Some(scope) = scope {
            params["scope"] = scope.into();
        }
        auth(&params)
    }

    pub(super) fn refresh(&self) -> Option<Outgoing> {
        refresh(self.refresh.as_ref()?)
    }

    pub(super) fn logged_in(&mut self, scope: Option<&str>, reply: Result<&str, Error>) -> AuthResponse {
        // The pair before is void with any answer: a refusal means a full login next.
        (self.refresh, self.named) = (None, false);
        let granted = match reply {
            Ok(text) => serde_json::from_str::<Granted>(text),
            Err(error) => return AuthResponse::refused(error),
        };
        let Ok(granted) = granted else {
            // Neither the text nor the parser's words: both may quote a token.
            return AuthResponse::refused(Error::decode(
                "the answer to the login",
                "it is not what Deribit documents",
                &[],
            ));
        };
        if let Some(missing) = scope.and_then(|asked| missing(asked, &granted.scope)) {
            let reason = format!("the key does not have the right `{missing}` (it has `{}`)", granted.scope);
            return AuthResponse::refused(Error::Auth { reason: reason.into(), source: None });
        }
        self.refresh = granted.refresh_token.map(SecretString::from);
        self.named = granted.scope.split_whitespace().any(|word| word.starts_with("session:"));
        let life = granted.expires_in.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        AuthResponse::accepted(life, granted.scope)
    }
}

fn refresh(token: &SecretString) -> Option<Outgoing> {
    auth(&json!({ "grant_type": "refresh_token", "refresh_token": token.expose_secret() }))
}

fn auth(params: &Value) -> Option<Outgoing> {
    // A JSON value can always be written.
    Some(Outgoing::call("public/auth", params).ok()?.priority(Priority::Control))
}

#[derive(Deserialize)]
struct Granted {
    refresh_token: Option<String>,
    /// Seconds, from minutes to a year.
    expires_in: Option<f64>,
    #[serde(default)]
    scope: String,
}

/// The first right that was asked for and not granted. Words that are no rights (`session:..`, `expires:..`) do not count.
fn missing<'a>(asked: &'a str, granted: &str) -> Option<&'a str> {
    let has = |right: &str| granted.split_whitespace().any(|word| word == right);
    asked.split_whitespace().find(|right| match right.split_once(':') {
        Some((_, "read_write")) => !has(right),
        Some((_, "read")) => !has(right) && !has(&format!("{right}_write")),
        _ => false,
    })
}

/// Eight letters and digits: what Deribit's own examples use, and it may be used once.
fn nonce(mut random: u64) -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut letter = || {
        let index = usize::try_from(random % 36).unwrap_or_default();
        random /= 36;
        char::from(LETTERS[index])
    };
    (0..8).map(|_| letter()).collect()
}

fn signature(secret: &str, timestamp: u64, nonce: &str, data: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}\n{nonce}\n{data}").as_bytes());
    tag.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_venue() {
        for (secret, timestamp, nonce, data, expected) in [
            (
                "AMANDASECRECT",
                1_576_074_319_000,
                "1iqt2wls",
                "",
                "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1",
            ),
            (
                "nova-secret-1",
                1_700_000_000_000,
                "n0nce123",
                "",
                "7ab436d80c3c0feedc4c19e5e90caa2108bcb46c365e72db0d56b9061b45b1b0",
            ),
            (
                "nova-secret-1",
                1_700_000_000_000,
                "n0nce123",
                "hello",
                "2a2557d364ff198f9b887a0f01ea82d6af4637df19a8c03d3536ad01d72c3463",
            ),
        ] {
            assert_eq!(signature(secret, timestamp, nonce, data), expected);
        }
    }

    #[test]
    fn nonces_are_eight_letters_and_digits() {
        assert_eq!(nonce(0), "00000000");
        assert_eq!(nonce(36), "01000000");
        let last = nonce(u64::MAX);
        assert!(last.len() == 8 && last.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{last}");
    }

    #[test]
    fn a_right_to_write_includes_the_right_to_read() {
        let granted = "connection mainaccount trade:read_write account:read";
        assert_eq!(missing("session:x expires:60 trade:read account:read wallet:none", granted), None);
        assert_eq!(missing("trade:read_write account:read_write", granted), Some("account:read_write"));
        assert_eq!(missing("wallet:read", granted), Some("wallet:read"));
    }
}
