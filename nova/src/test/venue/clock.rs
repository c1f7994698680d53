//! The venue's time of day: the wall clock at its start, moved on by tokio's clock, so that a test that pauses time pauses this.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(in crate::test::venue) struct Clock {
    start: Instant,
    wall: Duration,
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Clock {
    pub(in crate::test::venue) fn new() -> Self {
        Self { start: Instant::now(), wall: wall() }
    }

    fn now(self) -> Duration {
        self.wall + self.start.elapsed()
    }

    pub(in crate::test::venue) fn unix_us(self) -> u64 {
        u64::try_from(self.now().as_micros()).unwrap_or(u64::MAX)
    }

    pub(in crate::test::venue) fn unix_ms(self) -> u64 {
        self.unix_us() / 1_000
    }

    /// This clock's time or the system's, whichever is earlier: under a paused clock a client may follow either.
    pub(in crate::test::venue) fn earliest_ms(self) -> u64 {
        self.unix_ms().min(u64::try_from(wall().as_millis()).unwrap_or(u64::MAX))
    }

    /// Whether a client's time of day is near enough to this clock or to the system's: under a paused clock a client may follow
    /// either.
    pub(in crate::test::venue) fn is_within(self, unix_ms: u64, window: Duration) -> bool {
        let at = Duration::from_millis(unix_ms);
        [self.now(), wall()].iter().any(|now| now.abs_diff(at) <= window)
    }
}
