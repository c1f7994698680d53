//! How many messages were lost and not told yet: told at once, and then at most once a second, so that a flood is not told drop by
//! drop. Pure.

use std::time::Duration;

use crate::time::Instant;

/// The time between two words.
const SPACING: Duration = Duration::from_secs(1);

/// How many messages were lost and not told yet.
#[derive(Debug, Default)]
pub(super) struct Losses {
    untold: u64,
    /// No word before this.
    next: Option<Instant>,
}

impl Losses {
    /// Messages were lost.
    pub(super) fn add(&mut self, messages: u64) {
        self.untold += messages;
    }

    /// When the next word is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.next.filter(|_| self.untold > 0)
    }

    /// How many are to be told now, if any.
    pub(super) fn take(&mut self, now: Instant) -> Option<u64> {
        if self.untold == 0 || self.next.is_some_and(|next| now < next) {
            return None;
        }
        self.next = Some(now + SPACING);
        self.take_rest()
    }

    /// The same whatever the time: there will be no later word.
    pub(super) fn take_rest(&mut self) -> Option<u64> {
        Some(std::mem::take(&mut self.untold)).filter(|untold| *untold > 0)
    }
}
