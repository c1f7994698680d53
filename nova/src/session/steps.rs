//! Steps between states, and what entering each one sets going.

use super::{
    engine::{Engine, overrides},
    machine::{Trigger, rights},
    seen::Seen,
};
use crate::{
    behaviour::Handlers,
    config::SendPolicy,
    error::Error,
    shared::{Command, Status},
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
};

impl<C: Handlers> Engine<C> {
    /// Starts the client.
    pub(crate) fn start(&mut self) {
        if let Some(error) = self.set_aside.take() {
            self.shared.telemetry.warn(*error, "the client starts without what an earlier run has kept");
        }
        // A handle may have closed it while `init` was pending.
        if self.machine.state() == State::Idle {
            self.step(Trigger::Dial, Cause::Started, Instant::now());
        }
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
        let (from, state) = (transition.from, transition.to);
        if state.is_terminal() {
            self.drop_leg(None, now);
        }
        self.shared.outbox().rights = rights(state);
        self.shared.telemetry.transition(&transition);
        if overrides::<C>("ConnectionHandler") {
            self.queue.push(Seen::Step(Box::new(transition)));
        }
        if state.is_terminal() {
            self.finish(state);
        } else {
            self.shared.status.show(Status { state, end: None, clean: true });
        }
        if !(from.is_ready() && state.is_ready()) {
            self.enter(state, now);
        }
    }

    fn enter(&mut self, state: State, now: Instant) {
        match state {
            State::Connecting => self.begin_dial(now),
            State::Authenticating => self.begin_login(now),
            State::Restoring => self.prepare(now),
            State::Ready { .. } => {
                self.course.ready(now);
                if let Err(error) = self.announce_again() {
                    self.report(error);
                }
                if self.cluster.is_some() {
                    self.queue.push(Seen::Sync);
                }
            }
            State::Suspended => self.refuse_hopeless(),
            State::Draining => self.machine.set_deadline(self.closing.as_ref().map(|closing| closing.by)),
            State::Closing => self.begin_close(),
            _ => {}
        }
    }

    /// The client rests for longer than a send waits: those that wait are told, unless they are kept in a queue.
    fn refuse_hopeless(&self) {
        if self.config().connection.send == SendPolicy::Wait {
            self.refuse_waiting(&Error::NotReady { state: State::Suspended.name() });
        }
    }

    /// What the handles asked for.
    pub(super) fn obey(&mut self, now: Instant) {
        let mut reconnect = false;
        loop {
            let Some(command) = self.shared.outbox().commands.pop_front() else { break };
            match command {
                Command::Subscribe { topic, done } => self.want(topic, done, now),
                Command::Resubscribe { topic, done } => self.want_anew(topic, done, now),
                Command::Resync { topic } => self.topics.doubted(&topic),
                Command::Topics { done } => drop(done.send(self.topics.statuses())),
                Command::Unsubscribe { topic, done } => self.unwant(&topic, done),
                // However often it was asked for, one fresh connection answers it.
                Command::Reconnect => reconnect = true,
                Command::Configure { patch, done } => {
                    let _ = done.send(self.configure(&patch));
                }
                Command::Announce { status, done } => {
                    let _ = done.send(self.announce(status));
                }
                Command::ResetBreaker => self.reset_breaker(now),
                Command::Abort => self.abort(now),
                Command::Close { code, reason } => self.close(code, reason, now),
            }
        }
        if reconnect {
            self.reconnect(Cause::Asked, now);
        }
    }

    /// Tells of an error that no caller gets.
    pub(super) fn report(&mut self, error: Error) {
        self.tell_error(error, false);
    }

    pub(super) fn tell_error(&mut self, error: Error, of_link: bool) {
        self.unsettled = true;
        self.shared.telemetry.emit(Event::Error(error.clone()));
        self.queue.push(Seen::Error { error, of_link });
    }
}
