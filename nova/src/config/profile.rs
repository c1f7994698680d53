//! Profiles: what a client is for, as a patch.
//!
//! A profile says *when* (delays, deadlines, heartbeats); a strategy says *whether*. The numbers of the four built-in ones are a
//! specification: they are asserted one by one.

use std::time::Duration;

use super::{
    keys::{Patch, patch},
    kinds::{Attempts, Backoff, Placement, SendPolicy, TelemetryLevel},
};

/// What a client is for: settings under one name, for `profile = "financial"` or `profile = Nightly`.
///
/// `#[derive(nova::Profile)]` writes it from a base and a few settings; by hand:
///
/// ```
/// use nova::{Attempts, Patch, Profile, Traits, patch, profile::Financial};
///
/// struct Nightly;
///
/// impl Profile for Nightly {
///     const NAME: &'static str = "nightly";
///     const PATCH: Patch =
///         Financial::PATCH.reconnect(patch::Reconnect::new().max_attempts(Attempts::AtMost(50))).checked();
///     const TRAITS: Traits = Financial::TRAITS;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no profile",
    note = "derive it: `#[derive(nova::Profile)] #[nova(base = \"standard\")] struct {Self};`"
)]
pub trait Profile: Send + Sync + 'static {
    /// Its name in events and logs.
    const NAME: &'static str;
    /// Its settings.
    const PATCH: Patch;
    /// What of it is no setting.
    const TRAITS: Traits = Traits::new();
}

/// What a profile is beside its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Traits {
    /// Whether the link is dialled again after the peer closed it with 1000, as if done.
    pub after_normal_close: bool,
    /// Whether rate limits are shared over the cluster; without an engine that can they are local.
    pub shared_limits: bool,
    /// Whether errors are logged with everything that led to them.
    pub detailed_errors: bool,
}

macro_rules! traits {
    ($( $(#[doc = $doc:literal])* $name:ident, )*) => {
        $(
            $(#[doc = $doc])*
            pub const fn $name(mut self, yes: bool) -> Self {
                self.$name = yes;
                self
            }
        )*

        /// The names of those that it has.
        pub fn names(self) -> Vec<&'static str> {
            [$( (stringify!($name), self.$name), )*].into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
        }
    };
}

impl Traits {
    /// None of them.
    pub const fn new() -> Self {
        Self { after_normal_close: false, shared_limits: false, detailed_errors: false }
    }

    traits! {
        /// Whether the link is dialled again after a Close 1000.
        after_normal_close,
        /// Whether rate limits are shared over the cluster.
        shared_limits,
        /// Whether errors are logged in full.
        detailed_errors,
    }
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const fn reconnect(backoff: Backoff, attempts: Attempts, initial: Duration, max: Duration) -> patch::Reconnect {
    patch::Reconnect::new().backoff(backoff).max_attempts(attempts).initial_delay(initial).max_delay(max)
}

const fn connection(timeout: u64, send: SendPolicy) -> patch::Connection {
    patch::Connection::new().timeout(secs(timeout)).send(send)
}

const fn heartbeat(interval: u64, timeout: u64) -> patch::Heartbeat {
    patch::Heartbeat::new().interval(Some(secs(interval))).timeout(secs(timeout))
}

const fn telemetry(level: TelemetryLevel, message: bool) -> patch::Telemetry {
    patch::Telemetry::new().level(level).connection(true).message(message).error(true)
}

/// Markets: back at once and for ever, stale sends refused, errors logged in full. `"financial"`.
///
/// Exponential from 100 ms to 30 s with a jitter of 0.25, unlimited, also after a Close 1000; connecting 5 s, heartbeat 15 s + 5 s;
/// detailed telemetry of connections, messages and errors; cluster on, geo-aware, with shared limits.
#[derive(Clone, Copy, Debug)]
pub struct Financial;

impl Profile for Financial {
    const NAME: &'static str = "financial";
    const PATCH: Patch = Patch::new()
        .reconnect(
            reconnect(Backoff::Exponential, Attempts::Unlimited, Duration::from_millis(100), secs(30)).jitter(0.25),
        )
        .connection(connection(5, SendPolicy::FailFast))
        .heartbeat(heartbeat(15, 5))
        .telemetry(telemetry(TelemetryLevel::Detailed, true))
        .cluster(patch::Cluster::new().enabled(true).strategy(Placement::GeoAware))
        .checked();
    const TRAITS: Traits = Traits::new().after_normal_close(true).shared_limits(true).detailed_errors(true);
}

/// What a client is without a profile. `"standard"`.
///
/// Linear from 1 s to 60 s, 10 attempts; connecting 10 s, heartbeat 30 s + 10 s; standard telemetry of connections and errors.
#[derive(Clone, Copy, Debug)]
pub struct Standard;

impl Profile for Standard {
    const NAME: &'static str = "standard";
    const PATCH: Patch = Patch::new()
        .reconnect(reconnect(Backoff::Linear, Attempts::AtMost(10), secs(1), secs(60)).jitter(0.0))
        .connection(connection(10, SendPolicy::Wait))
        .heartbeat(heartbeat(30, 10))
        .telemetry(telemetry(TelemetryLevel::Standard, false))
        .cluster(patch::Cluster::new().enabled(false))
        .checked();
}

/// Little of everything. `"lightweight"`.
///
/// The same 2 s three times, at most 10 s; connecting 15 s, heartbeat 60 s + 15 s; minimal telemetry of connections and errors.
#[derive(Clone, Copy, Debug)]
pub struct Lightweight;

impl Profile for Lightweight {
    const NAME: &'static str = "lightweight";
    const PATCH: Patch = Patch::new()
        .reconnect(reconnect(Backoff::Simple, Attempts::AtMost(3), secs(2), secs(10)).jitter(0.0))
        .connection(connection(15, SendPolicy::FailFast))
        .heartbeat(heartbeat(60, 15))
        .telemetry(telemetry(TelemetryLevel::Minimal, false))
        .cluster(patch::Cluster::new().enabled(false))
        .checked();
}

/// Conversations: sends are kept while the link is away. `"messaging"`.
///
/// Exponential from 1 s to 30 s, 20 attempts; connecting 8 s, heartbeat 45 s + 10 s; standard telemetry of connections, messages and
/// errors; cluster on, by consistent hash.
#[derive(Clone, Copy, Debug)]
pub struct Messaging;

impl Profile for Messaging {
    const NAME: &'static str = "messaging";
    const PATCH: Patch = Patch::new()
        .reconnect(reconnect(Backoff::Exponential, Attempts::AtMost(20), secs(1), secs(30)).jitter(0.0))
        .connection(connection(8, SendPolicy::QUEUE))
        .heartbeat(heartbeat(45, 10))
        .telemetry(telemetry(TelemetryLevel::Standard, true))
        .cluster(patch::Cluster::new().enabled(true).strategy(Placement::ConsistentHash))
        .checked();
}
