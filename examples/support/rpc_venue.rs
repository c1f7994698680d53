//! A small venue that speaks JSON-RPC, and whose messages name the one before them:
//! `{"method":"news","params":{"topic":"count.a","id":30,"previous":20,"data":{"n":3}}}`.

#[path = "counting.rs"]
mod counting;

use counting::{Counts, Dialect};
use serde_json::{Value, json};

pub(crate) async fn start() -> std::io::Result<String> {
    counting::start(Dialect { answer, news }).await
}

fn news(topic: &str, seq: u64) -> Value {
    let params = json!({"topic": topic, "id": seq * 10, "previous": seq * 10 - 10, "data": {"n": seq}});
    json!({"jsonrpc": "2.0", "method": "news", "params": params})
}

fn answer(request: &Value, counts: &mut Counts) -> Value {
    let topics: Vec<&str> = request["params"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let result = match request["method"].as_str() {
        Some("login") => json!({"expires_in": 3600}),
        Some("ping") => json!("pong"),
        Some("subscribe") => {
            counts.extend(topics.iter().map(|topic| ((*topic).to_owned(), 0)));
            json!(topics)
        }
        Some("unsubscribe") => {
            json!(topics.iter().filter(|topic| counts.remove(**topic).is_some()).collect::<Vec<_>>())
        }
        _ => {
            return json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "unknown method"}});
        }
    };
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result})
}
