//! What waits to be written: encoded and masked frames for the live connection, sends that wait for their turn, commands for the task.
//!
//! Callers encode and mask into one buffer and wake the task only when it was empty; the task writes everything in one call. The
//! buffer belongs to one connection: when it is lost, nothing of it reaches the next.

use std::{collections::VecDeque, time::Duration};

use bytes::BytesMut;
use tokio::{sync::oneshot, time::Instant};

use super::{Asking, Budget, Call, Calls, Terms, Waiting};
use crate::{
    config::{Changes, Config, Patch, SendPolicy},
    error::{Error, Outcome, Result},
    flow::{Priority, Queue},
    frame::{CloseCode, Frame},
    message::{Topic, TopicStatus},
    time::earlier,
    transport::{Content, encode_frame, mask_key},
    verdict::Limited,
};

/// Bytes that may wait for a peer that reads too slowly.
pub(crate) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Bytes that gather before their sender lets the task write them: on one thread, nobody but the sender runs until then.
const TURN: u64 = 128 * 1024;

/// There is no room.
pub(crate) const FULL: Error = Error::OutboundFull { bytes: MAX_BYTES };

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
    /// Only what was accepted before and still waits.
    Drain,
    /// Nothing any more.
    Over,
}

/// What waits to be written.
pub(crate) struct Outbox {
    bytes: BytesMut,
    /// How many frames they are.
    frames: u64,
    /// Where the next byte stands in the stream of all bytes.
    end: u64,
    /// With the byte that stands there, the task is to have a turn.
    turn_at: u64,
    /// The largest frame of this connection, for a peer that finds one too big.
    largest: usize,
    pub(crate) rights: Rights,
    pub(crate) calls: Calls,
    pub(crate) waiting: Queue<Waiting>,
    pub(crate) budget: Budget,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) limited: VecDeque<Limited>,
    /// How long a call may take that does not say it itself.
    pub(crate) patience: Duration,
    /// Whether the client is over: nothing is taken any more.
    pub(crate) ended: bool,
}

/// What a handle asks of the task.
pub(crate) enum Command {
    /// End at once, without a word to the peer.
    Abort,
    Subscribe {
        topic: Topic,
        done: Option<oneshot::Sender<Result<()>>>,
    },
    Resubscribe {
        topic: Topic,
        done: oneshot::Sender<Result<()>>,
    },
    Resync {
        topic: String,
    },
    Topics {
        done: oneshot::Sender<Vec<TopicStatus>>,
    },
    Unsubscribe {
        topic: String,
        done: Option<oneshot::Sender<Result<()>>>,
    },
    Announce {
        status: String,
        done: oneshot::Sender<Result<()>>,
    },
    Reconnect,
    Configure {
        patch: Box<Patch>,
        done: oneshot::Sender<Result<Changes>>,
    },
    ResetBreaker,
    Close {
        code: CloseCode,
        reason: String,
    },
}

impl Outbox {
    pub(crate) fn new(config: &Config, budget: Budget) -> Self {
        let (items, bytes) = room(config.connection.send);
        Self {
            bytes: BytesMut::new(),
            frames: 0,
            end: 0,
            turn_at: TURN,
            largest: 0,
            rights: Rights::Hold,
            calls: Calls::default(),
            waiting: Queue::new(items, bytes),
            budget,
            commands: VecDeque::new(),
            limited: VecDeque::new(),
            patience: config.connection.request_timeout,
            ended: false,
        }
    }

    /// Takes over other settings.
    pub(crate) fn configure(&mut self, config: &Config) {
        let (items, bytes) = room(config.connection.send);
        self.waiting.bound(items, bytes);
        self.patience = config.connection.request_timeout;
    }

    /// Whether a message of this urgency may leave in the present state.
    pub(crate) fn may_send(&self, priority: Priority) -> bool {
        match self.rights {
            Rights::All => true,
            Rights::Urgent => matches!(priority, Priority::Control | Priority::Cancel),
            Rights::Hold | Rights::Drain | Rights::Over => false,
        }
    }

