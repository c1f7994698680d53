//! Deribit: numbered calls, tokens that end and are renewed in place, test requests.

use std::time::Duration;

use nova::{
    Credentials, Frame, Topic,
    platform::Deribit,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::{Value, json};

use super::{conforms, json, key, strings, text};

#[derive(Default)]
struct Server {
    change: u64,
}

impl ServerSide for Server {
    type Platform = Deribit;

    fn credentials(&self) -> Option<Credentials> {
        Some(key())
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::new("user.orders.BTC-PERPETUAL.raw"), Topic::new("book.BTC-PERPETUAL.100ms")]
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("ticker.NONSENSE.100ms"))
    }

    fn login_life(&self) -> Option<Duration> {
        Some(Duration::from_secs(900))
    }

    fn connected(&mut self) -> Vec<Frame> {
        self.change = 0;
        Vec::new()
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        let message = json(message);
        let channels = || strings(&message["params"]["channels"]);
        match message["method"].as_str().unwrap_or_default() {
            "public/auth" => Asked::Login,
            "public/subscribe" | "private/subscribe" => Asked::Subscribe(channels()),
            "public/unsubscribe" | "private/unsubscribe" => Asked::Unsubscribe(channels()),
            "public/test" => Asked::Heartbeat,
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let message = json(message);
        let channels = || strings(&message["params"]["channels"]);
        let body = match verdict {
            Verdict::Granted => Ok(match message["method"].as_str()? {
                "public/auth" => json!({
                    "access_token": "a", "refresh_token": "r", "expires_in": 900, "scope": "mainaccount", "token_type": "bearer",
                }),
                "public/test" => json!({"version": "1.2.26"}),
                "public/set_heartbeat" => json!("ok"),
                _ => json!(channels()),
            }),
            // What is refused is silently missing.
            Verdict::NoSuchTopics(refused) => {
                Ok(channels().into_iter().filter(|channel| !refused.contains(channel)).collect::<Value>())
            }
            Verdict::WrongCredentials => Err((13_004, "invalid_credentials")),
            Verdict::Expired => Err((13_009, "unauthorized")),
            Verdict::TooMany => Err((10_047, "matching_engine_queue_full")),
            _ => return None,
        };
        let id = &message["id"];
        Some(vec![text(&match body {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result, "usIn": 1, "usOut": 2, "testnet": true}),
            Err((code, words)) => json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": words}}),
        })])
    }

    fn news(&mut self, topic: &str) -> Frame {
        let data = if topic.starts_with("book.") {
            let previous = self.change;
            self.change += 1;
            let mut book = json!({
                "type": "change", "change_id": self.change, "prev_change_id": previous, "timestamp": 1,
                "instrument_name": "BTC-PERPETUAL", "bids": [], "asks": [],
            });
            if previous == 0 {
                book["type"] = "snapshot".into();
                if let Some(book) = book.as_object_mut() {
                    book.remove("prev_change_id");
                }
            }
            book
        } else {
            json!({"order_id": "o-1"})
        };
        text(&json!({"jsonrpc": "2.0", "method": "subscription", "params": {"channel": topic, "data": data}}))
    }

    fn ask_for_life(&mut self) -> Option<Vec<Frame>> {
        Some(vec![text(&json!({"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": "test_request"}}))])
    }
}

#[test]
fn deribit_conforms() {
    conforms(Server::default, &[&["session expired, told unasked"]]);
}
