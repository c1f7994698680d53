//! The typed events, and listening to them.

use std::sync::Arc;

use super::EventGroup;
use crate::{
    config::{Changes, TelemetryLevel},
    error::Error,
    message::Gap,
    reconnect::Circuit,
    state::{State, Transition},
    verdict::{Beat, Limited},
};

/// Something that happened in a client. No event holds a payload or a credential.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A step between states.
    State(Transition),
    /// A login or its renewal was acknowledged.
    LoggedIn {
        /// What the login may do, in the venue's words.
        scope: String,
        /// Whether a login that still held was renewed.
        refreshed: bool,
    },
    /// Topics were confirmed.
    Subscribed {
        /// The topics.
        topics: Vec<Arc<str>>,
    },
    /// A topic was refused, or given up after its retries.
    Rejected {
        /// The topic.
        topic: Arc<str>,
        /// Why.
        error: Error,
    },
    /// A topic was given up on one connection after the other: set aside until somebody subscribes it again.
    Quarantined {
        /// The topic.
        topic: Arc<str>,
        /// Why, the last time.
        error: Error,
    },
    /// Nothing of a topic has come for too long (`subscriptions.stale_after`): it is asked for again.
    Stale {
        /// The topic.
        topic: Arc<str>,
        /// For how long.
        silent: std::time::Duration,
    },
    /// Settings were changed while the client runs.
    Configured {
        /// What became of each key.
        changes: Arc<Changes>,
    },
    /// There is a hole in a topic.
    Gap(Gap),
    /// Messages were dropped for a consumer that is too slow.
    Dropped {
        /// How many.
        messages: u64,
    },
    /// Something went wrong that no caller gets.
    Error(Error),
    /// A heartbeat was sent, answered or missed.
    Heartbeat(Beat),
    /// The limiter held back or refused a message.
    Limited(Limited),
    /// An answer came that nobody waits for: late, repeated or never asked for.
    Orphan {
        /// The number it bears.
        id: u64,
    },
    /// The engine was kept from running for longer than a heartbeat's time-out, by a handler that blocks its thread or a machine that
    /// slept. The silence is not held against the peer.
    Stalled {
        /// How long.
        stalled: std::time::Duration,
    },
    /// Something was asked of a state that does not allow it: a fault of nova, reported and refused.
    Illegal {
        /// The state.
        state: &'static str,
        /// What was asked.
        input: &'static str,
    },
    /// The circuit breaker opened, lets one attempt through, or closed again.
    Breaker(Circuit),
    /// `should_reconnect` was not answered within a second because another callback was pending; the profile answered.
    DecisionLate,
}

impl Event {
    /// Its name in one word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::State(_) => "state",
            Self::LoggedIn { .. } => "login",
            Self::Subscribed { .. } => "confirmed",
            Self::Rejected { .. } => "rejected",
            Self::Quarantined { .. } => "quarantined",
            Self::Stale { .. } => "stale",
            Self::Configured { .. } => "configured",
            Self::Gap(_) => "gap",
            Self::Dropped { .. } => "dropped",
            Self::Error(_) => "error",
            Self::Heartbeat(_) => "heartbeat",
            Self::Limited(_) => "limited",
            Self::Orphan { .. } => "orphan",
            Self::Stalled { .. } => "stalled",
            Self::Illegal { .. } => "illegal",
            Self::Breaker(_) => "breaker",
            Self::DecisionLate => "late",
        }
    }
    /// What it is about.
    pub const fn group(&self) -> EventGroup {
        match self {
            Self::State(step) if matches!(step.to, State::Backoff | State::Suspended) => EventGroup::Reconnection,
            Self::Breaker(_) | Self::DecisionLate => EventGroup::Reconnection,
            Self::State(_) | Self::LoggedIn { .. } | Self::Heartbeat(_) | Self::Stalled { .. } => {
                EventGroup::Connection
            }
            Self::Subscribed { .. }
            | Self::Rejected { .. }
            | Self::Quarantined { .. }
            | Self::Stale { .. }
            | Self::Gap(_) => EventGroup::Subscription,
            Self::Error(_) | Self::Orphan { .. } | Self::Illegal { .. } => EventGroup::Error,
            Self::Dropped { .. } => EventGroup::Queue,
            Self::Limited(_) => EventGroup::Rate,
            Self::Configured { .. } => EventGroup::Configuration,
        }
    }

    /// The lowest `telemetry.level` at which it is told: states, errors and losses always are, every heartbeat only in detail.
    pub const fn level(&self) -> TelemetryLevel {
        match self {
            Self::State(_)
            | Self::Error(_)
            | Self::Rejected { .. }
            | Self::Quarantined { .. }
            | Self::Gap(_)
            | Self::Dropped { .. }
            | Self::Breaker(_)
            | Self::Illegal { .. } => TelemetryLevel::Minimal,
            Self::Heartbeat(Beat::Sent | Beat::Answered { .. } | Beat::Asked) => TelemetryLevel::Detailed,
            Self::LoggedIn { .. }
            | Self::Subscribed { .. }
            | Self::Configured { .. }
            | Self::Heartbeat(Beat::Missed { .. })
            | Self::Limited(_)
            | Self::Orphan { .. }
            | Self::Stale { .. }
            | Self::Stalled { .. }
            | Self::DecisionLate => TelemetryLevel::Standard,
        }
    }

    /// Whether something went wrong: what `handle_error_event` is told.
    pub(super) const fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::Error(_)
                | Self::Rejected { .. }
                | Self::Quarantined { .. }
                | Self::Stale { .. }
                | Self::Gap(_)
                | Self::Dropped { .. }
                | Self::Orphan { .. }
                | Self::Illegal { .. }
        )
    }
}
