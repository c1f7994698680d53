//! Deribit, the derivatives exchange: JSON-RPC API v2.

mod account;
mod auth;
mod book;
mod channel;
mod heartbeat;
mod message;
mod order;
mod payload;
mod rpc;
#[cfg(test)]
mod tests;

pub use account::{Changes, Order, OrderPrice, OrderState, Orders, Portfolio, Position, UserTrade};
pub use book::{Action, Book, BookKind, GroupedBook, Level};
pub use message::Feed;
pub use order::{Edit, NewOrder};
pub use payload::{
    Candle, Direction, Greeks, IncrementalTicker, InstrumentState, Perpetual, PlatformState, Quote, Stats, Ticker,
    Trade,
};
pub use rpc::{Account, Instrument, Market, Placed, Summaries, Trading, Version};

use std::{borrow::Cow, fmt};

use serde_json::json;

use super::{
    Heartbeat, Inbound, Incoming, LoginContext, Platform, SubscriptionResponse,
    json_rpc::{self, Message},
};
use crate::{
    auth::{AuthResponse, Credentials},
    config::Config,
    error::{Error, Result},
    flow::Priority,
    message::{Outgoing, Params},
    scan::Route,
    sequence::Chains,
};

/// Deribit. The address is production's; the test environment has its own accounts, at [`Deribit::TEST_URL`].
///
/// Topics are Deribit's channels: `ticker.BTC-PERPETUAL.100ms`. Those of `user.*` need credentials and are restored right after
/// the login. So do `raw` intervals of public channels: without a login Deribit refuses the whole request that names one, and nova asks
/// again for the others.
///
/// Books (`book.{instrument}.{interval}`) are followed by their change ids: a change that does not follow the last one is a hole, and
/// nothing of that book is delivered behind it until the next snapshot, whatever the resync hook says.
///
/// [`Credentials::key`] logs in with key and secret, [`Credentials::signed`] with a signature, so that the secret never leaves.
/// [`Credentials::token`] is a refresh token. Deribit replaces it at every login, so it outlives the first connection only if it
/// belongs to a named session (`session:NAME` in its scope).
///
/// ```
/// let desk = nova::platform::Deribit::new().cancel_on_disconnect().scope("session:desk trade:read_write account:read_write");
/// # let _ = desk;
/// ```
#[derive(Clone, Debug, Default, nova::Platform)]
#[nova(
    url = "wss://www.deribit.com/ws/api/v2",
    heartbeat(interval = "30s"),
    connection(request_timeout = "30s"),
    subscriptions(chunk = 250),
    auth(refresh_at = 0.8),
    chunk = 500,
    outbound = 32_000,
    refresh_margin = "60s",
    private = "user.*"
)]
// Credits: what each request takes, and from which pool, by the public table; the matching engine's is that of the smallest
// trading volume. Too little left ends the session (10028).
#[nova(
    pool(name = "requests", capacity = 50_000, refill = "10000/s", cost = 500),
    pool(name = "subscribe", capacity = 30_000, refill = "10000/s", cost = 3_000,
         methods = ["public/subscribe", "private/subscribe"]),
    pool(name = "get_instruments", capacity = 500_000, refill = "10000/s", cost = 10_000,
         methods = "public/get_instruments"),
    pool(name = "get_transaction_log", capacity = 80_000, refill = "10000/s", cost = 10_000,
         methods = "private/get_transaction_log"),
    pool(name = "move_positions", capacity = 600_000, refill = "10000/s", cost = 100_000,
         methods = "private/move_positions"),
    pool(name = "matching engine", capacity = 20, refill = "5/s", methods = [
        "private/buy", "private/sell", "private/edit", "private/edit_by_label", "private/cancel", "private/cancel_by_label",
        "private/cancel_quotes", "private/cancel_all*", "private/mass_quote", "private/close_position",
        "private/verify_block_trade", "private/execute_block_trade",
    ]),
)]
// By the complete table of the venue; its page of "common errors" contradicts it. Codes that refuse one request for want of a right
// (13021, 11042, 13403, 13668, 13778) are the caller's: a login that lacks a right is not made better by logging in again. A
// login refused with one of them is an error of the login all the same. 12003 is a limit on logins.
#[nova(
    error_codes(
        rate_limited = [10_028, 10_047, 10_066, 12_003, 12_998, 13_780, 13_903],
        transient = [10_040, 10_041, 10_048, 10_050, 11_051, 11_056, 11_094, 13_025, 13_028, 13_503, 13_888],
        authentication = [10_000, 13_004, 13_009],
        critical = [11_098, 12_005],
    ),
    overrides(Platform),
)]
pub struct Deribit {
    cancel_on_disconnect: bool,
    scope: Option<Cow<'static, str>>,
}

