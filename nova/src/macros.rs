//! The macros, documented here rather than where they are written: here the links resolve and the examples compile.

mod platform;
mod profile;

pub use platform::Platform;
pub use profile::Profile;

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
/// | `platform` | `"deribit"`, `"jsonrpc"`, `"echo"`, or a [`Platform`](crate::Platform) | is an error |
/// | `profile` | `"financial"`, `"standard"`, `"lightweight"`, `"messaging"`, or a [`Profile`](crate::Profile) | `"standard"` |
/// | `strategy` | `"always_reconnect"`, `"fail_fast"`, `"log_and_continue"`, `"echo"`, or a [`Strategy`](crate::Strategy) | the profile's numbers as they stand |
/// | `message` | a [`Message`](crate::Message) | [`Raw`](crate::Raw) |
/// | `codec` | `"json"`, or a [`Codec`](crate::Codec) | the platform's |
/// | `cluster` | `"local"`, or a [`ClusterEngine`](crate::ClusterEngine) with a `Default` | no cluster |
/// | `overrides(..)` | names of behaviours | everything is inherited |
/// | `crate` | the path to nova, where it goes by another name | `::nova` |
///
/// A codec or an engine named here is made by its `Default`; the builder's `.codec(..)` and `.cluster(..)` hand over a value and win.
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

