//! The way of a message from a caller to the buffer: check the state's rights and the limiter, append or wait.

use std::{sync::MutexGuard, time::Duration};

use tokio::{sync::oneshot, time::Instant};

use super::{Asking, Call, FULL, Outbox, Purpose, Rights, Shared, Terms, Waiting, form::allowed};
use crate::{
    client::Client,
    config::{Config, SendPolicy},
    context::View,
    error::{Error, Result},
    message::Outgoing,
    platform::PlatformSpec,
    state::State,
    verdict::{Admission, Limited, LimiterView},
};

/// The longest deadline: no clock overflows by it, and nobody waits it out.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An answer for which nobody waits any more.
const TOO_LATE: Error =
    Error::Evicted { reason: "what it answers is overdue, answered already, or of a connection that is gone" };

/// Whether somebody waits for what becomes of something handed in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// It may wait for room in the buffer, as the send policy says: whoever sends it is told.
    Waits,
    /// It leaves now, or is queued where it may not be sent yet. A full buffer refuses it, or it might be lost in silence.
    None,
}

/// What became of something handed in.
pub(crate) enum Submitted {
    /// It is in the buffer.
    Sent,
    /// The same, behind so much else that the task is to have a turn before more is sent.
    SentMuch,
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

/// What a call is for.
fn purpose(caller: Option<oneshot::Sender<Result<String>>>) -> Purpose {
    caller.map_or(Purpose::Nobody, Purpose::Caller)
}

impl<C: Client> Shared<C> {
    /// The outbox and what to put there, where that is all there is to sending something with this wire form: nobody has a word on it,
    /// and nothing holds it back.
    #[inline(always)]
    fn unhindered<'w>(&self, outgoing: &Outgoing, wire: &'w Outgoing) -> Option<(MutexGuard<'_, Outbox>, &'w str)> {
        if self.hooks.encode.is_some() || self.hooks.admit.is_some() || !outgoing.is_ordinary() {
            return None;
        }
        let text = wire.written::<C::Codec>()?;
        if C::Platform::SPEC.bounds.outbound.is_some_and(|most| text.len() > most) {
            return None;
        }
        let outbox = self.outbox();
        outbox.is_clear(outgoing.urgency(), text.len()).then_some((outbox, text))
    }

    /// Sends for a user. `caller` gets the answer, if it is a call; the number is what to forget when the caller goes away.
    pub(crate) fn submit(
        &self,
        outgoing: Outgoing,
        caller: Option<oneshot::Sender<Result<String>>>,
        patience: Patience,
    ) -> Result<(Submitted, Option<u64>)> {
        let numbered = self.numbered(&outgoing)?;
        match &numbered {
            Some((id, wire)) => {
                if let Some((mut outbox, text)) = self.unhindered(&outgoing, wire) {
                    let allowed = allowed(&outgoing, outbox.patience);
                    let call = Call::new(purpose(caller), outgoing.into_title(), allowed, Instant::now());
                    let wake = outbox.append_call(text, *id, call)?;
                    return Ok((self.sent(outbox, wake), Some(*id)));
                }
            }
            None => {
                if let Some((mut outbox, text)) = self.unhindered(&outgoing, &outgoing) {
                    let wake = outbox.append(text)?;
                    return Ok((self.sent(outbox, wake), None));
                }
            }
        }
        self.submit_frame(outgoing, numbered, caller, patience)
    }

    /// The same of what the client has a word on, or what may have to wait, as a frame.
    fn submit_frame(
        &self,
        outgoing: Outgoing,
        numbered: Option<(u64, Outgoing)>,
        caller: Option<oneshot::Sender<Result<String>>>,
        patience: Patience,
    ) -> Result<(Submitted, Option<u64>)> {
        let config = self.config.load();
        let terms = self.terms(&outgoing, &config);
        let (answers, is_ordinary) = (outgoing.answers().cloned(), outgoing.is_ordinary());
        let (frame, id, kept) = self.encode(outgoing, numbered, &config)?;
        let mut outbox = self.outbox();
        if self.hooks.admit.is_none() && is_ordinary && outbox.is_clear(terms.priority, frame.len()) {
            let wake = match id.zip(kept) {
                Some((id, kept)) => {
                    let call = Call::new(purpose(caller), kept.into_title(), terms.allowed, Instant::now());
                    outbox.append_call(&frame, id, call)?
                }
                // Nobody is asked, not even the clock.
                None => outbox.append(&frame)?,
            };
            return Ok((self.sent(outbox, wake), id));
        }
        let owed = match answers {
            Some(key) => Some(outbox.calls.owed(&key).ok_or(TOO_LATE)?),
            None => None,
        };
        let asked = Instant::now();
        let mut entry = Waiting::new(frame, None, terms, asked);
        let turn = self.turn(&mut outbox, &entry, kept.as_ref(), (owed.is_some(), patience), &config)?;
        let answered = owed.and_then(|id| Some((id, outbox.calls.take(id)?)));
        entry.call = id.zip(kept).map(|(id, kept)| Asking { id, purpose: purpose(caller), method: kept.into_title() });
        let submitted = self.enter(outbox, entry, turn)?;
        if let Some((id, call)) = answered {
            self.resolve(id, call, Ok(String::new()), asked);
        }
        Ok((submitted, id))
    }

