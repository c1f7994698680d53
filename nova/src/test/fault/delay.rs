//! How long something takes: once, or anew each time by chance.

use std::{ops::RangeInclusive, time::Duration};

use rand::{Rng, RngExt};

/// A distribution of delays.
///
/// ```
/// use std::time::Duration;
/// use nova::test::fault::Delay;
///
/// let millis = Duration::from_millis;
/// assert_eq!(Delay::from(millis(20)), Delay::Constant(millis(20)));
/// assert_eq!(Delay::from(millis(5)..=millis(20)), Delay::Uniform(millis(5), millis(20)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delay {
    /// Always the same.
    Constant(Duration),
    /// Anything between the two, in either order, all of it equally likely.
    Uniform(Duration, Duration),
    /// Around the mean, a third of it further away than the deviation and none further than six of them.
    #[non_exhaustive]
    Normal {
        /// The middle.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
    },
}

impl Delay {
    /// Around `mean`, mostly within `deviation` of it; never less than nothing.
    pub const fn normal(mean: Duration, deviation: Duration) -> Self {
        Self::Normal { mean, deviation }
    }

    pub(super) fn sample(&self, rng: &mut impl Rng) -> Duration {
        match *self {
            Self::Constant(delay) => bounded(delay),
            Self::Uniform(one, other) => bounded(rng.random_range(one.min(other)..=one.max(other))),
            Self::Normal { mean, deviation } => {
                let (mean, deviation) = (bounded(mean), bounded(deviation));
                // Twelve even chances have a variance of one together: a bell that has an end, and no logarithm to seed.
                let above: Duration = (0..12).map(|_| rng.random_range(Duration::ZERO..=deviation)).sum();
                (mean + above).saturating_sub(deviation * 6)
            }
        }
    }
}

/// A moment further away than a year cannot be told from never, and one near the end of time cannot be reckoned with.
pub(in crate::test) fn bounded(time: Duration) -> Duration {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);
    time.min(YEAR)
}

impl Default for Delay {
    fn default() -> Self {
        Self::Constant(Duration::ZERO)
    }
}

impl From<Duration> for Delay {
    fn from(delay: Duration) -> Self {
        Self::Constant(delay)
    }
}

impl From<RangeInclusive<Duration>> for Delay {
    fn from(range: RangeInclusive<Duration>) -> Self {
        Self::Uniform(*range.start(), *range.end())
    }
}
