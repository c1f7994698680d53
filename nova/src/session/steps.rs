//! Steps between states, and what entering each one sets going.

use std::task::{Context, Poll};

use rand::RngExt as _;

use super::{
    dial::{Dialled, dial},
    engine::{Closing, Engine, overrides},
    heartbeat::HeartbeatTimer,
    leg::Leg,
    machine::{Trigger, rights},
    parting::Parting,
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    context::View,
    error::{Error, Result},
    frame::CloseCode,
    platform::{Dial, LoginContext, Platform},
    shared::{Command, Purpose, Status},
    state::{Cause, ConnectionInfo, Disconnect, State},
    telemetry::Event,
    time::Instant,
    transport::Limits,
};

impl<C: Handlers> Engine<C> {
    /// Starts the client.
    pub(crate) fn start(&mut self) {
        let now = Instant::now();
        self.step(Trigger::Dial, Cause::Started, now);
    }

    /// Takes a step, tells of it, and does what entering the new state asks for.
    pub(super) fn step(&mut self, trigger: Trigger, cause: Cause, now: Instant) {
        self.step_after(trigger, cause, None, now);
    }

    /// The same into a state that waits for `until`.
    pub(super) fn step_after(&mut self, trigger: Trigger, cause: Cause, until: Option<Instant>, now: Instant) {
        let missing = self.topics.missing();
        let delay = until.map(|until| until.saturating_duration_since(now));
        let attempt = self.course.attempts();
        let transition = match self.machine.step(trigger, cause, (missing, attempt, delay), now) {
            Ok(transition) => transition,
            Err(illegal) => {
                let input = illegal.trigger.name();
                return self.shared.telemetry.emit(Event::Illegal { state: illegal.state.name(), input });
            }
        };
        self.machine.set_deadline(until);
        let state = transition.to;
        self.shared.outbox().rights = rights(state);
        self.shared.telemetry.transition(&transition);
        if overrides::<C>("ConnectionHandler") {
            self.queue.push(Seen::Step(transition));
        }
        if state.is_terminal() {
            self.finish(state);
        }
        let status = Status { state, end: self.end.clone(), clean: self.clean };
        self.shared.status.send_replace(status);
        self.enter(state, now);
    }

    fn enter(&mut self, state: State, now: Instant) {
        match state {
            State::Connecting => self.begin_dial(now),
            State::Authenticating => self.begin_login(now),
            State::Restoring => self.prepare(now),
            State::Ready { .. } => {
                self.course.ready(now);
                if self.cluster.is_some() {
                    self.queue.push(Seen::Sync);
                }
            }
            State::Draining => self.machine.set_deadline(self.closing.as_ref().map(|closing| closing.by)),
            State::Closing => self.begin_close(),
            _ => {}
        }
    }

    fn begin_dial(&mut self, now: Instant) {
        self.drop_leg(None, now);
        self.course.dialled(now);
        let config = self.config();
        let Dial::Url(url) = self.shared.platform.dial(&mut self.memory);
        let limits = Limits {
            max_frame: config.connection.max_frame,
            max_message: config.connection.max_message,
            ..Limits::default()
        };
        let shared = self.shared.clone();
        let context = LoginContext::new(&*shared.clock, rand::rng().random());
        let mut addressing = self.addressing.clone();
        match shared.platform.headers(&mut self.memory, shared.credentials.as_ref(), context) {
            Ok(own) => addressing.add_headers(own),
            Err(error) => return self.give_up(error, now),
        }
        self.dialling = Some(dial(addressing, url.into_owned(), limits, config.connection.timeout));
        // Begun by a timer, it is first polled with the next wake.
        self.shared.task.wake();
    }

    pub(super) fn poll_dial(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(dialling) = &mut self.dialling else { return };
        let Poll::Ready(result) = dialling.as_mut().poll(cx) else { return };
        self.dialling = None;
        match result {
            Ok(dialled) => self.connected(dialled, now),
            Err(error) => self.failed(error, now),
        }
    }

    fn connected(&mut self, dialled: Dialled, now: Instant) {
        let config = self.config();
        let view = View::new(&self.shared.platform, &config);
        let interval = C::interval(&config, view);
        let heartbeat = HeartbeatTimer::new(interval, config.heartbeat.timeout, config.heartbeat.missed, now);
        let Dialled { ws, address, subprotocol, took } = dialled;
        self.leg = Some(Leg::new(ws, heartbeat, now));
        self.connected = true;
        self.shared.platform.connected(&mut self.memory);
        self.preparing = None;
        let info = ConnectionInfo { epoch: self.machine.epoch() + 1, address, subprotocol, took };
        if overrides::<C>("ConnectionHandler") {
            self.queue.push(Seen::Connected(info));
        }
        self.step(Trigger::Connected, Cause::Connected, now);
    }

