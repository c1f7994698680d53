//! Ethereum: JSON-RPC with subscriptions, over which nothing is lost that can be fetched again.

mod error;
mod feed;
mod heads;
mod logs;
mod message;
mod payload;
mod quantity;
mod rpc;
#[cfg(test)]
mod tests;

pub use message::Feed;
pub use payload::{Block, Head, Log, Receipt, Syncing, Transaction};
pub use quantity::{Address, Data, Fixed, Hash, Malformed, U256};
pub use rpc::{At, Filter, Node, Request};

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use feed::{Ask, TRIES, Tray};
use serde_json::json;

use super::{Continuity, Inbound, Incoming, Inquiry, JsonRpc, Platform, SubscriptionResponse, jsonrpc};
use crate::{
    error::{Error, Result},
    frame::{Frame, Text},
    message::{Envelope, Outgoing, Params},
};

/// An Ethereum node, or a provider of many; the address comes from `.url(..)`.
///
/// | Topic | Messages |
/// |---|---|
/// | `newHeads` | each new block's header; one that was abandoned comes again with `removed: true` before what replaces it |
/// | `logs`, `logs.LABEL` | the logs that the topic's parameters (`address`, `topics`) let through; abandoned ones again with `removed: true` |
/// | `newPendingTransactions` | the hashes of transactions that are not mined yet, as far as the node hears of them |
/// | `newPendingTransactions.full` | the whole transactions, where the node knows that |
/// | `syncing` | whether the node is catching up |
///
/// Any other topic is asked for as it is called. What stands behind the `.` of `logs` is yours, to tell several filters apart.
///
/// # After a lost link
///
/// Subscriptions are made anew. Heads and logs of the time in between are fetched (`eth_getBlockByNumber`, `eth_getLogs`, in ranges as
/// small as the node wants them) and delivered before what comes live, each once, in the chain's order; then no
/// [`Gap`](crate::Gap) is told. It is told where more is missing than [`backfill`](Self::backfill) fetches, or the node
/// does not have it any more. What a reorganisation took away meanwhile is told as removed, up to 64 blocks deep. Pending transactions
/// and `syncing` cannot be fetched: there the gap stays.
///
/// A provider's key stands in the path of its address or in a header ([`Connect::header`](crate::Connect::header)); there is no login.
///
/// ```
/// # async fn run() -> nova::Result {
/// use nova::platform::ethereum::{Feed, Node};
///
/// #[nova::client(platform = "ethereum", message = Feed)]
/// struct Watcher;
///
/// let node = nova::connect(Watcher).url("ws://127.0.0.1:8545").await?;
/// node.subscribe("newHeads").await?;
/// let transfers = nova::Topic::new("logs.transfers").param("address", "0xdac17f958d2ee523a2206206994597c13d831ec7");
/// node.subscribe(transfers).await?;
/// println!("at block {}", node.block_number().await?);
/// while let Some(item) = node.next().await {
///     println!("{item:?}");
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, nova::Platform)]
#[nova(
    heartbeat(interval = "25s"),
    chunk = 1,
    error_codes(
        rate_limited = [429, -32_005, -32_007, -32_016, -32_029, -32_097],
        transient = [-32_002, -32_009, -32_603, 4_900, 4_901],
        authentication = [4_100],
    ),
    overrides(Platform),
)]
pub struct Ethereum {
    rpc: JsonRpc,
    backfill: u64,
    range: u64,
}

impl Default for Ethereum {
    fn default() -> Self {
        let rpc = JsonRpc::new().subscriptions("eth_subscribe", "eth_unsubscribe", "eth_subscription");
        Self { rpc, backfill: 10_000, range: 1_000 }
    }
}

impl Ethereum {
    /// A node as it is by default: up to 10,000 missed blocks are fetched, logs of 1,000 at a time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fetches at most so many missed blocks, the latest; 0 fetches nothing, and follows no reorganisations either.
    pub fn backfill(mut self, blocks: u64) -> Self {
        self.backfill = blocks;
        self
    }

    /// Asks for the logs of at most so many blocks at a time, at least one. A node that finds them too many is asked for half of them.
    pub fn log_range(mut self, blocks: u64) -> Self {
        self.range = blocks.max(1);
        self
    }

