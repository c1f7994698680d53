//! Lines of the log, through `tracing`: what is worth one, at which level, and that an outage of hours does not fill a disk.
//!
//! What comes from the network is escaped and cut.

use super::Event;
use crate::{
    error::Error,
    printable::Printable,
    state::{State, Transition},
};

/// So many attempts in a row are told one by one.
const EACH: u32 = 10;

pub(super) fn event(client: &'static str, event: &Event) {
    match event {
        Event::State(step) => self::step(client, step),
        event => {
            let (group, event) = (event.group().name(), Printable(event));
            tracing::debug!(target: "nova::event", client, group, ?event);
        }
    }
}

/// What a client has come to is worth a line at `info`, the steps on the way there at `debug`.
fn step(client: &'static str, step: &Transition) {
    let Transition { from, to, epoch, attempt, delay, .. } = step;
    let cause = Printable(&step.cause);
    macro_rules! line {
        ($level:ident, $words:literal) => {
            tracing::$level!(
                target: "nova::connection", client, %from, %to, epoch, attempt, %cause, ?delay, $words,
            )
        };
    }
    match to {
        State::Closed | State::Failed => line!(info, "over"),
        State::Ready { .. } if !from.is_ready() && is_told(*attempt) => line!(info, "ready"),
        State::Backoff | State::Suspended if *attempt <= EACH => line!(info, "not connected"),
        State::Backoff | State::Suspended if is_told(*attempt) => {
            line!(info, "still not connected; of many attempts, some are told");
        }
        _ => line!(debug, "step"),
    }
}

/// Whether attempt number `attempt` is told: each of the first, then every tenth, then every hundredth.
fn is_told(attempt: u32) -> bool {
    attempt <= EACH || attempt.is_multiple_of(100) || (attempt < 100 && attempt.is_multiple_of(10))
}

pub(super) fn warning(client: &'static str, error: &Error, consequence: &'static str) {
    tracing::warn!(target: "nova::error", client, error = %Printable(error), "{consequence}");
}

#[inline(always)]
pub(super) fn wants_messages() -> bool {
    tracing::enabled!(target: "nova::message", tracing::Level::DEBUG)
}

pub(super) fn message(client: &'static str, kind: &str, bytes: usize) {
    tracing::debug!(target: "nova::message", client, kind, bytes, "message");
}
