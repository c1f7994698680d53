//! A bare client: frames in, frames out, no opinion.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, duplex},
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::test::venue::Deribit;

pub(super) struct Peer<S = DuplexStream> {
    pub(super) socket: WebSocketStream<S>,
    pub(super) notes: VecDeque<Value>,
    id: u64,
}

impl Peer {
    pub(super) async fn join(venue: &Deribit) -> Self {
        let (near, far) = duplex(1 << 20);
        venue.serve(far);
        Self::over(near, venue).await
    }

    pub(super) async fn logged_in(venue: &Deribit) -> Self {
        let mut peer = Self::join(venue).await;
        let login = json!({"grant_type": "client_credentials", "client_id": "nova", "client_secret": "nova-secret"});
        assert!(peer.call("public/auth", login).await["result"]["access_token"].is_string());
        peer
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(super) async fn over(stream: S, venue: &Deribit) -> Self {
        let (socket, _) = client_async(venue.url(), stream).await.unwrap();
        Self { socket, notes: VecDeque::new(), id: 0 }
    }

    pub(super) async fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// The next frame as JSON; `None` once the connection is gone or nothing came for five minutes.
    pub(super) async fn next(&mut self) -> Option<Value> {
        if let Some(note) = self.notes.pop_front() {
            return Some(note);
        }
        self.read().await
    }

    async fn read(&mut self) -> Option<Value> {
        match timeout(Duration::from_secs(300), self.socket.next()).await.ok()?? {
            Ok(Message::Text(text)) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        }
    }

    /// The next notification of a channel.
    pub(super) async fn note(&mut self, channel: &str) -> Value {
        loop {
            let mut note = self.next().await.expect("the connection ended");
            if note["params"]["channel"] == channel {
                return note["params"]["data"].take();
            }
        }
    }

    pub(super) async fn start(&mut self, method: &str, params: Value) -> u64 {
        self.id += 1;
        self.send(json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}).to_string()).await;
        self.id
    }

    /// The whole reply to a request; notifications before it are kept.
    pub(super) async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.start(method, params).await;
        loop {
            let frame = self.read().await.expect("the connection ended before the reply");
            if frame["id"] == id {
                return frame;
            }
            self.notes.push_back(frame);
        }
    }

    pub(super) async fn error(&mut self, method: &str, params: Value) -> i64 {
        self.call(method, params).await["error"]["code"].as_i64().expect("an error")
    }

    pub(super) async fn subscribe(&mut self, channels: &[&str]) -> Value {
        self.call("public/subscribe", json!({"channels": channels})).await
    }
}
