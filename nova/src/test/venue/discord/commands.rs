//! What a test tells the venue to do, and asks it.

use serde_json::{Value, json};

use super::{Discord, session::Fault, world::World};
use crate::test::{
    Direction, Line,
    venue::parting::{Ending, Refusals},
};

/// Telling.
impl Discord {
    /// Tells every session of an event, connected or not: what it misses is told when it is resumed.
    pub fn dispatch(&self, name: &str, data: &Value) {
        let mut world = self.shared.world();
        let sessions: Vec<String> = world.sessions.keys().cloned().collect();
        for session in &sessions {
            world.tell(session, name, data);
        }
    }

    /// Tells every session of a message in its one channel.
    pub fn message(&self, content: &str) {
        let author = json!({ "id": "500", "username": "somebody" });
        self.dispatch(
            "MESSAGE_CREATE",
            &json!({
                "id": "900", "channel_id": "300", "guild_id": "200", "author": author, "content": content,
                "timestamp": "2024-01-01T00:00:00.000000+00:00",
            }),
        );
    }

    /// Asks every client for a heartbeat (op 1).
    pub fn ask_heartbeats(&self) {
        self.say(r#"{"t":null,"s":null,"op":1,"d":null}"#);
    }

    /// Asks every client to connect anew (op 7).
    pub fn recall(&self) {
        self.say(r#"{"t":null,"s":null,"op":7,"d":null}"#);
    }

    /// Tells every client that its session is invalid (op 9). One that is not resumable is forgotten.
    pub fn invalidate(&self, resumable: bool) {
        let mut world = self.shared.world();
        world.each(|world, id| world.refuse(id, resumable));
        if !resumable {
            world.sessions.clear();
        }
    }

    /// Sends a text to every client as it is: what is no JSON, or none of the venue's.
    pub fn say(&self, text: &str) {
        self.shared.world().each(|world, id| world.push(id, text.to_owned()));
    }
}

/// Breaking things.
impl Discord {
    /// Drops every client without a close frame. Says how many there were.
    pub fn cut(&self) -> usize {
        self.shared.world().end_all(&Ending::Cut)
    }

    /// Closes every client with a code and a reason. Says how many there were.
    pub fn close_all(&self, code: u16, reason: &str) -> usize {
        self.shared.world().end_all(&Ending::Close(code, reason.to_owned()))
    }

    /// Answers the next `times` upgrades with an HTTP status; one that is no status counts as 503.
    pub fn refuse_connections(&self, times: u32, status: u16) {
        self.shared.world().switches.refuse_connections = Refusals::new(times, status);
    }

    /// Answers the next `times` that the gateway's address is asked for with an HTTP status, and so many seconds of `Retry-After`, if any.
    pub fn refuse_address(&self, times: u32, status: u16, retry_after: Option<u64>) {
        let mut world = self.shared.world();
        (world.switches.refuse_address, world.switches.retry_after) = (Refusals::new(times, status), retry_after);
    }

    /// While on, the address for resuming answers upgrades with 404.
    pub fn refuse_resume_address(&self, on: bool) {
        self.shared.world().switches.refuse_resume_host = on;
    }

    /// Answers the next `times` that a session is to begin or be resumed with op 9.
    pub fn refuse_sessions(&self, times: u32, resumable: bool) {
        self.shared.world().switches.refuse_sessions = (times, resumable);
    }

    /// Forgets every session: those who resume get op 9.
    pub fn forget_sessions(&self) {
        self.shared.world().sessions.clear();
    }

    /// While on, nobody is greeted.
    pub fn withhold_hello(&self, on: bool) {
        self.shared.world().switches.no_hello = on;
    }

    /// While on, no heartbeat is answered. Everything else goes on.
    pub fn withhold_acks(&self, on: bool) {
        self.shared.world().switches.no_acks = on;
    }

    /// While on, nothing is written. Pings of the WebSocket itself are still answered.
    pub fn stall(&self, on: bool) {
        self.shared.world().switches.stalled = on;
    }

    /// While on, what is compressed comes in three parts a message.
    pub fn in_parts(&self, on: bool) {
        self.shared.world().switches.in_parts = on;
    }

    /// What is written next to somebody who has it compressed is damaged.
    pub fn garble_next(&self) {
        self.shared.world().switches.garbled = true;
    }

    /// The next event is lost on its way to every session.
    pub fn lose_next(&self) {
        self.disturb(Fault::Lose);
    }

    /// The next event comes twice.
    pub fn repeat_next(&self) {
        self.disturb(Fault::Repeat);
    }

    /// The next event comes behind the one after it.
    pub fn swap_next(&self) {
        self.disturb(Fault::Swap);
    }

    fn disturb(&self, fault: Fault) {
        self.shared.world().sessions.values_mut().for_each(|session| session.faults.push_back(fault));
    }
}

/// Asking.
impl Discord {
    /// How many clients are connected now.
    pub fn connections(&self) -> usize {
        self.shared.world().clients.len()
    }

    /// How often `GET /gateway/bot` was asked since the start.
    pub fn asked(&self) -> u32 {
        self.shared.world().counts.asked
    }

    /// How many clients have connected since the start.
    pub fn connected(&self) -> u64 {
        self.shared.world().counts.connected
    }

    /// How many sessions have begun since the start.
    pub fn identified(&self) -> u32 {
        self.shared.world().counts.identified
    }

    /// How often a session was resumed since the start.
    pub fn resumed(&self) -> u32 {
        self.shared.world().counts.resumed
    }

    /// How many heartbeats have come since the start.
    pub fn heartbeats(&self) -> u64 {
        self.shared.world().beats()
    }

    /// How many sessions there are that can be resumed, or are connected.
    pub fn sessions(&self) -> usize {
        self.shared.world().sessions.len()
    }

    /// Where each connection asked to go, oldest first: host, path and query.
    pub fn addresses(&self) -> Vec<String> {
        self.shared.world().addresses.clone()
    }

    /// Every frame in both directions, oldest first; the last 100,000 of them. What was compressed stands here as it was before.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.world().transcript.lines()
    }

    /// The `d` of every message with this `op`, oldest first.
    pub fn requests(&self, op: u64) -> Vec<Value> {
        let lines = self.transcript().into_iter().filter(|line| line.direction == Direction::In);
        lines.map(|line| line.json()).filter(|frame| frame["op"] == op).map(|mut frame| frame["d"].take()).collect()
    }
}

impl World {
    fn each(&mut self, mut tell: impl FnMut(&mut Self, u64)) {
        let ids: Vec<u64> = self.clients.keys().copied().collect();
        for id in ids {
            tell(self, id);
        }
    }
}
