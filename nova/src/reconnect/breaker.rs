//! The circuit breaker: a client that keeps failing rests, and then lets one attempt through.
//!
//! Backoff alone goes on for ever at its longest delay, which a venue in trouble takes for a part of that trouble. The breaker
//! counts over connections and opens; after its cool-down one attempt probes, and only a connection that stays ready closes it again.
//! Pure: whoever drives it says what happened and when.

use std::time::Duration;

use super::recent::Recent;
use crate::{config::settings, error::Error, frame::CloseCode, time::Instant};

/// So many breaches of the protocol by the peer within [`VIOLATIONS_WITHIN`] open it, whatever `breaker.failures` says (P29).
const VIOLATIONS: usize = 3;
const VIOLATIONS_WITHIN: Duration = Duration::from_secs(300);
/// So many ends in a row with the same private close code open it: the venue means something by it.
const SAME_CODES: u32 = 3;

/// Where a client's circuit breaker stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Circuit {
    /// Attempts are made as profile and strategy have it.
    #[default]
    Closed,
    /// No attempt is made: the client is [`Suspended`](crate::State::Suspended) until the cool-down is over.
    Open(Trip),
    /// One attempt is under way. If its connection stays ready the breaker closes, else it opens again.
    HalfOpen,
}

/// Why a breaker opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trip {
    /// `breaker.failures` within `breaker.window`.
    Failures,
    /// The peer broke the protocol three times within five minutes.
    Violations,
    /// Three ends in a row with the same private close code.
    SameCode(CloseCode),
    /// The one attempt after the cool-down failed too.
    Probe,
}

/// A client's circuit breaker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker {
    circuit: Circuit,
    failures: Recent,
    violations: Recent,
    /// The private code of the last end, and how often in a row.
    code: Option<(CloseCode, u32)>,
}

impl Breaker {
    pub(crate) fn circuit(&self) -> Circuit {
        self.circuit
    }

    /// An attempt is made. If the breaker was open it is the one that probes.
    pub(crate) fn attempt(&mut self) -> Option<Circuit> {
        matches!(self.circuit, Circuit::Open(_)).then(|| self.turn(Circuit::HalfOpen))
    }

    /// A connection, or an attempt at one, has failed. Says why the client rests now, if it does.
    pub(crate) fn failed(&mut self, error: &Error, settings: &settings::Breaker, now: Instant) -> Option<Trip> {
        let Some(most) = settings.failures else {
            self.settled();
            return None;
        };
        let violated =
            matches!(error, Error::Protocol { .. }) && self.violations.note((VIOLATIONS, VIOLATIONS_WITHIN), now);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let failed = !is_orderly(error) && self.failures.note((most, settings.window), now);
        self.code = private_code(error).map(|code| match self.code {
            Some((before, times)) if before == code => (code, times.saturating_add(1)),
            _ => (code, 1),
        });
        let trip = match self.code {
            _ if self.circuit == Circuit::HalfOpen => Trip::Probe,
            _ if violated => Trip::Violations,
            Some((code, SAME_CODES..)) => Trip::SameCode(code),
            _ if failed => Trip::Failures,
            _ => return None,
        };
        self.turn(Circuit::Open(trip));
        Some(trip)
    }

    /// A connection has been ready for long enough, or the user vouches for the venue: nothing that was before counts.
    pub(crate) fn settled(&mut self) -> Option<Circuit> {
        let closes = self.circuit != Circuit::Closed;
        *self = Self::default();
        closes.then_some(Circuit::Closed)
    }

    fn turn(&mut self, circuit: Circuit) -> Circuit {
        self.circuit = circuit;
        circuit
    }
}

/// Whether the peer took its leave as it should: it is not in trouble, it moves, restarts or is done.
fn is_orderly(error: &Error) -> bool {
    match error {
        Error::Closed { code, .. } => matches!(code.0, 1000 | 1001 | 1012),
        error => matches!(error, Error::Recalled),
    }
}

fn private_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Closed { code, .. } if (4000..5000).contains(&code.0) => Some(*code),
        _ => None,
    }
}
