//! A small venue of the kind that speaks in `op` and `args`: `{"topic":"count.a","seq":1,"data":{"n":1}}`.

#[path = "counting.rs"]
mod counting;

use counting::{Counts, Dialect};
use serde_json::{Value, json};

pub(crate) async fn start() -> std::io::Result<String> {
    counting::start(Dialect { answer, news: |topic, seq| json!({"topic": topic, "seq": seq, "data": {"n": seq}}) })
        .await
}

fn answer(request: &Value, counts: &mut Counts) -> Value {
    let topics = request["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match request["op"].as_str() {
        Some("auth") => json!({"op": "auth"}),
        Some("ping") => json!({"op": "pong"}),
        Some("subscribe") => {
            let (good, bad): (Vec<&str>, Vec<&str>) = topics.partition(|topic| topic.starts_with("count."));
            counts.extend(good.iter().map(|topic| ((*topic).to_owned(), 0)));
            json!({"op": "subscribed", "args": good, "refused": bad})
        }
        Some("unsubscribe") => {
            let left: Vec<&str> = topics.filter(|topic| counts.remove(*topic).is_some()).collect();
            json!({"op": "unsubscribed", "args": left})
        }
        _ => json!({"op": "error", "message": "unknown op"}),
    }
}
