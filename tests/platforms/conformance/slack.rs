//! Slack: an address that is asked for and is the login, a greeting, and messages that want an acknowledgement.

use nova::{
    Credentials, Frame,
    platform::Slack,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::json;

use super::{TOPICS, conforms, text};

#[derive(Default)]
struct Workspace {
    told: u64,
}

impl ServerSide for Workspace {
    type Platform = Slack;

    fn platform(&self) -> Slack {
        Slack::new().at("http://venue.test/api")
    }

    fn has_address(&self) -> bool {
        true
    }

    fn credentials(&self) -> Option<Credentials> {
        Some(Credentials::token("xapp-1"))
    }

    fn unasked(&self) -> Vec<String> {
        ["events_api.app_mention", "slash_commands"].map(str::to_owned).into()
    }

    fn fetched(&mut self, verdict: Verdict<'_>) -> Option<String> {
        let answer = match verdict {
            Verdict::Granted => json!({"ok": true, "url": "ws://venue.test/link/?ticket=1"}),
            Verdict::WrongCredentials => json!({"ok": false, "error": "invalid_auth"}),
            Verdict::TooMany => json!({"ok": false, "error": "ratelimited"}),
            _ => return None,
        };
        Some(answer.to_string())
    }

    fn connected(&mut self) -> Vec<Frame> {
        vec![text(&json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}))]
    }

    fn asked(&mut self, _: &Frame) -> Asked {
        Asked::Other
    }

    fn answer(&mut self, _: &Frame, _: Verdict<'_>) -> Option<Vec<Frame>> {
        Some(Vec::new())
    }

    fn news(&mut self, channel: &str) -> Frame {
        self.told += 1;
        let id = format!("e-{}", self.told);
        let payload = match channel {
            "slash_commands" => json!({"command": "/deploy", "trigger_id": id}),
            _ => json!({"type": "event_callback", "event_id": id, "event": {"type": "app_mention"}}),
        };
        let kind = channel.split('.').next();
        text(&json!({"envelope_id": id, "type": kind, "accepts_response_payload": false, "payload": payload}))
    }

    fn expire(&mut self) -> Option<Vec<Frame>> {
        Some(vec![text(&json!({"type": "disconnect", "reason": "refresh_requested"}))])
    }
}

#[test]
fn slack_conforms() {
    let nothing = [
        "log in",
        "login renewed",
        "session expired, told in an answer",
        "rate limit hit",
        "asked for a sign of life",
        "drop while logging in",
        "drop while preparing",
    ];
    conforms(Workspace::default, &[&TOPICS, &nothing]);
}
