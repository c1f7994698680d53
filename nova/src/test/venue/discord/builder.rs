//! How a venue is set up before it starts.

use std::{fmt, time::Duration};

use super::Discord;
use crate::{Error, Result};

/// The settings of a [`Discord`] venue.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use std::time::Duration;
/// let venue = nova::test::venue::Discord::builder().token("tok").heartbeat(Duration::from_secs(1)).start().await?;
/// assert!(venue.url().starts_with("ws://127.0.0.1:"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` or `offline`"]
pub struct DiscordBuilder {
    pub(super) token: String,
    pub(super) heartbeat: Duration,
    pub(super) intents: u64,
    pub(super) concurrency: u32,
    pub(super) starts: u32,
}

impl Default for DiscordBuilder {
    fn default() -> Self {
        Self {
            token: "nova-token".to_owned(),
            heartbeat: Duration::from_millis(41_250),
            intents: u64::MAX,
            concurrency: 1,
            starts: 1_000,
        }
    }
}

impl DiscordBuilder {
    /// Whose bot may begin a session. Default: `nova-token`.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// How often heartbeats are wanted. Default: 41.25 s. Who sends none for half as long again is closed.
    pub fn heartbeat(mut self, every: Duration) -> Self {
        self.heartbeat = every;
        self
    }

    /// The intents that are switched on for the application; others that are known are refused with 4014. Default: all.
    pub fn intents(mut self, intents: u64) -> Self {
        self.intents = intents;
        self
    }

    /// How many sessions may begin every five seconds: one for each remainder of the shard's number. Default: 1.
    pub fn concurrency(mut self, most: u32) -> Self {
        self.concurrency = most;
        self
    }

    /// How many sessions may begin in all. Default: 1000.
    pub fn starts(mut self, most: u32) -> Self {
        self.starts = most;
        self
    }

    /// Starts the venue on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting that cannot be; [`Error::Dial`] says why no port could be opened; [`Error::NoRuntime`]
    /// outside a tokio runtime.
    pub async fn start(self) -> Result<Discord> {
        self.check()?;
        Discord::listen(self).await
    }

    /// Starts the venue without a port: clients come through [`Discord::serve`] only, so that tokio's clock may be paused.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn offline(self) -> Result<Discord> {
        self.check()?;
        Discord::unlistened(self)
    }

    fn check(&self) -> Result {
        let refuse = |field, reason| Err(Error::config(field, reason));
        match self {
            Self { heartbeat, .. } if heartbeat.is_zero() => refuse("heartbeat", "must be longer than 0"),
            Self { concurrency: 0, .. } => refuse("concurrency", "must be at least 1"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for DiscordBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DiscordBuilder");
        shown.field("token", &"(secret)").field("heartbeat", &self.heartbeat).finish_non_exhaustive()
    }
}
