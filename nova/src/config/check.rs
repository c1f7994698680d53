//! Which values cannot be: one set of rules, asked by the compiler for constants and by `resolve` for what is read at run time.
//!
//! A patch is judged by what it names: a rule over two keys is asked once both are there.

use std::time::Duration;

use super::{
    keys::Patch,
    kinds::{Rate, SendPolicy},
};

/// A rule that is broken.
pub(super) struct Problem {
    /// The key.
    pub(super) field: &'static str,
    /// What is allowed.
    pub(super) reason: &'static str,
    /// The key it does not go with, where it takes two.
    pub(super) with: Option<&'static str>,
    /// All of it, for the compiler.
    whole: &'static str,
}

/// Refuses where the condition holds.
macro_rules! refuse {
    ($condition:expr, $field:literal, $reason:literal) => {
        refuse!($condition, $field, $reason, None)
    };
    ($condition:expr, $field:literal, $reason:literal, with $other:literal) => {
        refuse!($condition, $field, concat!($reason, " ", $other), Some($other))
    };
    ($condition:expr, $field:literal, $reason:expr, $with:expr) => {
        if $condition {
            return Some(Problem {
                field: $field,
                reason: $reason,
                with: $with,
                whole: concat!("`", $field, "` was refused: it ", $reason),
            });
        }
    };
}

impl Patch {
    /// The same patch, if no value of it is impossible. Meant for constants, where it stops the compiler:
    ///
    /// ```compile_fail
    /// use nova::{Patch, patch};
    ///
    /// const PATCH: Patch = Patch::new().reconnect(patch::Reconnect::new().jitter(1.5)).checked();
    /// # let _ = PATCH;
    /// ```
    ///
    /// # Panics
    /// On a value that cannot be (a jitter above 1, an interval of 0, a first delay above the longest). At run time use
    /// [`Config::resolve`](crate::Config::resolve), which returns an error.
    #[track_caller]
    pub const fn checked(self) -> Self {
        if let Some(problem) = problem(&self) {
            panic!("{}", problem.whole);
        }
        self
    }
}

/// Longer times would overflow the clock, and are a slip of the pen.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

const fn no_time(duration: Option<Duration>) -> bool {
    matches!(duration, Some(duration) if duration.is_zero() || duration.as_nanos() > YEAR.as_nanos())
}

const fn no_share(share: Option<f64>) -> bool {
    // Written so that NaN is outside.
    matches!(share, Some(share) if !(share >= 0.0 && share <= 1.0))
}

#[allow(clippy::option_option, reason = "a key left alone, off, or set")]
const fn no_rate(rate: Option<Option<Rate>>) -> bool {
    matches!(rate, Some(Some(rate)) if rate.count == 0 || no_time(Some(rate.per)))
}

const fn longer(left: Option<Duration>, right: Option<Duration>) -> bool {
    matches!((left, right), (Some(left), Some(right)) if left.as_nanos() > right.as_nanos())
}

/// The first rule that is broken.
pub(super) const fn problem(patch: &Patch) -> Option<Problem> {
    if let Some(problem) = link(patch) {
        return Some(problem);
    }
    flow(patch)
}

