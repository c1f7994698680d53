//! The pace of attempts: 30 a minute, 10 at once, whatever the cause (P13).
//!
//! Backoff alone does not promise it: a user who calls `reconnect_now` in a loop, or a login that is refreshed at once, passes it by.

use std::time::Duration;

use crate::time::Instant;

const EACH: Duration = Duration::from_secs(2);
const BURST: u32 = 10;

/// A token bucket, kept as the one time at which it would be full again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    full_at: Option<Instant>,
}

impl Pace {
    /// The first time, not before `at`, at which an attempt may be made.
    pub(super) fn next(&self, at: Instant) -> Instant {
        match self.full_at {
            Some(full_at) => {
                // With `BURST` taken the bucket is full after `BURST` times `EACH`: one may be taken when at least one is back.
                let ahead = full_at.saturating_duration_since(at);
                at + ahead.saturating_sub(EACH * (BURST - 1))
            }
            None => at,
        }
    }

    /// An attempt is made.
    pub(super) fn take(&mut self, now: Instant) {
        self.full_at = Some(self.full_at.map_or(now, |full_at| full_at.max(now)) + EACH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn attempts_never_exceed_the_burst_and_thirty_a_minute(waits in prop::collection::vec(0u64..5_000, 1..200)) {
            let start = Instant::now();
            let (mut pace, mut now, mut made) = (Pace::default(), start, Vec::new());
            for wait in waits {
                now = pace.next(now + Duration::from_millis(wait));
                pace.take(now);
                made.push(now);
            }
            for (first, from) in made.iter().enumerate() {
                for (last, to) in made.iter().enumerate().skip(first) {
                    let allowed = 10 + (*to - *from).as_millis() / 2_000;
                    prop_assert!((last - first + 1) as u128 <= allowed);
                }
            }
        }
    }

    #[test]
    fn a_rested_client_may_try_ten_times_at_once_and_then_every_two_seconds() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let waits: Vec<u64> = (0..13)
            .map(|_| {
                let at = pace.next(start);
                pace.take(at);
                (at - start).as_secs()
            })
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 6]);
    }
}
