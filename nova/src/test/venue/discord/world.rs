//! Everything the venue knows, behind one lock: who is connected, in which session, and what that was told.
//!
//! Nothing here waits. Connections call in, and carry out what comes back.

use std::collections::{BTreeMap, VecDeque};

use serde_json::json;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{builder::DiscordBuilder, http::Head, session::Session};
use crate::test::{
    Transcript,
    venue::parting::{Ending, Refusals},
};

/// Messages a client may be behind before it is dropped as too slow.
const OUTBOX: usize = 8_192;

#[derive(Debug)]
pub(super) struct World {
    pub(super) options: DiscordBuilder,
    pub(super) host: String,
    pub(super) resume_host: String,
    pub(super) transcript: Transcript,
    pub(super) clients: BTreeMap<u64, Client>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) counts: Counts,
    /// Where each connection asked to go, oldest first.
    pub(super) addresses: Vec<String>,
    /// When the last session of each group of shards began.
    pub(super) began: BTreeMap<u64, Instant>,
    pub(super) switches: Switches,
}

/// What has happened since the start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) asked: u32,
    pub(super) connected: u64,
    pub(super) identified: u32,
    pub(super) resumed: u32,
    pub(super) beats: u64,
}

/// What the test told the venue to do wrong.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub(super) struct Switches {
    pub(super) refuse_address: Refusals,
    /// What the refusal of an address says of when to ask again, in seconds.
    pub(super) retry_after: Option<u64>,
    pub(super) refuse_connections: Refusals,
    pub(super) refuse_resume_host: bool,
    /// How often, and whether the session may be resumed all the same.
    pub(super) refuse_sessions: (u32, bool),
    pub(super) no_hello: bool,
    pub(super) no_acks: bool,
    pub(super) stalled: bool,
    pub(super) in_parts: bool,
    pub(super) garbled: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    outbox: mpsc::Sender<String>,
    ending: Option<oneshot::Sender<Ending>>,
    pub(super) session: Option<String>,
    /// When its last messages came.
    pub(super) sent: VecDeque<Instant>,
}

impl World {
    pub(super) fn new(options: DiscordBuilder, host: &str, resume_host: &str) -> Self {
        Self {
            options,
            host: host.to_owned(),
            resume_host: resume_host.to_owned(),
            transcript: Transcript::new(),
            clients: BTreeMap::new(),
            sessions: BTreeMap::new(),
            counts: Counts::default(),
            addresses: Vec::new(),
            began: BTreeMap::new(),
            switches: Switches::default(),
        }
    }

    /// The status for this upgrade, if it is to be refused.
    pub(super) fn refusal(&mut self, head: &Head) -> Option<u16> {
        // The gateway is told the token in a message, and nobody else.
        if !head.authorization.is_empty() {
            return Some(400);
        }
        if self.switches.refuse_resume_host && head.host == self.resume_host {
            return Some(404);
        }
        self.switches.refuse_connections.next()
    }

    /// A client has come: it is greeted.
    pub(super) fn enter(&mut self, head: &Head) -> (u64, mpsc::Receiver<String>, oneshot::Receiver<Ending>) {
        self.counts.connected += 1;
        let id = self.counts.connected;
        self.addresses.push(format!("{}{}?{}", head.host, head.path, head.query));
        let ((outbox, inbox), (ending, ended)) = (mpsc::channel(OUTBOX), oneshot::channel());
        let mut client = Client { outbox, ending: Some(ending), session: None, sent: VecDeque::new() };
        if !head.asks("v", "10") || !head.asks("encoding", "json") {
            client.end(&Ending::Close(4_012, "Invalid API version.".to_owned()));
        }
        self.clients.insert(id, client);
        if !self.switches.no_hello {
            let interval = u64::try_from(self.options.heartbeat.as_millis()).unwrap_or(u64::MAX);
            self.push(
                id,
                json!({ "t": null, "s": null, "op": 10, "d": { "heartbeat_interval": interval } }).to_string(),
            );
        }
        (id, inbox, ended)
    }

    /// A client is gone. Its session stays.
    pub(super) fn leave(&mut self, id: u64) {
        self.clients.remove(&id);
        for session in self.sessions.values_mut().filter(|session| session.client == Some(id)) {
            session.client = None;
        }
    }

    /// A client has closed: whoever says goodbye has no session any more.
    pub(super) fn parted(&mut self, id: u64, code: u16) {
        if matches!(code, 1_000 | 1_001) {
            self.sessions.retain(|_, session| session.client != Some(id));
        }
    }

    pub(super) fn end_all(&mut self, ending: &Ending) -> usize {
        let ids: Vec<u64> = self.clients.keys().copied().collect();
        for id in &ids {
            if let Some(client) = self.clients.get_mut(id) {
                client.end(ending);
            }
            self.leave(*id);
        }
        ids.len()
    }

    /// Queues a frame for a client. One that reads too slowly is dropped.
    pub(super) fn push(&mut self, id: u64, text: String) {
        if self.clients.get(&id).is_some_and(|client| client.outbox.try_send(text).is_err()) {
            self.leave(id);
        }
    }

    /// How many sessions have begun.
    pub(super) fn begun(&self) -> u32 {
        self.counts.identified
    }

    pub(super) fn beats(&self) -> u64 {
        self.counts.beats
    }
}

impl Client {
    fn end(&mut self, ending: &Ending) {
        if let Some(sender) = self.ending.take() {
            let _ = sender.send(ending.clone());
        }
    }
}
