//! Credentials: what a login is made from. They show themselves nowhere but on the wire.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};

/// What a client logs in with.
///
/// ```
/// let credentials = nova::Credentials::key("kEy1", "s3cret");
/// assert!(!format!("{credentials:?}").contains("s3cret"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// A key and its secret, sent as they are (Deribit's `client_credentials`).
    Key {
        /// The public half.
        id: String,
        /// The secret half.
        secret: SecretString,
    },
    /// A key and its secret; the secret signs and never leaves (Deribit's `client_signature`).
    Signed {
        /// The public half.
        id: String,
        /// The secret half.
        secret: SecretString,
    },
    /// A token.
    Token(SecretString),
}

impl Credentials {
    /// A key and its secret, sent as they are.
    pub fn key(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::Key { id: id.into(), secret: secret.into().into() }
    }

    /// A key and its secret; the secret only signs.
    pub fn signed(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::Signed { id: id.into(), secret: secret.into().into() }
    }

    /// A token.
    pub fn token(token: impl Into<String>) -> Self {
        Self::Token(token.into().into())
    }

    /// A key and its secret from two environment variables.
    ///
    /// # Errors
    /// [`Error::Config`] naming the variable that is missing or empty; never its value.
    pub fn from_env(id: &str, secret: &str) -> Result<Self> {
        let read = |name: &str| {
            std::env::var(name)
                .map_err(|_| Error::config("credentials", format!("the environment variable {name} is not set")))
        };
        let credentials = Self::key(read(id)?, read(secret)?);
        credentials.check()?;
        Ok(credentials)
    }

    /// What must not be shown.
    pub(crate) fn secret(&self) -> &str {
        match self {
            Self::Key { secret, .. } | Self::Signed { secret, .. } | Self::Token(secret) => secret.expose_secret(),
        }
    }

    /// Whether they are the same to the last byte.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same = |left: &SecretString, right: &SecretString| left.expose_secret() == right.expose_secret();
        match (self, other) {
            (Self::Key { id, secret }, Self::Key { id: other_id, secret: other })
            | (Self::Signed { id, secret }, Self::Signed { id: other_id, secret: other }) => {
                id == other_id && same(secret, other)
            }
            (Self::Token(token), Self::Token(other)) => same(token, other),
            _ => false,
        }
    }

    /// Refuses what no venue can accept: empty parts and line breaks, the usual leftovers of a file.
    pub(crate) fn check(&self) -> Result<()> {
        let (id, secret) = match self {
            Self::Key { id, secret } | Self::Signed { id, secret } => (id.as_str(), secret),
            Self::Token(token) => ("token", token),
        };
        let bad = |text: &str| text.is_empty() || text.chars().any(|c| c == '\n' || c == '\r' || c == '\0');
        if bad(id) {
            return Err(Error::config("credentials.id", "it is empty or has a line break"));
        }
        if bad(secret.expose_secret()) {
            return Err(Error::config("credentials.secret", "it is empty or has a line break"));
        }
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Key { .. } => "key",
            Self::Signed { .. } => "signed",
            Self::Token(_) => "token",
        };
        write!(f, "Credentials({kind}, redacted)")
    }
}
