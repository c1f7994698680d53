//! A bucket that refills: at most its capacity at once, and what comes back in any time (P34).
//!
//! Kept as the one time at which it would be full again (GCRA), so that nothing has to be refilled by a timer.

use std::time::Duration;

use super::allowance::Allowance;
use crate::{config::Rate, time::Instant};

/// The level of one bucket.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    capacity: u32,
    /// The time in which one unit comes back, in nanoseconds, rounded up: never faster than asked.
    each: u64,
    full_at: Option<Instant>,
}

impl Bucket {
    /// `share` is how much of the refill is used.
    pub(super) fn new(capacity: u32, refill: Rate, share: f64) -> Self {
        let count = f64::from(refill.count.max(1)) * share.clamp(0.01, 1.0);
        #[allow(clippy::cast_precision_loss, reason = "exact for a hundred days, and to a few nanoseconds beyond")]
        let each = (refill.per.as_nanos() as f64 / count).ceil().max(1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
        let each = each as u64;
        Self { capacity: capacity.max(1), each, full_at: None }
    }

    fn time(&self, units: u32) -> Duration {
        Duration::from_nanos(self.each.saturating_mul(u64::from(units)))
    }

    /// How long until it is full.
    fn missing(&self, now: Instant) -> Duration {
        self.full_at.map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now))
    }

    pub(super) fn peek(&self, cost: u32, now: Instant) -> Allowance {
        if cost == 0 {
            return Allowance::Now;
        }
        if cost > self.capacity {
            return Allowance::Never;
        }
        match self.missing(now).saturating_sub(self.time(self.capacity - cost)) {
            Duration::ZERO => Allowance::Now,
            wait => Allowance::After(wait),
        }
    }

    /// Takes, whether or not there is room: what is owed is waited for by those who follow.
    pub(super) fn take(&mut self, cost: u32, now: Instant) {
        let from = self.full_at.map_or(now, |full_at| full_at.max(now));
        // A clock that cannot go on counts as one that stands still.
        self.full_at = Some(from.checked_add(self.time(cost)).unwrap_or(from));
    }

    /// The venue says that no more than so much is left. It never raises the level: the venue has not counted what is under way to it.
    pub(super) fn lower(&mut self, remaining: u32, now: Instant) {
        let full_at = now.checked_add(self.time(self.capacity.saturating_sub(remaining)));
        self.full_at = self.full_at.max(full_at);
    }

    /// Goes on by other numbers: what is taken stays taken, in units, and comes back by the new refill.
    pub(super) fn follow(&mut self, changed: &Self, now: Instant) {
        let missing = self.missing(now).as_nanos() * u128::from(changed.each);
        let missing = u64::try_from(missing.div_ceil(u128::from(self.each))).unwrap_or(u64::MAX);
        *self = Self { full_at: now.checked_add(Duration::from_nanos(missing)), ..*changed };
    }
}
