//! How durations are spread: counted in fixed buckets, so that a day of them takes as much memory as one.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The buckets' upper ends, each within its bucket; what is longer falls into one more.
pub const BUCKETS: [Duration; 16] = [
    Duration::from_micros(500),
    millis(1),
    millis(2),
    millis(5),
    millis(10),
    millis(20),
    millis(50),
    millis(100),
    millis(200),
    millis(500),
    millis(1_000),
    millis(2_000),
    millis(5_000),
    millis(10_000),
    millis(20_000),
    millis(60_000),
];

/// Counts durations; any number of threads may.
#[derive(Default)]
pub(super) struct Histogram {
    counts: [AtomicU64; BUCKETS.len() + 1],
    nanos: AtomicU64,
    longest: AtomicU64,
}

impl Histogram {
    pub(super) fn note(&self, took: Duration) {
        let bucket = BUCKETS.partition_point(|end| *end < took);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Distribution {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Distribution {
            counts: self.counts.each_ref().map(read),
            total: Duration::from_nanos(read(&self.nanos)),
            longest: Duration::from_nanos(read(&self.longest)),
        }
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().fmt(f)
    }
}

/// How durations were spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Distribution {
    /// How many fell into each bucket of [`BUCKETS`]; the last are those that were longer than all of them.
    pub counts: [u64; BUCKETS.len() + 1],
    /// All of them together.
    pub total: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Distribution {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their mean; `None` where there were none.
    pub fn mean(&self) -> Option<Duration> {
        let nanos = self.total.as_nanos().checked_div(self.count().into())?;
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// What `share` of them (0 to 1) did not exceed: the upper end of the bucket in which that one fell, and never more than the
    /// longest. `None` where there were none.
    ///
    /// ```
    /// # fn show(counted: &nova::metrics::Counted) {
    /// if let Some(p99) = counted.requests.quantile(0.99) {
    ///     println!("99 % of the requests were answered within {p99:?}");
    /// }
    /// # }
    /// ```
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among fewer than 2^52, between 1 and their count"
        )]
        let rank = {
            // 7 % of 100 are 7, though 0.07 × 100.0 is a little more.
            let exact = count as f64 * share.clamp(0.0, 1.0);
            let slack = count as f64 * f64::EPSILON;
            ((exact - slack).ceil() as u64).clamp(1, count)
        };
        let mut below = 0;
        let bucket = self.counts.iter().position(|in_it| {
            below += in_it;
            below >= rank
        });
        let end = bucket.and_then(|bucket| BUCKETS.get(bucket)).copied();
        Some(end.map_or(self.longest, |end| end.min(self.longest)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_has_no_mean_and_no_quantile() {
        let nothing = Histogram::default().read();
        assert_eq!((nothing.count(), nothing.mean(), nothing.quantile(0.5)), (0, None, None));
    }

    #[test]
    fn a_duration_at_a_buckets_end_is_in_it() {
        let histogram = Histogram::default();
        histogram.note(millis(1));
        histogram.note(millis(1) + Duration::from_nanos(1));
        histogram.note(Duration::from_secs(3_600));
        let read = histogram.read();
        assert_eq!((read.counts[1], read.counts[2], read.counts[BUCKETS.len()]), (1, 1, 1));
        assert_eq!(read.quantile(1.0), Some(Duration::from_secs(3_600)));
    }

    #[test]
    fn a_share_that_binary_numbers_miss_by_a_hair_is_the_rank_it_says() {
        let histogram = Histogram::default();
        (0..7).for_each(|_| histogram.note(Duration::ZERO));
        (7..100).for_each(|_| histogram.note(Duration::from_secs(60)));
        assert_eq!(histogram.read().quantile(0.07), Some(BUCKETS[0]));
    }

    proptest! {
        /// Against the sorted list: never below the true quantile, and never beyond its bucket.
        #[test]
        fn a_quantile_is_the_end_of_the_bucket_of_the_true_one(
            mut nanos in proptest::collection::vec(0u64..100_000_000_000, 1..200), percent in 0u32..=100,
        ) {
            let histogram = Histogram::default();
            for nanos in &nanos {
                histogram.note(Duration::from_nanos(*nanos));
            }
            nanos.sort_unstable();
            let share = f64::from(percent) / 100.0;
            let rank = (nanos.len() * percent as usize).div_ceil(100).max(1);
            let truth = Duration::from_nanos(nanos[rank - 1]);
            let end = BUCKETS.into_iter().find(|end| *end >= truth).unwrap_or(Duration::MAX);
            let found = histogram.read().quantile(share).expect("there are some");
            prop_assert!(truth <= found && found <= end, "{truth:?} {found:?} {end:?}");
        }
    }
}