/// Makes an enum the message type of a client: each variant says which channels it takes.
///
/// ```
/// use nova::{Raw, Text};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Ticker {
///     last_price: f64,
/// }
///
/// #[derive(Deserialize)]
/// struct Trade {
///     price: f64,
///     amount: f64,
/// }
///
/// #[derive(nova::Message)]
/// enum Feed {
///     #[nova(channel = "ticker.*")]
///     Ticker(Ticker),
///     #[nova(channel = "trades.{instrument}.{interval}")]
///     Trades { instrument: Text, interval: String, trades: Vec<Trade> },
///     #[nova(channel = "platform_state")]
///     State,
///     #[nova(other)]
///     Other(Raw),
/// }
///
/// #[nova::client(platform = "deribit", message = Feed)]
/// struct Desk;
/// ```
///
/// Each message is decoded straight from the frame it came in: the channel is compared, and the payload is read once, as the type of
/// the variant's field, by the client's codec. A variant without a field reads nothing. A match over the messages is exhaustive,
/// so that a new channel is a compile error wherever it is not dealt with yet.
///
/// # Patterns
///
/// A pattern is segments with separators between them. `*` and `{name}` stand for one segment that is not empty; as the last
/// segment they stand for everything that is left, one segment or more.
///
/// | Pattern | takes | does not take |
/// |---|---|---|
/// | `"ticker.*"` | `ticker.BTC`, `ticker.BTC.raw` | `ticker`, `ticker.` |
/// | `"trades.*.raw"` | `trades.BTC.raw` | `trades.raw`, `trades.a.b.raw` |
/// | `"{symbol}@trade"` | `btcusdt@trade` | `btcusdt@trades` |
/// | `"/market/ticker:{symbols}"` | `/market/ticker:BTC-USDT,ETH-USDT` | `/market/ticker:` |
/// | `"announcements"` | `announcements` | anything else |
/// | `"*"` | every channel | a message without a channel |
///
/// Separators are `.`, `/`, `@` and `:`. A venue with others, or one in whose names one of these is an ordinary letter, says so on
/// the type, for all its patterns: `#[nova(separator = "@_")]` makes `"{symbol}@kline_{interval}"` a pattern.
///
/// The first pattern that fits takes the message, so the more specific one stands first. The other way round the second would get
/// nothing, and is a compile error; so is a pattern that meets an earlier one while neither is a special case of the other:
///
/// ```compile_fail
/// #[derive(nova::Message)]
/// enum Feed {
///     #[nova(channel = "ticker.*")]
///     Ticker(f64),
///     #[nova(channel = "ticker.BTC")] // every channel of it goes to `Ticker`
///     Bitcoin(f64),
/// }
/// ```
///
/// # Fields
///
/// - `Ticker(T)`: the payload, any type with `Deserialize`.
/// - `Ticker { .. }`: each `{name}` of the pattern fills the field of that name; the field that is left, if there is one, is the payload.
/// - `Ticker`: nothing is read.
///
/// A field that the channel fills is a [`Text`](crate::Text), which shares the frame's buffer and copies nothing, a `String`, a number,
/// or any type with `FromStr`. What cannot be read so makes the message undecodable, with an error that names the field.
///
/// A message outlives its frame, so it cannot borrow: a type with a lifetime is refused. Of a generic type the `where` clause has what
/// its fields need: `T: serde::de::DeserializeOwned + Send + 'static`.
///
/// # Keys
///
/// | Key | On | Says |
/// |---|---|---|
/// | `channel = ".."` | a variant, a struct | the pattern of its channels |
/// | `tag = "/e"` | the enum | the field of the payload, by its JSON pointer, that tells the variants apart |
/// | `tag = ".."`, `tag = 10` | a variant | what stands there: a string or a whole number |
/// | `other` | one variant | takes what no other takes; its field is a message type, such as [`Raw`](crate::Raw), or it has none |
/// | `nested` | a variant | its payload's field is a message type of its own, which decides further |
/// | `separator = ".."` | the enum, a struct | the characters between segments |
/// | `crate = path` | the enum, a struct | the path to nova, where it goes by another name |
///
/// Without `other`, a message that no variant takes is [`Item::Undecodable`](crate::Item::Undecodable), and an error to `handle_error`.
///
/// # By a field of the payload
///
/// Where a venue has no channels, or several kinds of message on one, a field of the payload decides. It is looked for without
/// reading what stands behind it; the whole payload is then read as the variant's type. Both ways together:
///
/// ```
/// use serde::Deserialize;
///
/// #[derive(nova::Message)]
/// enum Feed {
///     #[nova(channel = "trades.*")]
///     Trades(Vec<f64>),
///     #[nova(channel = "user.{account}", nested)]
///     User { account: u64, event: Event },
/// }
///
/// #[derive(nova::Message)]
/// #[nova(tag = "/e")]
/// enum Event {
///     #[nova(tag = "fill")]
///     Fill(Fill),
///     #[nova(tag = "cancelled")]
///     Cancelled,
///     #[nova(other)]
///     Other(nova::Raw),
/// }
///
/// #[derive(Deserialize)]
/// struct Fill {
///     amount: f64,
/// }
/// ```
///
/// # Structs
///
/// A client of one channel has no use for an enum. A struct with named fields is the payload itself; one whose pattern fills fields is
/// like a variant of that shape, and so is a tuple struct around a payload.
///
/// ```
/// #[derive(serde::Deserialize, nova::Message)]
/// #[nova(channel = "ticker.*")]
/// struct Ticker {
///     last_price: f64,
/// }
///
/// #[derive(nova::Message)]
/// #[nova(channel = "{symbol}@kline_{interval}", separator = "@_")]
/// struct Candle {
///     symbol: nova::Text,
///     interval: String,
///     data: serde_json::Value,
/// }
/// ```
///
/// Without `channel`, a struct is the message of every channel.
///
/// # What it writes
///
/// One `impl nova::Message`, whose `decode` reads like one written by hand (see [`Message`](trait@crate::Message)); it can be pasted
/// in. `NOVA_EXPAND=target/nova cargo check` shows it.
#[doc(inline)]
pub use nova_macros::Message;

