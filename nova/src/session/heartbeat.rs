//! The heartbeat's timer: when a silent link is asked whether it lives, and when it counts as dead. Pure.
//!
//! Any byte from the peer is life and is noted as a timestamp only; the timer looks at it when it fires, so a busy link costs it
//! nothing and an idle one wakes for its heartbeat and for nothing else.

use std::time::Duration;

use crate::time::Instant;

/// A heartbeat's timer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeartbeatTimer {
    interval: Option<Duration>,
    timeout: Duration,
    allowed: u32,
    /// The last sign of life.
    seen: Instant,
    /// When the heartbeat that waits for its answer was sent.
    asked: Option<Instant>,
    missed: u32,
}

/// What the timer wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing yet.
    Nothing,
    /// Send a heartbeat; `missed` of them have gone unanswered.
    Beat { missed: u32 },
    /// The peer is gone: silent for so long.
    Dead { silent: Duration },
}

impl HeartbeatTimer {
    /// A link that has just come up. `allowed` unanswered heartbeats make it dead.
    pub(crate) fn new(interval: Option<Duration>, timeout: Duration, allowed: u32, now: Instant) -> Self {
        Self { interval, timeout, allowed: allowed.max(1), seen: now, asked: None, missed: 0 }
    }

    /// The peer gave a sign of life. Returns how long after the heartbeat, if one waited for it.
    pub(crate) fn alive(&mut self, now: Instant) -> Option<Duration> {
        self.seen = now;
        self.missed = 0;
        self.asked.take().map(|asked| now.saturating_duration_since(asked))
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let interval = self.interval?;
        Some(match self.asked {
            Some(asked) => asked + self.timeout,
            None => self.seen + interval,
        })
    }

    /// A moment has come, and everything that had arrived by then was read.
    pub(crate) fn tick(&mut self, now: Instant) -> Due {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Due::Nothing;
        }
        if self.asked.is_some() {
            self.missed += 1;
            if self.missed >= self.allowed {
                return Due::Dead { silent: now.saturating_duration_since(self.seen) };
            }
        }
        self.asked = Some(now);
        Due::Beat { missed: self.missed }
    }
}
