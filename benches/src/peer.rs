//! What stands at the other end: a venue that pushes a ring of frames, or one that answers calls.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::ReadBuf,
    time::{Interval, interval},
};

use crate::{
    frames::{frame, number},
    told::Told,
    wire::{CLOSE, Masked, PING, TEXT},
};

mod feed;

pub use feed::{Feed, GO, Pace, Subscription};

/// The other end of a connection.
pub trait Peer: Send + Unpin + 'static {
    /// A frame came; what is said to it is appended to `answers`.
    fn received(&mut self, frame: &Masked<'_>, answers: &mut Vec<u8>);

    /// Fills `buffer` with what is said unasked, if there is anything.
    fn poll_push(&mut self, _cx: &mut Context<'_>, _buffer: &mut ReadBuf<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// Answers each call with its own number.
#[derive(Clone, Debug)]
pub struct Answers {
    told: Arc<Told>,
}

impl Answers {
    /// What it sees is noted in `told`.
    pub fn new(told: Arc<Told>) -> Self {
        Self { told }
    }
}

impl Peer for Answers {
    fn received(&mut self, frame: &Masked<'_>, answers: &mut Vec<u8>) {
        self.told.note(frame);
        answer(frame, answers);
    }
}

/// Asserts that what is sent bears numbers that follow each other, and says to each call how many did.
#[derive(Clone, Debug)]
pub struct Numbers {
    told: Arc<Told>,
    came: u64,
}

impl Numbers {
    /// What it sees is noted in `told`.
    pub fn new(told: Arc<Told>) -> Self {
        Self { told, came: 0 }
    }
}

impl Peer for Numbers {
    fn received(&mut self, frame: &Masked<'_>, answers: &mut Vec<u8>) {
        self.told.note(frame);
        if frame.opcode != TEXT {
            answer(frame, answers);
        } else if let Some(id) = id(frame.payload) {
            reply(id, self.came.to_string().as_bytes(), answers);
        } else if std::str::from_utf8(frame.payload).is_ok_and(|text| number(text) == self.came) {
            self.came += 1;
        } else {
            self.told.refuse();
        }
    }
}

/// Says something once a second.
#[derive(Debug)]
pub struct Ticks {
    answers: Answers,
    clock: Option<Interval>,
}

impl Ticks {
    /// What it sees is noted in `told`.
    pub fn new(told: Arc<Told>) -> Self {
        Self { answers: Answers::new(told), clock: None }
    }
}

/// Each connection has a second of its own.
impl Clone for Ticks {
    fn clone(&self) -> Self {
        Self { answers: self.answers.clone(), clock: None }
    }
}

impl Peer for Ticks {
    fn received(&mut self, frame: &Masked<'_>, answers: &mut Vec<u8>) {
        self.answers.received(frame, answers);
    }

    fn poll_push(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<()> {
        let clock = self.clock.get_or_insert_with(|| interval(Duration::from_secs(1)));
        clock.poll_tick(cx).map(|_| {
            let mut bytes = Vec::new();
            frame(&mut bytes, 0x81, br#"{"params":{"channel":"clock","data":1}}"#);
            buffer.put_slice(&bytes);
        })
    }
}

/// Says what is no text, where a text must be.
#[derive(Clone, Debug)]
pub struct NoText {
    told: Arc<Told>,
}

impl NoText {
    /// What it sees is noted in `told`.
    pub fn new(told: Arc<Told>) -> Self {
        Self { told }
    }
}

impl Peer for NoText {
    fn received(&mut self, masked: &Masked<'_>, answers: &mut Vec<u8>) {
        self.told.note(masked);
        if masked.payload == GO.as_bytes() {
            frame(answers, 0x81, b"{\"channel\":\"\xC3\x28\"}");
        } else {
            answer(masked, answers);
        }
    }
}

/// What every venue of the benchmarks says to pings, closes and calls.
fn answer(masked: &Masked<'_>, answers: &mut Vec<u8>) {
    match masked.opcode {
        PING => frame(answers, 0x8A, masked.payload),
        CLOSE => frame(answers, 0x88, masked.payload),
        TEXT => {
            if let Some(id) = id(masked.payload) {
                reply(id, id, answers);
            }
        }
        _ => {}
    }
}

/// Answers the call of this number.
fn reply(id: &[u8], result: &[u8], answers: &mut Vec<u8>) {
    let mut text = [0; 80];
    let mut at = 0;
    for piece in [&br#"{"jsonrpc":"2.0","id":"#[..], id, br#","result":"#, result, b"}"] {
        text[at..at + piece.len()].copy_from_slice(piece);
        at += piece.len();
    }
    frame(answers, 0x81, &text[..at]);
}

/// The number of a call.
fn id(payload: &[u8]) -> Option<&[u8]> {
    let name = br#""id":"#;
    // Where JSON-RPC has it.
    let usual = br#"{"jsonrpc":"2.0","#.len();
    let at = if payload.get(usual..)?.starts_with(name) {
        usual
    } else {
        // Whoever calls has it near the front, or at the very end.
        let near = payload.windows(name.len()).take(2 * usual).position(|piece| piece == name);
        near.or_else(|| {
            let from = payload.len().saturating_sub(2 * usual);
            Some(from + payload[from..].windows(name.len()).position(|piece| piece == name)?)
        })?
    };
    let rest = &payload[at + name.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=20).contains(&digits).then(|| &rest[..digits])
}
