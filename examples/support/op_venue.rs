//! A small venue of the kind that speaks in `op` and `args`, for `custom_platform`.
//!
//! It counts to each subscriber: `{"topic":"count.a","seq":1,"data":{"n":1}}`, every 50 ms. It leaves number 5 out once, and
//! drops the link once, at number 12.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// Starts the venue on a free port of this machine; it lives as long as the process.
pub(crate) async fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("ws://{}/v1", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that leaves is not this venue's business.
            tokio::spawn(async move { serve(stream).await.ok() });
        }
    });
    Ok(url)
}

static LEFT_OUT: AtomicBool = AtomicBool::new(false);
static DROPPED: AtomicBool = AtomicBool::new(false);

async fn serve(stream: TcpStream) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut socket = accept_async(stream).await?;
    let mut counts = BTreeMap::<String, u64>::new();
    let mut tick = interval(Duration::from_millis(50));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => socket.send(answer(&text, &mut counts).to_string().into()).await?,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
            _ = tick.tick() => {
                for (topic, seq) in &mut counts {
                    *seq += 1;
                    if *seq == 5 && !LEFT_OUT.swap(true, Ordering::Relaxed) {
                        continue;
                    }
                    if *seq == 12 && !DROPPED.swap(true, Ordering::Relaxed) {
                        return Ok(());
                    }
                    let news = json!({"topic": topic, "seq": seq, "data": {"n": seq}});
                    socket.feed(news.to_string().into()).await?;
                }
                socket.flush().await?;
            }
        }
    }
}

fn answer(text: &str, counts: &mut BTreeMap<String, u64>) -> Value {
    let request: Value = serde_json::from_str(text).unwrap_or_default();
    let topics = request["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match request["op"].as_str() {
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
