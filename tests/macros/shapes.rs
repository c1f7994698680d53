//! Every shape of struct, in every place where a struct may stand, with every kind of name.

use nova::{Attempts, Backoff, Client, Patch, Raw, patch};
use std::{marker::PhantomData, time::Duration};

/// Another name for nova, as a facade crate would have it.
mod facade {
    pub(super) use nova as inner;
}

/// A platform of the user's own, written by hand.
#[derive(Default)]
struct Exchange;

impl nova::PlatformSpec for Exchange {
    type Codec = nova::codec::Json;
    const SPEC: nova::platform::Spec = nova::platform::Spec::new("exchange", "wss://exchange.test");
}

impl nova::Platform for Exchange {
    type State = ();
}

#[nova::client(platform = "echo")]
struct Unit;

#[nova::client(platform = "echo")]
struct Tuple(u8, String);

#[nova::client(platform = "echo")]
#[derive(Clone, Debug, Default)]
struct Named {
    count: u64,
}

#[allow(unreachable_pub, reason = "what is tested is that it may be public")]
#[derive(Debug)]
#[nova::client(platform = "echo")]
pub struct Public {
    /// Documented, as the crate's lints demand.
    pub count: u64,
}

#[nova::client(platform = "echo", overrides(MessageHandler))]
struct Generic<S, const N: usize = 4>
where
    S: Send + 'static,
{
    state: [PhantomData<S>; N],
}

// Only for some parameters: why a generic client is first checked where it is connected.
impl<const N: usize> nova::MessageHandler for Generic<u8, N> {}

#[allow(non_camel_case_types, reason = "keywords are lower-case")]
#[nova::client(platform = "echo")]
struct r#async;

#[nova::client(crate = facade::inner, platform = "echo", cluster = "local", reconnect(backoff = "linear"), overrides(AuthHandler))]
struct Renamed;

impl nova::AuthHandler for Renamed {}

#[nova::client(
    platform = Exchange,
    profile = nova::profile::Financial,
    strategy = nova::strategy::FailFast,
    codec = nova::codec::Json,
    message = Raw,
    cluster = nova::cluster::Local
)]
struct Paths;

const DELAY: Duration = Duration::from_secs(3);

#[nova::client(
    platform = "echo",
    reconnect(backoff = "exponential", max_attempts = "unlimited", initial_delay = DELAY, max_delay = Duration::from_secs(9), jitter = 1),
    heartbeat(interval = "off", missed = 2),
    connection(send = "queue(64, 1MiB, 10s)")
)]
struct Settings;

#[nova::client(
    platform = "echo",
    reconnect(backoff = "linear", max_attempts = 5, initial_delay = "1s", max_delay = "1s", jitter = 0),
    connection(
        timeout = "1s",
        request_timeout = "1s",
        close_timeout = "1s",
        max_frame = "1KiB",
        max_message = 1024,
        send = "wait"
    ),
    heartbeat(interval = "1s", timeout = "1s", missed = 1),
    rate_limit(capacity = 1, refill = "1/s", limit = "1/s", mode = "allow", safety = 1),
    backpressure(buffer = 1, bytes = 1, overflow = "block", warning = 0, throttle = 0),
    telemetry(level = "minimal", connection = true, message = true, error = true, reconnection = true),
    auth(refresh_at = 0.5, timeout = "1s"),
    breaker(failures = 1, window = "1s", cooldown = "1s", panics = "stop"),
    subscriptions(chunk = 1, ack_timeout = "1s", stale_after = "1s", retries = 1),
    cluster(strategy = "consistent_hash", enabled = true)
)]
struct EveryKey;

macro_rules! desk {
    ($name:ident, $platform:literal, $message:ty, $timeout:expr) => {
        #[nova::client(platform = $platform, message = $message, connection(timeout = $timeout))]
        struct $name;
    };
}

desk!(FromAMacro, "echo", Raw, "5s");

fn is_client<C: Client + nova::ErrorHandler + nova::MessageHandler>(name: &str) {
    assert_eq!(C::NAME, name);
}

#[test]
fn every_shape_is_a_client() {
    is_client::<Unit>("Unit");
    is_client::<Tuple>("Tuple");
    is_client::<Named>("Named");
    is_client::<Public>("Public");
    is_client::<Generic<u8>>("Generic");
    is_client::<r#async>("async");
    is_client::<Renamed>("Renamed");
    is_client::<Paths>("Paths");
    is_client::<FromAMacro>("FromAMacro");
    let (tuple, named, public) = (Tuple(1, String::new()), Named::default(), Public { count: 2 });
    let generic = Generic::<u8, 1> { state: [PhantomData] };
    assert_eq!((tuple.0, tuple.1.len(), named.count, public.count, generic.state.len()), (1, 0, 0, 2, 1));
}

#[test]
fn a_struct_in_a_function_is_a_client() {
    #[nova::client(platform = "echo", reconnect(jitter = 0.5), overrides(ErrorHandler))]
    struct Local;

    impl nova::ErrorHandler for Local {}

    is_client::<Local>("Local");
    assert_eq!(Local::OVERRIDES, ["ErrorHandler"]);
}

#[test]
fn settings_become_the_patch() {
    let expected = Patch::new()
        .reconnect(
            patch::Reconnect::new()
                .backoff(Backoff::Exponential)
                .max_attempts(Attempts::Unlimited)
                .initial_delay(DELAY)
                .max_delay(Duration::from_secs(9))
                .jitter(1.0),
        )
        .heartbeat(patch::Heartbeat::new().interval(None).missed(2))
        .connection(patch::Connection::new().send("queue(64, 1MiB, 10s)".parse().expect("as in a file")));
    assert_eq!(Settings::PATCH, expected);
    assert_eq!(Unit::PATCH, Patch::new());
    assert_eq!(FromAMacro::PATCH, Patch::new().connection(patch::Connection::new().timeout(Duration::from_secs(5))));
}

#[test]
fn the_attribute_has_every_key_that_the_runtime_has() {
    let patch = format!("{:?}", EveryKey::PATCH);
    assert_eq!(patch.matches(": Some(").count(), nova::Config::keys().len(), "{patch}");
    assert!(!patch.contains(": None"), "{patch}");
}

#[test]
fn a_cluster_engine_is_made_where_one_is_named() {
    assert!(Renamed::cluster().is_some());
    assert!(Paths::cluster().is_some());
    assert!(Unit::cluster().is_none());
}