    /// Whether a frame of so many bytes has room in the buffer.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.is_empty() || self.bytes.len() + bytes <= MAX_BYTES
    }

    /// Whether nothing holds back a frame of so many bytes, and nothing is taken for it.
    pub(crate) fn is_clear(&self, priority: Priority, bytes: usize) -> bool {
        self.may_send(priority) && self.waiting.is_empty() && self.budget.sends.is_free() && self.has_room(bytes)
    }

    /// Encodes and masks a frame into the buffer; true if the task has to be woken for it.
    pub(crate) fn append<'w>(&mut self, frame: impl Into<Content<'w>>) -> Result<bool> {
        let wire = frame.into();
        let (len, before) = (wire.payload().len(), self.bytes.len());
        if !self.has_room(len) {
            return Err(FULL);
        }
        self.largest = self.largest.max(len);
        encode_frame(&mut self.bytes, wire, mask_key())?;
        self.end += (self.bytes.len() - before) as u64;
        self.frames += 1;
        Ok(before == 0)
    }

    /// The same for a call: it is open from now on. The task has to be woken for its deadline, too.
    pub(crate) fn append_call<'w>(&mut self, frame: impl Into<Content<'w>>, id: u64, call: Call) -> Result<bool> {
        let position = self.end;
        match self.append(frame) {
            Ok(wake) => Ok(self.calls.insert(id, Call { position, ..call }) || wake),
            Err(error) => {
                call.resolve(Err(error.clone()));
                Err(error)
            }
        }
    }

    /// The same for calls that leave together: each is open from now on.
    pub(crate) fn append_batch(&mut self, frame: &Frame, batch: Vec<Waiting>, now: Instant) -> Result<bool> {
        let position = self.end;
        let mut appended = self.append(frame);
        for entry in batch {
            match &mut appended {
                Ok(wake) => {
                    if let (_, Some((id, call))) = entry.opened(now) {
                        *wake |= self.calls.insert(id, Call { position, ..call });
                    }
                }
                Err(error) => entry.refuse(error.clone()),
            }
        }
        appended
    }

    /// Puts a send into the buffer, where it is a call with the time it has left; true if the task has to be woken for it.
    pub(crate) fn put(&mut self, mut entry: Waiting, now: Instant) -> Result<bool> {
        if !entry.batch.is_empty() {
            let batch = std::mem::take(&mut entry.batch);
            return self.append_batch(&entry.frame, batch, now);
        }
        match entry.opened(now) {
            (frame, Some((id, call))) => self.append_call(&frame, id, call),
            (frame, None) => self.append(&frame),
        }
    }

    /// Moves waiting sends whose turn has come into the buffer, and refuses those whose time is up. Returns when to look again.
    pub(crate) fn release(&mut self, now: Instant) -> Option<Instant> {
        self.waiting.expire(now, Waiting::evict);
        let next = loop {
            match self.next_waiting(now) {
                Ok(mut entry) => {
                    let done = entry.done.take();
                    let result = self.put(entry, now).map(|_| ());
                    if let Some(done) = done {
                        let _ = done.send(result);
                    }
                }
                Err(next) => break next,
            }
        };
        earlier(next, self.waiting.next_expiry())
    }

    /// Hands over the buffer: its bytes, where they stand in the stream, and how many frames they are.
    pub(crate) fn take_bytes(&mut self, into: &mut BytesMut) -> Option<(u64, u64)> {
        if self.bytes.is_empty() {
            return None;
        }
        let start = self.end - self.bytes.len() as u64;
        self.turn_at = self.end + TURN;
        into.clear();
        std::mem::swap(&mut self.bytes, into);
        Some((start, std::mem::take(&mut self.frames)))
    }

    /// Whether so much has gathered that whoever sent it lets the task have a turn: one of them, for as many bytes.
    pub(crate) fn gives_turn(&mut self) -> bool {
        let gives = self.end >= self.turn_at;
        if gives {
            self.turn_at = self.end + TURN;
        }
        gives
    }

    pub(crate) fn has_bytes(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// The connection is gone, and its calls with it: those that may be sent again wait for the next one, the others come back.
    pub(crate) fn lose_calls(&mut self, handed: u64, now: Instant) -> Vec<(u64, Call, Outcome)> {
        let mut lost = Vec::new();
        for (id, mut call, outcome) in self.calls.lose(handed) {
            match call.again.take() {
                Some(again) if call.deadline > now => {
                    let asking = Asking { id, purpose: call.purpose, method: call.method };
                    let entry = Waiting { call: Some(asking), lost: Some(outcome), ..*again };
                    self.wait(entry, now, call.deadline - now);
                }
                _ => lost.push((id, call, outcome)),
            }
        }
        lost
    }

    /// The connection is gone, and with it what was encoded for it.
    pub(crate) fn discard_bytes(&mut self) {
        self.bytes.clear();
        (self.frames, self.largest) = (0, 0);
    }

    /// The size of the largest frame sent on this connection.
    pub(crate) fn largest(&self) -> usize {
        self.largest
    }

    /// Lets a send wait for its turn, behind those as urgent as it is. Whatever has no room any more is told so.
    pub(crate) fn wait(&mut self, entry: Waiting, now: Instant, ttl: Duration) {
        let (bytes, priority) = (entry.frame.len(), entry.terms.priority);
        self.waiting.push(entry, bytes, priority, (now, ttl), Waiting::evict);
    }

    /// Takes the next waiting send whose turn has come; else says when to look again.
    pub(crate) fn next_waiting(&mut self, now: Instant) -> Result<Waiting, Option<Instant>> {
        loop {
            let may_leave = |(first, bytes): &(&Waiting, usize)| {
                (self.may_send(first.terms.priority) || self.rights == Rights::Drain) && self.has_room(*bytes)
            };
            let Some((first, _)) = self.waiting.peek().filter(may_leave) else {
                // Who could not send if it were its turn keeps nobody waiting.
                self.budget.sends.leave();
                return Err(None);
            };
            let Terms { priority, charge, .. } = first.terms;
            let wait = self.budget.sends.wait(priority, charge, now);
            if let Some(wait) = wait.as_ref().ok().filter(|wait| !wait.is_zero()) {
                self.budget.sends.line_up(priority, charge);
                return Err(Some(now + *wait));
            }
            let entry = self.waiting.pop(now, Waiting::evict).ok_or(None)?;
            match wait {
                Ok(_) => {
                    self.budget.sends.take(charge, now);
                    return Ok(entry);
                }
                // The limit was lowered while it waited.
                Err(error) => entry.refuse(error),
            }
        }
    }

    pub(crate) fn note_limited(&mut self, limited: Limited) {
        if self.limited.len() < MAX_LIMITED {
            self.limited.push_back(limited);
        }
    }

    /// Gives up a call whose caller went away: its slot is free at once, wherever it stood.
    pub(crate) fn forget(&mut self, id: u64) {
        self.calls.take(id);
        drop(self.waiting.extract(|entry| entry.call.as_ref().is_some_and(|call| call.id == id)));
    }
}

/// The bounds of what may wait, in items and bytes: the policy's own, or some that always exist.
fn room(policy: SendPolicy) -> (usize, usize) {
    match policy {
        SendPolicy::Queue { items, bytes, .. } => (usize::try_from(items).unwrap_or(usize::MAX), bytes),
        _ => (1_024, 4 * 1024 * 1024),
    }
}
