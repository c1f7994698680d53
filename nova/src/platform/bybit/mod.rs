//! Bybit, the exchange: API v5.

mod auth;
mod calls;
mod channel;
mod endpoint;
mod frame;
mod limits;
mod payload;
#[cfg(test)]
mod tests;

pub use calls::Trading;
pub use payload::{
    Account, AmendOrder, Answer, Batch, BatchItem, BatchOf, Book, CancelOrder, Candle, Coin, Execution, Greeks, Level,
    Liquidation, Market, NewOrder, Order, Placed, Position, Push, PushKind, Side, Ticker, Trade, Wallet,
};

use std::borrow::Cow;

use self::{
    endpoint::{Endpoint, Now},
    frame::{Frame, Head},
};
use super::{
    Continuity, Described, Inbound, Incoming, LimitNews, LoginContext, Platform, Rule, SubscriptionResponse, described,
};
use crate::{
    auth::Credentials,
    error::{Error, Result},
    message::{Envelope, Outgoing, Params},
};

/// Bybit. A connection serves one of its endpoints: [`linear`](Self::linear) (which is the default), [`spot`](Self::spot),
/// [`inverse`](Self::inverse) and [`option`](Self::option) have market data, [`private`](Self::private) the account's news,
/// [`trade`](Self::trade) takes orders. The last two need credentials, the others refuse them.
///
/// The hosts are production's; [`at`](Self::at) names others, such as [`Bybit::TESTNET`].
///
/// Topics are Bybit's: `orderbook.50.BTCUSDT`, `publicTrade.BTCUSDT`, `order`. What handlers get of each is the whole frame
/// ([`Push`]), because its `type` tells a snapshot from a change.
///
/// Books are followed by their update ids: a change that does not follow the last one is a hole, and nothing of that book is delivered
/// behind it until the next snapshot. [`unchecked`](Self::unchecked) switches that off.
///
/// A request for topics that Bybit refuses is refused as a whole. nova then asks for each of its topics alone, so that only those are
/// lost that are wrong.
///
/// ```
/// use nova::platform::Bybit;
///
/// let prices = Bybit::spot().at(Bybit::TESTNET);
/// let orders = Bybit::trade().at(Bybit::TESTNET).recv_window(2_000);
/// # let _ = (prices, orders);
/// ```
#[derive(Clone, Debug, nova::Platform)]
#[nova(
    url = "{origin}/v5/{endpoint}",
    channel = "/topic",
    id = "/reqId",
    // Ten topics a request are the least that any endpoint takes.
    chunk = 10,
    topics = 2_000,
    ping(every = "20s", send = r#"{"op":"ping"}"#),
    ignore(at = "/op", is = ["ping", "pong"]),
    login(send = r#"{"op":"auth","args":[{api_key},{expires},{sign}]}"#, ack(at = "/op", is = "auth")),
    sign(over = "GET/realtime{expires}", expires = "10s"),
    subscribe = r#"{"req_id":"{id}","op":"subscribe","args":{channels}}"#,
    unsubscribe = r#"{"req_id":"{id}","op":"unsubscribe","args":{channels}}"#,
    request = r#"{"reqId":"{id}","header":{"X-BAPI-TIMESTAMP":"{now}","X-BAPI-RECV-WINDOW":"{recv_window}"},"op":{method},"args":{params}}"#,
    private = [
        "order", "order.*", "execution", "execution.*", "position", "position.*", "wallet", "greeks", "strategy", "dcp.*",
    ],
)]
// Either spelling has been seen on either side. 20001 says that the connection is logged in already.
#[nova(
    error(at = "/retCode", not = [0, 20_001], code = "/retCode", message = "/retMsg"),
    error(at = "/ret_code", not = [0, 20_001], code = "/ret_code", message = "/ret_msg"),
    error(at = "/success", is = false, message = "/ret_msg"),
)]
// Orders a second: an order for spot takes one of these, any other two. Amending and cancelling have their own, so that nothing
// holds a cancel back.
#[nova(
    pool(name = "orders", window = "20/s", cost = 2, methods = ["order.create", "order.create-batch"]),
    pool(name = "amendments", window = "20/s", cost = 2, methods = ["order.amend", "order.amend-batch"]),
    pool(name = "cancellations", window = "20/s", cost = 2, methods = ["order.cancel", "order.cancel-batch"]),
)]
// A refused order whose time is wrong (10002), or for which the key has no right (10005), is the caller's: a login that lacks a right is
// not made better by logging in again. A login refused with one of them is an error of the login all the same.
#[nova(
    error_codes(
        rate_limited = [10_006, 10_403, 10_429, 20_003, 429],
        transient = [10_000, 10_016, 10_019],
        authentication = [10_003, 10_004, 10_007, 10_009, 10_010, 33_004, -2_015],
        critical = [10_024, 10_027, 10_028],
    ),
    overrides(Platform),
)]
pub struct Bybit {
    origin: Cow<'static, str>,
    endpoint: Endpoint,
    recv_window: u32,
    now: Now,
    checked: bool,
}

