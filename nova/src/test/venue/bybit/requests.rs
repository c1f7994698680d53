//! What a client asks: logins, topics, pings, orders.

use serde_json::{Value, json};

use super::{endpoint::Endpoint, market::Feed, world::World};

/// What spot takes in one request, and what the names of a public connection's topics may have in all.
const MOST_ARGS: usize = 10;
const MOST_CHARACTERS: usize = 21_000;

impl World {
    /// The answer to a frame of a client, if there is one.
    pub(super) fn handle(&mut self, id: u64, text: &str) -> Option<String> {
        let endpoint = self.clients.get(&id)?.endpoint;
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return Some(json!({ "success": false, "ret_msg": "error:invalid json", "conn_id": "c-1" }).to_string());
        };
        let op = frame["op"].as_str().unwrap_or_default();
        let args = frame["args"].as_array().cloned().unwrap_or_default();
        let answer = match op {
            "ping" => endpoint.pong(self.now_ms()),
            "auth" if !endpoint.is_public() => self.authenticate(id, &args),
            "subscribe" | "unsubscribe" if endpoint != Endpoint::Trade => self.topics(id, op, &frame["req_id"], &args),
            _ if endpoint == Endpoint::Trade => self.trade(id, op, &frame),
            _ => json!({ "success": false, "ret_msg": "error:unknown op", "conn_id": "c-1", "op": op }),
        };
        let dropped = self.switches.drop_replies.iter().position(|dropped| dropped == op);
        if let Some(dropped) = dropped {
            self.switches.drop_replies.swap_remove(dropped);
            return None;
        }
        Some(answer.to_string())
    }

    fn topics(&mut self, id: u64, op: &str, number: &Value, args: &[Value]) -> Value {
        let asked: Vec<String> = args.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let Some(client) = self.clients.get_mut(&id) else { return Value::Null };
        let endpoint = client.endpoint;
        if op == "unsubscribe" {
            client.topics.retain(|topic| !asked.contains(topic));
            return endpoint.answer(op, number, &asked, &[]);
        }
        let characters: usize = client.topics.iter().chain(&asked).map(String::len).sum();
        let whole = if endpoint == Endpoint::Private && !client.authenticated {
            Some("error:request not authorized")
        } else if endpoint == Endpoint::Spot && asked.len() > MOST_ARGS {
            Some("error:args size >10")
        } else if endpoint.is_public() && characters > MOST_CHARACTERS {
            Some("error:args too long")
        } else {
            None
        };
        if let Some(words) = whole {
            return endpoint.answer(op, number, &asked, &[(String::new(), words.to_owned())]);
        }
        let refusal = |topic: &String| {
            let words = if client.topics.contains(topic) {
                "error:already subscribed"
            } else if !endpoint.serves(topic) || self.switches.rejected_topics.contains(topic) {
                "error:handler not found"
            } else {
                return None;
            };
            Some((topic.clone(), format!("{words},topic:{topic}")))
        };
        let refused: Vec<(String, String)> = asked.iter().filter_map(refusal).collect();
        // One bad topic refuses all of them, but of options.
        if refused.is_empty() || endpoint == Endpoint::Option {
            let fresh = asked.iter().filter(|topic| !refused.iter().any(|(refused, _)| refused == *topic));
            self.listen(id, &fresh.cloned().collect::<Vec<_>>());
        }
        endpoint.answer(op, number, &asked, &refused)
    }

    fn listen(&mut self, id: u64, topics: &[String]) {
        let now = self.now_ms();
        let Some(client) = self.clients.get_mut(&id) else { return };
        let endpoint = client.endpoint;
        client.topics.extend(topics.iter().cloned());
        if endpoint.is_public() {
            for topic in topics {
                let feed = self.feeds.entry((endpoint, topic.clone()));
                let feed = feed.or_insert_with(|| Feed::new(endpoint, topic, &mut self.random));
                if let Some(first) = feed.first(now) {
                    self.push(id, first);
                }
            }
        }
        self.listened.notify_one();
    }
}
