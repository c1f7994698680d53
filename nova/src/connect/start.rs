//! From the builder to a running client: everything is checked before anything is dialled, then one task is spawned.

use std::{future::IntoFuture, sync::Arc};

use super::{Connect, check::not_given, cluster::join};
use crate::{
    behaviour::Handlers,
    client::Client,
    config::{Config, Profile, Traits},
    error::{Error, Result},
    flow::Terms,
    handle::Handle,
    platform::{PlatformSpec, Spec},
    reconnect::Decisions,
    seed,
    session::{Addressing, Engine, Secrets, Setup, run},
    shared::{Command, Hooks, Parts, Shared},
    telemetry::Watchers,
    transport::{BoxFuture, Tcp},
};

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
        let overrides = |behaviour| C::OVERRIDES.contains(&behaviour);
        let hooks = Hooks {
            encode: overrides("MessageHandler").then_some(C::encode_message),
            admit: overrides("RateLimitHandler").then_some(C::check_rate_limit),
            cost: overrides("RateLimitHandler").then_some(C::cost),
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
