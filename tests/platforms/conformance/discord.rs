//! Discord: it speaks first, says how often to beat, and keeps sessions that are resumed at an address of their own.

use nova::{
    Close, CloseCode, Credentials, Frame,
    platform::Discord,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::{Value, json};

use super::{TOPICS, conforms, json, text};

#[derive(Default)]
struct Gateway {
    seq: u64,
}

impl Gateway {
    fn dispatch(&mut self, name: &str, data: &Value) -> Frame {
        self.seq += 1;
        text(&json!({"op": 0, "s": self.seq, "t": name, "d": data}))
    }
}

fn close(code: u16, reason: &str) -> Frame {
    Frame::Close(Some(Close { code: CloseCode(code), reason: reason.into() }))
}

impl ServerSide for Gateway {
    type Platform = Discord;

    fn platform(&self) -> Discord {
        Discord::default().api("http://venue.test/api")
    }

    fn has_address(&self) -> bool {
        true
    }

    fn credentials(&self) -> Option<Credentials> {
        Some(Credentials::token("t0ken"))
    }

    fn unasked(&self) -> Vec<String> {
        ["MESSAGE_CREATE", "TYPING_START"].map(str::to_owned).into()
    }

    fn fetched(&mut self, _: Verdict<'_>) -> Option<String> {
        let limit = json!({"total": 1_000, "remaining": 1_000, "reset_after": 86_400_000, "max_concurrency": 1});
        Some(json!({"url": "ws://venue.test", "shards": 1, "session_start_limit": limit}).to_string())
    }

    fn connected(&mut self) -> Vec<Frame> {
        vec![text(&json!({"op": 10, "d": {"heartbeat_interval": 41_250}}))]
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        match json(message)["op"].as_u64() {
            Some(2 | 6) => Asked::Login,
            Some(1) => Asked::Heartbeat,
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let answer = match (verdict, json(message)["op"].as_u64()?) {
            (Verdict::WrongCredentials, _) => close(4_004, "Authentication failed."),
            (Verdict::TooMany, _) => close(4_008, "Rate limited."),
            (Verdict::Granted, 2) => {
                self.seq = 0;
                let ready = json!({"v": 10, "session_id": "s-1", "resume_gateway_url": "ws://resume.venue.test"});
                self.dispatch("READY", &ready)
            }
            (Verdict::Granted, 6) => text(&json!({"op": 0, "s": self.seq, "t": "RESUMED", "d": {}})),
            (Verdict::Granted, 1) => text(&json!({"op": 11})),
            _ => return None,
        };
        Some(vec![answer])
    }

    fn news(&mut self, channel: &str) -> Frame {
        self.dispatch(channel, &json!({"id": "1"}))
    }

    fn ask_for_life(&mut self) -> Option<Vec<Frame>> {
        Some(vec![text(&json!({"op": 1, "d": null}))])
    }

    fn expire(&mut self) -> Option<Vec<Frame>> {
        Some(vec![text(&json!({"op": 9, "d": false}))])
    }
}

#[test]
fn discord_conforms() {
    let nothing = ["login renewed", "session expired, told in an answer", "drop while preparing"];
    conforms(Gateway::default, &[&TOPICS, &nothing]);
}
