//! `#[derive(nova::Profile)]`, documented.

/// Makes a type a profile: a base, and the settings that differ from it.
///
/// ```
/// #[derive(nova::Profile)]
/// #[nova(base = "financial", reconnect(max_attempts = 50, max_delay = "10s"), heartbeat(interval = "5s"))]
/// struct Nightly;
///
/// #[nova::client(platform = "deribit", profile = Nightly)]
/// struct Report;
/// ```
///
/// # Keys
///
/// | Key | Takes | Without it |
/// |---|---|---|
/// | `base` | `"financial"`, `"standard"`, `"lightweight"`, `"messaging"`, or a [`Profile`](crate::Profile) | `"standard"` |
/// | `name` | the profile's name in logs and events | the type's, as in `my_profile` |
/// | the ten groups of settings | what [`client`](macro@crate::client) takes in them | the base's values |
/// | `traits(..)` | the switches of [`Traits`](crate::Traits), each `true` or `false` | the base's |
/// | `crate` | the path to nova, where it goes by another name | `::nova` |
///
/// | Key of `traits(..)` | Says |
/// |---|---|
/// | `after_normal_close` | the link is dialled again after the peer closed it with 1000, as if done |
/// | `shared_limits` | rate limits are meant to be shared over the cluster |
/// | `detailed_errors` | errors are logged with everything that led to them |
///
/// Everything that is a setting can be said here; a path is a profile of one's own:
///
/// ```
/// use std::time::Duration;
///
/// const WINDOW: Duration = Duration::from_secs(90);
///
/// #[derive(nova::Profile)]
/// #[nova(
///     name = "patient",
///     reconnect(backoff = "exponential", max_attempts = "unlimited", initial_delay = "1s", max_delay = "5m", jitter = 0.3),
///     connection(
///         timeout = "20s", request_timeout = "1m", close_timeout = "5s",
///         max_frame = "1MiB", max_message = "4MiB", send = "queue(64, 1MiB, 10s)",
///     ),
///     heartbeat(interval = "1m", timeout = "20s", missed = 2),
///     rate_limit(capacity = 50, refill = "10/s", limit = "300/m", mode = "queue", safety = 0.9),
///     backpressure(buffer = 1000, bytes = "8MiB", overflow = "drop_old", warning = 0.7, throttle = 0.9),
///     telemetry(level = "minimal", connection = true, message = false, error = true, reconnection = true),
///     auth(refresh_at = 0.8, timeout = "10s"),
///     breaker(failures = 5, window = WINDOW, cooldown = "1m", panics = "continue"),
///     subscriptions(chunk = 50, ack_timeout = "5s", stale_after = "off", retries = 2),
///     cluster(strategy = "consistent_hash", enabled = false),
///     traits(after_normal_close = true, shared_limits = false, detailed_errors = true),
/// )]
/// struct Patient;
///
/// #[derive(nova::Profile)]
/// #[nova(base = Patient, reconnect(max_attempts = 5))]
/// struct LessPatient;
///
/// assert_eq!(<LessPatient as nova::Profile>::NAME, "less_patient");
/// assert!(<LessPatient as nova::Profile>::TRAITS.detailed_errors);
/// ```
///
/// ```
/// use nova as websockets; // what `websockets = { package = "nova-ws", .. }` in a Cargo.toml does
///
/// #[derive(websockets::Profile)]
/// #[nova(crate = websockets, base = "messaging", heartbeat(interval = "off"))]
/// struct Silent;
/// ```
///
/// A value that cannot be is an error while compiling: of a literal at the literal, of a constant or of two values that do not fit
/// each other (one of them the base's) where the profile is checked.
///
/// ```compile_fail,E0080
/// #[derive(nova::Profile)]
/// #[nova(base = "financial", reconnect(max_delay = "50ms"))] // the base's first delay is 100 ms
/// struct Hasty;
/// ```
///
/// # What it writes
///
/// ```text
/// impl ::nova::Profile for Nightly {
///     const NAME: &'static str = "nightly";
///     const PATCH: ::nova::Patch = <::nova::profile::Financial as ::nova::Profile>::PATCH.reconnect(..).heartbeat(..).checked();
///     const TRAITS: ::nova::Traits = <::nova::profile::Financial as ::nova::Profile>::TRAITS;
/// }
/// const _: ::nova::Patch = <Nightly as ::nova::Profile>::PATCH;
/// ```
#[doc(inline)]
pub use nova_macros::Profile;
