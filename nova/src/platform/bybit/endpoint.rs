//! The endpoints: each has its own address, and a connection serves one of them.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

use super::Bybit;
use crate::time::{Clock, SystemClock};

/// The path below `/v5/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Public(&'static str),
    Private,
    Trade,
}

impl Endpoint {
    pub(super) fn is_public(self) -> bool {
        matches!(self, Self::Public(_))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(category) => write!(f, "public/{category}"),
            Self::Private => f.write_str("private"),
            Self::Trade => f.write_str("trade"),
        }
    }
}

/// The venue's time of day in milliseconds, as far as it is known to differ, as a placeholder: an order says when it was sent.
#[derive(Clone, Debug)]
pub(super) struct Now {
    clock: Arc<dyn Clock>,
    /// What to add, in milliseconds. Shared with clones, which speak to the same venue on the same machine.
    offset_ms: Arc<AtomicI64>,
}

impl Now {
    fn by(clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), offset_ms: Arc::default() }
    }

    /// The venue has told its time. Says what to add to this machine's clock to get it.
    pub(super) fn told(&self, venue_ms: i64) -> Option<i64> {
        let offset_ms = venue_ms.checked_sub_unsigned(self.clock.unix_ms())?;
        self.offset_ms.store(offset_ms, Relaxed);
        Some(offset_ms)
    }
}

impl fmt::Display for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clock.unix_ms().saturating_add_signed(self.offset_ms.load(Relaxed)).fmt(f)
    }
}

impl Bybit {
    /// The test environment: its own accounts and keys.
    pub const TESTNET: &str = "wss://stream-testnet.bybit.com";

    /// Demo trading: only [`private`](Self::private). Its market data is production's, and it takes no orders over WebSocket.
    pub const DEMO: &str = "wss://stream-demo.bybit.com";

    fn new(endpoint: Endpoint) -> Self {
        Self {
            origin: "wss://stream.bybit.com".into(),
            endpoint,
            recv_window: 5_000,
            now: Now::by(SystemClock),
            checked: true,
        }
    }

    /// Market data of contracts that are settled in USDT or USDC.
    pub fn linear() -> Self {
        Self::new(Endpoint::Public("linear"))
    }

    /// Market data of spot pairs.
    pub fn spot() -> Self {
        Self::new(Endpoint::Public("spot"))
    }

    /// Market data of contracts that are settled in their own coin.
    pub fn inverse() -> Self {
        Self::new(Endpoint::Public("inverse"))
    }

    /// Market data of options.
    pub fn option() -> Self {
        Self::new(Endpoint::Public("option"))
    }

    /// The account's news: orders, executions, positions, the wallet.
    pub fn private() -> Self {
        Self::new(Endpoint::Private)
    }

    /// Order entry: [`Trading`](super::Trading).
    pub fn trade() -> Self {
        Self::new(Endpoint::Trade)
    }

    /// Another host, as scheme and authority: [`TESTNET`](Self::TESTNET), [`DEMO`](Self::DEMO), that of a country, that of a test.
    pub fn at(mut self, origin: impl Into<Cow<'static, str>>) -> Self {
        self.origin = origin.into();
        self
    }

    /// For how many milliseconds after it was sent an order may reach the matching engine; 5000 where nothing is said.
    pub fn recv_window(mut self, milliseconds: u32) -> Self {
        self.recv_window = milliseconds;
        self
    }

    /// Delivers every message of a book, whatever its update id.
    pub fn unchecked(mut self) -> Self {
        self.checked = false;
        self
    }

    /// The clock that orders are dated by, in place of the system's. Where the venue finds that it is wrong, the venue's counts.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.now = Now::by(clock);
        self
    }
}

impl Default for Bybit {
    fn default() -> Self {
        Self::linear()
    }
}
