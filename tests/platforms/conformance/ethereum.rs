//! Ethereum: numbered subscriptions, and a chain that stands still while the link is down.

use nova::{
    Frame, Topic,
    platform::Ethereum,
    test::{Asked, ServerSide, Verdict},
};
use serde_json::{Value, json};

use super::{LOGIN, conforms, json, text};

#[derive(Default)]
struct Node {
    /// Topics by the number of their subscription, which is another on each connection.
    topics: Vec<(String, String)>,
    given: u64,
    height: u64,
}

impl Node {
    fn block(number: u64) -> Value {
        let hash = |number: u64| format!("{number:#066x}");
        json!({"number": format!("{number:#x}"), "hash": hash(number + 1), "parentHash": hash(number)})
    }
}

impl ServerSide for Node {
    type Platform = Ethereum;

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::new("newHeads"), Topic::new("newPendingTransactions")]
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
        let first = message["params"][0].as_str().unwrap_or_default();
        match message["method"].as_str() {
            Some("eth_subscribe") => Asked::Subscribe(vec![first.to_owned()]),
            Some("eth_unsubscribe") => {
                let left = self.topics.iter().filter(|(_, number)| number == first);
                Asked::Unsubscribe(left.map(|(topic, _)| topic.clone()).collect())
            }
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let message = json(message);
        let first = message["params"][0].as_str().unwrap_or_default();
        let result = match (verdict, message["method"].as_str()?) {
            (Verdict::NoSuchTopics(_), _) => Err((-32_601, "the method eth_subscribe is not available for it")),
            (Verdict::TooMany, _) => Err((-32_005, "daily request count exceeded, request rate limited")),
            (Verdict::Granted, "eth_subscribe") => {
                self.given += 1;
                let number = format!("{:#x}", self.given);
                self.topics.push((first.to_owned(), number.clone()));
                Ok(json!(number))
            }
            (Verdict::Granted, "eth_unsubscribe") => {
                self.topics.retain(|(_, number)| number != first);
                Ok(json!(true))
            }
            (Verdict::Granted, "eth_blockNumber") => Ok(json!(format!("{:#x}", self.height))),
            (Verdict::Granted, "eth_getBlockByNumber") => {
                let number = first.strip_prefix("0x").and_then(|number| u64::from_str_radix(number, 16).ok());
                Ok(Self::block(number.unwrap_or(self.height)))
            }
            (Verdict::Granted, _) => Err((-32_601, "no such method")),
            _ => return None,
        };
        let id = &message["id"];
        Some(vec![text(&match result {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err((code, words)) => json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": words}}),
        })])
    }

    fn news(&mut self, topic: &str) -> Frame {
        let number = self.topics.iter().find(|(known, _)| known == topic).map(|(_, number)| number);
        let result = if topic == "newHeads" {
            self.height += 1;
            Self::block(self.height)
        } else {
            json!(format!("{:#066x}", self.height))
        };
        let params = json!({"subscription": number, "result": result});
        text(&json!({"jsonrpc": "2.0", "method": "eth_subscription", "params": params}))
    }
}

#[test]
fn ethereum_conforms() {
    conforms(Node::default, &[&LOGIN, &["asked for a sign of life"]]);
}