const fn link(patch: &Patch) -> Option<Problem> {
    let (reconnect, connection, heartbeat) = (&patch.reconnect, &patch.connection, &patch.heartbeat);

    refuse!(no_time(reconnect.initial_delay), "reconnect.initial_delay", "must be above 0 and at most a year");
    refuse!(no_time(reconnect.max_delay), "reconnect.max_delay", "must be above 0 and at most a year");
    refuse!(
        longer(reconnect.initial_delay, reconnect.max_delay),
        "reconnect.initial_delay",
        "must not be above", with "reconnect.max_delay"
    );
    refuse!(no_share(reconnect.jitter), "reconnect.jitter", "must lie between 0 and 1");

    refuse!(no_time(connection.timeout), "connection.timeout", "must be above 0 and at most a year");
    refuse!(no_time(connection.request_timeout), "connection.request_timeout", "must be above 0 and at most a year");
    refuse!(no_time(connection.close_timeout), "connection.close_timeout", "must be above 0 and at most a year");
    refuse!(matches!(connection.max_frame, Some(0)), "connection.max_frame", "must be above 0");
    refuse!(matches!(connection.max_message, Some(0)), "connection.max_message", "must be above 0");
    refuse!(
        matches!((connection.max_frame, connection.max_message), (Some(frame), Some(message)) if frame > message),
        "connection.max_frame",
        "must not be above", with "connection.max_message"
    );
    refuse!(
        matches!(connection.send, Some(SendPolicy::Queue { items, bytes, ttl }) if items == 0 || bytes == 0 || no_time(Some(ttl))),
        "connection.send",
        "must have room for a queue: items, bytes and time above 0"
    );

    refuse!(
        matches!(heartbeat.interval, Some(interval @ Some(_)) if no_time(interval)),
        "heartbeat.interval",
        "must be above 0 and at most a year, or \"off\""
    );
    refuse!(no_time(heartbeat.timeout), "heartbeat.timeout", "must be above 0 and at most a year");
    refuse!(
        matches!((heartbeat.interval, heartbeat.timeout), (Some(Some(interval)), Some(timeout))
            if timeout.as_nanos() >= interval.as_nanos().saturating_mul(10)),
        "heartbeat.timeout",
        "must be below ten times", with "heartbeat.interval"
    );
    refuse!(matches!(heartbeat.missed, Some(0)), "heartbeat.missed", "must be at least 1");

    refuse!(
        matches!(patch.auth.refresh_at, Some(share) if !(share > 0.0 && share < 1.0)),
        "auth.refresh_at",
        "must be above 0 and below 1"
    );
    refuse!(no_time(patch.auth.timeout), "auth.timeout", "must be above 0 and at most a year");
    None
}

const fn flow(patch: &Patch) -> Option<Problem> {
    let (limit, pressure, breaker) = (&patch.rate_limit, &patch.backpressure, &patch.breaker);

    refuse!(matches!(limit.capacity, Some(Some(0))), "rate_limit.capacity", "must be at least 1, or \"off\"");
    refuse!(
        no_rate(limit.refill),
        "rate_limit.refill",
        "must have a count above 0 and a time above 0 and at most a year, or be \"off\""
    );
    refuse!(
        no_rate(limit.limit),
        "rate_limit.limit",
        "must have a count above 0 and a time above 0 and at most a year, or be \"off\""
    );
    refuse!(
        matches!((limit.capacity, limit.refill), (Some(Some(_)), Some(None))),
        "rate_limit.capacity",
        "comes back only by", with "rate_limit.refill"
    );
    refuse!(
        matches!(limit.safety, Some(share) if !(share > 0.0 && share <= 1.0)),
        "rate_limit.safety",
        "must be above 0 and at most 1"
    );

    refuse!(matches!(pressure.buffer, Some(0)), "backpressure.buffer", "must be at least 1");
    refuse!(matches!(pressure.bytes, Some(0)), "backpressure.bytes", "must be above 0");
    refuse!(no_share(pressure.warning), "backpressure.warning", "must lie between 0 and 1");
    refuse!(no_share(pressure.throttle), "backpressure.throttle", "must lie between 0 and 1");
    refuse!(
        matches!((pressure.warning, pressure.throttle), (Some(warning), Some(throttle)) if warning > throttle),
        "backpressure.warning",
        "must not be above", with "backpressure.throttle"
    );

    refuse!(matches!(breaker.failures, Some(Some(0))), "breaker.failures", "must be at least 1, or \"off\"");
    refuse!(no_time(breaker.window), "breaker.window", "must be above 0 and at most a year");
    refuse!(no_time(breaker.cooldown), "breaker.cooldown", "must be above 0 and at most a year");

    refuse!(matches!(patch.subscriptions.chunk, Some(0)), "subscriptions.chunk", "must be at least 1");
    refuse!(
        no_time(patch.subscriptions.ack_timeout),
        "subscriptions.ack_timeout",
        "must be above 0 and at most a year"
    );
    refuse!(
        matches!(patch.subscriptions.stale_after, Some(stale @ Some(_)) if no_time(stale)),
        "subscriptions.stale_after",
        "must be above 0 and at most a year, or \"off\""
    );
    None
}
