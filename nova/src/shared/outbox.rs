//! What waits to be written: encoded and masked frames for the live connection, sends that wait for their turn, commands for the task.
//!
//! Callers encode and mask into one buffer and wake the task only when it was empty; the task writes everything in one call. The
//! buffer belongs to one connection: when it is lost, nothing of it reaches the next.

use std::collections::VecDeque;

use bytes::BytesMut;
use tokio::{sync::oneshot, time::Instant};

use super::{Budget, Call, Calls, Purpose};
use crate::{
    config::Config,
    error::{Error, Result},
    flow::Priority,
    frame::{CloseCode, Frame},
    message::Params,
    platform::Pool,
    transport::{MaskKeys, encode_frame},
    verdict::Limited,
};

/// Bytes that may wait for a peer that reads too slowly.
pub(crate) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Words for `handle_limited` that may wait for it.
const MAX_LIMITED: usize = 64;

/// What may be sent in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Nothing yet: the send policy decides.
    Hold,
    /// Only what is urgent: control and cancels.
    Urgent,
    /// Everything.
    All,
    /// Nothing any more.
    Over,
}

/// What waits to be written.
pub(crate) struct Outbox {
    bytes: BytesMut,
    /// Where the next byte stands in the stream of all bytes.
    end: u64,
    keys: MaskKeys,
    pub(crate) rights: Rights,
    pub(crate) calls: Calls,
    pub(crate) waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    pub(crate) budget: Budget,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) limited: VecDeque<Limited>,
    /// Whether the client is over: nothing is taken any more.
    pub(crate) ended: bool,
}

/// A send that waits for its turn.
pub(crate) struct Waiting {
    pub(crate) frame: Frame,
    pub(crate) call: Option<(u64, Purpose)>,
    pub(crate) done: Option<oneshot::Sender<Result<()>>>,
    pub(crate) priority: Priority,
    pub(crate) pool: usize,
    pub(crate) cost: u32,
    pub(crate) expires: Instant,
    pub(crate) allowed: std::time::Duration,
}

/// What a handle asks of the task.
pub(crate) enum Command {
    Subscribe { topic: String, params: Params, done: Option<oneshot::Sender<Result<()>>> },
    Unsubscribe { topic: String, done: Option<oneshot::Sender<Result<()>>> },
    Reconnect,
    Close { code: CloseCode, reason: String },
}

impl Outbox {
    pub(crate) fn new(config: &Config, pools: &'static [Pool]) -> Self {
        Self {
            bytes: BytesMut::new(),
            end: 0,
            keys: MaskKeys::new(),
            rights: Rights::Hold,
            calls: Calls::default(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            budget: Budget::new(config, pools),
            commands: VecDeque::new(),
            limited: VecDeque::new(),
            ended: false,
        }
    }

    /// Whether a message of this urgency may leave in the present state.
    pub(crate) fn may_send(&self, priority: Priority) -> bool {
        match self.rights {
            Rights::All => true,
            Rights::Urgent => matches!(priority, Priority::Control | Priority::Cancel),
            Rights::Hold | Rights::Over => false,
        }
    }

    /// Encodes and masks a frame into the buffer; true if the task has to be woken for it.
    pub(crate) fn append(&mut self, frame: &Frame) -> Result<bool> {
        if self.bytes.len() + frame.len() > MAX_BYTES && !self.bytes.is_empty() {
            return Err(Error::OutboundFull { bytes: MAX_BYTES });
        }
        let was_empty = self.bytes.is_empty();
        let before = self.bytes.len();
        encode_frame(&mut self.bytes, frame, self.keys.next())?;
        self.end += (self.bytes.len() - before) as u64;
        Ok(was_empty)
    }

    /// The same for a call: it is open from now on.
    pub(crate) fn append_call(&mut self, frame: &Frame, id: u64, call: Call) -> Result<bool> {
        let position = self.end;
        let wake = self.append(frame)?;
        self.calls.insert(id, Call { position, ..call });
        Ok(wake)
    }

    /// Hands over the buffer: its bytes, and where they stand in the stream.
    pub(crate) fn take_bytes(&mut self, into: &mut BytesMut) -> Option<u64> {
        if self.bytes.is_empty() {
            return None;
        }
        let start = self.end - self.bytes.len() as u64;
        into.clear();
        std::mem::swap(&mut self.bytes, into);
        Some(start)
    }

    pub(crate) fn has_bytes(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// The connection is gone, and with it what was encoded for it.
    pub(crate) fn discard_bytes(&mut self) {
        self.bytes.clear();
    }

    /// Lets a send wait for its turn, behind those as urgent as it is.
    ///
    /// # Errors
    /// Gives it back where the queue is full.
    pub(crate) fn wait(&mut self, entry: Waiting, max_items: usize, max_bytes: usize) -> Result<(), Waiting> {
        if self.waiting.len() >= max_items || self.waiting_bytes + entry.frame.len() > max_bytes {
            return Err(entry);
        }
        self.waiting_bytes += entry.frame.len();
        let place = self.waiting.partition_point(|other| other.priority <= entry.priority);
        self.waiting.insert(place, entry);
        Ok(())
    }

    /// Takes the next waiting send whose turn has come; else says when to look again.
    pub(crate) fn next_waiting(&mut self, now: Instant) -> Result<Waiting, Option<Instant>> {
        let Some(first) = self.waiting.front() else { return Err(None) };
        if !self.may_send(first.priority) {
            return Err(None);
        }
        // What can never leave was refused before it could wait.
        let wait = self.budget.wait(now, first.pool, first.cost).unwrap_or_default();
        if !wait.is_zero() {
            return Err(Some(now + wait));
        }
        let Some(entry) = self.waiting.pop_front() else { return Err(None) };
        self.waiting_bytes -= entry.frame.len();
        self.budget.take(now, entry.pool, entry.cost);
        Ok(entry)
    }

    /// Takes the waiting sends that `gone` names.
    pub(crate) fn drain_waiting(&mut self, mut gone: impl FnMut(&Waiting) -> bool) -> Vec<Waiting> {
        let (out, kept): (VecDeque<_>, VecDeque<_>) = self.waiting.drain(..).partition(|entry| gone(entry));
        self.waiting = kept;
        self.waiting_bytes = self.waiting.iter().map(|entry| entry.frame.len()).sum();
        out.into()
    }

    /// When the first waiting send expires.
    pub(crate) fn expiry(&self) -> Option<Instant> {
        self.waiting.iter().map(|entry| entry.expires).min()
    }

    pub(crate) fn note_limited(&mut self, limited: Limited) {
        if self.limited.len() < MAX_LIMITED {
            self.limited.push_back(limited);
        }
    }

    /// Gives up a call whose caller went away: its slot is free at once, wherever it stood.
    pub(crate) fn forget(&mut self, id: u64) {
        self.calls.take(id);
        drop(self.drain_waiting(|entry| entry.call.as_ref().is_some_and(|(waiting, _)| *waiting == id)));
    }
}

impl Waiting {
    /// Tells whoever waits for it that it will not be sent.
    pub(crate) fn refuse(self, error: Error) {
        if let Some(done) = self.done {
            let _ = done.send(Err(error));
        } else if let Some((_, Purpose::Caller(waiter))) = self.call {
            let _ = waiter.send(Err(error));
        }
    }
}