    /// What keeps a topic whole, where it can be kept so.
    fn feed(&self, topic: &str, params: &Params, anew: bool) -> Option<Box<dyn feed::Feed>> {
        match kind(topic) {
            _ if self.backfill == 0 => None,
            "newHeads" => Some(Box::new(heads::Heads::new(params.clone(), self.backfill, anew))),
            "logs" => Some(Box::new(logs::Logs::new(params.clone(), (self.backfill, self.range), anew))),
            _ => None,
        }
    }
}

/// What is asked for, of a topic whose name says more.
fn kind(topic: &str) -> &str {
    match topic.split_once('.') {
        Some((kind @ ("logs" | "newPendingTransactions"), _)) => kind,
        _ => topic,
    }
}

/// What is remembered of a node: what was delivered, and what was asked.
#[derive(Debug, Default)]
pub struct State {
    wire: jsonrpc::State,
    feeds: HashMap<Arc<str>, Box<dyn feed::Feed>>,
    /// Topics that were left: what comes if they are asked for again does not follow what came.
    left: HashSet<String>,
    tags: u64,
    asks: VecDeque<Inquiry>,
    open: HashMap<u64, Question>,
    ready: VecDeque<Ready>,
    /// What `held` has just given out.
    passing: Option<Ready>,
}

#[derive(Debug)]
struct Question {
    topic: Arc<str>,
    ask: Ask,
    tries: u32,
}

/// A message to give out.
#[derive(Debug)]
struct Ready {
    topic: Arc<str>,
    payload: Text,
    continuity: Continuity,
}

impl Ready {
    /// The notification it would have come in, and where in it the payload starts.
    fn notification(&self) -> (String, usize) {
        let topic = json!(&*self.topic);
        let before =
            format!(r#"{{"jsonrpc":"2.0","method":"eth_subscription","params":{{"subscription":{topic},"result":"#);
        let at = before.len();
        (before + &self.payload + "}}", at)
    }
}

impl State {
    fn ask(&mut self, question: Question) {
        let Some(feed) = self.feeds.get(&question.topic) else { return };
        self.tags += 1;
        if let Ok(call) = question.ask.call(feed.filter()) {
            self.asks.push_back(Inquiry::new(self.tags, call));
            self.open.insert(self.tags, question);
        }
    }

    /// Nothing is asked for a topic any more.
    fn forget_asked(&mut self, topic: &str) {
        self.open.retain(|_, question| &*question.topic != topic);
        self.asks.retain(|inquiry| self.open.contains_key(&inquiry.tag));
    }

    /// Does what a feed wants; the word on its topic, if there is one.
    fn carry_out(&mut self, topic: &Arc<str>, tray: Tray) -> Inbound<'static> {
        let Tray { forget, asks, out, confirmed, failed } = tray;
        if forget {
            self.forget_asked(topic);
        }
        for ask in asks {
            self.ask(Question { topic: topic.clone(), ask, tries: 0 });
        }
        let ready = |(payload, continuity)| Ready { topic: topic.clone(), payload, continuity };
        self.ready.extend(out.into_iter().map(ready));
        match failed {
            _ if confirmed => Inbound::Subscription(SubscriptionResponse::all(&[topic], Ok(""))),
            Some(error) => Inbound::Error(error),
            None => Inbound::Ignored,
        }
    }

    /// A message that has come: delivered as it is, where nothing speaks against it.
    fn offered<'f>(&mut self, envelope: Envelope<'f>) -> Result<Inbound<'f>> {
        let topic = envelope.known.clone();
        let Some((topic, feed)) = topic.and_then(|topic| Some((topic.clone(), self.feeds.get_mut(&topic)?))) else {
            return Ok(Inbound::message(envelope));
        };
        let text = envelope.data_text().unwrap_or_default();
        let mut tray = Tray::default();
        feed.offer(text, &mut tray).map_err(|error| envelope.refuse(error))?;
        if let [(payload, continuity)] = &tray.out[..]
            && self.ready.is_empty()
            && text.starts_with(&**payload)
        {
            let continuity = *continuity;
            tray.out.clear();
            self.carry_out(&topic, tray);
            return Ok(Inbound::Message { envelope, continuity });
        }
        Ok(self.carry_out(&topic, tray))
    }
}

impl Platform for Ethereum {
    type State = State;

    fn connected(&self, state: &mut State) {
        self.rpc.connected(&mut state.wire);
        state.open.clear();
        state.asks.clear();
        for feed in state.feeds.values_mut() {
            feed.suspend();
        }
    }

