//! What a test tells the venue to do, and asks it.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::{Deribit, connection::TEST_REQUEST};
use crate::test::{
    Line,
    venue::parting::{Ending, Refusals},
};

/// Breaking things.
impl Deribit {
    /// Drops every client without a close frame. Says how many there were.
    pub fn cut(&self) -> usize {
        self.shared.world().end_all(&Ending::Cut)
    }

    /// Closes every client with a code and a reason. Says how many there were.
    pub fn close_all(&self, code: u16, reason: &str) -> usize {
        self.shared.world().end_all(&Ending::Close(code, reason.to_owned()))
    }

    /// Ends every access token: private requests answer 13009 and private news stop, until a refresh or a new login.
    pub fn expire_logins(&self) {
        self.shared.world().grants.expire();
    }

    /// Answers the next `times` logins and refreshes with 13004.
    pub fn refuse_logins(&self, times: u32) {
        self.shared.world().grants.refuse = times;
    }

    /// Answers the next `times` upgrades with an HTTP status; one that is no status counts as 503.
    pub fn refuse_connections(&self, times: u32, status: u16) {
        self.shared.world().switches.refuse_connections = Refusals::new(times, status);
    }

    /// While on, requests are carried out and nothing is written: no reply, no notification, no heartbeat. Pings of the WebSocket
    /// itself are still answered.
    pub fn stall(&self, on: bool) {
        self.shared.world().switches.stalled = on;
    }

    /// Leaves out the next change of an instrument's books, for everybody: their chains have a hole. `false` where it is not listed.
    pub fn skip_change(&self, instrument: &str) -> bool {
        self.shared.world().market.leave_out_change(instrument)
    }

    /// From now on this topic is missing from acknowledgements.
    pub fn reject_topic(&self, topic: &str) {
        self.shared.world().switches.rejected_topics.insert(topic.to_owned());
    }

    /// This topic may be subscribed again.
    pub fn accept_topic(&self, topic: &str) {
        self.shared.world().switches.rejected_topics.remove(topic);
    }

    /// The next request, whoever makes it, is carried out and not answered.
    pub fn drop_next_reply(&self) {
        self.shared.world().switches.drop_replies += 1;
    }

    /// Holds every reply back for this long; notifications go on. Zero ends it.
    pub fn delay_replies(&self, by: Duration) {
        self.shared.world().switches.reply_delay = by;
    }

    /// While on, neither heartbeats nor test requests are sent to clients that asked for them.
    pub fn mute_heartbeats(&self, on: bool) {
        self.shared.world().switches.muted = on;
    }

    /// Sends a `test_request` to every client now; whoever does not answer within the grace time is dropped.
    pub fn send_test_request(&self) {
        let mut world = self.shared.world();
        let by = Instant::now() + world.options.heartbeat_grace;
        world.clients.values_mut().for_each(|client| client.heartbeat.ask(by));
        let ids: Vec<u64> = world.clients.keys().copied().collect();
        for id in ids {
            world.push(id, TEST_REQUEST.to_owned());
        }
    }
}

/// Asking.
impl Deribit {
    /// How many clients are connected now.
    pub fn connections(&self) -> usize {
        self.shared.world().clients.len()
    }

    /// How many clients have connected since the start.
    pub fn connected(&self) -> u64 {
        self.shared.world().connected
    }

    /// How many logins succeeded since the start, refreshes not counted.
    pub fn logins(&self) -> u64 {
        self.shared.world().grants.logins
    }

    /// How many logins were refreshed since the start.
    pub fn refreshes(&self) -> u64 {
        self.shared.world().grants.refreshes
    }

    /// The channels that somebody is subscribed to now, sorted.
    pub fn subscribed(&self) -> Vec<String> {
        let world = self.shared.world();
        let mut channels: Vec<String> =
            world.clients.values().flat_map(|client| client.subscriptions.keys().cloned()).collect();
        channels.sort();
        channels.dedup();
        channels
    }

    /// The resting orders, as the venue would tell them.
    pub fn open_orders(&self) -> Vec<Value> {
        self.shared.world().orders.open()
    }

    /// Every frame in both directions, oldest first; the last 100,000 of them.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.world().transcript.lines()
    }

    /// The parameters of every request for `method`, oldest first.
    pub fn requests(&self, method: &str) -> Vec<Value> {
        self.shared.world().transcript.requests(method)
    }
}
