//! The platforms without a venue: echo, and JSON-RPC with the usual subscriptions.

use nova::{
    Frame, Topic,
    platform::{Echo, JsonRpc},
    test::{Asked, ServerSide, Verdict},
};
use serde_json::json;

use super::{LOGIN, TOPICS, conforms, json, text};

struct Silent;

impl ServerSide for Silent {
    type Platform = Echo;

    fn asked(&mut self, _message: &Frame) -> Asked {
        Asked::Other
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        (verdict == Verdict::Granted).then(|| vec![message.clone()])
    }

    fn news(&mut self, topic: &str) -> Frame {
        Frame::text(topic)
    }
}

/// Each subscription has a number, which is another on each connection.
#[derive(Default)]
struct Numbered {
    given: u64,
    topics: Vec<(String, u64)>,
}

impl ServerSide for Numbered {
    type Platform = JsonRpc;

    fn platform(&self) -> JsonRpc {
        JsonRpc::new().subscriptions("subscribe", "unsubscribe", "news")
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::new("a"), Topic::new("b")]
    }

    fn unasked(&self) -> Vec<String> {
        vec!["announced".to_owned()]
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("nonsense"))
    }

    fn connected(&mut self) -> Vec<Frame> {
        self.topics.clear();
        Vec::new()
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        let message = json(message);
        let first = &message["params"][0];
        match message["method"].as_str() {
            Some("subscribe") => Asked::Subscribe(first.as_str().map(str::to_owned).into_iter().collect()),
            Some("unsubscribe") => {
                let left = self.topics.iter().filter(|(_, number)| *first == *number);
                Asked::Unsubscribe(left.map(|(topic, _)| topic.clone()).collect())
            }
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let message = json(message);
        let (id, first) = (&message["id"], &message["params"][0]);
        let error = |code: i64, words: &str| json!({"id": id, "error": {"code": code, "message": words}});
        let answer = match (verdict, message["method"].as_str()?) {
            (Verdict::NoSuchTopics(_), _) => error(-32_602, "no such topic"),
            (Verdict::TooMany, _) => error(-32_005, "limit exceeded"),
            (Verdict::Granted, "subscribe") => {
                self.given += 1;
                self.topics.push((first.as_str()?.to_owned(), self.given));
                json!({"id": id, "result": self.given})
            }
            (Verdict::Granted, "unsubscribe") => {
                self.topics.retain(|(_, number)| *first != *number);
                json!({"id": id, "result": true})
            }
            (Verdict::Granted, _) => error(-32_601, "no such method"),
            _ => return None,
        };
        Some(vec![text(&answer)])
    }

    fn news(&mut self, topic: &str) -> Frame {
        if topic == "announced" {
            return text(&json!({"jsonrpc": "2.0", "method": topic, "params": {"price": 7}}));
        }
        let number = self.topics.iter().find(|(known, _)| known == topic).map(|(_, number)| number);
        text(&json!({"jsonrpc": "2.0", "method": "news", "params": {"subscription": number, "result": {"price": 7}}}))
    }
}

#[test]
fn echo_conforms_where_there_is_something_to_conform_to() {
    conforms(|| Silent, &[&LOGIN, &TOPICS, &["rate limit hit", "asked for a sign of life", "drop while preparing"]]);
}

#[test]
fn json_rpc_with_subscriptions_conforms() {
    conforms(Numbered::default, &[&LOGIN, &["asked for a sign of life", "drop while preparing"]]);
}
