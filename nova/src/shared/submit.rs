//! The way of a message from a caller to the buffer: encode, check the state's rights and the limiter, append or wait.

use std::{sync::MutexGuard, time::Duration};

use tokio::{sync::oneshot, time::Instant};

use super::{Asking, Call, Outbox, Purpose, Rights, Shared, Waiting};
use crate::{
    client::Client,
    config::SendPolicy,
    context::View,
    error::{Error, Result},
    flow::Charge,
    frame::Frame,
    message::{Body, Outgoing},
    platform::{Platform, PlatformSpec},
    state::State,
    verdict::{Admission, Limited, LimiterView},
};

/// The longest deadline: no clock overflows by it, and nobody waits it out.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An answer for which nobody waits any more.
const TOO_LATE: Error =
    Error::Evicted { reason: "what it answers is overdue, answered already, or of a connection that is gone" };

/// What became of something handed in.
pub(crate) enum Submitted {
    /// It is in the buffer.
    Sent,
    /// It waits; the receiver tells when it is in the buffer, or why it never will be.
    Waiting(oneshot::Receiver<Result<()>>),
}

/// When something handed in may leave.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    Now,
    /// Not yet; with how long it is kept for a connection, where it waits for one.
    Later(Option<Duration>),
}

impl<C: Client> Shared<C> {
    /// Gives a call its number and its wire form.
    pub(super) fn numbered(&self, outgoing: Outgoing) -> Result<(Outgoing, Option<u64>)> {
        Ok(match &outgoing.body {
            _ if outgoing.is_acknowledged() => {
                let id = self.next_id();
                (self.platform.deliver(id, &outgoing)?, Some(id))
            }
            Body::Call { method, params } => {
                let id = self.next_id();
                (self.platform.request(id, method, params.as_deref())?, Some(id))
            }
            Body::Numbered { pieces } => {
                let id = self.next_id();
                (Outgoing::json(pieces.join(&id.to_string())), Some(id))
            }
            _ => (outgoing, None),
        })
    }

    /// Makes the frame of something in its wire form.
    pub(super) fn frame(&self, outgoing: Outgoing) -> Result<Frame> {
        let config = self.config.load();
        let frame = (self.hooks.encode)(outgoing, &self.codec, View::new(&self.platform, &config))?;
        match C::Platform::SPEC.bounds.outbound {
            Some(most) if frame.len() > most => {
                let reason = format!("it has {} bytes, and the venue takes {most} in one frame", frame.len());
                Err(Error::Encode { what: "a message".into(), reason: reason.into() })
            }
            _ => Ok(frame),
        }
    }

    /// Makes the frame of something to send; a call gets its number and its wire form.
    pub(crate) fn encode(&self, outgoing: Outgoing) -> Result<(Frame, Option<u64>)> {
        let (outgoing, id) = self.numbered(outgoing)?;
        Ok((self.frame(outgoing)?, id))
    }

    /// Something to send, as it waits for its turn.
    pub(super) fn waiting(&self, frame: Frame, call: Option<Asking>, outgoing: &Outgoing) -> Waiting {
        let config = self.config.load();
        let cost = (self.hooks.cost)(outgoing, View::new(&self.platform, &config));
        Waiting {
            frame,
            call,
            batch: Vec::new(),
            done: None,
            priority: outgoing.urgency(),
            charge: Charge { cost, pool: self.platform.cost(outgoing).0 },
            allowed: outgoing.deadline().unwrap_or(config.connection.request_timeout).min(FOREVER),
            asked: Instant::now(),
            patient: true,
            idempotent: outgoing.is_idempotent(),
            lost: None,
        }
    }

    /// Sends for a user. `caller` gets the answer, if it is a call; the number is what to forget when the caller goes away.
    pub(crate) fn submit(
        &self,
        outgoing: &Outgoing,
        caller: Option<oneshot::Sender<Result<String>>>,
    ) -> Result<(Submitted, Option<u64>)> {
        let (frame, id) = self.encode(outgoing.clone())?;
        let purpose = caller.map_or(Purpose::Nobody, Purpose::Caller);
        let call = id.map(|id| Asking { id, purpose, method: outgoing.title() });
        let entry = self.waiting(frame, call, outgoing);
        let mut outbox = self.outbox();
        let owed = match outgoing.answers() {
            Some(key) => Some(outbox.calls.owed(key).ok_or(TOO_LATE)?),
            None => None,
        };
        let turn = self.turn(&mut outbox, outgoing, &entry, owed.is_some())?;
        let answered = owed.and_then(|id| Some((id, outbox.calls.take(id)?)));
        let submitted = self.enter(outbox, entry, turn)?;
        if let Some((id, call)) = answered {
            self.resolve(id, call, Ok(String::new()));
        }
        Ok((submitted, id))
    }