impl Deribit {
    /// The test environment: its own accounts, keys and limits.
    pub const TEST_URL: &str = "wss://test.deribit.com/ws/api/v2";

    /// Deribit as it is by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Deribit cancels the orders made on a connection when that connection is lost. Needs credentials with
    /// `account:read_write`; asked for on every new connection after its login.
    pub fn cancel_on_disconnect(mut self) -> Self {
        self.cancel_on_disconnect = true;
        self
    }

    /// The rights to ask for at login, separated by spaces. A login that grants less is refused, instead of failing later.
    pub fn scope(mut self, scope: impl Into<Cow<'static, str>>) -> Self {
        self.scope = Some(scope.into());
        self
    }
}

/// What is remembered of a session with Deribit: its books' chains and its refresh token, which is never shown.
#[derive(Default)]
pub struct State {
    books: Chains,
    tokens: auth::Tokens,
    route: Route,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("books", &self.books).field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl Platform for Deribit {
    type State = State;

    fn connected(&self, state: &mut State) {
        state.books = Chains::default();
        state.tokens.connected();
    }

    fn login(&self, state: &mut State, credentials: &Credentials, context: LoginContext<'_>) -> Option<Outgoing> {
        state.tokens.login(credentials, self.scope.as_deref(), context)
    }

    fn refresh(&self, state: &mut State, _context: LoginContext<'_>) -> Option<Outgoing> {
        state.tokens.refresh()
    }

    fn logged_in(&self, state: &mut State, reply: Result<&str, Error>) -> AuthResponse {
        state.tokens.logged_in(self.scope.as_deref(), reply)
    }

    fn prepare(&self, _state: &mut State, config: &Config, logged_in: bool) -> Vec<Outgoing> {
        // Deribit takes whole seconds, and no fewer than ten.
        let heartbeat = config.heartbeat.interval.map(|interval| {
            let seconds = interval.as_secs().max(10);
            Outgoing::call("public/set_heartbeat", &json!({ "interval": seconds }))
        });
        let cancel = (self.cancel_on_disconnect && logged_in)
            .then(|| Outgoing::call("private/enable_cancel_on_disconnect", &json!({ "scope": "connection" })));
        heartbeat
            .into_iter()
            .chain(cancel)
            .flatten()
            .map(|call| call.idempotent().priority(Priority::Control))
            .collect()
    }

    fn subscribe(&self, _state: &mut State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        channel::request("subscribe", channels, params)
    }

    fn unsubscribe(&self, state: &mut State, channels: &[&str]) -> Result<Outgoing> {
        // What is still under way of them belongs to the subscription that ends.
        state.books.leave(channels);
        channel::request("unsubscribe", channels, &Params::new())
    }

    fn subscribed(&self, _state: &mut State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        channel::subscribed(asked, reply)
    }

    #[inline(always)]
    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let text = incoming.json()?;
        match state.followed(text) {
            Some(pushed) => state.pushed(incoming, text, pushed),
            None => self.understand(state, incoming, text),
        }
    }

    fn heartbeat(&self, _state: &mut State) -> Heartbeat {
        // An empty object can always be written.
        heartbeat::test().map_or(Heartbeat::Ping, Heartbeat::Send)
    }
}

impl Deribit {
    /// A frame that goes another way than the notification before it.
    fn understand<'f>(&self, state: &mut State, incoming: Incoming<'f>, text: &'f str) -> Result<Inbound<'f>> {
        match json_rpc::read(text, channel::METHOD, |code| self.error_class(code))? {
            Message::Reply { id, result } => Ok(Inbound::Reply { id, result }),
            Message::Request(answer) => Ok(Inbound::Reflex(answer)),
            Message::Error(error) => Ok(Inbound::Error(error)),
            Message::Notification { method, params: Some(params), stopped } if method == channel::METHOD => {
                state.found(incoming, text, (params, stopped))
            }
            Message::Notification { method, params: Some(params), .. } if method == "heartbeat" => {
                heartbeat::receive(text, params)
            }
            Message::Notification { method, params, .. } => {
                let params = params.unwrap_or(text.len());
                Ok(Inbound::message(channel::envelope(incoming, text, method, params)))
            }
        }
    }
}
