//! The calls that wait for an answer: number → who waits.
//!
//! A call leaves the table before its waiter is told, so there is exactly one outcome. A late answer finds nothing and is counted.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::Waiting;
use crate::error::{Error, Outcome, Result};

/// Who waits for an answer.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// A caller; gets the result as JSON text.
    Caller(oneshot::Sender<Result<String>>),
    /// Nobody: the answer is only taken note of.
    Nobody,
    /// The login of this connection, or the renewal of one.
    Login { refresh: bool },
    /// One of the steps that prepare a connection.
    Prepare,
    /// What the platform asks for itself.
    Inquiry { tag: u64 },
    /// The subscription of these topics; `round` tells an answer to it from one to an earlier request for the same topic.
    Subscribe { topics: Vec<String>, round: u64 },
    /// The end of these topics' subscription.
    Unsubscribe(Vec<String>),
    /// The other way round: the venue waits for the client, under this key.
    Owed(Arc<str>),
}

/// A call that is to be sent.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) id: u64,
    pub(crate) purpose: Purpose,
    /// What is called, or what the request is for.
    pub(crate) method: Cow<'static, str>,
}

/// A call that waits for its answer.
pub(crate) struct Call {
    pub(crate) purpose: Purpose,
    /// What is called, or what the request is for.
    pub(crate) method: Cow<'static, str>,
    pub(crate) deadline: Instant,
    pub(crate) allowed: Duration,
    /// Where its first byte stands in the stream of all bytes sent.
    pub(crate) position: u64,
    /// What to send on the next connection if this one is lost, where that does no harm.
    pub(crate) again: Option<Box<Waiting>>,
}

/// Spreads numbers that are given one after the other. They are the client's own: nobody else can choose them to collide.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The calls that wait for an answer.
#[derive(Default)]
pub(crate) struct Calls {
    open: HashMap<u64, Call, BuildHasherDefault<Spread>>,
    /// No call is due before this; may be early, never late.
    next: Option<Instant>,
}

impl Calls {
    /// Takes in a call. True if it is due before all others, for which somebody may have to be woken sooner.
    pub(crate) fn insert(&mut self, id: u64, call: Call) -> bool {
        let is_first = self.next.is_none_or(|next| call.deadline < next);
        if is_first {
            self.next = Some(call.deadline);
        }
        self.open.insert(id, call);
        is_first
    }

    /// Takes the call that this answer belongs to.
    pub(crate) fn take(&mut self, id: u64) -> Option<Call> {
        let call = self.open.remove(&id);
        if self.open.is_empty() {
            self.next = None;
        }
        call
    }

    /// Whether callers (not the engine itself) wait for answers. Somebody may wait for a topic, too.
    pub(crate) fn has_callers(&self) -> bool {
        self.open.values().any(|call| matches!(call.purpose, Purpose::Caller(_) | Purpose::Subscribe { .. }))
    }

    /// Takes the calls that callers wait for, in their order.
    pub(crate) fn take_callers(&mut self) -> Vec<(u64, Call)> {
        let mut calls: Vec<_> = self.open.extract_if(|_, call| matches!(call.purpose, Purpose::Caller(_))).collect();
        calls.sort_unstable_by_key(|(id, _)| *id);
        self.next = self.open.values().map(|call| call.deadline).min();
        calls
    }

    /// The number under which the venue waits for the answer to this.
    pub(crate) fn owed(&self, key: &str) -> Option<u64> {
        let mut owed =
            self.open.iter().filter(|(_, call)| matches!(&call.purpose, Purpose::Owed(owed) if **owed == *key));
        owed.next().map(|(id, _)| *id)
    }

    /// Whether the venue waits for an answer.
    pub(crate) fn owes(&self) -> bool {
        self.open.values().any(|call| matches!(call.purpose, Purpose::Owed(_)))
    }

    /// When to look for calls that are due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Takes the calls that are due.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<(u64, Call)> {
        if self.next.is_none_or(|next| next > now) {
            return Vec::new();
        }
        let due: Vec<u64> = self.open.iter().filter(|(_, call)| call.deadline <= now).map(|(id, _)| *id).collect();
        let calls = due.into_iter().filter_map(|id| self.open.remove_entry(&id)).collect();
        self.next = self.open.values().map(|call| call.deadline).min();
        calls
    }

    /// Takes all calls, in their order: the link is gone. `handed` is how far the system took the bytes.
    pub(crate) fn lose(&mut self, handed: u64) -> Vec<(u64, Call, Outcome)> {
        self.next = None;
        let mut lost: Vec<_> = self
            .open
            .drain()
            .map(|(id, call)| {
                let outcome = call.outcome(handed);
                (id, call, outcome)
            })
            .collect();
        lost.sort_unstable_by_key(|(id, ..)| *id);
        lost
    }
}

impl Call {
    /// A call that is open from `now` on for as long as is `allowed`, and is sent once. Where it stands in the stream is noted when it is
    /// appended.
    pub(crate) fn new(purpose: Purpose, method: impl Into<Cow<'static, str>>, allowed: Duration, now: Instant) -> Self {
        Self { purpose, method: method.into(), deadline: now + allowed, allowed, position: 0, again: None }
    }

    /// When it was asked.
    pub(crate) fn asked(&self) -> Instant {
        self.deadline - self.allowed
    }

    /// Whether bytes of it may have left, now or on a connection before.
    pub(crate) fn outcome(&self, handed: u64) -> Outcome {
        let before = self.again.as_ref().and_then(|again| again.lost);
        if self.position < handed { Outcome::Unknown } else { before.unwrap_or(Outcome::NotSent) }
    }

    /// Tells the caller, if there is one, and gives the purpose back otherwise.
    pub(crate) fn resolve(self, result: Result<String>) -> Option<(Purpose, Result<String>)> {
        match self.purpose {
            Purpose::Caller(waiter) => {
                // A caller that went away took its slot with it; a race with that is no loss.
                let _ = waiter.send(result);
                None
            }
            purpose => Some((purpose, result)),
        }
    }

    /// No answer came in time. What is encoded for a live connection is sent, late or not: nobody can say any more that it was not.
    pub(crate) fn timed_out(&self) -> Error {
        let what = match self.purpose {
            Purpose::Caller(_) | Purpose::Nobody => "the answer to a call",
            Purpose::Login { .. } => "the answer to the login",
            Purpose::Prepare => "the answer to the connection's preparation",
            Purpose::Inquiry { .. } => "the answer to what the platform asked",
            Purpose::Subscribe { .. } | Purpose::Unsubscribe(_) => "the acknowledgement of a subscription",
            Purpose::Owed(_) => "the client's answer to a message that the venue wants answered",
        };
        let outcome = if let Purpose::Owed(_) = self.purpose { Outcome::NotSent } else { Outcome::Unknown };
        Error::Timeout { what, after: self.allowed, outcome: Some(outcome) }
    }
}
