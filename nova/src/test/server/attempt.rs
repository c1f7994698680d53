//! A client at the door: its request is read, and the answer is ours.

use std::{fmt, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{
    Peer,
    link::{Far, Knock},
    request::Request,
    state::Shared,
    wire::Wire,
};
use crate::test::{Direction, Handshake, scenario::Answer};

/// How long a refused connection is still read, so that the refusal is not lost to a reset.
const LINGER: Duration = Duration::from_secs(1);

/// A connection attempt whose upgrade request has been read: see [`MockServer::attempt`](crate::test::MockServer::attempt).
#[must_use = "the client waits for an answer"]
pub struct Attempt {
    number: u64,
    stream: Box<dyn Far>,
    inbound: BytesMut,
    request: Request,
    shared: Arc<Shared>,
}

impl Attempt {
    /// Reads the request; nothing where the client goes away before.
    pub(super) async fn read(knock: Knock, shared: &Arc<Shared>) -> Option<Self> {
        let Knock { number, mut stream } = knock;
        shared.progress().accepted += 1;
        let mut inbound = BytesMut::new();
        let start = shared.transcript().start();
        let Some(request) = Request::read(&mut stream, &mut inbound, start).await else {
            shared.note(number, Direction::In, "end", b"before a request");
            return None;
        };
        shared.note(number, Direction::In, "upgrade", request.path().as_bytes());
        shared.progress().requests.push(request.clone());
        Some(Self { number, stream, inbound, request, shared: shared.clone() })
    }

    /// Its number; the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What the client asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Answers it. Nothing where no connection comes of it: it was refused, or the client went away before.
    pub async fn answer(self, handshake: Handshake) -> Option<Peer> {
        let mut wire = self.open(handshake).await?;
        wire.flush().await.then(|| Peer::new(wire))
    }

    pub(super) async fn open(mut self, handshake: Handshake) -> Option<Wire> {
        if !handshake.delay.is_zero() {
            sleep(handshake.delay).await;
        }
        let mut head = String::new();
        let extra: Vec<_> = handshake.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let extra = extra.concat();
        match handshake.answer {
            Answer::Accept { genuine } => {
                let key = self.request.header("Sec-WebSocket-Key").unwrap_or_default();
                let accept = derive_accept_key(if genuine { key.as_bytes() } else { b"another request" });
                head = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n{extra}\r\n"
                );
                self.note("status", b"101");
                let mut wire = Wire::new(self.stream, self.inbound, self.shared, self.number);
                wire.send_unnoted(&Bytes::from([head.as_bytes(), &handshake.body].concat()));
                return Some(wire);
            }
            Answer::Reject(status) => {
                let length = handshake.body.len();
                head = format!("HTTP/1.1 {status} Refused\r\nContent-Length: {length}\r\n{extra}\r\n");
                self.note("status", status.to_string().as_bytes());
            }
            Answer::Raw(ref bytes) => {
                self.note("raw", format!("{:02x?}", &bytes[..]).as_bytes());
                // The client may be gone, here and below: it is refused all the same.
                drop(self.stream.write_all(bytes).await);
            }
            Answer::HangUp => {}
            Answer::Stall => {
                self.read_on().await;
                self.shared.note(self.number, Direction::In, "end", b"");
                return None;
            }
        }
        drop(self.stream.write_all(&[head.as_bytes(), &handshake.body].concat()).await);
        self.note("end", b"");
        drop(self.stream.shutdown().await);
        drop(timeout(LINGER, self.read_on()).await);
        None
    }

    fn note(&self, kind: &'static str, text: &[u8]) {
        self.shared.note(self.number, Direction::Out, kind, text);
    }

    /// Reads what else comes, and forgets it.
    async fn read_on(&mut self) {
        while self.stream.read_buf(&mut self.inbound).await.is_ok_and(|read| read > 0) {
            self.inbound.clear();
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("number", &self.number).field("request", &self.request).finish_non_exhaustive()
    }
}
