//! From the outbox to the socket: waiting sends are released, the heartbeat is sent, everything is written in one call.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use rand::Rng as _;

use super::{attend::ask, engine::Engine, machine::Trigger};
use crate::{
    behaviour::Handlers,
    context::{Lent, View},
    error::{Error, ErrorClass, Result},
    flow::{Charge, SharedLimiter},
    frame::Frame,
    message::Outgoing,
    platform::{Heartbeat, LimitNews, Platform},
    shared::Purpose,
    state::{Cause, State},
    time::Instant,
    verdict::Beat,
};

/// How long everything is kept back after a request was refused for being one too many.
const REFUSED: Duration = Duration::from_secs(1);

/// How long half the rate is used after the venue closed the connection for want of room (1013).
const CLOSED: Duration = Duration::from_secs(60);

impl<C: Handlers> Engine<C> {
    /// Sends what is due: topics, and sends whose turn has come.
    pub(super) fn work(&mut self, now: Instant) {
        self.work_topics(now);
        self.work_inquiries(now);
        let limited = {
            let mut outbox = self.shared.outbox();
            if self.held.is_none() {
                outbox.budget.topics.leave();
            }
            self.release_at = outbox.release(now);
            std::mem::take(&mut outbox.limited)
        };
        self.tell_limited(limited);
    }

    /// What takes from the limits, and how much.
    pub(super) fn charge(&self, outgoing: &Outgoing) -> Charge {
        let config = self.shared.config.load();
        let cost = C::cost(outgoing, View::new(&self.shared.platform, &config));
        Charge { cost, pool: self.shared.platform.cost(outgoing).0 }
    }

    /// What the venue says of its limits.
    pub(super) fn heed_limits(&mut self, news: LimitNews, now: Instant) {
        let limiter = self.limiter();
        match news {
            LimitNews::Remaining { pool, remaining, resets } => limiter.remains(pool, remaining, resets, now),
            LimitNews::Pause(pause) => limiter.penalise(pause),
        }
    }

    /// What a refusal, or the end of a connection, says of the venue's limits, whatever the limiter thinks.
    pub(super) fn heed_refusal(&mut self, error: &Error, now: Instant) {
        let limiter = self.limiter();
        match error {
            Error::Platform { class: ErrorClass::RateLimited, .. } => limiter.penalise(REFUSED),
            Error::Rejected { status: 429 | 503, retry_after: Some(after), .. } => limiter.penalise(*after),
            Error::Closed { .. } if error.class() == ErrorClass::RateLimited => {
                limiter.penalise(REFUSED);
                limiter.slow_down(CLOSED, now);
            }
            _ => {}
        }
    }

    fn limiter(&self) -> SharedLimiter {
        self.shared.outbox().budget.limiter().clone()
    }

    /// Writes what waits, and what had no room before that was written.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>, now: Instant) {
        self.write(cx, now);
        while self.release_at.is_some() && self.refill(now) {
            self.write(cx, now);
        }
    }

    /// Whether sends that waited have room now.
    fn refill(&mut self, now: Instant) -> bool {
        let mut outbox = self.shared.outbox();
        if outbox.has_bytes() {
            return false;
        }
        self.release_at = outbox.release(now);
        outbox.has_bytes()
    }

    /// Writes what waits, where that is all there is to do: true if all of it was written, and no call has to be timed for it.
    pub(super) fn write_alone(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(leg) = &mut self.leg else { return false };
        if std::mem::take(&mut self.to_write) | self.shared.task.take_to_write() {
            let flushed = leg.poll_flush(cx, &self.shared.outbox);
            let due = self.shared.outbox().calls.deadline();
            let untimed = due.is_some_and(|due| self.armed.is_none_or(|armed| due < armed));
            if untimed || self.release_at.is_some() || !matches!(flushed, Poll::Ready(Ok(()))) {
                return false;
            }
        }
        self.shared.telemetry.traffic(leg.traffic());
        true
    }

    fn write(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(leg) = &mut self.leg else { return };
        let flushed = leg.poll_flush(cx, &self.shared.outbox);
        self.shared.telemetry.traffic(leg.traffic());
        match flushed {
            Poll::Ready(Ok(())) => {
                if self.machine.state() == State::Draining && self.nothing_waits() {
                    self.step(Trigger::Drained, Cause::Drained, now);
                    // The close frame has just been queued.
                    self.write(cx, now);
                }
            }
            // Frames the peer sent before may still be read; reading tells of the loss.
            Poll::Ready(Err(error)) if !self.can_still_read() => self.failed(error, now),
            // The socket wakes the task without a word, once it takes more.
            Poll::Ready(Err(_)) | Poll::Pending => self.unsettled = true,
        }
    }

    fn nothing_waits(&self) -> bool {
        let outbox = self.shared.outbox();
        !outbox.has_bytes() && outbox.waiting.is_empty()
    }

    fn can_still_read(&self) -> bool {
        self.leg.as_ref().is_some_and(|leg| leg.ws.has_unread())
    }

    /// What the client would send as a heartbeat.
    fn heartbeat(&mut self) -> Heartbeat {
        let config = self.config();
        let shared = self.shared.clone();
        let mut lent = Lent::<C>::new(&shared.platform, &mut self.memory, &config);
        let heartbeat = ask("heartbeat", || C::heartbeat(&mut lent));
        let (heartbeat, panicked) = match heartbeat {
            Ok(heartbeat) => (heartbeat, None),
            Err(panicked) => (lent.inherited().heartbeat(), Some(panicked)),
        };
        if let Some(panicked) = panicked {
            self.report(panicked);
        }
        heartbeat
    }

    /// Sends a ping that only its own pong answers.
    fn ping(&mut self) -> Result<()> {
        let payload = self.rng.next_u64().to_be_bytes();
        if let Some(leg) = &mut self.leg {
            leg.ping = Some(payload);
        }
        self.shared.outbox().append(&Frame::Ping(payload.to_vec().into())).map(|_| ())
    }

    /// A feed flows in, and nothing shows that the peer hears this client: a ping asks. Where heartbeats are no pings, none is sent.
    pub(super) fn doubt(&mut self) {
        if let Heartbeat::Ping = self.heartbeat()
            && let Err(error) = self.ping()
        {
            self.report(error);
        }
    }

    /// The heartbeat's moment has come.
    pub(super) fn send_heartbeat(&mut self, missed: u32) {
        let sent = match self.heartbeat() {
            Heartbeat::Ping => self.ping(),
            Heartbeat::Send(outgoing) => {
                let timeout = self.config().connection.request_timeout;
                self.shared.submit_now(outgoing, Purpose::Nobody, timeout).map(|_| ())
            }
        };
        if missed > 0 {
            self.beat(Beat::Missed { missed });
        }
        match sent {
            Ok(()) => self.beat(Beat::Sent),
            Err(error) => self.report(error),
        }
    }
}
