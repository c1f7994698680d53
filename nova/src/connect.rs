//! Starting a client: a builder holds what was said of it until it starts.

mod check;
mod cluster;
mod options;
mod settings;
mod start;

use std::{fmt, sync::Arc};

use secrecy::SecretString;

use crate::{
    auth::{Credentials, SecretsManager},
    behaviour::{
        AuthHandler, BackpressureHandler, ClusterAware, ConnectionHandler, ErrorHandler, HeartbeatHandler,
        MessageHandler, RateLimitHandler, SubscriptionHandler,
    },
    client::Client,
    cluster::ClusterEngine,
    config::{ConfigProvider, Patch, Persistence},
    error::Result,
    flow::SharedLimiter,
    message::Topic,
    session::Address,
    telemetry::{EventFilter, MetricsCollector},
    time::{Clock, SystemClock},
    transport::{BoxFuture, Dialer},
};

/// Starts a client. Await it: it resolves at the first `Ready`, or with the error that ended the client; in between it tries as often
/// as profile and strategy say.
///
/// ```no_run
/// #[nova::client(platform = "deribit", profile = "financial")]
/// struct Desk;
///
/// # async fn run() -> nova::Result {
/// let desk = nova::connect(Desk).credentials(nova::Credentials::key("id", "secret")).await?;
/// desk.subscribe("ticker.BTC-PERPETUAL.100ms").await?;
/// while let Some(item) = desk.next().await {
///     println!("{item:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub fn connect<C>(client: C) -> Connect<C>
where
    C: Client
        + ConnectionHandler
        + MessageHandler
        + SubscriptionHandler
        + AuthHandler
        + ErrorHandler
        + HeartbeatHandler
        + RateLimitHandler
        + BackpressureHandler
        + ClusterAware,
    C::Platform: Default,
{
    Connect {
        client,
        platform: C::Platform::default(),
        codec: C::codec(),
        url: None,
        factory: None,
        headers: Vec::new(),
        subprotocols: Vec::new(),
        credentials: None,
        secrets: None,
        patch: Patch::new(),
        config: C::config(),
        persistence: None,
        metrics: C::metrics(),
        filter: None,
        dialer: None,
        redirects: None,
        limiter: None,
        cluster: C::cluster(),
        clock: Arc::new(SystemClock),
        seed: None,
        wanted: Vec::new(),
        #[cfg(feature = "test")]
        tap: None,
    }
}

type Factory = Arc<dyn Fn() -> BoxFuture<'static, Result<Address>> + Send + Sync>;

/// A client about to start: see [`connect`].
#[must_use = "nothing is dialled until this is awaited"]
pub struct Connect<C: Client> {
    client: C,
    platform: C::Platform,
    codec: Option<C::Codec>,
    url: Option<String>,
    factory: Option<Factory>,
    headers: Vec<(String, SecretString)>,
    subprotocols: Vec<String>,
    credentials: Option<Credentials>,
    secrets: Option<Arc<dyn SecretsManager>>,
    patch: Patch,
    config: Option<Arc<dyn ConfigProvider>>,
    persistence: Option<Persistence>,
    metrics: Option<Arc<dyn MetricsCollector>>,
    filter: Option<Arc<EventFilter>>,
    dialer: Option<Arc<dyn Dialer>>,
    redirects: Option<usize>,
    limiter: Option<SharedLimiter>,
    cluster: Option<Arc<dyn ClusterEngine>>,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
    wanted: Vec<Topic>,
    /// Sees the bytes of every link.
    #[cfg(feature = "test")]
    pub(crate) tap: Option<Arc<dyn crate::session::Tap>>,
}

impl<C: Client> fmt::Debug for Connect<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("client", &C::NAME).finish_non_exhaustive()
    }
}
