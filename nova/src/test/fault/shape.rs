//! What is wrong with a link, as one value.

use std::time::Duration;

use super::delay::{Delay, bounded};

/// Which way bytes go, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the server to the client.
    Inbound,
    /// From the client to the server.
    Outbound,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// In order, as far as TCP knows: both ends read the end of the stream (FIN).
    Close,
    /// Torn down: both ends are told that the connection was reset (RST).
    Reset,
    /// Half-open: nothing passes any more, and neither end is told.
    Vanish,
}

/// What is wrong with a link; [`Faults::new`] is nothing at all. No time is longer than a year: what is asked for beyond counts as one.
///
/// A method makes both directions faulty; [`only`](Self::only) makes it one. They compose: a link may be slow, torn into single bytes
/// and end after the thousandth. What is left to chance comes from one seed, so that a connection that carries the same bytes at the
/// same moments carries them on at the same moments each time.
///
/// ```
/// use std::time::Duration;
/// use nova::test::fault::{Direction, Ending, Faults};
///
/// let far_away = Faults::new().seed(7).latency(Duration::from_millis(80)).jitter(Duration::from_millis(20));
/// let modem = far_away.clone().only(Direction::Inbound, |faults| faults.bandwidth(7_000)).slicer(512);
/// let torn = Faults::new().limit_data(1_000, Ending::Reset);
/// # drop((modem, torn));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    inbound: Shape,
    outbound: Shape,
    pub(super) seed: u64,
    pub(super) down: bool,
    pub(super) end_after: Option<(Duration, Ending)>,
    pub(super) forget_idle: Option<Duration>,
}

/// What is wrong with one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) latency: Delay,
    pub(super) jitter: Duration,
    pub(super) bandwidth: Option<u64>,
    pub(super) slicer: Option<usize>,
    pub(super) corrupt: u32,
    pub(super) stalled: bool,
    pub(super) limit: Option<(u64, Ending)>,
    pub(super) slow_close: Duration,
}

impl Faults {
    /// A perfect link: every byte arrives, at once.
    pub fn new() -> Self {
        Self { seed: crate::test::seed().unwrap_or_default(), ..Self::default() }
    }

    /// Where chance comes from: the [seed of the test](crate::test::seed) where nothing else is said, and 0 where it has none.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Makes the faults that `add` adds, or takes away, those of one direction only.
    ///
    /// What concerns the connection as a whole ([`down`](Self::down), [`reset_peer`](Self::reset_peer), [`timeout`](Self::timeout)'s
    /// end, [`forget_idle`](Self::forget_idle), [`seed`](Self::seed)) knows no direction and is left as it was.
    pub fn only(mut self, direction: Direction, add: impl FnOnce(Self) -> Self) -> Self {
        let added = add(self.clone());
        match direction {
            Direction::Inbound => self.inbound = added.inbound,
            Direction::Outbound => self.outbound = added.outbound,
        }
        self
    }

    /// How long a byte is under way. Bytes never overtake each other, so what follows a late one is late too. Making a connection takes
    /// no time.
    pub fn latency(self, latency: impl Into<Delay>) -> Self {
        let latency = latency.into();
        self.both(|shape| shape.latency = latency)
    }

    /// By how much the latency of each piece may differ, in either direction.
    pub fn jitter(self, jitter: Duration) -> Self {
        self.both(|shape| shape.jitter = bounded(jitter))
    }

    /// How many bytes pass in a second, never more in any stretch of time. At 0 none does.
    pub fn bandwidth(self, bytes_per_second: u64) -> Self {
        self.both(|shape| shape.bandwidth = Some(bytes_per_second))
    }

    /// Cuts what passes into pieces of 1 to `largest` bytes by chance, each delivered by itself: 1 is one byte at a time.
    pub fn slicer(self, largest: usize) -> Self {
        self.both(|shape| shape.slicer = Some(largest.max(1)))
    }

    /// Changes a bit of about one in `one_in` bytes, by chance. 0 changes none.
    pub fn corrupt(self, one_in: u32) -> Self {
        self.both(|shape| shape.corrupt = one_in)
    }

    /// Nothing passes. Bytes wait on the way, 64 KiB of them; then their writer does. A link that stalls completes no dial.
    pub fn stall(self) -> Self {
        self.both(|shape| shape.stalled = true)
    }

    /// The connection ends once `bytes` have passed in one direction, counted from its beginning or, where it is up already, from now.
    pub fn limit_data(self, bytes: u64, ending: Ending) -> Self {
        self.both(|shape| shape.limit = Some((bytes, ending)))
    }

    /// The end of the stream is told this much later than all that was before it.
    pub fn slow_close(self, delay: Duration) -> Self {
        self.both(|shape| shape.slow_close = bounded(delay))
    }

    /// Each connection is reset this long after it was made.
    pub fn reset_peer(self, after: Duration) -> Self {
        Self { end_after: Some((bounded(after), Ending::Reset)), ..self }
    }

    /// Nothing passes, and each connection is closed this long after it was made.
    pub fn timeout(self, after: Duration) -> Self {
        Self { end_after: Some((bounded(after), Ending::Close)), ..self.stall() }
    }

    /// As a middlebox does: a connection over which nothing has passed for so long vanishes.
    pub fn forget_idle(self, after: Duration) -> Self {
        Self { forget_idle: Some(bounded(after)), ..self }
    }

    /// Nobody is there: new connections are refused. Those that are up stay as they are.
    pub fn down(self) -> Self {
        Self { down: true, ..self }
    }

    pub(super) fn shape(&self, direction: Direction) -> &Shape {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }

    /// Whether a connection could not be made: its packets would not arrive.
    pub(super) fn swallows_dials(&self) -> bool {
        self.inbound.is_stalled() || self.outbound.is_stalled()
    }

    fn both(mut self, change: impl Fn(&mut Shape)) -> Self {
        change(&mut self.inbound);
        change(&mut self.outbound);
        self
    }
}

impl Shape {
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled || self.bandwidth == Some(0)
    }
}