    /// When something may leave, if at all. What is `owed` to the venue leaves at once.
    pub(super) fn turn(&self, outbox: &mut Outbox, outgoing: &Outgoing, entry: &Waiting, owed: bool) -> Result<Turn> {
        let config = self.config.load();
        let Waiting { priority, charge, asked, .. } = *entry;
        // The connection that waits for an answer is there.
        let ready = outbox.may_send(priority) || owed;
        if !ready {
            self.held(outbox, config.connection.send)?;
        }
        let wait = outbox.budget.sends.wait(priority, charge, asked)?;
        let limiter = LimiterView::new(charge.cost, wait, outbox.waiting.len(), config.rate_limit.mode);
        let admission = (self.hooks.admit)(outgoing, &limiter, View::new(&self.platform, &config));
        if admission != Admission::Allow {
            outbox.note_limited(Limited::new(outgoing, charge.cost, wait, admission == Admission::Reject));
            if outbox.limited.len() == 1 {
                self.task.wake();
            }
        }
        let ahead = outbox.waiting.peek().is_some_and(|(first, _)| first.priority <= priority);
        match config.connection.send {
            _ if admission == Admission::Reject => Err(Error::RateLimited { retry_after: wait }),
            _ if ready && admission == Admission::Allow && !ahead || owed => Ok(Turn::Now),
            SendPolicy::Queue { ttl, .. } if !ready => Ok(Turn::Later(Some(ttl))),
            _ => Ok(Turn::Later(None)),
        }
    }

    /// Puts something into the buffer, or lets it wait.
    pub(super) fn enter(&self, mut outbox: MutexGuard<'_, Outbox>, entry: Waiting, turn: Turn) -> Result<Submitted> {
        let ttl = match turn {
            Turn::Now => {
                outbox.budget.sends.take(entry.charge, entry.asked);
                // A call brings a deadline, which the task may have to wake for sooner than it meant to.
                let is_call = entry.call.is_some() || !entry.batch.is_empty();
                let now = entry.asked;
                if leave(&mut outbox, entry, now)? || is_call {
                    self.task.wake();
                }
                return Ok(Submitted::Sent);
            }
            Turn::Later(ttl) => ttl,
        };
        let (done, told) = oneshot::channel();
        let entry = Waiting { done: Some(done), patient: ttl.is_none(), ..entry };
        let (now, ttl) = (entry.asked, ttl.unwrap_or(entry.allowed));
        outbox.wait(entry, now, ttl);
        drop(outbox);
        self.task.wake();
        Ok(Submitted::Waiting(told))
    }

    /// Sends for the engine itself: no state and no limiter holds it back, but what it costs is counted.
    pub(crate) fn submit_now(&self, outgoing: Outgoing, purpose: Purpose, allowed: Duration) -> Result<Option<u64>> {
        let config = self.config.load();
        let pool = self.platform.cost(&outgoing).0;
        let cost = (self.hooks.cost)(&outgoing, View::new(&self.platform, &config));
        let method = outgoing.title();
        let (frame, id) = self.encode(outgoing)?;
        let allowed = allowed.min(FOREVER);
        let now = Instant::now();
        let mut outbox = self.outbox();
        outbox.budget.sends.force(Charge { cost, pool }, now);
        match id {
            Some(id) => {
                let deadline = now + allowed;
                outbox.append_call(&frame, id, Call { purpose, method, deadline, allowed, position: 0, again: None })?
            }
            None => outbox.append(&frame)?,
        };
        Ok(id)
    }

    /// Whether a send that may not leave now may wait.
    fn held(&self, outbox: &Outbox, policy: SendPolicy) -> Result<()> {
        let (state, ended) = self.status.read(|status| (status.state, status.ended()));
        if let Some(ended) = ended {
            return Err(ended);
        }
        if matches!(outbox.rights, Rights::Drain | Rights::Over) {
            return Err(Error::ClientClosed);
        }
        match policy {
            // It rests for longer than a send waits.
            SendPolicy::Wait if state == State::Suspended => Err(Error::NotReady { state: state.name() }),
            SendPolicy::FailFast => Err(Error::NotReady { state: state.name() }),
            _ => Ok(()),
        }
    }

    /// Moves waiting sends whose turn has come into the buffer, and refuses those whose time is up. Returns when to look again.
    pub(crate) fn release(&self, now: Instant) -> Option<Instant> {
        let mut outbox = self.outbox();
        outbox.waiting.expire(now, Waiting::evict);
        let next = loop {
            match outbox.next_waiting(now) {
                Ok(mut entry) => {
                    let done = entry.done.take();
                    let result = leave(&mut outbox, entry, now).map(|_| ());
                    if let Some(done) = done {
                        let _ = done.send(result);
                    }
                }
                Err(next) => break next,
            }
        };
        match (next, outbox.waiting.next_expiry()) {
            (Some(next), Some(expiry)) => Some(next.min(expiry)),
            (next, expiry) => next.or(expiry),
        }
    }
}

/// Puts a send into the buffer, where it is a call with the time it has left; true if the task has to be woken for it.
fn leave(outbox: &mut Outbox, mut entry: Waiting, now: Instant) -> Result<bool> {
    let batch = std::mem::take(&mut entry.batch);
    match entry.opened(now) {
        (frame, _) if !batch.is_empty() => outbox.append_batch(&frame, batch, now),
        (frame, Some((id, call))) => outbox.append_call(&frame, id, call),
        (frame, None) => outbox.append(&frame),
    }
}
