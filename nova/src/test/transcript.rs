//! What crossed the wire, in order: the witness that tests question.

use std::{borrow::Cow, collections::VecDeque, fmt, time::Duration};

use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::frame::Frame;

/// Lines kept; the oldest go first.
const LIMIT: usize = 100_000;

/// Which way a frame went, seen from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a client to the server.
    In,
    /// From the server to a client.
    Out,
}

/// One line of a server's transcript: a frame, or a step of the connection.
///
/// `text` is the frame as it was, credentials included; `Debug` and `Display` leave out frames that carry some.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// The connection's number; the first is 1.
    pub connection: u64,
    /// How long after the server's start.
    pub at: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// `text`, `binary`, `ping`, `pong` or `close`; of a [`MockServer`](crate::test::MockServer) also `upgrade` (the request, without
    /// its query), `status` (the answer to it), `raw` (bytes that are no frame) and `end` (who let go of the connection).
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

/// A payload as it may be shown.
fn shown(text: &str) -> &str {
    let secret =
        ["client_secret", "signature", "_token", r#""op":"auth""#, r#""token""#].iter().any(|word| text.contains(word));
    if secret { "(credentials)" } else { text }
}

/// A frame, or another line, in a few words of one line.
fn words(kind: &str, text: &str) -> String {
    /// The longest payload that is shown whole, in characters.
    const LONGEST: usize = 200;
    let mut words = kind.to_owned();
    for (at, letter) in shown(text).chars().enumerate() {
        match (at, letter) {
            (0, _) => words.push(' '),
            (LONGEST.., _) => {
                words.push('…');
                break;
            }
            _ => {}
        }
        if letter.is_control() { words.extend(letter.escape_default()) } else { words.push(letter) }
    }
    words
}

/// A frame in a few words.
pub(in crate::test) fn frame_in_words(frame: &Frame) -> String {
    words(kind(frame), &payload(frame))
}

/// A time since the start.
pub(in crate::test) fn clock(at: Duration) -> String {
    format!("{:.3}s", at.as_secs_f64())
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection, at, direction, kind, .. } = self;
        write!(f, "#{connection} {at:?} {direction:?} {kind} {}", shown(&self.text))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.direction {
            Direction::In => "client",
            Direction::Out => "server",
        };
        write!(f, "{:>10} #{} {who}: {}", clock(self.at), self.connection, words(self.kind, &self.text))
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
        match message {
            Message::Text(text) => self.note(connection, direction, "text", text.as_bytes()),
            Message::Binary(bytes) => self.note(connection, direction, "binary", bytes),
            Message::Ping(bytes) => self.note(connection, direction, "ping", bytes),
            Message::Pong(bytes) => self.note(connection, direction, "pong", bytes),
            Message::Close(None) => self.note(connection, direction, "close", b""),
            Message::Close(Some(close)) => {
                let text = format!("{} {}", u16::from(close.code), close.reason);
                self.note(connection, direction, "close", text.as_bytes());
            }
            Message::Frame(_) => {}
        }
    }

    pub(in crate::test) fn frame(&mut self, connection: u64, direction: Direction, frame: &Frame) {
        self.note(connection, direction, kind(frame), payload(frame).as_bytes());
    }

    /// A line of any kind.
    pub(in crate::test) fn note(&mut self, connection: u64, direction: Direction, kind: &'static str, payload: &[u8]) {
        if self.lines.len() == LIMIT {
            self.lines.pop_front();
        }
        let text = String::from_utf8_lossy(payload).into_owned();
        self.lines.push_back(Line { connection, at: self.start.elapsed(), direction, kind, text });
    }

    pub(in crate::test) fn lines(&self) -> Vec<Line> {
        self.lines.iter().cloned().collect()
    }

    /// The newest lines, at most so many, oldest first.
    pub(in crate::test) fn last(&self, many: usize) -> Vec<Line> {
        self.lines.range(self.lines.len().saturating_sub(many)..).cloned().collect()
    }

    pub(in crate::test) fn start(&self) -> Instant {
        self.start
    }

    pub(in crate::test) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The parameters of every request for `method`, in order.
    pub(in crate::test) fn requests(&self, method: &str) -> Vec<Value> {
        let inbound = self.lines.iter().filter(|line| line.direction == Direction::In && line.text.contains(method));
        inbound.map(Line::json).filter(|call| call["method"] == method).map(|mut call| call["params"].take()).collect()
    }
}

/// The payload in transcripts.
fn payload(frame: &Frame) -> Cow<'_, str> {
    match frame {
        Frame::Close(Some(close)) if close.reason.is_empty() => close.code.to_string().into(),
        Frame::Close(Some(close)) => format!("{} {}", close.code, close.reason).into(),
        frame => String::from_utf8_lossy(frame.payload()),
    }
}

/// The word for a frame in transcripts.
fn kind(frame: &Frame) -> &'static str {
    match frame {
        Frame::Text(_) => "text",
        Frame::Binary(_) => "binary",
        Frame::Ping(_) => "ping",
        Frame::Pong(_) => "pong",
        Frame::Close(_) => "close",
    }
}
