//! The two platforms that are nothing but a description: those of the examples, word for word.

use std::{collections::HashMap, time::Duration};

use nova::{
    Credentials, Frame, Topic,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::{Value, json};

use super::{conforms, json, key, strings, text};
use crate::{derived_op, derived_rpc};

/// Numbers the messages of each topic.
#[derive(Default)]
pub(super) struct Counts(HashMap<String, u64>);

impl Counts {
    pub(super) fn next(&mut self, topic: &str) -> u64 {
        let count = self.0.entry(topic.to_owned()).or_default();
        *count += 1;
        *count
    }
}

fn topics() -> Vec<Topic> {
    vec![Topic::new("count.a"), Topic::new("count.b")]
}

fn granted(topics: &Value, verdict: Verdict<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let refused = match verdict {
        Verdict::Granted => Vec::new(),
        Verdict::NoSuchTopics(refused) => refused.to_vec(),
        _ => return None,
    };
    let (bad, good) = strings(topics).into_iter().partition(|topic| refused.contains(topic));
    Some((good, bad))
}

#[derive(Default)]
struct Op(Counts);

impl ServerSide for Op {
    type Platform = derived_op::Exchange;

    fn credentials(&self) -> Option<Credentials> {
        Some(key())
    }

    fn topics(&self) -> Vec<Topic> {
        topics()
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("nonsense"))
    }

    fn connected(&mut self) -> Vec<Frame> {
        *self = Self::default();
        Vec::new()
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        let message = json(message);
        match message["op"].as_str() {
            Some("auth") => Asked::Login,
            Some("subscribe") => Asked::Subscribe(strings(&message["args"])),
            Some("unsubscribe") => Asked::Unsubscribe(strings(&message["args"])),
            Some("ping") => Asked::Heartbeat,
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let message = json(message);
        if verdict == Verdict::WrongCredentials {
            return Some(vec![text(&json!({"op": "error", "message": "who are you?"}))]);
        }
        let (good, bad) = granted(&message["args"], verdict)?;
        let answer = match message["op"].as_str()? {
            "auth" => json!({"op": "auth"}),
            "subscribe" => json!({"op": "subscribed", "args": good, "refused": bad}),
            "unsubscribe" => json!({"op": "unsubscribed", "args": good}),
            _ => json!({"op": "pong"}),
        };
        Some(vec![text(&answer)])
    }

    fn news(&mut self, topic: &str) -> Frame {
        let seq = self.0.next(topic);
        text(&json!({"topic": topic, "seq": seq, "data": {"n": seq}}))
    }
}

#[derive(Default)]
struct Rpc(Counts);

impl ServerSide for Rpc {
    type Platform = derived_rpc::Exchange;

    fn credentials(&self) -> Option<Credentials> {
        Some(key())
    }

    fn topics(&self) -> Vec<Topic> {
        topics()
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("nonsense"))
    }

    fn login_life(&self) -> Option<Duration> {
        Some(Duration::from_secs(900))
    }

    fn connected(&mut self) -> Vec<Frame> {
        *self = Self::default();
        Vec::new()
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        let message = json(message);
        match message["method"].as_str() {
            Some("login") => Asked::Login,
            Some("subscribe") => Asked::Subscribe(strings(&message["params"])),
            Some("unsubscribe") => Asked::Unsubscribe(strings(&message["params"])),
            Some("ping") => Asked::Heartbeat,
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let message = json(message);
        let id = &message["id"];
        if verdict == Verdict::WrongCredentials {
            let error = json!({"code": 401, "message": "who are you?"});
            return Some(vec![text(&json!({"id": id, "error": error}))]);
        }
        let (good, _) = granted(&message["params"], verdict)?;
        let result = match message["method"].as_str()? {
            "login" => json!({"expires_in": 900}),
            "ping" => json!("pong"),
            _ => json!(good),
        };
        Some(vec![text(&json!({"id": id, "result": result}))])
    }

    fn news(&mut self, topic: &str) -> Frame {
        let id = self.0.next(topic);
        let params = json!({"topic": topic, "id": id, "previous": id - 1, "data": {"n": id}});
        text(&json!({"jsonrpc": "2.0", "method": "news", "params": params}))
    }
}

#[test]
fn a_described_platform_with_words_conforms() {
    conforms(
        Op::default,
        &[&[
            "login renewed",
            "session expired, told in an answer",
            "session expired, told unasked",
            "rate limit hit",
            "asked for a sign of life",
            "drop while preparing",
        ]],
    );
}

#[test]
fn a_described_platform_with_numbers_conforms() {
    conforms(
        Rpc::default,
        &[&[
            "session expired, told in an answer",
            "session expired, told unasked",
            "rate limit hit",
            "asked for a sign of life",
            "drop while preparing",
        ]],
    );
}
