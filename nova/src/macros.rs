//! The macros, documented here rather than where they are written: here the links resolve and the examples compile.

mod message;
mod platform;
mod profile;
mod rpc;
mod test;

pub use message::Message;
pub use platform::Platform;
pub use profile::Profile;
pub use rpc::rpc;
pub use test::test;

/// Makes a struct a client: `#[nova::client(platform = "deribit")]`.
///
/// The struct is yours: unit, tuple, named or generic, with whatever state your callbacks need. The attribute says what the
/// client speaks, what it is for and what differs from that; everything else is inherited.
///
/// ```
/// #[nova::client(platform = "deribit", profile = "financial")]
/// struct Desk;
/// ```
///
/// # Overriding
///
/// What happens in a client is spread over nine behaviours, each a trait whose callbacks all have a default. To change one
/// callback, name its behaviour in `overrides(..)` and write an ordinary `impl` with just the callbacks that differ.
/// `cx.inherited()` is what you would have got without it.
///
/// ```
/// #[nova::client(platform = "deribit", profile = "financial", overrides(ErrorHandler))]
/// struct Patient {
///     failures: u32,
/// }
///
/// impl nova::ErrorHandler for Patient {
///     async fn handle_error(&mut self, error: &nova::Error, cx: &mut nova::Context<'_, Self>) -> nova::Recovery {
///         self.failures += 1;
///         if self.failures > 20 {
///             return nova::Recovery::Stop;
///         }
///         cx.inherited().handle_error(error).await
///     }
/// }
/// ```
///
/// The behaviours are [`ConnectionHandler`](crate::ConnectionHandler), [`MessageHandler`](crate::MessageHandler),
/// [`SubscriptionHandler`](crate::SubscriptionHandler), [`AuthHandler`](crate::AuthHandler),
/// [`ErrorHandler`](crate::ErrorHandler), [`HeartbeatHandler`](crate::HeartbeatHandler),
/// [`RateLimitHandler`](crate::RateLimitHandler), [`BackpressureHandler`](crate::BackpressureHandler) and
/// [`ClusterAware`](crate::ClusterAware).
///
/// Neither half can be forgotten. A behaviour that is listed and not implemented is an error at its name. One that is implemented
/// and not listed is the compiler's
///
/// ```text
/// error[E0119]: conflicting implementations of trait `ErrorHandler` for type `Desk`
///  |
///  | #[nova::client(platform = "deribit")]
///  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ conflicting implementation for `Desk`
/// ...
///  | impl nova::ErrorHandler for Desk {}
///  | -------------------------------- first implementation here
/// ```
///
/// to which the answer is `overrides(ErrorHandler)`.
///
/// # Keys
///
/// A string names something built in, a path names a type of yours.
///
/// | Key | Takes | Without it |
/// |---|---|---|
/// | `platform` | `"deribit"`, `"bybit"`, `"slack"`, `"discord"`, `"ethereum"`, `"jsonrpc"`, `"echo"`, or a [`Platform`](crate::Platform) | is an error |
/// | `profile` | `"financial"`, `"standard"`, `"lightweight"`, `"messaging"`, or a [`Profile`](crate::Profile) | `"standard"` |
/// | `strategy` | `"always_reconnect"`, `"fail_fast"`, `"log_and_continue"`, `"echo"`, or a [`Strategy`](crate::Strategy) | the profile's numbers as they stand |
/// | `message` | a [`Message`](crate::Message) | [`Raw`](crate::Raw) |
/// | `codec` | `"json"`, or a [`Codec`](crate::Codec) | the platform's |
/// | `config` | `"environment"`, `"file"`, or a [`ConfigProvider`](crate::ConfigProvider) | settings from code only |
/// | `secrets` | `"environment"`, or a [`SecretsManager`](crate::SecretsManager) | the builder's `.credentials(..)`, or no login |
/// | `metrics` | `"counters"`, or a [`MetricsCollector`](crate::MetricsCollector) | nothing is counted |
/// | `cluster` | `"local"`, or a [`ClusterEngine`](crate::ClusterEngine) | no cluster |
/// | `overrides(..)` | names of behaviours | everything is inherited |
/// | `crate` | the path to nova, where it goes by another name | `::nova` |
///
/// ```
/// use nova as websockets; // what `websockets = { package = "nova-ws", .. }` in a Cargo.toml does
///
/// #[derive(serde::Deserialize, websockets::Message)]
/// #[nova(crate = websockets)]
/// struct Price {
///     price: f64,
/// }
///
/// #[websockets::client(
///     crate = websockets, platform = "echo", strategy = "fail_fast", message = Price, codec = "json", cluster = "local",
/// )]
/// struct Desk;
/// ```
///
/// # Services
///
/// `codec`, `config`, `secrets`, `metrics` and `cluster` name what a client uses. What is built in may take options, each a string: a
/// `prefix` of environment variables for `config` and `secrets`, a `path` for `config("file", ..)`. A type of yours is made by its `Default`. The builder has a method
/// of each key's name, `.secrets(value)`, which wins.
///
/// ```
/// #[nova::client(
///     platform = "deribit",
///     config("environment", prefix = "DESK"),
///     secrets("environment", prefix = "DESK"),
///     metrics = "counters",
/// )]
/// struct Desk;
/// ```
///
/// A type that needs a value, and so has no `Default`, is left out here and given to the builder; or it is declared with the word
/// `builder`, and a client that is connected without it is refused before anything is dialled:
///
/// ```
/// use nova::{BoxFuture, Credentials, SecretsManager};
///
/// #[derive(Debug)]
/// struct Vault {
///     address: String,
/// }
///
/// impl SecretsManager for Vault {
///     fn credentials(&self) -> BoxFuture<'_, nova::Result<Credentials>> {
///         Box::pin(async { Err(nova::Error::handler(format!("{} is sealed", self.address))) })
///     }
/// }
///
/// #[nova::client(platform = "deribit", secrets(Vault, builder))]
/// struct Desk;
///
/// # async fn run() -> nova::Result {
/// let desk = nova::connect(Desk).secrets(Vault { address: "https://vault.test".into() }).await?;
/// # drop(desk);
/// # Ok(())
/// # }
/// ```
///
/// # Settings
///
/// Ten groups, with the keys that files, the builder and `configure` have, too. They lie over the profile's and the strategy's
/// values and under those of files, environment, builder and run time; whatever is left out stays as they have it.
///
/// ```
/// use std::time::Duration;
///
/// const EVERY: Option<Duration> = Some(Duration::from_secs(20));
///
/// #[nova::client(
///     platform = "deribit",
///     reconnect(max_attempts = 50, max_delay = "10s", jitter = 0.5),
///     heartbeat(interval = EVERY),
///     connection(max_frame = "4MiB", send = "queue"),
///     rate_limit(refill = "10/s"),
/// )]
/// struct Desk;
/// ```
///
/// | Group | Key | Takes |
/// |---|---|---|
/// | `reconnect` | `backoff` | `"exponential"`, `"linear"` or `"simple"` |
/// | | `max_attempts` | a whole number, or `"unlimited"` |
/// | | `initial_delay`, `max_delay` | durations, the first not longer than the second |
/// | | `jitter` | a number from 0 to 1 |
/// | `connection` | `timeout`, `request_timeout`, `close_timeout` | durations |
/// | | `max_frame`, `max_message` | sizes, the first not above the second |
/// | | `send` | `"fail_fast"`, `"wait"`, `"queue"`, or `"queue(64, 1MiB, 10s)"` with bounds of its own |
/// | `heartbeat` | `interval` | a duration, or `"off"` |
/// | | `timeout` | a duration, shorter than ten times the interval |
/// | | `missed` | a whole number from 1 |
/// | `rate_limit` | `capacity` | a whole number from 1, or `"off"` |
/// | | `refill`, `limit` | rates, or `"off"` |
/// | | `mode` | `"allow"`, `"queue"` or `"reject"` |
/// | | `safety` | a number above 0 and up to 1 |
/// | `backpressure` | `buffer` | a whole number from 1 |
/// | | `bytes` | a size |
/// | | `overflow` | `"drop_old"`, `"drop_new"`, `"block"` or `"conflate"` |
/// | | `warning`, `throttle` | numbers from 0 to 1, the first not above the second |
/// | `telemetry` | `level` | `"minimal"`, `"standard"` or `"detailed"` |
/// | | `connection`, `message`, `error`, `reconnection` | `true` or `false` |
/// | `auth` | `refresh_at` | a number above 0 and below 1: the share of a token's life |
/// | | `timeout` | a duration |
/// | `breaker` | `failures` | a whole number from 1, or `"off"` |
/// | | `window`, `cooldown` | durations |
/// | | `panics` | `"continue"`, `"reconnect"` or `"stop"` |
/// | `subscriptions` | `chunk` | a whole number from 1 |
/// | | `ack_timeout` | a duration |
/// | | `stale_after` | a duration, or `"off"` |
/// | | `retries` | a whole number |
/// | `cluster` | `strategy` | `"geo_aware"` or `"consistent_hash"` |
/// | | `enabled` | `true` or `false` |
///
/// A duration is a whole number and a unit, `"250ms"`, `"10s"`, `"5m"`, `"1h"`, and longer than zero. A size is `"64KiB"`, `"4MiB"`,
/// `"1GiB"` or a number of bytes. A rate is a count and a time, `"10/s"`, `"120/60s"`. What each key means is told with the
/// setters in [`patch`](crate::patch).
///
/// In the place of a literal may stand the path of a const, or a call of a `const fn`, of the setter's type. Its value is checked
/// while compiling, too:
///
/// ```compile_fail,E0080
/// const JITTER: f64 = 2.0;
///
/// #[nova::client(platform = "echo", reconnect(jitter = JITTER))]
/// struct Desk;
/// ```
///
/// # What it writes
///
/// ```text
/// struct Desk;                                                    // as you wrote it
/// impl ::nova::Client for Desk { .. }                             // a table of types and constants
/// impl ::nova::ConnectionHandler for Desk {}                      // and so on, but for what overrides(..) lists
/// const _: ::nova::Patch = <Desk as ::nova::Client>::PATCH;       // and checks, which cost nothing at run time
/// ```
///
/// Nothing hidden: what it writes can be pasted in its place and compiles. To see it, `NOVA_EXPAND=target/nova cargo check` writes one
/// file for each client (formatted with the feature `expand`); `cargo expand` and rust-analyzer's "Expand macro recursively" show it
/// as well.
///
/// # Limits
///
/// - A client lives in a task of its own, so it is `Send + 'static`: no lifetimes, and the parameters of a generic struct need
///   those bounds in its `where` clause. Of a generic client the settings and `overrides(..)` are checked where it is connected.
/// - A client cannot be more public than its platform and its message.
///
/// # Errors
///
/// Every mistake is an error at the token it is in, all mistakes of one attribute are told at once, and the impls are written all
/// the same, so that one mistake is one error.
#[doc(inline)]
pub use nova_macros::client;
