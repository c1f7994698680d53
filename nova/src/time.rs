//! The one clock everything reads.
//!
//! Timers run on tokio's monotonic clock, which tests may pause. The wall clock is read only where a protocol asks for a time of
//! day (a signature, a token's expiry) or to find out that the machine slept, and only through [`Clock`], so that no wall-clock jump
//! ever fires or delays a timer.

mod suspension;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(crate) use tokio::time::Instant;

/// The earlier of two moments, or the only one there is.
#[inline]
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

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

    /// Resolves after the machine was suspended, with for how long: each link is then asked at once whether it still lives. Asked again
    /// each time. The default never does.
    fn suspension(&self) -> Suspension {
        Box::pin(std::future::pending())
    }
}

/// The length of the machine's next suspension, once it is over.
pub type Suspension = Pin<Box<dyn Future<Output = Duration> + Send>>;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn suspension(&self) -> Suspension {
        Box::pin(suspension::suspension())
    }
}

/// A clock as somebody else has it, who is known to differ.
#[derive(Clone, Debug)]
pub(crate) struct Shifted {
    pub(crate) clock: Arc<dyn Clock>,
    /// What to add, in milliseconds.
    pub(crate) offset_ms: i64,
}

impl Clock for Shifted {
    fn wall(&self) -> SystemTime {
        let (wall, by) = (self.clock.wall(), Duration::from_millis(self.offset_ms.unsigned_abs()));
        let shifted = if self.offset_ms < 0 { wall.checked_sub(by) } else { wall.checked_add(by) };
        // An offset beyond the calendar is none.
        shifted.unwrap_or(wall)
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
         `#[nova::test(real_time)]`, or stay inside the process with `nova::memory()` or \
         `MockServer::memory()`"
    );
    Err(crate::error::Error::config("clock", reason))
}
