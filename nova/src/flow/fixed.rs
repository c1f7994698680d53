//! A counter that starts anew: how venues count that say when their window ends.
//!
//! A window opens with the first take after the last one ended, or ends when the venue says so. Around its turn twice as much may pass,
//! so it is for limits that a venue documents in this way; any other is a [`Window`](super::window::Window).

use std::time::Duration;

use super::{allowance::Allowance, window::share_of};
use crate::time::Instant;

/// The count of the present window.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    /// What the venue admits.
    count: u32,
    /// The share of it that is used.
    most: u32,
    per: Duration,
    /// When the present window ends, and what was taken in it.
    open: Option<(Instant, u32)>,
}

impl Fixed {
    /// `share` is how much of the count is used.
    pub(super) fn new(count: u32, per: Duration, share: f64) -> Self {
        Self { count, most: share_of(count, share), per, open: None }
    }

    /// The end of the window that is open now, and what was taken in it.
    fn opened(&self, now: Instant) -> Option<(Instant, u32)> {
        self.open.filter(|(ends, _)| *ends > now)
    }

    pub(super) fn peek(&self, cost: u32, now: Instant) -> Allowance {
        match self.opened(now) {
            _ if cost == 0 => Allowance::Now,
            _ if cost > self.most => Allowance::Never,
            Some((ends, taken)) if taken.saturating_add(cost) > self.most => Allowance::After(ends - now),
            _ => Allowance::Now,
        }
    }

    /// Takes, whether or not there is room.
    pub(super) fn take(&mut self, cost: u32, now: Instant) {
        if cost > 0 {
            let (ends, taken) = self.opened(now).unwrap_or((now + self.per, 0));
            self.open = Some((ends, taken.saturating_add(cost)));
        }
    }

    /// The venue says that no more than so much is left, and when its window ends.
    pub(super) fn lower(&mut self, remaining: u32, resets: Option<Duration>, now: Instant) {
        let (ends, taken) = self.opened(now).unwrap_or((now + self.per, 0));
        let ends = resets.map_or(ends, |resets| now + resets.min(self.per));
        self.open = Some((ends, taken.max(self.count.saturating_sub(remaining))));
    }

    /// Goes on by other numbers: what was taken in the open window stays taken.
    pub(super) fn follow(&mut self, changed: &Self) {
        *self = Self { open: self.open, ..*changed };
    }
}
