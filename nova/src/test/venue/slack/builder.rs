//! How a workspace is set up before it starts.

use std::{fmt, time::Duration};

use super::Slack;
use crate::{Error, Result};

/// The settings of a [`Slack`] workspace.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// let venue = nova::test::venue::Slack::builder().token("xapp-1-A0002-1-mine").start().await?;
/// assert!(venue.api().starts_with("http://127.0.0.1:"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` or `offline`"]
pub struct SlackBuilder {
    pub(super) token: String,
    pub(super) pings: Duration,
}

impl Default for SlackBuilder {
    fn default() -> Self {
        Self { token: "xapp-1-A0001-1-nova".to_owned(), pings: Duration::from_secs(10) }
    }
}

impl SlackBuilder {
    /// The app-level token. Default: `xapp-1-A0001-1-nova`.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// How often it sends a ping on each connection. Default: 10 s.
    pub fn pings(mut self, every: Duration) -> Self {
        self.pings = every;
        self
    }

    /// Starts the workspace on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting that cannot be; [`Error::Dial`] says why no port could be opened; [`Error::NoRuntime`]
    /// outside a tokio runtime.
    pub async fn start(self) -> Result<Slack> {
        self.check()?;
        Slack::listen(self).await
    }

    /// Starts the workspace without a port, at `http://slack.test/api`: clients come through [`Slack::serve`] only, so that tokio's
    /// clock may be paused.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn offline(self) -> Result<Slack> {
        self.check()?;
        Slack::new(self, "slack.test".to_owned())
    }

    fn check(&self) -> Result {
        if self.pings.is_zero() { Err(Error::config("pings", "must be longer than 0")) } else { Ok(()) }
    }
}

impl fmt::Debug for SlackBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackBuilder").field("token", &"(secret)").field("pings", &self.pings).finish()
    }
}