    /// What every new connection needs before its first topic.
    fn prepare(&mut self, now: Instant) {
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
    pub(super) fn failed(&mut self, error: Error, now: Instant) {
        self.dialling = None;
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
        self.held = None;
        self.preparing = None;
        let Some(mut leg) = self.leg.take() else { return };
        let handed = leg.handed();
        let calls = {
            let mut outbox = self.shared.outbox();
            outbox.discard_bytes();
            outbox.rights = crate::shared::Rights::Hold;
            outbox.calls.lose(handed)
        };
        for (call, outcome) in calls {
            call.resolve(Err(Error::Disconnected { outcome }));
        }
        self.topics.lost();
        let Leg { ws, opened, close, .. } = leg;
        if matches!(error, Some(Error::Protocol { .. } | Error::Closed { .. })) {
            self.parting = Some(Parting::new(ws, now));
        }
        if overrides::<C>("ConnectionHandler") {
            let error = error.cloned().unwrap_or(Error::ClientClosed);
            let lasted = now.saturating_duration_since(opened);
            let epoch = self.machine.epoch();
            self.queue.push(Seen::Disconnected(Disconnect { epoch, error, close, lasted }));
        }
    }

    /// What the handles asked for.
    pub(super) fn obey(&mut self, now: Instant) {
        loop {
            let Some(command) = self.shared.outbox().commands.pop_front() else { return };
            match command {
                Command::Subscribe { topic, params, done } => self.want(&topic, params, done),
                Command::Unsubscribe { topic, done } => self.unwant(&topic, done),
                Command::Reconnect => self.reconnect(Cause::Asked, now),
                Command::Close { code, reason } => self.close(code, reason, now),
            }
        }
    }

    /// A fresh connection, as soon as the pace of attempts allows one.
    pub(super) fn reconnect(&mut self, cause: Cause, now: Instant) {
        if !self.machine.allows(Trigger::Asked) {
            return;
        }
        self.undecided = None;
        let earliest = self.course.earliest(now);
        if earliest > now && self.machine.state() != State::Backoff {
            self.dialling = None;
            self.drop_leg(None, now);
            return self.step_after(Trigger::Failed, cause, Some(earliest), now);
        }
        if earliest > now {
            return self.machine.set_deadline(Some(earliest));
        }
        self.step(Trigger::Asked, cause, now);
    }

    fn close(&mut self, code: CloseCode, reason: String, now: Instant) {
        if self.closing.is_some() || self.machine.state().is_terminal() {
            return;
        }
        let by = now + self.config().connection.close_timeout;
        self.closing = Some(Closing { code, reason, by });
        self.undecided = None;
        self.dialling = None;
        // Between the loss of a link and the decision about the next there is nothing to drain and nobody to say goodbye to.
        let linked = self.leg.is_some() || !self.machine.allows(Trigger::Finished);
        self.step(if linked { Trigger::Close } else { Trigger::Finished }, Cause::Close, now);
    }

    fn begin_close(&mut self) {
        let Some(closing) = &self.closing else { return };
        let (code, by) = (closing.code, closing.by);
        if let Some(leg) = &mut self.leg {
            leg.ws.close(code, &closing.reason);
            leg.closing = true;
        }
        self.machine.set_deadline(Some(by));
    }

    /// The client ends: everybody who waits is told.
    fn finish(&mut self, state: State) {
        let status = Status { state, end: self.end.clone(), clean: self.clean };
        let error = status.ended().unwrap_or(Error::ClientClosed);
        let handed = self.leg.as_mut().map_or(0, Leg::handed);
        let (calls, waiting) = {
            let mut outbox = self.shared.outbox();
            outbox.ended = true;
            outbox.discard_bytes();
            outbox.commands.clear();
            (outbox.calls.lose(handed), outbox.waiting.drain().collect::<Vec<_>>())
        };
        for (call, outcome) in calls {
            call.resolve(Err(Error::Disconnected { outcome }));
        }
        for entry in waiting {
            entry.refuse(error.clone());
        }
        self.topics.end(&error);
        self.leg = None;
        self.dialling = None;
        self.undecided = None;
        if self.cluster.is_some() {
            self.queue.push(Seen::Sync);
        }
        self.over = true;
    }

    /// Tells of an error that no caller gets.
    pub(super) fn report(&mut self, error: Error) {
        self.tell_error(error, false);
    }

    fn tell_error(&mut self, error: Error, of_link: bool) {
        self.shared.telemetry.emit(Event::Error(error.clone()));
        self.queue.push(Seen::Error { error, of_link });
    }

    /// Ends the client with an error.
    pub(crate) fn give_up(&mut self, error: Error, now: Instant) {
        if self.machine.state().is_terminal() {
            return;
        }
        self.undecided = None;
        self.end = Some(error.clone());
        self.drop_leg(Some(&error), now);
        self.step(Trigger::GiveUp, Cause::Error(error), now);
    }
}
