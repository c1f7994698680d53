//! How often something happened lately: in a sliding window, and bounded by as many as matter.

use std::{collections::VecDeque, time::Duration};

use crate::time::Instant;

/// The times at which something happened lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    times: VecDeque<Instant>,
}

impl Recent {
    /// It has happened again. Whether that makes `most` times within this time.
    pub(crate) fn note(&mut self, (most, within): (usize, Duration), now: Instant) -> bool {
        self.times.push_back(now);
        let old = |at: &Instant| now.saturating_duration_since(*at) >= within;
        while self.times.len() > most || self.times.front().is_some_and(old) {
            self.times.pop_front();
        }
        self.times.len() >= most
    }
}