/// What is remembered of a session with Bybit: its books' update ids, the requests for topics that wait for their answers, and what
/// was told of clock and limits.
#[derive(Debug, Default)]
pub struct State {
    described: Described,
    topics: channel::Topics,
    clock: auth::Resync,
    news: Option<LimitNews>,
}

impl Platform for Bybit {
    type State = State;

    fn described<'s>(&self, state: &'s mut State) -> Option<&'s mut Described> {
        Some(&mut state.described)
    }

    fn connected(&self, state: &mut State) {
        *state = State::default();
    }

    fn login(&self, state: &mut State, credentials: &Credentials, context: LoginContext<'_>) -> Option<Outgoing> {
        if self.endpoint.is_public() {
            return None;
        }
        described::login(self, Some(&mut state.described), credentials, context)
    }

    fn subscribe(&self, state: &mut State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        let request = described::ask(self, Some(&mut state.described), channels, Some(params))?;
        state.topics.ask(channels, self.endpoint.is_public())?;
        Ok(request)
    }

    fn unsubscribe(&self, state: &mut State, channels: &[&str]) -> Result<Outgoing> {
        state.topics.leave(channels);
        described::ask(self, Some(&mut state.described), channels, None)
    }

    fn subscribed(&self, state: &mut State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        let response = state.topics.answered(asked, reply.err());
        state.described.restart(&response.confirmed);
        response
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let text = incoming.json()?;
        match Frame::read(text)? {
            Frame::Pushed { topic, book } => {
                let continuity = match book {
                    Some(numbers) if self.checked => state.described.follow(Rule::IncrementFromOne, &topic, numbers),
                    _ => Continuity::Follows,
                };
                let envelope = match topic {
                    Cow::Borrowed(topic) => Envelope::on(incoming.frame, text, topic, 0),
                    Cow::Owned(topic) => Envelope::known(incoming.frame, text, topic.into(), 0),
                };
                Ok(Inbound::Message { envelope, continuity })
            }
            Frame::Said(head) => self.said(state, incoming, &head),
        }
    }

    fn limit_news(&self, state: &mut State) -> Option<LimitNews> {
        state.news.take()
    }

    fn request(&self, id: u64, method: &str, params: Option<&str>) -> Result<Outgoing> {
        // `args` is always an array, of exactly one object.
        let params = params.unwrap_or("{}");
        let args = if params.starts_with('[') { Cow::Borrowed(params) } else { format!("[{params}]").into() };
        described::request(self, id, method, Some(&args))
    }

    fn cost(&self, outgoing: &Outgoing) -> (usize, u32) {
        let (pool, cost) = described::cost::<Self>(outgoing);
        (pool, limits::cost(outgoing, cost))
    }
}

impl Bybit {
    /// What a frame says that is no news of a topic.
    fn said<'f>(&self, state: &mut State, incoming: Incoming<'f>, head: &Head<'f>) -> Result<Inbound<'f>> {
        if head.is_of_topics() {
            let inbound = state.topics.said(head);
            if let Inbound::Subscription(response) = &inbound {
                state.described.restart(&response.confirmed);
            }
            return Ok(inbound);
        }
        state.news = limits::news(head);
        if let Some(inbound) = state.clock.said(head, &self.now) {
            return Ok(inbound);
        }
        let inbound = described::receive(self, Some(&mut state.described), incoming)?;
        Ok(auth::reclassified(inbound))
    }
}
