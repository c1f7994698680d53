//! A feed, counted: messages of a venue without calls and subscriptions, so that every client can take part.

use std::sync::{Arc, Mutex};

use benches::{
    clients::Count,
    frames::{MESSAGES, number},
    tally::Tally,
};
use ezsockets::{ClientConfig, ClientExt};
use futures_util::{SinkExt, StreamExt, future::LocalBoxFuture};
use nautilus_network::{
    transport::Message as NautilusMessage,
    websocket::{TransportBackend, WebSocketClient, WebSocketConfig},
};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    measure::{Arm, Cost, Look, Must, Outcome, Row, Unit, complain},
    server::{GO, Server},
};

const LAPS: u64 = 40;
const PATH: &str = "feed/40";

pub fn row() -> Row {
    let arm = |name, must, run| Arm { name, must, run };
    Row {
        name: "feed",
        what: "messages of 499 B over TCP, counted",
        count: LAPS * MESSAGES,
        unit: Unit::CpuNanos,
        rounds: 10,
        arms: vec![
            arm("nova", Must::Nothing, |server, _| Box::pin(nova(server))),
            arm("tokio-tungstenite 0.30", Must::Nothing, |server, _| Box::pin(plain(server))),
            arm("nautilus 0.57 tungstenite", Must::AtMost(0.75), |server, _| {
                Box::pin(nautilus(server, TransportBackend::Tungstenite))
            }),
            arm("nautilus 0.57 sockudo", Must::AtMost(0.75), |server, _| {
                Box::pin(nautilus(server, TransportBackend::Sockudo))
            }),
            arm("ezsockets 0.7.2", Must::AtMost(0.35), |server, _| Box::pin(ezsockets(server))),
            arm("yawc 0.5, UTF-8 checked", Must::Nothing, |server, _| Box::pin(yawc(server))),
            arm("tokio-websockets 0.13", Must::Nothing, |server, _| {
                Box::pin(tokio_websockets(server)) as LocalBoxFuture<'_, _>
            }),
        ],
    }
}

fn judged(cost: Cost, tally: &Tally) -> Outcome<Cost> {
    tally.complaint().map_or(Ok(cost), Err)
}

async fn nova(server: &Server) -> Outcome<Cost> {
    let (tally, done) = Tally::told(LAPS);
    let handle = nova::connect(Count(tally)).url(server.url(0, PATH)).await.map_err(complain)?;
    let look = Look::now();
    handle.send(GO).await.map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    let cost = look.taken();
    handle.close().await;
    judged(cost, &tally)
}

async fn plain(server: &Server) -> Outcome<Cost> {
    let stream = server.dial(0).await.map_err(complain)?;
    let (mut ws, _) = tokio_tungstenite::client_async(server.url(0, PATH), stream).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let look = Look::now();
    ws.send(Message::text(GO)).await.map_err(complain)?;
    while !tally.full() {
        if let Message::Text(text) = ws.next().await.ok_or("it hung up")?.map_err(complain)? {
            tally.saw(number(&text));
        }
    }
    judged(look.taken(), &tally)
}

async fn nautilus(server: &Server, backend: TransportBackend) -> Outcome<Cost> {
    let (tally, done) = Tally::told(LAPS);
    let tally = Mutex::new(tally);
    let handler = Arc::new(move |message: NautilusMessage| {
        if let NautilusMessage::Text(bytes) = message
            && let Ok(text) = std::str::from_utf8(&bytes)
            && let Ok(mut tally) = tally.lock()
        {
            tally.saw(number(text));
        }
    });
    let config = WebSocketConfig::builder().url(server.url(0, PATH)).backend(backend).build();
    let client =
        WebSocketClient::connect(config, Some(handler), None, None, Vec::new(), None).await.map_err(complain)?;
    let look = Look::now();
    client.send_text(GO.to_owned(), None).await.map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    let cost = look.taken();
    client.disconnect().await;
    judged(cost, &tally)
}

struct Counting {
    tally: Tally,
    connected: Option<oneshot::Sender<()>>,
}

#[async_trait::async_trait]
impl ClientExt for Counting {
    type Call = ();

    async fn on_connect(&mut self) -> Result<(), ezsockets::Error> {
        // Nobody waits for the second.
        let _ = self.connected.take().map(|connected| connected.send(()));
        Ok(())
    }

    async fn on_text(&mut self, text: ezsockets::Utf8Bytes) -> Result<(), ezsockets::Error> {
        self.tally.saw(number(&text));
        Ok(())
    }

    async fn on_binary(&mut self, _: ezsockets::Bytes) -> Result<(), ezsockets::Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), ezsockets::Error> {
        Ok(())
    }
}

async fn ezsockets(server: &Server) -> Outcome<Cost> {
    let (tally, done) = Tally::told(LAPS);
    let (connected, up) = oneshot::channel();
    let counting = Counting { tally, connected: Some(connected) };
    let config = ClientConfig::new(server.url(0, PATH).as_str());
    let (client, running) = ezsockets::connect(|_| counting, config).await;
    let running = tokio::spawn(running);
    // What is sent before is thrown away.
    up.await.map_err(complain)?;
    let look = Look::now();
    client.text(GO).map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    let cost = look.taken();
    running.abort();
    judged(cost, &tally)
}

async fn yawc(server: &Server) -> Outcome<Cost> {
    let stream = server.dial(0).await.map_err(complain)?;
    let url = server.url(0, PATH).parse().map_err(complain)?;
    let options = yawc::Options::default().with_utf8();
    let mut ws = yawc::WebSocket::handshake(url, stream, options).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let look = Look::now();
    ws.send(yawc::Frame::text(GO)).await.map_err(complain)?;
    while !tally.full() {
        let frame = ws.next().await.ok_or("it hung up")?;
        if frame.opcode() == yawc::OpCode::Text {
            tally.saw(number(frame.as_str()));
        }
    }
    judged(look.taken(), &tally)
}

async fn tokio_websockets(server: &Server) -> Outcome<Cost> {
    let stream = server.dial(0).await.map_err(complain)?;
    let builder = tokio_websockets::ClientBuilder::new().uri(&server.url(0, PATH)).map_err(complain)?;
    let (mut ws, _) = builder.connect_on(stream).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let look = Look::now();
    ws.send(tokio_websockets::Message::text(GO)).await.map_err(complain)?;
    while !tally.full() {
        let message = ws.next().await.ok_or("it hung up")?.map_err(complain)?;
        if let Some(text) = message.as_text() {
            tally.saw(number(text));
        }
    }
    judged(look.taken(), &tally)
}
