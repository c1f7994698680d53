//! Everything the venue knows, behind one lock: who is connected, what they listen to, what they were promised.
//!
//! Nothing here waits. Connections and the feed's task call in, and carry out what comes back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};

use super::{
    auth::Grants, builder::DeribitBuilder, clock::Clock, credits::Purse, heartbeat::Heartbeat, market::Market,
    orders::Orders, payload, topic::Topic,
};
use crate::{
    Result,
    test::{
        Transcript,
        venue::parting::{Ending, Refusals},
    },
};

/// Notifications a client may be behind before it is dropped as too slow.
const OUTBOX: usize = 8_192;

#[derive(Debug)]
pub(super) struct World {
    pub(super) options: DeribitBuilder,
    pub(super) clock: Clock,
    pub(super) transcript: Transcript,
    pub(super) clients: BTreeMap<u64, Client>,
    pub(super) connected: u64,
    pub(super) grants: Grants,
    pub(super) purse: Purse,
    pub(super) market: Market,
    pub(super) orders: Orders,
    pub(super) switches: Switches,
    /// Wakes the feed when somebody begins to listen.
    pub(super) listened: Arc<Notify>,
}

/// What the test told the venue to do wrong.
#[derive(Debug, Default)]
pub(super) struct Switches {
    pub(super) refuse_connections: Refusals,
    pub(super) rejected_topics: BTreeSet<String>,
    pub(super) stalled: bool,
    pub(super) muted: bool,
    pub(super) drop_replies: u32,
    pub(super) reply_delay: Duration,
}

#[derive(Debug)]
pub(super) struct Client {
    outbox: mpsc::Sender<String>,
    ending: Option<oneshot::Sender<Ending>>,
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) grant: Option<u64>,
    pub(super) heartbeat: Heartbeat,
    pub(super) cancel_on_disconnect: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) topic: Topic,
    pub(super) label: Option<String>,
    /// The login it was made with; its private news end when that does.
    pub(super) grant: Option<u64>,
}

impl World {
    pub(super) fn new(options: DeribitBuilder) -> Result<Self> {
        let market = Market::new(&options.instruments, options.seed)?;
        Ok(Self {
            clock: Clock::new(),
            transcript: Transcript::new(),
            clients: BTreeMap::new(),
            connected: 0,
            grants: Grants::new(options.seed),
            purse: Purse::default(),
            market,
            orders: Orders::default(),
            switches: Switches::default(),
            listened: Arc::default(),
            options,
        })
    }

    pub(super) fn enter(&mut self) -> (u64, mpsc::Receiver<String>, oneshot::Receiver<Ending>) {
        self.connected += 1;
        let ((outbox, inbox), (ending, ended)) = (mpsc::channel(OUTBOX), oneshot::channel());
        let client = Client {
            outbox,
            ending: Some(ending),
            subscriptions: BTreeMap::new(),
            grant: None,
            heartbeat: Heartbeat::default(),
            cancel_on_disconnect: self.options.cancel_on_disconnect,
        };
        self.clients.insert(self.connected, client);
        (self.connected, inbox, ended)
    }

    /// The client is gone; a second call does nothing.
    pub(super) fn leave(&mut self, id: u64) {
        let Some(client) = self.clients.remove(&id) else { return };
        self.grants.disconnect(id);
        self.purse.forget(id);
        if client.cancel_on_disconnect {
            let now = self.clock.unix_ms();
            let cancelled = self.orders.cancel_those(now, |connection, _| connection == id);
            for event in &cancelled {
                self.announce(event);
            }
        }
    }

    pub(super) fn end(&mut self, id: u64, ending: Ending) {
        let sender = self.clients.get_mut(&id).and_then(|client| client.ending.take());
        sender.map(|sender| sender.send(ending));
        self.leave(id);
    }

    pub(super) fn end_all(&mut self, ending: &Ending) -> usize {
        let ids: Vec<u64> = self.clients.keys().copied().collect();
        for id in &ids {
            self.end(*id, ending.clone());
        }
        ids.len()
    }

    /// Queues a frame for a client. One that reads too slowly is dropped.
    pub(super) fn push(&mut self, id: u64, text: String) {
        let full = self.clients.get(&id).is_some_and(|client| client.outbox.try_send(text).is_err());
        if full {
            self.end(id, Ending::Close(1013, "connection_too_slow".to_owned()));
        }
    }

    pub(super) fn deadline(&self, id: u64) -> Option<Instant> {
        self.clients.get(&id)?.heartbeat.deadline()
    }

    pub(super) fn is_listened_to(&self) -> bool {
        self.topics().any(|topic| !topic.is_private())
    }

    fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.clients.values().flat_map(|client| client.subscriptions.values()).map(|subscription| &subscription.topic)
    }

    /// Moves the market and tells everybody.
    pub(super) fn tick(&mut self) {
        let now = self.clock.unix_ms();
        let topics: Vec<Topic> = self.topics().cloned().collect();
        self.market.step(|instrument| topics.iter().any(|topic| payload::moves(topic, instrument)), now);
        let mut said: BTreeMap<String, Option<Value>> = BTreeMap::new();
        let mut frames = Vec::new();
        for (id, client) in &self.clients {
            for (channel, subscription) in &client.subscriptions {
                if !said.contains_key(channel) {
                    said.insert(channel.clone(), payload::update(&subscription.topic, &self.market, now));
                }
                if let Some(Some(data)) = said.get(channel) {
                    frames.push((*id, subscription.frame(channel, data)));
                }
            }
        }
        for (id, frame) in frames {
            self.push(id, frame);
        }
    }
}

impl Subscription {
    /// The notification of `data`, in the order the venue writes its members in.
    pub(super) fn frame(&self, channel: &str, data: &Value) -> String {
        let label = self.label.as_ref().map(|label| format!(r#""label":{},"#, Value::from(label.as_str())));
        let (label, channel) = (label.unwrap_or_default(), Value::from(channel));
        format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{{label}"channel":{channel},"data":{data}}}}}"#)
    }
}
