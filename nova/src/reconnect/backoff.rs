//! How long to wait before the next attempt.
//!
//! A profile's delay alone would bring all clients of a venue back in the same instant. So only the first attempt after a connection
//! that had been good follows it to the letter; all others are spread over a second at least.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::{
    config::{Backoff, Config, settings},
    error::Error,
};

/// What `Retry-After` may ask for at most.
const LONGEST_ASKED: Duration = Duration::from_secs(300);
/// The least time over which attempts are spread, where they are spread.
const LEAST_SPREAD: Duration = Duration::from_secs(1);
/// No delay is shorter: a loop of failures must never be a busy one.
const SHORTEST: Duration = Duration::from_millis(1);
/// When to ask again where asking sooner helps nobody: this machine is out of something, or shows a login page for every address.
const SLOW: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));
/// Where clients of a server that restarts come back.
const RESTART: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// The delay before step `step` (counted from 1), without chance: grows as the setting says, up to the longest.
pub(super) fn base(reconnect: &settings::Reconnect, step: u32) -> Duration {
    let factor = match reconnect.backoff {
        Backoff::Exponential => 1_u32 << step.saturating_sub(1).min(31),
        Backoff::Linear => step.max(1),
        Backoff::Simple => 1,
    };
    reconnect.initial_delay.saturating_mul(factor).min(reconnect.max_delay)
}

/// The delay before step `step` after `error`. `flapped` tells that the connection had been ready for less than ten seconds.
pub(super) fn delay(
    reconnect: &settings::Reconnect,
    step: u32,
    error: &Error,
    flapped: bool,
    rng: &mut (impl Rng + ?Sized),
) -> Duration {
    let base = base(reconnect, step);
    let herd = Herd::of(error);
    let jitter = base.mul_f64(2.0 * reconnect.jitter.clamp(0.0, 1.0));
    let width = if step > 1 || flapped || herd != Herd::None { jitter.max(LEAST_SPREAD) } else { jitter };
    let own = around(base, width, reconnect.max_delay, rng).max(SHORTEST);
    match herd {
        Herd::Restart => own.max(between(RESTART.0, RESTART.1, rng)),
        Herd::Slow => own.max(between(SLOW.0, SLOW.1, rng)),
        Herd::Asked(asked) => {
            let asked = asked.min(LONGEST_ASKED);
            own.max(between(asked, (asked + LEAST_SPREAD).min(LONGEST_ASKED), rng))
        }
        Herd::None | Herd::Spread => own,
    }
}

/// How long an open breaker rests: its cool-down, and after it as spread as attempts are.
pub(super) fn rest(config: &Config, rng: &mut (impl Rng + ?Sized)) -> Duration {
    let cooldown = config.breaker.cooldown;
    let spread = cooldown.mul_f64(2.0 * config.reconnect.jitter.clamp(0.0, 1.0)).max(LEAST_SPREAD);
    between(cooldown, cooldown.saturating_add(spread), rng)
}

/// Whether an end is one that many clients see at once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Herd {
    None,
    Spread,
    Slow,
    Restart,
    Asked(Duration),
}

impl Herd {
    fn of(error: &Error) -> Self {
        match error {
            Error::Closed { code, .. } => match code.0 {
                1001 => Self::Spread,
                1012 | 1013 => Self::Restart,
                _ => Self::None,
            },
            Error::Rejected { retry_after: Some(asked), .. } => Self::Asked(*asked),
            Error::LocalResource { .. } | Error::Upgrade { .. } => Self::Slow,
            Error::Recalled | Error::Rejected { status: 429 | 503, .. } => Self::Spread,
            Error::Auth { source: Some(source), .. } | Error::Ended { source } => Self::of(source),
            _ => Self::None,
        }
    }
}

/// Somewhere in a span of `width` around `middle`, moved so that it begins after now and ends at `longest` if it can do both.
fn around(middle: Duration, width: Duration, longest: Duration, rng: &mut (impl Rng + ?Sized)) -> Duration {
    let low = middle.saturating_sub(width / 2).min(longest.saturating_sub(width));
    between(low, low + width, rng)
}

fn between(low: Duration, high: Duration, rng: &mut (impl Rng + ?Sized)) -> Duration {
    let width = u64::try_from(high.saturating_sub(low).as_nanos()).unwrap_or(u64::MAX);
    low.saturating_add(Duration::from_nanos(rng.random_range(0..=width)))
}
