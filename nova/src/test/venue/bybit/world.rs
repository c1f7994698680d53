//! Everything the venue knows, behind one lock: who is connected, what they listen to, what happens next.
//!
//! Nothing here waits. Connections and the feed's task call in, and carry out what comes back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::sync::{Notify, mpsc, oneshot};

use super::{builder::BybitBuilder, endpoint::Endpoint, market::Feed, orders::Orders};
use crate::test::{
    Transcript,
    venue::{
        clock::Clock,
        parting::{Ending, Refusals},
        random::Random,
    },
};

/// Messages a client may be behind before it is dropped as too slow.
const OUTBOX: usize = 8_192;

#[derive(Debug)]
pub(super) struct World {
    pub(super) options: BybitBuilder,
    clock: Clock,
    pub(super) random: Random,
    pub(super) transcript: Transcript,
    pub(super) clients: BTreeMap<u64, Client>,
    pub(super) connected: u64,
    pub(super) logins: u64,
    pub(super) feeds: BTreeMap<(Endpoint, String), Feed>,
    pub(super) orders: Orders,
    pub(super) switches: Switches,
    /// Wakes the feed when somebody begins to listen.
    pub(super) listened: Arc<Notify>,
}

/// What the test told the venue to do wrong.
#[derive(Debug, Default)]
pub(super) struct Switches {
    pub(super) refuse_connections: Refusals,
    pub(super) refuse_logins: u32,
    pub(super) rejected_topics: BTreeSet<String>,
    pub(super) drop_replies: Vec<String>,
    pub(super) stalled: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    outbox: mpsc::Sender<String>,
    ending: Option<oneshot::Sender<Ending>>,
    pub(super) endpoint: Endpoint,
    pub(super) authenticated: bool,
    pub(super) topics: BTreeSet<String>,
}

impl World {
    pub(super) fn new(options: BybitBuilder) -> Self {
        Self {
            clock: Clock::new(),
            random: Random::new(options.seed),
            transcript: Transcript::new(),
            clients: BTreeMap::new(),
            connected: 0,
            logins: 0,
            feeds: BTreeMap::new(),
            orders: Orders::default(),
            switches: Switches::default(),
            listened: Arc::default(),
            options,
        }
    }

    /// The venue's time of day.
    pub(super) fn now_ms(&self) -> u64 {
        self.clock.unix_ms() + self.ahead_ms()
    }

    /// The earliest time that an honest client may think it is: under a paused clock it may follow the system's.
    pub(super) fn earliest_ms(&self) -> u64 {
        self.clock.earliest_ms() + self.ahead_ms()
    }

    fn ahead_ms(&self) -> u64 {
        u64::try_from(self.options.ahead.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn enter(&mut self, endpoint: Endpoint) -> (u64, mpsc::Receiver<String>, oneshot::Receiver<Ending>) {
        self.connected += 1;
        let ((outbox, inbox), (ending, ended)) = (mpsc::channel(OUTBOX), oneshot::channel());
        let ending = Some(ending);
        let client = Client { outbox, ending, endpoint, authenticated: false, topics: BTreeSet::new() };
        self.clients.insert(self.connected, client);
        (self.connected, inbox, ended)
    }

    pub(super) fn end_all(&mut self, ending: &Ending) -> usize {
        let mut ended = std::mem::take(&mut self.clients);
        for sender in ended.values_mut().filter_map(|client| client.ending.take()) {
            let _ = sender.send(ending.clone());
        }
        ended.len()
    }

    /// Queues a frame for a client. One that reads too slowly is dropped.
    pub(super) fn push(&mut self, id: u64, text: String) {
        if self.clients.get(&id).is_some_and(|client| client.outbox.try_send(text).is_err()) {
            self.clients.remove(&id);
        }
    }

    pub(super) fn is_listened_to(&self) -> bool {
        self.clients.values().any(|client| client.endpoint.is_public() && !client.topics.is_empty())
    }

    /// Moves the market and tells everybody.
    pub(super) fn tick(&mut self) {
        let now = self.now_ms();
        let mut frames = Vec::new();
        for ((endpoint, topic), feed) in &mut self.feeds {
            let listens = |client: &Client| client.endpoint == *endpoint && client.topics.contains(topic);
            let listeners: Vec<u64> =
                self.clients.iter().filter(|(_, client)| listens(client)).map(|(id, _)| *id).collect();
            if listeners.is_empty() {
                continue;
            }
            for frame in feed.next(&mut self.random, now) {
                frames.extend(listeners.iter().map(|id| (*id, frame.clone())));
            }
        }
        for (id, frame) in frames {
            self.push(id, frame);
        }
    }

    /// Tells everybody who listens to a book that its service began anew.
    pub(super) fn restart_books(&mut self) {
        let now = self.now_ms();
        let mut frames = Vec::new();
        for ((endpoint, topic), feed) in &mut self.feeds {
            let Some(frame) = feed.restart(now) else { continue };
            let listens = |client: &Client| client.endpoint == *endpoint && client.topics.contains(topic);
            let listeners = self.clients.iter().filter(|(_, client)| listens(client));
            frames.extend(listeners.map(|(id, _)| (*id, frame.clone())));
        }
        for (id, frame) in frames {
            self.push(id, frame);
        }
    }
}
