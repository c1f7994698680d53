//! What a test tells the workspace to do, and asks it.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Shared, Slack, envelopes::Outcome, open::Refusal};
use crate::test::{
    Direction, Line,
    venue::parting::{Ending, Refusals},
};

/// How long an acknowledgement is waited for.
const WITHIN: Duration = Duration::from_secs(3);

/// When an event is sent again, after its first, second and third attempt.
const AGAIN: [Duration; 3] = [Duration::ZERO, Duration::from_secs(60), Duration::from_secs(300)];

/// How long a connection lives after its warning.
const WARNED: Duration = Duration::from_secs(10);

/// Having something happen. Each gives the name of its envelope, which one of the connections gets; where there is none, the next.
impl Slack {
    /// An event of the Events API.
    pub fn event(&self, event: impl Into<Value>) -> String {
        let payload = self.shared.world().envelopes.event(&event.into());
        self.shared.deliver("events_api", &payload, false, Some(0))
    }

    /// A slash command.
    pub fn command(&self, command: &str, text: &str) -> String {
        let payload = json!({
            "command": command, "text": text, "user_id": "U1", "channel_id": "C1", "team_id": "T1",
            "response_url": "https://hooks.slack.test/x", "trigger_id": "1.2.a",
        });
        self.shared.deliver("slash_commands", &payload, true, None)
    }

    /// A use of the app's interface: `block_actions`, `view_submission` and the like.
    pub fn interaction(&self, kind: &str) -> String {
        let payload = json!({
            "type": kind, "team": { "id": "T1" }, "user": { "id": "U1", "username": "ada", "name": "ada" }, "trigger_id": "1.2.a",
            "view": { "id": "V1", "callback_id": "form", "state": { "values": {} } },
            "actions": [{ "type": "button", "action_id": "a1", "block_id": "b1", "value": "go" }],
        });
        let answerable = matches!(kind, "view_submission" | "block_suggestion");
        self.shared.deliver("interactive", &payload, answerable, None)
    }

    /// An envelope of any type.
    pub fn envelope(&self, kind: &str, payload: impl Into<Value>) -> String {
        self.shared.deliver(kind, &payload.into(), false, None)
    }
}

/// Breaking things.
impl Slack {
    /// Sends an envelope once more as it was, to one of the connections. `false` where there was none, or nobody is connected.
    pub fn repeat(&self, envelope: &str) -> bool {
        self.shared.world().envelopes.repeat(envelope) && self.shared.send(envelope)
    }

    /// Tells every client that its connection ends, and ends it: ten seconds after a `warning`, else at once, with 1000. Says how
    /// many there were.
    pub fn disconnect(&self, reason: &str) -> usize {
        let mut world = self.shared.world();
        let ids: Vec<u64> = world.clients.keys().copied().collect();
        let text = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "applink-1" } }).to_string();
        for id in &ids {
            if let Some(client) = world.clients.get_mut(id) {
                client.takes = false;
            }
            world.push(*id, text.clone());
            let (shared, id) = (Arc::clone(&self.shared), *id);
            let life = if reason == "warning" { WARNED } else { Duration::from_millis(100) };
            self.shared.tasks.spawn(async move {
                sleep(life).await;
                shared.world().end(id, Ending::Close(1000, String::new()));
            });
        }
        ids.len()
    }

    /// Drops every client without a close frame. Says how many there were.
    pub fn cut(&self) -> usize {
        self.shared.world().end_all(&Ending::Cut)
    }

    /// Closes every client with a code and a reason. Says how many there were.
    pub fn close_all(&self, code: u16, reason: &str) -> usize {
        self.shared.world().end_all(&Ending::Close(code, reason.to_owned()))
    }

    /// Answers the next `times` requests for an address with this error, and a status of success as Slack does.
    pub fn refuse_opens(&self, times: usize, error: &str) {
        self.refuse(times, &Refusal::Word(error.to_owned()));
    }

    /// Answers the next `times` requests for an address with 429, and so many seconds of `Retry-After`, if any.
    pub fn limit_opens(&self, times: usize, seconds: Option<u64>) {
        self.refuse(times, &Refusal::Limited(seconds));
    }

    /// Answers the next `times` requests for an address with this status, and a page.
    pub fn break_opens(&self, times: usize, status: u16) {
        self.refuse(times, &Refusal::Status(status));
    }

    /// Does not answer the next `times` requests for an address.
    pub fn stall_opens(&self, times: usize) {
        self.refuse(times, &Refusal::Silence);
    }

    fn refuse(&self, times: usize, refusal: &Refusal) {
        self.shared.world().switches.refusals.extend(std::iter::repeat_n(refusal.clone(), times));
    }

    /// Answers the next `times` upgrades with an HTTP status.
    pub fn refuse_connections(&self, times: u32, status: u16) {
        self.shared.world().switches.refuse_connections = Refusals::new(times, status);
    }

    /// Says no hello on the next `times` connections.
    pub fn withhold_hellos(&self, times: u32) {
        self.shared.world().switches.withhold_hellos = times;
    }

    /// While on, nothing is written, not even a pong: half of the link is gone.
    pub fn stall(&self, on: bool) {
        self.shared.world().switches.stalled = on;
        self.shared.news.notify_waiters();
    }

    /// Sends a text to every client as it is.
    pub fn say(&self, text: &str) {
        let mut world = self.shared.world();
        let ids: Vec<u64> = world.clients.keys().copied().collect();
        for id in ids {
            world.push(id, text.to_owned());
        }
    }
}

