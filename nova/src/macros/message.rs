//! `#[derive(nova::Message)]`.

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
/// A field that the channel fills is a [`Text`](crate::Text), which keeps up to 23 bytes in itself, a `String`, a number, or any type
/// with `FromStr`. What cannot be read so makes the message undecodable, with an error that names the field.
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
/// ```
/// use nova as websockets; // what `websockets = { package = "nova-ws", .. }` in a Cargo.toml does
///
/// #[derive(websockets::Message)]
/// #[nova(crate = websockets, separator = "_")]
/// enum Feed {
///     #[nova(channel = "kline_{interval}")]
///     Candle { interval: String, prices: Vec<f64> },
/// }
/// ```
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
