//! What must be remembered between two connections to decide about the next.
//!
//! Attempts, delays and refusals are counted until a connection has been ready for a while: a venue that accepts and drops at once
//! must not reset them each time (P15), one that drops every hour must not use them up.

use std::time::Duration;

use rand::Rng;

use super::{
    backoff,
    breaker::{Breaker, Circuit, Trip},
    pace::Pace,
    strategy::{self, Decisions, Failure, Stop, Verdict},
};
use crate::{
    config::{Config, Traits},
    error::{Error, ErrorClass},
    time::Instant,
    transport::is_expired,
};

/// A connection lost sooner than this after it was ready counts as flapping.
const STEADY: Duration = Duration::from_secs(10);
/// The time within which a second accusation of having broken the protocol is final.
const BREACHES_WITHIN: Duration = Duration::from_secs(300);

/// So many certificates in a row whose time is over are final.
const EXPIRIES: u32 = 3;

/// A handler may ask for any delay; a longer one would overflow the clock.
const LONGEST_WISH: Duration = Duration::from_secs(365 * 24 * 3600);

/// How a connection, or an attempt at one, ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) error: &'a Error,
    /// As the client's `classify` has it.
    pub(crate) class: ErrorClass,
    /// The delay a handler asked for, instead of strategy and profile.
    pub(crate) wish: Option<Duration>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// Dial at `at`: attempt number `attempt` since the last stable `Ready`, with fresh credentials if `refresh`.
    Dial {
        at: Instant,
        attempt: u32,
        refresh: bool,
    },
    /// The breaker is open: rest until then, and dial once.
    Rest {
        until: Instant,
        trip: Trip,
    },
    Stop(Stop),
}

/// The course of one client's connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    /// Attempts since the last stable `Ready`.
    attempts: u32,
    /// Of these, those that were delayed: the place in the schedule.
    steps: u32,
    refusals: u32,
    expiries: u32,
    breaches: u32,
    last_breach: Option<Instant>,
    ready_since: Option<Instant>,
    pace: Pace,
    breaker: Breaker,
}

impl Course {
    /// Attempts since the last stable `Ready`.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether a login was refused since the last stable `Ready`.
    pub(crate) fn was_refused(&self) -> bool {
        self.refusals > 0
    }

    /// The client became ready.
    pub(crate) fn ready(&mut self, now: Instant) {
        self.ready_since = Some(now);
    }

    /// An attempt is being made, whatever made it. Says so if it is the one that probes an open breaker.
    pub(crate) fn dialled(&mut self, now: Instant) -> Option<Circuit> {
        self.pace.take(now);
        self.breaker.attempt()
    }

    /// When the connection that probes has been ready for long enough.
    pub(crate) fn proven_at(&self, config: &Config) -> Option<Instant> {
        let since = self.ready_since.filter(|_| self.breaker.circuit() == Circuit::HalfOpen)?;
        Some(since + stable(config))
    }

    /// The connection that probes has been ready for long enough, or the user vouches for the venue. Says so if it closes the breaker.
    pub(crate) fn proven(&mut self) -> Option<Circuit> {
        self.breaker.settled()
    }

    /// A connection is let go of without having failed. Says so if it closes the breaker.
    pub(crate) fn left(&mut self, config: &Config, now: Instant) -> Option<Circuit> {
        let stable = self.was_stable(config, now);
        self.ready_since = None;
        if !stable {
            return None;
        }
        (self.attempts, self.steps, self.refusals, self.expiries) = (0, 0, 0, 0);
        self.breaker.settled()
    }

    /// The first time, not before `at`, at which an attempt may be made, whatever wants it.
    pub(crate) fn earliest(&self, at: Instant) -> Instant {
        self.pace.next(at)
    }

    /// The number of the attempt that would follow if the connection ended now.
    pub(crate) fn next_attempt(&self, config: &Config, now: Instant) -> u32 {
        if self.was_stable(config, now) { 1 } else { self.attempts.saturating_add(1) }
    }

    /// A connection, or an attempt at one, has ended.
    pub(crate) fn ended(
        &mut self,
        ended: Ended<'_>,
        decisions: &Decisions,
        (config, traits): (&Config, Traits),
        now: Instant,
        rng: &mut (impl Rng + ?Sized),
    ) -> Next {
        let Ended { error, mut class, wish } = ended;
        let flapped = self.ready_since.is_some_and(|since| now - since < STEADY);
        self.left(config, now);
        if class == ErrorClass::Authentication {
            self.refusals = self.refusals.saturating_add(1);
        }
        if is_expired(error) {
            self.expiries = self.expiries.saturating_add(1);
            if self.expiries < EXPIRIES && class == ErrorClass::Critical {
                class = ErrorClass::Transient;
            }
        }
        if strategy::is_breach(error) {
            let again = self.last_breach.is_some_and(|last| now - last < BREACHES_WITHIN);
            self.breaches = if again { self.breaches.saturating_add(1) } else { 1 };
            self.last_breach = Some(now);
        }
        let attempt = self.attempts.saturating_add(1);
        let (refusals, breaches) = (self.refusals, self.breaches);
        let failure = Failure { error, class, attempt, refusals, breaches, config, traits };
        let (delay, refresh) = match (wish, (decisions.decide)(&failure)) {
            (Some(wish), verdict) => (wish.min(LONGEST_WISH), verdict == Verdict::Refresh),
            (None, Verdict::Retry) => {
                self.steps = self.steps.saturating_add(1);
                let delay = backoff::delay(&config.reconnect, self.steps, error, flapped, rng);
                // Who says when, has said whether: a handler's wish is not counted.
                if let Some(trip) = self.breaker.failed(error, &config.breaker, now) {
                    self.attempts = attempt;
                    let rest = backoff::rest(config, rng).max(delay);
                    return Next::Rest { until: self.pace.next(now + rest), trip };
                }
                (delay, false)
            }
            (None, Verdict::Refresh) => (Duration::ZERO, true),
            (None, Verdict::Stop(stop)) => return Next::Stop(stop),
        };
        self.attempts = attempt;
        Next::Dial { at: self.pace.next(now + delay), attempt, refresh }
    }

    fn was_stable(&self, config: &Config, now: Instant) -> bool {
        self.ready_since.is_some_and(|since| now - since >= stable(config))
    }
}

/// How long a connection must be ready to count as stable (P15).
fn stable(config: &Config) -> Duration {
    config.heartbeat.interval.unwrap_or_default().max(STEADY)
}
