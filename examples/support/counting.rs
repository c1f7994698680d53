//! A small venue that counts to each subscriber, every 50 ms, in whatever words its dialect has.
//!
//! It leaves number 5 out once, and drops the link once, at number 12.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// How far each topic has counted.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What a venue says.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) answer: fn(&Value, &mut Counts) -> Value,
    pub(crate) news: fn(&str, u64) -> Value,
}

/// Starts the venue on a free port of this machine; it lives as long as the process.
pub(crate) async fn start(dialect: Dialect) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("ws://{}/v1", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that leaves is not this venue's business.
            tokio::spawn(async move { serve(stream, dialect).await.ok() });
        }
    });
    Ok(url)
}

static LEFT_OUT: AtomicBool = AtomicBool::new(false);
static DROPPED: AtomicBool = AtomicBool::new(false);

async fn serve(stream: TcpStream, dialect: Dialect) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut socket = accept_async(stream).await?;
    let mut counts = Counts::new();
    let mut tick = interval(Duration::from_millis(50));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let request = serde_json::from_str(&text).unwrap_or_default();
                    socket.send((dialect.answer)(&request, &mut counts).to_string().into()).await?;
                }
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
                    socket.feed((dialect.news)(topic, *seq).to_string().into()).await?;
                }
                socket.flush().await?;
            }
        }
    }
}
