//! How a venue is set up before it starts.

use std::{fmt, time::Duration};

use super::Bybit;
use crate::{Error, Result};

/// The settings of a [`Bybit`] venue.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use std::time::Duration;
/// let venue = nova::test::venue::Bybit::builder()
///     .credentials("key", "secret")
///     .clock_ahead(Duration::from_secs(60))
///     .start()
///     .await?;
/// assert!(venue.origin().starts_with("ws://127.0.0.1:"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` or `offline`"]
pub struct BybitBuilder {
    pub(super) key: String,
    pub(super) secret: String,
    pub(super) tick: Duration,
    pub(super) ahead: Duration,
    pub(super) seed: u64,
    pub(super) early_news: bool,
}

impl Default for BybitBuilder {
    fn default() -> Self {
        Self {
            key: "nova".to_owned(),
            secret: "nova-secret".to_owned(),
            tick: Duration::from_millis(100),
            ahead: Duration::ZERO,
            seed: 1,
            early_news: false,
        }
    }
}

impl BybitBuilder {
    /// Who may log in. Default: `nova` with `nova-secret`.
    pub fn credentials(mut self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        (self.key, self.secret) = (key.into(), secret.into());
        self
    }

    /// How often prices move while somebody listens. Default: 100 ms.
    pub fn tick(mut self, every: Duration) -> Self {
        self.tick = every;
        self
    }

    /// How far the venue's clock is ahead of this machine's: logins of those who do not know come too late. Default: not at all.
    pub fn clock_ahead(mut self, by: Duration) -> Self {
        self.ahead = by;
        self
    }

    /// The seed of prices. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether first news come before the answer to their subscription. Default: no.
    pub fn early_news(mut self, early: bool) -> Self {
        self.early_news = early;
        self
    }

    /// Starts the venue on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting that cannot be; [`Error::Dial`] says why no port could be opened; [`Error::NoRuntime`]
    /// outside a tokio runtime.
    pub async fn start(self) -> Result<Bybit> {
        self.check()?;
        Bybit::listen(self).await
    }

    /// Starts the venue without a port: clients come through [`Bybit::serve`] only, so that tokio's clock may be paused.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn offline(self) -> Result<Bybit> {
        self.check()?;
        Bybit::new(self)
    }

    fn check(&self) -> Result {
        if self.tick.is_zero() { Err(Error::config("tick", "must be longer than 0")) } else { Ok(()) }
    }
}

impl fmt::Debug for BybitBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BybitBuilder");
        shown.field("key", &self.key).field("secret", &"(secret)").field("tick", &self.tick).finish_non_exhaustive()
    }
}