/// Makes a trait's methods remote procedures, called on the handle: one line each.
///
/// ```
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Summary {
///     equity: f64,
/// }
///
/// #[nova::rpc(platform = "deribit")]
/// trait Account {
///     /// The state of the account in one currency.
///     #[rpc("private/get_account_summary")]
///     async fn summary(&self, currency: &str) -> nova::Result<Summary>;
///
///     /// Cancels all orders; returns how many.
///     #[rpc("private/cancel_all", idempotent, timeout = "2s")]
///     async fn cancel_all(&self) -> nova::Result<u64>;
/// }
///
/// #[nova::client(platform = "deribit", profile = "financial")]
/// struct Desk;
///
/// async fn look(desk: &nova::Handle<Desk>) -> nova::Result<f64> {
///     Ok(desk.summary("BTC").await?.equity)
/// }
/// ```
///
/// The trait stays a trait: it has your docs, is shown on hover, and may be public. It is implemented for the handles of each client of
/// that platform, so that the traits of two venues can be in scope with methods of the same name. Without `platform` all handles
/// have it. Errors, deadlines and what becomes of a call when the link is lost are those of [`Handle::request`](crate::Handle::request).
///
/// # Keys
///
/// | Key | On | Says |
/// |---|---|---|
/// | `".."`, first | a method | the procedure's name at the venue |
/// | `platform` | the trait | whose clients' handles have it: `"deribit"`, or the path of a [`Platform`](trait@crate::Platform) |
/// | `params` | the trait, a method | `named` (without it) or `positional` |
/// | `idempotent` | the trait, a method | executing it twice does no harm, so nova may send it again after a lost link |
/// | `timeout = ".."` | the trait, a method | its deadline, in the place of `connection.request_timeout` |
/// | `cost = n` | the trait, a method | what a call takes of the venue's limit, in the place of the platform's table |
/// | `crate = path` | the trait | the path to nova, where it goes by another name |
/// | `name = ".."` | a parameter | what it is called at the venue |
/// | `default = ..` | an optional parameter | what is sent where it is `None` |
///
/// What the trait says holds for all its methods; a method that says otherwise wins (`idempotent = false`).
///
/// # Parameters
///
/// Each is anything with `Serialize`. An `Option` that is `None` is not sent. `positional` sends them as an array in their order, so
/// optional ones come last there. A procedure without parameters sends none, or an empty array where they are positional.
///
/// ```
/// #[nova::rpc(platform = "jsonrpc", params = positional, timeout = "5s")]
/// trait Node {
///     #[rpc("eth_chainId", idempotent)]
///     async fn chain(&self) -> nova::Result<String>;
///
///     #[rpc("eth_getBlockByNumber", idempotent, cost = 3)]
///     async fn block(&self, number: &str, full: bool) -> nova::Result<serde_json::Value>;
///
///     #[rpc("admin/transfer", params = named, timeout = "30s")]
///     async fn transfer(
///         &self,
///         #[rpc(name = "type")] kind: &str,
///         #[rpc(default = 10)] amount: Option<u32>,
///         memo: Option<String>,
///     ) -> nova::Result;
///
///     /// A method with a body stands on top of the others.
///     async fn is_main(&self) -> nova::Result<bool> {
///         Ok(self.chain().await? == "0x1")
///     }
/// }
/// ```
///
/// # Mocks
///
/// Code that takes `&impl Account` takes a handle as well as anything else that has the trait. Futures are `Send`, so it can be spawned.
///
/// ```
/// #[nova::rpc(platform = "deribit")]
/// trait Account {
///     #[rpc("private/cancel_all", idempotent)]
///     async fn cancel_all(&self) -> nova::Result<u64>;
/// }
///
/// struct Mock;
///
/// impl Account for Mock {
///     async fn cancel_all(&self) -> nova::Result<u64> {
///         Ok(3)
///     }
/// }
///
/// async fn panic_button(account: &impl Account) -> nova::Result<u64> {
///     account.cancel_all().await
/// }
/// ```
///
/// # Limits
///
/// A method cannot be named like one of [`Handle`](crate::Handle)'s own (`send`, `close`, ..), which would be called in its place: that is
/// an error at the name. The trait has no parameters of its own; its methods may have some.
///
/// # What it writes
///
/// The trait, with `async fn` written as `fn .. -> impl Future<Output = ..> + Send`, and one `impl` for
/// [`Handle`](crate::Handle), in which each method makes an [`Outgoing`](crate::Outgoing) and hands it to `request`. It can be pasted in;
/// `NOVA_EXPAND=target/nova cargo check` shows it.
///
/// # Errors
///
/// Every mistake is an error at the token it is in, all mistakes of one trait are told at once, and the trait is written all the same.
#[doc(inline)]
pub use nova_macros::rpc;
