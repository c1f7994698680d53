//! `#[derive(nova::Platform)]`, documented.

/// Makes a struct a platform, by describing what its venue speaks.
///
/// A venue that does nothing out of the ordinary is described by this alone: where it is, what stands where in its frames, and
/// what it wants to be sent. Logging in, subscribing, heartbeats, holes in the numbering and restoring after a drop follow.
///
/// ```
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     url = "wss://ws.exchange.test/v1",
///     channel = "/topic", payload = "/data", sequence(rule = "increment", at = "/seq"),
///     login(send = r#"{"op":"auth","args":["{api_key}",{timestamp},"{sign}"]}"#, ack(at = "/op", is = "auth")),
///     sign(over = "{timestamp}{api_key}"),
///     subscribe = r#"{"op":"subscribe","args":{channels}}"#,
///     unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
///     ack(at = "/op", is = "subscribed", channel = "/args"),
///     error(at = "/op", is = "error", code = "/code", message = "/message"),
///     ignore(at = "/op", is = ["pong", "unsubscribed"]),
///     ping(every = "20s", send = r#"{"op":"ping"}"#),
/// )]
/// struct Exchange;
///
/// #[nova::client(platform = Exchange, profile = "financial")]
/// struct Desk;
/// ```
///
/// The attribute may be spread over several `#[nova(..)]`.
///
/// # Places
///
/// A place in a frame is a JSON pointer: `"/data/0/topic"`. All places of a description are found in one pass over the frame's text;
/// nothing else of it is read. Numbers lead into arrays; a `/` within a name is written `~1`, a `~` is `~0`.
///
/// | Key | What stands there | Without it |
/// |---|---|---|
/// | `channel` | a pushed message's channel: a string, or a number | no message has a channel |
/// | `payload` | what handlers decode | the whole frame; with it, a frame without one is no pushed message |
/// | `id` | the number of the request that a frame answers, as a number or a string | nothing is a call's answer |
/// | `result` | the result in an answer, `null` or not | the whole frame |
///
/// ```
/// #[derive(Default, nova::Platform)]
/// #[nova(url = "wss://rpc.test", id = "/id", result = "/result", channel = "/params/0/topic", payload = "/params/0/data")]
/// struct Places;
/// ```
///
/// # Which frames
///
/// Some groups say which frames they mean: `at` is a place where something other than `null` must stand, `is` one or several values
/// of which it must be one, `not` values that it must not be. Values are strings, whole numbers, `true` and `false`.
///
/// | Group | Further keys | What such frames are |
/// |---|---|---|
/// | `ack(at, is, not, ..)` | `channel`, and `refused` where the venue lists these too: a string, or an array of strings | confirmed topics |
/// | `error(at, is, not, ..)` | `code` (else what stands at `at`), `message`, `channel` | a refusal: of the call, if there is a number; of the topics, if it names some; of the login, while one waits; else an error |
/// | `ignore(at, is, not)`, `ignore(text = "pong")` | | nothing but a sign of life |
/// | `answer(at, is, not, send)` | `send`: a template in which `{value}` is what stands at `at` | a question that is answered at once |
///
/// Each may be given up to six times; the first that fits counts, in the order answer, ignore, error, call, login, ack, message.
///
/// ```
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     url = "wss://frames.test", channel = "/arg", payload = "/data",
///     subscribe = r#"{"op":"subscribe","args":{channels}}"#,
///     ack(at = "/event", is = ["subscribe", "resubscribe"], channel = "/arg", refused = "/failed"),
///     error(at = "/event", is = "error", code = "/code", message = "/msg", channel = "/arg"),
///     error(at = "/status", not = [0, "ok", true]),
///     ignore(text = "pong"),
///     answer(at = "/ping", send = r#"{"pong":{value}}"#),
/// )]
/// struct Frames;
/// ```
///
/// # Templates
///
/// What is sent is JSON with placeholders, checked to be JSON while compiling. Outside of a string a placeholder is a JSON value of its
/// own (`{channels}` an array, `{channel}` a string with its quotes); inside it is escaped text.
///
/// | Key | Placeholders | What it is |
/// |---|---|---|
/// | `subscribe`, `unsubscribe` | `{channels}`, or `{channel}` for one a request; `{id}`; `{params}` in `subscribe` | the requests |
/// | `subscribe(send, each, listed)` | in `each`: `{channel}` | `each` is what `{channels}` is an array of; `listed`: where the answer lists what it confirms |
/// | `request` | `{id}`, `{method}`, `{params}` (`{}` without any) | a call; without it, JSON-RPC 2.0 |
/// | `login(send, ack(..), life)` | `{api_key}`, `{api_secret}`, `{token}`, `{timestamp}`, `{expires}`, `{nonce}`, `{sign}`, `{id}` | the login; `ack` which frames accept it, `life` where its answer says how many seconds it lasts |
/// | `ping(every, send)` | `{id}` | the heartbeat; `text = ".."` instead of `send` for what is no JSON, neither for a WebSocket ping |
/// | `headers = ["Name: value"]` | those of the login but `{id}` | headers of the upgrade request; those with credentials only where there are some |
///
/// With `{id}` a request is a call: its answer is known by its number. Without, it needs an `ack`. A login by `headers` alone needs no
/// `login(..)`. A field of the struct may be a placeholder anywhere, the address included; it is shown by its `Display`, and is
/// a string where it stands as a JSON value.
///
/// ```
/// #[derive(nova::Platform)]
/// #[nova(
///     url = "wss://{host}/v5/{category}", id = "/req_id", result = "/data",
///     headers = ["X-Version: 2", "X-Key: {api_key}"],
///     subscribe(
///         send = r#"{"req_id":"{id}","op":"subscribe","args":{channels}}"#,
///         each = r#"{"channel":"{channel}","category":"{category}"}"#, listed = "/data/channels",
///     ),
///     unsubscribe = r#"{"req_id":"{id}","op":"unsubscribe","args":[{channel}]}"#,
///     request = r#"{"req_id":"{id}","op":{method},"args":{params}}"#,
///     login(send = r#"{"req_id":"{id}","op":"auth","key":"{api_key}","nonce":{nonce},"sign":"{sign}"}"#, life = "/data/ttl"),
///     sign(over = "{nonce}{api_key}"),
///     ping(every = "20s", text = "ping"),
/// )]
/// struct Templates {
///     host: String,
///     category: &'static str,
/// }
/// ```
///
/// A platform with such fields comes to its client by [`.platform(..)`](crate::Connect::platform), or by its `Default`.
///
/// # Signing
///
/// `{sign}` is the HMAC-SHA256, with the secret as its key, over the text in `sign(over = "..")`, which may name `{api_key}`,
/// `{timestamp}`, `{expires}`, `{nonce}` and fields; each has the value that is sent beside it.
///
/// | Key of `sign(..)` | Takes | Without it |
/// |---|---|---|
/// | `over` | the text that is signed | there is no `{sign}` |
/// | `encoding` | `"hex"` or `"base64"` | hexadecimal, in small letters |
/// | `timestamp` | `"ms"` or `"s"`: the unit of `{timestamp}` and `{expires}` | milliseconds |
/// | `expires` | a duration: `{expires}` is so long after now | there is no `{expires}` |
///
/// ```
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     url = "wss://signed.test",
///     login(send = r#"{"op":"auth","args":["{api_key}",{expires},"{sign}"]}"#, ack(at = "/op", is = "auth"), life = "/ttl"),
///     sign(over = "GET/realtime{expires}", encoding = "base64", timestamp = "s", expires = "10s"),
/// )]
/// struct Signed;
/// ```
///
/// # Numbering
///
/// `sequence(rule, at, ..)` finds what is missing. A message behind a hole is not delivered: the client is told of the gap and the
/// topic subscribed again.
///
/// | `rule` | Further key | A message follows if |
/// |---|---|---|
/// | `"increment"` | | its number at `at` is the last plus one |
/// | `"prev_id"` | `prev` | what stands at `prev` is the last number |
/// | `"first_last"` | `first` | `first` is at most the last number plus one, and `at` beyond it |
///
/// `snapshot(at, is, not)` says which messages start a channel anew; without it, the first of each subscription does. A message without
/// a number at `at` is not counted.
///
/// ```
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     url = "wss://books.test", channel = "/c", payload = "/d",
///     sequence(rule = "first_last", at = "/d/u", first = "/d/U", snapshot(at = "/type", is = "snapshot")),
/// )]
/// struct Books;
///
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     url = "wss://changes.test", channel = "/c", payload = "/d",
///     sequence(rule = "prev_id", at = "/d/id", prev = "/d/prev_id", snapshot(at = "/d/prev_id", not = [-1])),
/// )]
/// struct Changes;
/// ```
///
/// # Limits, codes and the rest
///
/// | Key | Takes |
/// |---|---|
/// | `url` | the address, `ws://` or `wss://`; without it, `.url(..)` must give one |
/// | `name` | the name in errors; without it, the struct's, as in `my_exchange` |
/// | `codec` | `"json"`, or a [`Codec`](crate::Codec) |
/// | `topics`, `chunk` | topics a connection, and topics a request, at most |
/// | `outbound` | bytes of a frame that the venue accepts, at most |
/// | `refresh_margin` | how long before its end a login is renewed, at the latest |
/// | `private` | channels that need the login and are restored first; a last `*` stands for any rest |
/// | `ping(every = ..)` | the longest time between two heartbeats, whatever the settings say |
/// | `rate_limit(..)` | as in the settings; `capacity`, `refill` and `limit` are what the venue admits, whatever else is set |
/// | `pool(name, capacity, refill, cost, methods)` | a budget: requests of `methods` (a last `*` stands for any rest) take `cost` from it, all others from the one without `methods`. It comes back steadily (`capacity = 100, refill = "10/s"`), admits so much in any window of a length (`limit = "120/60s"`), or is counted anew in each (`window = "10/s"`) |
/// | `error_codes(class = [..])` | what codes call for: `transient`, `authentication`, `rate_limited`, `platform`, `critical` |
/// | `close_codes(class = [..])` | the same for close codes |
/// | the ten groups of settings | the platform's layer, below the profile; see [`client`](macro@crate::client) |
/// | `overrides(Platform)` | the behaviour half is written by hand |
/// | `crate` | the path to nova, where it goes by another name |
///
/// ```
/// use nova as websockets; // what `websockets = { package = "nova-ws", .. }` in a Cargo.toml does
///
/// #[derive(Default, websockets::Platform)]
/// #[nova(crate = websockets, url = "wss://renamed.test")]
/// struct Renamed;
/// ```
///
/// The described requests count in a pool as the methods `subscribe`, `unsubscribe`, `login` and `ping`.
///
/// ```
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     url = "wss://limits.test", name = "limits", codec = "json", topics = 500, chunk = 50, outbound = 32_000,
///     refresh_margin = "1m", private = ["orders", "account.*"],
///     rate_limit(capacity = 100, refill = "10/s", limit = "300/m"),
///     pool(name = "requests", capacity = 50_000, refill = "10000/s", cost = 500),
///     pool(name = "trading", capacity = 20, refill = "5/s", methods = ["order/*", "cancel"]),
///     pool(name = "history", window = "10/s", methods = ["history/*"]),
///     pool(name = "queries", limit = "120/60s", methods = ["query/*"]),
///     error_codes(rate_limited = [10006, 10028], authentication = 13009),
///     close_codes(critical = [4001], transient = [4004, 4008]),
///     connection(max_message = "4MiB"), subscriptions(ack_timeout = "5s"),
/// )]
/// struct Limits;
/// ```
///
/// # The behaviour half
///
/// What a description cannot say is written as methods of [`Platform`](crate::Platform), each of which follows the description until
/// it is overridden. What is described and numbered needs a memory: the state is a [`Described`](crate::platform::Described), or
/// holds one and says so in [`described`](crate::Platform::described). With one, a message or an answer that looks like the last is not
/// searched anew.
///
/// ```
/// use nova::{Outgoing, Params, Platform};
///
/// #[derive(Default, nova::Platform)]
/// #[nova(url = "wss://ws.exchange.test/v1", channel = "/topic", payload = "/data", ack(at = "/ok", channel = "/ok"), overrides(Platform))]
/// struct Exchange;
///
/// impl Platform for Exchange {
///     type State = u64; // how often it was asked
///
///     fn subscribe(&self, asked: &mut u64, channels: &[&str], _: &Params) -> nova::Result<Outgoing> {
///         *asked += 1;
///         Ok(serde_json::json!({"op": "subscribe", "args": channels, "turn": *asked}).into())
///     }
/// }
/// ```
///
/// # What it writes
///
/// ```text
/// impl ::nova::PlatformSpec for Exchange {
///     type Codec = ::nova::codec::Json;
///     const SPEC: ::nova::Spec = ::nova::Spec::new("exchange", "wss://ws.exchange.test/v1").wire(const { .. });
/// }
/// impl ::nova::Platform for Exchange {             // not with overrides(Platform)
///     type State = ::nova::platform::Described;    // () where there is nothing to remember
/// }
/// const _: ::nova::Spec = <Exchange as ::nova::PlatformSpec>::SPEC;
/// ```
///
/// # Errors
///
/// Every mistake is an error at the token it is in, all of them are told at once, and the impls are written all the same.
#[doc(inline)]
pub use nova_macros::Platform;
