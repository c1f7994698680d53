//! The one clock everything reads.
//!
//! Timers run on tokio's monotonic clock, which tests may pause. The wall clock is read only where a protocol asks for a time of
//! day (a signature, a token's expiry), and only through [`Clock`], so that no wall-clock jump ever fires or delays a timer.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(crate) use tokio::time::Instant;

/// Where nova reads the time of day.
///
/// The default is the system's clock; a test hands its own to the builder.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time of day.
    fn wall(&self) -> SystemTime;

    /// Milliseconds since the Unix epoch; 0 before it.
    fn unix_ms(&self) -> u64 {
        let since = self.wall().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Whether the clock of timers stands still while anything can run, as in tests with virtual time.
#[cfg(feature = "test")]
pub(crate) fn is_virtual() -> bool {
    let (virtually, really) = (Instant::now(), std::time::Instant::now());
    while std::time::Instant::now() == really {
        std::hint::spin_loop();
    }
    Instant::now() == virtually
}

/// Refuses a real socket under virtual time: the clock jumps to the next timer whenever every task waits, and a task that waits for
/// the system counts as one, so that a time-out of 30 s would strike before the first byte has come.
#[cfg(feature = "test")]
pub(crate) fn refuse_virtual(what: &'static str) -> crate::error::Result {
    if !is_virtual() {
        return Ok(());
    }
    let reason = format!(
        "{what} needs real time, and the clock of this test is virtual: every time-out would strike at once. Write \
         `#[nova::test(real_time)]`, or stay inside the process with `nova::memory()`"
    );
    Err(crate::error::Error::config("clock", reason))
}
