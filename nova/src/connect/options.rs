//! What may be said of a client before it starts: a method each, checked by none of them. All of it is looked at together at the start.

use std::{path::PathBuf, sync::Arc};

use super::Connect;
use crate::{
    auth::{Credentials, SecretsManager},
    client::Client,
    cluster::ClusterEngine,
    config::{ConfigProvider, Patch, Persistence},
    error::Result,
    flow::SharedLimiter,
    message::Topic,
    session::Address,
    telemetry::{Event, MetricsCollector},
    time::Clock,
    transport::Dialer,
};

impl<C: Client> Connect<C> {
    /// Where to connect, instead of the platform's address.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Where to connect and with which headers, asked anew before each attempt: for addresses and tokens that change.
    pub fn address<F, A>(mut self, make: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<Address>> + Send + 'static,
    {
        self.factory = Some(Arc::new(move || Box::pin(make())));
        self
    }

    /// What to log in with, instead of what the attribute's `secrets = ..` says. Without either, the client does not log in.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Whom to ask what to log in with, before each login, instead of the attribute's `secrets = ..`.
    pub fn secrets(mut self, manager: impl SecretsManager) -> Self {
        self.secrets = Some(Arc::new(manager));
        self
    }

    /// One more header of the upgrade. Its value is told to nobody but the server.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into().into()));
        self
    }

    /// One more subprotocol to offer; the server must choose one of those offered.
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocols.push(name.into());
        self
    }

    /// Settings above those of the attribute.
    pub fn configure(mut self, patch: Patch) -> Self {
        self.patch = patch.over(self.patch);
        self
    }

    /// Where settings are read from, under those of [`configure`](Self::configure), instead of the attribute's `config = ..`.
    pub fn config(mut self, provider: impl ConfigProvider) -> Self {
        self.config = Some(Arc::new(provider));
        self
    }

    /// The platform's value, where its default will not do.
    pub fn platform(mut self, platform: C::Platform) -> Self {
        self.platform = platform;
        self
    }

    /// The codec's value, where its default will not do.
    pub fn codec(mut self, codec: C::Codec) -> Self {
        self.codec = Some(codec);
        self
    }

    /// Follows up to `most` redirects of the upgrade in one attempt, 1 to 5. Without, a redirect ends the client, as
    /// [`Error::Rejected`](crate::Error::Rejected) with the address it points to.
    ///
    /// Headers go to the origin they were given for and no other. A redirect to another origin is refused where the client has
    /// credentials or subprotocols, and one from `wss` to `ws` always, as [`Error::Redirect`](crate::Error::Redirect). A TLS client
    /// certificate is the dialer's: it is shown wherever a server asks for one.
    ///
    /// ```no_run
    /// # #[nova::client(platform = "echo")]
    /// # struct Desk;
    /// # async fn run() -> nova::Result {
    /// let desk = nova::connect(Desk).url("wss://venue.test/ws").follow_redirects(2).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow_redirects(mut self, most: usize) -> Self {
        self.redirects = Some(most);
        self
    }

    /// Keeps what is changed by [`Handle::configure`](crate::Handle::configure) in this file, and starts with what is there, over
    /// everything else. What does not validate any more is set aside beside it, as `NAME.rejected`, and reported; the client then
    /// starts without.
    pub fn persist(mut self, path: impl Into<PathBuf>) -> Self {
        self.persistence = Some(Persistence::new(path.into()));
        self
    }

    /// How byte streams are made; TCP and TLS by default.
    pub fn dialer(mut self, dialer: impl Dialer) -> Self {
        self.dialer = Some(Arc::new(dialer));
        self
    }

    /// The limits of an account that this client shares with others: together they never exceed them.
    pub fn share_limits(mut self, limiter: &SharedLimiter) -> Self {
        self.limiter = Some(limiter.clone());
        self
    }

    /// Who is told what to count, instead of the attribute's `metrics = ..`.
    pub fn metrics(mut self, collector: impl MetricsCollector) -> Self {
        self.metrics = Some(Arc::new(collector));
        self
    }

    /// Lets only some of the events be told: those the settings tell of and for which `wanted` is true. What it refuses is neither
    /// logged nor collected nor heard by listeners; the trace keeps it. It is called in line, on the client's task: it must not block.
    /// One that panics is not called again, and the client tells so.
    ///
    /// ```
    /// # #[nova::client(platform = "deribit")]
    /// # struct Desk;
    /// let quiet = nova::connect(Desk).filter_events(|event| event.name() != "heartbeat");
    /// # drop(quiet);
    /// ```
    pub fn filter_events(mut self, wanted: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(wanted));
        self
    }

    /// The cluster to join, instead of the attribute's `cluster = ..`.
    pub fn cluster(mut self, engine: impl ClusterEngine) -> Self {
        self.cluster = Some(Arc::new(engine));
        self
    }

    /// The time of day, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The seed of jitter and spread, for tests that must be the same each time. Keys and nonces are never made from it.
    ///
    /// Without it the seed is a fresh one, or the next of the test's where the client is made in a [`nova::test`](macro@crate::test).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Topics that are wanted from the start: restored before the first `Ready`, like those of a client that comes back. Takes what
    /// [`Handle::export`](crate::Handle::export) gave the last run. Each counts as one `subscribe`.
    pub fn wanted<T: Into<Topic>>(mut self, topics: impl IntoIterator<Item = T>) -> Self {
        self.wanted.extend(topics.into_iter().map(Into::into));
        self
    }
}
