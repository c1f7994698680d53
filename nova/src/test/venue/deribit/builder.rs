//! How a venue is set up before it starts.

use std::{fmt, time::Duration};

use super::{Deribit, auth::Account, credits::Credits};
use crate::{Error, Result};

/// The settings of a [`Deribit`] venue.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use std::time::Duration;
/// let venue = nova::test::venue::Deribit::builder()
///     .credentials("id", "secret")
///     .token_life(Duration::from_secs(5))
///     .shortest_heartbeat(Duration::from_secs(1))
///     .start()
///     .await?;
/// assert!(venue.url().starts_with("ws://127.0.0.1:"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` or `offline`"]
pub struct DeribitBuilder {
    pub(super) account: Account,
    pub(super) heartbeat_grace: Duration,
    pub(super) shortest_heartbeat: Duration,
    pub(super) tick: Duration,
    pub(super) credits: Credits,
    pub(super) seed: u64,
    pub(super) instruments: Vec<String>,
    pub(super) raw_needs_login: bool,
    pub(super) early_notifications: bool,
    /// Whether orders of new connections are cancelled with them: the account-wide switch of clients.
    pub(super) cancel_on_disconnect: bool,
}

impl Default for DeribitBuilder {
    fn default() -> Self {
        let instruments = ["BTC-PERPETUAL", "ETH-PERPETUAL", "SOL_USDC-PERPETUAL", "BTC-26DEC31", "BTC_USDC"];
        Self {
            account: Account {
                client_id: "nova".to_owned(),
                client_secret: "nova-secret".to_owned(),
                token_life: Duration::from_secs(900),
                rights: "account:read_write trade:read_write wallet:read".to_owned(),
            },
            heartbeat_grace: Duration::from_secs(10),
            shortest_heartbeat: Duration::from_secs(10),
            tick: Duration::from_millis(100),
            credits: Credits::default(),
            seed: 1,
            instruments: instruments.into_iter().chain(["BTC-26DEC31-90000-C"]).map(str::to_owned).collect(),
            raw_needs_login: true,
            early_notifications: false,
            cancel_on_disconnect: false,
        }
    }
}

impl DeribitBuilder {
    /// Who may log in. Default: `nova` with `nova-secret`.
    pub fn credentials(mut self, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        (self.account.client_id, self.account.client_secret) = (client_id.into(), client_secret.into());
        self
    }

    /// The rights a login is granted, as scope words. Default: `account:read_write trade:read_write wallet:read`.
    pub fn rights(mut self, scope: impl Into<String>) -> Self {
        self.account.rights = scope.into();
        self
    }

    /// How long an access token lives, in whole seconds, at least one. Default: 900 s.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.account.token_life = life;
        self
    }

    /// How long a client has for its `public/test` after a `test_request`. Default: 10 s.
    pub fn heartbeat_grace(mut self, grace: Duration) -> Self {
        self.heartbeat_grace = grace;
        self
    }

    /// The shortest interval that `public/set_heartbeat` takes, in whole seconds. Default: 10 s, as the real venue.
    pub fn shortest_heartbeat(mut self, interval: Duration) -> Self {
        self.shortest_heartbeat = interval;
        self
    }

    /// How often prices move while somebody listens. Default: 100 ms. An `agg2` channel speaks every tenth time.
    pub fn tick(mut self, every: Duration) -> Self {
        self.tick = every;
        self
    }

    /// What requests cost. Default: the real venue's table.
    pub fn credits(mut self, credits: Credits) -> Self {
        self.credits = credits;
        self
    }

    /// The seed of prices and tokens: the same seed and the same requests give the same market. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What is listed, in place of `BTC-PERPETUAL`, `ETH-PERPETUAL`, `SOL_USDC-PERPETUAL`, `BTC-26DEC31`, `BTC_USDC` and
    /// `BTC-26DEC31-90000-C`. Anything else is misspelt, and missing from acknowledgements.
    pub fn instruments<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.instruments = names.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a `raw` channel without a login fails the whole request with 13778. Default: yes. In recordings of 2021 it did not.
    pub fn raw_needs_login(mut self, needed: bool) -> Self {
        self.raw_needs_login = needed;
        self
    }

    /// Whether first notifications come before the acknowledgement of their subscription. Default: no.
    pub fn early_notifications(mut self, early: bool) -> Self {
        self.early_notifications = early;
        self
    }

    /// Starts the venue on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting that cannot be; [`Error::Dial`] says why no port could be opened; [`Error::NoRuntime`]
    /// outside a tokio runtime.
    pub async fn start(self) -> Result<Deribit> {
        self.check()?;
        Deribit::listen(self).await
    }

    /// Starts the venue without a port: clients come through [`Deribit::serve`] only, so that tokio's clock may be paused.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn offline(self) -> Result<Deribit> {
        self.check()?;
        Deribit::new(self)
    }

    fn check(&self) -> Result {
        let whole = |span: Duration| span.as_secs() > 0 && span.subsec_nanos() == 0;
        for (field, span) in [("token_life", self.account.token_life), ("shortest_heartbeat", self.shortest_heartbeat)]
        {
            if !whole(span) {
                return Err(Error::config(field, format!("{span:?} is not a whole number of seconds above 0")));
            }
        }
        if self.tick.is_zero() {
            return Err(Error::config("tick", "must be longer than 0"));
        }
        Ok(())
    }
}

impl fmt::Debug for DeribitBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DeribitBuilder");
        shown.field("client_id", &self.account.client_id).field("client_secret", &"(secret)");
        shown.field("tick", &self.tick).field("seed", &self.seed).field("instruments", &self.instruments);
        shown.finish_non_exhaustive()
    }
}
