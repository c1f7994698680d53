//! A client's life in numbers, counted as it happens: the records they come from may be gone already.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    message::Gap,
    state::{State, Transition},
    verdict::Beat,
};

/// A client's life in numbers, from its start to when they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Statistics {
    /// How long ago the client was started.
    pub age: Duration,
    /// How long it was ready in all.
    pub ready: Duration,
    /// Connections made so far.
    pub connections: u64,
    /// How often a client that was ready lost its link, or let go of it for another.
    pub disconnects: u64,
    /// From the start, or from the last such loss, to the client being ready.
    pub time_to_ready: Option<Duration>,
    /// The longest of these.
    pub longest_time_to_ready: Option<Duration>,
    /// Holes in topics.
    pub gaps: u64,
    /// The holes' lengths in all, each from the last message before it to its discovery.
    pub gap_time: Duration,
    /// Messages dropped for slow consumers.
    pub dropped: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that the venue refused, or that got no answer.
    pub failed: u64,
    /// How long the last heartbeat's answer took.
    pub latency: Option<Duration>,
}

impl Statistics {
    /// The part of its life in which the client was ready, from 0 to 1.
    pub fn availability(&self) -> f64 {
        if self.age.is_zero() { 0.0 } else { self.ready.as_secs_f64() / self.age.as_secs_f64() }
    }

    /// How often it lost its link, in an hour of its life. 0 before a minute has passed.
    pub fn disconnects_per_hour(&self) -> f64 {
        let hours = self.age.as_secs_f64() / 3_600.0;
        if hours < 1.0 / 60.0 {
            return 0.0;
        }
        #[allow(clippy::cast_precision_loss, reason = "no client loses its link 2^52 times")]
        let disconnects = self.disconnects as f64;
        disconnects / hours
    }
}

/// The running count.
#[derive(Debug)]
pub(super) struct Count {
    so_far: Statistics,
    started: Instant,
    state: State,
    /// When the present state was entered.
    since: Instant,
    /// Since when the client is not ready.
    down: Instant,
}

impl Count {
    pub(super) fn new(started: Instant) -> Self {
        Self { so_far: Statistics::default(), started, state: State::Idle, since: started, down: started }
    }

    /// Counts a step. Returns how long it took to become ready, where that is what it did.
    pub(super) fn step(&mut self, step: &Transition) -> Option<Duration> {
        let mut ready_after = None;
        let counted = &mut self.so_far;
        counted.connections = step.epoch;
        match (step.from.is_ready(), step.to.is_ready()) {
            (true, still) => {
                counted.ready += step.after;
                if !still {
                    self.down = step.at;
                    counted.disconnects += u64::from(!matches!(step.to, State::Draining | State::Closing));
                }
            }
            (false, true) => {
                let took = step.at.saturating_duration_since(self.down);
                counted.time_to_ready = Some(took);
                counted.longest_time_to_ready = counted.longest_time_to_ready.max(Some(took));
                ready_after = Some(took);
            }
            (false, false) => {}
        }
        (self.state, self.since) = (step.to, step.at);
        ready_after
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        self.so_far.latency
    }

    pub(super) fn gap(&mut self, gap: &Gap, now: Instant) {
        self.so_far.gaps += 1;
        self.so_far.gap_time += gap.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
    }

    pub(super) fn beat(&mut self, beat: Beat) {
        if let Beat::Answered { after } = beat {
            self.so_far.latency = Some(after);
        }
    }

    pub(super) fn dropped(&mut self, messages: u64) {
        self.so_far.dropped += messages;
    }

    pub(super) fn request(&mut self, answered: bool) {
        let count = if answered { &mut self.so_far.answered } else { &mut self.so_far.failed };
        *count += 1;
    }

    pub(super) fn at(&self, now: Instant) -> Statistics {
        let mut statistics = self.so_far;
        statistics.age = now.saturating_duration_since(self.started);
        if self.state.is_ready() {
            statistics.ready += now.saturating_duration_since(self.since);
        }
        statistics
    }
}
