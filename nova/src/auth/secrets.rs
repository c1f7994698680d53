//! Where credentials come from, when they are not in the program: the seam, and the environment as its first implementation.
//!
//! [`Shared`] lets many clients have one source, asked once for all of them.

use std::{env, ffi::OsString, fmt};

use super::Credentials;
pub use super::shared::Shared;
use crate::{
    error::{Error, Result},
    transport::BoxFuture,
};

/// Where a client's credentials come from: the environment, a vault, a file. Give one by `secrets = ".."` or the builder's `.secrets(..)`.
///
/// Asked before each login: before each dial, and before a renewal that is a whole new login. So a secret that was rotated is used
/// from the next login on. Asking has the deadline `auth.timeout`. If it fails, the last good credentials stay in use and the error is
/// an event (P33); without any the attempt to connect has failed with [`Error::Secrets`], and the next one asks again.
///
/// ```
/// use nova::{BoxFuture, Credentials, SecretsManager};
///
/// /// A token that something else keeps fresh in a file.
/// #[derive(Debug, Default)]
/// struct Mounted;
///
/// impl SecretsManager for Mounted {
///     fn credentials(&self) -> BoxFuture<'_, nova::Result<Credentials>> {
///         Box::pin(async {
///             let token = std::fs::read_to_string("/run/secrets/token").map_err(nova::Error::handler)?;
///             Ok(Credentials::token(token.trim()))
///         })
///     }
/// }
///
/// #[nova::client(platform = "deribit", secrets = Mounted)]
/// struct Desk;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no secrets manager",
    note = "name a built-in one (`secrets = \"environment\"`), or implement `nova::SecretsManager` for it"
)]
pub trait SecretsManager: fmt::Debug + Send + Sync + 'static {
    /// The credentials as they are now.
    ///
    /// Polled on the client's task, which goes on meanwhile: it must wait without blocking. At the deadline, and when the client
    /// is closed, the future is dropped.
    ///
    /// # Errors
    /// Why there are none now. The error is told to others: it must not hold a secret.
    ///
    /// # Panics
    /// A panic counts as an error.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials>>;

    /// The credentials as they are now, after the venue has refused these. Asked once before the one retry that a refused login gets;
    /// without newer ones, give what there is.
    ///
    /// # Errors
    /// Why there are none now: the attempt to connect has failed with [`Error::Secrets`], and the next one asks again.
    fn renewed<'a>(&'a self, refused: &'a Credentials) -> BoxFuture<'a, Result<Credentials>> {
        let _ = refused;
        self.credentials()
    }

    /// Whether the venue may refuse what is given for a while, because it is being replaced: logins are then tried again by the
    /// profile's delays, where otherwise a second refusal is the end.
    fn is_rotating(&self) -> bool {
        false
    }
}

/// Credentials from environment variables: `NOVA_KEY_ID` with `NOVA_KEY_SECRET`, or `NOVA_KEY_ID` with `NOVA_SIGNING_SECRET` where the
/// secret only signs, or `NOVA_TOKEN`. A variable that is empty counts as absent.
///
/// ```
/// #[nova::client(platform = "deribit", secrets("environment", prefix = "DESK"))]
/// struct Desk;
/// ```
#[derive(Clone, Debug)]
pub struct Environment {
    prefix: String,
}

impl Default for Environment {
    fn default() -> Self {
        Self { prefix: "NOVA".to_owned() }
    }
}

impl Environment {
    /// Variables that begin with `prefix` and `_`, for programs with several clients.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn read(&self, read: impl Fn(&str) -> Option<OsString>) -> Result<Credentials> {
        let name = |end| format!("{}_{end}", self.prefix);
        let [id, secret, signing, token] = ["KEY_ID", "KEY_SECRET", "SIGNING_SECRET", "TOKEN"].map(name);
        let value = |name: &str| match read(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(Error::config("secrets", format!("{name} is not UTF-8"))),
        };
        match (value(&id)?, value(&secret)?, value(&signing)?, value(&token)?) {
            (Some(id), Some(secret), None, None) => Ok(Credentials::key(id, secret)),
            (Some(id), None, Some(secret), None) => Ok(Credentials::signed(id, secret)),
            (None, None, None, Some(token)) => Ok(Credentials::token(token)),
            (None, None, None, None) => Err(Error::config(
                "secrets",
                format!("none is set: set {id} with {secret} or, to sign only, with {signing}; or set {token}"),
            )),
            _ => Err(Error::config(
                "secrets",
                format!("set {id} with one of {secret} and {signing}, or {token} alone: what is set now is neither"),
            )),
        }
    }
}

impl SecretsManager for Environment {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials>> {
        Box::pin(std::future::ready(self.read(|name| env::var_os(name))))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn shown(credentials: &Credentials) -> String {
        match credentials {
            Credentials::Key { id, secret } => format!("key {id} {}", secret.expose_secret()),
            Credentials::Signed { id, secret } => format!("signed {id} {}", secret.expose_secret()),
            Credentials::Token(token) => format!("token {}", token.expose_secret()),
        }
    }

    #[test]
    fn what_is_set_says_what_kind_of_credentials_it_is() {
        for (set, expected) in [
            (&["KEY_ID", "KEY_SECRET"][..], Some("key v-DESK_KEY_ID v-DESK_KEY_SECRET")),
            (&["KEY_ID", "SIGNING_SECRET"], Some("signed v-DESK_KEY_ID v-DESK_SIGNING_SECRET")),
            (&["TOKEN"], Some("token v-DESK_TOKEN")),
            (&[], None),
            (&["KEY_ID"], None),
            (&["KEY_SECRET"], None),
            (&["KEY_ID", "KEY_SECRET", "SIGNING_SECRET"], None),
            (&["KEY_ID", "KEY_SECRET", "TOKEN"], None),
        ] {
            let is_set = |asked: &str| set.iter().any(|end| asked == format!("DESK_{end}"));
            let read = |asked: &str| Some(if is_set(asked) { format!("v-{asked}").into() } else { OsString::new() });
            match (Environment::default().prefix("DESK").read(read), expected) {
                (Ok(found), Some(expected)) => assert_eq!(shown(&found), expected),
                (Err(Error::Config { field, reason }), None) => {
                    assert_eq!(field, "secrets");
                    assert!(reason.contains("DESK_TOKEN") && !reason.contains("v-"), "{reason}");
                }
                (found, _) => panic!("{set:?}: {found:?}"),
            }
        }
    }
}
