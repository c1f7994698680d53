//! A limit for any window of its length: what `limit = "120/60s"` means (P34).
//!
//! A counter that starts anew each minute lets twice as much through around the minute's turn. So each take is remembered until it
//! has left every window it could be in.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, time::Duration};

use super::allowance::Allowance;
use crate::{config::Rate, time::Instant};

/// Takes this near to each other (as a share of the window) are remembered as one, at the later's time: it bounds the memory,
/// and errs towards waiting.
const GRAIN: u32 = 1024;

/// More than any limit: what has left a window need not be counted beyond it.
const PLENTY: u64 = 1 << 40;

/// The takes of the last window.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// What the venue admits.
    count: u32,
    /// The share of it that is used.
    most: u32,
    per: Duration,
    log: VecDeque<Taken>,
    /// What has left the window, as if taken when the last of it was: a longer window may have to hold it again.
    past: Option<Taken>,
}

#[derive(Clone, Copy, Debug)]
struct Taken {
    first: Instant,
    last: Instant,
    cost: u64,
}

/// A share of a count, never nothing.
pub(super) fn share_of(count: u32, share: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count is one")]
    let most = (f64::from(count) * share.clamp(0.0, 1.0)).floor() as u32;
    most.max(1)
}

impl Window {
    /// `share` is how much of the limit is used.
    pub(super) fn new(limit: Rate, share: f64) -> Self {
        let most = share_of(limit.count, share);
        Self { count: limit.count, most, per: limit.per, log: VecDeque::new(), past: None }
    }

    /// Those that a window ending `now` still holds.
    fn held(&self, now: Instant) -> impl Iterator<Item = &Taken> {
        self.log.iter().filter(move |taken| now.saturating_duration_since(taken.last) <= self.per)
    }

    fn used(&self, now: Instant) -> u64 {
        self.held(now).map(|taken| taken.cost).sum()
    }

    pub(super) fn peek(&self, cost: u32, now: Instant) -> Allowance {
        if cost == 0 {
            return Allowance::Now;
        }
        if cost > self.most {
            return Allowance::Never;
        }
        let mut over = (self.used(now) + u64::from(cost)).saturating_sub(u64::from(self.most));
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
        self.put(u64::from(cost), now);
    }

    fn put(&mut self, cost: u64, now: Instant) {
        if cost == 0 {
            return;
        }
        while self.log.front().is_some_and(|taken| now.saturating_duration_since(taken.last) > self.per) {
            let before = self.past.map_or(0, |past| past.cost);
            self.past = self.log.pop_front().map(|gone| Taken { cost: (before + gone.cost).min(PLENTY), ..gone });
        }
        match self.log.back_mut() {
            Some(taken) if now.saturating_duration_since(taken.first) < self.per / GRAIN => {
                taken.last = taken.last.max(now);
                taken.cost += cost;
            }
            _ => self.log.push_back(Taken { first: now, last: now, cost }),
        }
    }

    /// The venue says that no more than so much is left in its present window.
    pub(super) fn lower(&mut self, remaining: u32, now: Instant) {
        let used = u64::from(self.count.saturating_sub(remaining));
        self.put(used.saturating_sub(self.used(now)), now);
    }

    /// Goes on by other numbers: what was taken stays taken.
    pub(super) fn follow(&mut self, changed: &Self) {
        let Self { count, most, per, .. } = *changed;
        if per > self.per
            && let Some(past) = self.past.take()
        {
            self.log.push_front(past);
        }
        (self.count, self.most, self.per) = (count, most, per);
    }
}
