//! Starting a client: everything is checked before anything is dialled, then one task is spawned.

mod check;
mod cluster;

use std::{fmt, future::IntoFuture, path::PathBuf, sync::Arc};

use check::not_given;
use cluster::join;
use secrecy::SecretString;

use crate::{
    auth::{Credentials, SecretsManager},
    behaviour::{
        AuthHandler, BackpressureHandler, ClusterAware, ConnectionHandler, ErrorHandler, Handlers, HeartbeatHandler,
        MessageHandler, RateLimitHandler, SubscriptionHandler,
    },
    client::{Client, Services, described, layers},
    cluster::ClusterEngine,
    config::{Config, ConfigProvider, Layer, Layers, Patch, Persistence, Profile, Settled, Traits, common},
    describe::Description,
    error::{Error, Result},
    flow::{SharedLimiter, Terms},
    handle::Handle,
    message::Topic,
    platform::{PlatformSpec, Spec},
    reconnect::Decisions,
    seed,
    session::{Address, Addressing, Engine, Secrets, Setup, run},
    shared::{Command, Hooks, Parts, Shared},
    telemetry::{Event, EventFilter, MetricsCollector, Watchers},
    time::{Clock, SystemClock},
    transport::{BoxFuture, Dialer, Tcp},
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
    /// [`Error::Rejected`] with the address it points to.
    ///
    /// Headers go to the origin they were given for and no other. A redirect to another origin is refused where the client has
    /// credentials or subprotocols, and one from `wss` to `ws` always, as [`Error::Redirect`]. A TLS client certificate is the
    /// dialer's: it is shown wherever a server asks for one.
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

    /// Keeps what is changed by [`Handle::configure`] in this file, and starts with what is there, over everything else. What does not
    /// validate any more is set aside beside it, as `NAME.rejected`, and reported; the client then starts without.
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
    /// [`Handle::export`] gave the last run. Each counts as one `subscribe`.
    pub fn wanted<T: Into<Topic>>(mut self, topics: impl IntoIterator<Item = T>) -> Self {
        self.wanted.extend(topics.into_iter().map(Into::into));
        self
    }

    /// The settings, with what an earlier run of the client has kept; or without, where that cannot be used any more, and why.
    fn resolve(&self) -> Result<(Settled, Option<Error>)> {
        let read = || {
            let (layers, unread) = layers::<C>(self.config.as_deref(), &self.patch);
            unread.map_or(Ok(layers), Err)
        };
        let settle = |layers: Layers| layers.resolve().map(|config| (Arc::new(layers), Arc::new(config)));
        let Some(persistence) = &self.persistence else {
            let settled = match self.config {
                // It may read something else each time.
                Some(_) => settle(read()?),
                None => common::<C>(&self.patch, || settle(read()?)),
            };
            return settled.map(|settled| (settled, None));
        };
        let layers = read()?;
        match persistence.load().and_then(|kept| settle(layers.clone().with(Layer::Runtime, &kept))) {
            Ok(settled) => Ok((settled, None)),
            Err(error) => settle(layers).map(|settled| (settled, Some(persistence.set_aside(&error)))),
        }
    }

    /// What this client is made of and would do, with the settings of this builder; see [`Description`]. Asks the provider and
    /// reads what was kept, and dials nothing.
    pub fn describe(&self) -> Description
    where
        C::Platform: Default,
    {
        let (mut layers, unread) = layers::<C>(self.config.as_deref(), &self.patch);
        if let Some(kept) = self.persistence.as_ref().and_then(|persistence| persistence.load().ok()) {
            let with = layers.clone().with(Layer::Runtime, &kept);
            // What cannot be used any more is set aside by the start.
            layers = if with.resolve().is_ok() { with } else { layers };
        }
        let (config, refused) = layers.told();
        let problem = unread.or(refused);
        described::<C>(self.services().told::<C>(), (config, problem))
    }

    fn services(&self) -> Services {
        Services {
            credentials: self.credentials.is_some(),
            config: self.config.clone(),
            secrets: self.secrets.clone().or_else(C::secrets),
            metrics: self.metrics.clone(),
            cluster: self.cluster.clone(),
        }
    }
}

