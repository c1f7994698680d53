//! The life of one link: dialled, connected, prepared, restored, lost.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use rand::RngExt as _;

use super::{
    dial::{Dialled, Dialling, dial},
    engine::{Engine, overrides},
    heartbeat::HeartbeatTimer,
    leg::Leg,
    machine::Trigger,
    parting::Parting,
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    config::{Config, SendPolicy},
    context::View,
    error::{Error, ErrorClass, Outcome, Result},
    frame::CloseCode,
    platform::{Dial, LoginContext, Platform, PlatformSpec},
    shared::{FOREVER, Purpose, Waiting},
    state::{Cause, ConnectionInfo, Disconnect, State},
    time::Instant,
    transport::Limits,
};

/// A heartbeat more often than this would be a busy loop.
pub(super) const SHORTEST_BEAT: Duration = Duration::from_millis(100);

impl<C: Handlers> Engine<C> {
    pub(super) fn begin_dial(&mut self, now: Instant) {
        self.drop_leg(None, now);
        let circuit = self.course.dialled(now);
        self.tell_breaker(circuit);
        match self.secrets.ask(self.config().auth.timeout) {
            Some(asking) => self.dialling = Some(Dialling::Secrets(asking)),
            None => self.dial(now),
        }
    }

    fn dial(&mut self, now: Instant) {
        let config = self.config();
        let mut to = self.shared.platform.dial(&mut self.memory);
        let limits = Limits {
            max_frame: config.connection.max_frame,
            max_message: config.connection.max_message,
            ..Limits::default()
        };
        let shared = self.shared.clone();
        let context = LoginContext::new(&self.clock, rand::rng().random());
        let mut addressing = self.addressing.clone();
        #[cfg(feature = "test")]
        self.conceal();
        addressing.logs_in = self.secrets.credentials().is_some();
        match shared.platform.headers(&mut self.memory, self.secrets.credentials(), context) {
            Ok(own) => match &mut to {
                // Where the address is given, nobody is asked, and they are for nobody else.
                Dial::Fetch(fetch) => fetch.headers.extend(own),
                Dial::Url(_) => addressing.add_headers(own),
            },
            Err(error) => return self.give_up(error, now),
        }
        self.dialling = Some(Dialling::Link(dial(addressing, to, limits, config.connection.timeout)));
    }

    pub(super) fn poll_dial(&mut self, cx: &mut Context<'_>, now: Instant) {
        if let Some(Dialling::Secrets(asking)) = &mut self.dialling {
            let Poll::Ready(answer) = asking.as_mut().poll(cx) else { return };
            self.dialling = None;
            match self.secrets_answered(answer) {
                Ok(()) => self.dial(now),
                Err(error) => return self.failed(error, now),
            }
        }
        let Some(Dialling::Link(link)) = &mut self.dialling else { return };
        let Poll::Ready(result) = link.as_mut().poll(cx) else { return };
        self.dialling = None;
        match result {
            Ok(dialled) => self.connected(dialled, now),
            Err(error) => self.failed(error, now),
        }
    }

    /// The time between two heartbeats, as the client has it.
    pub(super) fn beat_interval(&self, config: &Config) -> Option<Duration> {
        let view = View::new(&self.shared.platform, config);
        C::interval(config, view).map(|interval| interval.clamp(SHORTEST_BEAT, FOREVER))
    }

    fn connected(&mut self, dialled: Dialled, now: Instant) {
        let config = self.config();
        let interval = self.beat_interval(&config);
        let heartbeat = HeartbeatTimer::new(interval, config.heartbeat.timeout, config.heartbeat.missed, now)
            .demanded(C::Platform::SPEC.bounds.heartbeat)
            .to_peer(self.answers);
        let Dialled { ws, address, query, subprotocol, took } = dialled;
        self.leg = Some(Leg::new(ws, heartbeat, query, now));
        self.connected = true;
        self.shared.platform.connected(&mut self.memory);
        self.preparing = None;
        let info = ConnectionInfo { epoch: self.machine.epoch() + 1, address, subprotocol, took };
        if overrides::<C>("ConnectionHandler") {
            self.greeting = true;
            self.queue.push(Seen::Connected(info));
        }
        self.step(Trigger::Connected, Cause::Connected, now);
    }

    /// What every new connection needs before its first topic.
    pub(super) fn prepare(&mut self, now: Instant) {
        let config = self.config();
        let steps = self.shared.platform.prepare(&mut self.memory, &config, self.login.holds());
        self.preparing = Some(0);
        for step in steps {
            match self.shared.submit_now(step, Purpose::Prepare, config.connection.request_timeout) {
                Ok(Some(_)) => self.preparing = self.preparing.map(|open| open + 1),
                Ok(None) => {}
                Err(error) => return self.failed(error, now),
            }
        }
        self.check_restored(now);
    }

    /// One step of the preparation was answered.
    pub(super) fn prepared(&mut self, result: Result<String>, now: Instant) {
        match result {
            Ok(_) => {
                self.preparing = self.preparing.map(|open| open.saturating_sub(1));
                self.check_restored(now);
            }
            // The venue will refuse it on the next connection too.
            Err(error @ Error::Platform { class: ErrorClass::Platform | ErrorClass::Critical, .. }) => {
                self.give_up(error, now);
            }
            Err(error) => self.failed(error, now),
        }
    }

