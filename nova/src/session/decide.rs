//! Whether and when to come back: the handler's word, the strategy's verdict, the course's delay.

use std::time::Duration;

use super::{
    attend::ask,
    engine::{Engine, overrides},
    machine::Trigger,
};
use crate::{
    behaviour::Handlers,
    context::{Lent, View},
    error::{Error, ErrorClass},
    platform::Platform,
    reconnect::{Circuit, Ended, Next},
    shared::FOREVER,
    state::{Cause, State},
    telemetry::Event,
    time::Instant,
    verdict::Reconnect,
};

/// How long a pending callback may keep the client from deciding. Then the profile decides.
const PATIENCE: Duration = Duration::from_secs(1);

/// An end of a connection about which nothing is decided yet.
#[derive(Debug)]
pub(super) struct Undecided {
    pub(super) error: Error,
    pub(super) until: Instant,
    /// The platform's word.
    platform: Reconnect,
}

impl<C: Handlers> Engine<C> {
    pub(super) fn undecide(&mut self, error: Error, now: Instant) {
        let platform = self.shared.platform.ended(&mut self.memory, &error);
        self.undecided = Some(Box::new(Undecided { error, until: now + PATIENCE, platform }));
    }

    /// Decides what follows the end of a connection, if one has ended. Without the client, an overridden decision is waited for.
    pub(super) fn decide(&mut self, client: Option<&mut C>, now: Instant) {
        let Some(undecided) = &self.undecided else { return };
        let late = client.is_none() && overrides::<C>("ErrorHandler");
        if late && now < undecided.until {
            // What follows is open, but nobody is to believe in a link that is gone.
            return self.show_loss();
        }
        let Some(undecided) = self.undecided.take() else { return };
        let Undecided { error, platform, .. } = *undecided;
        if late {
            self.shared.telemetry.emit(Event::DecisionLate);
        }
        let config = self.config();
        let attempt = self.course.next_attempt(&config, now);
        let shared = self.shared.clone();
        let mut lent = Lent::<C>::new(&shared.platform, &mut self.memory, &config);
        let wish = if let Some(client) = client {
            // The connection is decided about whatever becomes of the log line.
            let _ = ask("log_error", || client.log_error(&error, &mut lent));
            ask("should_reconnect", || client.should_reconnect(&error, attempt, &mut lent))
        } else {
            lent.inherited().log_error(&error);
            Ok(lent.inherited().should_reconnect(&error, attempt))
        };
        let class = ask("classify", || C::classify(&error, View::new(&shared.platform, &config)));
        for panicked in [wish.as_ref().err(), class.as_ref().err()].into_iter().flatten() {
            self.report(panicked.clone());
        }
        let (wish, class) = (wish.unwrap_or(Reconnect::Default), class.unwrap_or_else(|_| error.class()));
        let class = self.heed_rotation(class);
        let wish = match if wish == Reconnect::Default { platform } else { wish } {
            Reconnect::Never => return self.give_up(error, now),
            Reconnect::After(delay) => Some(delay.min(FOREVER)),
            Reconnect::Default => None,
        };
        let ended = Ended { error: &error, class, wish };
        match self.course.ended(ended, &self.decisions, (&config, self.traits), now, &mut self.rng) {
            Next::Dial { at, .. } => {
                // A new connection's login would meet the same "too many requests".
                let at = at.max(now + self.shared.outbox().budget.limiter().penalty(now));
                self.step_after(Trigger::Failed, Cause::Error(error), Some(at), now);
            }
            Next::Rest { until, trip } => {
                self.shared.telemetry.emit(Event::Breaker(Circuit::Open(trip)));
                self.step_after(Trigger::Tripped, Cause::Error(error), Some(until), now);
            }
            Next::Stop(stop) if stop.is_failure() => self.give_up(error, now),
            Next::Stop(_) => {
                self.end = Some(Box::new(error.clone()));
                self.step(Trigger::Finished, Cause::Error(error), now);
            }
        }
    }

    /// Shows everybody that there is no connection, before the step that says what follows.
    fn show_loss(&self) {
        self.shared.status.change(|status| {
            let shows_link = status.state != State::Backoff;
            status.state = State::Backoff;
            shows_link
        });
    }

    /// Credentials that are being replaced may be refused for a while: after the one retry at once, that passes like any trouble.
    fn heed_rotation(&mut self, class: ErrorClass) -> ErrorClass {
        let waits = class == ErrorClass::Authentication && self.secrets.refused() && self.course.was_refused();
        if waits { ErrorClass::Transient } else { class }
    }

    /// The breaker has changed, if it has: told.
    pub(super) fn tell_breaker(&self, circuit: Option<Circuit>) {
        if let Some(circuit) = circuit {
            self.shared.telemetry.emit(Event::Breaker(circuit));
        }
    }

    /// A connection that probes for the breaker has been ready for long enough, if its time has come.
    pub(super) fn prove(&mut self, now: Instant) {
        if self.proven_at().is_some_and(|at| at <= now) {
            let circuit = self.course.proven();
            self.tell_breaker(circuit);
        }
    }

    /// When the connection that probes for the breaker has been ready for long enough.
    pub(super) fn proven_at(&self) -> Option<Instant> {
        self.course.proven_at(&self.settings)
    }

    /// The user vouches for the venue: the breaker closes, and a client that rests for it dials.
    pub(super) fn reset_breaker(&mut self, now: Instant) {
        let circuit = self.course.proven();
        self.tell_breaker(circuit);
        if self.machine.state() == State::Suspended {
            self.reconnect(Cause::Asked, now);
        }
    }
}
