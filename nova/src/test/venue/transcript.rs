//! What crossed the wire, in order: the witness that tests question.

use std::{collections::VecDeque, fmt, time::Duration};

use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Lines kept; the oldest go first.
const LIMIT: usize = 100_000;

/// Which way a frame went, seen from the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a client to the venue.
    In,
    /// From the venue to a client.
    Out,
}

/// One frame of a venue's transcript.
///
/// `text` is the frame as it was, credentials included; `Debug` leaves out frames that carry some.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// The connection's number; the first is 1.
    pub connection: u64,
    /// How long after the venue's start.
    pub at: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// `text`, `binary`, `ping`, `pong` or `close`.
    pub kind: &'static str,
    /// The payload; of a close frame `code reason`. What is no UTF-8 is replaced.
    pub text: String,
}

impl Line {
    /// The payload as JSON; `Null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = ["client_secret", "signature", "_token"].iter().any(|word| self.text.contains(word));
        let Self { connection, at, direction, kind, text } = self;
        let text = if secret { "(credentials)" } else { text };
        write!(f, "#{connection} {at:?} {direction:?} {kind} {text}")
    }
}

#[derive(Debug)]
pub(in crate::test) struct Transcript {
    start: Instant,
    lines: VecDeque<Line>,
}

impl Transcript {
    pub(in crate::test) fn new() -> Self {
        Self { start: Instant::now(), lines: VecDeque::new() }
    }

    pub(in crate::test) fn record(&mut self, connection: u64, direction: Direction, message: &Message) {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (kind, text) = match message {
            Message::Text(text) => ("text", text.as_str().to_owned()),
            Message::Binary(bytes) => ("binary", lossy(bytes)),
            Message::Ping(bytes) => ("ping", lossy(bytes)),
            Message::Pong(bytes) => ("pong", lossy(bytes)),
            Message::Close(None) => ("close", String::new()),
            Message::Close(Some(close)) => ("close", format!("{} {}", u16::from(close.code), close.reason)),
            Message::Frame(_) => return,
        };
        if self.lines.len() == LIMIT {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { connection, at: self.start.elapsed(), direction, kind, text });
    }

    pub(in crate::test) fn lines(&self) -> Vec<Line> {
        self.lines.iter().cloned().collect()
    }

    /// The parameters of every request for `method`, in order.
    pub(in crate::test) fn requests(&self, method: &str) -> Vec<Value> {
        let inbound = self.lines.iter().filter(|line| line.direction == Direction::In && line.text.contains(method));
        inbound.map(Line::json).filter(|call| call["method"] == method).map(|mut call| call["params"].take()).collect()
    }
}
