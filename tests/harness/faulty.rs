//! A small client written by hand, right unless it is told otherwise: what the harness itself is tested with.
//!
//! It writes its frames itself, because no library would leave out a pong or a mask.

#![allow(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use std::{io::Cursor, time::Duration};

use bytes::{Buf, BytesMut};
use nova::{BoxStream, Dialer, Endpoint, test::MockDialer};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    select,
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NoPong,
    WrongPong,
    DoubleSubscribe,
    LoginAfterSubscribe,
    LostReply,
    NoHeartbeat,
    ForgetsTopics,
    RepeatsOrder,
    ReconnectsTooEarly,
    NeverReconnects,
    IgnoresRetryAfter,
    IgnoresClose,
    NoMask,
}

pub(crate) const HEARTBEAT: Duration = Duration::from_secs(10);
pub(crate) const BACKOFF: Duration = Duration::from_secs(1);
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(7);
const MASK: [u8; 4] = [1, 2, 3, 4];

pub(crate) struct Client {
    pub(crate) dialer: MockDialer,
    pub(crate) fault: Option<Fault>,
    ordered: bool,
    restored: bool,
}

struct Link {
    stream: BoxStream,
    inbound: BytesMut,
    masks: bool,
}

impl Link {
    async fn write(&mut self, opcode: OpCode, payload: &[u8]) {
        let mask = self.masks.then_some(MASK);
        let mut bytes = Vec::new();
        let header = FrameHeader { opcode, mask, ..FrameHeader::default() };
        header.format(payload.len() as u64, &mut bytes).unwrap();
        bytes.extend(
            payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| if self.masks { byte ^ key } else { *byte }),
        );
        // A server that is gone is found by reading.
        drop(self.stream.write_all(&bytes).await);
    }

    async fn json(&mut self, value: Value) {
        self.write(OpCode::Data(Data::Text), value.to_string().as_bytes()).await;
    }

    async fn read(&mut self) -> Option<(OpCode, Vec<u8>)> {
        loop {
            let mut cursor = Cursor::new(&self.inbound[..]);
            if let Some((header, length)) = FrameHeader::parse(&mut cursor).ok()? {
                let (head, length) = (usize::try_from(cursor.position()).ok()?, usize::try_from(length).ok()?);
                if self.inbound.len() >= head + length {
                    self.inbound.advance(head);
                    return Some((header.opcode, self.inbound.split_to(length).to_vec()));
                }
            }
            if self.stream.read_buf(&mut self.inbound).await.ok()? == 0 {
                return None;
            }
        }
    }
}

impl Client {
    pub(crate) fn new(dialer: MockDialer, fault: Option<Fault>) -> Self {
        Self { dialer, fault, ordered: false, restored: false }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) async fn run(mut self) {
        loop {
            let mut wait = BACKOFF;
            match self.connect().await {
                Some(Ok(link)) => self.live(link).await,
                Some(Err(retry_after)) if !self.is(Fault::IgnoresRetryAfter) => wait = retry_after,
                Some(Err(_)) => {}
                None => return,
            }
            match self.fault {
                Some(Fault::NeverReconnects) => return std::future::pending().await,
                Some(Fault::ReconnectsTooEarly) => sleep(Duration::from_millis(1)).await,
                _ => sleep(wait).await,
            }
        }
    }

    /// The upgraded link, or how long the server asks to wait; nothing once there is no server.
    async fn connect(&self) -> Option<Result<Link, Duration>> {
        let mut stream = self.dialer.dial(&Endpoint::parse("ws://mock.test/").unwrap()).await.ok()?;
        let request = "GET / HTTP/1.1\r\nHost: mock.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let masks = !self.is(Fault::NoMask);
        let accepted = head.starts_with(b"HTTP/1.1 101");
        Some(if accepted { Ok(Link { stream, inbound: BytesMut::new(), masks }) } else { Err(RETRY_AFTER) })
    }

    async fn live(&mut self, mut link: Link) {
        let login = json!({"op": "login", "id": 1});
        let subscribe = json!({"op": "subscribe", "topics": ["a"], "id": 2});
        link.json(if self.is(Fault::LoginAfterSubscribe) { subscribe.clone() } else { login.clone() }).await;
        let mut beat = Instant::now() + HEARTBEAT;
        loop {
            let frame = select! {
                frame = link.read() => frame,
                () = sleep_until(beat) => {
                    beat += HEARTBEAT;
                    if !self.is(Fault::NoHeartbeat) {
                        link.json(json!({"op": "heartbeat"})).await;
                    }
                    continue;
                }
            };
            let Some((opcode, payload)) = frame else { return };
            match opcode {
                OpCode::Control(Control::Ping) if self.is(Fault::NoPong) => {}
                OpCode::Control(Control::Ping) if self.is(Fault::WrongPong) => {
                    link.write(OpCode::Control(Control::Pong), b"").await;
                }
                OpCode::Control(Control::Ping) => link.write(OpCode::Control(Control::Pong), &payload).await,
                OpCode::Control(Control::Close) if self.is(Fault::IgnoresClose) => {}
                OpCode::Control(Control::Close) => link.write(opcode, &payload).await,
                OpCode::Data(_) => {
                    self.message(&mut link, &serde_json::from_slice(&payload).unwrap(), &subscribe).await;
                }
                OpCode::Control(_) => {}
            }
        }
    }

    async fn message(&mut self, link: &mut Link, message: &Value, subscribe: &Value) {
        match (message["id"].as_u64(), message["ask"].as_str()) {
            (Some(1), _) if self.restored && self.is(Fault::ForgetsTopics) => {}
            (Some(1), _) => {
                link.json(subscribe.clone()).await;
                if self.is(Fault::DoubleSubscribe) {
                    link.json(subscribe.clone()).await;
                }
            }
            (Some(2), _) => {
                self.restored = true;
                if !self.ordered || self.is(Fault::RepeatsOrder) {
                    self.ordered = true;
                    link.json(json!({"op": "order", "id": 3})).await;
                }
            }
            (_, Some("alive")) if !self.is(Fault::LostReply) => link.json(json!({"alive": true})).await,
            _ => {}
        }
    }
}
