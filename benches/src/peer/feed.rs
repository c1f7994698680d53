//! Venues that push: a ring of frames, so many times.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use tokio::io::ReadBuf;

use super::{Peer, answer, id, reply};
use crate::{arms::inbound::Workload, frames::frame as push, stream::READ, told::Told, wire::Masked};

/// How much comes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As much as a read takes, 64 KiB at most, and never a wait.
    Flood,
    /// One frame a read, and a wait between.
    Sparse,
}

/// What a client says to begin.
pub const GO: &str = "go";

/// Pushes the ring so many times, and confirms each subscription.
#[derive(Clone, Debug)]
pub struct Feed {
    work: Workload,
    told: Arc<Told>,
    begun: bool,
    at: usize,
    frame: usize,
    rested: bool,
}

impl Feed {
    /// Pushes once the client says [`GO`]; what it sees is noted in `told`.
    pub fn new(work: Workload, told: Arc<Told>) -> Self {
        Self { work, told, begun: false, at: 0, frame: 0, rested: false }
    }
}

impl Peer for Feed {
    fn received(&mut self, frame: &Masked<'_>, answers: &mut Vec<u8>) {
        self.told.note(frame);
        self.begun |= frame.payload == GO.as_bytes();
        match confirmation(frame.payload) {
            Some(text) => push(answers, 0x81, text.as_bytes()),
            None => answer(frame, answers),
        }
    }

    fn poll_push(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<()> {
        if !self.begun || self.work.laps == 0 {
            return Poll::Pending;
        }
        let Workload { ring, pace, .. } = self.work;
        let end = match pace {
            Pace::Flood => ring.bytes.len().min(self.at + READ),
            Pace::Sparse => {
                self.rested = !self.rested;
                if self.rested {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                ring.ends[self.frame]
            }
        };
        let end = end.min(self.at + buffer.remaining());
        buffer.put_slice(&ring.bytes[self.at..end]);
        self.at = end;
        if pace == Pace::Sparse && end == ring.ends[self.frame] {
            self.frame += 1;
        }
        if end == ring.bytes.len() {
            (self.at, self.frame) = (0, 0);
            self.work.laps -= 1;
        }
        Poll::Ready(())
    }
}

/// The answer to a request that subscribes channels: all of them are confirmed.
fn confirmation(payload: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(payload).ok()?;
    let (_, list) = text.split_once(r#""public/subscribe","params":{"channels":["#)?;
    let (list, _) = list.split_once(']')?;
    let id = std::str::from_utf8(id(payload)?).ok()?;
    Some(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":[{list}]}}"#))
}

/// The same to who subscribes, as JSON-RPC servers do.
#[derive(Clone, Debug)]
pub struct Subscription(Feed);

impl Subscription {
    /// Pushes once a subscription was answered; what it sees is noted in `told`.
    pub fn new(work: Workload, told: Arc<Told>) -> Self {
        Self(Feed::new(work, told))
    }
}

impl Peer for Subscription {
    fn received(&mut self, frame: &Masked<'_>, answers: &mut Vec<u8>) {
        let asked = frame.payload.windows(10).any(|word| word == b"_subscribe");
        match id(frame.payload) {
            Some(id) if asked => {
                self.0.told.note(frame);
                self.0.begun = true;
                reply(id, br#""0x1""#, answers);
            }
            _ => self.0.received(frame, answers),
        }
    }

    fn poll_push(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<()> {
        self.0.poll_push(cx, buffer)
    }
}
