//! Small messages sent through a handle; the server asserts that each comes once and in order, and says so at the end.

use std::sync::{Arc, Mutex};

use benches::clients::Venue;
use futures_util::{SinkExt, StreamExt};
use nautilus_network::{
    transport::Message as NautilusMessage,
    websocket::{TransportBackend, WebSocketClient, WebSocketConfig},
};
use nova::{Context, Error, MessageHandler, Raw, Result};
use tokio::{sync::oneshot, task::yield_now};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    measure::{Arm, Cost, Look, Must, Outcome, Row, Unit, complain},
    server::Server,
};

pub fn row() -> Row {
    Row {
        name: "outbound",
        what: "messages of 67 B sent over TCP",
        count: 200_000,
        unit: Unit::CpuNanos,
        rounds: 6,
        arms: vec![
            Arm { name: "nova", must: Must::Nothing, run: |server, count| Box::pin(nova(server, count)) },
            Arm {
                name: "tokio-tungstenite 0.30 feed",
                must: Must::AtMost(0.8),
                run: |server, count| Box::pin(plain(server, count)),
            },
            Arm {
                name: "nautilus 0.57 tungstenite",
                must: Must::AtMost(0.02),
                run: |server, count| Box::pin(nautilus(server, count, TransportBackend::Tungstenite)),
            },
            Arm {
                name: "nautilus 0.57 sockudo",
                must: Must::AtMost(0.02),
                run: |server, count| Box::pin(nautilus(server, count, TransportBackend::Sockudo)),
            },
        ],
    }
}

fn order(number: u64) -> String {
    format!(r#"{{"id":{number},"op":"amend","order":"o-{number:09}","price":50000.5}}"#)
}

fn path(count: u64) -> String {
    format!("sink/{count}")
}

/// What the server says once it has all.
fn judged(said: &str, look: Look) -> Outcome<Cost> {
    if said == "done" { Ok(look.taken()) } else { Err(format!("the server says: {said}")) }
}

#[nova::client(platform = Venue, overrides(MessageHandler))]
struct Orders {
    done: Option<oneshot::Sender<String>>,
}

impl MessageHandler for Orders {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
        let said = message.text().unwrap_or_default().to_owned();
        // It says one word.
        let _ = self.done.take().map(|done| done.send(said));
        Ok(())
    }
}

async fn nova(server: &Server, count: u64) -> Outcome<Cost> {
    let (done, said) = oneshot::channel();
    let orders = Orders { done: Some(done) };
    let handle = nova::connect(orders).url(server.url(0, &path(count))).await.map_err(complain)?;
    let look = Look::now();
    for number in 0..count {
        // The buffer has a bound, and says so: nothing was sent, and its task is on this thread.
        while let Err(error) = handle.send(order(number)).await {
            match error {
                Error::OutboundFull { .. } => yield_now().await,
                error => return Err(complain(error)),
            }
        }
    }
    judged(&said.await.map_err(complain)?, look)
}

async fn plain(server: &Server, count: u64) -> Outcome<Cost> {
    let stream = server.dial(0).await.map_err(complain)?;
    let (mut ws, _) = tokio_tungstenite::client_async(server.url(0, &path(count)), stream).await.map_err(complain)?;
    let look = Look::now();
    for number in 0..count {
        ws.feed(Message::text(order(number))).await.map_err(complain)?;
    }
    ws.flush().await.map_err(complain)?;
    let said = ws.next().await.ok_or("it hung up")?.map_err(complain)?;
    judged(said.to_text().map_err(complain)?, look)
}

async fn nautilus(server: &Server, count: u64, backend: TransportBackend) -> Outcome<Cost> {
    let (done, said) = oneshot::channel();
    let done = Mutex::new(Some(done));
    let handler = Arc::new(move |message: NautilusMessage| {
        if let NautilusMessage::Text(bytes) = message
            && let Ok(mut done) = done.lock()
        {
            // It says one word.
            let _ = done.take().map(|done| done.send(String::from_utf8_lossy(&bytes).into_owned()));
        }
    });
    let config = WebSocketConfig::builder().url(server.url(0, &path(count))).backend(backend).build();
    let client =
        WebSocketClient::connect(config, Some(handler), None, None, Vec::new(), None).await.map_err(complain)?;
    let look = Look::now();
    for number in 0..count {
        client.send_text(order(number), None).await.map_err(complain)?;
    }
    judged(&said.await.map_err(complain)?, look)
}
