//! The one table of keys: names, types, units and defaults of every setting.
//!
//! Attribute, [`Patch`], builder, files, `configure`, `explain` and documentation use these names, because they all come from here.
//! Counts are `u32`, sizes in bytes `usize`; what can be off is an `Option`, spelt `"off"`.

use std::time::Duration;

use super::{
    kinds::{Attempts, Backoff, LimitMode, OnPanics, Overflow, Placement, Rate, SendPolicy, TelemetryLevel},
    layer::{Layer, Origin},
    value::Value,
};

const MIB: usize = 1024 * 1024;

settings! {
    /// `reconnect(..)`: when a lost link is dialled again, and how often.
    reconnect: Reconnect {
        /// How the delay grows: `"exponential"`, `"linear"` or `"simple"`.
        backoff: Backoff = Backoff::Linear,
        /// Attempts in a row before the client gives up: a number or `"unlimited"`. Counted anew after a stable `Ready`.
        max_attempts: Attempts = Attempts::AtMost(10),
        /// The first delay.
        initial_delay: Duration = Duration::from_secs(1),
        /// The longest delay.
        max_delay: Duration = Duration::from_secs(60),
        /// How far a delay may stray to either side, as a share of it: 0 to 1.
        jitter: f64 = 0.0,
    }
    /// `connection(..)`: deadlines and sizes of one connection, and what becomes of sends while there is none.
    connection: Connection {
        /// From the start of dialling to the answered upgrade.
        timeout: Duration = Duration::from_secs(10),
        /// From a request to its answer.
        request_timeout: Duration = Duration::from_secs(10),
        /// From `close()` to the end, whatever the peer does.
        close_timeout: Duration = Duration::from_secs(5),
        /// The largest frame accepted, in bytes.
        max_frame: usize = 4 * MIB,
        /// The largest message accepted, in bytes, all its frames together.
        max_message: usize = 16 * MIB,
        /// What a send does while the client is not ready: `"fail_fast"`, `"wait"` or `"queue"`.
        send: SendPolicy = SendPolicy::Wait,
    }
    /// `heartbeat(..)`: how a silent peer is found out.
    heartbeat: Heartbeat {
        /// The time between two heartbeats, or `"off"`.
        interval: Option<Duration> = Some(Duration::from_secs(30)),
        /// How long one heartbeat's answer is waited for.
        timeout: Duration = Duration::from_secs(10),
        /// Unanswered heartbeats after which the peer counts as gone.
        missed: u32 = 1,
    }
    /// `rate_limit(..)`: how fast this client may send. Off unless a platform or you say how fast.
    rate_limit: RateLimit {
        /// How much may be sent at once, in the platform's costs; `"off"` takes the refill's count.
        capacity: Option<u32> = None,
        /// How fast the capacity comes back, as `"10/s"`, or `"off"`.
        refill: Option<Rate> = None,
        /// At most this much in any window of its length, as `"120/60s"`, or `"off"`.
        limit: Option<Rate> = None,
        /// What a send does that is over the limit: `"allow"`, `"queue"` or `"reject"`.
        mode: LimitMode = LimitMode::Queue,
        /// The share of the limit that is used, above 0 and up to 1: the venue's window is not quite yours.
        safety: f64 = 0.95,
    }
    /// `backpressure(..)`: what happens when messages come faster than they are handled.
    backpressure: Backpressure {
        /// Messages kept for a handler or a stream that is busy.
        buffer: u32 = 10_000,
        /// The same in bytes.
        bytes: usize = 32 * MIB,
        /// What goes when it is full: `"drop_old"`, `"drop_new"`, `"block"` or `"conflate"`.
        overflow: Overflow = Overflow::DropOld,
        /// The fill from which `handle_pressure` is warned: 0 to 1.
        warning: f64 = 0.8,
        /// The fill from which the client gives way to its consumers after each message, and tells `handle_pressure` so: 0 to 1.
        throttle: f64 = 0.9,
    }
    /// `telemetry(..)`: which events are told.
    telemetry: Telemetry {
        /// How much each tells: `"minimal"`, `"standard"` or `"detailed"`.
        level: TelemetryLevel = TelemetryLevel::Standard,
        /// Whether connecting and closing are told.
        connection: bool = true,
        /// Whether each message is told.
        message: bool = false,
        /// Whether errors are told.
        error: bool = true,
        /// Whether reconnecting is told.
        reconnection: bool = true,
    }
    /// `auth(..)`: logging in, and staying so.
    auth: Auth {
        /// The share of a token's life after which it is refreshed: above 0 and below 1.
        refresh_at: f64 = 2.0 / 3.0,
        /// From the login's request to its answer.
        timeout: Duration = Duration::from_secs(10),
    }
    /// `breaker(..)`: when a client that keeps failing rests, `Suspended`.
    breaker: Breaker {
        /// Failures within the window that open it, or `"off"`: then nothing makes the client rest.
        failures: Option<u32> = Some(12),
        /// The time in which they are counted.
        window: Duration = Duration::from_secs(300),
        /// How long it stays open, at least, before one attempt is let through.
        cooldown: Duration = Duration::from_secs(60),
        /// What follows when handlers panic three times within a minute: `"continue"`, `"reconnect"` or `"stop"`.
        panics: OnPanics = OnPanics::Continue,
    }
    /// `subscriptions(..)`: how topics are asked for.
    subscriptions: Subscriptions {
        /// Topics asked for in one request.
        chunk: u32 = 100,
        /// From a request to its acknowledgement.
        ack_timeout: Duration = Duration::from_secs(10),
        /// How long a topic may be silent before it is asked for again, or `"off"`.
        stale_after: Option<Duration> = None,
        /// How often an unanswered or refused topic is asked for again.
        retries: u32 = 3,
    }
    /// `cluster(..)`: sharing work between nodes. Takes effect once a cluster engine is given.
    cluster: Cluster {
        /// How work is placed: `"geo_aware"` or `"consistent_hash"`.
        strategy: Placement = Placement::ConsistentHash,
        /// Whether this client takes part.
        enabled: bool = false,
    }
}

/// The place of a key in the table. Meant for constants: a misspelt key does not compile.
pub(super) const fn position(key: &str) -> usize {
    let mut index = 0;
    while index < KEYS.len() {
        if same(KEYS[index].as_bytes(), key.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("a key of the table")
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}
