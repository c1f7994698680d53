//! Slack, from its hello on: the address is given, and was asked for elsewhere.

use nova::{
    Credentials, Frame,
    platform::Slack,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::json;

use super::{TOPICS, conforms, text};

#[derive(Default)]
struct SocketMode {
    sent: u32,
}

impl ServerSide for SocketMode {
    type Platform = Slack;

    fn credentials(&self) -> Option<Credentials> {
        Some(Credentials::token("xapp-1-A0001-1-nova"))
    }

    fn unasked(&self) -> Vec<String> {
        ["events_api.app_mention", "slash_commands"].map(str::to_owned).into()
    }

    fn connected(&mut self) -> Vec<Frame> {
        vec![text(&json!({"type": "hello", "num_connections": 1}))]
    }

    fn asked(&mut self, _: &Frame) -> Asked {
        Asked::Other
    }

    fn answer(&mut self, _: &Frame, _: Verdict<'_>) -> Option<Vec<Frame>> {
        None
    }

    fn news(&mut self, channel: &str) -> Frame {
        self.sent += 1;
        let (kind, event) = channel.split_once('.').unwrap_or((channel, ""));
        let payload = json!({"event_id": format!("Ev{}", self.sent), "event": {"type": event}});
        text(&json!({"envelope_id": format!("e-{}", self.sent), "type": kind, "payload": payload}))
    }
}

#[test]
fn slack_conforms() {
    let by_headers = [
        "log in",
        "login renewed",
        "session expired, told in an answer",
        "session expired, told unasked",
        "drop while logging in",
    ];
    let nothing = ["asked for a sign of life", "drop while preparing", "rate limit hit"];
    conforms(SocketMode::default, &[&by_headers, &TOPICS, &nothing]);
}
