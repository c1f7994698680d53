//! Every timer of a client as one deadline.

use std::{
    future::Future,
    task::{Context, Poll},
    time::Duration,
};

use super::{engine::Engine, heartbeat::Due, machine::Trigger};
use crate::{
    behaviour::Handlers,
    error::Error,
    shared::Purpose,
    state::{Cause, State},
    telemetry::Event,
    time::{Instant, earlier},
    verdict::Beat,
};

/// How long one message may take to arrive, however slowly its bytes come.
const MESSAGE_TIME: Duration = Duration::from_secs(30);

impl<C: Handlers> Engine<C> {
    /// The first moment at which something is due.
    fn next_deadline(&self) -> Option<Instant> {
        let (calls, ended) = {
            let outbox = self.shared.outbox();
            (outbox.calls.deadline(), outbox.ended)
        };
        if ended {
            let parting = self.parting.as_ref().map(|parting| parting.by);
            return parting.or_else(|| self.closing.as_ref().map(|closing| closing.by));
        }
        let leg = self.leg.as_ref();
        [
            self.machine.deadline(),
            calls,
            self.release_at,
            self.login.deadline(),
            self.proven_at(),
            self.held.as_ref().map(|held| held.until),
            self.inquiry.as_ref().map(|waiting| waiting.1),
            self.topics_deadline(),
            self.losses.due(),
            self.undecided.as_ref().map(|undecided| undecided.until),
            self.parting.as_ref().map(|parting| parting.by),
            leg.and_then(|leg| leg.heartbeat.deadline()),
            leg.and_then(|leg| leg.message_since).map(|since| since + MESSAGE_TIME),
        ]
        .into_iter()
        .fold(None, earlier)
    }

    /// Sets the timer. True if its moment has come already.
    ///
    /// A later deadline leaves it as it is (it then fires once for nothing), unless what it waited for has come: so a busy link never
    /// touches it, and an idle one never wakes for nothing.
    pub(super) fn arm(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let next = self.next_deadline();
        let relax = std::mem::take(&mut self.relax);
        let Some(next) = next else {
            self.armed = None;
            return false;
        };
        match self.armed.filter(|armed| next == *armed || (next > *armed && !relax)) {
            // It was asked to wake the task when it was set, and its moment has not come.
            Some(armed) if now < armed => return false,
            Some(_) => {}
            None => {
                self.timer.as_mut().reset(next);
                self.armed = Some(next);
            }
        }
        if self.timer.as_mut().poll(cx).is_ready() {
            self.armed = None;
            let now = Instant::now();
            return now >= next || self.arm(cx, now);
        }
        false
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        self.expire_calls(now);
        self.tick_login(now);
        self.prove(now);
        self.tick_leg(now);
        self.tick_topics(now);
        self.tick_losses(now);
        if self.machine.deadline().is_some_and(|deadline| deadline <= now) {
            self.machine.set_deadline(None);
            self.state_timed_out(now);
        }
    }

    fn tick_leg(&mut self, now: Instant) {
        let blocked = self.is_blocked();
        let Some(leg) = &mut self.leg else { return };
        if blocked {
            // The peer's words lie unread because nobody here takes them: that is not its silence.
            leg.heartbeat.excuse(now);
            leg.message_since = leg.message_since.map(|_| now);
        }
        if leg.message_since.is_some_and(|since| since + MESSAGE_TIME <= now) {
            let error = Error::Timeout { what: "the rest of a message", after: MESSAGE_TIME, outcome: None };
            return self.failed(error, now);
        }
        let late = leg.heartbeat.deadline().map_or(Duration::ZERO, |deadline| now.saturating_duration_since(deadline));
        match leg.heartbeat.tick(now) {
            Due::Nothing => {}
            Due::Beat { missed } => self.send_heartbeat(missed),
            Due::Doubt => self.doubt(),
            Due::Deaf { after } => {
                self.failed(
                    Error::Timeout { what: "the answer to a heartbeat on a busy link", after, outcome: None },
                    now,
                );
            }
            Due::Dead { silent } => {
                self.beat(Beat::Missed { missed: self.shared.config.load().heartbeat.missed });
                self.failed(Error::Silent { silent }, now);
            }
        }
        if late > self.shared.config.load().heartbeat.timeout {
            self.shared.telemetry.emit(Event::Stalled { stalled: late });
        }
    }

    /// The machine was suspended: its link is asked at once whether it still lives, and its login how old it is.
    pub(super) fn poll_suspension(&mut self, cx: &mut Context<'_>, now: Instant) {
        while let Poll::Ready(stalled) = self.suspension.as_mut().poll(cx) {
            self.suspension = self.shared.clock.suspension();
            self.shared.telemetry.emit(Event::Stalled { stalled });
            self.tick_login(now);
            if self.leg.as_mut().is_some_and(|leg| leg.heartbeat.probe(now)) {
                self.relax = true;
                self.send_heartbeat(0);
            }
        }
    }

    fn state_timed_out(&mut self, now: Instant) {
        let config = self.config();
        match self.machine.state() {
            State::Backoff | State::Suspended => self.step(Trigger::Dial, Cause::DelayOver, now),
            State::Authenticating => {
                let what = match () {
                    () if self.greeting => "`handle_connect`",
                    () if !self.login.may_begin::<C>() => "the venue's first word",
                    () => "logging in",
                };
                let error = Error::Timeout { what, after: config.auth.timeout, outcome: None };
                self.failed(error, now);
            }
            State::Draining => self.step(Trigger::Drained, Cause::Drained, now),
            State::Closing => {
                self.clean = false;
                self.step(Trigger::Finished, Cause::Finished { clean: false }, now);
            }
            _ => {}
        }
    }

    /// Calls whose answer did not come in time.
    fn expire_calls(&mut self, now: Instant) {
        let due = self.shared.outbox().calls.expire(now);
        if due.is_empty() {
            return;
        }
        for (id, call) in due {
            if self.is_acknowledged(&call.purpose) {
                continue;
            }
            let error = call.timed_out();
            let Some((purpose, _)) = self.shared.resolve(id, call, Err(error.clone()), now) else { continue };
            match purpose {
                Purpose::Caller(_) | Purpose::Nobody => {}
                Purpose::Owed(_) => self.report(error),
                // The connection they were for may have gone with the call before.
                _ if self.leg.is_none() => {}
                Purpose::Login { refresh } => self.login_timed_out(error, refresh, now),
                Purpose::Prepare => self.failed(error, now),
                Purpose::Inquiry { tag } => self.informed(tag, &Err(error), now),
                Purpose::Subscribe { topics, round } => self.subscribe_timed_out((&topics, round), &error, now),
                Purpose::Unsubscribe(topics) => self.topics.left(&topics),
            }
        }
    }
}
