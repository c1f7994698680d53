//! A limit for any window of its length: what `limit = "120/60s"` means (P34).
//!
//! A counter that starts anew each minute lets twice as much through around the minute's turn. So each take is remembered until it
//! has left every window it could be in.

use std::{collections::VecDeque, time::Duration};

use super::allowance::Allowance;
use crate::{config::Rate, time::Instant};

/// Takes this near to each other (as a share of the window) are remembered as one, at the later's time: it bounds the memory,
/// and errs towards waiting.
const GRAIN: u32 = 1024;

/// The takes of the last window.
#[derive(Clone, Debug)]
pub(super) struct Window {
    most: u32,
    per: Duration,
    log: VecDeque<Taken>,
}

#[derive(Clone, Copy, Debug)]
struct Taken {
    first: Instant,
    last: Instant,
    cost: u64,
}

impl Window {
    /// `safety` is the share of the limit that is used.
    pub(super) fn new(limit: Rate, safety: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count is one")]
        let most = (f64::from(limit.count) * safety.clamp(0.0, 1.0)).floor() as u32;
        Self { most: most.max(1), per: limit.per, log: VecDeque::new() }
    }

    /// Those that a window ending `now` still holds.
    fn held(&self, now: Instant) -> impl Iterator<Item = &Taken> {
        self.log.iter().filter(move |taken| now.saturating_duration_since(taken.last) <= self.per)
    }

    pub(super) fn peek(&self, cost: u32, now: Instant) -> Allowance {
        if cost == 0 {
            return Allowance::Now;
        }
        if cost > self.most {
            return Allowance::Never;
        }
        let held: u64 = self.held(now).map(|taken| taken.cost).sum();
        let mut over = (held + u64::from(cost)).saturating_sub(u64::from(self.most));
        if over == 0 {
            return Allowance::Now;
        }
        for taken in self.held(now) {
            over = over.saturating_sub(taken.cost);
            if over == 0 {
                let age = now.saturating_duration_since(taken.last);
                return Allowance::After(self.per.saturating_sub(age) + Duration::from_nanos(1));
            }
        }
        Allowance::After(self.per)
    }

    /// Takes, whether or not there is room.
    pub(super) fn take(&mut self, cost: u32, now: Instant) {
        if cost == 0 {
            return;
        }
        while self.log.front().is_some_and(|taken| now.saturating_duration_since(taken.last) > self.per) {
            self.log.pop_front();
        }
        match self.log.back_mut() {
            Some(taken) if now.saturating_duration_since(taken.first) < self.per / GRAIN => {
                taken.last = taken.last.max(now);
                taken.cost += u64::from(cost);
            }
            _ => self.log.push_back(Taken { first: now, last: now, cost: u64::from(cost) }),
        }
    }
}
