//! Deribit, the derivatives exchange: JSON-RPC API v2.

mod auth;
mod book;
mod channel;
mod error;
mod heartbeat;
mod limits;
mod payload;
#[cfg(test)]
mod tests;

pub use payload::{Action, Book, BookKind, Direction, Greeks, Level, Stats, Ticker, Trade};

use std::{borrow::Cow, fmt, time::Duration};

use serde_json::json;

use super::{
    Bounds, Heartbeat, Inbound, Incoming, LoginContext, Platform, PlatformSpec, Spec, SubscriptionResponse,
    json_rpc::{self, Message},
};
use crate::{
    auth::{AuthResponse, Credentials},
    codec::Json,
    config::{Config, Patch, patch},
    error::{Error, ErrorClass, Result},
    flow::Priority,
    message::{Outgoing, Params},
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
#[derive(Clone, Debug, Default)]
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
    books: book::Chains,
    tokens: auth::Tokens,
    route: channel::Route,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("books", &self.books).field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl PlatformSpec for Deribit {
    type Codec = Json;

    const SPEC: Spec = Spec::new("deribit", "wss://www.deribit.com/ws/api/v2")
        .patch(
            Patch::new()
                .heartbeat(patch::Heartbeat::new().interval(Some(Duration::from_secs(30))))
                .connection(patch::Connection::new().request_timeout(Duration::from_secs(30)))
                .subscriptions(patch::Subscriptions::new().chunk(250))
                .auth(patch::Auth::new().refresh_at(0.8))
                .checked(),
        )
        .bounds(Bounds::new().chunk(500).outbound(32_000))
        .pools(limits::POOLS)
        .refresh_margin(Duration::from_secs(60));
}

impl Platform for Deribit {
    type State = State;

    fn connected(&self, state: &mut State) {
        state.books.clear();
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

    fn is_private(&self, channel: &str) -> bool {
        channel::is_private(channel)
    }

    fn subscribe(&self, _state: &mut State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        channel::request("subscribe", channels, params)
    }

    fn unsubscribe(&self, state: &mut State, channels: &[&str]) -> Result<Outgoing> {
        // What is still under way of them belongs to the subscription that ends.
        for channel in channels {
            state.books.leave(channel);
        }
        channel::request("unsubscribe", channels, &Params::new())
    }

    fn subscribed(&self, _state: &mut State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        channel::subscribed(asked, reply)
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let text = json_rpc::text(&incoming)?;
        if let Some(pushed) = state.route.again(text).map_err(|error| json_rpc::malformed(text, error))? {
            return state.pushed(incoming, text, pushed);
        }
        match json_rpc::read(text, channel::METHOD, error::class)? {
            Message::Reply { id, result } => Ok(Inbound::Reply { id, result }),
            Message::Request(answer) => Ok(Inbound::Reflex(answer)),
            Message::Error(error) => Ok(Inbound::Error(error)),
            Message::Notification { method, params: Some(params), stopped } if method == channel::METHOD => {
                let pushed =
                    state.route.find(text, params, stopped).map_err(|error| json_rpc::malformed(text, error))?;
                state.pushed(incoming, text, pushed)
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

    fn heartbeat(&self, _state: &mut State) -> Heartbeat {
        // An empty object can always be written.
        heartbeat::test().map_or(Heartbeat::Ping, Heartbeat::Send)
    }

    fn cost(&self, outgoing: &Outgoing) -> (usize, u32) {
        limits::cost(outgoing.method())
    }

    fn error_class(&self, code: i64) -> ErrorClass {
        error::class(code)
    }
}
