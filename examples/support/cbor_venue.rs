//! A small venue that speaks CBOR in binary frames, and nothing else: text ends the connection.
//!
//! Of a subscribed topic it sends a trade every 20 ms. The fourth frame breaks off in the middle.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    time::interval,
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

use super::cbor;

/// Starts the venue on a free port of this machine; it lives as long as the process.
pub(crate) async fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("ws://{}/", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that leaves is not this venue's business.
            tokio::spawn(async move { serve(stream).await.ok() });
        }
    });
    Ok(url)
}

async fn serve(stream: TcpStream) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut socket = accept_async(stream).await?;
    let mut topics: Vec<String> = Vec::new();
    let (mut orders, mut trades) = (0_u64, 0_u32);
    let mut tick = interval(Duration::from_millis(20));
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Binary(bytes))) => {
                    let request = cbor::read(&bytes).unwrap_or_default();
                    let result = match request["op"].as_str() {
                        Some("subscribe") => {
                            topics.extend(words(&request["args"]));
                            request["args"].clone()
                        }
                        Some("unsubscribe") => {
                            topics.retain(|topic| !words(&request["args"]).any(|left| left == *topic));
                            request["args"].clone()
                        }
                        Some("place") => {
                            orders += 1;
                            json!({"order": orders, "price": request["args"]["price"]})
                        }
                        Some("orders") => json!(orders),
                        _ => json!(null),
                    };
                    // Without a number nobody waits for an answer.
                    if !request["id"].is_null() {
                        socket.send(binary(&json!({"id": request["id"], "result": result})).into()).await?;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Ok(()),
            },
            _ = tick.tick() => {
                for topic in &topics {
                    trades += 1;
                    let trade = json!({"price": 100.0 + f64::from(trades) / 4.0, "amount": trades});
                    let mut bytes = binary(&json!({"topic": topic, "data": trade}));
                    if trades == 4 {
                        bytes.truncate(bytes.len() / 2);
                    }
                    socket.send(bytes.into()).await?;
                }
            }
        }
    }
}

fn words(value: &Value) -> impl Iterator<Item = String> + '_ {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

fn binary(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::write(value, &mut bytes);
    bytes
}
