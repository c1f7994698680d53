//! What a test tells the venue to do, and asks it.

use serde_json::Value;

use super::{Bybit, market::Fault, world::World};
use crate::test::{
    Direction, Line,
    venue::parting::{Ending, Refusals},
};

/// Breaking things.
impl Bybit {
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

    /// Refuses the next `times` logins: the key is invalid.
    pub fn refuse_logins(&self, times: u32) {
        self.shared.world().switches.refuse_logins = times;
    }

    /// Forgets every login: requests for orders answer 33004 and private news stop, until the client logs in again.
    pub fn expire_logins(&self) {
        self.shared.world().clients.values_mut().for_each(|client| client.authenticated = false);
    }

    /// While on, requests are carried out and nothing is written: no answer, no news, no pong. Pings of the WebSocket itself are still
    /// answered.
    pub fn stall(&self, on: bool) {
        self.shared.world().switches.stalled = on;
    }

    /// The next request with this `op`, whoever makes it, is carried out and not answered.
    pub fn drop_reply(&self, op: &str) {
        self.shared.world().switches.drop_replies.push(op.to_owned());
    }

    /// From now on this topic is refused, and with it each request that names it.
    pub fn reject_topic(&self, topic: &str) {
        self.shared.world().switches.rejected_topics.insert(topic.to_owned());
    }

    /// This topic may be subscribed again.
    pub fn accept_topic(&self, topic: &str) {
        self.shared.world().switches.rejected_topics.remove(topic);
    }

    /// The next message of a public topic is lost. `false` where nobody has subscribed it.
    pub fn lose_next(&self, topic: &str) -> bool {
        self.shared.world().disturb(topic, Fault::Lose)
    }

    /// The next message of a public topic comes twice.
    pub fn repeat_next(&self, topic: &str) -> bool {
        self.shared.world().disturb(topic, Fault::Repeat)
    }

    /// The next message of a public topic comes behind the one after it.
    pub fn swap_next(&self, topic: &str) -> bool {
        self.shared.world().disturb(topic, Fault::Swap)
    }

    /// The service behind the books begins anew: each tells a snapshot with the update id 1.
    pub fn restart_books(&self) {
        self.shared.world().restart_books();
    }

    /// Sends a text to every client as it is: what is no JSON, or none of the venue's.
    pub fn say(&self, text: &str) {
        let mut world = self.shared.world();
        let ids: Vec<u64> = world.clients.keys().copied().collect();
        for id in ids {
            world.push(id, text.to_owned());
        }
    }
}

/// Asking.
impl Bybit {
    /// How many clients are connected now.
    pub fn connections(&self) -> usize {
        self.shared.world().clients.len()
    }

    /// How many clients have connected since the start.
    pub fn connected(&self) -> u64 {
        self.shared.world().connected
    }

    /// How many logins succeeded since the start.
    pub fn logins(&self) -> u64 {
        self.shared.world().logins
    }

    /// The topics that somebody is subscribed to now, sorted.
    pub fn subscribed(&self) -> Vec<String> {
        let world = self.shared.world();
        let mut topics: Vec<String> = world.clients.values().flat_map(|client| client.topics.iter().cloned()).collect();
        topics.sort();
        topics.dedup();
        topics
    }

    /// The resting orders, as the venue would tell them.
    pub fn open_orders(&self) -> Vec<Value> {
        self.shared.world().orders.open.values().cloned().collect()
    }

    /// Every frame in both directions, oldest first; the last 100,000 of them.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.world().transcript.lines()
    }

    /// The `args` of every request with this `op`, oldest first.
    pub fn requests(&self, op: &str) -> Vec<Value> {
        let lines = self.transcript().into_iter().filter(|line| line.direction == Direction::In);
        lines.map(|line| line.json()).filter(|frame| frame["op"] == op).map(|mut frame| frame["args"].take()).collect()
    }
}

impl World {
    fn disturb(&mut self, topic: &str, fault: Fault) -> bool {
        let mut found = false;
        for ((_, known), feed) in &mut self.feeds {
            if known == topic {
                feed.faults.push(fault);
                found = true;
            }
        }
        found
    }
}