impl<C: Handlers> Connect<C> {
    /// Checks everything and spawns the client's task. Resolves at once: `wait_ready` waits for the first `Ready`.
    ///
    /// # Errors
    /// [`Error::Config`] naming the field that was refused, [`Error::NoRuntime`] outside a tokio runtime.
    pub fn start(mut self) -> Result<Handle<C>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| Error::NoRuntime)?;
        let codec = self.codec.take().ok_or_else(|| not_given::<C>("codec"))?;
        self.check()?;
        let decisions = Decisions::of::<C::Strategy>();
        let ((layers, config), set_aside) = self.resolve()?;
        let services = self.services();
        let hooks = Hooks {
            encode: C::encode_message,
            admit: C::OVERRIDES.contains(&"RateLimitHandler").then_some(C::check_rate_limit),
            cost: C::cost,
            overflow: C::overflow,
        };
        let limiter = self.limiter.take().or_else(|| self.cluster_limits(&config)).unwrap_or_default();
        limiter.open(limits::<C>(&config))?;
        let cluster = join::<C>(self.cluster.as_deref(), &config);
        #[cfg(feature = "test")]
        if let Some(tap) = &self.tap {
            tap.started(C::NAME, &config, &*self.clock);
        }
        let dialer = self.dialer.unwrap_or_else(|| Arc::new(Tcp::new()));
        let addressing = Addressing {
            dialer,
            url: self.url,
            factory: self.factory,
            headers: self.headers,
            subprotocols: self.subprotocols,
            clock: self.clock.clone(),
            #[cfg(feature = "test")]
            tap: self.tap,
            redirects: self.redirects,
            logs_in: false,
        };
        let secrets = match self.credentials {
            Some(credentials) => Secrets::given(credentials),
            None => services.secrets.clone().map(Secrets::managed).unwrap_or_default(),
        };
        let shared = Arc::new(Shared::new(Parts {
            platform: self.platform,
            codec,
            config,
            services,
            layers,
            clock: self.clock,
            runtime: runtime.clone(),
            hooks,
            limiter,
            watchers: Watchers { metrics: self.metrics, filter: self.filter },
        }));
        let seed = self.seed.unwrap_or_else(seed::fresh);
        let setup = Setup {
            shared: shared.clone(),
            addressing,
            secrets,
            decisions,
            traits: traits::<C>(),
            seed,
            cluster,
            provider: self.config,
            persistence: self.persistence,
            set_aside,
        };
        // What comes unasked may come before anybody has asked for the first item.
        if !self.wanted.is_empty() || C::Platform::SPEC.speaks_first {
            shared.inbox.open();
        }
        for topic in self.wanted {
            shared.command(Command::Subscribe { topic, done: None });
        }
        runtime.spawn(run(self.client, Engine::new(setup)));
        Ok(Handle::new(shared))
    }
}

/// What the profile is beside its settings; where sessions outlive connections, no close of the venue is an end.
fn traits<C: Client>() -> Traits {
    let traits = C::Profile::TRAITS;
    let returns = C::Platform::SPEC.keeps_session.is_some() || traits.after_normal_close;
    traits.after_normal_close(returns)
}

/// What this client's account may send.
fn limits<C: Client>(config: &Config) -> Terms {
    let spec: &'static Spec = &C::Platform::SPEC;
    let pools = spec.pools.iter().map(|pool| (pool.name, pool.refill)).collect();
    Terms { platform: spec.name, bounds: &spec.bounds, settings: config.rate_limit, pools }
}

impl<C: Handlers> IntoFuture for Connect<C> {
    type Output = Result<Handle<C>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        // Outside a runtime, too, the error is the awaiter's.
        let started = self.start();
        Box::pin(async move {
            let handle = started?;
            handle.wait_ready().await?;
            Ok(handle)
        })
    }
}

impl<C: Client> fmt::Debug for Connect<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("client", &C::NAME).finish_non_exhaustive()
    }
}
