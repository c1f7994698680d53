//! A session: what it was told, so that it can be told again.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::world::World;

#[derive(Debug)]
pub(super) struct Session {
    pub(super) client: Option<u64>,
    pub(super) seq: u64,
    /// The events, each with its number.
    told: Vec<(u64, String)>,
    pub(super) faults: VecDeque<Fault>,
    /// An event that comes behind the next.
    late: Option<String>,
}

/// What becomes of an event on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Lose,
    Repeat,
    Swap,
}

impl Session {
    pub(super) fn new(client: u64) -> Self {
        Self { client: Some(client), seq: 0, told: Vec::new(), faults: VecDeque::new(), late: None }
    }

    /// Notes an event. What of it crosses the wire, in order.
    fn tell(&mut self, name: &str, data: &Value) -> Vec<String> {
        self.seq += 1;
        let frame = json!({ "t": name, "s": self.seq, "op": 0, "d": data }).to_string();
        self.told.push((self.seq, frame.clone()));
        match (self.client.is_some(), self.faults.pop_front()) {
            (false, _) | (true, Some(Fault::Lose)) => Vec::new(),
            (true, Some(Fault::Repeat)) => vec![frame.clone(), frame],
            (true, Some(Fault::Swap)) => {
                self.late = Some(frame);
                Vec::new()
            }
            (true, None) => std::iter::once(frame).chain(self.late.take()).collect(),
        }
    }

    /// The events behind this one.
    pub(super) fn since(&self, seq: u64) -> Vec<String> {
        self.told.iter().filter(|(number, _)| *number > seq).map(|(_, frame)| frame.clone()).collect()
    }
}

impl World {
    /// Tells one session of an event.
    pub(super) fn tell(&mut self, session: &str, name: &str, data: &Value) {
        let Some(session) = self.sessions.get_mut(session) else { return };
        let frames = session.tell(name, data);
        if let Some(client) = session.client {
            for frame in frames {
                self.push(client, frame);
            }
        }
    }
}
