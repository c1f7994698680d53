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
    /// How often the venue wants a heartbeat however busy the link is, and when it last got one.
    demanded: Option<Duration>,
    sent: Instant,
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
        Self {
            interval,
            timeout,
            allowed: allowed.max(1),
            seen: now,
            asked: None,
            missed: 0,
            demanded: None,
            sent: now,
        }
    }

    /// With a heartbeat at least this often: a venue that demands one counts what it is sent, not what it sends.
    pub(crate) fn demanded(mut self, every: Option<Duration>) -> Self {
        self.demanded = every;
        self
    }

    /// Takes over other times. A heartbeat that waits for its answer goes on waiting, by the new time-out.
    pub(crate) fn configure(&mut self, interval: Option<Duration>, timeout: Duration, allowed: u32) {
        (self.interval, self.timeout, self.allowed) = (interval, timeout, allowed.max(1));
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
        let silent = self.seen + interval;
        Some(match (self.asked, self.demanded) {
            (Some(asked), _) => asked + self.timeout,
            (None, Some(every)) => silent.min(self.sent + every),
            (None, None) => silent,
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
        (self.asked, self.sent) = (Some(now), now);
        Due::Beat { missed: self.missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demanded_heartbeat_is_sent_on_a_busy_link_too() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let beats = |demanded: Option<Duration>| {
            let mut timer = HeartbeatTimer::new(Some(second * 20), second * 5, 1, start).demanded(demanded);
            let of_each_second = (1..=60).filter(|at| {
                timer.alive(start + second * *at);
                timer.tick(start + second * *at) == Due::Beat { missed: 0 }
            });
            of_each_second.collect::<Vec<u32>>()
        };
        assert_eq!(beats(Some(second * 20)), [20, 40, 60]);
        assert!(beats(None).is_empty(), "a busy link shows that it lives");
    }
}