    /// When something may leave, if at all. What is `owed` to the venue leaves at once. Without `outgoing` nobody but the limits has a
    /// word on it.
    pub(super) fn turn(
        &self,
        outbox: &mut Outbox,
        entry: &Waiting,
        outgoing: Option<&Outgoing>,
        (owed, patience): (bool, Patience),
        config: &Config,
    ) -> Result<Turn> {
        let Terms { priority, charge, .. } = entry.terms;
        // The connection that waits for an answer is there.
        let ready = outbox.may_send(priority) || owed;
        if !ready {
            self.held(outbox, config.connection.send)?;
        }
        let wait = outbox.budget.sends.wait(priority, charge, entry.asked)?;
        let limiter = LimiterView::new(charge.cost, wait, outbox.waiting.len(), config.rate_limit.mode);
        let admission = match (self.hooks.admit, outgoing) {
            (Some(admit), Some(outgoing)) => admit(outgoing, &limiter, View::new(&self.platform, config)),
            _ => limiter.admission(),
        };
        if admission != Admission::Allow {
            let method = outgoing.and_then(Outgoing::method);
            outbox.note_limited(Limited::new(method, charge.cost, wait, admission == Admission::Reject));
            if outbox.limited.len() == 1 {
                self.task.wake();
            }
        }
        let ahead = outbox.waiting.peek().is_some_and(|(first, _)| first.terms.priority <= priority);
        let full = !outbox.has_room(entry.frame.len());
        match config.connection.send {
            _ if admission == Admission::Reject => Err(Error::RateLimited { retry_after: wait }),
            policy if full && (owed || policy == SendPolicy::FailFast || patience == Patience::None) => Err(FULL),
            _ if ready && admission == Admission::Allow && !ahead && !full || owed => Ok(Turn::Now),
            SendPolicy::Queue { ttl, .. } if !ready => Ok(Turn::Later(Some(ttl))),
            _ => Ok(Turn::Later(None)),
        }
    }

    /// Puts something into the buffer, or lets it wait.
    pub(super) fn enter(&self, mut outbox: MutexGuard<'_, Outbox>, entry: Waiting, turn: Turn) -> Result<Submitted> {
        let (Terms { charge, allowed, .. }, now) = (entry.terms, entry.asked);
        let ttl = match turn {
            Turn::Now => {
                outbox.budget.sends.take(charge, now);
                let wake = outbox.put(entry, now)?;
                return Ok(self.sent(outbox, wake));
            }
            Turn::Later(ttl) => ttl,
        };
        let (done, told) = oneshot::channel();
        let terms = Terms { patient: ttl.is_none(), ..entry.terms };
        outbox.wait(Waiting { done: Some(done), terms, ..entry }, now, ttl.unwrap_or(allowed));
        drop(outbox);
        self.task.wake();
        Ok(Submitted::Waiting(told))
    }

    /// Something is in the buffer. The task is woken with the outbox free for it.
    fn sent(&self, mut outbox: MutexGuard<'_, Outbox>, wake: bool) -> Submitted {
        let gives_turn = outbox.gives_turn();
        drop(outbox);
        if wake {
            self.task.wake_to_write();
        }
        if gives_turn { Submitted::SentMuch } else { Submitted::Sent }
    }

    /// Sends for the engine itself: no state and no limiter holds it back, but what it costs is counted.
    pub(crate) fn submit_now(&self, outgoing: Outgoing, purpose: Purpose, allowed: Duration) -> Result<Option<u64>> {
        let config = self.config.load();
        let charge = self.terms(&outgoing, &config).charge;
        let numbered = self.numbered(&outgoing)?;
        let (frame, id, kept) = self.encode(outgoing, numbered, &config)?;
        let (allowed, now) = (allowed.min(FOREVER), Instant::now());
        let mut outbox = self.outbox();
        outbox.budget.sends.force(charge, now);
        match id.zip(kept) {
            Some((id, kept)) => outbox.append_call(&frame, id, Call::new(purpose, kept.into_title(), allowed, now))?,
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
}
