//! Bybit's endpoints, each with its own form of answers: with a number, without one, with a list of the topics.

use nova::{
    Credentials, Frame, Topic,
    platform::Bybit,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::json;

use super::{LOGIN, TOPICS, conforms, json, key, strings, text};

#[derive(Clone, Copy, PartialEq)]
enum At {
    Spot,
    Linear,
    Option,
    Private,
    Trade,
}

struct Server {
    at: At,
    update: u64,
}

fn server(at: At) -> impl Fn() -> Server {
    move || Server { at, update: 0 }
}

impl ServerSide for Server {
    type Platform = Bybit;

    fn platform(&self) -> Bybit {
        let endpoint = match self.at {
            At::Spot => Bybit::spot(),
            At::Linear => Bybit::linear(),
            At::Option => Bybit::option(),
            At::Private => Bybit::private(),
            At::Trade => Bybit::trade(),
        };
        endpoint.at("ws://venue.test")
    }

    fn has_address(&self) -> bool {
        true
    }

    fn credentials(&self) -> Option<Credentials> {
        matches!(self.at, At::Private | At::Trade).then(key)
    }

    fn topics(&self) -> Vec<Topic> {
        let names: &[&str] = match self.at {
            At::Private => &["order", "wallet"],
            At::Trade => &[],
            _ => &["orderbook.50.BTCUSDT", "publicTrade.BTCUSDT"],
        };
        names.iter().copied().map(Topic::new).collect()
    }

    fn bad_topic(&self) -> Option<Topic> {
        (self.at != At::Trade).then(|| Topic::new("kline.1.NOSUCH"))
    }

    fn connected(&mut self) -> Vec<Frame> {
        self.update = 0;
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
        let (op, topics) = (message["op"].as_str()?, strings(&message["args"]));
        let (code, words, refused) = match verdict {
            Verdict::Granted => (0, "", &[][..]),
            Verdict::NoSuchTopics(refused) => (0, "error:handler not found", refused),
            Verdict::WrongCredentials => (10_003, "API key is invalid.", &[][..]),
            Verdict::TooMany => (10_006, "Too many visits. Exceeded the API Rate Limit.", &[][..]),
            _ => return None,
        };
        let success = code == 0 && refused.is_empty();
        let mut answer = match self.at {
            At::Trade => json!({"retCode": code, "retMsg": words, "op": op}),
            _ if op == "ping" => json!({"success": true, "ret_msg": "pong", "op": "ping"}),
            At::Option if code == 0 => {
                let (fails, successes): (Vec<_>, Vec<_>) =
                    topics.into_iter().partition(|topic| refused.contains(topic));
                let topics = json!({"failTopics": fails, "successTopics": successes});
                json!({"success": success, "type": "COMMAND_RESP", "data": topics})
            }
            At::Spot | At::Option => json!({"success": success, "ret_msg": words, "op": op}),
            _ => json!({"success": success, "ret_msg": words, "op": op, "req_id": message["req_id"]}),
        };
        if code != 0 && self.at != At::Trade {
            answer["ret_code"] = code.into();
        }
        Some(vec![text(&answer)])
    }

    fn news(&mut self, topic: &str) -> Frame {
        let (kind, data) = if topic.starts_with("orderbook.") {
            self.update += 1;
            let kind = if self.update == 1 { "snapshot" } else { "delta" };
            (kind, json!({"s": "BTCUSDT", "b": [], "a": [], "u": self.update, "seq": self.update}))
        } else {
            ("snapshot", json!([]))
        };
        text(&json!({"topic": topic, "type": kind, "ts": 1, "data": data}))
    }
}

/// Nothing of the kind at any endpoint.
const NOWHERE: [&str; 2] = ["asked for a sign of life", "drop while preparing"];

/// How a session ends that was logged in: not at all, as far as the venue says.
const SESSION: [&str; 3] = ["login renewed", "session expired, told in an answer", "session expired, told unasked"];

#[test]
fn bybits_market_data_conforms() {
    for at in [At::Spot, At::Linear, At::Option] {
        conforms(server(at), &[&LOGIN, &NOWHERE]);
    }
}

#[test]
fn bybits_private_endpoint_conforms() {
    conforms(server(At::Private), &[&SESSION, &NOWHERE]);
}

#[test]
fn bybits_order_entry_conforms() {
    conforms(server(At::Trade), &[&SESSION, &NOWHERE, &TOPICS]);
}
