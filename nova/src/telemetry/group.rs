//! What events are about, and the switches of the settings that decide which of them are told.

use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::config::{Config, TelemetryLevel};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventGroup {
    /// Steps between states, logins, heartbeats. Switched by `telemetry.connection`.
    Connection,
    /// Topics: confirmed, refused, with a hole. Switched by `telemetry.connection`.
    Subscription,
    /// Messages, which only a [`MetricsCollector`](crate::MetricsCollector) and the log are told of. Switched by `telemetry.message`.
    Message,
    /// What went wrong. Switched by `telemetry.error`.
    Error,
    /// Steps that lead to another attempt, and the circuit breaker. Switched by `telemetry.reconnection`.
    Reconnection,
    /// What was lost to a full buffer. Switched by `telemetry.error`.
    Queue,
    /// What the limiter held back or refused. Switched by `telemetry.connection`.
    Rate,
    /// Changed settings. Switched by `telemetry.connection`.
    Configuration,
}

impl EventGroup {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Connection,
        Self::Subscription,
        Self::Message,
        Self::Error,
        Self::Reconnection,
        Self::Queue,
        Self::Rate,
        Self::Configuration,
    ];

    /// Its name in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Subscription => "subscription",
            Self::Message => "message",
            Self::Error => "error",
            Self::Reconnection => "reconnection",
            Self::Queue => "queue",
            Self::Rate => "rate",
            Self::Configuration => "configuration",
        }
    }

    /// Whether its switch is on.
    fn is_on(self, config: &Config) -> bool {
        let told = &config.telemetry;
        match self {
            Self::Connection | Self::Subscription | Self::Rate | Self::Configuration => told.connection,
            Self::Message => told.message,
            Self::Error | Self::Queue => told.error,
            Self::Reconnection => told.reconnection,
        }
    }

    /// Its bit in a [`Groups`].
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for EventGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which events are told: a bit for each group at each level, so that an event that is not told costs one look and one branch.
#[derive(Debug, Default)]
pub(super) struct Gate(AtomicU32);

const fn bit(group: EventGroup, level: TelemetryLevel) -> u32 {
    (group.bit() as u32) << (8 * level as u32)
}

impl Gate {
    /// Takes over the switches of the settings.
    pub(super) fn configure(&self, config: &Config) {
        use TelemetryLevel::{Detailed, Minimal, Standard};
        let levels = [Minimal, Standard, Detailed].into_iter().filter(|level| *level <= config.telemetry.level);
        let groups = || EventGroup::ALL.into_iter().filter(|group| group.is_on(config));
        let bits = levels.flat_map(|level| groups().map(move |group| bit(group, level)));
        self.0.store(bits.fold(0, |bits, bit| bits | bit), Ordering::Relaxed);
    }

    /// Whether events of this group that need this level are told.
    #[inline]
    pub(super) fn tells(&self, group: EventGroup, level: TelemetryLevel) -> bool {
        self.0.load(Ordering::Relaxed) & bit(group, level) != 0
    }
}
