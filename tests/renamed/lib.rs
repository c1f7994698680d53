//! A crate in which nova goes by another name: every macro follows `crate = my_nova`.
//!
//! A package of its own, because a name that any dependency has can be written anywhere in its dependents.

use my_nova::{Context, MessageHandler, Raw, Result, Text};
use serde::Deserialize;

/// Every kind of key of the derive.
#[derive(Debug, Default, my_nova::Platform)]
#[nova(
    crate = my_nova, url = "wss://{host}/v1", name = "exchange", codec = "json",
    id = "/id", result = "/result", channel = "/topic", payload = "/data",
    headers = ["X-Version: 2"], topics = 500, chunk = 50, refresh_margin = "1m", private = ["orders"],
    sequence(rule = "first_last", at = "/u", first = "/U", snapshot(at = "/type", is = "snapshot")),
    login(send = r#"{"id":{id},"op":"auth","args":["{api_key}",{timestamp},"{sign}"]}"#, life = "/result/ttl"),
    sign(over = "{timestamp}{api_key}"),
    subscribe(send = r#"{"id":{id},"op":"subscribe","args":{channels}}"#, listed = "/result"),
    unsubscribe = r#"{"id":{id},"op":"unsubscribe","args":{channels}}"#,
    request = r#"{"id":{id},"op":{method},"args":{params}}"#,
    ping(every = "20s", send = r#"{"op":"ping"}"#),
    ignore(text = "pong"), ack(at = "/op", is = "ok", channel = "/args"), answer(at = "/ping", send = r#"{"pong":{value}}"#),
    error(at = "/op", is = "error", code = "/code", message = "/message"),
    rate_limit(capacity = 100, refill = "10/s", limit = "300/m"),
    pool(name = "requests", capacity = 20, refill = "5/s"),
    error_codes(rate_limited = [10006]), close_codes(critical = [4001]),
    connection(max_message = "4MiB"),
)]
pub struct Exchange {
    host: String,
}

/// A profile with settings of every kind, and traits.
#[derive(Clone, Copy, Debug, my_nova::Profile)]
#[nova(crate = my_nova, base = "financial", reconnect(max_attempts = 50, jitter = 0.5), traits(detailed_errors = true))]
pub struct Nightly;

/// What a price is.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Ticker {
    /// The last price.
    pub last_price: f64,
}

/// Channels with captures, a message within a message, and the rest.
#[derive(Debug, my_nova::Message)]
#[nova(crate = my_nova)]
pub enum Feed {
    /// A price.
    #[nova(channel = "ticker.{instrument}.*")]
    Ticker {
        /// Of what.
        instrument: Text,
        /// The payload.
        ticker: Ticker,
    },
    /// What happens to an account.
    #[nova(channel = "user.*", nested)]
    User(Event),
    /// Whatever else there is.
    #[nova(other)]
    Other(Raw),
}

/// Told apart by a field.
#[derive(Debug, my_nova::Message)]
#[nova(crate = my_nova, tag = "/e")]
pub enum Event {
    /// By a text.
    #[nova(tag = "fill")]
    Fill(Ticker),
    /// By a number.
    #[nova(tag = 10)]
    Hello,
}

/// A client with everything.
#[my_nova::client(
    crate = my_nova, platform = Exchange, profile = Nightly, strategy = "always_reconnect", message = Feed, codec = "json",
    cluster = "local", reconnect(backoff = "linear", max_attempts = "unlimited", max_delay = "10s"),
    heartbeat(interval = "off"), connection(send = "queue(64, 1MiB, 10s)"), rate_limit(refill = "1/s"),
    overrides(MessageHandler)
)]
#[derive(Debug, Default)]
pub struct Desk {
    seen: u64,
}

impl MessageHandler for Desk {
    async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> Result {
        self.seen += 1;
        cx.inherited().handle_message(message).await
    }
}

/// Remote procedures with every key.
#[my_nova::rpc(crate = my_nova, platform = Exchange, timeout = "2s")]
pub trait Account {
    /// Named parameters, one of which may be left out.
    #[rpc("account/summary", idempotent)]
    async fn summary(&self, currency: &str, #[rpc(default = 10)] depth: Option<u32>) -> Result<Ticker>;
    /// Parameters by position.
    #[rpc("account/cancel", params = positional, cost = 3)]
    async fn cancel(&self, order: u64) -> Result;
}

#[cfg(test)]
mod tests {
    use my_nova::Client;

    use super::*;

    #[test]
    fn what_the_macros_write_follows_the_other_name() {
        fn has_procedures<T: Account>() {}
        has_procedures::<my_nova::Handle<Desk>>();

        let told = Desk::describe();
        assert_eq!((told.client, told.platform, told.profile), ("Desk", "exchange", "nightly"));
        assert_eq!(told.message, "Feed");
        assert!(told.problem.is_none(), "{told}");
    }
}