    /// Whether the connection is prepared, so that topics may be asked for.
    pub(super) fn is_prepared(&self) -> bool {
        self.preparing == Some(0)
    }

    /// Gets ready once everything wanted is settled.
    pub(super) fn check_restored(&mut self, now: Instant) {
        if !self.is_prepared() || !self.topics.is_settled() {
            return;
        }
        match self.machine.state() {
            State::Restoring => self.step(Trigger::Restored, Cause::Restored, now),
            State::Ready { missing } if missing != self.topics.missing() => {
                self.step(Trigger::Restored, Cause::Restored, now);
            }
            _ => {}
        }
    }

    /// The link, or the attempt at one, has failed.
    pub(super) fn failed(&mut self, mut error: Error, now: Instant) {
        self.unsettled = true;
        if let Error::Closed { code, class, .. } = &mut error {
            *class = self.shared.platform.close_class(*code);
        }
        self.dialling = None;
        self.heed_refusal(&error, now);
        self.heed_clock(&error);
        self.drop_leg(Some(&error), now);
        match self.machine.state() {
            State::Draining | State::Closing => {
                self.clean = false;
                self.step(Trigger::Finished, Cause::Finished { clean: false }, now);
            }
            // One end of a connection is decided about once, whatever else times out in the same moment.
            _ if self.undecided.is_some() => {}
            State::Connecting | State::Authenticating | State::Restoring | State::Ready { .. } => {
                self.machine.set_deadline(None);
                self.tell_error(error.clone(), true);
                self.undecide(error, now);
            }
            _ => {}
        }
    }

    /// Lets go of the connection: nothing that was meant for it reaches the next.
    pub(super) fn drop_leg(&mut self, error: Option<&Error>, now: Instant) {
        self.login.lost();
        (self.greeting, self.recalled) = (false, false);
        self.held = None;
        self.inquiry = None;
        self.preparing = None;
        let Some(mut leg) = self.leg.take() else { return };
        self.answers = leg.heartbeat.answers(now);
        let lost = matches!(error, Some(Error::Lost { .. }));
        let parts = !leg.closing && !lost;
        // Its last words leave behind what waits in its buffer.
        let handed = if parts { leg.moved() } else { leg.handed() };
        self.shared.telemetry.traffic(leg.traffic());
        let calls = {
            let mut outbox = self.shared.outbox();
            outbox.discard_bytes();
            outbox.rights = crate::shared::Rights::Hold;
            outbox.lose_calls(handed, now)
        };
        self.shared.lose(calls);
        self.refuse_stale();
        self.topics.lost();
        self.forget_presence();
        let Leg { ws, opened, close, .. } = leg;
        let mut ws = ws;
        if !matches!(error, Some(Error::Lost { .. } | Error::Protocol { .. } | Error::Closed { .. })) {
            // Dropped by us: the peer is told.
            let ends = self.end.is_some() || self.machine.state().is_terminal();
            let kept = C::Platform::SPEC.keeps_session.filter(|_| !ends);
            ws.close(kept.unwrap_or(CloseCode::NORMAL), "");
        }
        if parts {
            self.parting = Some(Box::new(Parting::new(ws, now)));
        }
        if overrides::<C>("ConnectionHandler") {
            let error = error.cloned().unwrap_or(Error::ClientClosed);
            let lasted = now.saturating_duration_since(opened);
            let epoch = self.machine.epoch();
            self.queue.push(Seen::Disconnected(Box::new(Disconnect { epoch, error, close, lasted })));
        }
    }

    /// Under `fail_fast` a send that waits for the limiter is not kept for the next connection: it would be stale there.
    fn refuse_stale(&self) {
        if self.config().connection.send == SendPolicy::FailFast {
            // What is to be sent again was marked as being good later, too.
            self.refuse_those(&Error::Disconnected { outcome: Outcome::NotSent }, |entry| entry.lost.is_none());
        }
    }

    pub(super) fn refuse_waiting(&self, error: &Error) {
        self.refuse_those(error, |_| true);
    }

    fn refuse_those(&self, error: &Error, which: impl FnMut(&Waiting) -> bool) {
        let waiting = self.shared.outbox().waiting.extract(which);
        for entry in waiting {
            entry.refuse(error.clone());
        }
    }

    /// A fresh connection, as soon as the pace of attempts allows one.
    pub(super) fn reconnect(&mut self, cause: Cause, now: Instant) {
        if !self.machine.allows(Trigger::Asked) {
            return;
        }
        self.undecided = None;
        let error = if let Cause::Error(error) = &cause { Some(error) } else { None };
        self.drop_leg(error, now);
        let circuit = self.course.left(&self.config(), now);
        self.tell_breaker(circuit);
        let earliest = self.course.earliest(now);
        match self.machine.state() {
            _ if earliest <= now => self.step(Trigger::Asked, cause, now),
            State::Backoff | State::Suspended => self.machine.set_deadline(Some(earliest)),
            _ => {
                self.dialling = None;
                self.step_after(Trigger::Failed, cause, Some(earliest), now);
            }
        }
    }
}
