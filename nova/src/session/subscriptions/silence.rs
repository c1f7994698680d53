//! Topics that have been silent for too long: asked for again, and if that does not help the link is replaced.
//!
//! Only data counts. A topic that stays silent also on a new link is given more time each time it costs one, so that a market
//! that sleeps costs ever fewer.

use std::{sync::Arc, time::Duration};

use super::{Subscriptions, entry::Stage};
use crate::{message::GapCause, time::Instant};

/// A topic that has been silent for too long, and for how long.
#[derive(Debug)]
pub(crate) struct Silent {
    pub(crate) topic: Arc<str>,
    pub(crate) after: Duration,
    /// It was asked for again before, to no avail.
    pub(crate) again: bool,
}

impl Subscriptions {
    /// Takes over `subscriptions.stale_after`.
    pub(crate) fn configure(&mut self, stale_after: Option<Duration>, now: Instant) {
        if self.stale_after != stale_after {
            self.stale_after = stale_after;
            self.look_at(Some(now));
        }
    }

    /// To be looked at then at the latest.
    pub(super) fn look_at(&mut self, at: Option<Instant>) {
        self.stale_at = self.stale_at.into_iter().chain(at).min();
    }

    /// When to look for silent topics.
    pub(crate) fn stale_at(&self) -> Option<Instant> {
        self.stale_at
    }

    /// Nobody has listened: the silence until now is no topic's.
    pub(crate) fn excuse(&mut self, now: Instant) {
        for entry in self.topics.values_mut() {
            entry.silence.since = Some(now);
        }
    }

    /// The topics that have been silent for too long: asked for again from now on, where they were not before.
    pub(crate) fn silent(&mut self, now: Instant) -> Vec<Silent> {
        let mut found = Vec::new();
        if self.stale_at.is_none_or(|at| at > now) {
            return found;
        }
        self.topics.each_mut(|name, entry| {
            if entry.stale_at(self.stale_after).is_none_or(|at| at > now) {
                return;
            }
            let silence = &mut entry.silence;
            let silent = silence.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
            let again = std::mem::replace(&mut silence.asked_again, true);
            silence.since = Some(now);
            if again {
                silence.links += 1;
            } else {
                entry.stage = Stage::Stale;
                entry.mark_gap(GapCause::Resubscribed);
                self.dirty = true;
            }
            found.push(Silent { topic: name.clone(), after: silent, again });
        });
        self.stale_at = self.topics.values().filter_map(|entry| entry.stale_at(self.stale_after)).min();
        found
    }
}
