//! Everything the workspace knows, behind one lock: who is connected, what was sent, what is waited for.
//!
//! Nothing here waits. Connections and timers call in, and carry out what comes back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::{builder::SlackBuilder, envelopes::Envelopes, open::Refusal};
use crate::test::{
    Transcript,
    venue::{
        parting::{Ending, Refusals},
        random::Random,
    },
};

/// Messages a client may be behind before it is dropped as too slow.
const OUTBOX: usize = 8_192;

#[derive(Debug)]
pub(super) struct World {
    pub(super) options: SlackBuilder,
    pub(super) random: Random,
    pub(super) transcript: Transcript,
    /// Envelopes for whoever connects next.
    pub(super) waiting: Vec<String>,
    /// Addresses that were told and not used.
    pub(super) tickets: BTreeSet<String>,
    pub(super) opens: u64,
    pub(super) clients: BTreeMap<u64, Client>,
    pub(super) connected: u64,
    pub(super) envelopes: Envelopes,
    pub(super) complaints: Vec<String>,
    pub(super) switches: Switches,
}

/// What the test told the workspace to do wrong.
#[derive(Debug, Default)]
pub(super) struct Switches {
    pub(super) refusals: VecDeque<Refusal>,
    pub(super) refuse_connections: Refusals,
    pub(super) withhold_hellos: u32,
    pub(super) stalled: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    outbox: mpsc::Sender<String>,
    ending: Option<oneshot::Sender<Ending>>,
    /// It was told hello, and not that its connection ends.
    pub(super) takes: bool,
}

impl World {
    pub(super) fn new(options: SlackBuilder) -> Self {
        Self {
            options,
            random: Random::new(1),
            transcript: Transcript::new(),
            waiting: Vec::new(),
            tickets: BTreeSet::new(),
            opens: 0,
            clients: BTreeMap::new(),
            connected: 0,
            envelopes: Envelopes::default(),
            complaints: Vec::new(),
            switches: Switches::default(),
        }
    }

    pub(super) fn enter(&mut self) -> (u64, mpsc::Receiver<String>, oneshot::Receiver<Ending>) {
        self.connected += 1;
        let ((outbox, inbox), (ending, ended)) = (mpsc::channel(OUTBOX), oneshot::channel());
        let silent = self.switches.withhold_hellos > 0;
        self.switches.withhold_hellos = self.switches.withhold_hellos.saturating_sub(1);
        let id = self.connected;
        self.clients.insert(id, Client { outbox, ending: Some(ending), takes: !silent });
        if !silent {
            let hello = json!({
                "type": "hello",
                "num_connections": self.clients.len(),
                "debug_info": { "host": "applink-1", "build_number": 12, "approximate_connection_time": 18_060 },
                "connection_info": { "app_id": "A0001" },
            });
            self.push(id, hello.to_string());
        }
        (id, inbox, ended)
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.clients.remove(&id);
    }

    pub(super) fn end_all(&mut self, ending: &Ending) -> usize {
        let mut ended = std::mem::take(&mut self.clients);
        for sender in ended.values_mut().filter_map(|client| client.ending.take()) {
            let _ = sender.send(ending.clone());
        }
        ended.len()
    }

    /// Ends one connection, if it is still there.
    pub(super) fn end(&mut self, id: u64, ending: Ending) {
        if let Some(sender) = self.clients.remove(&id).and_then(|mut client| client.ending.take()) {
            let _ = sender.send(ending);
        }
    }

    /// Queues a frame for a client. One that reads too slowly is dropped.
    pub(super) fn push(&mut self, id: u64, text: String) {
        if self.clients.get(&id).is_some_and(|client| client.outbox.try_send(text).is_err()) {
            self.clients.remove(&id);
        }
    }

    /// The connection that gets the next delivery: each in its turn.
    pub(super) fn next_client(&self) -> Option<u64> {
        let taking: Vec<u64> = self.clients.iter().filter(|(_, client)| client.takes).map(|(id, _)| *id).collect();
        let turn = usize::try_from(self.envelopes.sent()).unwrap_or(0);
        (!taking.is_empty()).then(|| taking[turn % taking.len()])
    }

    /// A frame of a client: an acknowledgement.
    pub(super) fn handle(&mut self, id: u64, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let verdict = match frame["envelope_id"].as_str() {
            Some(envelope) => self.envelopes.acknowledge(id, envelope, frame.get("payload")),
            None => Err(format!("it is no acknowledgement: {text}")),
        };
        self.complaints.extend(verdict.err());
    }
}
