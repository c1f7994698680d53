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
    error::Error,
    reconnect::{Ended, Next},
    shared::FOREVER,
    state::Cause,
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
}

impl<C: Handlers> Engine<C> {
    pub(super) fn undecide(&mut self, error: Error, now: Instant) {
        self.undecided = Some(Undecided { error, until: now + PATIENCE });
    }

    /// Decides what follows the end of a connection, if one has ended. Without the client, an overridden decision is waited for.
    pub(super) fn decide(&mut self, client: Option<&mut C>, now: Instant) {
        let Some(undecided) = &self.undecided else { return };
        let late = client.is_none() && overrides::<C>("ErrorHandler");
        if late && now < undecided.until {
            return;
        }
        let Some(Undecided { error, .. }) = self.undecided.take() else { return };
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
        let wish = match wish {
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
            Next::Stop(stop) if stop.is_failure() => self.give_up(error, now),
            Next::Stop(_) => {
                self.end = Some(error.clone());
                self.step(Trigger::Finished, Cause::Error(error), now);
            }
        }
    }
}
