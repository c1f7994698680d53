//! Whose limits a client uses up: its account at a venue, told apart without naming it.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use secrecy::ExposeSecret;

use crate::auth::Credentials;

/// An account at a venue: clients with equal ones use up the same limits.
///
/// It is made of the platform, the address and the credentials' id (or the token), and shows none of them but the platform.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account {
    platform: &'static str,
    fingerprint: u64,
}

impl Account {
    /// Without credentials, the account of all who have none.
    pub(crate) fn new(platform: &'static str, address: &str, credentials: Option<&Credentials>) -> Self {
        let owner = credentials.map(|credentials| match credentials {
            Credentials::Key { id, .. } | Credentials::Signed { id, .. } => id.as_str(),
            Credentials::Token(token) => token.expose_secret(),
        });
        let mut hasher = DefaultHasher::new();
        (address, owner).hash(&mut hasher);
        Self { platform, fingerprint: hasher.finish() }
    }

    /// The platform's name.
    pub fn platform(&self) -> &'static str {
        self.platform
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("platform", &self.platform).finish_non_exhaustive()
    }
}