/// Asking.
impl Slack {
    /// How many clients are connected now.
    pub fn connections(&self) -> usize {
        self.shared.world().clients.len()
    }

    /// How many clients have connected since the start.
    pub fn connected(&self) -> u64 {
        self.shared.world().connected
    }

    /// How often an address was asked for since the start.
    pub fn opens(&self) -> u64 {
        self.shared.world().opens
    }

    /// Waits until an envelope is acknowledged, and gives what the acknowledgement says, `Null` for nothing; `None` where its time has
    /// passed, or nothing was sent under this name.
    pub async fn acknowledged(&self, envelope: &str) -> Option<Value> {
        loop {
            let news = self.shared.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            match self.shared.world().envelopes.outcome(envelope)? {
                Outcome::Acknowledged(payload) => return Some(payload.clone()),
                Outcome::Missed => return None,
                Outcome::Waits => {}
            }
            news.await;
        }
    }

    /// The envelopes that were not acknowledged within three seconds.
    pub fn missed(&self) -> Vec<String> {
        self.shared.world().envelopes.missed()
    }

    /// What clients did that Slack would not have: acknowledged something twice, too late, on another connection, with an answer where
    /// none is accepted.
    pub fn complaints(&self) -> Vec<String> {
        self.shared.world().complaints.clone()
    }

    /// Every frame in both directions, oldest first; the last 100,000 of them.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.world().transcript.lines()
    }

    /// The acknowledgements, oldest first.
    pub fn acknowledgements(&self) -> Vec<Value> {
        let lines = self.transcript().into_iter().filter(|line| (line.direction, line.kind) == (Direction::In, "text"));
        lines.map(|line| line.json()).collect()
    }
}

impl Shared {
    /// Sends a new envelope, now or to whoever comes next.
    fn deliver(self: &Arc<Self>, kind: &str, payload: &Value, answerable: bool, retry: Option<u32>) -> String {
        let id = self.world().envelopes.put(kind, payload, answerable, retry);
        if !self.send(&id) {
            self.world().waiting.push(id.clone());
        }
        id
    }

    /// Sends an envelope to the connection whose turn it is, and waits for its acknowledgement.
    pub(super) fn send(self: &Arc<Self>, id: &str) -> bool {
        let mut world = self.world();
        let Some(client) = world.next_client() else { return false };
        let Some(text) = world.envelopes.send(id, client) else { return false };
        world.push(client, text);
        drop(world);
        let (shared, id) = (Arc::clone(self), id.to_owned());
        self.tasks.spawn(async move {
            sleep(WITHIN).await;
            let overdue = shared.world().envelopes.overdue(&id);
            shared.news.notify_waiters();
            let Some((payload, attempt)) = overdue else { return };
            let Some(pause) = AGAIN.get(attempt as usize - 1) else { return };
            sleep(*pause).await;
            shared.deliver("events_api", &payload, false, Some(attempt));
        });
        true
    }
}