    fn subscribe(&self, state: &mut State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        let &[topic] = channels else { return self.rpc.subscribe(&mut state.wire, channels, params) };
        let call = match (topic, params.is_empty()) {
            ("newPendingTransactions.full", true) => self.rpc.ask(&mut state.wire, topic, &json!([kind(topic), true])),
            (_, true) => self.rpc.ask(&mut state.wire, topic, &[kind(topic)]),
            (_, false) => self.rpc.ask(&mut state.wire, topic, &json!([kind(topic), params])),
        }?;
        let anew = state.left.remove(topic);
        state.forget_asked(topic);
        match state.feeds.get_mut(topic) {
            Some(feed) if feed.filter() == params => feed.suspend(),
            known => {
                let anew = anew || known.is_some();
                if let Some(feed) = self.feed(topic, params, anew) {
                    state.feeds.insert(topic.into(), feed);
                }
            }
        }
        Ok(call)
    }

    fn unsubscribe(&self, state: &mut State, channels: &[&str]) -> Result<Outgoing> {
        for topic in channels {
            state.forget_asked(topic);
            if state.feeds.remove(*topic).is_some() {
                state.left.insert((*topic).to_owned());
            }
        }
        self.rpc.unsubscribe(&mut state.wire, channels)
    }

    fn subscribed(&self, state: &mut State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        let mut response = self.rpc.subscribed(&mut state.wire, asked, reply.map_err(error::judged));
        response.confirmed.retain(|topic| {
            let Some((topic, mut feed)) = state.feeds.remove_entry(&**topic) else { return true };
            let mut tray = Tray::default();
            let in_effect = feed.begin(&mut tray);
            state.feeds.insert(topic.clone(), feed);
            state.carry_out(&topic, tray);
            in_effect
        });
        response
    }

    fn batch(&self, requests: &[Outgoing]) -> Result<Outgoing> {
        self.rpc.batch(requests)
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        if let Some(ready) = state.passing.take() {
            let (_, at) = ready.notification();
            let envelope = Envelope::known(incoming.frame, incoming.json()?, ready.topic, at);
            return Ok(Inbound::Message { envelope, continuity: ready.continuity });
        }
        match self.rpc.receive(&mut state.wire, incoming)? {
            Inbound::Message { envelope, .. } => state.offered(envelope),
            Inbound::Reply { id, result } => {
                Ok(Inbound::Reply { id, result: result.map_err(|error| self.judged(error)) })
            }
            Inbound::Error(error) => Ok(Inbound::Error(self.judged(error))),
            other => Ok(other),
        }
    }

    fn held(&self, state: &mut State) -> Option<Frame> {
        let Some(ready) = state.ready.pop_front() else { return self.rpc.held(&mut state.wire) };
        let (text, _) = ready.notification();
        state.passing = Some(ready);
        Some(Frame::text(text))
    }

    fn inquire(&self, state: &mut State) -> Option<Inquiry> {
        state.asks.pop_front()
    }

    fn informed(&self, state: &mut State, tag: u64, reply: Result<&str, Error>) -> Inbound<'static> {
        let Some(Question { topic, ask, tries }) = state.open.remove(&tag) else { return Inbound::Ignored };
        // A node that does not have it yet says so with an error, or with nothing.
        let missing = || Error::Subscription { topic: topic.clone(), reason: "the node has no such block".into() };
        let reply = reply.and_then(|reply| if reply == "null" { Err(missing()) } else { Ok(reply) });
        if let Err(error) = &reply
            && tries < TRIES
            && !(error::is_too_large(error) && matches!(ask, Ask::Logs { .. }))
            && (error.is_transient() || matches!(error, Error::Subscription { .. }))
        {
            state.ask(Question { topic, ask, tries: tries + 1 });
            return Inbound::Ignored;
        }
        let Some(feed) = state.feeds.get_mut(&topic) else { return Inbound::Ignored };
        let mut tray = Tray::default();
        feed.answered(ask, reply, &mut tray);
        state.carry_out(&topic, tray)
    }
}

impl Ethereum {
    /// An error of the node, as it means it.
    fn judged(&self, error: Error) -> Error {
        match error {
            Error::Platform { code, message, data, .. } => {
                error::judged(Error::Platform { class: self.error_class(code), code, message, data })
            }
            other => other,
        }
    }
}
