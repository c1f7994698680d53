//! Bybit: its market data, where one bad topic refuses a request, and its private endpoint, which logs in.

use nova::{
    Credentials, Frame, Topic,
    platform::Bybit,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::json;

use super::{LOGIN, conforms, json, key, strings, text};

#[derive(Default)]
struct Server {
    private: bool,
    update: u64,
}

impl Server {
    fn private() -> Self {
        Self { private: true, ..Self::default() }
    }
}

impl ServerSide for Server {
    type Platform = Bybit;

    fn platform(&self) -> Bybit {
        if self.private { Bybit::private() } else { Bybit::linear() }
    }

    fn credentials(&self) -> Option<Credentials> {
        self.private.then(key)
    }

    fn topics(&self) -> Vec<Topic> {
        let names = if self.private { ["order", "wallet"] } else { ["orderbook.50.BTCUSDT", "publicTrade.BTCUSDT"] };
        names.map(Topic::new).into()
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("kline.1.NOSUCH"))
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
        let (op, id) = (message["op"].as_str()?, &message["req_id"]);
        let said = |success: bool, words: &str| json!({"success": success, "ret_msg": words, "conn_id": "c-1", "req_id": id, "op": op});
        let answer = match verdict {
            Verdict::Granted if op == "ping" && self.private => {
                json!({"req_id": "", "op": "pong", "args": ["1"], "conn_id": "c-1"})
            }
            Verdict::Granted if op == "ping" => said(true, "pong"),
            Verdict::Granted => said(true, ""),
            Verdict::NoSuchTopics(refused) => said(false, &format!("error:handler not found,topic:{}", refused[0])),
            Verdict::WrongCredentials => {
                let mut refusal = said(false, "API key is invalid.");
                refusal["ret_code"] = 10_003.into();
                refusal
            }
            Verdict::TooMany => {
                let mut refusal = said(false, "Too many visits. Exceeded the API Rate Limit.");
                refusal["ret_code"] = 10_006.into();
                refusal
            }
            _ => return None,
        };
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

#[test]
fn bybits_market_data_conforms() {
    conforms(Server::default, &[&LOGIN, &["asked for a sign of life", "drop while preparing"]]);
}

#[test]
fn bybits_private_endpoint_conforms() {
    conforms(
        Server::private,
        &[&[
            "login renewed",
            "session expired, told in an answer",
            "session expired, told unasked",
            "asked for a sign of life",
            "drop while preparing",
        ]],
    );
}
