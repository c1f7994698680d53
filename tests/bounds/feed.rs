//! A venue that sends as fast as it is told to, and keeps nothing of it.

use futures_util::{SinkExt, StreamExt};
use nova::MemoryListener;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

/// One connection.
pub(crate) struct Feed(WebSocketStream<DuplexStream>);

impl Feed {
    /// The next connection, prepared.
    pub(crate) async fn accept(listener: &mut MemoryListener) -> Self {
        let mut feed = Self(accept_async(listener.accept().await.unwrap()).await.unwrap());
        let prepare = feed.call().await;
        feed.answer(&prepare).await;
        feed
    }

    /// The client's next call.
    pub(crate) async fn call(&mut self) -> Value {
        serde_json::from_slice(&self.0.next().await.unwrap().unwrap().into_data()).unwrap()
    }

    /// Answers a call with what it was called with.
    pub(crate) async fn answer(&mut self, call: &Value) {
        self.0.send(json!({"id": call["id"], "result": call["params"]}).to_string().into()).await.unwrap();
    }

    /// Writes frames as they are; waits while the client does not read.
    pub(crate) async fn send(&mut self, frames: &[u8]) {
        self.0.get_mut().write_all(frames).await.unwrap();
    }

    /// Reads on to the end, and answers pings as any server does.
    pub(crate) async fn rest(mut self) {
        while let Some(Ok(_)) = self.0.next().await {}
    }

    /// Asks whether the client lives, and waits for its answer.
    pub(crate) async fn ping(&mut self) {
        self.0.send(Message::Ping(Vec::new().into())).await.unwrap();
        while !matches!(self.0.next().await.unwrap().unwrap(), Message::Pong(_)) {}
    }
}

/// A message as it is on the wire, on one of a hundred channels; its data is its number, and `pad` bytes beside it.
pub(crate) fn frame(number: u64, pad: usize) -> Vec<u8> {
    let text = format!(r#"{{"pad":"{}","channel":"c{:02}","data":{number}}}"#, "x".repeat(pad), number % 100);
    let mut frame = vec![0x81];
    if let Ok(short @ ..126) = u8::try_from(text.len()) {
        frame.push(short);
    } else {
        frame.push(126);
        frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    }
    frame.extend(text.as_bytes());
    frame
}
