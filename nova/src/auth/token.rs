//! What a login is good for, and how long.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// The login of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenState {
    /// When the login was acknowledged.
    pub since: Option<Instant>,
    /// How long it lasts from then, where the venue said so.
    pub life: Option<Duration>,
    /// When nova means to refresh it.
    pub refresh_at: Option<Instant>,
    /// Whether that moment has come.
    pub due: bool,
}

impl TokenState {
    /// It is older by so much than was thought.
    pub(crate) fn age(&mut self, by: Duration, now: Instant) {
        let earlier = |at: Instant| at.checked_sub(by).unwrap_or(now);
        (self.since, self.refresh_at) = (self.since.map(earlier), self.refresh_at.map(earlier));
    }
}

/// The venue's answer to a login or refresh.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthResponse {
    /// Accepted.
    Accepted {
        /// How long it lasts, where the venue said so.
        life: Option<Duration>,
        /// What the login may do, in the venue's words; empty where it does not say.
        scope: String,
        /// Whether this was a refresh of a login that still held.
        refreshed: bool,
    },
    /// Refused.
    Refused {
        /// The venue's error.
        error: Error,
        /// Whether this was a refresh of a login that still held.
        refreshed: bool,
    },
}

impl AuthResponse {
    /// A login that was accepted.
    pub fn accepted(life: Option<Duration>, scope: impl Into<String>) -> Self {
        Self::Accepted { life, scope: scope.into(), refreshed: false }
    }

    /// A login that was refused.
    pub fn refused(error: Error) -> Self {
        Self::Refused { error, refreshed: false }
    }

    pub(crate) fn mark_refresh(mut self, refresh: bool) -> Self {
        match &mut self {
            Self::Accepted { refreshed, .. } | Self::Refused { refreshed, .. } => *refreshed = refresh,
        }
        self
    }
}
